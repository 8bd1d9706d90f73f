// SPDX-License-Identifier: MIT
// Writes through a view of memory that it may only read.
import process from 'node:process';

import { SharedRegion } from 'zinc-shm';

const writer = SharedRegion.open(process.argv[2]);
writer.buffer()[0] = 5;
const reader = SharedRegion.open(process.argv[2], { readOnly: true, unsafeViews: true });
const view = reader.buffer();
console.log('reads', view[0]);
setTimeout(() => {
  view[0] = 6;
  console.log('wrote');
}, 50);
