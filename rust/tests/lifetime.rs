// SPDX-License-Identifier: MIT
//! Closing, using what is closed, and handles that are never dropped.

mod support;

use std::sync::{Arc, OnceLock};

use support::{again, is_child, Name};
use zinc::{Error, SharedRegion};

#[test]
fn everything_on_a_closed_region_says_so() {
    let name = Name::new();
    let region = SharedRegion::create(&name, 4096).unwrap();
    region.close();
    region.close();
    assert!(region.closed());
    assert_eq!((region.capacity(), region.address()), (0, 0));
    assert!(region.as_ptr().is_null() && region.as_mut_ptr().is_null());
    assert_eq!(region.name(), name.as_str());
    let (socket, _other) = std::os::unix::net::UnixStream::pair().unwrap();
    let calls = [
        region.view().map(drop),
        region.array::<u8>().map(drop),
        region.owned_view(..).map(drop),
        region.notify(),
        region.wait(None).map(drop),
        region.wait(0).map(drop),
        region.try_wait().map(drop),
        region.wait_with(None, &zinc::Cancel::new().unwrap()).map(drop),
        support::executor::block_on(region.wait_async(None)).map(drop),
        support::executor::block_on(region.wait_async(0)).map(drop),
        region.info().map(drop),
        region.grow(8192),
        region.unlink(),
        region.descriptor().map(drop),
        region.send(&socket),
    ];
    for (at, call) in calls.into_iter().enumerate() {
        let Err(error @ Error::Closed(_)) = call else { panic!("{at}: {call:?}") };
        assert!(error.message().contains("closed"), "{error}");
        assert!(error.message().contains(name.as_str()), "{error}");
    }
    assert!(format!("{region:?}").contains("closed: true"));
}

#[test]
fn a_name_is_free_after_close() {
    let name = Name::new();
    let region = SharedRegion::create(&name, 64).unwrap();
    region.close();
    assert!(!name.path().exists());
    assert_eq!(SharedRegion::create(&name, 128).unwrap().capacity(), 128);
}

#[test]
fn many_regions_leave_nothing() {
    support::alone("many_regions_leave_nothing", || {
        let name = Name::new();
        let count = |of| std::fs::read_dir(format!("/proc/self/{of}")).unwrap().count();
        let maps = || std::fs::read_to_string("/proc/self/maps").unwrap().lines().count();
        SharedRegion::create(&name, 64).unwrap().close();
        let before = (count("fd"), maps());
        for _ in 0..500 {
            let region = SharedRegion::create(&name, 64).unwrap();
            let _view = region.owned_view(..).unwrap();
        }
        assert_eq!(count("fd"), before.0);
        assert!(maps() < before.1 + 20, "{} mappings more", maps() - before.1);
    });
}

const LEAKS: &str = "leaks_are_reported_at_exit";

#[test]
fn leaks_are_reported_at_exit() {
    if is_child() {
        std::mem::forget(SharedRegion::create_private("forgotten", 64).unwrap());
        drop(SharedRegion::create("dropped", 64).unwrap());
        let closed = SharedRegion::create("closed", 64).unwrap();
        closed.close();
        std::mem::forget(closed);
        struct Circle(#[allow(dead_code)] SharedRegion, OnceLock<Arc<Circle>>);
        let region = SharedRegion::create_private("circle", 64).unwrap();
        let circle = Arc::new(Circle(region, OnceLock::new()));
        assert!(circle.1.set(Arc::clone(&circle)).is_ok());
        return;
    }
    let (code, _, complaints) = again(LEAKS, &[("ZINC_DEBUG_LEAKS", "1")]);
    let reports: Vec<_> =
        complaints.lines().filter(|line| line.starts_with("zinc: leak: ")).collect();
    assert_eq!((code, reports.len()), (0, 2), "{complaints}");
    for (report, name) in reports.iter().zip(["forgotten", "circle"]) {
        assert!(report.contains(&format!("region '{name}' was never closed")), "{report}");
        assert!(report.contains("lifetime.rs:"), "{report}");
    }
    for setting in ["0", ""] {
        let (code, _, complaints) = again(LEAKS, &[("ZINC_DEBUG_LEAKS", setting)]);
        assert_eq!((code, complaints.contains("leak")), (0, false), "{complaints}");
    }
}

#[test]
fn a_panic_closes_what_it_unwinds() {
    let name = Name::new();
    let thrown = std::panic::catch_unwind(|| {
        let _region = SharedRegion::create(&name, 64).unwrap();
        std::panic::resume_unwind(Box::new(()));
    });
    assert!(thrown.is_err());
    assert!(!name.path().exists());
}
