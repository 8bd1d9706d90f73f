// SPDX-License-Identifier: MIT
// Options, facts, and the regions seen from outside.
import * as zinc from 'zinc-shm';

const { SharedRegion } = zinc;
// [section:options]
const region = SharedRegion.create('log', 4096, {
  maxCapacity: 1 << 20, lifetime: 'creator', mode: 0o640,
});
region.grow(65_536);                    // in place, for all participants; new bytes are zero
console.log(region.capacity, region.info().creatorAlive);
// [end:options]

// [section:registry]
console.log(zinc.list().map((info) => info.name));
console.log(zinc.lookup('log').participantsAlive);
console.log(zinc.gc({ dryRun: true }).regionsRemoved);
console.log(zinc.doctor().directoryStatus);
// [end:registry]
region.close();
