// SPDX-License-Identifier: MIT
//! Waits as futures, under the smallest executor that there can be.

#[path = "support/executor.rs"]
mod executor;

// [section:async]
use zinc::SharedRegion;

async fn follow(name: &str) -> zinc::Result<()> {
    let region = SharedRegion::open(name)?;
    while region.wait_async(1000).await? {
        let value: u64 = region.view()?.load(0)?;
        println!("value {value}");
        if value == 3 {
            break;
        }
    }
    Ok(())
}
// [end:async]

fn main() -> zinc::Result<()> {
    let region = SharedRegion::create("ticks", 4096)?;
    let ticks = std::thread::spawn(move || -> zinc::Result<()> {
        for value in 1..=3_u64 {
            region.view()?.store(0, value)?;
            region.notify()?;
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        Ok(())
    });
    executor::block_on(follow("ticks"))?;
    ticks.join().expect("it does not panic")
}
