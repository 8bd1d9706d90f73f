// SPDX-License-Identifier: MIT
//! The end of a region: dropped, closed for all threads, and names that stay.

use zinc::{Error, Lifetime, Options, SharedRegion};

fn main() -> Result<(), Error> {
    // [section:close]
    let region = SharedRegion::create("job", 4096)?;
    let view = region.view()?;
    region.close(); // for all threads: their waits end with Error::Closed
    region.close(); // harmless

    println!("{} {}", region.closed(), view.len()); // the bytes stay until the drop
    match region.notify() {
        Err(Error::Closed(_)) => println!("closed"),
        other => println!("{other:?}"),
    }
    drop(region);
    // [end:close]

    // [section:lifetime]
    let options = Options::new().lifetime(Lifetime::Persistent);
    drop(options.create("results", 4096)?); // the name stays, with nobody alive
    let region = SharedRegion::open("results")?;
    zinc::remove("results")?; // and goes when somebody removes it
                              // [end:lifetime]
    println!("{}", region.info()?.stale);
    Ok(())
}
