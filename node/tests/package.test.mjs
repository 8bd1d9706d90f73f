// SPDX-License-Identifier: MIT
// The entries of the package, its addon, and the lines that users have read of its predecessors.
import { createRequire } from 'node:module';

import * as zinc from 'zinc-shm';
import standard from 'zinc-shm';

import { Child, assert, folder, host, runtime, test } from './support/index.mjs';

test('import and require give the same classes', async () => {
  const native = await import(`file://${folder}/node_modules/zinc-shm/src/${runtime}.js`);
  assert.equal(native.default.SharedRegion, zinc.SharedRegion);
  assert.equal(standard.SharedRegion, zinc.SharedRegion);
  const names = Object.keys(native.default).sort();
  assert.deepEqual(Object.keys(zinc).filter((name) => name !== 'default').sort(), names);
  if (runtime !== 'deno') {
    // Deno lets packages be required without permission by packages only.
    const required = createRequire(import.meta.url)('zinc-shm');
    assert.equal(required.SharedRegion, zinc.SharedRegion);
  }
});

test('the addon is the one of the package', () => {
  assert.ok(zinc.binding.file.startsWith(`${folder}/node_modules/zinc-shm/prebuilds/`));
  const maps = new TextDecoder().decode(host.readFile('/proc/self/maps'));
  assert.ok(maps.includes(zinc.binding.file));
  assert.ok(!maps.includes('libzinc.so'));
});

test('an addon of another release or layout is refused', async () => {
  const native = (await import(`file://${folder}/node_modules/zinc-shm/src/native.js`)).default;
  const addon = (version, layout) => ({ version: () => version, layout: () => layout });
  native.check(addon(zinc.version, zinc.layout), 'x.node');
  assert.throws(() => native.check(addon('0.0.9', zinc.layout), '/a/x.node'),
    /\/a\/x\.node is release 0\.0\.9.*this package is release/);
  assert.throws(() => native.check(addon(zinc.version, 7), 'x.node'), /layout 7.*layout 1/);
});

test('the order in which the addon is looked for, and what is said without one', async () => {
  const { FILES, load } = (await import(
    `file://${folder}/node_modules/zinc-shm/src/native.js`)).default;
  assert.equal(FILES[0], zinc.binding.file);
  assert.ok(FILES[1].endsWith('zinc-shm/build/zinc.node'));
  assert.equal(load([`${folder}/nothing.node`, FILES[0]]).file, FILES[0]);
  assert.throws(() => load([`${folder}/nothing.node`, `${folder}/nothing-else.node`]), (error) =>
    error.message.includes('native/build.js') && error.message.includes('nothing-else.node'));
});

test('sources that are loaded twice share the waits of their addon', async () => {
  const require = createRequire(import.meta.url);
  const first = require('zinc-shm');
  const kept = { ...require.cache };
  const loaded = Object.keys(require.cache).filter((file) =>
    file.includes('zinc-shm') && file.endsWith('.js'));
  loaded.forEach((file) => delete require.cache[file]);
  const second = require('zinc-shm');
  loaded.forEach((file) => {
    require.cache[file] = kept[file];
  });
  assert.notEqual(second.SharedRegion, first.SharedRegion);
  const one = first.SharedRegion.create('twice', 64);
  const two = second.SharedRegion.open('twice');
  const waits = [one, two, one, two].map((region) => region.waitAsync(20_000));
  one.notify();
  assert.deepEqual(await Promise.all(waits), [true, true, true, true]);
  assert.equal(await two.waitAsync(1), false);
  two.close();
  one.close();
}, { skip: runtime === 'deno' ? 'Deno has packages required by packages only' : '' });

test('seed lines', async () => {
  const creator = zinc.ZincRegion.create('pipeline', 64 * 1024 * 1024);
  creator.as(Float32Array).fill(1.5, 0, 100);
  creator.notify();
  const region = zinc.SharedRegion.open('pipeline');
  assert.equal(region.wait(1000), true);
  assert.equal(region.as(Float32Array)[99], 1.5);
  region.close();
  creator.close();
  const made = zinc.SharedRegion.create('test', 4096);
  const opened = zinc.SharedRegion.open('test');
  assert.equal(opened.buffer().length, 4096);
  opened.close();
  made.close();
});

test('the environment decides where regions are', async () => {
  const elsewhere = new Child('where', [], { environment: { ZINC_DOMAIN: 'js-elsewhere' } });
  const said = await elsewhere.well();
  assert.equal(said.trim(), 'js-elsewhere /dev/shm');
  const nowhere = new Child('where', [], { environment: { ZINC_DIR: '/nowhere' } });
  assert.equal(await nowhere.ended(), 1);
  assert.match(nowhere.errors, /ZINC_NOENT|ENOENT/);
});
