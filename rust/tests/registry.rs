// SPDX-License-Identifier: MIT
//! The regions of the domain, seen from outside.

mod support;

use support::{again, is_child, Name};
use zinc::{Error, GcMode, Lifetime, Options, SharedRegion};

#[test]
fn list_and_lookup() {
    let name = Name::new();
    let region = SharedRegion::create(&name, 4096).unwrap();
    let listed = SharedRegion::list().unwrap();
    let found = listed.iter().find(|info| info.name == name.as_str()).expect("it is listed");
    assert!(found.problem.is_none() && found.creator_alive);
    assert_eq!((found.capacity, found.participants_alive), (4096, 1));
    assert!(listed.windows(2).all(|two| two[0].name <= two[1].name));
    let info = SharedRegion::lookup(&name).unwrap();
    let own = region.info().unwrap();
    assert_eq!((info.inode, info.device, info.domain), (own.inode, own.device, own.domain));
    drop(region);
    assert!(matches!(SharedRegion::lookup(&name), Err(Error::NotFound(_))));
}

#[test]
fn participants() {
    let name = Name::new();
    let region = SharedRegion::create(&name, 64).unwrap();
    let other = SharedRegion::open(&name).unwrap();
    let rows = zinc::participants(&name).unwrap();
    assert_eq!(rows.len(), 2);
    assert!(rows.iter().all(|row| row.alive && row.same_namespace));
    assert!(rows.iter().all(|row| row.pid == std::process::id() && row.row >= 1));
    assert_eq!(rows.iter().filter(|row| row.creator).count(), 1);
    drop((region, other));
    assert!(matches!(zinc::participants(&name), Err(Error::NotFound(_))));
}

#[test]
fn remove_is_by_force() {
    let name = Name::new();
    let region = SharedRegion::create(&name, 64).unwrap();
    SharedRegion::remove(&name).unwrap();
    assert!(region.info().unwrap().stale);
    assert!(matches!(zinc::remove(&name), Err(Error::NotFound(_))));
}

#[test]
fn files_that_are_no_regions() {
    let name = Name::new();
    let text = b"this is no region\n".repeat(100);
    for bytes in [&text[..], &[0; 70000]] {
        std::fs::write(name.path(), bytes).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(name.path(), mode).unwrap();
        let opened = SharedRegion::open(&name).unwrap_err();
        assert!(matches!(opened, Error::Layout(_) | Error::Corrupt(_)), "{opened:?}");
        let removed = zinc::remove(&name).unwrap_err();
        assert!(matches!(removed, Error::Layout(_) | Error::Corrupt(_)), "{removed:?}");
        let listed = zinc::list().unwrap();
        let found = listed.iter().find(|info| info.name == name.as_str()).expect("it is listed");
        assert!(found.problem.is_some() && found.lifetime.is_none());
        std::fs::remove_file(name.path()).unwrap();
    }
}

#[test]
fn a_region_of_another_layout() {
    let name = Name::new();
    let options = Options::new().lifetime(Lifetime::Persistent);
    drop(options.create(&name, 4096).unwrap());
    let whole = std::fs::read(name.path()).unwrap();
    let mut other = whole.clone();
    other[8] = 99; // the layout number; the checksum is now wrong, too
    std::fs::write(name.path(), &other).unwrap();
    let refused = SharedRegion::open(&name).unwrap_err();
    assert!(matches!(refused, Error::Layout(_)), "{refused:?}");
    assert!(refused.message().contains("another layout"), "{refused}");
    std::fs::write(name.path(), &whole[..5000]).unwrap();
    let truncated = SharedRegion::open(&name).unwrap_err();
    assert!(matches!(truncated, Error::Corrupt(_)), "{truncated:?}");
    let mut spoiled = whole.clone();
    spoiled[30] ^= 0xff;
    std::fs::write(name.path(), &spoiled).unwrap();
    let corrupt = SharedRegion::open(&name).unwrap_err();
    assert!(matches!(corrupt, Error::Corrupt(_) | Error::Layout(_)), "{corrupt:?}");
    std::fs::write(name.path(), &whole).unwrap();
    assert_eq!(SharedRegion::open(&name).unwrap().capacity(), 4096);
    zinc::remove(&name).unwrap();
}

#[test]
fn header_bytes_that_lie_are_refused_and_crash_nothing() {
    let name = Name::new();
    drop(Options::new().lifetime(Lifetime::Persistent).create(&name, 4096).unwrap());
    let whole = std::fs::read(name.path()).unwrap();
    let mut seed = 88172645463325252_u64;
    for _ in 0..300 {
        let mut bytes = whole.clone();
        for _ in 0..3 {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            bytes[(seed % 4096) as usize] = (seed >> 32) as u8;
        }
        std::fs::write(name.path(), &bytes).unwrap();
        if let Ok(region) = SharedRegion::open(&name) {
            let view = region.view().unwrap();
            view.store(view.len() - 1, 1_u8).unwrap();
            region.notify().unwrap();
            region.info().unwrap();
        }
    }
    std::fs::remove_file(name.path()).unwrap();
}

#[test]
fn gc_removes_what_the_dead_left() {
    const THIS: &str = "gc_removes_what_the_dead_left";
    if is_child() {
        match std::env::var("ZINC_TEST_PART").as_deref() {
            Ok("die") => {
                let _region = SharedRegion::create("left", 4096).unwrap();
                std::process::abort();
            }
            _ => {
                let program = std::env::current_exe().unwrap();
                let status = std::process::Command::new(program)
                    .args(["--exact", THIS])
                    .env("ZINC_TEST_PART", "die")
                    .stderr(std::process::Stdio::null())
                    .status()
                    .unwrap();
                assert!(!status.success());
                let kept = SharedRegion::create("alive", 64).unwrap();
                let told = zinc::gc(GcMode::DryRun).unwrap();
                assert_eq!((told.regions_removed, told.removals.len()), (1, 1));
                assert!(zinc::lookup("left").unwrap().reclaimable);
                let facts = zinc::doctor().unwrap();
                assert_eq!((facts.regions, facts.regions_stale), (Some(2), Some(1)));
                let done = SharedRegion::gc(GcMode::Remove).unwrap();
                assert_eq!((done.regions_seen, done.regions_removed, done.failures), (2, 1, 0));
                assert_eq!(done.removals[0].name, "left");
                assert!(done.removals[0].problem.is_none() && !done.removals[0].temporary);
                assert!(done.bytes_removed >= 4096);
                assert!(matches!(zinc::lookup("left"), Err(Error::NotFound(_))));
                kept.notify().unwrap();
                return;
            }
        }
    }
    let (code, output, complaints) = again(THIS, &[]);
    assert_eq!(code, 0, "{output}{complaints}");
}

#[test]
fn doctor_knows_the_machine() {
    let facts = SharedRegion::doctor().unwrap();
    assert!(facts.directory_problem.is_none());
    assert!(facts.directory_total.unwrap() > 0 && facts.directory_free.is_some());
    assert_eq!(facts.page_size.unwrap() % 4096, 0);
    assert!(facts.processors.unwrap() >= 1);
    assert!(facts.has_proc && facts.has_memfd);
    assert!(["futex", "poll"].contains(&&*facts.wait_backend), "{}", facts.wait_backend);
    let _region = Name::new();
    assert!(!zinc::doctor().unwrap().domain.is_empty());
}

#[test]
fn a_directory_that_is_none() {
    const THIS: &str = "a_directory_that_is_none";
    if is_child() {
        assert!(SharedRegion::create("x", 64).is_err());
        assert!(zinc::list().is_err());
        assert!(zinc::doctor().unwrap().directory_problem.is_some());
        return;
    }
    let (code, output, complaints) = again(THIS, &[("ZINC_DIR", "/proc/self/status")]);
    assert_eq!(code, 0, "{output}{complaints}");
}
