// SPDX-License-Identifier: MIT
//! With ZINC_DEBUG_LEAKS set: handles that are neither closed nor dropped when the process ends
//! (forgotten, in a cycle of counted references, in a static) are reported on standard error.

use std::collections::BTreeMap;
use std::io::Write;
use std::os::raw::c_int;
use std::panic::Location;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

struct Handle {
    name: String,
    made: &'static Location<'static>,
    process: u32,
}

static OPEN: Mutex<BTreeMap<u64, Handle>> = Mutex::new(BTreeMap::new());
static NEXT: AtomicU64 = AtomicU64::new(1);
static AT_EXIT: Once = Once::new();

extern "C" {
    fn atexit(callback: extern "C" fn()) -> c_int;
}

fn open() -> MutexGuard<'static, BTreeMap<u64, Handle>> {
    OPEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Note a new handle; the number is for `ended`, 0 where leaks are not asked for.
pub(crate) fn began(name: &str, made: &'static Location<'static>) -> u64 {
    let asked = std::env::var_os("ZINC_DEBUG_LEAKS");
    if asked.map_or(true, |value| value.is_empty() || value == "0") {
        return 0;
    }
    AT_EXIT.call_once(|| {
        // SAFETY: `report` is a function of the program, and stays.
        unsafe { atexit(report) };
    });
    // Never given twice: close and drop both say that a handle ended.
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let handle = Handle { name: name.to_owned(), made, process: std::process::id() };
    open().insert(number, handle);
    number
}

pub(crate) fn ended(number: u64) {
    if number != 0 {
        open().remove(&number);
    }
}

extern "C" fn report() {
    // A forked child does not answer for its parent, whose lock it may have inherited taken.
    let Ok(handles) = OPEN.try_lock() else { return };
    let mut out = std::io::stderr();
    for handle in handles.values().filter(|handle| handle.process == std::process::id()) {
        // Nothing can be done about a closed standard error.
        let _ = writeln!(
            out,
            "zinc: leak: region '{}' was never closed; call close() or drop it; opened at {}:{}",
            handle.name,
            handle.made.file(),
            handle.made.line()
        );
    }
}
