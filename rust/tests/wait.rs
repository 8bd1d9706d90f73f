// SPDX-License-Identifier: MIT
//! Notifications and waits of threads: timeouts, cancellation, signals, and close in between.

mod support;

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use support::{waiting, Name};
use zinc::{Cancel, Error, SharedRegion, Timeout};

/// What the documents promise, and what a busy machine adds.
const SOON: Duration = Duration::from_millis(100);

fn pair(name: &Name) -> (SharedRegion, SharedRegion) {
    (SharedRegion::create(name, 4096).unwrap(), SharedRegion::open(name).unwrap())
}

#[test]
fn a_notification_ends_a_wait_and_shows_what_was_written() {
    let name = Name::new();
    let (writer, reader) = pair(&name);
    thread::scope(|threads| {
        let wait = threads.spawn(|| {
            let came = reader.wait(5000).unwrap();
            (came, reader.view().unwrap().load::<u64>(0).unwrap())
        });
        assert!(waiting(&writer, 1));
        writer.view().unwrap().store(0, 42_u64).unwrap();
        writer.notify().unwrap();
        assert_eq!(wait.join().unwrap(), (true, 42));
    });
}

#[test]
fn timeouts_in_all_their_forms() {
    let name = Name::new();
    let (_writer, reader) = pair(&name);
    let began = Instant::now();
    assert!(!reader.wait(30).unwrap());
    assert!(!reader.wait(Duration::from_millis(30)).unwrap());
    assert!(!reader.wait(Some(Duration::from_millis(30))).unwrap());
    assert!(!reader.wait(Instant::now() + Duration::from_millis(30)).unwrap());
    let took = began.elapsed();
    assert!((Duration::from_millis(119)..Duration::from_secs(3)).contains(&took), "{took:?}");
    let began = Instant::now();
    assert!(!reader.wait(0).unwrap());
    assert!(!reader.wait(Duration::ZERO).unwrap());
    assert!(!reader.wait(Timeout::NOW).unwrap());
    assert!(!reader.wait(began).unwrap());
    assert!(!reader.try_wait().unwrap());
    assert!(began.elapsed() < Duration::from_secs(1));
}

#[test]
fn for_ever() {
    let name = Name::new();
    let (writer, reader) = pair(&name);
    for timeout in [Timeout::from(None), Timeout::FOREVER, Timeout::from(u64::MAX)] {
        thread::scope(|threads| {
            let wait = threads.spawn(|| reader.wait(timeout));
            assert!(waiting(&writer, 1));
            writer.notify().unwrap();
            assert!(wait.join().unwrap().unwrap());
        });
    }
}

#[test]
fn a_fresh_handle_sees_the_last_notification_once() {
    let name = Name::new();
    let writer = SharedRegion::create(&name, 64).unwrap();
    writer.notify().unwrap();
    writer.notify().unwrap();
    let reader = SharedRegion::open(&name).unwrap();
    assert!(reader.try_wait().unwrap());
    assert!(!reader.try_wait().unwrap());
    assert!(!reader.wait(10).unwrap());
}

#[test]
fn one_notification_ends_every_wait() {
    let name = Name::new();
    let (writer, reader) = pair(&name);
    thread::scope(|threads| {
        let waits: Vec<_> = (0..8).map(|_| threads.spawn(|| reader.wait(5000))).collect();
        assert!(waiting(&writer, 8));
        writer.notify().unwrap();
        assert!(waits.into_iter().all(|wait| wait.join().unwrap().unwrap()));
    });
}

#[test]
fn cancellation_before_during_and_after() {
    let name = Name::new();
    let (writer, reader) = pair(&name);
    let stop = Cancel::new().unwrap();
    thread::scope(|threads| {
        let wait = threads.spawn(|| reader.wait_with(None, &stop));
        let other = threads.spawn(|| reader.wait(5000));
        assert!(waiting(&writer, 2));
        let fired = Instant::now();
        stop.clone().fire();
        let error = wait.join().unwrap().unwrap_err();
        assert!(fired.elapsed() < SOON, "{:?}", fired.elapsed());
        assert!(matches!(error, Error::Canceled(_)), "{error:?}");
        writer.notify().unwrap();
        assert!(other.join().unwrap().unwrap());
    });
    assert!(stop.fired());
    let again = reader.wait_with(5000, &stop);
    assert!(matches!(again, Err(Error::Canceled(_))), "{again:?}");
    assert!(!reader.wait(10).unwrap());
    let fresh = Cancel::new().unwrap();
    assert!(!fresh.fired());
    assert!(!reader.wait_with(10, &fresh).unwrap());
}

#[test]
fn close_ends_waits_of_other_threads() {
    let name = Name::new();
    let (writer, reader) = pair(&name);
    thread::scope(|threads| {
        let waits: Vec<_> = (0..4).map(|_| threads.spawn(|| reader.wait(None))).collect();
        assert!(waiting(&writer, 4));
        let closed = Instant::now();
        reader.close();
        for wait in waits {
            let error = wait.join().unwrap().unwrap_err();
            assert!(matches!(error, Error::Closed(_)), "{error:?}");
            assert!(error.message().contains("closed") && error.message().contains(name.as_str()));
        }
        assert!(closed.elapsed() < SOON, "{:?}", closed.elapsed());
    });
}

static HANDLED: AtomicU32 = AtomicU32::new(0);

extern "C" fn count(_signal: libc::c_int) {
    HANDLED.fetch_add(1, Ordering::Relaxed);
}

fn handle(signal: libc::c_int, handler: extern "C" fn(libc::c_int)) {
    // SAFETY: the handlers of this file do what signal handlers may; SA_RESTART is not set.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = handler as *const () as usize;
        assert_eq!(libc::sigaction(signal, &action, std::ptr::null_mut()), 0);
    }
}

#[test]
fn signals_are_handled_and_the_wait_goes_on() {
    handle(libc::SIGUSR1, count);
    let name = Name::new();
    let (writer, reader) = pair(&name);
    let (tell, told) = std::sync::mpsc::channel();
    thread::scope(|threads| {
        let wait = threads.spawn(|| {
            // SAFETY: takes nothing.
            tell.send(unsafe { libc::pthread_self() }).unwrap();
            let began = Instant::now();
            (reader.wait(400), began.elapsed(), reader.wait(5000))
        });
        let target = told.recv().unwrap();
        assert!(waiting(&writer, 1));
        for round in 1..=5 {
            // SAFETY: the thread has not been joined.
            assert_eq!(unsafe { libc::pthread_kill(target, libc::SIGUSR1) }, 0);
            assert!(support::eventually(|| HANDLED.load(Ordering::Relaxed) >= round));
        }
        thread::sleep(Duration::from_millis(600));
        // SAFETY: as above.
        assert_eq!(unsafe { libc::pthread_kill(target, libc::SIGUSR1) }, 0);
        assert!(support::eventually(|| HANDLED.load(Ordering::Relaxed) >= 6));
        writer.notify().unwrap();
        let (first, took, second) = wait.join().unwrap();
        assert!(!first.unwrap(), "signals have ended the wait");
        assert!((Duration::from_millis(400)..Duration::from_secs(3)).contains(&took), "{took:?}");
        assert!(second.unwrap());
    });
}

static STOP: AtomicBool = AtomicBool::new(false);
static CANCEL: std::sync::OnceLock<Cancel> = std::sync::OnceLock::new();

extern "C" fn fire(_signal: libc::c_int) {
    STOP.store(true, Ordering::Relaxed);
    if let Some(cancel) = CANCEL.get() {
        cancel.fire();
    }
}

#[test]
fn a_signal_handler_may_cancel() {
    let stop = CANCEL.get_or_init(|| Cancel::new().unwrap());
    handle(libc::SIGUSR2, fire);
    let name = Name::new();
    let (writer, reader) = pair(&name);
    thread::scope(|threads| {
        let wait = threads.spawn(|| reader.wait_with(None, stop));
        assert!(waiting(&writer, 1));
        let raised = Instant::now();
        // SAFETY: to this process, which handles it.
        unsafe { libc::kill(libc::getpid(), libc::SIGUSR2) };
        let ended = wait.join().unwrap();
        assert!(raised.elapsed() < SOON, "{:?}", raised.elapsed());
        assert!(matches!(ended, Err(Error::Canceled(_))), "{ended:?}");
    });
    assert!(STOP.load(Ordering::Relaxed));
}

type Call = fn(&SharedRegion) -> Result<(), Error>;

#[test]
fn close_races_with_everything() {
    let calls: [Call; 8] = [
        |region| region.wait(None).map(drop),
        |region| region.try_wait().map(drop),
        |region| region.notify(),
        |region| region.view().and_then(|view| view.store(0, 1_u8)),
        |region| region.info().map(drop),
        |region| region.owned_view(..).map(drop),
        |region| region.grow(64),
        |region| region.descriptor().map(drop),
    ];
    for round in 0..50 {
        let name = Name::new();
        let (writer, region) = pair(&name);
        let region = &region;
        thread::scope(|threads| {
            for call in calls {
                threads.spawn(move || loop {
                    match call(region) {
                        Ok(()) => {}
                        Err(Error::Closed(_)) => return,
                        Err(other) => panic!("{other:?}"),
                    }
                });
            }
            threads.spawn(|| {
                while region.capacity() != 0 && !region.as_ptr().is_null() {
                    thread::yield_now();
                }
            });
            if round % 2 == 0 {
                thread::yield_now();
            }
            writer.notify().unwrap();
            region.close();
            region.close();
        });
    }
}
