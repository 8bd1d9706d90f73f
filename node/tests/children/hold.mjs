// SPDX-License-Identifier: MIT
// Creates a region and waits to be killed.
import process from 'node:process';

import { SharedRegion } from 'zinc-shm';

const region = SharedRegion.create(process.argv[2], 4096);
console.log('ready');
await region.waitAsync();
