// SPDX-License-Identifier: MIT
// [section:open]
import { SharedRegion } from 'zinc-shm';

const region = SharedRegion.open('frames');
if (await region.waitAsync(1000)) {
  console.log(region.asBuffer(0, 5).toString());
}
region.close();
// [end:open]
