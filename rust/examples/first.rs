// SPDX-License-Identifier: MIT
//! The first lines: one handle writes and tells, another one waits and reads.

// [section:first]
use zinc::SharedRegion;

fn main() -> Result<(), zinc::Error> {
    let region = SharedRegion::create("first", 4096)?;
    region.array::<f32>()?.set(0, 23.5)?;
    region.notify()?;

    // Usually in another process, in any language:
    let reader = SharedRegion::open("first")?;
    if reader.wait(1000)? {
        if let Some(value) = reader.array::<f32>()?.get(0) {
            println!("{value}");
        }
    }
    Ok(())
}
// [end:first]
