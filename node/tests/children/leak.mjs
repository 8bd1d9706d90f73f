// SPDX-License-Identifier: MIT
// Opens a region and does not close it; says how it ends.
import process from 'node:process';

import { SharedRegion } from 'zinc-shm';

import { Thread, collect, fileOf, host } from '../support/index.mjs';

const [name, way] = process.argv.slice(2);

function leak() {
  const region = SharedRegion.create(name, 4096);
  region.notify();
  return region;
}

if (way === 'collect') {
  leak();
  for (let i = 0; i < 100 && host.file('exists', fileOf(name)); i += 1) {
    await collect();
  }
  console.log(host.file('exists', fileOf(name)) ? 'there' : 'gone');
} else if (way === 'end') {
  globalThis.kept = leak();
} else if (way === 'exit') {
  globalThis.kept = leak();
  process.exit(0);
} else if (way === 'worker') {
  const thread = new Thread(`({ SharedRegion }, name, post) => {
    globalThis.kept = SharedRegion.create(name, 64);
    post('made');
  }`, name);
  await thread.next();
  await thread.ended();
} else {
  leak().close();
}
