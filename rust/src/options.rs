// SPDX-License-Identifier: MIT
//! How a region is made or opened.

use std::ffi::CString;
use std::os::fd::{AsFd, AsRawFd};
use std::os::raw::c_char;
use std::ptr::{self, NonNull};

use zinc_sys as sys;

use crate::error::{no_error, Error, Result};
use crate::info::{Lifetime, WaitPolicy};
use crate::region::SharedRegion;

/// How a region is made or opened; the defaults are those of [`SharedRegion::create`] and
/// [`SharedRegion::open`]. What an option is for is in its description; where it is not for the
/// call at hand it does nothing.
///
/// ```
/// # fn main() -> zinc::Result<()> {
/// # let name = format!("rust-doc-options-{}", std::process::id());
/// use zinc::{Lifetime, Options};
///
/// let region = Options::new()
///     .lifetime(Lifetime::Creator)
///     .mode(0o640)
///     .max_capacity(1 << 20)
///     .create(name, 4096)?;
/// assert_eq!(region.info()?.max_capacity, 1 << 20);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "options do nothing until a region is made or opened with them"]
pub struct Options {
    flags: u32,
    lifetime: Lifetime,
    wait_policy: WaitPolicy,
    mode: Option<u32>,
    group: u32,
    rows: Option<u32>,
    accept_mode: u32,
    max_capacity: Option<usize>,
    accept_owners: Vec<u32>,
}

impl Options {
    /// The defaults.
    pub fn new() -> Options {
        Options::default()
    }

    fn flag(mut self, flag: u32, on: bool) -> Options {
        if on {
            self.flags |= flag;
        } else {
            self.flags &= !flag;
        }
        self
    }

    /// Create: when the name goes.
    pub fn lifetime(mut self, lifetime: Lifetime) -> Options {
        self.lifetime = lifetime;
        self
    }

    /// How this handle waits.
    pub fn wait_policy(mut self, policy: WaitPolicy) -> Options {
        self.wait_policy = policy;
        self
    }

    /// Create: permission bits exactly as given; 0o600 unless given. Group or others that may write
    /// must also be accepted by who opens ([`accept_mode`](Options::accept_mode)).
    pub fn mode(mut self, mode: u32) -> Options {
        self.mode = Some(mode);
        self
    }

    /// Create: the group id that the file is given.
    pub fn group(mut self, group: u32) -> Options {
        self.group = group;
        self.flag(sys::ZINC_REGION_SET_GROUP, true)
    }

    /// Create: participants at one time, 1 to 1023; 128 unless given.
    pub fn rows(mut self, rows: u32) -> Options {
        self.rows = Some(rows);
        self
    }

    /// Create: bytes up to which [`grow`](SharedRegion::grow) may go; the capacity unless given.
    pub fn max_capacity(mut self, bytes: usize) -> Options {
        self.max_capacity = Some(bytes);
        self
    }

    /// Create: do not allocate; a full file system then ends who touches the bytes (SIGBUS) instead
    /// of being [`Error::NoSpace`] here.
    pub fn sparse(self, on: bool) -> Options {
        self.flag(sys::ZINC_REGION_SPARSE, on)
    }

    /// Create: wake read-only handles at once instead of within 50 ms, for a system call in every
    /// notify.
    pub fn read_only_waiters(self, on: bool) -> Options {
        self.flag(sys::ZINC_REGION_READ_ONLY_WAITERS, on)
    }

    /// Create private: only this handle can ever write or notify.
    pub fn sealed(self, on: bool) -> Options {
        self.flag(sys::ZINC_REGION_SEALED, on)
    }

    /// Create private: pages from the hugetlb pool, or [`Error::OutOfMemory`].
    pub fn hugetlb(self, on: bool) -> Options {
        self.flag(sys::ZINC_REGION_HUGETLB, on)
    }

    /// Open, attach, receive: map read-only; the handle can read and wait.
    pub fn read_only(self, on: bool) -> Options {
        self.flag(sys::ZINC_REGION_READ_ONLY, on)
    }

    /// Bring every page in now, not at first touch.
    pub fn prefault(self, on: bool) -> Options {
        self.flag(sys::ZINC_REGION_PREFAULT, on)
    }

    /// Ask for huge pages; [`Info::huge_bytes`](crate::Info::huge_bytes) says how many came.
    pub fn huge_pages(self, on: bool) -> Options {
        self.flag(sys::ZINC_REGION_HUGE_PAGES, on)
    }

    /// Open: write bits of group (0o020) and others (0o002) that the file may have.
    pub fn accept_mode(mut self, mode: u32) -> Options {
        self.accept_mode = mode;
        self
    }

    /// Open: user ids that may own the file, besides this process's own and root.
    pub fn accept_owners(mut self, owners: impl IntoIterator<Item = u32>) -> Options {
        self.accept_owners = owners.into_iter().collect();
        self
    }

    /// Open: accept a file of any owner.
    pub fn accept_any_owner(self, on: bool) -> Options {
        self.flag(sys::ZINC_REGION_ANY_OWNER, on)
    }

    /// As [`SharedRegion::create`].
    #[track_caller]
    pub fn create(&self, name: impl AsRef<str>, capacity: usize) -> Result<SharedRegion> {
        self.named(sys::zinc_region_create, name.as_ref(), capacity)
    }

    /// As [`SharedRegion::open`].
    #[track_caller]
    pub fn open(&self, name: impl AsRef<str>) -> Result<SharedRegion> {
        let name = c_name(name.as_ref())?;
        // SAFETY: `name` is NUL-terminated, the rest is as `make` promises.
        self.make(false, |options, out, error| unsafe {
            sys::zinc_region_open(name.as_ptr(), options, out, error)
        })
    }

    /// As [`SharedRegion::open_or_create`].
    #[track_caller]
    pub fn open_or_create(&self, name: impl AsRef<str>, capacity: usize) -> Result<SharedRegion> {
        self.named(sys::zinc_region_open_or_create, name.as_ref(), capacity)
    }

    /// As [`SharedRegion::replace`].
    #[track_caller]
    pub fn replace(&self, name: impl AsRef<str>, capacity: usize) -> Result<SharedRegion> {
        self.named(sys::zinc_region_replace, name.as_ref(), capacity)
    }

    /// As [`SharedRegion::create_private`].
    #[track_caller]
    pub fn create_private(&self, label: impl AsRef<str>, capacity: usize) -> Result<SharedRegion> {
        self.named(sys::zinc_region_create_private, label.as_ref(), capacity)
    }

    /// As [`SharedRegion::attach`].
    #[track_caller]
    pub fn attach(&self, descriptor: impl AsFd) -> Result<SharedRegion> {
        let descriptor = descriptor.as_fd();
        // SAFETY: the descriptor is open for the time of the call.
        self.make(true, |options, out, error| unsafe {
            sys::zinc_region_attach(descriptor.as_raw_fd(), options, out, error)
        })
    }

    /// As [`SharedRegion::receive`].
    #[track_caller]
    pub fn receive(&self, socket: impl AsFd) -> Result<SharedRegion> {
        let socket = socket.as_fd();
        // SAFETY: the descriptor is open for the time of the call.
        self.make(true, |options, out, error| unsafe {
            sys::zinc_region_receive(socket.as_raw_fd(), options, out, error)
        })
    }

    #[track_caller]
    fn named(&self, function: Named, name: &str, capacity: usize) -> Result<SharedRegion> {
        let name = c_name(name)?;
        // SAFETY: `name` is NUL-terminated, the rest is as `make` promises.
        self.make(false, |options, out, error| unsafe {
            function(name.as_ptr(), capacity, options, out, error)
        })
    }

    /// Call one of the functions that make a handle, with pointers that are valid for the call.
    #[track_caller]
    fn make(
        &self,
        may_be_read_only: bool,
        function: impl Fn(
            *const sys::zinc_region_options,
            *mut *mut sys::zinc_region,
            *mut sys::zinc_error,
        ) -> i32,
    ) -> Result<SharedRegion> {
        for (given, what) in [
            (self.rows.map(|rows| rows as usize), "rows"),
            (self.mode.map(|mode| mode as usize), "mode"),
            (self.max_capacity, "max_capacity"),
        ] {
            if given == Some(0) {
                // To the core, 0 is the default.
                let message = format!("{what} cannot be 0: leave it away for the default");
                return Err(Error::refused(sys::ZINC_E_INVAL, message));
            }
        }
        let owners = self.accept_owners.as_slice();
        let options = sys::zinc_region_options {
            size: std::mem::size_of::<sys::zinc_region_options>() as u32,
            flags: self.flags,
            lifetime: self.lifetime.number(),
            wait_policy: self.wait_policy.number(),
            mode: self.mode.unwrap_or(0),
            group: self.group,
            rows: self.rows.unwrap_or(0),
            accept_mode: self.accept_mode,
            max_capacity: self.max_capacity.unwrap_or(0) as u64,
            accept_owners: if owners.is_empty() { ptr::null() } else { owners.as_ptr() },
            accept_owner_count: owners.len() as u64,
        };
        loop {
            let mut out = ptr::null_mut();
            let mut error = no_error();
            let status = function(&options, &mut out, &mut error);
            match NonNull::new(out) {
                Some(handle) if status == sys::ZINC_OK => {
                    let asked = self.flags & sys::ZINC_REGION_READ_ONLY != 0;
                    // SAFETY: the handle is new, and ours alone.
                    return unsafe { SharedRegion::adopt(handle, asked || may_be_read_only) };
                }
                // A signal during recvmsg: its handler has run.
                _ if status == sys::ZINC_E_INTR => {}
                _ => return Err(Error::from_call(status, &error)),
            }
        }
    }
}

type Named = unsafe extern "C" fn(
    *const c_char,
    usize,
    *const sys::zinc_region_options,
    *mut *mut sys::zinc_region,
    *mut sys::zinc_error,
) -> i32;

/// A name as C wants it; the core judges the rest.
pub(crate) fn c_name(name: &str) -> Result<CString> {
    CString::new(name).map_err(|_| {
        Error::refused(
            sys::ZINC_E_INVAL,
            format!(
                "a region's name cannot contain a zero byte ({name:?}): use letters, digits, '.', \
                 '_' and '-'"
            ),
        )
    })
}
