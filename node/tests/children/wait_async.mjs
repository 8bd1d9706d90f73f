// SPDX-License-Identifier: MIT
// Nothing but a pending wait keeps this process alive; behind it, nothing does.
import process from 'node:process';

import { SharedRegion } from 'zinc-shm';

const region = SharedRegion.open(process.argv[2]);
console.log(await region.waitAsync());
region.close();
