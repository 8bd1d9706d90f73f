// SPDX-License-Identifier: MIT
//! The C ABI of Zinc, as it is: every function, struct and constant of `<zinc.h>` under its own
//! name. The crate [`zinc`](https://docs.rs/zinc) is the safe interface over it.
//!
//! The C core is compiled into this crate. With the feature `system`, or `ZINC_SYSTEM=1` in the
//! environment of the build, the library that `pkg-config zinc` names is linked instead.
//!
//! # Safety
//!
//! Every function is unsafe to call: pointers must be valid for what the comment says, handles must
//! be alive, and structs must have their `size` set.
#![no_std]

#[rustfmt::skip] // as emitted
mod bindings;

pub use bindings::*;
