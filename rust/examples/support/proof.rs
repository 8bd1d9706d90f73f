// SPDX-License-Identifier: MIT
//! Which memory is behind an address, as the system itself tells it: what the programs of
//! adapters/scenarios/ use to prove that two processes work on the same bytes.
#![allow(dead_code)]

use std::fs::File;
use std::os::unix::fs::FileExt;

#[derive(Clone, Copy, Debug, Default)]
pub struct Mapping {
    /// major << 32 | minor
    pub device: u64,
    pub inode: u64,
    /// In the file, of the address.
    pub offset: u64,
}

/// Which file is mapped at `address`, and where in it; zeros if none is.
pub fn find_mapping(address: u64) -> Mapping {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap_or_default();
    maps.lines().find_map(|line| mapping_of(line, address)).unwrap_or_default()
}

/// A line is "first-last permissions offset major:minor inode path".
fn mapping_of(line: &str, address: u64) -> Option<Mapping> {
    let mut words = line.split_ascii_whitespace();
    let hex = |text: &str| u64::from_str_radix(text, 16).ok();
    let (first, last) = words.next()?.split_once('-')?;
    let (first, last) = (hex(first)?, hex(last)?);
    if !(first..last).contains(&address) {
        return None;
    }
    let offset = hex(words.nth(1)?)?;
    let (major, minor) = words.next()?.split_once(':')?;
    Some(Mapping {
        device: hex(major)? << 32 | hex(minor)?,
        inode: words.next()?.parse().ok()?,
        offset: offset + (address - first),
    })
}

/// The frame that holds `address`, or 0 where that is not shown to us. The page must have been
/// touched: one that was not has no frame in this process.
pub fn find_frame(address: u64) -> u64 {
    let mut entry = [0; 8];
    let found = File::open("/proc/self/pagemap")
        .and_then(|file| file.read_exact_at(&mut entry, address / page_size() * 8));
    match found {
        Ok(()) => u64::from_ne_bytes(entry) & ((1 << 55) - 1),
        Err(_) => 0,
    }
}

fn page_size() -> u64 {
    zinc::doctor().ok().and_then(|facts| facts.page_size).unwrap_or(4096)
}
