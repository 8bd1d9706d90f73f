// SPDX-License-Identifier: MIT
// Views of a region's bytes.
import { SharedRegion } from 'zinc-shm';

const region = SharedRegion.create('bytes', 1 << 20);
// [section:views]
const bytes = region.buffer();               // a Uint8Array of all bytes, no copy
bytes.set([1, 2, 3, 4]);
const header = region.buffer(0, 16);         // 16 bytes from offset 0
const pixels = region.as(Float32Array, 16, 256 * 256);   // elements, from byte 16
pixels.fill(0.5);
const record = region.as(DataView, 512 * 1024, 32);
record.setBigInt64(0, -5n, true);
const text = region.asBuffer(600_000, 5);    // a Buffer of Node, in Bun and Deno, too
text.write('hello');
console.log(header[3], pixels.length, region.asBuffer(600_000, 5).toString());
// [end:views]

// [section:outlive]
region.close();                              // name and participation go at once
pixels[0] = 1;                               // the bytes stay as long as a view does
console.log(pixels[0]);
// [end:outlive]

// [section:large]
const large = SharedRegion.create('large', 5 * 2 ** 30, { sparse: true });
const last = large.buffer(large.capacity - 4096, 4096);   // a window of a region above 4 GiB
last[4095] = 1;
console.log(large.capacity, last.length);
// [end:large]
large.close();

// [section:readonly]
const camera = SharedRegion.create('camera', 4096);
const viewer = SharedRegion.open('camera', { readOnly: true });
const frame = viewer.read(0, 1024);          // a copy
try {
  viewer.buffer();
} catch (error) {
  console.log(error.code, frame.length);
}
// [end:readonly]
viewer.close();
camera.close();
