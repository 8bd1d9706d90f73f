// SPDX-License-Identifier: MIT
// Wrong arguments are an error of JavaScript before anything happens.
import * as zinc from 'zinc-shm';

import { assert, freshName, refused, test, withRegion } from './support/index.mjs';

const { SharedRegion } = zinc;

const NUMBERS = [-1, -0.5, 1.5, NaN, Infinity, -Infinity, 2 ** 53, 2 ** 53 + 2, 2 ** 64, -1n,
  2n ** 53n, 2n ** 53n + 1n, 2n ** 64n, 2n ** 64n + 4096n];
const OTHERS = [null, '4096', '', true, false, {}, [], [4096], () => 1, Symbol('x'), new Date(),
  Object(5)];

test('capacities', async () => {
  const name = freshName();
  for (const wrong of [0, 0n, -0, ...NUMBERS]) {
    refused('ZINC_INVAL', () => SharedRegion.create(name, wrong), RangeError);
    refused('ZINC_INVAL', () => SharedRegion.openOrCreate(name, wrong), RangeError);
    refused('ZINC_INVAL', () => SharedRegion.replace(name, wrong), RangeError);
    refused('ZINC_INVAL', () => SharedRegion.createPrivate(name, wrong), RangeError);
  }
  for (const wrong of [undefined, ...OTHERS]) {
    refused('ZINC_INVAL', () => SharedRegion.create(name, wrong), TypeError);
    refused('ZINC_INVAL', () => SharedRegion.openOrCreate(name, wrong), TypeError);
    refused('ZINC_INVAL', () => SharedRegion.replace(name, wrong), TypeError);
    refused('ZINC_INVAL', () => SharedRegion.createPrivate(name, wrong), TypeError);
  }
  await withRegion((region) => {
    NUMBERS.forEach((wrong) => refused('ZINC_INVAL', () => region.grow(wrong), RangeError));
    OTHERS.forEach((wrong) => refused('ZINC_INVAL', () => region.grow(wrong), TypeError));
  });
});

test('sizes too large for the machine are errors, no crash', () => {
  for (const size of [Number.MAX_SAFE_INTEGER, 2 ** 47, 2n ** 50n]) {
    for (const sparse of [false, true]) {
      assert.throws(() => SharedRegion.create(freshName(), size, { sparse }), (error) =>
        ['ZINC_NOSPC', 'ZINC_NOMEM', 'ZINC_OVERFLOW', 'ZINC_INVAL'].includes(error.code));
    }
  }
});

test('bigints are accepted where numbers are', async () => {
  const region = SharedRegion.create(freshName(), 4096n, { maxCapacity: 8192n, rows: 5n });
  assert.equal(region.buffer(8n, 4n).length, 4);
  assert.equal(region.as(Float64Array, 8n, 4n).length, 4);
  assert.equal(region.asBuffer(8n).length, 4088);
  region.grow(8192n);
  assert.equal(region.capacity, 8192);
  assert.equal(region.tryWait(), true); // growth notifies
  assert.equal(region.wait(1n), false);
  assert.equal(await region.waitAsync(1n), false);
  region.close();
});

test('names', () => {
  for (const wrong of [undefined, null, 5, 5n, {}, [], ['a'], Symbol('a'), new Uint8Array(3),
    new URL('file:///a'), Object('a')]) {
    refused('ZINC_INVAL', () => SharedRegion.open(wrong), TypeError);
    refused('ZINC_INVAL', () => SharedRegion.create(wrong, 64), TypeError);
    refused('ZINC_INVAL', () => zinc.lookup(wrong), TypeError);
    refused('ZINC_INVAL', () => zinc.remove(wrong), TypeError);
    refused('ZINC_INVAL', () => zinc.participants(wrong), TypeError);
  }
  for (const wrong of ['a\0b', '\0', 'a\0', '\ud800', 'a\udc00']) {
    const error = refused('ZINC_INVAL', () => SharedRegion.create(wrong, 64), RangeError);
    assert.ok(!(error instanceof zinc.ZincError));
    refused('ZINC_INVAL', () => SharedRegion.open(wrong), RangeError);
    refused('ZINC_INVAL', () => zinc.lookup(wrong), RangeError);
    refused('ZINC_INVAL', () => SharedRegion.createPrivate(wrong, 64), RangeError);
  }
  refused('ZINC_INVAL', () => SharedRegion.createPrivate(5, 64), TypeError);
});

test('offsets and lengths', async () => {
  await withRegion((region) => {
    for (const wrong of NUMBERS) {
      refused('ZINC_INVAL', () => region.buffer(wrong), RangeError);
      refused('ZINC_INVAL', () => region.buffer(0, wrong), RangeError);
      refused('ZINC_INVAL', () => region.asBuffer(wrong), RangeError);
      refused('ZINC_INVAL', () => region.as(Int8Array, wrong), RangeError);
      refused('ZINC_INVAL', () => region.as(Int8Array, 0, wrong), RangeError);
      refused('ZINC_INVAL', () => region.read(wrong), RangeError);
      refused('ZINC_INVAL', () => region.read(0, wrong), RangeError);
    }
    for (const wrong of OTHERS) {
      refused('ZINC_INVAL', () => region.buffer(wrong), TypeError);
      refused('ZINC_INVAL', () => region.buffer(0, wrong), TypeError);
      refused('ZINC_INVAL', () => region.as(Int8Array, wrong), TypeError);
      refused('ZINC_INVAL', () => region.read(wrong), TypeError);
    }
  });
});

test('options', () => {
  const name = freshName();
  const create = (options) => () => SharedRegion.create(name, 64, options);
  for (const wrong of [null, 5, 'auto', true, Symbol('x')]) {
    refused('ZINC_INVAL', create(wrong), TypeError);
  }
  for (const wrong of [{ lifetim: 'auto' }, { readOnly: true }, { sealed: true },
    { lifetime: 'for ever' }, { lifetime: 1 }, { lifetime: 'constructor' }, { waitPolicy: 'doze' },
    { mode: 0 }, { mode: 0o10000 }, { mode: -1 }, { mode: 1.5 }, { rows: 0 }, { rows: 1024 },
    { maxCapacity: -1 }, { maxCapacity: 2n ** 60n }, { group: -1 }, { group: 2 ** 32 }]) {
    refused('ZINC_INVAL', create(wrong), RangeError);
  }
  for (const wrong of [{ sparse: 1 }, { prefault: 'yes' }, { hugePages: null }, { mode: '0600' },
    { rows: null }, { maxCapacity: '5' }, { readOnlyWaiters: 0 }]) {
    refused('ZINC_INVAL', create(wrong), TypeError);
  }
  for (const wrong of [{ acceptOwners: 5 }, { acceptOwners: null }, { acceptOwners: ['root'] },
    { acceptAnyOwner: 1 }, { readOnly: 'r' }, { unsafeViews: 1 }]) {
    refused('ZINC_INVAL', () => SharedRegion.open(name, wrong), TypeError);
  }
  refused('ZINC_INVAL', () => SharedRegion.open(name, { acceptOwners: [-1] }), RangeError);
  refused('ZINC_INVAL', create({ maxCapacity: 32 }));
  const region = SharedRegion.create(name, 64, { mode: undefined, prefault: true,
    readOnlyWaiters: true, hugePages: false, sparse: undefined });
  assert.equal(region.info().readOnlyWaiters, true);
  assert.ok(region.info().prefaulted > 0);
  region.close();
});

test('options are not taken from prototypes', async () => {
  await withRegion((region, name) => {
    const polluted = { unsafeViews: true, readOnly: 5, signal: 5, dryRun: 5 };
    Object.assign(Object.prototype, polluted);
    try {
      const reader = SharedRegion.open(name, Object.create({ x: 1 }, {
        readOnly: { value: true, enumerable: true } }));
      refused('ZINC_PERM', () => reader.buffer());
      reader.close();
      SharedRegion.open(name).close();
      zinc.gc();
      region.notifications();
    } finally {
      Object.keys(polluted).forEach((key) => delete Object.prototype[key]);
    }
  });
});

test('descriptors and sockets', async () => {
  for (const wrong of [-1, 1.5, NaN, 2 ** 31, 2n ** 40n]) {
    refused('ZINC_INVAL', () => SharedRegion.attach(wrong), RangeError);
    refused('ZINC_INVAL', () => SharedRegion.receive(wrong), RangeError);
  }
  for (const wrong of [undefined, null, '3', {}, []]) {
    refused('ZINC_INVAL', () => SharedRegion.attach(wrong), TypeError);
    refused('ZINC_INVAL', () => SharedRegion.receive(wrong), TypeError);
  }
  refused('ZINC_BADF', () => SharedRegion.attach(123_456), zinc.SystemError);
  assert.throws(() => SharedRegion.receive(123_456), zinc.ZincError);
  await withRegion((region) => {
    refused('ZINC_INVAL', () => region.send('x'), TypeError);
    assert.throws(() => region.send(123_456), zinc.ZincError);
  });
});

test('methods need their region', async () => {
  await withRegion((region) => {
    for (const other of [undefined, null, {}, 5, Object.create(SharedRegion.prototype)]) {
      for (const method of ['buffer', 'notify', 'wait', 'tryWait', 'info', 'close', 'grow', 'read',
        'unlink', 'descriptor']) {
        assert.throws(() => SharedRegion.prototype[method].call(other), TypeError);
      }
      const { get } = Object.getOwnPropertyDescriptor(SharedRegion.prototype, 'capacity');
      assert.throws(() => get.call(other), TypeError);
    }
    assert.equal(region.closed, false);
  });
});

test('getters that throw leave nothing behind', () => {
  const options = { get lifetime() {
    throw new Error('from a getter');
  } };
  assert.throws(() => SharedRegion.create(freshName(), 64, options), /from a getter/);
  const owners = { acceptOwners: { * [Symbol.iterator]() {
    throw new Error('from an iterator');
  } } };
  assert.throws(() => SharedRegion.open(freshName(), owners), /from an iterator/);
});
