// SPDX-License-Identifier: MIT
// The regions of a domain, seen from outside; and the facts about one region.
'use strict';

const { nameText, optionsObject, wrongType } = require('./arguments.js');
const { constants } = require('./ffi/symbols.js');
const { addon } = require('./native.js');
const { LIFETIMES, WAIT_POLICIES } = require('./options.js');

const FLAGS = {
  created: constants.ZINC_INFO_CREATED,
  readOnly: constants.ZINC_INFO_READ_ONLY,
  private: constants.ZINC_INFO_PRIVATE,
  sealed: constants.ZINC_INFO_SEALED,
  stale: constants.ZINC_INFO_STALE,
  creatorAlive: constants.ZINC_INFO_CREATOR_ALIVE,
  dead: constants.ZINC_INFO_DEAD,
  gone: constants.ZINC_INFO_GONE,
  reclaimable: constants.ZINC_INFO_RECLAIMABLE,
  readOnlyWaiters: constants.ZINC_INFO_READ_ONLY_WAITERS,
  sparse: constants.ZINC_INFO_SPARSE,
};

/** Facts as people read them. A file that is no region may hold any number as its lifetime. */
function toInfo(raw) {
  for (const [name, flag] of Object.entries(FLAGS)) {
    raw[name] = (raw.flags & flag) !== 0;
  }
  raw.lifetime = LIFETIMES[raw.lifetime] ?? raw.lifetime;
  raw.waitPolicy = WAIT_POLICIES[raw.waitPolicy] ?? raw.waitPolicy;
  return raw;
}

function list() {
  return addon.list().map(toInfo);
}

function lookup(name) {
  return toInfo(addon.lookup(nameText(name)));
}

function participants(name) {
  return addon.participants(nameText(name));
}

function remove(name) {
  addon.remove(nameText(name));
}

function gc(options = undefined) {
  const { dryRun = false } = optionsObject(options);
  if (typeof dryRun !== 'boolean') {
    throw wrongType('dryRun', 'true or false', dryRun);
  }
  return addon.gc(dryRun);
}

function doctor() {
  return addon.doctor();
}

module.exports = { doctor, gc, list, lookup, participants, remove, toInfo };
