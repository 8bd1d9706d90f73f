// SPDX-License-Identifier: MIT
//! The handle of a region.

use std::ffi::CStr;
use std::fmt;
use std::ops::RangeBounds;
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd};
use std::panic::Location;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;

use zinc_sys as sys;

use crate::array::Array;
use crate::error::{Error, Result};
use crate::events::WaitAsync;
use crate::info::{self, Info};
use crate::leaks;
use crate::options::Options;
use crate::pod::Pod;
use crate::registry::{self, DoctorFacts, GcMode, GcReport};
use crate::view::{within, OwnedView, View};
use crate::wait::{Cancel, Timeout};

/// One reference to a handle of the core, shared by the region and its futures.
pub(crate) struct Handle {
    raw: NonNull<sys::zinc_region>,
    /// Where the next wait has to begin if a future was dropped before it could tell of a
    /// notification: the notification that the future had last seen, and OWED.
    owed: AtomicU64,
}

const OWED: u64 = 1 << 32;

// SAFETY: the core's handles are for all threads, and for calls at the same time as a shutdown as
// long as a reference is held, which this one is.
unsafe impl Send for Handle {}
// SAFETY: as above.
unsafe impl Sync for Handle {}

impl Handle {
    #[inline]
    pub(crate) fn raw(&self) -> *mut sys::zinc_region {
        self.raw.as_ptr()
    }

    /// A wait that began at `seen` ended untold: whatever came since is for the next one.
    pub(crate) fn owe(&self, seen: u32) {
        let mut known = self.owed.load(Ordering::Relaxed);
        loop {
            // Of two, the older one includes the other; the numbers wrap.
            if known & OWED != 0 && (known as u32).wrapping_sub(seen) as i32 <= 0 {
                return;
            }
            let owed = OWED | u64::from(seen);
            // Relaxed: the number alone is handed over; what it stands for is in the core.
            match self.owed.compare_exchange_weak(known, owed, Ordering::Relaxed, Ordering::Relaxed)
            {
                Ok(_) => return,
                Err(other) => known = other,
            }
        }
    }

    /// The notification from which on a wait has to look.
    #[inline]
    pub(crate) fn seen(&self) -> u32 {
        if self.owed.load(Ordering::Relaxed) != 0 {
            let owed = self.owed.swap(0, Ordering::Relaxed);
            if owed & OWED != 0 {
                return owed as u32;
            }
        }
        // SAFETY: referenced.
        unsafe { sys::zinc_region_seen(self.raw()) }
    }

    #[inline]
    pub(crate) fn status(&self) -> i32 {
        // SAFETY: referenced.
        unsafe { sys::zinc_region_status(self.raw()) }
    }

    #[cold]
    pub(crate) fn error(&self, status: i32) -> Error {
        // SAFETY: referenced.
        unsafe { Error::from_handle(status, self.raw()) }
    }

    fn check(&self, status: i32) -> Result<()> {
        match status {
            sys::ZINC_OK => Ok(()),
            status => Err(self.error(status)),
        }
    }

    /// Why the handle gives nothing: it is closed, or the parent's.
    #[cold]
    fn refusal(&self) -> Error {
        match self.status() {
            // It was closed in between; a handle is never opened again.
            sys::ZINC_OK => self.error(sys::ZINC_E_CLOSED),
            status => self.error(status),
        }
    }

    fn name(&self) -> &str {
        // SAFETY: the text lives as long as the reference, which `self` is.
        let text = unsafe { CStr::from_ptr(sys::zinc_region_name(self.raw())) };
        text.to_str().unwrap_or("")
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: the reference is given back once.
        unsafe { sys::zinc_region_release(self.raw()) }
    }
}

/// A region of memory that other processes, in any language, open by its name.
///
/// ```
/// # fn main() -> zinc::Result<()> {
/// # let name = format!("rust-doc-region-{}", std::process::id());
/// let region = zinc::SharedRegion::create(name, 4096)?;
/// region.array::<f32>()?.set(0, 23.5)?;
/// region.notify()?;
/// # Ok(())
/// # }
/// ```
///
/// Dropping it leaves the region, and the name goes by its [`Lifetime`](crate::Lifetime);
/// [`close`](SharedRegion::close) does that earlier, for all threads that share it. Everything but
/// the facts answers [`Error::Closed`] then.
///
/// # Threads
///
/// `Send` and `Sync`: all functions may be called by several threads at once, `close` too, whose
/// effect on waits in progress is that they end with [`Error::Closed`]. That holds because the
/// core's handle allows calls beside a shutdown for whoever has a reference to it, and a
/// `SharedRegion` has one until it is dropped, which the borrow checker lets happen only when no
/// call is in progress.
///
/// # Fork
///
/// In a forked child (which needs `unsafe` to be made) an inherited region answers
/// [`Error::Forked`], views that it has keep their bytes, and dropping it leaves the parent's
/// participation alone. Open the region again by its name.
#[must_use = "a region is closed when it is dropped"]
pub struct SharedRegion {
    handle: Arc<Handle>,
    read_only: bool,
    leak: u64,
}

impl SharedRegion {
    /// # Safety
    /// The handle is open, and the caller gives its reference away.
    #[track_caller]
    pub(crate) unsafe fn adopt(
        raw: NonNull<sys::zinc_region>,
        may_be_read_only: bool,
    ) -> Result<SharedRegion> {
        let handle = Arc::new(Handle { raw, owed: AtomicU64::new(0) });
        let leak = leaks::began(handle.name(), Location::caller());
        let mut region = SharedRegion { handle, read_only: false, leak };
        if may_be_read_only {
            region.read_only = region.info()?.read_only;
        }
        Ok(region)
    }

    // ---- Making and opening --------------------------------------------------------------------

    /// Options other than the defaults, as [`Options::new`].
    pub fn options() -> Options {
        Options::new()
    }

    /// Create a region of `capacity` bytes, all zero. Names are 1 to 200 of `A-Z a-z 0-9 . _ -`
    /// without a leading dot; one leading slash is dropped.
    ///
    /// [`Error::AlreadyExists`] while somebody uses a region of this name; [`Error::InvalidInput`],
    /// [`Error::NoSpace`], [`Error::TooLarge`], [`Error::OutOfMemory`] and others, all of which
    /// leave nothing behind. Blocks for at most about 1 s.
    #[track_caller]
    pub fn create(name: impl AsRef<str>, capacity: usize) -> Result<SharedRegion> {
        Options::new().create(name, capacity)
    }

    /// Open the region of this name, readable and writable.
    ///
    /// [`Error::NotFound`] if there is none, or nobody in it lives; [`Error::PermissionDenied`] for
    /// a foreign or loosely writable file; [`Error::Layout`] and [`Error::Corrupt`] for a file that
    /// is no region, or damaged. Blocks for at most about 1 s.
    #[track_caller]
    pub fn open(name: impl AsRef<str>) -> Result<SharedRegion> {
        Options::new().open(name)
    }

    /// Open the region of this name, or create it where there is none, in one atomic step:
    /// [`Info::created`] says which. An existing one keeps its own capacity; one smaller than
    /// `capacity` is [`Error::TooLarge`].
    #[track_caller]
    pub fn open_or_create(name: impl AsRef<str>, capacity: usize) -> Result<SharedRegion> {
        Options::new().open_or_create(name, capacity)
    }

    /// Create a region and bind the name to it even if another region has it. Users of the old one
    /// keep its bytes, are notified once, and read [`Info::stale`].
    #[track_caller]
    pub fn replace(name: impl AsRef<str>, capacity: usize) -> Result<SharedRegion> {
        Options::new().replace(name, capacity)
    }

    /// Create a region without a name, to be handed over with [`send`](SharedRegion::send) or
    /// [`descriptor`](SharedRegion::descriptor); `label` is what people see. With
    /// [`Options::sealed`] only this handle can ever write.
    #[track_caller]
    pub fn create_private(label: impl AsRef<str>, capacity: usize) -> Result<SharedRegion> {
        Options::new().create_private(label, capacity)
    }

    /// Attach to the region behind a descriptor. Having it is the permission: owner and mode are
    /// not looked at. One that may not be written is attached read-only.
    #[track_caller]
    pub fn attach(descriptor: impl AsFd) -> Result<SharedRegion> {
        Options::new().attach(descriptor)
    }

    /// Receive a region that was [sent](SharedRegion::send) over a unix socket, and attach to it.
    /// [`Error::Closed`] at the end of the stream. Blocks as the socket does.
    #[track_caller]
    pub fn receive(socket: impl AsFd) -> Result<SharedRegion> {
        Options::new().receive(socket)
    }

    // ---- Names ---------------------------------------------------------------------------------

    /// The regions of the domain, sorted by name, as [`list`](crate::list).
    pub fn list() -> Result<Vec<Info>> {
        registry::list()
    }

    /// Facts about the region of this name, as [`lookup`](crate::lookup).
    pub fn lookup(name: impl AsRef<str>) -> Result<Info> {
        registry::lookup(name)
    }

    /// Unbind a name by force, as [`remove`](crate::remove).
    pub fn remove(name: impl AsRef<str>) -> Result<()> {
        registry::remove(name)
    }

    /// Remove what nobody alive uses, as [`gc`](crate::gc).
    pub fn gc(mode: GcMode) -> Result<GcReport> {
        registry::gc(mode)
    }

    /// What the machine offers, as [`doctor`](crate::doctor).
    pub fn doctor() -> Result<DoctorFacts> {
        registry::doctor()
    }

    /// Unbind the name of this region; participants keep the bytes. For the handle that created it,
    /// else [`Error::PermissionDenied`].
    pub fn unlink(&self) -> Result<()> {
        // SAFETY: referenced.
        self.handle.check(unsafe { sys::zinc_region_unlink(self.handle.raw()) })
    }

    // ---- Bytes ---------------------------------------------------------------------------------

    /// The bytes, borrowed: all of them, as many as there are now. See [`View`] for what is safe
    /// while others write.
    #[inline]
    pub fn view(&self) -> Result<View<'_>> {
        // SAFETY: referenced.
        let (base, len) =
            unsafe { (sys::zinc_ptr(self.handle.raw()), sys::zinc_capacity(self.handle.raw())) };
        match NonNull::new(base) {
            // SAFETY: the reference that `self` is keeps the mapping, closed or not.
            Some(base) if len != 0 => Ok(unsafe { View::new(base, len, !self.read_only) }),
            _ => Err(self.handle.refusal()),
        }
    }

    /// The bytes as elements of `T`, as [`View::array`].
    pub fn array<T: Pod>(&self) -> Result<Array<'_, T>> {
        self.view()?.array()
    }

    /// Bytes that are kept beyond this handle: `region.owned_view(..)?`. [`Error::TooLarge`] if the
    /// range is not within the capacity.
    pub fn owned_view(&self, range: impl RangeBounds<usize>) -> Result<OwnedView> {
        let (start, size) = within(range, self.view()?.len())?;
        let (mut bytes, mut context) = (ptr::null_mut(), ptr::null_mut());
        // SAFETY: referenced; the rest is ours.
        let status = unsafe {
            sys::zinc_view_acquire(self.handle.raw(), start, size, &mut bytes, &mut context)
        };
        self.handle.check(status)?;
        match (NonNull::new(bytes), NonNull::new(context)) {
            // SAFETY: acquired just now.
            (Some(bytes), Some(context)) => unsafe {
                Ok(OwnedView::new(bytes, size, !self.read_only, context))
            },
            _ => Err(self.handle.refusal()),
        }
    }

    /// The address of the first byte, valid until this is dropped; null once closed.
    #[inline]
    pub fn as_ptr(&self) -> *const u8 {
        // SAFETY: referenced.
        unsafe { sys::zinc_ptr(self.handle.raw()) }
    }

    /// The address of the first byte, to be written through, valid until this is dropped; null once
    /// closed, and for a read-only handle.
    #[inline]
    pub fn as_mut_ptr(&self) -> *mut u8 {
        if self.read_only {
            return ptr::null_mut();
        }
        self.as_ptr().cast_mut()
    }

    // ---- Telling and waiting -------------------------------------------------------------------

    /// Wake every wait in progress on this region, in all processes, and let the next wait of every
    /// handle, this one too, return at once if it has not seen this notification. What was written
    /// before is visible to those who return.
    ///
    /// [`Error::PermissionDenied`] for a read-only handle. Wait-free, without a system call when
    /// nobody is parked.
    #[inline]
    pub fn notify(&self) -> Result<()> {
        // SAFETY: referenced.
        self.handle.check(unsafe { sys::zinc_region_notify(self.handle.raw()) })
    }

    /// Wait for a notification that this handle has not seen: `true` when it came, `false` when the
    /// time ran out. `wait(1000)` is milliseconds, `wait(None)` for ever, `wait(0)` asks once, and
    /// a [`Duration`](std::time::Duration) or an [`Instant`](std::time::Instant) may be given, too.
    ///
    /// Blocks the thread. Handlers of signals run, and the wait goes on with the same deadline.
    /// [`Error::Closed`] if the handle is closed, also by another thread during the wait.
    #[inline]
    pub fn wait(&self, timeout: impl Into<Timeout>) -> Result<bool> {
        self.wait_until(timeout.into(), ptr::null_mut())
    }

    /// [`wait`](SharedRegion::wait) that `cancel` ends with [`Error::Canceled`].
    pub fn wait_with(&self, timeout: impl Into<Timeout>, cancel: &Cancel) -> Result<bool> {
        self.wait_until(timeout.into(), cancel.raw())
    }

    /// Whether a notification came that this handle has not seen; does not wait.
    pub fn try_wait(&self) -> Result<bool> {
        self.wait_until(Timeout::NOW, ptr::null_mut())
    }

    fn wait_until(&self, timeout: Timeout, cancel: *mut sys::zinc_cancel) -> Result<bool> {
        let deadline = timeout.deadline_ns();
        let (raw, seen) = (self.handle.raw(), self.handle.seen());
        loop {
            // SAFETY: referenced; `cancel` is null or borrowed by the caller.
            match unsafe { sys::zinc_region_wait_from(raw, seen, deadline, cancel) } {
                sys::ZINC_OK => return Ok(true),
                sys::ZINC_E_TIMEDOUT => return Ok(false),
                // A signal's handler has run. What another thread's wait took in meanwhile still
                // ends this one, which goes on from the same `seen`.
                sys::ZINC_E_INTR => {}
                status => return Err(self.handle.error(status)),
            }
        }
    }

    /// [`wait`](SharedRegion::wait) as a future, for any executor. It costs no thread of its own:
    /// a few threads of the library watch all of them. Dropping it ends the wait, and a
    /// notification that came meanwhile is there for the next one.
    ///
    /// The future does not borrow the region. The time runs from this call on; the wait begins with
    /// the first poll.
    ///
    /// ```
    /// # fn main() -> zinc::Result<()> {
    /// # let name = format!("rust-doc-async-{}", std::process::id());
    /// # let region = zinc::SharedRegion::create(name, 4096)?;
    /// async fn follow(region: &zinc::SharedRegion) -> zinc::Result<()> {
    ///     while region.wait_async(1000).await? {
    ///         println!("{:?}", region.view()?.load::<u64>(0)?);
    ///     }
    ///     Ok(())
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn wait_async(&self, timeout: impl Into<Timeout>) -> WaitAsync {
        WaitAsync::new(Arc::clone(&self.handle), timeout.into().deadline_ns())
    }

    // ---- Facts ---------------------------------------------------------------------------------

    /// The capacity in bytes, as grown by whichever process; 0 once closed.
    #[inline]
    pub fn capacity(&self) -> usize {
        // SAFETY: referenced.
        unsafe { sys::zinc_capacity(self.handle.raw()) }
    }

    /// The name, without slash and domain; a private region's label. Closed handles still have it.
    pub fn name(&self) -> &str {
        self.handle.name()
    }

    /// Whether the handle was closed.
    pub fn closed(&self) -> bool {
        self.handle.status() == sys::ZINC_E_CLOSED
    }

    /// The address of the first byte in this process; 0 once closed.
    pub fn address(&self) -> usize {
        self.as_ptr() as usize
    }

    /// Facts about the region and this handle, as they are now; costs a few system calls.
    pub fn info(&self) -> Result<Info> {
        let mut raw = info::empty();
        // SAFETY: referenced; `raw` says its size.
        self.handle.check(unsafe { sys::zinc_region_info(self.handle.raw(), &mut raw) })?;
        Ok(Info::new(&raw, None))
    }

    // ---- More ----------------------------------------------------------------------------------

    /// Make the region `capacity` bytes long, in place and for all participants, up to its maximum
    /// ([`Options::max_capacity`]). The new bytes are zero; views keep their length; everybody is
    /// notified. A capacity not above the present one changes nothing. [`Error::TooLarge`] above
    /// the maximum, [`Error::PermissionDenied`] for a read-only handle or a sealed region.
    pub fn grow(&self, capacity: usize) -> Result<()> {
        // SAFETY: referenced.
        self.handle.check(unsafe { sys::zinc_region_grow(self.handle.raw(), capacity) })
    }

    /// A new descriptor of the region, for [`attach`](SharedRegion::attach) in another process. It
    /// carries no participation: the name may go while only descriptors are left. Read-only handles
    /// give read-only ones.
    pub fn descriptor(&self) -> Result<OwnedFd> {
        let mut number = -1;
        // SAFETY: referenced; `number` is ours.
        let status = unsafe { sys::zinc_region_descriptor(self.handle.raw(), &mut number) };
        self.handle.check(status)?;
        // SAFETY: new, and nobody else's.
        Ok(unsafe { OwnedFd::from_raw_fd(number) })
    }

    /// Send the region over a unix socket, to be [received](SharedRegion::receive).
    /// [`Error::PeerDead`] if nobody has the other end. Blocks as the socket does.
    pub fn send(&self, socket: impl AsFd) -> Result<()> {
        let socket = socket.as_fd();
        loop {
            // SAFETY: referenced; the socket is open for the time of the call.
            let status = unsafe { sys::zinc_region_send(self.handle.raw(), socket.as_raw_fd()) };
            if status != sys::ZINC_E_INTR {
                return self.handle.check(status);
            }
        }
    }

    // ---- The end -------------------------------------------------------------------------------

    /// Leave the region, for all threads that share this value: waits in progress and futures end
    /// with [`Error::Closed`], and so does every later call. Idempotent; never blocks. The bytes
    /// stay mapped for views until this is dropped.
    pub fn close(&self) {
        leaks::ended(self.leak);
        // SAFETY: referenced. In a forked child this touches nothing of the parent's.
        unsafe { sys::zinc_region_shutdown(self.handle.raw()) };
    }
}

impl Drop for SharedRegion {
    fn drop(&mut self) {
        self.close();
    }
}

impl fmt::Debug for SharedRegion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedRegion")
            .field("name", &self.name())
            .field("capacity", &self.capacity())
            .field("closed", &self.closed())
            .finish()
    }
}
