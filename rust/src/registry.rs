// SPDX-License-Identifier: MIT
//! The regions of a domain, seen from outside. Nothing here takes part in a region, so looking
//! never keeps one alive.

use std::ffi::CStr;
use std::mem;
use std::os::raw::{c_char, c_void};
use std::ptr::{self, NonNull};

use zinc_sys as sys;

use crate::error::{no_error, text_of, Error, Result};
use crate::info::{self, Info};
use crate::options::c_name;

/// One participant of a region. Facts about its process are hints for people.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Participant {
    /// From 1.
    pub row: u32,
    /// How often the row has been taken.
    pub generation: u32,
    /// Whether it lives, as the kernel says.
    pub alive: bool,
    /// Whether it is the creator's handle, and lives.
    pub creator: bool,
    /// In the participant's own PID namespace.
    pub pid: u32,
    /// Waits in progress.
    pub waits: u32,
    /// Whether `pid` means something here.
    pub same_namespace: bool,
    /// Start time of the process, as in `/proc/PID/stat`, field 22.
    pub started_ticks: u64,
    /// The name of the program.
    pub program: String,
}

/// Whether [`gc`] removes or only tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GcMode {
    /// Remove what nobody uses.
    #[default]
    Remove,
    /// Tell what would be removed.
    DryRun,
}

/// Something that [`gc`] removed, or would remove.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Removal {
    /// The region's name.
    pub name: String,
    /// Half-made, by a creator that died.
    pub temporary: bool,
    /// Bytes of memory.
    pub allocated: u64,
    /// Why it could not be removed.
    pub problem: Option<Error>,
}

/// What [`gc`] did.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GcReport {
    /// Regions that were looked at.
    pub regions_seen: u64,
    /// Regions that were removed, or would be.
    pub regions_removed: u64,
    /// Half-made regions that were removed, or would be.
    pub temporaries_removed: u64,
    /// What could not be removed.
    pub failures: u64,
    /// Bytes of memory of what was removed.
    pub bytes_removed: u64,
    /// Each of them.
    pub removals: Vec<Removal>,
}

/// What the machine offers. Sizes are bytes; `None` is what cannot be had.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DoctorFacts {
    /// Where regions live.
    pub directory: String,
    /// Why the directory cannot be used.
    pub directory_problem: Option<Error>,
    /// `"tmpfs"`, `"ext4"`, …, or a number in hexadecimal.
    pub filesystem: String,
    /// `""` outside a domain.
    pub domain: String,
    /// `"futex"`, `"poll"`, …
    pub wait_backend: String,
    /// `"never"`, `"advise"`, …, or `""`.
    pub huge_pages: String,
    /// Bytes of the directory's file system.
    pub directory_total: Option<u64>,
    /// Of these, free.
    pub directory_free: Option<u64>,
    /// Files that its file system can have.
    pub inodes_total: Option<u64>,
    /// Of these, free.
    pub inodes_free: Option<u64>,
    /// Descriptors that this process may have.
    pub descriptors_limit: Option<u64>,
    /// Descriptors that it has.
    pub descriptors_used: Option<u64>,
    /// Mappings that a process may have.
    pub maps_limit: Option<u64>,
    /// Mappings that this process has.
    pub maps_used: Option<u64>,
    /// Address space that this process may have.
    pub address_space_limit: Option<u64>,
    /// Bytes of a page.
    pub page_size: Option<u64>,
    /// Processors that this process may run on.
    pub processors: Option<u64>,
    /// Regions in the domain.
    pub regions: Option<u64>,
    /// Regions that [`gc`] would remove.
    pub regions_stale: Option<u64>,
    /// Their memory.
    pub bytes_stale: Option<u64>,
    /// Whether `/proc` is mounted, which private regions need.
    pub has_proc: bool,
    /// Whether the directory makes unnamed files: creation in one step.
    pub has_tmpfile: bool,
    /// Whether one thread can wait on many words.
    pub has_waitv: bool,
    /// Whether there are memory files.
    pub has_memfd: bool,
    /// logind's RemoveIPC; `None` where it is not known, or there is no logind.
    pub remove_ipc: Option<bool>,
    /// Whether only a file's owner and root can remove it.
    pub directory_sticky: bool,
}

struct Listing(NonNull<sys::zinc_list>);

impl Drop for Listing {
    fn drop(&mut self) {
        // SAFETY: ended once.
        unsafe { sys::zinc_list_end(self.0.as_ptr()) }
    }
}

/// The regions of the domain, sorted by name. Files that are no usable regions are listed too:
/// [`Info::problem`] says why.
pub fn list() -> Result<Vec<Info>> {
    let mut raw_error = no_error();
    let mut made = ptr::null_mut();
    // SAFETY: both are ours.
    let status = unsafe { sys::zinc_list_begin(&mut made, &mut raw_error) };
    let listing = match NonNull::new(made) {
        Some(made) if status == sys::ZINC_OK => Listing(made),
        _ => return Err(Error::from_call(status, &raw_error)),
    };
    let mut found = Vec::new();
    loop {
        let mut raw = info::empty();
        // SAFETY: one thread has the listing; `raw` is ours and says its size.
        match unsafe { sys::zinc_list_next(listing.0.as_ptr(), &mut raw) } {
            sys::ZINC_OK => found.push(Info::new(&raw, None)),
            sys::ZINC_E_NOENT => return Ok(found),
            status => found.push(Info::new(&raw, Some(Error::from_status(status)))),
        }
    }
}

/// Facts about the region of this name, without taking part in it. A region whose users are all
/// dead is shown, too ([`Info::reclaimable`]).
pub fn lookup(name: impl AsRef<str>) -> Result<Info> {
    let name = c_name(name.as_ref())?;
    let mut raw_error = no_error();
    let mut raw = info::empty();
    // SAFETY: `name` is NUL-terminated, `raw` says its size.
    let status = unsafe { sys::zinc_region_lookup(name.as_ptr(), &mut raw, &mut raw_error) };
    match status {
        sys::ZINC_OK => Ok(Info::new(&raw, None)),
        _ => Err(Error::from_call(status, &raw_error)),
    }
}

/// The participants of the region of this name, alive or dead.
pub fn participants(name: impl AsRef<str>) -> Result<Vec<Participant>> {
    let name = c_name(name.as_ref())?;
    // The number of rows is bounded, so one call sees them all.
    // SAFETY: numbers and arrays of numbers, of which zeros are values.
    let empty: sys::zinc_participant = unsafe { mem::zeroed() };
    let mut rows = vec![empty; sys::ZINC_ROWS_MAX as usize];
    rows[0].size = mem::size_of::<sys::zinc_participant>() as u32;
    let mut count = 0;
    let mut raw_error = no_error();
    // SAFETY: `rows` has as many elements as said, the first says their size.
    let status = unsafe {
        sys::zinc_region_participants(
            name.as_ptr(),
            rows.as_mut_ptr(),
            rows.len() as u64,
            &mut count,
            &mut raw_error,
        )
    };
    if status != sys::ZINC_OK {
        return Err(Error::from_call(status, &raw_error));
    }
    let count = usize::try_from(count).unwrap_or(rows.len()).min(rows.len());
    let participant = |row: &sys::zinc_participant| Participant {
        row: row.row,
        generation: row.generation,
        alive: row.alive != 0,
        creator: row.creator != 0,
        pid: row.pid,
        waits: row.waits,
        same_namespace: row.same_namespace != 0,
        started_ticks: row.started_ticks,
        program: text_of(&row.program),
    };
    Ok(rows[..count].iter().map(participant).collect())
}

/// Unbind a name by force, whoever uses the region; for whoever may unlink the file. Participants
/// keep the bytes.
pub fn remove(name: impl AsRef<str>) -> Result<()> {
    let name = c_name(name.as_ref())?;
    let mut raw_error = no_error();
    // SAFETY: `name` is NUL-terminated.
    match unsafe { sys::zinc_region_remove(name.as_ptr(), &mut raw_error) } {
        sys::ZINC_OK => Ok(()),
        status => Err(Error::from_call(status, &raw_error)),
    }
}

/// Called by the core for each removal, on the thread that called `gc`.
unsafe extern "C" fn collect(
    context: *mut c_void,
    kind: u32,
    name: *const c_char,
    allocated: u64,
    status: i32,
) {
    // SAFETY: `context` is the vector of the call in progress, `name` a text for its time.
    let (removals, name) =
        unsafe { (&mut *context.cast::<Vec<(u32, String, u64, i32)>>(), CStr::from_ptr(name)) };
    removals.push((kind, name.to_string_lossy().into_owned(), allocated, status));
}

/// Remove every region of the domain that nobody alive uses and whose lifetime allows it, and what
/// creators left that died half-way.
pub fn gc(mode: GcMode) -> Result<GcReport> {
    let flags = match mode {
        GcMode::Remove => 0,
        GcMode::DryRun => sys::ZINC_GC_DRY_RUN,
    };
    // The callback must not call the core, so texts of errors are asked for afterwards.
    let mut removals: Vec<(u32, String, u64, i32)> = Vec::new();
    // SAFETY: numbers, of which zeros are values.
    let mut counts: sys::zinc_gc_report = unsafe { mem::zeroed() };
    counts.size = mem::size_of::<sys::zinc_gc_report>() as u32;
    let mut raw_error = no_error();
    let context: *mut c_void = (&mut removals as *mut Vec<_>).cast();
    // SAFETY: the callback is called during the call only, with this context.
    let status =
        unsafe { sys::zinc_gc(flags, Some(collect), context, &mut counts, &mut raw_error) };
    if status != sys::ZINC_OK {
        return Err(Error::from_call(status, &raw_error));
    }
    let removal = |(kind, name, allocated, status)| Removal {
        name,
        temporary: kind == sys::ZINC_GC_TEMPORARY,
        allocated,
        problem: problem(status),
    };
    Ok(GcReport {
        regions_seen: counts.regions_seen,
        regions_removed: counts.regions_removed,
        temporaries_removed: counts.temporaries_removed,
        failures: counts.failures,
        bytes_removed: counts.bytes_removed,
        removals: removals.into_iter().map(removal).collect(),
    })
}

fn problem(status: i32) -> Option<Error> {
    (status != sys::ZINC_OK).then(|| Error::from_status(status))
}

/// What the machine offers to regions, and what limits them.
pub fn doctor() -> Result<DoctorFacts> {
    // SAFETY: numbers and arrays of numbers, of which zeros are values.
    let mut raw: sys::zinc_doctor_facts = unsafe { mem::zeroed() };
    raw.size = mem::size_of::<sys::zinc_doctor_facts>() as u32;
    // SAFETY: `raw` says its size.
    let status = unsafe { sys::zinc_doctor(&mut raw) };
    if status != sys::ZINC_OK {
        return Err(Error::from_status(status));
    }
    let known = |value: u64| (value != u64::MAX).then_some(value);
    Ok(DoctorFacts {
        directory: text_of(&raw.directory),
        directory_problem: problem(raw.directory_status),
        filesystem: text_of(&raw.filesystem),
        domain: text_of(&raw.domain),
        wait_backend: text_of(&raw.wait_backend),
        huge_pages: text_of(&raw.huge_pages),
        directory_total: known(raw.directory_total),
        directory_free: known(raw.directory_free),
        inodes_total: known(raw.inodes_total),
        inodes_free: known(raw.inodes_free),
        descriptors_limit: known(raw.descriptors_limit),
        descriptors_used: known(raw.descriptors_used),
        maps_limit: known(raw.maps_limit),
        maps_used: known(raw.maps_used),
        address_space_limit: known(raw.address_space_limit),
        page_size: known(raw.page_size),
        processors: known(raw.processors),
        regions: known(raw.regions),
        regions_stale: known(raw.regions_stale),
        bytes_stale: known(raw.bytes_stale),
        has_proc: raw.has_proc != 0,
        has_tmpfile: raw.has_tmpfile != 0,
        has_waitv: raw.has_waitv != 0,
        has_memfd: raw.has_memfd != 0,
        remove_ipc: match raw.remove_ipc {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        },
        directory_sticky: raw.directory_sticky != 0,
    })
}
