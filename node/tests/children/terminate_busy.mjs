// SPDX-License-Identifier: MIT
// Terminates workers that are inside calls, most of which fail.
import { Worker } from 'node:worker_threads';

import { SharedRegion } from 'zinc-shm';

const [, , name, packageUrl] = process.argv;
const region = SharedRegion.create(name, 4096);
const text = `const { parentPort } = require('node:worker_threads');
  import(${JSON.stringify(packageUrl)}).then(({ SharedRegion }) => {
    parentPort.postMessage('ready');
    for (;;) {
      try { SharedRegion.open('no name'); } catch { /* as it must be */ }
      const region = SharedRegion.open(${JSON.stringify(name)}, { acceptOwners: [1, 2, 3] });
      globalThis.kept = [region.buffer(), region.info(), SharedRegion.lookup(region.name)];
      region.close();
    }
  });`;

for (let i = 0; i < 40; i += 1) {
  const worker = new Worker(text, { eval: true });
  await new Promise((resolve) => {
    worker.once('message', resolve);
  });
  await new Promise((resolve) => {
    setTimeout(resolve, i % 5);
  });
  await worker.terminate();
}
console.log(region.info().participantsAlive);
region.close();
