// SPDX-License-Identifier: MIT
// Waits of the event loop, which cost no thread each.
// [section:async]
import { SharedRegion } from 'zinc-shm';

async function follow(name) {
  const region = SharedRegion.open(name);
  for await (const _ of region) {
    const value = region.buffer()[0];
    console.log('value', value);
    if (value === 3) {
      break;
    }
  }
  region.close();
}

async function publish(region) {
  for (const value of [1, 2, 3]) {
    region.buffer()[0] = value;
    region.notify();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const ticks = SharedRegion.create('ticks', 4096);
await Promise.all([follow('ticks'), publish(ticks)]);
console.log(await ticks.waitAsync(1000));
// [end:async]
ticks.tryWait();

// [section:signal]
try {
  await ticks.waitAsync(60_000, { signal: AbortSignal.timeout(20) });
} catch (error) {
  console.log(error.name);
}
// [end:signal]
ticks.close();
