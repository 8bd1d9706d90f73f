// SPDX-License-Identifier: MIT
// The program `peer` of adapters/scenarios/README.md, in JavaScript: one side of one scenario.
import fs from 'node:fs';
import process from 'node:process';

import { SharedRegion, ZincError, addressOf, clockNs } from 'zinc-shm';

import { findFrame, findMapping } from './proof.mjs';

const PATIENCE_MS = 10_000;

/** The other side, or the library, did something else than the scenario says. */
class NotAsStated extends Error {}

function expect(asStated, what) {
  if (!asStated) {
    throw new NotAsStated(what);
  }
}

/** The other side is started, or killed, by what it reads here: so nothing may be kept back. */
function say(line) {
  fs.writeSync(1, `${line}\n`);
}

function waitForNotification(region) {
  expect(region.wait(PATIENCE_MS), 'no notification came');
}

/** A handle sees its own notification, too: so that the next wait is for the other side's. */
function notifyAndTake(region) {
  region.notify();
  expect(region.tryWait(), 'a handle does not see its own notification');
}

/** Waits, again and again, until another process has stored a value in a byte. */
function waitForByte(region, view, index, value) {
  while (Atomics.load(view, index) !== value) {
    waitForNotification(region);
  }
}

function prove(region) {
  const view = region.buffer();
  const address = addressOf(view);
  Atomics.load(view, 0); // a page that this process has not touched has no frame in its table
  say(['proof', region.address, address, ...findMapping(address), findFrame(address)].join(' '));
}

/** Run `work` with a region, and close it however that ends. */
function withRegion(region, work) {
  try {
    work(region);
  } finally {
    region.close();
  }
}

// ---- relay --------------------------------------------------------------------------------------

const RELAY = Uint8Array.from({ length: 4096 }, (_, i) => (7 * i + 3) % 256);

function relayFirst(name) {
  withRegion(SharedRegion.create(name, RELAY.length), (region) => {
    const view = region.buffer();
    view.set(RELAY);
    notifyAndTake(region);
    prove(region);
    say('ready');
    waitForNotification(region);
    expect(view.every((byte, i) => byte === 255 - RELAY[i]), 'the answer is not as stated');
  });
}

function relaySecond(name) {
  withRegion(SharedRegion.open(name), (region) => {
    prove(region);
    waitForNotification(region);
    const view = region.buffer();
    expect(view.every((byte, i) => byte === RELAY[i]), 'the bytes are not as stated');
    view.forEach((byte, i) => {
      view[i] = 255 - byte;
    });
    region.notify();
  });
}

// ---- tensor -------------------------------------------------------------------------------------

const TENSOR_BYTES = 65_536;
const ELEMENTS = 4 * 3 * 32 * 32;
const RECORD_AT = 49_152;
const RECORD_BYTES = 48;

// How a DataView gets and sets each field, where it lies, its value, and that after the change.
const FIELDS = [
  ['Int8', 0, -100, ~-100],
  ['Uint8', 1, 200, 255 - 200],
  ['Int16', 2, -30_000, ~-30_000],
  ['Uint16', 4, 60_000, 0xffff - 60_000],
  ['Int32', 8, -2_000_000_000, ~-2_000_000_000],
  ['Uint32', 12, 4_000_000_000, 0xffff_ffff - 4_000_000_000],
  ['BigInt64', 16, -9_007_199_254_740_993n, ~-9_007_199_254_740_993n],
  ['BigUint64', 24, 18_446_744_073_709_551_557n, 0xffff_ffff_ffff_ffffn -
    18_446_744_073_709_551_557n],
  ['Float32', 32, Math.fround(0.1), -Math.fround(0.1)],
  ['Uint8', 36, 1, 0],
  ['Float64', 40, 0.1, -0.1],
];
const PADDING = [6, 7, 37, 38, 39];

function tensor(region) {
  const data = region.as(Float32Array, 0, ELEMENTS);
  const record = region.as(DataView, RECORD_AT, RECORD_BYTES);
  return [data, record];
}

function storeRecord(record, change) {
  for (const [type, at, value, changed] of FIELDS) {
    record[`set${type}`](at, change ? changed : value, true);
  }
}

function checkRecord(record, change) {
  for (const [type, at, value, changed] of FIELDS) {
    const found = record[`get${type}`](at, true);
    expect(found === (change ? changed : value), `the field at ${at} is ${found}`);
  }
  expect(PADDING.every((at) => record.getUint8(at) === 0), 'the padding is not 0');
}

function sum(data) {
  return data.reduce((total, element) => total + element, 0);
}

function tensorFirst(name) {
  withRegion(SharedRegion.create(name, TENSOR_BYTES), (region) => {
    const [data, record] = tensor(region);
    data.forEach((_, k) => {
      data[k] = 0.25 * k - 100;
    });
    storeRecord(record, false);
    notifyAndTake(region);
    prove(region);
    say('ready');
    waitForNotification(region);
    say(`sum ${sum(data)}`);
    checkRecord(record, true);
  });
}

function tensorSecond(name) {
  withRegion(SharedRegion.open(name), (region) => {
    prove(region);
    waitForNotification(region);
    const [data, record] = tensor(region);
    say(`sum ${sum(data)}`);
    checkRecord(record, false);
    data.forEach((element, k) => {
      data[k] = element + 1;
    });
    storeRecord(record, true);
    region.notify();
  });
}

// ---- grow ---------------------------------------------------------------------------------------

const SMALL = 4096;
const LARGE = 1_048_576;

function growFirst(name) {
  withRegion(SharedRegion.create(name, SMALL, { maxCapacity: LARGE }), (region) => {
    const before = region.buffer();
    before[0] = 1;
    prove(region);
    say('ready');
    waitForByte(region, before, 2, 1);
    region.grow(LARGE);
    const whole = region.buffer();
    expect(whole.length === LARGE && before.length === SMALL, 'the views have other lengths');
    whole[LARGE - 1] = 77;
    Atomics.store(before, 0, 2);
    region.notify();
    waitForByte(region, before, 1, 3);
    expect(whole[LARGE - 2] === 78, 'the last byte but one is not 78');
  });
}

function growSecond(name) {
  withRegion(SharedRegion.open(name), (region) => {
    prove(region);
    say(`capacity ${region.capacity}`);
    const before = region.buffer();
    Atomics.store(before, 2, 1);
    region.notify();
    waitForByte(region, before, 0, 2);
    say(`capacity ${region.capacity}`);
    const whole = region.buffer();
    expect(whole[LARGE - 1] === 77, 'the last byte is not 77');
    whole[LARGE - 2] = 78;
    Atomics.store(before, 1, 3);
    region.notify();
  });
}

// ---- death --------------------------------------------------------------------------------------

function deathFirst(name) {
  withRegion(SharedRegion.create(name, SMALL), (region) => {
    region.buffer()[0] = 42;
    region.notify();
    prove(region);
    say('ready');
    for (;;) {
      region.wait(PATIENCE_MS);
    }
  });
}

function deathSecond(name) {
  withRegion(SharedRegion.open(name), (region) => {
    prove(region);
    waitForNotification(region);
    const view = region.buffer();
    expect(view[0] === 42, 'byte 0 is not 42');
    say('alive');
    const end = clockNs() + BigInt(PATIENCE_MS) * 1_000_000n;
    while (region.info().creatorAlive) {
      expect(clockNs() < end, 'the creator does not die');
      region.wait(50);
    }
    expect(view[0] === 42, 'byte 0 is no longer 42');
    say('dead');
  });
  let gone = false;
  try {
    SharedRegion.open(name).close();
  } catch (error) {
    gone = error instanceof ZincError && error.code === 'ZINC_NOENT';
  }
  expect(gone, 'the region is not gone');
  say('gone');
  withRegion(SharedRegion.create(name, 2 * SMALL), (region) => {
    expect(region.buffer().every((byte) => byte === 0), 'the new bytes are not 0');
    say('again');
  });
}

const SCENARIOS = {
  relay: { first: relayFirst, second: relaySecond },
  tensor: { first: tensorFirst, second: tensorSecond },
  grow: { first: growFirst, second: growSecond },
  death: { first: deathFirst, second: deathSecond },
};

const [scenario, role, name] = process.argv.slice(2);
try {
  const side = SCENARIOS[scenario]?.[role];
  expect(side !== undefined && name !== undefined, 'usage: peer SCENARIO ROLE NAME');
  side(name);
  say('done');
} catch (error) {
  process.exitCode = 1;
  fs.writeSync(2, `peer (JavaScript): ${error.message}\n`);
}
