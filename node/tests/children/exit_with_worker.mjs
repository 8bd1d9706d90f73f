// SPDX-License-Identifier: MIT
// Exits while a worker of it waits for ever.
import process from 'node:process';

import { SharedRegion } from 'zinc-shm';

import { Thread } from '../support/index.mjs';

const name = process.argv[2];
const region = SharedRegion.open(name);
const thread = new Thread('({ SharedRegion }, name) => SharedRegion.open(name).wait()', name);
console.log('waiting');
while (region.buffer()[0] === 0) {
  await new Promise((resolve) => {
    setTimeout(resolve, 5);
  });
}
process.exit(thread.messages.length === 0 ? 7 : 1);
