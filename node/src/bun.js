// SPDX-License-Identifier: MIT
// The entry of Bun: the calls that are made most by its own FFI, the others by the addon.
'use strict';

const native = require('./native.js');

require('./ffi/bun.js').use(native.calls, native.file);

module.exports = require('./index.js');
