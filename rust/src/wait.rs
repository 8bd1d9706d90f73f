// SPDX-License-Identifier: MIT
//! How long a wait may take, and what ends it from outside.

use std::fmt;
use std::ptr::{self, NonNull};
use std::sync::Arc;
use std::time::{Duration, Instant};

use zinc_sys as sys;

use crate::error::{Error, Result};

/// How long a wait may take. Functions that wait take `impl Into<Timeout>`:
///
/// ```
/// # use std::time::{Duration, Instant};
/// # fn wait(limit: impl Into<zinc::Timeout>) {}
/// wait(None); // for ever
/// wait(1000); // milliseconds, a u64
/// wait(Duration::from_micros(250));
/// wait(Instant::now() + Duration::from_secs(1));
/// wait(0); // asks once
/// ```
///
/// The clock starts to run when the wait begins. `u64` is the only integer, so a negative number
/// does not compile, and neither does a floating point one, whose unit could only be guessed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeout(Limit);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Limit {
    Forever,
    Within(Duration),
    Until(Instant),
}

impl Timeout {
    /// Never ends a wait.
    pub const FOREVER: Timeout = Timeout(Limit::Forever);
    /// Asks once and does not wait.
    pub const NOW: Timeout = Timeout(Limit::Within(Duration::ZERO));

    /// The deadline in nanoseconds of the core's clock, 0 for one that has passed.
    pub(crate) fn deadline_ns(self) -> i64 {
        let left = match self.0 {
            Limit::Forever => return sys::ZINC_FOREVER,
            Limit::Within(length) => length,
            Limit::Until(moment) => moment.saturating_duration_since(Instant::now()),
        };
        if left.is_zero() {
            return 0;
        }
        let ns = i64::try_from(left.as_nanos()).unwrap_or(i64::MAX);
        // SAFETY: takes any number; one that does not fit is for ever.
        unsafe { sys::zinc_deadline_ns(ns) }
    }
}

/// Milliseconds.
impl From<u64> for Timeout {
    fn from(milliseconds: u64) -> Timeout {
        Timeout(Limit::Within(Duration::from_millis(milliseconds)))
    }
}

impl From<Duration> for Timeout {
    fn from(length: Duration) -> Timeout {
        Timeout(Limit::Within(length))
    }
}

/// `None` is for ever.
impl From<Option<Duration>> for Timeout {
    fn from(length: Option<Duration>) -> Timeout {
        length.map_or(Timeout::FOREVER, Timeout::from)
    }
}

impl From<Instant> for Timeout {
    fn from(moment: Instant) -> Timeout {
        Timeout(Limit::Until(moment))
    }
}

/// Ends waits from outside: sticky, so it may be fired before, during and after the wait, from any
/// thread and from a signal handler. Every wait that is given it then ends with
/// [`Error::Canceled`]. Clones are the same cancellation.
///
/// ```
/// # fn main() -> zinc::Result<()> {
/// # let name = format!("rust-doc-cancel-{}", std::process::id());
/// let region = zinc::SharedRegion::create(name, 4096)?;
/// let stop = zinc::Cancel::new()?;
/// std::thread::scope(|threads| {
///     threads.spawn(|| stop.fire());
///     let ended = region.wait_with(None, &stop);
///     assert!(matches!(ended, Err(zinc::Error::Canceled(_))));
/// });
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Cancel(Arc<Flag>);

struct Flag(NonNull<sys::zinc_cancel>);

// SAFETY: the core allows zinc_cancel_fire, _fired and waits from any thread; the one call that is
// for one thread, _destroy, is in the drop of the last owner.
unsafe impl Send for Flag {}
// SAFETY: as above.
unsafe impl Sync for Flag {}

impl Cancel {
    /// A cancellation that has not been fired. [`Error::OutOfMemory`] is the only error.
    pub fn new() -> Result<Cancel> {
        let mut made = ptr::null_mut();
        // SAFETY: `made` is ours.
        let status = unsafe { sys::zinc_cancel_create(&mut made) };
        match NonNull::new(made) {
            Some(flag) if status == sys::ZINC_OK => Ok(Cancel(Arc::new(Flag(flag)))),
            _ => Err(Error::from_status(status)),
        }
    }

    /// End every wait that has this cancellation, or will be given it. Idempotent; safe in signal
    /// handlers.
    pub fn fire(&self) {
        // SAFETY: alive as long as `self`.
        unsafe { sys::zinc_cancel_fire(self.raw()) }
    }

    /// Whether it was fired.
    pub fn fired(&self) -> bool {
        // SAFETY: alive as long as `self`.
        unsafe { sys::zinc_cancel_fired(self.raw()) != 0 }
    }

    pub(crate) fn raw(&self) -> *mut sys::zinc_cancel {
        (self.0).0.as_ptr()
    }
}

impl Drop for Flag {
    fn drop(&mut self) {
        // SAFETY: waits borrow their Cancel, so none has it any more.
        unsafe { sys::zinc_cancel_destroy(self.0.as_ptr()) }
    }
}

impl fmt::Debug for Cancel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cancel").field("fired", &self.fired()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeout_becomes_a_deadline() {
        assert_eq!(Timeout::from(None).deadline_ns(), sys::ZINC_FOREVER);
        assert_eq!(Timeout::from(0).deadline_ns(), 0);
        assert_eq!(Timeout::NOW.deadline_ns(), 0);
        assert_eq!(Timeout::from(u64::MAX).deadline_ns(), sys::ZINC_FOREVER);
        assert_eq!(Timeout::from(Duration::MAX).deadline_ns(), sys::ZINC_FOREVER);
        assert_eq!(Timeout::from(Instant::now()).deadline_ns(), 0);
        // SAFETY: takes nothing.
        let now = unsafe { sys::zinc_clock_ns() };
        for limit in [Timeout::from(1000), Timeout::from(Some(Duration::from_secs(1)))] {
            let left = limit.deadline_ns() - now;
            assert!((1_000_000_000..1_500_000_000).contains(&left), "{left}");
        }
        let later = Timeout::from(Instant::now() + Duration::from_secs(1)).deadline_ns() - now;
        assert!((900_000_000..1_500_000_000).contains(&later), "{later}");
    }
}
