// SPDX-License-Identifier: MIT
import process from 'node:process';

import { SharedRegion } from 'zinc-shm';

const region = SharedRegion.open(process.argv[2]);
console.log(region.wait(Number(process.argv[3])));
region.close();
