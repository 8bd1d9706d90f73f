// SPDX-License-Identifier: MIT
//! The verifier of the scenario "file" (adapters/scenarios/file.md), in Rust. SHA-256 is
//! libcrypto's, as in the other languages, so that their times stand side by side.

use std::error::Error;
use std::fs::File;
use std::io::Read;
use std::os::fd::{FromRawFd, RawFd};
use std::os::raw::c_uchar;
use std::time::Duration;

use zinc::SharedRegion;

#[path = "support/proof.rs"]
mod proof;

const PATIENCE: Duration = Duration::from_secs(120);

#[link(name = "crypto")]
extern "C" {
    fn SHA256(bytes: *const c_uchar, size: usize, digest: *mut c_uchar) -> *mut c_uchar;
}

zinc::pod! {
    /// The answer's bytes.
    #[derive(Default)]
    struct Answer {
        state: u64,
        ready_ns: u64,
        done_ns: u64,
        socket_ready_ns: u64,
        socket_done_ns: u64,
        core_address: u64,
        view_address: u64,
        device: u64,
        inode: u64,
        offset: u64,
        frame: u64,
        length: u64,
        sha256: [u8; 32],
        socket_sha256: [u8; 32],
    }
}

/// CLOCK_MONOTONIC, in nanoseconds.
fn now() -> u64 {
    // SAFETY: takes nothing.
    unsafe { zinc_sys::zinc_clock_ns() as u64 }
}

fn sha256(bytes: *const u8, size: usize) -> [u8; 32] {
    let mut digest = [0; 32];
    // SAFETY: the caller's bytes are mapped; libcrypto reads them where they are.
    unsafe { SHA256(bytes, size, digest.as_mut_ptr()) };
    digest
}

fn verify(data: &str, answer: &str, socket: RawFd) -> Result<(), Box<dyn Error>> {
    // [section:open]
    let data = SharedRegion::open(data)?;
    let view = data.view()?;
    // [end:open]
    let reply = SharedRegion::open(answer)?;
    let place = reply.view()?;
    let mut out = Answer::default();
    data.try_wait()?; // a fresh handle sees the last notification: that one is not ours
    out.state = 1;
    place.store(0, out)?;
    reply.notify()?;

    // [section:wait]
    if !data.wait(PATIENCE)? {
        return Err("no notification came".into());
    }
    // [end:wait]
    out.ready_ns = now();
    out.sha256 = sha256(view.as_ptr(), view.len());
    out.done_ns = now();
    out.core_address = data.address() as u64;
    out.view_address = view.as_ptr() as u64;
    out.length = view.len() as u64;
    let found = proof::find_mapping(out.view_address);
    (out.device, out.inode, out.offset) = (found.device, found.inode, found.offset);
    out.frame = proof::find_frame(out.view_address);
    out.state = 2;
    place.store(0, out)?;
    reply.notify()?;

    let mut copy = vec![0; view.len()];
    // SAFETY: the descriptor was inherited for this, and nobody else here has it.
    let mut socket = unsafe { File::from_raw_fd(socket) };
    socket.read_exact(&mut copy)?;
    out.socket_ready_ns = now();
    out.socket_sha256 = sha256(copy.as_ptr(), copy.len());
    out.socket_done_ns = now();
    out.state = 3;
    place.store(0, out)?;
    reply.notify()?;
    Ok(())
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let ended = match &arguments[..] {
        [data, answer, socket] => match socket.parse() {
            Ok(socket) => verify(data, answer, socket),
            Err(_) => Err("SOCKET is the number of a descriptor".into()),
        },
        _ => Err("usage: verify DATA ANSWER SOCKET".into()),
    };
    if let Err(why) = ended {
        eprintln!("verify (Rust): {why}");
        std::process::exit(1);
    }
}
