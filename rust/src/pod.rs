// SPDX-License-Identifier: MIT
//! Which types may lie in shared bytes.

use std::sync::atomic::{AtomicI16, AtomicI32, AtomicI8, AtomicU16, AtomicU32, AtomicU8};
#[cfg(target_has_atomic = "64")]
use std::sync::atomic::{AtomicI64, AtomicU64};

/// Plain data: any bytes are a value of the type, and all bytes of a value are the value's.
///
/// Implemented for integers, floats and arrays of plain data. Records are declared with
/// [`pod!`](crate::pod!), which checks them. `bool`, `char`, references and enums are not plain:
/// what another process writes there need not be one of their values.
///
/// # Safety
///
/// The type has no padding, no pointers that mean something, no interior mutability, and every bit
/// pattern of its size is a value of it.
pub unsafe trait Pod: Copy + Send + Sync + 'static {}

macro_rules! plain {
    ($($name:ty)*) => {
        $(
            // SAFETY: a number: no padding, and every bit pattern is one.
            unsafe impl Pod for $name {}
        )*
    };
}

plain! { u8 i8 u16 i16 u32 i32 u64 i64 u128 i128 usize isize f32 f64 }

// SAFETY: elements without padding and nothing between them.
unsafe impl<T: Pod, const N: usize> Pod for [T; N] {}

/// Declare records of plain data, laid out as C does.
///
/// A record that has padding, or a field that is no plain data, does not compile: write the padding
/// as a field (`_pad: [u8; 2]`), as whoever reads it in another language will have to. A field that
/// is not always there (`#[cfg]`) does not compile either: declare two records.
///
/// ```
/// zinc::pod! {
///     /// One sample: 16 bytes.
///     pub struct Sample {
///         /// Nanoseconds.
///         pub time: u64,
///         pub x: f32,
///         pub y: f32,
///     }
/// }
/// # fn main() -> zinc::Result<()> {
/// # let name = format!("rust-doc-pod-{}", std::process::id());
/// let region = zinc::SharedRegion::create(name, 16 * 1000)?;
/// let samples = region.array::<Sample>()?;
/// samples.set(3, Sample { time: 17, x: 1.0, y: 2.0 })?;
/// assert_eq!(samples.get(3).map(|sample| sample.time), Some(17));
/// # Ok(())
/// # }
/// ```
#[macro_export]
macro_rules! pod {
    ($(
        $(#[$attribute:meta])*
        $visible:vis struct $name:ident {
            $($(#[$field_attribute:meta])* $field_visible:vis $field:ident : $kind:ty),* $(,)?
        }
    )*) => {
        $(
            $(#[$attribute])*
            #[derive(Clone, Copy, Debug)]
            #[repr(C)]
            $visible struct $name {
                $($(#[$field_attribute])* $field_visible $field: $kind,)*
            }

            const _: () = {
                const fn plain<T: $crate::Pod>() -> usize {
                    ::core::mem::size_of::<T>()
                }
                ::core::assert!(
                    ::core::mem::size_of::<$name>() == 0 $(+ plain::<$kind>())*,
                    "the record has padding: name it as fields of u8"
                );
                // What was counted is what is there: an attribute can take a field away (cfg), add
                // one or change its type.
                #[allow(dead_code)]
                fn counted(record: $name) {
                    let $name { $($field),* } = record;
                    $(let _: $kind = $field;)*
                }
            };

            // SAFETY: every field is plain, and together they are all of its bytes.
            unsafe impl $crate::Pod for $name {}
        )*
    };
}

mod sealed {
    pub trait Sealed {}
}

/// The atomic integers of [`std::sync::atomic`] that mean the same in every process and language.
pub trait Atomic: sealed::Sealed + Send + Sync + 'static {}

macro_rules! atomic {
    ($($name:ty)*) => { $(impl sealed::Sealed for $name {} impl Atomic for $name {})* };
}

atomic! { AtomicU8 AtomicI8 AtomicU16 AtomicI16 AtomicU32 AtomicI32 }
#[cfg(target_has_atomic = "64")]
atomic! { AtomicU64 AtomicI64 }
