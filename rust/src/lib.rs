// SPDX-License-Identifier: MIT
//! The same bytes of memory in several processes, written in any language.
//!
//! A region has a name, a capacity in bytes, and one notification. A process creates it, others
//! open it by name, all of them work on the same bytes, and a notification wakes whoever waits.
//! Nothing is copied and nothing is serialised. Who dies, by whatever signal, takes its
//! participation along; what nobody uses is removed.
//!
//! ```
//! # fn main() -> Result<(), zinc::Error> {
//! # let name = format!("rust-doc-{}", std::process::id());
//! # let name = name.as_str();
//! use zinc::SharedRegion;
//!
//! let region = SharedRegion::create(name, 1 << 20)?;
//! region.view()?.write(0, b"hello")?;
//! region.notify()?;
//!
//! // Usually in another process, in any language:
//! let reader = SharedRegion::open(name)?;
//! if reader.wait(1000)? {
//!     let mut word = [0; 5];
//!     reader.view()?.read(0, &mut word)?;
//!     assert_eq!(&word, b"hello");
//! }
//! # Ok(())
//! # }
//! ```
//!
//! * [`SharedRegion`] is the handle, [`Options`] how it is made, [`Info`] what can be asked of it.
//! * [`View`] and [`Array`] are the bytes, safe although other processes write them;
//!   [`OwnedView`] keeps them beyond the handle. [`Pod`] says which types may lie there, and
//!   [`pod!`] declares records of them.
//! * [`Timeout`] and [`Cancel`] end waits; [`WaitAsync`] is the wait as a future.
//! * [`Error`] is what goes wrong.
//! * [`list`], [`lookup`], [`participants`], [`remove`], [`gc`] and [`doctor`] look at the regions
//!   of a domain from outside.
//!
//! # What is safe, and why
//!
//! Other processes write the bytes at any time, so no safe function here makes a `&[u8]` or a
//! `&mut [u8]` of them. See [`View`] for what is done instead.
//!
//! A handle's memory lives as long as the value that has it, closed or not: [`SharedRegion::close`]
//! ends the participation, and only dropping the last of handle, futures and owned views unmaps the
//! bytes. So no safe call meets memory that is gone, also beside a `close` on another thread.
#![deny(missing_docs, unsafe_op_in_unsafe_fn)]
#![warn(missing_debug_implementations)]

mod array;
mod error;
#[rustfmt::skip] // as emitted
mod error_table;
mod events;
mod info;
mod leaks;
mod options;
mod pod;
mod region;
mod registry;
mod version;
mod view;
mod wait;

pub use array::{Array, Iter};
pub use error::{Details, Error, Result};
pub use events::WaitAsync;
pub use info::{Info, Lifetime, WaitPolicy};
pub use options::Options;
pub use pod::{Atomic, Pod};
pub use region::SharedRegion;
pub use registry::{
    doctor, gc, list, lookup, participants, remove, DoctorFacts, GcMode, GcReport, Participant,
    Removal,
};
pub use version::{layout, version, version_text};
pub use view::{OwnedView, View};
pub use wait::{Cancel, Timeout};

/// What must not compile, each with the reason that the compiler gives.
#[cfg(doctest)]
mod refused;
