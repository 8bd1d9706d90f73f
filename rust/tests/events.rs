// SPDX-License-Identifier: MIT
//! Waits as futures: many of them, their ends, and what is dropped half-way.

mod support;

use std::future::Future;
use std::pin::{pin, Pin};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::{Duration, Instant};

use support::executor::{block_on, join_all};
use support::{eventually, threads, Name};
use zinc::{Error, SharedRegion, WaitAsync};

/// What the documents promise, and what a busy machine adds.
const SOON: Duration = Duration::from_millis(100);
const THREADS_MORE: usize = 8;

type Task = Pin<Box<dyn Future<Output = Result<bool, Error>>>>;

fn pair(name: &Name) -> (SharedRegion, SharedRegion) {
    (SharedRegion::create(name, 4096).unwrap(), SharedRegion::open(name).unwrap())
}

/// A waker that counts.
#[derive(Default)]
struct Counter(AtomicU32);

impl Wake for Counter {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl Counter {
    fn poll(self: &Arc<Self>, wait: &mut WaitAsync) -> Poll<Result<bool, Error>> {
        Pin::new(wait).poll(&mut Context::from_waker(&Waker::from(Arc::clone(self))))
    }

    fn woken(&self) -> u32 {
        self.0.load(Ordering::SeqCst)
    }
}

#[test]
fn a_notification_ends_an_asynchronous_wait() {
    let name = Name::new();
    let (writer, reader) = pair(&name);
    thread::scope(|threads| {
        threads.spawn(|| {
            assert!(support::waiting(&writer, 1));
            writer.view().unwrap().store(0, 42_u64).unwrap();
            writer.notify().unwrap();
        });
        assert!(block_on(reader.wait_async(5000)).unwrap());
    });
    assert_eq!(reader.view().unwrap().load::<u64>(0).unwrap(), 42);
    writer.notify().unwrap();
    assert!(block_on(reader.wait_async(None)).unwrap());
    assert!(!block_on(reader.wait_async(0)).unwrap());
    let began = Instant::now();
    assert!(!block_on(reader.wait_async(Duration::from_millis(50))).unwrap());
    let took = began.elapsed();
    assert!((Duration::from_millis(50)..Duration::from_secs(2)).contains(&took), "{took:?}");
}

#[test]
fn a_thousand_waiters_on_one_region() {
    support::alone("a_thousand_waiters_on_one_region", || {
        let name = Name::new();
        let (writer, reader) = pair(&name);
        let before = threads();
        let tasks: Vec<Task> =
            (0..1000).map(|_| Box::pin(reader.wait_async(10_000)) as Task).collect();
        let ended = join_all(tasks, || {
            assert!(threads() <= before + THREADS_MORE, "{} threads more", threads() - before);
            writer.notify().unwrap();
        });
        assert_eq!(ended.len(), 1000);
        assert!(ended.iter().all(|came| *came == Ok(true)));
    });
}

#[test]
fn ten_waiters_on_each_of_a_hundred_regions() {
    support::alone("ten_waiters_on_each_of_a_hundred_regions", || {
        let names: Vec<Name> = (0..100).map(|_| Name::new()).collect();
        let regions: Vec<_> = names.iter().map(pair).collect();
        let before = threads();
        let waits =
            regions.iter().flat_map(|(_, reader)| (0..10).map(|_| reader.wait_async(10_000)));
        let tasks: Vec<Task> = waits.map(|wait| Box::pin(wait) as Task).collect();
        let ended = join_all(tasks, || {
            assert!(threads() <= before + THREADS_MORE, "{} threads more", threads() - before);
            regions.iter().for_each(|(writer, _)| writer.notify().unwrap());
        });
        assert_eq!(ended.len(), 1000);
        assert!(ended.iter().all(|came| *came == Ok(true)));
    });
}

#[test]
fn close_ends_asynchronous_waits() {
    let name = Name::new();
    let region = SharedRegion::create(&name, 64).unwrap();
    let tasks: Vec<Task> = (0..100).map(|_| Box::pin(region.wait_async(None)) as Task).collect();
    let mut closed = Instant::now();
    let ended = join_all(tasks, || {
        closed = Instant::now();
        region.close();
    });
    assert!(closed.elapsed() < SOON, "{:?}", closed.elapsed());
    assert!(ended.iter().all(|end| matches!(end, Err(Error::Closed(_)))), "{ended:?}");
}

#[test]
fn a_future_outlives_its_region_and_says_closed() {
    let name = Name::new();
    let region = SharedRegion::create(&name, 64).unwrap();
    let (mut begun, new) = (region.wait_async(None), region.wait_async(None));
    let counter = Arc::new(Counter::default());
    assert!(counter.poll(&mut begun).is_pending());
    drop(region);
    assert!(!name.path().exists());
    for wait in [begun, new] {
        let ended = block_on(wait);
        assert!(matches!(ended, Err(Error::Closed(_))), "{ended:?}");
    }
}

#[test]
fn a_future_wakes_once_and_tells_once() {
    let name = Name::new();
    let (writer, reader) = pair(&name);
    let mut wait = reader.wait_async(None);
    assert!(format!("{wait:?}").contains("begun: false"));
    let (first, second) = (Arc::new(Counter::default()), Arc::new(Counter::default()));
    assert!(first.poll(&mut wait).is_pending());
    assert!(first.poll(&mut wait).is_pending());
    // The last waker is the one that counts.
    assert!(second.poll(&mut wait).is_pending());
    writer.notify().unwrap();
    assert!(eventually(|| second.woken() == 1));
    assert_eq!(first.woken(), 0);
    assert_eq!(second.poll(&mut wait), Poll::Ready(Ok(true)));
    let again = second.poll(&mut wait);
    assert!(matches!(again, Poll::Ready(Err(Error::InvalidInput(_)))), "{again:?}");
    assert!(!reader.try_wait().unwrap());
}

#[test]
fn the_time_runs_from_the_call_on() {
    let name = Name::new();
    let (_writer, reader) = pair(&name);
    let wait = reader.wait_async(50);
    thread::sleep(Duration::from_millis(60));
    let began = Instant::now();
    assert!(!block_on(wait).unwrap());
    assert!(began.elapsed() < Duration::from_millis(50), "{:?}", began.elapsed());
}

#[test]
fn dropping_a_future_ends_its_wait() {
    let name = Name::new();
    let (writer, reader) = pair(&name);
    let counter = Arc::new(Counter::default());
    let mut waits: Vec<_> = (0..100).map(|_| reader.wait_async(None)).collect();
    assert!(waits.iter_mut().all(|wait| counter.poll(wait).is_pending()));
    assert!(support::waiting(&writer, 1));
    let dropped = Instant::now();
    drop(waits);
    assert!(eventually(|| writer.info().unwrap().waiters == 0));
    assert!(dropped.elapsed() < SOON, "{:?}", dropped.elapsed());
    assert!(!reader.try_wait().unwrap());
    // Neither tasks nor references are kept.
    assert!(eventually(|| Arc::strong_count(&counter) == 1));
    assert_eq!(counter.woken(), 0);
}

#[test]
fn what_a_dropped_future_was_notified_of_is_for_the_next_wait() {
    let name = Name::new();
    let (writer, reader) = pair(&name);
    for round in 0..300 {
        let counter = Arc::new(Counter::default());
        let mut wait = reader.wait_async(None);
        assert!(counter.poll(&mut wait).is_pending());
        writer.notify().unwrap();
        match round % 3 {
            0 => assert!(eventually(|| counter.woken() == 1)),
            1 => thread::yield_now(),
            _ => {}
        }
        drop(wait);
        let came = if round % 2 == 0 {
            reader.wait(5000).unwrap()
        } else {
            block_on(reader.wait_async(5000)).unwrap()
        };
        assert!(came, "round {round}: the notification is lost");
        assert!(!reader.try_wait().unwrap(), "round {round}: it is there twice");
    }
}

#[test]
fn a_waker_may_panic_poll_or_drop() {
    struct Polls(Mutex<Option<WaitAsync>>, AtomicU32);
    impl Wake for Polls {
        fn wake(self: Arc<Self>) {
            // As executors that run a task where it is woken.
            let mut wait = self.0.lock().unwrap().take().expect("it waits");
            let ended = Arc::new(Counter::default()).poll(&mut wait);
            assert_eq!(ended, Poll::Ready(Ok(true)));
            self.1.fetch_add(1, Ordering::SeqCst);
        }
    }
    struct Panics;
    impl Wake for Panics {
        fn wake(self: Arc<Self>) {
            std::panic::resume_unwind(Box::new(()));
        }
    }
    let name = Name::new();
    let (writer, reader) = pair(&name);
    let polls = Arc::new(Polls(Mutex::new(None), AtomicU32::new(0)));
    let mut panics = reader.wait_async(None);
    let waker = Waker::from(Arc::new(Panics));
    assert!(Pin::new(&mut panics).poll(&mut Context::from_waker(&waker)).is_pending());
    {
        let mut wait = reader.wait_async(None);
        let waker = Waker::from(Arc::clone(&polls));
        let mut slot = polls.0.lock().unwrap();
        assert!(Pin::new(&mut wait).poll(&mut Context::from_waker(&waker)).is_pending());
        *slot = Some(wait);
    }
    writer.notify().unwrap();
    assert!(eventually(|| polls.1.load(Ordering::SeqCst) == 1));
    assert!(block_on(panics).unwrap());
    writer.notify().unwrap();
    assert!(block_on(reader.wait_async(5000)).unwrap());
}

#[test]
fn what_a_waker_panics_with_may_panic_when_it_is_dropped() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            std::panic::resume_unwind(Box::new(()));
        }
    }
    struct Panics;
    impl Wake for Panics {
        fn wake(self: Arc<Self>) {
            std::panic::resume_unwind(Box::new(Bomb));
        }
    }
    let name = Name::new();
    let (writer, reader) = pair(&name);
    let mut panics = reader.wait_async(None);
    let waker = Waker::from(Arc::new(Panics));
    assert!(Pin::new(&mut panics).poll(&mut Context::from_waker(&waker)).is_pending());
    writer.notify().unwrap();
    let counter = Arc::new(Counter::default());
    assert!(eventually(|| counter.poll(&mut panics) == Poll::Ready(Ok(true))));
    let counter = Arc::new(Counter::default());
    let mut later = reader.wait_async(10);
    assert!(counter.poll(&mut later).is_pending());
    assert!(eventually(|| counter.woken() == 1), "nobody delivers any more");
    assert_eq!(counter.poll(&mut later), Poll::Ready(Ok(false)));
}

#[test]
fn tasks_on_many_threads() {
    let name = Name::new();
    let (writer, reader) = pair(&name);
    let (told, over) = (AtomicU32::new(0), AtomicU32::new(0));
    thread::scope(|threads| {
        for _ in 0..4 {
            threads.spawn(|| {
                let follow = async {
                    while reader.wait_async(10_000).await.unwrap() {
                        told.fetch_add(1, Ordering::SeqCst);
                        if reader.view().unwrap().load::<u8>(0).unwrap() == 1 {
                            over.fetch_add(1, Ordering::SeqCst);
                            return;
                        }
                    }
                    panic!("no notification came");
                };
                block_on(pin!(follow));
            });
        }
        for round in 0..200_u8 {
            writer.notify().unwrap();
            if round % 3 == 0 {
                thread::yield_now();
            }
        }
        writer.view().unwrap().store(0, 1_u8).unwrap();
        // Again and again: what one task's wait has seen is no news for another one's that begins
        // later, as they share the handle.
        let all_over = eventually(|| {
            writer.notify().unwrap();
            over.load(Ordering::SeqCst) == 4
        });
        assert!(all_over);
    });
    assert!(told.load(Ordering::SeqCst) >= 4);
}

#[test]
fn futures_race_with_close_drop_and_notify() {
    for round in 0..100 {
        let name = Name::new();
        let (writer, reader) = pair(&name);
        let (writer, reader) = (&writer, &reader);
        thread::scope(|threads| {
            for _ in 0..3 {
                threads.spawn(move || loop {
                    let counter = Arc::new(Counter::default());
                    let mut wait = reader.wait_async(None);
                    match counter.poll(&mut wait) {
                        Poll::Ready(Err(Error::Closed(_))) => return,
                        Poll::Ready(Ok(true)) | Poll::Pending => {}
                        other => panic!("{other:?}"),
                    }
                });
                threads.spawn(move || loop {
                    match block_on(reader.wait_async(5000)) {
                        Ok(true) => {}
                        Err(Error::Closed(_)) => return,
                        other => panic!("{other:?}"),
                    }
                });
            }
            for _ in 0..round % 20 {
                writer.notify().unwrap();
            }
            reader.close();
        });
    }
}
