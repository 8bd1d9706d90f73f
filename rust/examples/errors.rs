// SPDX-License-Identifier: MIT
//! What goes wrong, and how it is told.

use zinc::{Error, SharedRegion};

fn main() -> std::io::Result<()> {
    // [section:errors]
    match SharedRegion::open("no-such-region") {
        Err(error @ Error::NotFound(_)) => {
            println!("{} {}", error.name(), error.status());
            println!("{}", error.remedy());
        }
        other => println!("{other:?}"),
    }
    // [end:errors]

    // [section:io]
    fn load(name: &str) -> std::io::Result<Vec<u8>> {
        Ok(SharedRegion::open(name)?.view()?.to_vec()) // `?` makes an io::Error of it
    }
    let kind = load("no-such-region").map_err(|error| error.kind());
    println!("{kind:?}");
    // [end:io]
    Ok(())
}
