// SPDX-License-Identifier: MIT
// The names of the package for `import`; the code behind them is the same as for `require`.
import zinc from './index.js';

export const {
  SharedRegion, ZincRegion, list, lookup, participants, remove, gc, doctor, addressOf,
  clockNs, version, layout, binding, ZincError, ClosedError, NotFoundError, ExistsError,
  DeniedError, InvalidError, TooLargeError, LayoutError, CorruptError, MismatchError,
  TimedOutError, CanceledError, WouldBlockError, NoSpaceError, OutOfMemoryError,
  BusyError, TooManyUsersError,
  MessageTooLongError, NotSupportedError, StaleError, ForkedError, GoneError, OwnerDeadError,
  PoisonedError, PeerDeadError, SystemError,
} = zinc;
export default zinc;
