// SPDX-License-Identifier: MIT
import process from 'node:process';

import { SharedRegion, doctor } from 'zinc-shm';

try {
  const region = SharedRegion.create('where', 64);
  console.log(region.info().domain, doctor().directory);
  region.close();
} catch (error) {
  console.error(error.code, error.message);
  process.exitCode = 1;
}
