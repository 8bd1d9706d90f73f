// SPDX-License-Identifier: MIT
//! A forked child: what it inherits is refused, views stay, and it opens regions of its own.

mod support;

use support::executor::block_on;
use support::Name;
use zinc::{Cancel, Error, Options, SharedRegion};

/// Run `body` in a forked child; answers whether it returned true.
fn in_child(body: impl FnOnce() -> bool) -> bool {
    // SAFETY: the child only runs `body`, in which no lock of this program's other threads is
    // taken, and leaves without running destructors of the parent's.
    unsafe {
        match libc::fork() {
            0 => {
                let run = std::panic::catch_unwind(std::panic::AssertUnwindSafe(body));
                libc::_exit(if run.unwrap_or(false) { 0 } else { 1 });
            }
            child => {
                assert!(child > 0, "no process could be made");
                let mut status = 0;
                assert_eq!(libc::waitpid(child, &mut status, 0), child);
                status == 0
            }
        }
    }
}

/// One test, because a fork while another one of this program holds a lock would inherit it.
#[test]
fn forked_children() {
    let name = Name::new();
    let region = Options::new().max_capacity(8192).create(&name, 4096).unwrap();
    // The parent's queue and its thread are there before.
    assert!(!block_on(region.wait_async(1)).unwrap());
    let stop = Cancel::new().unwrap();
    let view = region.view().unwrap();
    view.store(0, 1_u8).unwrap();

    assert!(in_child(|| {
        let forked = |call: Result<(), Error>| matches!(call, Err(Error::Forked(_)));
        forked(region.notify())
            && forked(region.wait(None).map(drop))
            && forked(region.try_wait().map(drop))
            && forked(region.wait_with(None, &stop).map(drop))
            && forked(block_on(region.wait_async(None)).map(drop))
            && forked(region.view().map(drop))
            && forked(region.owned_view(..).map(drop))
            && forked(region.info().map(drop))
            && forked(region.grow(8192))
            && forked(region.unlink())
            && forked(region.descriptor().map(drop))
            && region.capacity() == 0
            && !region.closed()
    }));
    assert!(in_child(|| view.load::<u8>(0).unwrap() == 1 && view.store(1, 2_u8).is_ok()));
    assert_eq!(view.load::<u8>(1).unwrap(), 2);

    let own = Name::new();
    assert!(in_child(|| {
        let opened = SharedRegion::open(&name).unwrap();
        opened.view().unwrap().store(2, 3_u8).unwrap();
        let region = SharedRegion::create(&own, 64).unwrap();
        let began = !block_on(region.wait_async(1)).unwrap();
        region.notify().unwrap();
        began && block_on(region.wait_async(5000)).unwrap() && opened.notify().is_ok() && {
            opened.close();
            region.close();
            true
        }
    }));
    assert_eq!(view.load::<u8>(2).unwrap(), 3);
    assert!(region.wait(5000).unwrap());

    // Closing, or dropping, in the child leaves the parent's participation alone.
    let pending = region.wait_async(None);
    let mut inherited = Some((SharedRegion::open(&name).unwrap(), pending));
    assert!(in_child(|| {
        drop(inherited.take());
        region.close();
        true
    }));
    assert!(!region.closed());
    assert_eq!(region.info().unwrap().participants_alive, 2);
    region.notify().unwrap();
    drop(inherited);
    assert_eq!(region.info().unwrap().participants_alive, 1);
}
