// SPDX-License-Identifier: MIT
// Deno's own FFI over the addon's file, for the calls that are made most.
'use strict';

const { denoSymbols } = require('./symbols.js');

/** Put Deno's calls into `calls`. */
function use(calls, file) {
  const { Deno } = globalThis;
  const { symbols } = Deno.dlopen(file, denoSymbols(
    ['zinc_capacity', 'zinc_region_notify', 'zinc_region_wait']));
  const capacity = symbols.zinc_capacity;
  const wait = symbols.zinc_region_wait;
  Object.assign(calls, {
    by: 'Deno.dlopen',
    none: null,
    // Deno's calls are fast with its pointer objects, and slow with numbers.
    handle: (number) => Deno.UnsafePointer.create(BigInt(number)),
    capacity: (handle) => Number(capacity(handle)),
    notify: symbols.zinc_region_notify,
    tryWait: (handle) => wait(handle, 0n, null),
  });
}

module.exports = { use };
