// SPDX-License-Identifier: MIT
//! Waits of threads: with a timeout, for ever, and ended from outside.

use std::time::Duration;

use zinc::{Cancel, Error, SharedRegion};

fn main() -> Result<(), Error> {
    let writer = SharedRegion::create("waiting", 4096)?;
    let region = SharedRegion::open("waiting")?;
    // [section:wait]
    writer.notify()?;
    println!("{}", region.wait(1000)?); // true: it came; what was written before is visible
    println!("{}", region.wait(Duration::from_millis(10))?); // false: the time has passed
    println!("{}", region.try_wait()?); // false: asks, does not wait
                                        // [end:wait]

    // [section:cancel]
    let stop = Cancel::new()?;
    std::thread::scope(|threads| {
        threads.spawn(|| loop {
            match region.wait_with(None, &stop) {
                Ok(_) => {} // look at the bytes
                Err(Error::Canceled(_)) => return println!("stopped"),
                Err(other) => return println!("{other}"),
            }
        });
        stop.fire(); // ends the waits that have `stop`, and no others
    });
    // [end:cancel]
    Ok(())
}
