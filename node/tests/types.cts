// SPDX-License-Identifier: MIT
// The same declarations for require.
import zinc = require('zinc-shm');

const region: zinc.SharedRegion = zinc.SharedRegion.create('name', 4096);
const floats: Float32Array = region.as(Float32Array);
const code: string = new Error() instanceof zinc.NotFoundError ? 'ZINC_NOENT' : '';
void [floats, code];
region.close();
