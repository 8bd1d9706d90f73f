// SPDX-License-Identifier: MIT
//! A view of a region that is gone:
//!
//! ```compile_fail,E0597
//! let view = {
//!     let region = zinc::SharedRegion::create("refused", 64).unwrap();
//!     region.view().unwrap()
//! };
//! view.len();
//! ```
//!
//! A view of a temporary:
//!
//! ```compile_fail,E0716
//! let view = zinc::SharedRegion::create("refused", 64).unwrap().view().unwrap();
//! view.len();
//! ```
//!
//! Dropping what is still seen:
//!
//! ```compile_fail,E0505
//! let region = zinc::SharedRegion::create("refused", 64).unwrap();
//! let floats = region.array::<f32>().unwrap();
//! drop(region);
//! floats.get(0);
//! ```
//!
//! An atomic that outlives its view's keeper:
//!
//! ```compile_fail,E0505
//! # use std::sync::atomic::{AtomicU32, Ordering};
//! let kept = zinc::SharedRegion::create("refused", 64).unwrap().owned_view(..).unwrap();
//! let word = kept.view().atomic::<AtomicU32>(0).unwrap();
//! drop(kept);
//! word.load(Ordering::Relaxed);
//! ```
//!
//! A negative timeout, a fractional one, one of another integer type, and a `bool`:
//!
//! ```compile_fail,E0277
//! zinc::SharedRegion::create("refused", 64).unwrap().wait(-1).unwrap();
//! ```
//! ```compile_fail,E0277
//! zinc::SharedRegion::create("refused", 64).unwrap().wait(0.5).unwrap();
//! ```
//! ```compile_fail,E0277
//! zinc::SharedRegion::create("refused", 64).unwrap().wait(1000_i32).unwrap();
//! ```
//! ```compile_fail,E0277
//! zinc::SharedRegion::create("refused", 64).unwrap().wait(true).unwrap();
//! ```
//!
//! A negative capacity, a fractional one, a negative offset:
//!
//! ```compile_fail,E0600
//! zinc::SharedRegion::create("refused", -1).unwrap();
//! ```
//! ```compile_fail,E0308
//! zinc::SharedRegion::create("refused", 1.5).unwrap();
//! ```
//! ```compile_fail,E0600
//! let region = zinc::SharedRegion::create("refused", 64).unwrap();
//! region.view().unwrap().load::<u32>(-4).unwrap();
//! ```
//!
//! A name that is no text:
//!
//! ```compile_fail,E0277
//! zinc::SharedRegion::create(42, 64).unwrap();
//! ```
//!
//! Elements that are no plain data: `bool`, references, types with pointers, padding, other fields:
//!
//! ```compile_fail,E0277
//! zinc::SharedRegion::create("refused", 64).unwrap().array::<bool>().unwrap();
//! ```
//! ```compile_fail,E0277
//! zinc::SharedRegion::create("refused", 64).unwrap().array::<&'static u8>().unwrap();
//! ```
//! ```compile_fail,E0277
//! zinc::SharedRegion::create("refused", 64).unwrap().array::<String>().unwrap();
//! ```
//! ```compile_fail,E0080
//! zinc::pod! { struct Padded { small: u8, large: u64 } }
//! ```
//! ```compile_fail,E0277
//! zinc::pod! { struct Odd { yes: bool } }
//! ```
//! ```compile_fail,E0026
//! zinc::pod! { struct Holey { small: u8, #[cfg(any())] pad: [u8; 7], large: u64 } }
//! ```
//!
//! Atomics of which not every pattern is a value:
//!
//! ```compile_fail,E0277
//! let region = zinc::SharedRegion::create("refused", 64).unwrap();
//! region.view().unwrap().atomic::<std::sync::atomic::AtomicBool>(0).unwrap();
//! ```
//!
//! A slice of bytes that others write, outside `unsafe`:
//!
//! ```compile_fail,E0133
//! let region = zinc::SharedRegion::create("refused", 64).unwrap();
//! region.view().unwrap().as_slice();
//! ```
//!
//! A match that believes to know all errors:
//!
//! ```compile_fail,E0004
//! match zinc::SharedRegion::open("refused") {
//!     Ok(_) | Err(zinc::Error::NotFound(_)) => {}
//! }
//! ```
//!
//! And what they are variations of compiles:
//!
//! ```
//! # use std::sync::atomic::{AtomicU32, Ordering};
//! zinc::pod! { struct Whole { small: u8, _pad: [u8; 7], large: u64 } }
//! let name = format!("rust-doc-good-{}", std::process::id());
//! let region = zinc::SharedRegion::create(&name, 64).unwrap();
//! let view = region.view().unwrap();
//! view.atomic::<AtomicU32>(0).unwrap().store(1, Ordering::Relaxed);
//! assert_eq!(region.array::<Whole>().unwrap().len(), 4);
//! assert!(!region.wait(1).unwrap());
//! ```
