// SPDX-License-Identifier: MIT
/**
 * Zinc for JavaScript: the same bytes of memory in several processes, written in any language.
 *
 * ```js
 * import { SharedRegion } from 'zinc-shm';
 *
 * const region = SharedRegion.create('frames', 1 << 20);
 * region.as(Float32Array)[0] = 0.5;
 * region.notify();
 * region.close();
 * ```
 *
 * Sizes are bytes and are numbers; bigints are accepted. A number that is none (negative, `1.5`,
 * `NaN`, `2 ** 53`) is a `RangeError`, another type a `TypeError`, both with the code
 * `'ZINC_INVAL'`, before anything happens.
 *
 * @packageDocumentation
 */

/// <reference types="node" />

import type { Buffer } from 'node:buffer';

/** A whole number: bytes, elements, or what the parameter says. */
export type Size = number | bigint;

/**
 * When a region's name goes: with the last participant (also if all of them were killed), with the
 * creator's handle, or only when somebody unlinks or removes it.
 */
export type Lifetime = 'auto' | 'creator' | 'persistent';

/**
 * How a wait spends the time before it parks in the kernel: it spins while waits have been short
 * (40 µs at most), it never parks (one busy core), or it never spins.
 */
export type WaitPolicy = 'adaptive' | 'spin' | 'park';

/** Options of every call that makes a handle. */
export interface HandleOptions {
  /** How this handle waits. Default `'adaptive'`. */
  waitPolicy?: WaitPolicy;
  /** Bring every page in now, not at first touch. */
  prefault?: boolean;
  /** Ask for huge pages; `info().hugeBytes` says how many came. */
  hugePages?: boolean;
}

/** Options of a region without a name, and what all creating calls share. */
export interface MemoryOptions extends HandleOptions {
  /** Permission bits of the file, exactly as given. Default `0o600`. */
  mode?: Size;
  /** Bytes up to which {@link SharedRegion.grow} may go. Default: the capacity. */
  maxCapacity?: Size;
  /** Participants at one time, 1 to 1023. Default 128. */
  rows?: Size;
  /**
   * Do not allocate the memory. A full file system then ends who touches the bytes (SIGBUS),
   * instead of a {@link NoSpaceError} here.
   */
  sparse?: boolean;
  /** Read-only handles are woken at once instead of within 50 ms, for a system call a notify. */
  readOnlyWaiters?: boolean;
}

/** Options of {@link SharedRegion.create} and {@link SharedRegion.replace}. */
export interface CreateOptions extends MemoryOptions {
  /** When the name goes. Default `'auto'`. */
  lifetime?: Lifetime;
  /** Group id that the file is given. */
  group?: Size;
}

/** What a handle accepts of a file that another user made. */
export interface AcceptOptions {
  /** Write bits of group (`0o020`) and others (`0o002`) that the file may have. Default none. */
  acceptMode?: Size;
  /** User ids that may own the file, besides this process's own and root. */
  acceptOwners?: Iterable<Size>;
  /** Accept a file of any owner. */
  acceptAnyOwner?: boolean;
}

/** Options of {@link SharedRegion.open}, {@link SharedRegion.attach} and the like. */
export interface OpenOptions extends HandleOptions, AcceptOptions {
  /**
   * Map the region read-only: the handle can read and wait. JavaScript has no read-only views, and
   * a write through a view of such memory ends the process; so views are refused with
   * {@link DeniedError}, and {@link SharedRegion.read} copies bytes out.
   */
  readOnly?: boolean;
  /** Give views of read-only handles all the same. Whoever writes through one is killed. */
  unsafeViews?: boolean;
}

/** Options of {@link SharedRegion.openOrCreate}. */
export interface OpenOrCreateOptions extends CreateOptions, AcceptOptions {}

/** Options of {@link SharedRegion.createPrivate}. */
export interface PrivateOptions extends MemoryOptions {
  /** Only this handle can ever write or notify; others attach read-only. */
  sealed?: boolean;
  /** Pages from the hugetlb pool, or {@link OutOfMemoryError}. */
  hugetlb?: boolean;
}

/** Options of an asynchronous wait. */
export interface WaitOptions {
  /** Ends the wait at once; the promise is rejected with the signal's reason. */
  signal?: AbortSignal;
}

/** Facts about a region. Sizes are bytes. Facts about "this handle" are empty in listings. */
export interface RegionInfo {
  /** Without domain; a private region's label. */
  name: string;
  domain: string;
  capacity: number;
  maxCapacity: number;
  /** Where the data begins in the file. */
  dataOffset: number;
  /** Memory that the file occupies. */
  allocated: number;
  /** This handle: bytes brought in by `prefault`. */
  prefaulted: number;
  /** This handle: bytes mapped by huge pages now. */
  hugeBytes: number;
  /** Nanoseconds since 1970-01-01 UTC. */
  createdNs: bigint;
  device: bigint;
  inode: bigint;
  /** A number in listings of files that are no region. */
  lifetime: Lifetime | number;
  mode: number;
  owner: number;
  group: number;
  /** In the creator's own PID namespace. */
  creatorPid: number;
  /** Participants that fit. */
  rows: number;
  /** Handles of all processes; read-only ones are not counted. */
  participantsAlive: number;
  participantsDead: number;
  /** Waits in progress. */
  waiters: number;
  /** The notify sequence, which wraps at 2 ** 32. */
  notifications: number;
  waitPolicy: WaitPolicy | number;
  layout: number;
  flags: number;
  /** 0, or in listings why the file is no usable region. */
  status: number;
  /** This handle created the region. */
  created: boolean;
  /** This handle is read-only. */
  readOnly: boolean;
  /** A memory file without a name. */
  private: boolean;
  /** No further writer, no growth. */
  sealed: boolean;
  /** The name was unbound, or means another region now. */
  stale: boolean;
  /** The creator's handle lives. */
  creatorAlive: boolean;
  /** The last participant has left; only the file remains. */
  dead: boolean;
  /** The file is shorter than the capacity. */
  gone: boolean;
  /** Nobody lives, and the name may go: {@link gc} removes it. */
  reclaimable: boolean;
  readOnlyWaiters: boolean;
  /** Made without allocating its memory. */
  sparse: boolean;
}

/** One row of a region. Facts about the process are hints for people. */
export interface Participant {
  row: number;
  /** How often the row has been taken. */
  generation: number;
  alive: boolean;
  creator: boolean;
  /** In the participant's own PID namespace. */
  pid: number;
  /** Waits in progress. */
  waits: number;
  /** `pid` means something here. */
  sameNamespace: boolean;
  /** Start time of the process, as in `/proc/PID/stat`, field 22. */
  startedTicks: number;
  program: string;
}

/** Something that {@link gc} removed, or would remove. */
export interface Removal {
  name: string;
  /** Half-made, by a creator that died. */
  temporary: boolean;
  /** Bytes of memory. */
  allocated: number;
  /** 0, or why it could not be removed. */
  status: number;
}

/** What {@link gc} did. */
export interface GcReport {
  regionsSeen: number;
  regionsRemoved: number;
  temporariesRemoved: number;
  failures: number;
  bytesRemoved: number;
  removals: Removal[];
}

/** What the machine offers. Sizes are bytes; `undefined` is what cannot be had. */
export interface DoctorFacts {
  /** 0, or why the directory cannot be used. */
  directoryStatus: number;
  directory: string;
  filesystem: string;
  domain: string;
  waitBackend: string;
  hugePages: string;
  directoryTotal?: number;
  directoryFree?: number;
  inodesTotal?: number;
  inodesFree?: number;
  descriptorsLimit?: number;
  descriptorsUsed?: number;
  mapsLimit?: number;
  mapsUsed?: number;
  addressSpaceLimit?: number;
  pageSize: number;
  /** Processors that this process may run on. */
  processors: number;
  regions: number;
  regionsStale: number;
  bytesStale: number;
  hasProc: boolean;
  hasTmpfile: boolean;
  hasWaitv: boolean;
  hasMemfd: boolean;
  /** logind's RemoveIPC; `undefined` without logind. */
  removeIpc?: boolean;
  directorySticky: boolean;
}

/** The classes whose instances are views of bytes. */
export interface ViewClass<T> {
  new (buffer: ArrayBuffer, byteOffset?: number, length?: number): T;
  readonly prototype: T;
}

/**
 * A region of memory that other processes, in any language, open by its name. Made by the static
 * methods, never by `new`.
 *
 * A handle belongs to the thread that made it: a worker is given the region's *name* and opens it
 * itself. Views keep their bytes when the handle is closed. A handle that is collected without
 * {@link close} is closed then, and reported on standard error when the environment has
 * `ZINC_DEBUG_LEAKS=1`.
 */
export class SharedRegion implements AsyncIterable<void> {
  private constructor();

  /**
   * Create a region of `capacity` bytes, all zero.
   *
   * @param name 1 to 200 of `A-Z a-z 0-9 . _ -`, no leading dot; a leading slash is dropped.
   * @param capacity Bytes, exactly; from 1.
   * @throws {@link ExistsError} (`ZINC_EXIST`): somebody uses a region of this name.
   * @throws {@link NoSpaceError} (`ZINC_NOSPC`), {@link InvalidError} (`ZINC_INVAL`),
   * {@link TooLargeError} (`ZINC_OVERFLOW`), ...; nothing is left behind then.
   */
  static create(name: string, capacity: Size, options?: CreateOptions): SharedRegion;

  /**
   * Open the region of this name.
   *
   * @throws {@link NotFoundError} (`ZINC_NOENT`): there is none, or nobody who uses it is alive.
   * @throws {@link DeniedError} (`ZINC_ACCES`): the file's owner or mode is not accepted.
   * @throws {@link LayoutError} (`ZINC_LAYOUT`), {@link CorruptError} (`ZINC_CORRUPT`): the file is
   * no region, or a damaged one.
   * @throws {@link TooManyUsersError} (`ZINC_USERS`): all rows are taken.
   */
  static open(name: string, options?: OpenOptions): SharedRegion;

  /**
   * Open the region of this name, or create it where there is none, in one atomic step: of several
   * callers one creates (`info().created`) and all get the same region. An existing region keeps
   * its own capacity and lifetime.
   *
   * @throws {@link TooLargeError} (`ZINC_OVERFLOW`): it is smaller than `capacity`.
   */
  static openOrCreate(name: string, capacity: Size, options?: OpenOrCreateOptions): SharedRegion;

  /**
   * Create a region and bind the name to it even if another region has it. Users of the old one
   * keep its bytes, are notified once, and see `info().stale`.
   *
   * @throws {@link DeniedError} (`ZINC_PERM`): no right to unlink the old file.
   */
  static replace(name: string, capacity: Size, options?: CreateOptions): SharedRegion;

  /**
   * Create a region without a name, which others get by {@link send} or {@link descriptor}.
   *
   * @param label What people see; the grammar of names, or `undefined`.
   */
  static createPrivate(label: string | undefined | null, capacity: Size, options?: PrivateOptions):
    SharedRegion;

  /**
   * Attach to the region behind a descriptor, which stays the caller's. A sealed one is read-only.
   */
  static attach(descriptor: number, options?: OpenOptions): SharedRegion;

  /**
   * Receive a region that {@link send} sent over a unix socket, and attach to it.
   *
   * @param socket The descriptor of a connected unix socket. Blocks as the socket does; one that
   * does not block and has nothing gives {@link WouldBlockError} (`ZINC_AGAIN`).
   */
  static receive(socket: number, options?: OpenOptions): SharedRegion;

  /** The same as {@link list | the function}. */
  static list(): RegionInfo[];
  /** The same as {@link lookup | the function}. */
  static lookup(name: string): RegionInfo;
  /** The same as {@link participants | the function}. */
  static participants(name: string): Participant[];
  /** The same as {@link remove | the function}. */
  static remove(name: string): void;
  /** The same as {@link gc | the function}. */
  static gc(options?: { dryRun?: boolean }): GcReport;

  /**
   * The region's bytes, without a copy.
   *
   * @param offset Bytes from the region's first. Default 0.
   * @param length Bytes. Default: all that follow. A view has at most 4 GiB; a larger region is
   * seen in windows.
   * @returns A view that keeps the bytes alive, also after {@link close}. It keeps its length when
   * the region grows. All views of a region are over one `ArrayBuffer` (until it grows; above 4 GiB
   * over several).
   * @throws {@link TooLargeError} (`ZINC_OVERFLOW`): the range is not inside, or above 4 GiB.
   * @throws {@link DeniedError} (`ZINC_PERM`): the handle is read-only (see
   * {@link OpenOptions.unsafeViews}).
   * @throws {@link NotSupportedError} (`ZINC_NOTSUP`): this engine has no external memory.
   */
  buffer(offset?: Size, length?: Size): Uint8Array<ArrayBuffer>;

  /** {@link buffer} as a `Buffer` of Node. */
  asBuffer(offset?: Size, length?: Size): Buffer<ArrayBuffer>;

  /**
   * The region's bytes as elements of a typed array, or as a `DataView`, without a copy.
   *
   * @param type `Float32Array`, `BigInt64Array`, `DataView`, ...
   * @param offset Bytes from the region's first; a multiple of the element's size. Default 0.
   * @param length Elements (bytes of a `DataView`). Default: as many as fit.
   */
  as<T extends ArrayBufferView>(type: ViewClass<T>, offset?: Size, length?: Size): T;

  /**
   * A copy of bytes of the region; the way to the bytes of a read-only handle.
   *
   * @param offset Bytes from the region's first. Default 0.
   * @param length Bytes, at most 4 GiB. Default: all that follow.
   */
  read(offset?: Size, length?: Size): Uint8Array<ArrayBuffer>;

  /**
   * Wake every wait in progress on this region, in all processes, and let the next wait of every
   * other handle return at once if it has not seen this notification. What was written before is
   * visible to those who return. Does not block.
   *
   * @throws {@link DeniedError} (`ZINC_PERM`): the handle is read-only.
   */
  notify(): void;

  /**
   * Block this thread until a notification that this handle has not seen. For workers and scripts:
   * no other JavaScript of this thread runs meanwhile. In a worker, `terminate()` ends it.
   *
   * @param ms Milliseconds; 0 asks once, `undefined` and `Infinity` wait for ever.
   * @returns `true` when it came, `false` when the time has passed.
   */
  wait(ms?: Size): boolean;

  /** Say whether a notification came that this handle has not seen, without waiting. */
  tryWait(): boolean;

  /**
   * {@link wait} without blocking and without a thread of its own. The process stays alive while a
   * wait is pending.
   *
   * @param ms As for {@link wait}.
   * @returns A promise of `true` or `false`; rejected with the signal's reason when it is aborted
   * (before or during the wait), and with {@link ClosedError} when the handle is closed.
   */
  waitAsync(ms?: Size, options?: WaitOptions): Promise<boolean>;

  /**
   * The region's notifications, for `for await`. It ends when the handle is closed; notifications
   * that come while the loop's body runs are seen as one. An aborted signal throws its reason.
   */
  notifications(options?: WaitOptions): AsyncIterableIterator<void>;

  /** {@link notifications} without a signal. */
  [Symbol.asyncIterator](): AsyncIterableIterator<void>;

  /** Bytes of the region now, as grown by whichever process. */
  readonly capacity: number;

  /** The region's name, without slash and domain; a private region's label. */
  readonly name: string;

  /** `true` once {@link close} was called. */
  readonly closed: boolean;

  /** The address of the first byte in this process, valid until {@link close}. */
  readonly address: bigint;

  /** Facts about the region and this handle, as they are now; costs a few system calls. */
  info(): RegionInfo;

  /**
   * Make the region `capacity` bytes long, in place and for all participants, up to its
   * `maxCapacity`. The new bytes are zero; existing views keep their length; everybody is notified.
   * A capacity not above the present one changes nothing.
   *
   * @throws {@link TooLargeError} (`ZINC_OVERFLOW`): above `maxCapacity`.
   */
  grow(capacity: Size): void;

  /**
   * Unbind the region's name; participants keep the bytes.
   *
   * @throws {@link DeniedError} (`ZINC_PERM`): this is not the creator's handle.
   */
  unlink(): void;

  /** A new descriptor of the region, the caller's to close, for {@link attach} elsewhere. */
  descriptor(): number;

  /** Send the region over a unix socket (its descriptor), to be received with {@link receive}. */
  send(socket: number): void;

  /**
   * End this handle: it leaves the region, and the name goes by its lifetime. Pending waits end
   * with {@link ClosedError}; views keep their bytes. Closing twice is harmless; every other use
   * after it throws {@link ClosedError} (`ZINC_CLOSED`).
   */
  close(): void;

  /** {@link close}, for `using`. */
  [Symbol.dispose](): void;
}

/** The same class as {@link SharedRegion}. */
export { SharedRegion as ZincRegion };

/**
 * All regions of the domain (`ZINC_DOMAIN`), by name, without taking part in them. Files that are
 * no usable region are listed, too, with a `status` that says why.
 */
export function list(): RegionInfo[];

/**
 * Facts about the region of this name. One whose users are all dead is shown (`reclaimable`), not
 * removed.
 *
 * @throws {@link NotFoundError} (`ZINC_NOENT`).
 */
export function lookup(name: string): RegionInfo;

/** The rows of a region that are in use, or whose owner died. */
export function participants(name: string): Participant[];

/**
 * Unbind a name by force, whoever uses the region; participants keep the bytes.
 *
 * @throws {@link NotFoundError}, {@link DeniedError}, and {@link LayoutError} for a file that is no
 * region, which stays.
 */
export function remove(name: string): void;

/**
 * Remove every region of the domain that nobody alive uses and whose lifetime allows it, and what
 * creators left that died half-way. `dryRun` tells, and removes nothing.
 */
export function gc(options?: { dryRun?: boolean }): GcReport;

/** What this machine offers to regions: file system, limits, wait back-end, stale regions. */
export function doctor(): DoctorFacts;

/** The address of a view's first byte, to be compared with {@link SharedRegion.address}. */
export function addressOf(view: ArrayBufferView | ArrayBuffer): bigint;

/** The clock of all processes' deadlines (CLOCK_MONOTONIC), in nanoseconds. */
export function clockNs(): bigint;

/** The release of the loaded library, `'0.1.0'`. */
export const version: string;

/** The layout that it writes into regions and accepts in them. */
export const layout: number;

/** How the library is bound: its file, and who makes the calls that are made most. */
export const binding: {
  readonly file: string;
  readonly calls: 'Node-API' | 'bun:ffi' | 'Deno.dlopen';
  readonly abi: number;
};

/** Base of all errors that the core answers. */
export class ZincError extends Error {
  protected constructor();
  /** `'ZINC_NOENT'`, ...; for an errno that the core passed on that of the system, `'ENOTDIR'`. */
  readonly code: string;
  /** The core's number, negative. */
  readonly status: number;
  /** The operating system's errno of the same number; 0 where there is none. */
  readonly systemErrno: number;
  /** Why this status comes about, as a sentence. */
  readonly reason: string;
  /** What to do about it, as a sentence. */
  readonly remedy: string;
}

/** The handle is closed: `ZINC_CLOSED`. */
export class ClosedError extends ZincError {}
/** No such region: `ZINC_NOENT`. */
export class NotFoundError extends ZincError {}
/** The name is taken by a region that somebody uses: `ZINC_EXIST`. */
export class ExistsError extends ZincError {}
/** Not this handle's right, or the file's owner or mode forbid it: `ZINC_PERM`, `ZINC_ACCES`. */
export class DeniedError extends ZincError {}
/** A wrong argument, such as a name with a blank: `ZINC_INVAL`, `ZINC_NAMETOOLONG`. */
export class InvalidError extends ZincError {}
/** A size or a range that does not fit: `ZINC_OVERFLOW`. */
export class TooLargeError extends ZincError {}
/** Not a region, or one of another layout or byte order: `ZINC_LAYOUT`. */
export class LayoutError extends ZincError {}
/** A region whose bytes are damaged or truncated: `ZINC_CORRUPT`. */
export class CorruptError extends ZincError {}
/** Another kind, type or shape than expected: `ZINC_TYPE`. */
export class MismatchError extends ZincError {}
/** The deadline passed, in a call that had to give a value: `ZINC_TIMEDOUT`. */
export class TimedOutError extends ZincError {}
/** The wait was canceled: `ZINC_CANCELED`. */
export class CanceledError extends ZincError {}
/** Empty or full: `ZINC_AGAIN`. */
export class WouldBlockError extends ZincError {}
/** The file system of the regions is full: `ZINC_NOSPC`. */
export class NoSpaceError extends ZincError {}
/** No memory, or no address space: `ZINC_NOMEM`. */
export class OutOfMemoryError extends ZincError {}
/** Another process held it up for a second: `ZINC_BUSY`. */
export class BusyError extends ZincError {}
/** Every participant row is taken: `ZINC_USERS`. */
export class TooManyUsersError extends ZincError {}
/** A message above the stated maximum: `ZINC_TOOLONG`. */
export class MessageTooLongError extends ZincError {}
/** Not available on this system, file system or JavaScript engine: `ZINC_NOTSUP`. */
export class NotSupportedError extends ZincError {}
/** The name now means something else: `ZINC_STALE`. */
export class StaleError extends ZincError {}
/** The handle belongs to the parent process: `ZINC_FORKED`. */
export class ForkedError extends ZincError {}
/** The region's file was truncated under its users: `ZINC_GONE`. */
export class GoneError extends ZincError {}
/** The owner died before it finished: `ZINC_OWNER_DEAD`. */
export class OwnerDeadError extends ZincError {}
/** Given up after a death that nobody mended: `ZINC_POISONED`. */
export class PoisonedError extends ZincError {}
/** The other side died: `ZINC_PEER_DEAD`. */
export class PeerDeadError extends ZincError {}
/** What the operating system said: `ZINC_MFILE`, `ZINC_IO`, or its own code. */
export class SystemError extends ZincError {}
