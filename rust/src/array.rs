// SPDX-License-Identifier: MIT
//! Shared bytes as elements of one type.

use std::fmt;
use std::iter::FusedIterator;
use std::marker::PhantomData;
use std::mem::size_of;
use std::ops::Range;

use zinc_sys as sys;

use crate::error::{Error, Result};
use crate::pod::Pod;
use crate::view::{copy_in, copy_out, load, read_only, store, View};

/// Shared bytes as elements of `T`: `region.array::<f32>()?`. Elements are read and written by
/// copy, as everything in a [`View`]; one of at most 8 bytes is never torn.
///
/// ```
/// # fn main() -> zinc::Result<()> {
/// # let name = format!("rust-doc-array-{}", std::process::id());
/// let region = zinc::SharedRegion::create(name, 1 << 16)?;
/// let samples = region.array::<f32>()?;
/// samples.set(2, 0.5)?;
/// samples.copy_from_slice(0, &[1.0, 2.0])?;
/// assert_eq!(samples.get(2), Some(0.5));
/// assert_eq!(samples.get(1 << 20), None);
/// assert_eq!(samples.iter().sum::<f32>(), 3.5);
/// # Ok(())
/// # }
/// ```
pub struct Array<'a, T> {
    bytes: View<'a>,
    elements: PhantomData<fn() -> T>,
}

impl<T> Clone for Array<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Array<'_, T> {}

impl<'a, T: Pod> Array<'a, T> {
    /// # Safety
    /// `bytes` begins where a T may lie, and T has a size.
    pub(crate) unsafe fn new(bytes: View<'a>) -> Array<'a, T> {
        Array { bytes, elements: PhantomData }
    }

    /// The number of elements.
    #[inline]
    pub fn len(&self) -> usize {
        self.bytes.len() / size_of::<T>()
    }

    /// Whether there are no elements.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The bytes of the elements.
    pub fn bytes(&self) -> View<'a> {
        self.bytes
    }

    /// The address of the first element: the region's own, nothing is copied. Valid for `'a`.
    #[inline]
    pub fn as_ptr(&self) -> *const T {
        self.bytes.as_ptr().cast()
    }

    /// The address of the first element, to be written through; null where the array is read-only.
    #[inline]
    pub fn as_mut_ptr(&self) -> *mut T {
        self.bytes.as_mut_ptr().cast()
    }

    /// The elements as a slice.
    ///
    /// # Safety
    /// Nobody writes them while the slice lives: no thread of this process, and no other process.
    /// Only what orders the processes can promise that.
    #[inline]
    pub unsafe fn as_slice(&self) -> &'a [T] {
        // SAFETY: mapped for 'a and aligned; the rest is the caller's promise.
        unsafe { std::slice::from_raw_parts(self.as_ptr(), self.len()) }
    }

    /// The element at `index`, or `None` behind the last one.
    #[inline]
    pub fn get(&self, index: usize) -> Option<T> {
        if index >= self.len() {
            return None;
        }
        // SAFETY: within the array.
        Some(unsafe { load(self.as_ptr().add(index).cast()) })
    }

    /// Set the element at `index`. [`Error::TooLarge`] behind the last one,
    /// [`Error::PermissionDenied`] on a read-only array.
    #[inline]
    pub fn set(&self, index: usize, value: T) -> Result<()> {
        let to = self.range_mut(index, 1)?;
        // SAFETY: `range_mut` has checked the index.
        unsafe { store(to, value) };
        Ok(())
    }

    /// Set every element. [`Error::PermissionDenied`] on a read-only array.
    pub fn fill(&self, value: T) -> Result<()> {
        let first = self.range_mut(0, self.len())?;
        for index in 0..self.len() {
            // SAFETY: within the array.
            unsafe { store(first.add(index * size_of::<T>()), value) };
        }
        Ok(())
    }

    /// Copy the elements from `start` on into `to`, all of it. [`Error::TooLarge`] if there are not
    /// as many.
    pub fn copy_to_slice(&self, start: usize, to: &mut [T]) -> Result<()> {
        let from = self.range(start, to.len())?;
        // SAFETY: the range is checked; any bytes are a T.
        unsafe { copy_out(from, to.as_mut_ptr().cast(), size_of_val(to)) };
        Ok(())
    }

    /// Copy `from` to the elements from `start` on. [`Error::TooLarge`] if it does not fit,
    /// [`Error::PermissionDenied`] on a read-only array.
    pub fn copy_from_slice(&self, start: usize, from: &[T]) -> Result<()> {
        let to = self.range_mut(start, from.len())?;
        // SAFETY: the range is checked; a T has no padding.
        unsafe { copy_in(to, from.as_ptr().cast(), size_of_val(from)) };
        Ok(())
    }

    /// A copy of all elements.
    pub fn to_vec(&self) -> Vec<T> {
        let mut own: Vec<T> = Vec::with_capacity(self.len());
        // SAFETY: `own` has room for all of them, and all are written; any bytes are a T.
        unsafe {
            copy_out(self.as_ptr().cast(), own.as_mut_ptr().cast(), self.bytes.len());
            own.set_len(self.len());
        }
        own
    }

    /// The elements, one after the other, each read when its turn comes.
    pub fn iter(&self) -> Iter<'a, T> {
        Iter { array: *self, left: 0..self.len() }
    }

    fn range(&self, start: usize, count: usize) -> Result<*const u8> {
        if start > self.len() || count > self.len() - start {
            return Err(self.outside(start, count));
        }
        // SAFETY: within the array.
        Ok(unsafe { self.as_ptr().add(start).cast() })
    }

    #[inline]
    fn range_mut(&self, start: usize, count: usize) -> Result<*mut u8> {
        if self.bytes.read_only() {
            return Err(read_only());
        }
        self.range(start, count).map(<*const u8>::cast_mut)
    }

    #[cold]
    fn outside(&self, start: usize, count: usize) -> Error {
        let message =
            format!("{count} elements from index {start} are not within the {}", self.len());
        Error::refused(sys::ZINC_E_OVERFLOW, message)
    }
}

fn size_of_val<T>(values: &[T]) -> usize {
    std::mem::size_of_val(values)
}

impl<T: Pod> fmt::Debug for Array<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Array").field("address", &self.as_ptr()).field("len", &self.len()).finish()
    }
}

impl<'a, T: Pod> IntoIterator for Array<'a, T> {
    type Item = T;
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

impl<'a, T: Pod> IntoIterator for &Array<'a, T> {
    type Item = T;
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

/// The elements of an [`Array`], by value.
pub struct Iter<'a, T> {
    array: Array<'a, T>,
    left: Range<usize>,
}

impl<T> Clone for Iter<'_, T> {
    fn clone(&self) -> Self {
        Iter { array: self.array, left: self.left.clone() }
    }
}

impl<T: Pod> fmt::Debug for Iter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Iter").field("array", &self.array).field("left", &self.left).finish()
    }
}

impl<T: Pod> Iterator for Iter<'_, T> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        let index = self.left.next()?;
        // SAFETY: `left` is within the array.
        Some(unsafe { load(self.array.as_ptr().add(index).cast()) })
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.left.size_hint()
    }

    fn nth(&mut self, n: usize) -> Option<T> {
        let index = self.left.nth(n)?;
        self.array.get(index)
    }
}

impl<T: Pod> DoubleEndedIterator for Iter<'_, T> {
    #[inline]
    fn next_back(&mut self) -> Option<T> {
        let index = self.left.next_back()?;
        self.array.get(index)
    }
}

impl<T: Pod> ExactSizeIterator for Iter<'_, T> {}
impl<T: Pod> FusedIterator for Iter<'_, T> {}
