// SPDX-License-Identifier: MIT
//! Making and opening regions, their facts and options, sizes, names, and what is refused.

mod support;

use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;

use support::Name;
use zinc::{Error, Lifetime, Options, SharedRegion, WaitPolicy};

#[test]
fn a_region_is_the_same_bytes_for_who_opens_it() {
    let name = Name::new();
    let first = SharedRegion::create(&name, 4096).unwrap();
    let second = SharedRegion::open(&name).unwrap();
    first.view().unwrap().store(100, 0xdead_beef_u32).unwrap();
    assert_eq!(second.view().unwrap().load::<u32>(100).unwrap(), 0xdead_beef);
    assert_ne!(first.address(), second.address());
}

#[test]
fn facts() {
    let name = Name::new();
    let region = SharedRegion::create(&name, 5000).unwrap();
    assert_eq!(region.capacity(), 5000);
    assert_eq!(region.name(), name.as_str());
    assert!(!region.closed());
    assert_eq!(region.address(), region.as_ptr() as usize);
    assert_eq!(region.view().unwrap().as_ptr(), region.as_ptr());
    assert_eq!(region.as_mut_ptr().cast_const(), region.as_ptr());
    let info = region.info().unwrap();
    assert_eq!((info.name.as_str(), info.capacity, info.max_capacity), (name.as_str(), 5000, 5000));
    assert_eq!((info.lifetime, info.mode), (Some(Lifetime::Auto), 0o600));
    assert_eq!((info.participants_alive, info.participants_dead, info.rows), (1, 0, 128));
    assert_eq!(info.creator_pid, std::process::id());
    assert_eq!(info.layout, zinc::layout());
    assert!(info.created && info.creator_alive);
    assert!(!(info.read_only || info.private || info.sealed || info.stale || info.dead));
    assert!(info.created_at.elapsed().unwrap().as_secs() < 60);
    let text = format!("{region:?}");
    assert!(text.contains(name.as_str()) && text.contains("5000"), "{text}");
}

#[test]
fn a_leading_slash_means_the_same_name() {
    let name = Name::new();
    let region = SharedRegion::create(format!("/{}", name.as_str()), 64).unwrap();
    assert_eq!(region.name(), name.as_str());
    assert_eq!(SharedRegion::open(&name).unwrap().capacity(), 64);
}

#[test]
fn existing_and_missing_regions() {
    let name = Name::new();
    let missing = SharedRegion::open(&name).unwrap_err();
    assert!(matches!(missing, Error::NotFound(_)));
    assert!(missing.message().contains(name.as_str()), "{missing}");
    assert_eq!((missing.status(), missing.name()), (-2, "ZINC_E_NOENT"));
    let _region = SharedRegion::create(&name, 64).unwrap();
    let exists = SharedRegion::create(&name, 64).unwrap_err();
    assert!(matches!(exists, Error::AlreadyExists(_)));
    assert!(exists.message().contains(name.as_str()), "{exists}");
}

#[test]
fn open_or_create_says_who_created() {
    let name = Name::new();
    let first = SharedRegion::open_or_create(&name, 4096).unwrap();
    let second = SharedRegion::open_or_create(&name, 100).unwrap();
    assert!(first.info().unwrap().created);
    assert!(!second.info().unwrap().created);
    assert_eq!(second.capacity(), 4096);
    let larger = SharedRegion::open_or_create(&name, 8192).unwrap_err();
    assert!(matches!(larger, Error::TooLarge(_)), "{larger:?}");
}

#[test]
fn replace_takes_the_name() {
    let name = Name::new();
    let old = SharedRegion::create(&name, 64).unwrap();
    old.view().unwrap().store(0, 7_u8).unwrap();
    let new = SharedRegion::replace(&name, 128).unwrap();
    assert!(old.info().unwrap().stale);
    assert!(old.wait(5000).unwrap());
    assert_eq!(old.view().unwrap().load::<u8>(0).unwrap(), 7);
    assert_eq!(SharedRegion::open(&name).unwrap().capacity(), 128);
    assert_eq!(new.view().unwrap().load::<u8>(0).unwrap(), 0);
}

#[test]
fn the_name_goes_with_the_last_handle() {
    let name = Name::new();
    let first = SharedRegion::create(&name, 64).unwrap();
    let second = SharedRegion::open(&name).unwrap();
    drop(first);
    assert!(name.path().exists());
    drop(second);
    assert!(!name.path().exists());
}

#[test]
fn lifetime_of_the_creator() {
    let name = Name::new();
    let creator = Options::new().lifetime(Lifetime::Creator).create(&name, 64).unwrap();
    let other = SharedRegion::open(&name).unwrap();
    creator.close();
    assert!(matches!(SharedRegion::open(&name), Err(Error::NotFound(_))));
    other.view().unwrap().store(0, 1_u8).unwrap();
    assert!(!other.info().unwrap().creator_alive);
}

#[test]
fn lifetime_persistent() {
    let name = Name::new();
    drop(Options::new().lifetime(Lifetime::Persistent).create(&name, 64).unwrap());
    let again = SharedRegion::open(&name).unwrap();
    assert_eq!(again.info().unwrap().lifetime, Some(Lifetime::Persistent));
    let denied = again.unlink().unwrap_err();
    assert!(matches!(denied, Error::PermissionDenied(_)), "{denied:?}");
    zinc::remove(&name).unwrap();
    assert!(again.info().unwrap().stale);
}

#[test]
fn unlink_is_the_creators() {
    let name = Name::new();
    let region = SharedRegion::create(&name, 64).unwrap();
    region.unlink().unwrap();
    region.unlink().unwrap();
    assert!(region.info().unwrap().stale);
    region.view().unwrap().store(0, 1_u8).unwrap();
    assert!(matches!(SharedRegion::open(&name), Err(Error::NotFound(_))));
}

#[test]
fn mode_and_what_openers_accept() {
    let name = Name::new();
    let region = Options::new().mode(0o660).create(&name, 64).unwrap();
    let bits = std::fs::metadata(name.path()).unwrap().permissions().mode() & 0o7777;
    assert_eq!((bits, region.info().unwrap().mode), (0o660, 0o660));
    let loose = SharedRegion::open(&name).unwrap_err();
    assert!(matches!(loose, Error::PermissionDenied(_)), "{loose:?}");
    Options::new().accept_mode(0o020).open(&name).unwrap().notify().unwrap();
    let wrong = Options::new().accept_mode(0o444).open(&name).unwrap_err();
    assert!(matches!(wrong, Error::InvalidInput(_) | Error::PermissionDenied(_)), "{wrong:?}");
}

#[test]
fn owners_that_openers_accept() {
    let name = Name::new();
    let _region = SharedRegion::create(&name, 64).unwrap();
    Options::new().accept_owners([1, 2, 3]).open(&name).unwrap().close();
    Options::new().accept_any_owner(true).open(&name).unwrap().close();
    // A file of somebody else; only root can make one.
    let path = std::ffi::CString::new(name.path().to_str().unwrap()).unwrap();
    // SAFETY: the path ends with NUL.
    let given = unsafe { libc::chown(path.as_ptr(), 12345, u32::MAX) } == 0;
    let opened = SharedRegion::open(&name);
    if given {
        let foreign = opened.unwrap_err();
        assert!(matches!(foreign, Error::PermissionDenied(_)), "{foreign:?}");
        assert!(foreign.message().contains("12345"), "{foreign}");
        Options::new().accept_owners([7, 12345]).open(&name).unwrap().close();
        Options::new().accept_any_owner(true).open(&name).unwrap().close();
    } else {
        assert_eq!(opened.unwrap().capacity(), 64);
    }
}

#[test]
fn rows_are_the_participants_that_fit() {
    let name = Name::new();
    let region = Options::new().rows(2).create(&name, 64).unwrap();
    let second = SharedRegion::open(&name).unwrap();
    let third = SharedRegion::open(&name).unwrap_err();
    assert!(matches!(third, Error::TooManyUsers(_)), "{third:?}");
    assert_eq!(region.info().unwrap().rows, 2);
    drop(second);
}

#[test]
fn options_of_memory_and_waiting() {
    let name = Name::new();
    let region = Options::new()
        .prefault(true)
        .huge_pages(true)
        .read_only_waiters(true)
        .wait_policy(WaitPolicy::Park)
        .create(&name, 1 << 20)
        .unwrap();
    let info = region.info().unwrap();
    assert_eq!(info.wait_policy, Some(WaitPolicy::Park));
    assert!(info.read_only_waiters && info.prefaulted >= 1 << 20, "{info:?}");
    let spinning = Options::new().wait_policy(WaitPolicy::Spin).open(&name).unwrap();
    assert_eq!(spinning.info().unwrap().wait_policy, Some(WaitPolicy::Spin));
}

#[test]
fn read_only_handles_read_and_wait() {
    let name = Name::new();
    let writer = SharedRegion::create(&name, 4096).unwrap();
    writer.view().unwrap().store(0, 5_u8).unwrap();
    let reader = Options::new().read_only(true).open(&name).unwrap();
    assert!(reader.info().unwrap().read_only);
    let view = reader.view().unwrap();
    assert!(view.read_only());
    assert_eq!(view.load::<u8>(0).unwrap(), 5);
    assert!(reader.as_mut_ptr().is_null() && view.as_mut_ptr().is_null());
    let array = reader.array::<u32>().unwrap();
    let refused = [
        view.store(0, 1_u8),
        view.write(0, b"x"),
        view.fill(0),
        view.atomic::<std::sync::atomic::AtomicU8>(0).map(drop),
        array.set(0, 1),
        array.fill(1),
        array.copy_from_slice(0, &[1]),
        reader.owned_view(..).unwrap().view().store(0, 1_u8),
        reader.notify(),
        reader.grow(8192),
    ];
    for (at, refused) in refused.into_iter().enumerate() {
        let Err(Error::PermissionDenied(_)) = refused else { panic!("{at}: {refused:?}") };
    }
    writer.notify().unwrap();
    assert!(reader.wait(5000).unwrap());
}

#[test]
fn growth() {
    let name = Name::new();
    let region = Options::new().max_capacity(1 << 20).create(&name, 4096).unwrap();
    let other = SharedRegion::open(&name).unwrap();
    let (before, address) = (other.view().unwrap(), other.address());
    region.grow(1 << 20).unwrap();
    assert!(other.wait(5000).unwrap());
    assert_eq!((before.len(), other.capacity(), other.address()), (4096, 1 << 20, address));
    let whole = other.view().unwrap();
    whole.store((1 << 20) - 1, 9_u8).unwrap();
    assert_eq!(region.view().unwrap().load::<u8>((1 << 20) - 1).unwrap(), 9);
    region.grow(10).unwrap();
    assert_eq!(region.capacity(), 1 << 20);
    let larger = region.grow((1 << 20) + 1).unwrap_err();
    assert!(matches!(larger, Error::TooLarge(_)), "{larger:?}");
}

#[cfg(target_pointer_width = "64")]
#[test]
fn more_than_four_gibibytes() {
    let name = Name::new();
    let capacity = (5 << 30) + 12345;
    let region = Options::new().sparse(true).create(&name, capacity).unwrap();
    assert_eq!((region.capacity(), region.info().unwrap().capacity), (capacity, capacity as u64));
    let other = SharedRegion::open(&name).unwrap();
    let view = region.view().unwrap();
    view.store(capacity - 1, 77_u8).unwrap();
    let last = other.view().unwrap();
    assert_eq!(last.len(), capacity);
    assert_eq!(last.load::<u8>(capacity - 1).unwrap(), 77);
    let words = view.array::<u64>().unwrap();
    assert_eq!(words.len(), capacity / 8);
    words.set((4 << 30) / 8 + 1, u64::MAX).unwrap();
    assert_eq!(other.array::<u64>().unwrap().get((4 << 30) / 8 + 1), Some(u64::MAX));
    let part = other.owned_view((5 << 30)..).unwrap();
    assert_eq!(part.view().load::<u8>(12344).unwrap(), 77);
}

#[test]
fn private_regions_by_descriptor_and_socket() {
    let writer = Options::new().sealed(true).create_private("label", 4096).unwrap();
    writer.view().unwrap().write(0, b"abc").unwrap();
    assert_eq!(writer.name(), "label");
    assert!(writer.info().unwrap().private && writer.info().unwrap().sealed);
    let attached = SharedRegion::attach(writer.descriptor().unwrap()).unwrap();
    let (ours, theirs) = UnixStream::pair().unwrap();
    writer.send(&ours).unwrap();
    let received = SharedRegion::receive(&theirs).unwrap();
    for reader in [&attached, &received] {
        assert_eq!(&reader.view().unwrap().to_vec()[..3], b"abc");
        assert!(reader.info().unwrap().read_only && reader.view().unwrap().read_only());
    }
    drop(ours);
    let ended = SharedRegion::receive(&theirs).unwrap_err();
    assert!(matches!(ended, Error::Closed(_)), "{ended:?}");
    let (ours, theirs) = UnixStream::pair().unwrap();
    drop(theirs);
    let alone = writer.send(&ours).unwrap_err();
    assert!(matches!(alone, Error::PeerDead(_)), "{alone:?}");
}

#[test]
fn writable_attachments_write() {
    let region = SharedRegion::create_private("plain", 4096).unwrap();
    let other = SharedRegion::attach(region.descriptor().unwrap()).unwrap();
    other.view().unwrap().store(8, 3_u16).unwrap();
    assert_eq!(region.view().unwrap().load::<u16>(8).unwrap(), 3);
    let only = Options::new().read_only(true).attach(region.descriptor().unwrap()).unwrap();
    assert!(only.view().unwrap().read_only());
}

#[test]
fn names_that_are_none() {
    for name in ["", ".hidden", "with space", "sl/ash", "ä", "//x", "a\0b", "\0"] {
        for refused in [
            SharedRegion::create(name, 64).map(drop),
            SharedRegion::open(name).map(drop),
            SharedRegion::open_or_create(name, 64).map(drop),
            SharedRegion::replace(name, 64).map(drop),
            SharedRegion::create_private(name, 64).map(drop),
            zinc::lookup(name).map(drop),
            zinc::participants(name).map(drop),
            zinc::remove(name),
        ] {
            let error = refused.expect_err(name);
            assert!(matches!(error, Error::InvalidInput(_)), "{name:?}: {error:?}");
            assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
        }
    }
    let long = SharedRegion::create("x".repeat(201), 64).unwrap_err();
    assert_eq!(long.name(), "ZINC_E_NAMETOOLONG");
    assert!(matches!(long, Error::InvalidInput(_)));
}

#[test]
fn sizes_that_are_none() {
    let name = Name::new();
    let none = SharedRegion::create(&name, 0).unwrap_err();
    assert!(matches!(none, Error::InvalidInput(_)), "{none:?}");
    let all = SharedRegion::create(&name, usize::MAX).unwrap_err();
    assert!(matches!(all, Error::TooLarge(_) | Error::OutOfMemory(_)), "{all:?}");
    for options in [
        Options::new().rows(0),
        Options::new().rows(1024),
        Options::new().max_capacity(0),
        Options::new().mode(0),
    ] {
        let refused = options.create(&name, 64).unwrap_err();
        assert!(matches!(refused, Error::InvalidInput(_)), "{options:?}: {refused:?}");
    }
    let less = Options::new().max_capacity(10).create(&name, 64).unwrap_err();
    assert!(matches!(less, Error::InvalidInput(_) | Error::TooLarge(_)), "{less:?}");
    let mode = Options::new().mode(0o7777_7777).create(&name, 64).unwrap_err();
    assert!(matches!(mode, Error::InvalidInput(_)), "{mode:?}");
    assert!(!name.path().exists());
}

#[test]
fn a_full_file_system_is_an_error_and_no_crash() {
    let name = Name::new();
    let total = zinc::doctor().unwrap().directory_total.unwrap();
    let full = SharedRegion::create(&name, total as usize + (1 << 30)).unwrap_err();
    assert!(matches!(full, Error::NoSpace(_)), "{full:?}");
}

#[test]
fn every_thread_may_use_a_region() {
    fn shared<T: Send + Sync + Unpin + 'static>() {}
    shared::<SharedRegion>();
    shared::<zinc::OwnedView>();
    shared::<zinc::Cancel>();
    shared::<zinc::View<'static>>();
    shared::<zinc::Array<'static, f64>>();
    shared::<zinc::WaitAsync>();
    shared::<Error>();
    shared::<Options>();
}

#[test]
fn the_library_is_the_one_of_this_crate() {
    assert_eq!(zinc::version_text(), env!("CARGO_PKG_VERSION"));
    let (major, minor, patch) = zinc::version();
    assert_eq!(format!("{major}.{minor}.{patch}"), zinc::version_text());
    assert_eq!(zinc::layout(), zinc_sys::ZINC_LAYOUT as u32);
}
