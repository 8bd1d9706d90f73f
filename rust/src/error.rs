// SPDX-License-Identifier: MIT
//! What goes wrong: one enum, whose variants come from the core's table of statuses.

use std::ffi::CStr;
use std::fmt;
use std::io;

use zinc_sys as sys;

use crate::error_table::{Kind, Row, TABLE};

/// What the functions of this crate return.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What happened to one call: the core's number and a message that names the region, the numbers
/// and the remedy.
#[derive(Clone, PartialEq, Eq)]
pub struct Details {
    status: i32,
    system_errno: i32,
    message: Box<str>,
}

impl fmt::Debug for Details {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): {}", name_of(self.status), self.status, self.message)
    }
}

macro_rules! errors {
    ($($(#[$doc:meta])* $variant:ident = $kind:pat, $io:ident;)*) => {
        /// Anything that the core refused or that failed in it. The variant says what a program
        /// does about it; [`status`](Error::status) is the core's own number.
        ///
        /// ```
        /// match zinc::SharedRegion::open("no-such-region") {
        ///     Err(zinc::Error::NotFound(_)) => {}
        ///     other => panic!("{other:?}"),
        /// }
        /// ```
        #[derive(Clone, PartialEq, Eq, Debug)]
        #[non_exhaustive]
        pub enum Error {
            $($(#[$doc])* $variant(Details),)*
        }

        impl Error {
            fn from_details(details: Details) -> Error {
                match row(details.status).map_or(Kind::System, |row| row.kind) {
                    $($kind => Error::$variant(details),)*
                }
            }

            /// The message and the numbers.
            pub fn details(&self) -> &Details {
                match self { $(Error::$variant(details) => details,)* }
            }

            /// What this is for code that knows [`std::io`].
            pub fn kind(&self) -> io::ErrorKind {
                match self { $(Error::$variant(_) => io::ErrorKind::$io,)* }
            }
        }
    };
}

errors! {
    /// The handle is closed.
    Closed = Kind::Closed, BrokenPipe;
    /// There is no such region, or nobody in it is alive.
    NotFound = Kind::NotFound, NotFound;
    /// The name is taken by a region that somebody uses.
    AlreadyExists = Kind::Exists, AlreadyExists;
    /// Owner, mode or the kind of handle forbids it: only the creator unlinks, read-only handles
    /// neither write nor notify.
    PermissionDenied = Kind::Denied, PermissionDenied;
    /// A wrong argument, such as a name with other letters than `A-Z a-z 0-9 . _ -`.
    InvalidInput = Kind::Invalid, InvalidInput;
    /// A size, a range or a growth that does not fit.
    TooLarge = Kind::Overflow, InvalidInput;
    /// The deadline passed in a call that had to give a value (`wait` says `false` instead).
    TimedOut = Kind::Timeout, TimedOut;
    /// The wait's [`Cancel`](crate::Cancel) was fired.
    Canceled = Kind::Canceled, Other;
    /// The file system of the regions is full.
    NoSpace = Kind::Full, Other;
    /// No memory, or no address space.
    OutOfMemory = Kind::Memory, OutOfMemory;
    /// Another process held it up for a second.
    Busy = Kind::Busy, Other;
    /// Empty or full at this moment, or no thread could be made: try again.
    WouldBlock = Kind::Again, WouldBlock;
    /// Not a region, or one of another layout or byte order.
    Layout = Kind::Layout, InvalidData;
    /// A region whose bytes are damaged or truncated.
    Corrupt = Kind::Corrupt, InvalidData;
    /// Every participant row is taken (see [`Options::rows`](crate::Options::rows)).
    TooManyUsers = Kind::Users, Other;
    /// A message above the stated maximum.
    MessageTooLong = Kind::TooLong, InvalidInput;
    /// Another kind, type or shape than expected.
    TypeMismatch = Kind::Type, InvalidData;
    /// Not available on this system or file system.
    NotSupported = Kind::NotSupported, Unsupported;
    /// The name is gone or means another region now.
    Stale = Kind::Stale, Other;
    /// The owner died before it finished.
    OwnerDead = Kind::OwnerDead, Other;
    /// Given up after a death that nobody mended.
    Poisoned = Kind::Poisoned, Other;
    /// The handle belongs to the parent process: open the region again.
    Forked = Kind::Forked, Other;
    /// The other side died.
    PeerDead = Kind::PeerDead, BrokenPipe;
    /// The region's file was truncated under its users.
    Gone = Kind::Gone, UnexpectedEof;
    /// What the operating system refused and nobody has a better word for;
    /// [`system_errno`](Error::system_errno) is its own number.
    System = Kind::System | Kind::Interrupted | Kind::Ok | Kind::Recovered, Other;
}

fn row(status: i32) -> Option<&'static Row> {
    TABLE.iter().find(|row| row.status == status)
}

fn name_of(status: i32) -> &'static str {
    row(status).map_or("ZINC_E_?", |row| row.name)
}

/// A text of the core that lives for ever.
fn static_text(text: *const std::os::raw::c_char) -> &'static str {
    if text.is_null() {
        return "";
    }
    // SAFETY: zinc_strerror answers a NUL-terminated text that lives for ever.
    unsafe { CStr::from_ptr(text) }.to_str().unwrap_or("")
}

impl Error {
    /// An error of this crate's own checks, before anything reached the core.
    pub(crate) fn refused(status: i32, message: impl Into<String>) -> Error {
        let message = message.into().into_boxed_str();
        Error::from_details(Details { status, system_errno: 0, message })
    }

    pub(crate) fn from_status(status: i32) -> Error {
        // SAFETY: takes any number.
        let text = unsafe { sys::zinc_strerror(status) };
        Error::refused(status, static_text(text))
    }

    /// The error of a call that filled in `raw`.
    pub(crate) fn from_call(status: i32, raw: &sys::zinc_error) -> Error {
        let message = text_of(&raw.message);
        if raw.status != status || message.is_empty() {
            return Error::from_status(status);
        }
        let message = message.into_boxed_str();
        Error::from_details(Details { status, system_errno: raw.system_errno, message })
    }

    /// The error of a call on this handle.
    ///
    /// # Safety
    /// The caller holds a reference to the handle.
    pub(crate) unsafe fn from_handle(status: i32, region: *mut sys::zinc_region) -> Error {
        let mut raw = no_error();
        // SAFETY: the handle is referenced, closed or not; `raw` is ours.
        let explained = unsafe { sys::zinc_region_explain(region, status, &mut raw) };
        if explained == sys::ZINC_OK {
            raw.status = status;
            Error::from_call(status, &raw)
        } else {
            Error::from_status(status)
        }
    }

    /// The core's number, one of `ZINC_E_…`: a negated errno of Linux on every system, or below
    /// -1000.
    pub fn status(&self) -> i32 {
        self.details().status
    }

    /// The identifier of the status, `"ZINC_E_NOENT"`.
    pub fn name(&self) -> &'static str {
        name_of(self.status())
    }

    /// What happened, with the region's name, the numbers and the remedy.
    pub fn message(&self) -> &str {
        &self.details().message
    }

    /// The operating system's own number, where one was involved.
    pub fn system_errno(&self) -> Option<i32> {
        match self.details().system_errno {
            0 => None,
            number => Some(number),
        }
    }

    /// Why this comes about, in general.
    pub fn cause(&self) -> &'static str {
        row(self.status()).map_or("", |row| row.cause)
    }

    /// What to do about it, in general.
    pub fn remedy(&self) -> &'static str {
        row(self.status()).map_or("", |row| row.remedy)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

impl std::error::Error for Error {}

impl From<Error> for io::Error {
    /// The kind is what [`Error::kind`] says; the error itself is inside
    /// ([`io::Error::get_ref`]).
    fn from(error: Error) -> io::Error {
        io::Error::new(error.kind(), error)
    }
}

/// A struct to be filled in by a call.
pub(crate) fn no_error() -> sys::zinc_error {
    sys::zinc_error { status: 0, system_errno: 0, message: [0; 504] }
}

/// The text of a C array of char, up to its NUL.
pub(crate) fn text_of(chars: &[std::os::raw::c_char]) -> String {
    let bytes: Vec<u8> = chars.iter().take_while(|&&c| c != 0).map(|&c| c as u8).collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_has_its_variant_and_the_tables_text_is_the_librarys() {
        let mut index = 0;
        let mut status = 0;
        // SAFETY: `status` is ours.
        while unsafe { sys::zinc_error_list(index, &mut status) } == sys::ZINC_OK {
            let error = Error::from_status(status);
            assert_eq!(error.status(), status);
            let known = row(status).expect("the table has every status of the library");
            // SAFETY: these take any number.
            let (name, text, cause, remedy) = unsafe {
                (
                    static_text(sys::zinc_error_name(status)),
                    static_text(sys::zinc_strerror(status)),
                    static_text(sys::zinc_error_cause(status)),
                    static_text(sys::zinc_error_remedy(status)),
                )
            };
            assert_eq!((known.name, known.text), (name, text));
            assert_eq!((error.cause(), error.remedy()), (cause, remedy));
            assert_eq!((error.name(), error.message()), (name, text));
            index += 1;
        }
        assert_eq!(index as usize, TABLE.len());
    }

    #[test]
    fn a_number_that_no_table_has_is_a_system_error() {
        let error = Error::from_status(-5000);
        assert!(matches!(error, Error::System(_)));
        assert_eq!((error.name(), error.cause()), ("ZINC_E_?", ""));
    }
}
