// SPDX-License-Identifier: MIT
// Regions: the same bytes of memory in several processes.
//
// What lives how long is the core's business: a handle owns one reference of the core's handle and
// gives it back in close(), or when it is collected, or when its environment ends. A view owns the
// mapping alone and outlives the handle.
'use strict';

const { Buffer } = require('node:buffer');
const { isMainThread } = require('node:worker_threads');

const { SIZE_MAX, abortSignal, descriptor, nameText, optionsObject, timeout, whole, withCode,
  wrongType, wrongValue } = require('./arguments.js');
const { STATUS, makeError } = require('./error.js');
const events = require('./events.js');
const { addon, calls } = require('./native.js');
const { rawOptions } = require('./options.js');
const { toInfo } = require('./registry.js');

// Constants of this module, so that engines can compile calls of them into their callers.
const callCapacity = calls.capacity;
const callNotify = calls.notify;
const callTryWait = calls.tryWait;
const OK = STATUS.OK;
const TIMEDOUT = STATUS.TIMEDOUT;

// The longest ArrayBuffer that every supported runtime makes.
const VIEW_MAX = 2 ** 32;
const ROOT_STEP = 2 ** 31;

const TypedArray = Object.getPrototypeOf(Uint8Array);

/** A handle on its way to the one object that has it. */
class Making {
  region; // once it has it

  constructor(handle, views) {
    this.handle = handle;
    this.views = views;
  }
}

/** Closes what was collected without close(). */
const net = new FinalizationRegistry((handle) => addon.collect(handle));

/** Where the user's code made a handle; looked up only when leaks are being looked for. */
function origin() {
  if (!addon.debugLeaks()) {
    return '';
  }
  const lines = new Error('zinc').stack.split('\n').slice(1);
  const own = __dirname.replaceAll('\\', '/');
  const line = lines.find((one) => one.includes(':') && !one.replaceAll('\\', '/').includes(own));
  return line ? `opened ${line.trim()}` : '';
}

/** Whether this is a view's class of another realm (node:vm, test runners), which is as good. */
function isForeign(type) {
  if (type.name === 'DataView') {
    return ArrayBuffer.isView(new type(new ArrayBuffer(0)));
  }
  return [1, 2, 4, 8].includes(type.BYTES_PER_ELEMENT) && ArrayBuffer.isView(new type(0));
}

/** The bytes of one element of a view's class; throws for what is no such class. */
function elementSize(type) {
  if (typeof type !== 'function' ||
      !(type === DataView || type.prototype instanceof TypedArray || isForeign(type))) {
    throw wrongType('the type of a view', 'a typed array class, such as Float32Array', type);
  }
  return type.BYTES_PER_ELEMENT ?? 1; // a DataView has none
}

/**
 * A region of memory that other processes, in any language, open by its name. Made by the static
 * methods, never by `new`.
 */
class SharedRegion {
  #handle; // of the addon; 0 once closed
  #hot; // the same, as the hot calls take it
  #name;
  #views; // false where a write through a view would end the process
  #roots = new Map(); // ArrayBuffers of the region, by their offset in it
  #owed = false; // a notification was delivered to a wait that was aborted meanwhile

  constructor(making) {
    if (!(making instanceof Making) || making.handle === 0) {
      throw withCode(new TypeError('make regions with SharedRegion.create, .open, .openOrCreate, ' +
        '.attach, .replace, .createPrivate or .receive'));
    }
    const { handle } = making;
    this.#hot = calls.handle(handle);
    this.#name = addon.name(handle);
    this.#views = making.views;
    net.register(this, handle, this);
    this.#handle = handle;
    making.handle = 0;
    making.region = this;
  }

  // ---- Making handles -------------------------------------------------------------------------

  static #make(verb, words, given) {
    const raw = rawOptions(verb, given);
    raw.origin = origin();
    const handle = addon[verb](...words, raw);
    let making;
    let made;
    try {
      making = new Making(handle, raw.unsafeViews || !toInfo(addon.info(handle)).readOnly);
      made = new this(making);
    } finally {
      if (making?.region === undefined) {
        if (making !== undefined) {
          making.handle = 0; // whoever kept it makes nothing of it any more
        }
        addon.close(handle);
      } else if (made === undefined) {
        // The constructor of a class that extends this one has thrown, and may have kept `this`.
        making.region.close();
      }
    }
    return made;
  }

  static create(name, capacity, options) {
    return SharedRegion.#make.call(this, 'create', [nameText(name), size(capacity)], options);
  }

  static open(name, options) {
    return SharedRegion.#make.call(this, 'open', [nameText(name)], options);
  }

  static openOrCreate(name, capacity, options) {
    return SharedRegion.#make.call(this, 'openOrCreate', [nameText(name), size(capacity)], options);
  }

  static replace(name, capacity, options) {
    return SharedRegion.#make.call(this, 'replace', [nameText(name), size(capacity)], options);
  }

  static createPrivate(label, capacity, options) {
    const text = label === undefined || label === null ? null : nameText(label, 'label');
    return SharedRegion.#make.call(this, 'createPrivate', [text, size(capacity)], options);
  }

  static attach(number, options) {
    return SharedRegion.#make.call(this, 'attach', [descriptor(number, 'descriptor')], options);
  }

  static receive(socket, options) {
    return SharedRegion.#make.call(this, 'receive', [descriptor(socket, 'socket')], options);
  }

  // ---- Failure --------------------------------------------------------------------------------

  #closed() {
    return makeError(STATUS.CLOSED, `region '${this.#name}' is closed`);
  }

  /** The handle, for a call of the addon. */
  #open() {
    if (this.#handle === 0) {
      throw this.#closed();
    }
    return this.#handle;
  }

  /** The error of a hot call that answered this status. */
  #failed(status) {
    if (this.#handle === 0) {
      return this.#closed();
    }
    return makeError(status, addon.explain(this.#handle, status), status > -1000 ? -status : 0);
  }

  // ---- Bytes ----------------------------------------------------------------------------------

  /** Check a range of bytes; undefined length means all that follow. Answers the length. */
  #range(offset, length) {
    const capacity = this.capacity;
    if (offset > capacity || (length !== undefined && length > capacity - offset)) {
      const wanted = length === undefined ? '' : `${length} bytes from `;
      throw makeError(STATUS.OVERFLOW, `region '${this.#name}': ${wanted}offset ${offset} lie ` +
        `behind its ${capacity} bytes`);
    }
    return length ?? capacity - offset;
  }

  #checkViews() {
    if (!this.#views) {
      throw makeError(STATUS.PERM, `region '${this.#name}' is read-only, and JavaScript has no ` +
        'read-only views: a write through one would end the process. read(offset, length) copies ' +
        'bytes out; open it with unsafeViews: true to get views all the same');
    }
  }

  /** [ArrayBuffer, offset in it] that has these bytes. */
  #bytes(offset, length) {
    const handle = this.#open();
    this.#checkViews();
    if (length > VIEW_MAX) {
      throw makeError(STATUS.OVERFLOW, `region '${this.#name}': a view of ${length} bytes; ` +
        'JavaScript has at most 4 GiB in one: take windows with buffer(offset, length)');
    }
    if (length === 0) {
      return [new ArrayBuffer(0), 0];
    }
    const capacity = this.capacity;
    // Views share few ArrayBuffers, as engines collect garbage early when they see many large ones:
    // one for a region of up to 4 GiB; above, one each 2 GiB, of up to 4 GiB, so that a window of
    // up to 2 GiB lies in one of them wherever it begins.
    const base = capacity <= VIEW_MAX ? 0 : offset - (offset % ROOT_STEP);
    const rootLength = Math.min(VIEW_MAX, capacity - base);
    if (offset + length > base + rootLength) {
      return [addon.view(handle, offset, length), 0];
    }
    let root = this.#roots.get(base);
    // It is another length when the region has grown, and 0 when somebody has transferred it away.
    if (root?.byteLength !== rootLength) {
      root = addon.view(handle, base, rootLength);
      this.#roots.set(base, root);
    }
    return [root, offset - base];
  }

  #view(type, elementBytes, offset, count) {
    const start = whole(offset, 'offset', 0, SIZE_MAX);
    if (start % elementBytes !== 0) {
      throw wrongValue(`offset of ${type.name}`, `a multiple of ${elementBytes}`, offset);
    }
    let length;
    if (count === undefined) {
      const rest = this.#range(start, undefined);
      length = rest - rest % elementBytes;
    } else {
      const elements = whole(count, 'length', 0, SIZE_MAX);
      length = this.#range(start, elements * elementBytes);
    }
    const [bytes, at] = this.#bytes(start, length);
    return [bytes, at, length / elementBytes];
  }

  buffer(offset = 0, length = undefined) {
    return new Uint8Array(...this.#view(Uint8Array, 1, offset, length));
  }

  asBuffer(offset = 0, length = undefined) {
    return Buffer.from(...this.#view(Buffer, 1, offset, length));
  }

  as(type, offset = 0, length = undefined) {
    const elementBytes = elementSize(type);
    const [bytes, at, count] = this.#view(type, elementBytes, offset, length);
    return type === Buffer ? Buffer.from(bytes, at, count) : new type(bytes, at, count);
  }

  read(offset = 0, length = undefined) {
    const start = whole(offset, 'offset', 0, SIZE_MAX);
    const wanted = length === undefined ? undefined : whole(length, 'length', 0, SIZE_MAX);
    const count = this.#range(start, wanted);
    if (count > VIEW_MAX) {
      throw makeError(STATUS.OVERFLOW, `region '${this.#name}': ${count} bytes at once; ` +
        'JavaScript has at most 4 GiB in one array');
    }
    return addon.copy(this.#open(), start, new Uint8Array(count));
  }

  // ---- Telling and waiting --------------------------------------------------------------------

  notify() {
    const status = callNotify(this.#hot);
    if (status !== OK) {
      throw this.#failed(status);
    }
  }

  wait(ms = undefined) {
    const limit = timeout(ms);
    if (this.#takeOwed()) {
      return true;
    }
    return addon.wait(this.#open(), limit, !isMainThread);
  }

  tryWait() {
    const status = callTryWait(this.#hot);
    if (status === OK) {
      this.#owed = false;
      return true;
    }
    if (status !== TIMEDOUT) {
      throw this.#failed(status);
    }
    return this.#takeOwed();
  }

  #takeOwed() {
    const owed = this.#owed && this.#handle !== 0;
    this.#owed = false;
    return owed;
  }

  async waitAsync(ms = undefined, options = undefined) {
    const limit = timeout(ms);
    const signal = abortSignal(optionsObject(options).signal);
    throwIfAborted(signal);
    const handle = this.#open();
    if (this.#takeOwed()) {
      return true;
    }
    const status = await events.wait(handle, limit, signal, () => {
      this.#owed = true;
    });
    if (status === OK) {
      return true;
    }
    if (status === TIMEDOUT) {
      return false;
    }
    throw status === STATUS.CLOSED ? this.#closed() : this.#failed(status);
  }

  notifications(options = undefined) {
    const signal = abortSignal(optionsObject(options).signal);
    this.#open();
    return new Notifications(this, signal);
  }

  [Symbol.asyncIterator]() {
    return this.notifications();
  }

  // ---- Facts ----------------------------------------------------------------------------------

  get capacity() {
    // A capacity is never 0 while the handle works.
    const bytes = callCapacity(this.#hot);
    if (bytes === 0) {
      throw this.#failed(STATUS.CLOSED);
    }
    return bytes;
  }

  get name() {
    return this.#name;
  }

  get closed() {
    return this.#handle === 0;
  }

  get address() {
    return addon.address(this.#open());
  }

  info() {
    return toInfo(addon.info(this.#open()));
  }

  // ---- More -----------------------------------------------------------------------------------

  grow(capacity) {
    addon.grow(this.#open(), size(capacity));
  }

  unlink() {
    addon.unlink(this.#open());
  }

  descriptor() {
    return addon.descriptor(this.#open());
  }

  send(socket) {
    const number = descriptor(socket, 'socket');
    addon.send(this.#open(), number);
  }

  // ---- The end --------------------------------------------------------------------------------

  close() {
    const handle = this.#handle;
    if (handle !== 0) {
      this.#handle = 0;
      this.#hot = calls.none;
      this.#roots.clear();
      net.unregister(this);
      addon.close(handle);
    }
  }

  toString() {
    return `SharedRegion '${this.#name}'${this.closed ? ' (closed)' : ''}`;
  }

  [Symbol.for('nodejs.util.inspect.custom')]() {
    return `[${this.toString()}]`;
  }

  get [Symbol.toStringTag]() {
    return 'SharedRegion';
  }
}

// `using region = SharedRegion.open(...)`; the symbol is there in every runtime that has `using`.
if (Symbol.dispose) {
  Object.defineProperty(SharedRegion.prototype, Symbol.dispose, {
    value: SharedRegion.prototype.close, configurable: true, writable: true,
  });
}

function size(capacity) {
  return whole(capacity, 'capacity', 1, SIZE_MAX);
}

/** As the signal's own function, which one that is only like an AbortSignal need not have. */
function throwIfAborted(signal) {
  if (signal?.aborted) {
    throw signal.reason;
  }
}

/** What `for await (const _ of region)` goes through. */
class Notifications {
  #region;
  #signal;
  #stop = new AbortController();

  constructor(region, signal) {
    this.#region = region;
    this.#signal = signal;
  }

  async next() {
    if (this.#stop.signal.aborted) {
      return { done: true, value: undefined };
    }
    let forget;
    try {
      if (this.#signal !== undefined) {
        throwIfAborted(this.#signal);
        forget = events.onAbort(this.#signal, () => this.#stop.abort());
      }
      await this.#region.waitAsync(undefined, { signal: this.#stop.signal });
      return { done: false, value: undefined };
    } catch (error) {
      throwIfAborted(this.#signal);
      if (this.#stop.signal.aborted || error.code === 'ZINC_CLOSED') {
        this.#stop.abort();
        return { done: true, value: undefined };
      }
      throw error;
    } finally {
      forget?.();
    }
  }

  /** The loop was left: end the wait that may be pending. */
  async return(value) {
    this.#stop.abort();
    return { done: true, value };
  }

  [Symbol.asyncIterator]() {
    return this;
  }
}

module.exports = { SharedRegion };
