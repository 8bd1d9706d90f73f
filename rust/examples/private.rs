// SPDX-License-Identifier: MIT
//! Peers that do not trust each other: a sealed region without a name, sent over a socket.

fn main() -> std::io::Result<()> {
    // [section:private]
    use std::os::unix::net::UnixStream;
    use zinc::{Options, SharedRegion};

    let (ours, theirs) = UnixStream::pair()?; // usually to another process
    let writer = Options::new().sealed(true).create_private("frames", 4096)?;
    writer.view()?.write(0, b"abc")?;
    writer.send(&ours)?;

    let reader = SharedRegion::receive(&theirs)?;
    println!("{:?} {}", &reader.view()?.to_vec()[..3], reader.info()?.read_only);
    // [end:private]
    Ok(())
}
