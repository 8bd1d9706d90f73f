// SPDX-License-Identifier: MIT
// What the package offers; types and explanations are in index.d.ts.
'use strict';

const { isArrayBuffer } = require('node:util').types;

const { wrongType } = require('./arguments.js');
const errors = require('./error.js');
const { addon, calls, file } = require('./native.js');
const registry = require('./registry.js');
const { constants } = require('./ffi/symbols.js');

// Ends a worker's wait when the worker is terminated: see wait() in native/region.cc.
addon.begin(errors.makeError, () => undefined);

const { SharedRegion } = require('./region.js');

function addressOf(view) {
  if (!ArrayBuffer.isView(view) && !isArrayBuffer(view)) {
    throw wrongType('the argument of addressOf', 'a typed array, DataView or ArrayBuffer', view);
  }
  return addon.addressOf(view);
}

SharedRegion.list = registry.list;
SharedRegion.lookup = registry.lookup;
SharedRegion.participants = registry.participants;
SharedRegion.remove = registry.remove;
SharedRegion.gc = registry.gc;

module.exports = {
  SharedRegion,
  ZincRegion: SharedRegion,
  list: registry.list,
  lookup: registry.lookup,
  participants: registry.participants,
  remove: registry.remove,
  gc: registry.gc,
  doctor: registry.doctor,
  addressOf,
  clockNs: () => addon.clockNs(),
  version: addon.version(),
  layout: addon.layout(),
  binding: Object.freeze({ file, calls: calls.by, abi: constants.ZINC_ABI }),
  ZincError: errors.ZincError,
  ClosedError: errors.ClosedError,
  NotFoundError: errors.NotFoundError,
  ExistsError: errors.ExistsError,
  DeniedError: errors.DeniedError,
  InvalidError: errors.InvalidError,
  TooLargeError: errors.TooLargeError,
  LayoutError: errors.LayoutError,
  CorruptError: errors.CorruptError,
  MismatchError: errors.MismatchError,
  TimedOutError: errors.TimedOutError,
  CanceledError: errors.CanceledError,
  WouldBlockError: errors.WouldBlockError,
  NoSpaceError: errors.NoSpaceError,
  OutOfMemoryError: errors.OutOfMemoryError,
  BusyError: errors.BusyError,
  TooManyUsersError: errors.TooManyUsersError,
  MessageTooLongError: errors.MessageTooLongError,
  NotSupportedError: errors.NotSupportedError,
  StaleError: errors.StaleError,
  ForkedError: errors.ForkedError,
  GoneError: errors.GoneError,
  OwnerDeadError: errors.OwnerDeadError,
  PoisonedError: errors.PoisonedError,
  PeerDeadError: errors.PeerDeadError,
  SystemError: errors.SystemError,
};
