// SPDX-License-Identifier: MIT
// Errors: one class for each kind of status, one code for each status.
'use strict';

const os = require('node:os');

const { errorTable } = require('./error-table.js');

/** Base of all errors that the core answers. */
class ZincError extends Error {
  constructor(message, { code, status, systemErrno = 0 } = {}) {
    super(message);
    this.code = code;
    this.status = status;
    this.systemErrno = systemErrno;
  }

  /** Why this status comes about, as a sentence. */
  get reason() {
    return BY_STATUS.get(this.status)?.cause ?? '';
  }

  /** What to do about it, as a sentence. */
  get remedy() {
    return BY_STATUS.get(this.status)?.remedy ?? '';
  }
}

class ClosedError extends ZincError {}
class NotFoundError extends ZincError {}
class ExistsError extends ZincError {}
class DeniedError extends ZincError {}
class InvalidError extends ZincError {}
class TooLargeError extends ZincError {}
class LayoutError extends ZincError {}
class CorruptError extends ZincError {}
class MismatchError extends ZincError {}
class TimedOutError extends ZincError {}
class CanceledError extends ZincError {}
class WouldBlockError extends ZincError {}
class NoSpaceError extends ZincError {}
class OutOfMemoryError extends ZincError {}
class BusyError extends ZincError {}
class TooManyUsersError extends ZincError {}
class MessageTooLongError extends ZincError {}
class NotSupportedError extends ZincError {}
class StaleError extends ZincError {}
class ForkedError extends ZincError {}
class GoneError extends ZincError {}
class OwnerDeadError extends ZincError {}
class PoisonedError extends ZincError {}
class PeerDeadError extends ZincError {}
class SystemError extends ZincError {}

const CLASSES = {
  again: WouldBlockError, busy: BusyError, canceled: CanceledError, closed: ClosedError,
  corrupt: CorruptError, denied: DeniedError, exists: ExistsError, forked: ForkedError,
  full: NoSpaceError, gone: GoneError, interrupted: SystemError, invalid: InvalidError,
  layout: LayoutError, memory: OutOfMemoryError, not_found: NotFoundError,
  not_supported: NotSupportedError, overflow: TooLargeError, owner_dead: OwnerDeadError,
  peer_dead: PeerDeadError, poisoned: PoisonedError, stale: StaleError, system: SystemError,
  timeout: TimedOutError, too_long: MessageTooLongError, type: MismatchError,
  users: TooManyUsersError,
};

for (const one of [ZincError, ...Object.values(CLASSES)]) {
  Object.defineProperty(one.prototype, 'name', { value: one.name, configurable: true,
    writable: true });
}

const BY_STATUS = new Map(errorTable.map((row) => [row.status, row]));

/** The code of a status: 'ZINC_NOENT'; for an errno that the core passed on, that of the system. */
function codeOf(status) {
  const row = BY_STATUS.get(status);
  if (row !== undefined) {
    return row.name.replace(/^ZINC_E_/, 'ZINC_');
  }
  const found = Object.entries(os.constants.errno).find(([, number]) => number === -status);
  return found === undefined ? 'ZINC_SYSTEM' : found[0];
}

/** The error of a status; what the addon calls when a call has failed. */
function makeError(status, message, systemErrno = 0) {
  const kind = BY_STATUS.get(status)?.kind ?? 'system';
  const Class = CLASSES[kind] ?? SystemError;
  return new Class(message, { code: codeOf(status), status, systemErrno });
}

/** The statuses that this side answers itself. */
const STATUS = Object.fromEntries(errorTable.map((row) => [row.name.replace(/^ZINC_(E_)?/, ''),
  row.status]));

module.exports = {
  CLASSES, STATUS, ZincError, ...Object.fromEntries(
    [...new Set(Object.values(CLASSES))].map((one) => [one.name, one])),
  codeOf, makeError,
};
