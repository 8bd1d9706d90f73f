// SPDX-License-Identifier: MIT
// The options of the calls that make handles, checked and spelled as the addon takes them.
'use strict';

const { NUMBER_MAX, SIZE_MAX, optionsObject, whole, wrongType, wrongValue } =
  require('./arguments.js');
const { constants } = require('./ffi/symbols.js');

const LIFETIMES = ['auto', 'creator', 'persistent'];
const WAIT_POLICIES = ['adaptive', 'spin', 'park'];

const FLAGS = {
  readOnly: constants.ZINC_REGION_READ_ONLY,
  prefault: constants.ZINC_REGION_PREFAULT,
  sparse: constants.ZINC_REGION_SPARSE,
  hugePages: constants.ZINC_REGION_HUGE_PAGES,
  sealed: constants.ZINC_REGION_SEALED,
  readOnlyWaiters: constants.ZINC_REGION_READ_ONLY_WAITERS,
  acceptAnyOwner: constants.ZINC_REGION_ANY_OWNER,
  hugetlb: constants.ZINC_REGION_HUGETLB,
};

const MAKING = ['mode', 'lifetime', 'maxCapacity', 'rows', 'waitPolicy', 'prefault', 'sparse',
  'hugePages', 'group', 'readOnlyWaiters'];
const OPENING = ['readOnly', 'unsafeViews', 'waitPolicy', 'prefault', 'hugePages', 'acceptMode',
  'acceptOwners', 'acceptAnyOwner'];

/** Which options each call knows; others are mistakes. */
const KNOWN = {
  create: MAKING,
  open: OPENING,
  openOrCreate: [...MAKING, 'acceptMode', 'acceptOwners', 'acceptAnyOwner'],
  replace: MAKING,
  createPrivate: [...MAKING.filter((name) => name !== 'lifetime' && name !== 'group'),
    'sealed', 'hugetlb'],
  attach: OPENING,
  receive: OPENING,
};

function choice(value, what, choices) {
  const at = choices.indexOf(value);
  if (at < 0) {
    throw wrongValue(what, `one of ${choices.map((one) => `'${one}'`).join(', ')}`, value);
  }
  return at;
}

function owners(value) {
  if (value === null || typeof value !== 'object' || typeof value[Symbol.iterator] !== 'function') {
    throw wrongType('acceptOwners', 'a list of user ids', value);
  }
  return Array.from(value, (owner) => whole(owner, 'an accepted owner', 0, NUMBER_MAX));
}

/** The one place where names of options meet what the addon reads. */
function rawOptions(verb, given) {
  const options = optionsObject(given);
  const known = KNOWN[verb];
  const raw = { flags: 0, lifetime: 0, waitPolicy: 0, mode: 0, group: 0, rows: 0, acceptMode: 0,
    maxCapacity: 0, acceptOwners: [], unsafeViews: false, origin: '' };
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) {
      throw wrongValue('an option', `one of ${known.join(', ')}`, name);
    }
    const value = options[name];
    if (value !== undefined) {
      take(raw, name, value);
    }
  }
  return raw;
}

function take(raw, name, value) {
  switch (name) {
    case 'lifetime': raw.lifetime = choice(value, name, LIFETIMES); break;
    case 'waitPolicy': raw.waitPolicy = choice(value, name, WAIT_POLICIES); break;
    case 'mode': raw.mode = whole(value, name, 1, 0o7777); break;
    case 'acceptMode': raw.acceptMode = whole(value, name, 0, 0o7777); break;
    case 'rows': raw.rows = whole(value, name, 1, constants.ZINC_ROWS_MAX); break;
    case 'maxCapacity': raw.maxCapacity = whole(value, name, 1, SIZE_MAX); break;
    case 'acceptOwners': raw.acceptOwners = owners(value); break;
    case 'group':
      raw.group = whole(value, name, 0, NUMBER_MAX);
      raw.flags |= constants.ZINC_REGION_SET_GROUP;
      break;
    default:
      if (typeof value !== 'boolean') {
        throw wrongType(name, 'true or false', value);
      }
      if (name === 'unsafeViews') {
        raw.unsafeViews = value;
      } else if (value) {
        raw.flags |= FLAGS[name];
      }
  }
}

module.exports = { KNOWN, LIFETIMES, WAIT_POLICIES, rawOptions };
