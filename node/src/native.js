// SPDX-License-Identifier: MIT
// The raw ABI: the addon, which has the C core inside, and the calls that are made most.
//
// One file serves Node, Bun and Deno. It is the one of the package (prebuilds/, one a platform), or
// the one that was compiled on this machine (build/, by native/build.js). The entries for Bun and
// Deno put calls by their own FFI, over the very same file, in the place of the addon's.
'use strict';

const path = require('node:path');
const process = require('node:process');

const { version } = require('../package.json');
const { constants } = require('./ffi/symbols.js');

const FILES = [
  path.join(__dirname, '..', 'prebuilds', `${process.platform}-${process.arch}`, 'zinc.node'),
  path.join(__dirname, '..', 'build', 'zinc.node'),
];

function load(files) {
  const tried = [];
  for (const file of files) {
    try {
      return { addon: require(file), file };
    } catch (error) {
      tried.push(`${file}: ${error.message}`);
    }
  }
  throw new Error(`zinc-shm: no addon for ${process.platform}-${process.arch} can be loaded; ` +
    `compile it with \`node ${path.join(__dirname, '..', 'native', 'build.js')}\`\n` +
    tried.join('\n'));
}

/** Refuse an addon of another release or layout than these sources. */
function check(addon, file) {
  const layout = constants.ZINC_LAYOUT;
  if (addon.version() !== version || addon.layout() !== layout) {
    throw new Error(`zinc-shm: ${file} is release ${addon.version()} with layout ` +
      `${addon.layout()}, this package is release ${version} with layout ${layout}; ` +
      'install the package again');
  }
}

const { addon, file } = load(FILES);
check(addon, file);

/**
 * The calls that are made most. `handle` makes of the addon's number what they take; `none` is the
 * handle of a closed region.
 */
const calls = {
  by: 'Node-API',
  none: 0,
  handle: (number) => number,
  capacity: addon.capacity,
  notify: addon.notify,
  tryWait: addon.tryWait,
};

module.exports = { FILES, addon, calls, check, file, load };
