// SPDX-License-Identifier: MIT
// [section:require]
const { SharedRegion } = require('zinc-shm');

const region = SharedRegion.create('frames', 4096);
console.log(region.capacity);
region.close();
// [end:require]
