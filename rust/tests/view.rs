// SPDX-License-Identifier: MIT
//! Bytes: copies in and out, elements, records, atomics, owned views, and borders.

mod support;

use std::sync::atomic::{
    AtomicBool, AtomicI64, AtomicU16, AtomicU32, AtomicU64, AtomicU8, Ordering,
};

use support::Name;
use zinc::{Error, SharedRegion};

fn region(name: &Name) -> SharedRegion {
    SharedRegion::create(name, 4096).unwrap()
}

#[test]
fn copies_of_every_length_from_every_offset() {
    let name = Name::new();
    let region = region(&name);
    let view = region.view().unwrap();
    for offset in 0..17 {
        for length in 0..40 {
            let stated: Vec<u8> = (0..length).map(|i| (i * 7 + offset + 1) as u8).collect();
            view.fill(0xee).unwrap();
            view.write(offset, &stated).unwrap();
            let mut read = vec![0; length];
            view.read(offset, &mut read).unwrap();
            assert_eq!(read, stated);
            let whole = view.to_vec();
            assert_eq!(&whole[offset..offset + length], &stated[..]);
            assert!(whole[..offset].iter().chain(&whole[offset + length..]).all(|&b| b == 0xee));
        }
    }
}

#[test]
fn values_of_every_type_aligned_and_not() {
    fn check<T: zinc::Pod + PartialEq + std::fmt::Debug>(view: zinc::View<'_>, value: T) {
        for offset in 0..19 {
            view.fill(0).unwrap();
            view.store(offset, value).unwrap();
            assert_eq!(view.load::<T>(offset).unwrap(), value);
            let size = std::mem::size_of::<T>();
            let last = view.len() - size;
            view.store(last, value).unwrap();
            assert_eq!(view.load::<T>(last).unwrap(), value);
            assert!(matches!(view.load::<T>(last + 1), Err(Error::TooLarge(_))));
            assert!(matches!(view.store(last + 1, value), Err(Error::TooLarge(_))));
        }
    }
    let name = Name::new();
    let region = region(&name);
    let view = region.view().unwrap();
    check(view, 0x12_u8);
    check(view, -100_i8);
    check(view, 60000_u16);
    check(view, -30000_i16);
    check(view, 4_000_000_000_u32);
    check(view, -2_000_000_000_i32);
    check(view, u64::MAX - 58);
    check(view, -9_007_199_254_740_993_i64);
    check(view, u128::MAX / 3);
    check(view, 0.1_f32);
    check(view, 0.1_f64);
    check(view, [1_u16, 2, 3]);
    check(view, [[1_u8; 3]; 5]);
}

#[test]
fn bytes_are_where_c_has_them() {
    let name = Name::new();
    let region = region(&name);
    let view = region.view().unwrap();
    view.store(1, 0x0403_0201_u32).unwrap();
    assert_eq!(view.to_vec()[..6], [0, 1, 2, 3, 4, 0]);
    view.write(8, &[0, 0, 0x80, 0x3f]).unwrap();
    assert_eq!(view.load::<f32>(8).unwrap(), 1.0);
}

#[test]
fn offsets_that_are_none() {
    let name = Name::new();
    let region = region(&name);
    let view = region.view().unwrap();
    let mut own = [0; 8];
    for offset in [4090, 4096, 4097, usize::MAX - 3, usize::MAX] {
        for refused in [
            view.read(offset, &mut own),
            view.write(offset, &own),
            view.load::<u64>(offset).map(drop),
            view.array_at::<u64>(offset, 1).map(drop),
            view.array_at::<u8>(0, offset.max(4097)).map(drop),
            view.slice(offset..offset.saturating_add(8).max(4097)).map(drop),
            region.owned_view(..=offset.max(4096)).map(drop),
        ] {
            let error = refused.expect_err("outside");
            assert!(matches!(error, Error::TooLarge(_)), "{offset}: {error:?}");
        }
    }
    view.read(4096, &mut []).unwrap();
    assert!(view.slice(4096..).unwrap().is_empty());
    let nothing = region.owned_view(4096..).map(|kept| kept.view().to_vec());
    assert!(matches!(nothing, Ok(ref bytes) if bytes.is_empty()), "{nothing:?}");
    let (from, to) = (9, 8);
    assert!(matches!(view.slice(from..to), Err(Error::TooLarge(_))));
    assert!(matches!(view.slice(..=usize::MAX), Err(Error::TooLarge(_))));
    assert!(matches!(view.array_at::<u64>(0, usize::MAX), Err(Error::TooLarge(_))));
    assert!(matches!(view.array_at::<u64>(4, 1), Err(Error::InvalidInput(_))));
    assert!(matches!(view.array::<[u8; 0]>(), Err(Error::InvalidInput(_))));
    assert!(matches!(view.atomic::<AtomicU64>(4), Err(Error::InvalidInput(_))));
    assert!(matches!(view.atomic::<AtomicU64>(4092), Err(Error::TooLarge(_))));
}

#[test]
fn arrays() {
    let name = Name::new();
    let region = region(&name);
    let floats = region.array::<f32>().unwrap();
    assert_eq!((floats.len(), floats.is_empty()), (1024, false));
    assert_eq!(floats.as_ptr().cast(), region.as_ptr());
    for (i, value) in (0..1024).map(|i| i as f32).enumerate() {
        floats.set(i, value).unwrap();
    }
    assert_eq!(floats.iter().sum::<f32>(), 1023.0 * 512.0);
    assert_eq!(floats.iter().rev().take(2).collect::<Vec<_>>(), [1023.0, 1022.0]);
    assert_eq!(floats.iter().nth(1000), Some(1000.0));
    assert_eq!(floats.iter().nth(1024), None);
    assert_eq!(floats.iter().len(), 1024);
    assert_eq!(floats.into_iter().count(), (&floats).into_iter().count());
    assert_eq!(
        (floats.get(1023), floats.get(1024), floats.get(usize::MAX)),
        (Some(1023.0), None, None)
    );
    assert!(matches!(floats.set(1024, 0.0), Err(Error::TooLarge(_))));
    assert!(matches!(floats.set(usize::MAX, 0.0), Err(Error::TooLarge(_))));
    let mut own = [0.0; 3];
    floats.copy_to_slice(10, &mut own).unwrap();
    assert_eq!(own, [10.0, 11.0, 12.0]);
    floats.copy_from_slice(1021, &own).unwrap();
    assert_eq!(floats.to_vec()[1020..], [1020.0, 10.0, 11.0, 12.0]);
    assert!(matches!(floats.copy_from_slice(1022, &own), Err(Error::TooLarge(_))));
    assert!(matches!(floats.copy_to_slice(usize::MAX, &mut own), Err(Error::TooLarge(_))));
    floats.fill(0.25).unwrap();
    assert_eq!(floats.iter().sum::<f32>(), 256.0);
    let odd = region.view().unwrap().slice(0..4095).unwrap();
    assert_eq!(odd.array::<[u8; 3]>().unwrap().len(), 1365);
    assert_eq!(odd.array::<u64>().unwrap().len(), 511);
}

zinc::pod! {
    #[derive(PartialEq)]
    struct Pair {
        number: u64,
        parts: [u32; 2],
    }

    struct Nothing {}
}

#[test]
fn records() {
    let name = Name::new();
    let region = region(&name);
    let pairs = region.array::<Pair>().unwrap();
    let pair = Pair { number: 7, parts: [1, 2] };
    pairs.set(1, pair).unwrap();
    assert_eq!(pairs.get(1), Some(pair));
    assert_eq!(region.view().unwrap().load::<u32>(28).unwrap(), 2);
    assert!(region.array::<Nothing>().is_err());
    // Any bytes are a record.
    region.view().unwrap().fill(0xff).unwrap();
    assert_eq!(pairs.get(255), Some(Pair { number: u64::MAX, parts: [u32::MAX; 2] }));
}

#[test]
fn atomics_are_shared() {
    let name = Name::new();
    let first = region(&name);
    let second = SharedRegion::open(&name).unwrap();
    let ours = first.view().unwrap().atomic::<AtomicU64>(64).unwrap();
    let theirs = second.view().unwrap().atomic::<AtomicU64>(64).unwrap();
    std::thread::scope(|threads| {
        for word in [ours, theirs, ours, theirs] {
            threads.spawn(|| {
                for _ in 0..10_000 {
                    word.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    assert_eq!(ours.load(Ordering::Relaxed), 40_000);
    first.view().unwrap().atomic::<AtomicI64>(72).unwrap().store(-1, Ordering::Relaxed);
    assert_eq!(
        second.view().unwrap().atomic::<AtomicU16>(78).unwrap().load(Ordering::Relaxed),
        0xffff
    );
    assert_eq!(second.view().unwrap().atomic::<AtomicU8>(80).unwrap().load(Ordering::Relaxed), 0);
}

#[test]
fn aligned_values_are_never_torn() {
    let name = Name::new();
    let writer = region(&name);
    let reader = SharedRegion::open(&name).unwrap();
    let stop = AtomicBool::new(false);
    std::thread::scope(|threads| {
        threads.spawn(|| {
            let words = writer.array::<u64>().unwrap();
            let block = [u64::MAX; 8];
            while !stop.load(Ordering::Relaxed) {
                words.set(0, 0).unwrap();
                words.set(0, u64::MAX).unwrap();
                words.copy_from_slice(1, &[0; 8]).unwrap();
                words.copy_from_slice(1, &block).unwrap();
            }
        });
        let words = reader.array::<u64>().unwrap();
        let view = reader.view().unwrap();
        let mut own = [0; 8];
        let mut halves = [0_u32; 2];
        for _ in 0..100_000 {
            assert!(matches!(words.get(0), Some(0 | u64::MAX)));
            words.copy_to_slice(1, &mut own).unwrap();
            assert!(own.iter().all(|&word| word == 0 || word == u64::MAX));
            view.array_at(12, 2).unwrap().copy_to_slice(0, &mut halves).unwrap();
            assert!(halves.iter().all(|&half| half == 0 || half == u32::MAX));
        }
        stop.store(true, Ordering::Relaxed);
    });
}

#[test]
fn owned_views_outlive_the_region() {
    let name = Name::new();
    let kept = {
        let region = region(&name);
        region.view().unwrap().write(100, b"kept").unwrap();
        region.owned_view(100..104).unwrap()
    };
    assert!(!name.path().exists());
    assert_eq!(kept.view().to_vec(), b"kept");
    kept.view().store(0, b'K').unwrap();
    let elsewhere = std::thread::spawn(move || kept.view().to_vec());
    assert_eq!(elsewhere.join().unwrap(), b"Kept");
}

#[test]
fn views_outlive_close_and_later_regions_get_other_addresses() {
    let name = Name::new();
    let first = region(&name);
    let view = first.view().unwrap();
    let word = view.atomic::<AtomicU32>(0).unwrap();
    word.store(42, Ordering::Relaxed);
    first.close();
    let second = region(&name);
    second.array::<u32>().unwrap().fill(1).unwrap();
    assert_ne!(view.as_ptr(), second.as_ptr());
    assert_eq!((view.load::<u32>(0).unwrap(), word.load(Ordering::Relaxed)), (42, 42));
    view.store(0, 43_u32).unwrap();
    assert_eq!(second.array::<u32>().unwrap().get(0), Some(1));
}

#[test]
fn a_dropped_region_gives_its_mapping_back() {
    fn mappings(inode: u64) -> usize {
        let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
        maps.lines().filter(|line| line.contains(&format!(" {inode} "))).count()
    }
    let name = Name::new();
    let region = SharedRegion::create(&name, 1 << 20).unwrap();
    let inode = region.info().unwrap().inode;
    let kept = region.owned_view(0..10).unwrap();
    assert!(mappings(inode) > 0);
    drop(region);
    assert!(mappings(inode) > 0);
    drop(kept);
    assert_eq!(mappings(inode), 0);
}
