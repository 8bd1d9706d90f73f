// SPDX-License-Identifier: MIT
//! Waits as futures.
//!
//! One queue of the core for the whole process, and one thread that takes completions out of it and
//! wakes the tasks. The core's own callback runs on a helper that watches other waits, and must not
//! block or call the core; what a [`Waker`] does is the executor's business (it may poll or drop
//! the task at once), so wakers run on the queue's thread and not there.
//!
//! What must hold: a token names one wait for ever, as it comes from a counter; no code of the user
//! (wakers) runs under a lock; a future that is dropped before it has told hands what it may have
//! been notified of to the next wait of the handle (`Handle::owe`).

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::pin::Pin;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;

use zinc_sys as sys;

use crate::error::{Error, Result};
use crate::region::Handle;

/// Completions taken at a time.
const BATCH: usize = 64;

/// The queue of this process. It lives for ever; a forked child makes its own.
struct Reactor {
    process: u32,
    queue: NonNull<sys::zinc_events>,
    waits: Mutex<HashMap<u64, Arc<Wait>>>,
    next_token: AtomicU64,
    thread_runs: Mutex<bool>,
}

// SAFETY: queues of the core are for all threads, and this one is never destroyed once published.
unsafe impl Send for Reactor {}
// SAFETY: as above.
unsafe impl Sync for Reactor {}

static REACTOR: AtomicPtr<Reactor> = AtomicPtr::new(ptr::null_mut());

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Reactor {
    /// The queue of this process, made at the first need.
    fn get() -> Result<&'static Reactor> {
        let process = std::process::id();
        let mut found = REACTOR.load(Ordering::Acquire);
        loop {
            // SAFETY: what was published lives for ever.
            if let Some(reactor) = unsafe { found.as_ref() } {
                if reactor.process == process {
                    reactor.run()?;
                    return Ok(reactor);
                }
            }
            let made = Box::into_raw(Box::new(Reactor::new(process)?));
            match REACTOR.compare_exchange(found, made, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => found = made,
                Err(other) => {
                    // SAFETY: nobody else has seen it.
                    unsafe {
                        let unused = Box::from_raw(made);
                        sys::zinc_events_destroy(unused.queue.as_ptr());
                    }
                    found = other;
                }
            }
        }
    }

    fn new(process: u32) -> Result<Reactor> {
        let mut made = ptr::null_mut();
        // SAFETY: `made` is ours.
        let status = unsafe { sys::zinc_events_create(&mut made) };
        let queue = match NonNull::new(made) {
            Some(queue) if status == sys::ZINC_OK => queue,
            _ => return Err(Error::from_status(status)),
        };
        Ok(Reactor {
            process,
            queue,
            waits: Mutex::new(HashMap::new()),
            next_token: AtomicU64::new(1),
            thread_runs: Mutex::new(false),
        })
    }

    /// Let the queue's thread run.
    fn run(&'static self) -> Result<()> {
        let mut runs = lock(&self.thread_runs);
        if !*runs {
            let thread = thread::Builder::new().name("zinc-events".to_owned());
            thread.spawn(move || self.deliver()).map_err(|why| {
                Error::refused(
                    sys::ZINC_E_AGAIN,
                    format!("no thread could be made to deliver notifications: {why}"),
                )
            })?;
            *runs = true;
        }
        Ok(())
    }

    fn deliver(&self) {
        let mut batch = [sys::zinc_event { token: 0, status: 0, reserved: 0 }; BATCH];
        loop {
            // SAFETY: the queue lives for ever; `batch` has as many elements as said.
            let count = unsafe {
                sys::zinc_events_next(
                    self.queue.as_ptr(),
                    batch.as_mut_ptr(),
                    BATCH as u32,
                    sys::ZINC_FOREVER,
                )
            };
            match usize::try_from(count) {
                Ok(count) => {
                    for event in &batch[..count.min(BATCH)] {
                        self.complete(event.token, event.status);
                    }
                }
                Err(_) if count == sys::ZINC_E_INTR => {}
                // Nobody closes this queue.
                Err(_) => return,
            }
        }
    }

    fn complete(&self, token: u64, status: i32) {
        let Some(wait) = lock(&self.waits).remove(&token) else { return };
        if let Some(waker) = wait.complete(status) {
            // What a waker does wrong must not end the waits of others. What it panicked with is
            // not dropped, as that may panic again.
            std::mem::forget(catch_unwind(AssertUnwindSafe(|| waker.wake())));
        }
    }
}

/// One wait in progress: what its future and the queue's thread share.
struct Wait(Mutex<State>);

enum State {
    /// In the queue; the waker is called when it ends.
    Pending(Waker),
    /// Ended with this status, which the future has not told yet.
    Ended(i32),
    /// The future is gone, or has told.
    Over,
}

impl Wait {
    fn complete(&self, status: i32) -> Option<Waker> {
        let mut state = lock(&self.0);
        match std::mem::replace(&mut *state, State::Over) {
            State::Pending(waker) => {
                *state = State::Ended(status);
                Some(waker)
            }
            State::Ended(_) | State::Over => None,
        }
    }
}

/// A wait as a future: see [`SharedRegion::wait_async`](crate::SharedRegion::wait_async). Its
/// output is what [`wait`](crate::SharedRegion::wait) returns.
///
/// Polling needs no runtime. After it has answered it answers [`Error::InvalidInput`].
#[must_use = "a future waits only when it is polled"]
pub struct WaitAsync {
    handle: Arc<Handle>,
    deadline_ns: i64,
    progress: Progress,
}

enum Progress {
    New,
    Begun(Begun),
    Told,
}

struct Begun {
    reactor: &'static Reactor,
    token: u64,
    wait: Arc<Wait>,
    /// The newest notification that the handle had seen before.
    seen: u32,
}

impl WaitAsync {
    pub(crate) fn new(handle: Arc<Handle>, deadline_ns: i64) -> WaitAsync {
        WaitAsync { handle, deadline_ns, progress: Progress::New }
    }

    fn begin(&mut self, waker: &Waker) -> Poll<Result<bool>> {
        let raw = self.handle.raw();
        let seen = self.handle.seen();
        // What is owed to this wait, or came since the last one, is there at once.
        // SAFETY: referenced.
        match unsafe { sys::zinc_region_wait_from(raw, seen, 0, ptr::null_mut()) } {
            sys::ZINC_OK => return Poll::Ready(Ok(true)),
            sys::ZINC_E_TIMEDOUT | sys::ZINC_E_INTR => {}
            status => return Poll::Ready(Err(self.handle.error(status))),
        }
        if self.deadline_ns == 0 {
            return Poll::Ready(Ok(false));
        }
        let reactor = match Reactor::get() {
            Ok(reactor) => reactor,
            Err(why) => return Poll::Ready(Err(why)),
        };
        let wait = Arc::new(Wait(Mutex::new(State::Pending(waker.clone()))));
        let token = reactor.next_token.fetch_add(1, Ordering::Relaxed);
        // First the entry: the queue may complete the token before the call returns.
        lock(&reactor.waits).insert(token, Arc::clone(&wait));
        // SAFETY: the queue lives for ever, the handle is referenced.
        let status =
            unsafe { sys::zinc_events_wait(reactor.queue.as_ptr(), raw, token, self.deadline_ns) };
        if status != sys::ZINC_OK {
            let entry = lock(&reactor.waits).remove(&token);
            drop(entry);
            return Poll::Ready(Err(self.handle.error(status)));
        }
        self.progress = Progress::Begun(Begun { reactor, token, wait, seen });
        Poll::Pending
    }

    fn look(&self, begun: &Begun, waker: &Waker) -> Poll<Result<bool>> {
        if begun.reactor.process != std::process::id() {
            return Poll::Ready(Err(self.handle.error(sys::ZINC_E_FORKED)));
        }
        // Dropping a waker, and cloning one, may run code of the user: not under the lock.
        let mut new = Some(waker.clone());
        let mut old = None;
        let status = {
            let mut state = lock(&begun.wait.0);
            match &mut *state {
                State::Pending(known) => {
                    if !known.will_wake(waker) {
                        old = new.take().map(|new| std::mem::replace(known, new));
                    }
                    None
                }
                State::Ended(status) => {
                    let status = *status;
                    *state = State::Over;
                    Some(status)
                }
                State::Over => Some(sys::ZINC_E_INVAL),
            }
        };
        drop((old, new));
        match status {
            None => Poll::Pending,
            Some(sys::ZINC_OK) => Poll::Ready(Ok(true)),
            Some(sys::ZINC_E_TIMEDOUT) => Poll::Ready(Ok(false)),
            Some(status) => Poll::Ready(Err(self.handle.error(status))),
        }
    }
}

impl Future for WaitAsync {
    type Output = Result<bool>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<bool>> {
        let answer = match &self.progress {
            Progress::New => self.begin(context.waker()),
            Progress::Begun(begun) => self.look(begun, context.waker()),
            Progress::Told => Poll::Ready(Err(Error::refused(
                sys::ZINC_E_INVAL,
                "this wait has ended and was polled again: start another one with wait_async",
            ))),
        };
        if answer.is_ready() {
            self.progress = Progress::Told;
        }
        answer
    }
}

impl Drop for WaitAsync {
    fn drop(&mut self) {
        let Progress::Begun(begun) = &self.progress else { return };
        // A forked child has none of this.
        if begun.reactor.process != std::process::id() {
            return;
        }
        let left = std::mem::replace(&mut *lock(&begun.wait.0), State::Over);
        // SAFETY: the queue lives for ever. A token that has completed is not found.
        unsafe { sys::zinc_events_cancel(begun.reactor.queue.as_ptr(), begun.token) };
        // Whether it was notified is not known before its completion arrives, and need not be: the
        // next wait looks from where this one began.
        self.handle.owe(begun.seen);
        drop(left);
    }
}

impl fmt::Debug for WaitAsync {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let begun = matches!(self.progress, Progress::Begun(_));
        f.debug_struct("WaitAsync").field("begun", &begun).finish()
    }
}
