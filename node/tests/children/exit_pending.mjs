// SPDX-License-Identifier: MIT
import process from 'node:process';

import { SharedRegion } from 'zinc-shm';

const region = SharedRegion.open(process.argv[2]);
for (let i = 0; i < 100; i += 1) {
  region.waitAsync().catch(() => undefined);
}
setTimeout(() => process.exit(3), 100);
