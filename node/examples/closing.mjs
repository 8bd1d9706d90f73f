// SPDX-License-Identifier: MIT
// The end of handles and names.
import { SharedRegion, remove } from 'zinc-shm';

// [section:close]
const region = SharedRegion.create('job', 4096);
const view = region.buffer();
region.close();                         // nobody else has it open, so the name is gone

console.log(region.closed, view.length);   // the view keeps its bytes
region.close();                         // closing twice is harmless
try {
  region.notify();
} catch (error) {
  console.log(error.code, error.message);
}
// [end:close]

// [section:lifetime]
SharedRegion.create('results', 4096, { lifetime: 'persistent' }).close();
const results = SharedRegion.open('results');   // with nobody alive meanwhile
remove('results');                      // the name goes when somebody removes it
results.close();
// [end:lifetime]
