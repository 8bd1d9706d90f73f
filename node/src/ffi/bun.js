// SPDX-License-Identifier: MIT
// Bun's own FFI over the addon's file, for the calls that are made most.
'use strict';

const { bunSymbols } = require('./symbols.js');

/** Put Bun's calls into `calls`. */
function use(calls, file) {
  const { dlopen } = require('bun:ffi');
  const { symbols } = dlopen(file, bunSymbols(
    ['zinc_capacity', 'zinc_region_notify', 'zinc_region_wait']));
  const wait = symbols.zinc_region_wait;
  Object.assign(calls, {
    by: 'bun:ffi',
    none: 0,
    handle: (number) => number,
    capacity: symbols.zinc_capacity,
    notify: symbols.zinc_region_notify,
    tryWait: (handle) => wait(handle, 0, null),
  });
}

module.exports = { use };
