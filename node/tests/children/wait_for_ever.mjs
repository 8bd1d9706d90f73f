// SPDX-License-Identifier: MIT
import process from 'node:process';

import { SharedRegion } from 'zinc-shm';

SharedRegion.open(process.argv[2]).wait();
