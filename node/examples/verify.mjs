// SPDX-License-Identifier: MIT
// The verifier of the scenario "file" (adapters/scenarios/file.md), in JavaScript.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import process from 'node:process';

import { SharedRegion, addressOf, clockNs } from 'zinc-shm';

import { findFrame, findMapping } from './proof.mjs';
import { readSome } from './system.mjs';

const PATIENCE_MS = 120_000;

function sha256(bytes) {
  return createHash('sha256').update(bytes).digest();
}

function main(dataName, answerName, socketNumber) {
  // [section:open]
  const data = SharedRegion.open(dataName);
  const view = data.buffer();
  // [end:open]
  const reply = SharedRegion.open(answerName);
  const words = reply.as(BigUint64Array);
  const answer = reply.buffer();

  function tell(state, fields = []) {
    words.set(fields, 1);
    Atomics.store(words, 0, BigInt(state));
    reply.notify();
  }

  data.tryWait(); // a fresh handle sees the last notification: that one is not ours
  tell(1);
  // [section:wait]
  if (!data.wait(PATIENCE_MS)) {
    throw new Error('no notification came');
  }
  // [end:wait]
  const ready = clockNs();
  answer.set(sha256(view), 96);
  const done = clockNs();
  const address = addressOf(view);
  const proof = [data.address, address, ...findMapping(address), findFrame(address),
    BigInt(view.length)];
  tell(2, [ready, done, 0n, 0n, ...proof]);

  const copy = new Uint8Array(data.capacity);
  for (let have = 0; have < copy.length;) {
    const got = readSome(Number(socketNumber), copy.subarray(have));
    if (got === 0) {
      throw new Error('the socket ended early');
    }
    have += got;
  }
  const socketReady = clockNs();
  answer.set(sha256(copy), 128);
  tell(3, [ready, done, socketReady, clockNs(), ...proof]);
  reply.close();
  data.close();
}

try {
  main(...process.argv.slice(2));
} catch (error) {
  process.exitCode = 1;
  fs.writeSync(2, `verify (JavaScript): ${error.message}\n`);
}
