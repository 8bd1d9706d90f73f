// SPDX-License-Identifier: MIT
//! The smallest executors that there can be: one future, or many, on this thread.
#![allow(dead_code)]

use std::future::Future;
use std::pin::{pin, Pin};
use std::sync::mpsc::{channel, Sender};
use std::sync::Arc;
use std::task::{Context, Poll, Wake};
use std::thread::{self, Thread};

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Run one future to its end.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let waker = Arc::new(Unpark(thread::current())).into();
    let mut context = Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

struct Enqueue(usize, Sender<usize>);

impl Wake for Enqueue {
    fn wake(self: Arc<Self>) {
        // Nobody listens any more once all are done.
        let _ = self.1.send(self.0);
    }
}

/// Begin all futures, call `begun`, and run them to their end; the outputs in their order.
pub fn join_all<T>(futures: Vec<Pin<Box<dyn Future<Output = T>>>>, begun: impl FnOnce()) -> Vec<T> {
    let mut outputs: Vec<Option<T>> = futures.iter().map(|_| None).collect();
    let mut futures: Vec<_> = futures.into_iter().map(Some).collect();
    let (wake, woken) = channel();
    let wakers: Vec<_> =
        (0..futures.len()).map(|at| Arc::new(Enqueue(at, wake.clone())).into()).collect();
    let mut left = futures.len();
    let mut poll = |at: usize| {
        let Some(future) = &mut futures[at] else { return };
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&wakers[at])) {
            futures[at] = None;
            outputs[at] = Some(output);
            left -= 1;
        }
        if left == 0 {
            let _ = wake.send(usize::MAX);
        }
    };
    (0..wakers.len()).for_each(&mut poll);
    begun();
    for at in woken.into_iter().take_while(|&at| at != usize::MAX) {
        poll(at);
    }
    outputs.into_iter().flatten().collect()
}
