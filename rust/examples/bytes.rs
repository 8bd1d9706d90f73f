// SPDX-License-Identifier: MIT
//! The bytes of a region: by copy, as elements and records, as atomics, kept, and growing.

use zinc::{Options, SharedRegion};

// [section:record]
zinc::pod! {
    /// 16 bytes, as C lays them out; padding must be named, or it does not compile.
    pub struct Sample {
        pub time_ns: u64,
        pub x: f32,
        pub y: f32,
    }
}
// [end:record]

fn main() -> Result<(), zinc::Error> {
    let region = SharedRegion::create("bytes", 1 << 20)?;
    // [section:view]
    let view = region.view()?; // all bytes, no copy; `Copy`, for all threads
    view.write(0, b"hello")?;
    let mut word = [0; 5];
    view.read(0, &mut word)?;
    view.store(8, 640_u32)?; // any plain type at any offset
    let header = view.slice(0..16)?;
    println!("{} {}", String::from_utf8_lossy(&word), header.load::<u32>(8)?);
    // [end:view]

    // [section:array]
    let floats = view.array_at::<f32>(4096, 1000)?; // region.array() for all bytes
    floats.fill(0.5)?;
    floats.copy_from_slice(0, &[1.0, 2.0, 3.0])?;
    println!("{:?} {}", floats.get(2), floats.iter().sum::<f32>());

    let samples = view.array_at::<Sample>(65536, 100)?;
    samples.set(3, Sample { time_ns: 17, x: 1.0, y: 2.0 })?;
    // [end:array]
    println!("{:?}", samples.get(3));

    // [section:atomic]
    use std::sync::atomic::{AtomicU64, Ordering};

    let counter = view.atomic::<AtomicU64>(64)?; // the same eight bytes in every process
    counter.fetch_add(1, Ordering::AcqRel);
    // [end:atomic]
    println!("{}", counter.load(Ordering::Acquire));

    // [section:unsafe]
    // A library wants a slice. That is a promise: nobody writes these bytes while it lives.
    // SAFETY: the notification said that the writer is done, and it waits for ours.
    let slice: &[u8] = unsafe { view.slice(0..5)?.as_slice() };
    // [end:unsafe]
    println!("{}", String::from_utf8_lossy(slice));

    // [section:owned]
    let kept = region.owned_view(0..4096)?; // beyond the handle, in any thread
    drop(region); // name and participation go here
    let first = kept.view().load::<u8>(0)?; // the bytes when `kept` goes
                                            // [end:owned]
    println!("{first}");

    // [section:grow]
    let region = Options::new().max_capacity(1 << 20).create("growing", 4096)?;
    let other = SharedRegion::open("growing")?;
    region.grow(65536)?; // in place: views stay valid, everybody is notified
    println!("{}", other.capacity());
    // [end:grow]
    Ok(())
}
