// SPDX-License-Identifier: MIT
// Answers each odd byte by the even one above it.
import process from 'node:process';

import { SharedRegion } from 'zinc-shm';

const region = SharedRegion.open(process.argv[2]);
const bytes = region.buffer();
for (let value = 0; value < 100; value += 1) {
  while (bytes[0] !== 2 * value + 1) {
    if (!region.wait(20_000)) {
      throw new Error(`nothing came after ${value}`);
    }
  }
  bytes[0] = 2 * value + 2;
  region.notify();
}
region.close();
