// SPDX-License-Identifier: MIT
// Waits that block: scripts, and workers, which are given the region's name.
import { Worker } from 'node:worker_threads';

import { SharedRegion } from 'zinc-shm';

const region = SharedRegion.create('waiting', 4096);
// [section:wait]
region.notify();
console.log(region.wait(1000));    // true: a notification came; what was written is visible
console.log(region.wait(10));      // false: 10 ms have passed
console.log(region.tryWait());     // false: asks, does not wait
// [end:wait]

const zinc = new URL('../node_modules/zinc-shm/src/index.mjs', import.meta.url).href;
const program = `
// [section:worker]
const { workerData, parentPort } = require('node:worker_threads');

import('zinc-shm').then(({ SharedRegion }) => {
  const region = SharedRegion.open(workerData);    // the name came along, not the handle
  while (region.wait()) {
    const value = region.buffer()[0];
    parentPort.postMessage(value);
    if (value === 3) {
      break;
    }
  }
  region.close();
});
// [end:worker]
`;
const worker = new Worker(program.replace("import('zinc-shm')", `import(${JSON.stringify(zinc)})`),
  { eval: true, workerData: region.name });
worker.on('error', (error) => {
  throw error;
});
const seen = new Promise((resolve) => {
  worker.on('message', (value) => {
    console.log('value', value);
    if (value === 3) {
      resolve();
    } else {
      region.buffer()[0] = value + 1;
      region.notify();
    }
  });
});
region.buffer()[0] = 1;
region.notify();
await seen;
await new Promise((resolve) => {
  worker.on('exit', resolve);
});
region.close();
