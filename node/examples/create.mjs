// SPDX-License-Identifier: MIT
// [section:create]
import { SharedRegion } from 'zinc-shm';

const region = SharedRegion.create('frames', 1 << 20);
region.asBuffer().write('hello');
region.notify();
// [end:create]
console.log(region.name, region.capacity);
await import('./open.mjs');
region.close();
