// SPDX-License-Identifier: MIT
//! The numbers of the library that is linked.

use std::ffi::CStr;

use zinc_sys as sys;

/// The release of the linked library: major, minor, patch.
pub fn version() -> (u32, u32, u32) {
    // SAFETY: takes nothing.
    let packed = unsafe { sys::zinc_version() };
    (packed >> 16, packed >> 8 & 0xff, packed & 0xff)
}

/// The release of the linked library, `"0.1.0"`.
pub fn version_text() -> &'static str {
    // SAFETY: answers a NUL-terminated text that lives for ever.
    unsafe { CStr::from_ptr(sys::zinc_version_text()) }.to_str().unwrap_or("")
}

/// The layout that the linked library writes into regions and accepts in them.
pub fn layout() -> u32 {
    // SAFETY: takes nothing.
    unsafe { sys::zinc_layout() }
}
