// SPDX-License-Identifier: MIT
// [section:errors]
import { NotFoundError, SharedRegion } from 'zinc-shm';

try {
  SharedRegion.open('no-such-region');
} catch (error) {
  console.log(error.code, error instanceof NotFoundError);
  console.log(error.remedy);
}
try {
  SharedRegion.create('frames', 1.5);
} catch (error) {
  console.log(error.code, error instanceof RangeError);
}
// [end:errors]
