// SPDX-License-Identifier: MIT
//! The bytes of a region, safe although others write them.
//!
//! # Why this is sound
//!
//! *Addresses.* A [`View`] borrows what keeps the mapping: the [`SharedRegion`], which unmaps when
//! it is dropped and not when it is closed, or an [`OwnedView`]. The mapping spans the region's
//! largest capacity, never moves and never shrinks.
//!
//! *Races.* Memory that other processes write has no moment at which a `&[u8]` of it would be true,
//! so none is made. Every byte is read and written by relaxed atomic operations, in the widest unit
//! of 8, 4, 2 or 1 bytes that address and length allow; values go in and out by copy. Threads of
//! this process that race with the same unit are defined by Rust's memory model, and with mixed
//! units by LLVM's, where each byte read is one that was written. What other processes do (and
//! what C++ or Python does in them) is to this program what a device does to memory: it changes at
//! any time, which is all that atomic reads assume. Volatile accesses would not do: they
//! are no atomic ones, so two threads of this process could race.
//!
//! *Values.* Only [`Pod`] types are read, of which any bytes are a value.
//!
//! *What is not excluded:* a named region's file can be truncated by whoever may write it, and
//! touching the lost bytes is then SIGBUS, which ends the process and corrupts nothing. Sealed
//! private regions cannot be truncated.

use std::fmt;
use std::marker::PhantomData;
use std::mem::{align_of, size_of, MaybeUninit};
use std::ops::{Bound, RangeBounds};
use std::os::raw::c_void;
use std::ptr::{self, NonNull};
#[cfg(target_has_atomic = "64")]
use std::sync::atomic::AtomicU64;
use std::sync::atomic::{AtomicU16, AtomicU32, AtomicU8, Ordering};

use zinc_sys as sys;

use crate::array::Array;
use crate::error::{Error, Result};
use crate::pod::{Atomic, Pod};

/// The widest unit that is one machine access, on read-only pages too.
const WIDEST: usize = if size_of::<usize>() >= 8 { 8 } else { 4 };

/// The widest unit for the next access: aligned at `address`, within `left` bytes.
#[inline(always)]
fn unit(address: usize, left: usize) -> usize {
    let mut width = WIDEST;
    while address % width != 0 || left < width {
        width /= 2;
    }
    width
}

/// Read one unit of shared bytes into own ones.
///
/// # Safety
/// `from` is readable and aligned for `width` (8, 4, 2 or 1) bytes of a mapping, `to` is writable
/// for as many.
#[inline(always)]
unsafe fn read_unit(from: *const u8, to: *mut u8, width: usize) {
    // SAFETY: as the caller promises; `to` need not be aligned.
    unsafe {
        match width {
            #[cfg(target_has_atomic = "64")]
            8 => to
                .cast::<u64>()
                .write_unaligned((*from.cast::<AtomicU64>()).load(Ordering::Relaxed)),
            4 => to
                .cast::<u32>()
                .write_unaligned((*from.cast::<AtomicU32>()).load(Ordering::Relaxed)),
            2 => to
                .cast::<u16>()
                .write_unaligned((*from.cast::<AtomicU16>()).load(Ordering::Relaxed)),
            _ => to.write((*from.cast::<AtomicU8>()).load(Ordering::Relaxed)),
        }
    }
}

/// Write one unit of own bytes into shared ones.
///
/// # Safety
/// As [`read_unit`], with the sides exchanged; the own bytes are initialised.
#[inline(always)]
unsafe fn write_unit(to: *mut u8, from: *const u8, width: usize) {
    // SAFETY: as the caller promises; `from` need not be aligned.
    unsafe {
        match width {
            #[cfg(target_has_atomic = "64")]
            8 => (*to.cast::<AtomicU64>())
                .store(from.cast::<u64>().read_unaligned(), Ordering::Relaxed),
            4 => (*to.cast::<AtomicU32>())
                .store(from.cast::<u32>().read_unaligned(), Ordering::Relaxed),
            2 => (*to.cast::<AtomicU16>())
                .store(from.cast::<u16>().read_unaligned(), Ordering::Relaxed),
            _ => (*to.cast::<AtomicU8>()).store(from.read(), Ordering::Relaxed),
        }
    }
}

/// Copy shared bytes to own ones. What is aligned for itself is never torn: a u32 at a multiple of
/// four is read in one access, or as the half of a wider one.
///
/// # Safety
/// `from` is readable for `size` bytes of a mapping, `to` writable for as many own bytes.
pub(crate) unsafe fn copy_out(mut from: *const u8, mut to: *mut u8, mut size: usize) {
    // SAFETY: both pointers move together, within what the caller promises.
    unsafe {
        while size > 0 && (size < WIDEST || from as usize % WIDEST != 0) {
            let width = unit(from as usize, size);
            read_unit(from, to, width);
            (from, to, size) = (from.add(width), to.add(width), size - width);
        }
        while size >= WIDEST {
            read_unit(from, to, WIDEST);
            (from, to, size) = (from.add(WIDEST), to.add(WIDEST), size - WIDEST);
        }
        while size > 0 {
            let width = unit(from as usize, size);
            read_unit(from, to, width);
            (from, to, size) = (from.add(width), to.add(width), size - width);
        }
    }
}

/// Copy own bytes to shared ones, as [`copy_out`].
///
/// # Safety
/// `to` is writable for `size` bytes of a mapping, `from` readable for as many own bytes, all of
/// them initialised.
pub(crate) unsafe fn copy_in(mut to: *mut u8, mut from: *const u8, mut size: usize) {
    // SAFETY: both pointers move together, within what the caller promises.
    unsafe {
        while size > 0 && (size < WIDEST || to as usize % WIDEST != 0) {
            let width = unit(to as usize, size);
            write_unit(to, from, width);
            (to, from, size) = (to.add(width), from.add(width), size - width);
        }
        while size >= WIDEST {
            write_unit(to, from, WIDEST);
            (to, from, size) = (to.add(WIDEST), from.add(WIDEST), size - WIDEST);
        }
        while size > 0 {
            let width = unit(to as usize, size);
            write_unit(to, from, width);
            (to, from, size) = (to.add(width), from.add(width), size - width);
        }
    }
}

/// Read a value out of shared bytes; in one access if it is as large as it is aligned.
///
/// # Safety
/// `from` is readable for a T of a mapping. It need not be aligned.
#[inline(always)]
pub(crate) unsafe fn load<T: Pod>(from: *const u8) -> T {
    let size = size_of::<T>();
    let mut value = MaybeUninit::<T>::uninit();
    let to = value.as_mut_ptr().cast::<u8>();
    // SAFETY: as the caller promises; every bit pattern is a T.
    unsafe {
        if size <= WIDEST && size.is_power_of_two() && from as usize % size == 0 {
            read_unit(from, to, size);
        } else {
            copy_out(from, to, size);
        }
        value.assume_init()
    }
}

/// Write a value into shared bytes, as [`load`].
///
/// # Safety
/// `to` is writable for a T of a mapping. It need not be aligned.
#[inline(always)]
pub(crate) unsafe fn store<T: Pod>(to: *mut u8, value: T) {
    let size = size_of::<T>();
    let from = (&value as *const T).cast::<u8>();
    // SAFETY: as the caller promises; a T has no padding, so all of its bytes are initialised.
    unsafe {
        if size <= WIDEST && size.is_power_of_two() && to as usize % size == 0 {
            write_unit(to, from, size);
        } else {
            copy_in(to, from, size);
        }
    }
}

/// The bytes of a region, or a part of them, borrowed: `region.view()?`.
///
/// Other processes may write the bytes at any time. Reading copies values out, writing copies them
/// in, and neither orders anything: a notification does ([`notify`](crate::SharedRegion::notify)
/// before, [`wait`](crate::SharedRegion::wait) after), or an [`atomic`](View::atomic) with
/// `Release` and `Acquire`. A value that is aligned for itself and at most 8 bytes long (4 where a
/// machine word has 4) is never torn; a longer copy that another process overwrites meanwhile is a
/// mixture of old and new.
///
/// Views are `Copy`, and may be used by all threads. They keep their length when the region
/// [grows](crate::SharedRegion::grow), and their bytes when it is
/// [closed](crate::SharedRegion::close); they cannot outlive the region, which [`OwnedView`] can.
#[derive(Clone, Copy)]
pub struct View<'a> {
    base: NonNull<u8>,
    len: usize,
    writable: bool,
    keeper: PhantomData<&'a ()>,
}

// SAFETY: the mapping is the process's, and all accesses are atomic.
unsafe impl Send for View<'_> {}
// SAFETY: as above.
unsafe impl Sync for View<'_> {}

impl<'a> View<'a> {
    /// # Safety
    /// The `len` bytes at `base` are mapped for `'a`, and writable if `writable`.
    pub(crate) unsafe fn new(base: NonNull<u8>, len: usize, writable: bool) -> View<'a> {
        View { base, len, writable, keeper: PhantomData }
    }

    /// The number of bytes.
    #[inline]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no bytes.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether the handle that this is a view of may only read.
    #[inline]
    pub fn read_only(&self) -> bool {
        !self.writable
    }

    /// The address of the first byte: the region's own, nothing is copied. Valid for `'a`.
    #[inline]
    pub fn as_ptr(&self) -> *const u8 {
        self.base.as_ptr()
    }

    /// The address of the first byte, to be written through; null where the view is read-only.
    #[inline]
    pub fn as_mut_ptr(&self) -> *mut u8 {
        if self.writable {
            self.base.as_ptr()
        } else {
            ptr::null_mut()
        }
    }

    /// The bytes as a slice.
    ///
    /// # Safety
    /// Nobody writes them while the slice lives: no thread of this process, and no other process.
    /// Only what orders the processes can promise that.
    #[inline]
    pub unsafe fn as_slice(&self) -> &'a [u8] {
        // SAFETY: mapped for 'a; the rest is the caller's promise.
        unsafe { std::slice::from_raw_parts(self.base.as_ptr(), self.len) }
    }

    /// A part of the bytes: `view.slice(16..32)?`. [`Error::TooLarge`] if it is not within them.
    pub fn slice(&self, range: impl RangeBounds<usize>) -> Result<View<'a>> {
        let (start, len) = within(range, self.len)?;
        // SAFETY: start <= self.len.
        let base = unsafe { NonNull::new_unchecked(self.base.as_ptr().add(start)) };
        Ok(View { base, len, ..*self })
    }

    /// Copy the bytes from `offset` on into `to`, all of it. [`Error::TooLarge`] if they are not
    /// within the view.
    pub fn read(&self, offset: usize, to: &mut [u8]) -> Result<()> {
        let from = self.at(offset, to.len())?;
        // SAFETY: `at` has checked the range; own and shared bytes do not overlap, as no safe
        // function makes slices of shared ones.
        unsafe { copy_out(from, to.as_mut_ptr(), to.len()) };
        Ok(())
    }

    /// Copy `from` to the bytes from `offset` on. [`Error::TooLarge`] if it does not fit,
    /// [`Error::PermissionDenied`] on a read-only view.
    pub fn write(&self, offset: usize, from: &[u8]) -> Result<()> {
        let to = self.at_mut(offset, from.len())?;
        // SAFETY: as in `read`.
        unsafe { copy_in(to, from.as_ptr(), from.len()) };
        Ok(())
    }

    /// Set every byte to `value`. [`Error::PermissionDenied`] on a read-only view.
    pub fn fill(&self, value: u8) -> Result<()> {
        let block = [value; 4096];
        let mut offset = 0;
        while offset < self.len {
            let size = block.len().min(self.len - offset);
            self.write(offset, &block[..size])?;
            offset += size;
        }
        self.at_mut(0, 0).map(drop)
    }

    /// A copy of all bytes.
    pub fn to_vec(&self) -> Vec<u8> {
        let mut own = Vec::with_capacity(self.len);
        // SAFETY: `own` has room for all of them, and all are written.
        unsafe {
            copy_out(self.base.as_ptr(), own.as_mut_ptr(), self.len);
            own.set_len(self.len);
        }
        own
    }

    /// Read the value at `offset`, which need not be aligned. [`Error::TooLarge`] if it is not
    /// within the view.
    #[inline]
    pub fn load<T: Pod>(&self, offset: usize) -> Result<T> {
        let from = self.at(offset, size_of::<T>())?;
        // SAFETY: `at` has checked the range.
        Ok(unsafe { load(from) })
    }

    /// Write a value at `offset`, which need not be aligned. [`Error::TooLarge`] if it is not
    /// within the view, [`Error::PermissionDenied`] on a read-only one.
    #[inline]
    pub fn store<T: Pod>(&self, offset: usize, value: T) -> Result<()> {
        let to = self.at_mut(offset, size_of::<T>())?;
        // SAFETY: `at_mut` has checked the range.
        unsafe { store(to, value) };
        Ok(())
    }

    /// The bytes at `offset` as an atomic integer, `view.atomic::<AtomicU32>(64)?`, shared with
    /// every process. [`Error::InvalidInput`] if `offset` is not aligned for it,
    /// [`Error::TooLarge`] if it is not within the view, [`Error::PermissionDenied`] on a read-only
    /// one: there, [`load`](View::load) reads it, and [`std::sync::atomic::fence`] orders.
    pub fn atomic<A: Atomic>(&self, offset: usize) -> Result<&'a A> {
        let place = self.at_mut(offset, size_of::<A>())?;
        if place as usize % align_of::<A>() != 0 {
            return Err(unaligned(offset, align_of::<A>()));
        }
        // SAFETY: mapped for 'a and writable, aligned, and only ever accessed atomically.
        Ok(unsafe { &*place.cast::<A>() })
    }

    /// All bytes as elements of `T`; what is left behind the last whole one is not part of it.
    /// [`Error::InvalidInput`] if the view does not begin where a `T` may, or `T` has no size.
    pub fn array<T: Pod>(&self) -> Result<Array<'a, T>> {
        self.array_at(0, self.len.checked_div(size_of::<T>()).unwrap_or(0))
    }

    /// `count` elements of `T` from the byte `offset` on. [`Error::TooLarge`] if they are not
    /// within the view, [`Error::InvalidInput`] if `offset` is not aligned for `T`, or `T` has no
    /// size.
    pub fn array_at<T: Pod>(&self, offset: usize, count: usize) -> Result<Array<'a, T>> {
        if size_of::<T>() == 0 {
            return Err(Error::refused(
                sys::ZINC_E_INVAL,
                "an array needs elements of at least one byte: this type has no size",
            ));
        }
        let size = count.checked_mul(size_of::<T>()).ok_or_else(|| {
            too_large(format!(
                "{count} elements of {} bytes do not fit the address space",
                size_of::<T>()
            ))
        })?;
        let first = self.at(offset, size)?;
        if first as usize % align_of::<T>() != 0 {
            return Err(unaligned(offset, align_of::<T>()));
        }
        // SAFETY: within this view, and aligned.
        Ok(unsafe { Array::new(self.slice(offset..offset + size)?) })
    }

    /// The address of `size` bytes from `offset`, if they are within the view.
    #[inline]
    fn at(&self, offset: usize, size: usize) -> Result<*const u8> {
        if offset > self.len || size > self.len - offset {
            return Err(outside(offset, size, self.len));
        }
        // SAFETY: within the view.
        Ok(unsafe { self.base.as_ptr().add(offset) })
    }

    #[inline]
    fn at_mut(&self, offset: usize, size: usize) -> Result<*mut u8> {
        if !self.writable {
            return Err(read_only());
        }
        self.at(offset, size).map(<*const u8>::cast_mut)
    }
}

impl fmt::Debug for View<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("View").field("address", &self.base).field("len", &self.len).finish()
    }
}

/// Start and length of a range, if it is within `len`.
pub(crate) fn within(range: impl RangeBounds<usize>, len: usize) -> Result<(usize, usize)> {
    let start = match range.start_bound() {
        Bound::Included(&start) => Some(start),
        Bound::Excluded(&start) => start.checked_add(1),
        Bound::Unbounded => Some(0),
    };
    let end = match range.end_bound() {
        Bound::Included(&end) => end.checked_add(1),
        Bound::Excluded(&end) => Some(end),
        Bound::Unbounded => Some(len),
    };
    match (start, end) {
        (Some(start), Some(end)) if start <= end && end <= len => Ok((start, end - start)),
        _ => Err(too_large(format!(
            "the range {:?} to {:?} is not within the {len} bytes of the view",
            range.start_bound(),
            range.end_bound()
        ))),
    }
}

fn too_large(message: String) -> Error {
    Error::refused(sys::ZINC_E_OVERFLOW, message)
}

#[cold]
fn outside(offset: usize, size: usize, len: usize) -> Error {
    too_large(format!(
        "{size} bytes from offset {offset} are not within the {len} bytes of the view"
    ))
}

#[cold]
fn unaligned(offset: usize, align: usize) -> Error {
    Error::refused(
        sys::ZINC_E_INVAL,
        format!("offset {offset} is not aligned: this type lies at multiples of {align} bytes"),
    )
}

#[cold]
pub(crate) fn read_only() -> Error {
    Error::refused(
        sys::ZINC_E_PERM,
        "the handle is read-only: open the region without read_only to write its bytes",
    )
}

/// Bytes that are kept: valid until this is dropped, also after the region was closed or dropped,
/// and in any thread. Made by [`SharedRegion::owned_view`](crate::SharedRegion::owned_view).
///
/// ```
/// # fn main() -> zinc::Result<()> {
/// # let name = format!("rust-doc-owned-{}", std::process::id());
/// let kept = {
///     let region = zinc::SharedRegion::create(name, 4096)?;
///     region.view()?.write(0, b"hello")?;
///     region.owned_view(..)?
/// };
/// assert_eq!(kept.view().to_vec()[..5], *b"hello");
/// # Ok(())
/// # }
/// ```
pub struct OwnedView {
    base: NonNull<u8>,
    len: usize,
    writable: bool,
    context: NonNull<c_void>,
}

// SAFETY: zinc_view_release may be called by any thread at any time; the bytes are as in View.
unsafe impl Send for OwnedView {}
// SAFETY: as above.
unsafe impl Sync for OwnedView {}

impl OwnedView {
    /// # Safety
    /// `bytes` and `context` come from zinc_view_acquire, and nobody else gives them back.
    pub(crate) unsafe fn new(
        base: NonNull<u8>,
        len: usize,
        writable: bool,
        context: NonNull<c_void>,
    ) -> OwnedView {
        OwnedView { base, len, writable, context }
    }

    /// The bytes.
    pub fn view(&self) -> View<'_> {
        // SAFETY: the core keeps them mapped until `drop`.
        unsafe { View::new(self.base, self.len, self.writable) }
    }
}

impl Drop for OwnedView {
    fn drop(&mut self) {
        // SAFETY: given back once.
        unsafe { sys::zinc_view_release(self.base.as_ptr().cast(), self.context.as_ptr()) }
    }
}

impl fmt::Debug for OwnedView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnedView").field("address", &self.base).field("len", &self.len).finish()
    }
}
