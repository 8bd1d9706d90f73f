// SPDX-License-Identifier: MIT
// Shows a region of frames as a web page, to browsers of this machine.
//
//     node show.mjs NAME [PORT]
//
// It prints the page's address. Every browser gets the newest picture whenever it has taken the one
// before: a slow one sees fewer of them, and delays nobody.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';

import { NotFoundError, SharedRegion } from 'zinc-shm';

const HEADER = 64;
const SLOT = 64;
const page = readFileSync(new URL('page.html', import.meta.url));
const watchers = new Set();
let frames; // what is shown now

// [section:frames]
/** A region of frames; its views are the shared bytes. */
class Frames {
  constructor(region) {
    this.region = region;
    this.header = region.as(DataView, 0, HEADER);
    this.width = this.header.getUint32(0, true);
    this.height = this.header.getUint32(4, true);
    this.slots = this.header.getUint32(8, true);
  }

  /** The number of the newest frame, 0n if there is none yet. */
  get newest() {
    return this.header.getBigUint64(16, true);
  }

  /** A copy of the newest frame behind a head for the page; undefined if it changed meanwhile. */
  message() {
    const number = this.newest;
    const size = this.width * this.height * 4;
    const at = HEADER + Number(number % BigInt(this.slots)) * (SLOT + size);
    const slot = this.region.as(DataView, at, SLOT);
    const message = Buffer.allocUnsafe(24 + size);
    message.writeUInt32LE(this.width, 0);
    message.writeUInt32LE(this.height, 4);
    message.writeBigUInt64LE(number, 8);
    message.writeDoubleLE(Number(process.hrtime.bigint() - slot.getBigInt64(8, true)) / 1e6, 16);
    if (number === 0n || slot.getBigUint64(0, true) !== number) return undefined;
    message.set(this.region.buffer(at + SLOT, size), 24);
    return slot.getBigUint64(0, true) === number ? message : undefined;
  }
}
// [end:frames]

/** Send the newest picture to whoever is ready for one. */
function send() {
  let message;
  for (const watcher of watchers) {
    if (watcher.ready && watcher.sent !== frames.newest) {
      message ??= frames.message();
      if (!message) return;
      watcher.sent = message.readBigUInt64LE(8);
      watcher.ready = watcher.response.write(message);
    }
  }
}

// [section:follow]
/** Follow the region of this name, and the next one of this name when it is replaced. */
async function follow(name) {
  for (;;) {
    let region;
    try {
      region = SharedRegion.open(name);
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
      await sleep(50);
      continue;
    }
    for (;;) {
      const notified = await region.waitAsync(500);
      if (frames?.region !== region && region.as(DataView, 0, HEADER).getUint32(8, true)) {
        frames = new Frames(region);
        for (const watcher of watchers) watcher.sent = 0n;
      }
      if (notified && frames?.region === region) send();
      const { stale, creatorAlive } = region.info();
      if (stale || !creatorAlive) break;
    }
    frames = undefined;
    region.close();
  }
}
// [end:follow]

function answer(request, response) {
  // A page of elsewhere whose name leads here must not see the pictures.
  if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(request.headers.host ?? '')) {
    response.writeHead(403).end('only for 127.0.0.1\n');
  } else if (request.method !== 'GET') {
    response.writeHead(405, { allow: 'GET' }).end('only GET\n');
  } else if (request.url === '/') {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page);
  } else if (request.url === '/frames') {
    response.writeHead(200, { 'content-type': 'application/octet-stream',
      'cache-control': 'no-store' });
    response.flushHeaders();
    const watcher = { response, ready: true, sent: 0n };
    watchers.add(watcher);
    response.on('drain', () => {
      watcher.ready = true;
      if (frames) send();
    });
    response.on('close', () => watchers.delete(watcher));
    if (frames) send();
  } else {
    response.writeHead(404).end('not here\n');
  }
}

const [name, port = '0'] = process.argv.slice(2);
if (!name || !/^\d+$/.test(port)) {
  console.error('usage: node show.mjs NAME [PORT]');
  process.exit(2);
}
const server = createServer(answer);
server.listen(Number(port), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}/`);
});
process.on('SIGTERM', () => process.exit(0));
await follow(name);
