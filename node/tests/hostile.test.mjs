// SPDX-License-Identifier: MIT
// Files that are no regions, or spoiled ones: a documented error, no crash, nothing left.
import * as zinc from 'zinc-shm';

import { assert, fileOf, freshName, host, refused, test, withRegion } from './support/index.mjs';

const { SharedRegion } = zinc;
const DOCUMENTED = ['ZINC_LAYOUT', 'ZINC_CORRUPT', 'ZINC_ACCES', 'ZINC_NOENT', 'ZINC_EXIST',
  'ZINC_OVERFLOW', 'ZINC_USERS', 'ZINC_BUSY', 'ZINC_NOMEM'];

/** The bytes of a real, persistent region's file. */
function model() {
  const name = freshName();
  SharedRegion.create(name, 4096, { lifetime: 'persistent', rows: 4 }).close();
  const bytes = host.readFile(fileOf(name));
  zinc.remove(name);
  return bytes;
}

/** Put bytes where a region would be, run `work`, and take them away. */
function planted(bytes, work) {
  const name = freshName();
  host.writeFile(fileOf(name), bytes);
  try {
    work(name);
  } finally {
    if (host.file('exists', fileOf(name))) {
      host.file('unlink', fileOf(name));
    }
  }
}

/** Everything that opens: each succeeds or fails with a documented error. */
function tryAll(name) {
  let opened = 0;
  for (const call of [() => SharedRegion.open(name), () => SharedRegion.open(name,
    { readOnly: true }), () => SharedRegion.openOrCreate(name, 64)]) {
    try {
      const region = call();
      opened += 1;
      assert.ok(region.capacity > 0 && region.capacity <= 2 ** 40);
      region.tryWait();
      assert.equal(region.info().capacity, region.capacity);
      region.close();
    } catch (error) {
      assert.ok(DOCUMENTED.includes(error.code), error.stack);
    }
  }
  zinc.list();
  return opened;
}

function random(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

test('a foreign file', () => {
  planted(new Uint8Array(12_000).fill(110), (name) => {
    const error = refused('ZINC_LAYOUT', () => SharedRegion.open(name), zinc.LayoutError);
    assert.ok(error.message.includes(name));
    refused('ZINC_LAYOUT', () => zinc.lookup(name), zinc.LayoutError);
    refused('ZINC_LAYOUT', () => zinc.remove(name), zinc.LayoutError);
    assert.deepEqual(zinc.list().map((info) => [info.name, info.status]), [[name, -71]]);
    assert.equal(host.readFile(fileOf(name)).length, 12_000);
  });
});

test('an empty and a truncated file', () => {
  const whole = model();
  for (const length of [0, 1, 63, 64, 100, 4096, 16_384, whole.length - 1]) {
    planted(whole.slice(0, length), (name) => {
      assert.throws(() => SharedRegion.open(name),
        (error) => ['ZINC_LAYOUT', 'ZINC_CORRUPT'].includes(error.code));
    });
  }
});

test('another layout number', () => {
  const whole = model();
  const spoiled = Array.from({ length: 64 }, (_, i) => i).filter((at) => {
    const bytes = whole.slice();
    bytes[at] ^= 0xff;
    let code = '';
    planted(bytes, (name) => {
      try {
        SharedRegion.open(name).close();
      } catch (error) {
        code = error.code;
      }
    });
    return code === 'ZINC_LAYOUT';
  });
  assert.ok(spoiled.length >= 8, `only bytes ${spoiled} are looked at`);
});

test('a link, a directory and a fifo are no regions', async () => {
  await withRegion((region, name) => {
    const link = freshName();
    host.file('symlink', fileOf(link), fileOf(name));
    assert.throws(() => SharedRegion.open(link), zinc.ZincError);
    host.file('unlink', fileOf(link));
  });
  for (const [make, end] of [['mkdir', 'rmdir'], ['mkfifo', 'unlink']]) {
    const name = freshName();
    host.file(make, fileOf(name));
    assert.throws(() => SharedRegion.open(name), zinc.ZincError);
    host.file(end, fileOf(name));
  }
});

test('random bytes', () => {
  const below = random(1);
  for (let i = 0; i < 60; i += 1) {
    const bytes = new Uint8Array(below(30_000)).map(() => below(256));
    planted(bytes, (name) => assert.ok(tryAll(name) <= 3));
  }
});

test('a spoiled region', () => {
  const whole = model();
  const below = random(2);
  let opened = 0;
  for (let i = 0; i < 150; i += 1) {
    const bytes = whole.slice();
    for (let n = below(8); n >= 0; n -= 1) {
      bytes[below(600)] = below(256);
    }
    planted(i % 3 === 0 ? bytes.slice(0, below(40_000)) : bytes, (name) => {
      opened += tryAll(name);
    });
  }
  // Most of what was spoiled is not the header's: both ends were seen.
  assert.ok(opened > 0 && opened < 450, `${opened} of 450 were opened`);
});

test('a region truncated while it is open', async () => {
  await withRegion((region, name) => {
    host.file('truncate', fileOf(name), 4096);
    assert.equal(region.info().gone, true);
    assert.throws(() => SharedRegion.open(name),
      (error) => ['ZINC_CORRUPT', 'ZINC_LAYOUT'].includes(error.code));
    assert.throws(() => region.grow(2 ** 21),
      (error) => ['ZINC_GONE', 'ZINC_OVERFLOW'].includes(error.code));
    region.notify();
    assert.equal(region.tryWait(), true);
  }, 2 ** 20);
});
