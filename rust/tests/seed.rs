// SPDX-License-Identifier: MIT
//! The lines that users of the systems before this one have read run as they stand.

mod support;

use zinc::SharedRegion;

fn creator(name: &str) -> zinc::Result<SharedRegion> {
    let region = SharedRegion::create(name, 4096)?;
    region.array::<f32>()?.set(0, 23.5)?;
    region.notify()?;
    Ok(region)
}

#[rustfmt::skip]
fn reader() -> Result<f32, Box<dyn std::error::Error>> {
    let region = SharedRegion::open("pipeline")?; region.wait(1000)?;
    let ptr = region.as_ptr() as *const f32;
    // SAFETY: the writer is done.
    Ok(unsafe { *ptr })
}

fn creates() -> zinc::Result<usize> {
    let region = SharedRegion::create("test", 4096)?;
    Ok(region.capacity())
}

#[test]
fn seed_lines() {
    if support::is_child() {
        let _region = creator("pipeline").unwrap();
        assert_eq!(reader().unwrap(), 23.5);
        assert_eq!(creates().unwrap(), 4096);
        return;
    }
    let (code, output, complaints) = support::again("seed_lines", &[]);
    assert_eq!(code, 0, "{output}{complaints}");
}
