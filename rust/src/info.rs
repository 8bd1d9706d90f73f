// SPDX-License-Identifier: MIT
//! Facts about a region.

use std::time::{Duration, SystemTime};

use zinc_sys as sys;

use crate::error::{text_of, Error};

/// When a region's name goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Lifetime {
    /// With the last participant, also if all of them were killed.
    #[default]
    Auto,
    /// With the creator's handle; others keep the bytes that they have.
    Creator,
    /// By [`unlink`](crate::SharedRegion::unlink) or [`remove`](crate::remove) only; may be opened
    /// with nobody alive.
    Persistent,
}

impl Lifetime {
    pub(crate) fn number(self) -> u32 {
        match self {
            Lifetime::Auto => sys::ZINC_LIFETIME_AUTO,
            Lifetime::Creator => sys::ZINC_LIFETIME_CREATOR,
            Lifetime::Persistent => sys::ZINC_LIFETIME_PERSISTENT,
        }
    }

    fn from_number(number: u32) -> Option<Lifetime> {
        [Lifetime::Auto, Lifetime::Creator, Lifetime::Persistent]
            .into_iter()
            .find(|lifetime| lifetime.number() == number)
    }
}

/// How a wait spends the time before it parks in the kernel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WaitPolicy {
    /// Spin while waits have been short, 40 µs at most.
    #[default]
    Adaptive,
    /// Never park: lowest latency, one busy core.
    Spin,
    /// Never spin.
    Park,
}

impl WaitPolicy {
    pub(crate) fn number(self) -> u32 {
        match self {
            WaitPolicy::Adaptive => sys::ZINC_WAIT_ADAPTIVE,
            WaitPolicy::Spin => sys::ZINC_WAIT_SPIN,
            WaitPolicy::Park => sys::ZINC_WAIT_PARK,
        }
    }

    fn from_number(number: u32) -> Option<WaitPolicy> {
        [WaitPolicy::Adaptive, WaitPolicy::Spin, WaitPolicy::Park]
            .into_iter()
            .find(|policy| policy.number() == number)
    }
}

/// Facts about a region, as they were when asked for. Sizes are bytes.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Info {
    /// Without domain; a private region's label.
    pub name: String,
    /// `""` outside a domain.
    pub domain: String,
    /// The size of the data.
    pub capacity: u64,
    /// How far [`grow`](crate::SharedRegion::grow) may go.
    pub max_capacity: u64,
    /// Where the data begins in the file.
    pub data_offset: u64,
    /// Memory that the file occupies.
    pub allocated: u64,
    /// This handle: bytes brought in by [`prefault`](crate::Options::prefault).
    pub prefaulted: u64,
    /// This handle: bytes mapped by huge pages now.
    pub huge_bytes: u64,
    /// When it was created.
    pub created_at: SystemTime,
    /// The file's device.
    pub device: u64,
    /// The file's inode.
    pub inode: u64,
    /// When the name goes; `None` where the file is no usable region.
    pub lifetime: Option<Lifetime>,
    /// Permission bits.
    pub mode: u32,
    /// User id.
    pub owner: u32,
    /// Group id.
    pub group: u32,
    /// In the creator's own PID namespace.
    pub creator_pid: u32,
    /// Participants that fit.
    pub rows: u32,
    /// Handles of all processes; read-only ones are not counted.
    pub participants_alive: u32,
    /// Rows whose owner died and that nobody has taken again yet.
    pub participants_dead: u32,
    /// Waits in progress in all live rows.
    pub waiters: u32,
    /// The notify sequence, which wraps.
    pub notifications: u32,
    /// How this handle waits.
    pub wait_policy: Option<WaitPolicy>,
    /// The layout of its bytes.
    pub layout: u32,
    /// This handle created the region.
    pub created: bool,
    /// This handle is read-only.
    pub read_only: bool,
    /// A memory file without a name.
    pub private: bool,
    /// No further writer, no growth.
    pub sealed: bool,
    /// The name was unbound, or means another region now.
    pub stale: bool,
    /// The creator's handle lives.
    pub creator_alive: bool,
    /// The last participant has left; only the file remains.
    pub dead: bool,
    /// The file is shorter than the capacity.
    pub gone: bool,
    /// Nobody lives, and the name may go: [`gc`](crate::gc) removes it.
    pub reclaimable: bool,
    /// Read-only handles are woken at once.
    pub read_only_waiters: bool,
    /// Made without allocating its memory.
    pub sparse: bool,
    /// In listings, why the file is no usable region.
    pub problem: Option<Error>,
}

/// A struct to be filled in by a call.
pub(crate) fn empty() -> sys::zinc_info {
    // SAFETY: numbers and arrays of numbers, of which zeros are values.
    let mut raw: sys::zinc_info = unsafe { std::mem::zeroed() };
    raw.size = std::mem::size_of::<sys::zinc_info>() as u32;
    raw
}

impl Info {
    pub(crate) fn new(raw: &sys::zinc_info, problem: Option<Error>) -> Info {
        let has = |flag: u32| raw.flags & flag != 0;
        let since_1970 = Duration::from_nanos(u64::try_from(raw.created_ns).unwrap_or(0));
        Info {
            name: text_of(&raw.name),
            domain: text_of(&raw.domain),
            capacity: raw.capacity,
            max_capacity: raw.max_capacity,
            data_offset: raw.data_offset,
            allocated: raw.allocated,
            prefaulted: raw.prefaulted,
            huge_bytes: raw.huge_bytes,
            created_at: SystemTime::UNIX_EPOCH + since_1970,
            device: raw.device,
            inode: raw.inode,
            lifetime: Lifetime::from_number(raw.lifetime).filter(|_| problem.is_none()),
            mode: raw.mode,
            owner: raw.owner,
            group: raw.group,
            creator_pid: raw.creator_pid,
            rows: raw.rows,
            participants_alive: raw.participants_alive,
            participants_dead: raw.participants_dead,
            waiters: raw.waiters,
            notifications: raw.notifications,
            wait_policy: WaitPolicy::from_number(raw.wait_policy).filter(|_| problem.is_none()),
            layout: raw.layout,
            created: has(sys::ZINC_INFO_CREATED),
            read_only: has(sys::ZINC_INFO_READ_ONLY),
            private: has(sys::ZINC_INFO_PRIVATE),
            sealed: has(sys::ZINC_INFO_SEALED),
            stale: has(sys::ZINC_INFO_STALE),
            creator_alive: has(sys::ZINC_INFO_CREATOR_ALIVE),
            dead: has(sys::ZINC_INFO_DEAD),
            gone: has(sys::ZINC_INFO_GONE),
            reclaimable: has(sys::ZINC_INFO_RECLAIMABLE),
            read_only_waiters: has(sys::ZINC_INFO_READ_ONLY_WAITERS),
            sparse: has(sys::ZINC_INFO_SPARSE),
            problem,
        }
    }
}
