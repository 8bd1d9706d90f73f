// SPDX-License-Identifier: MIT
// Views: what they are over, how long they live, and regions larger than a view.
import { Buffer } from 'node:buffer';
import vm from 'node:vm';

import { SharedRegion, addressOf, DeniedError, TooLargeError } from 'zinc-shm';

import { assert, collect, fileOf, freshName, host, mappings, refused, runtime, test, withRegion }
  from './support/index.mjs';

const GIB = 2 ** 30;

test('views of all classes, without a copy', async () => {
  await withRegion((region) => {
    const bytes = region.buffer();
    assert.ok(bytes instanceof Uint8Array && !(bytes instanceof Buffer));
    assert.equal(bytes.length, 4096);
    assert.equal(addressOf(bytes), region.address);
    const classes = [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array,
      Uint32Array, Float32Array, Float64Array, BigInt64Array, BigUint64Array];
    for (const type of classes) {
      const view = region.as(type);
      assert.ok(view instanceof type);
      assert.equal(view.length, 4096 / type.BYTES_PER_ELEMENT);
      assert.equal(addressOf(view), region.address);
      const part = region.as(type, 64, 3);
      assert.equal(part.length, 3);
      assert.equal(addressOf(part), region.address + 64n);
    }
    const floats = region.as(Float32Array, 8);
    floats[0] = 0.5;
    assert.deepEqual([...bytes.subarray(8, 12)], [0, 0, 0, 63]);
    const data = region.as(DataView, 8, 4);
    assert.equal(data.getFloat32(0, true), 0.5);
    assert.equal(data.byteLength, 4);
    const buffer = region.asBuffer(4, 8);
    assert.ok(Buffer.isBuffer(buffer));
    assert.equal(buffer.readFloatLE(4), 0.5);
    assert.ok(Buffer.isBuffer(region.as(Buffer)));
    assert.equal(region.buffer(10).length, 4086);
    assert.equal(region.buffer(10n, 5n).length, 5);
    assert.equal(region.buffer(4096).length, 0);
    assert.equal(region.as(Float64Array, 4088, 1).length, 1);
  });
});

test('classes of another realm are as good', async () => {
  await withRegion((region) => {
    region.buffer()[8] = 7;
    const [Bytes, Floats, Data, Other, bytes] = vm.runInNewContext(
      '[Uint8Array, Float64Array, DataView, class Other {}, new ArrayBuffer(8)]');
    assert.equal(region.as(Bytes, 8, 1)[0], 7);
    assert.equal(region.as(Floats).length, 512);
    assert.equal(region.as(Data, 8).getUint8(0), 7);
    refused('ZINC_INVAL', () => region.as(Other), TypeError);
    refused('ZINC_INVAL', () => region.as(Floats, 4), RangeError);
    assert.equal(typeof addressOf(bytes), 'bigint');
  });
});

test('elements that do not fill the region are left out', async () => {
  await withRegion((region) => {
    assert.equal(region.as(Float64Array).length, 12);
    assert.equal(region.as(Float64Array, 8).length, 11);
    assert.equal(region.as(Int16Array, 98).length, 1);
    assert.equal(region.as(Int16Array, 100).length, 0);
  }, 101);
});

test('ranges outside are refused', async () => {
  await withRegion((region) => {
    for (const [offset, length] of [[4097], [0, 4097], [4090, 7], [2 ** 52, 1], [1, 2 ** 53 - 1]]) {
      refused('ZINC_OVERFLOW', () => region.buffer(offset, length), TooLargeError);
      refused('ZINC_OVERFLOW', () => region.read(offset, length), TooLargeError);
      refused('ZINC_OVERFLOW', () => region.asBuffer(offset, length), TooLargeError);
    }
    refused('ZINC_OVERFLOW', () => region.as(Float32Array, 0, 1025), TooLargeError);
    refused('ZINC_OVERFLOW', () => region.as(Float64Array, 0, 2 ** 52), TooLargeError);
    refused('ZINC_INVAL', () => region.as(Float32Array, 2), RangeError);
    for (const type of [undefined, null, 'Float32Array', Array, ArrayBuffer, Object, class {},
      () => 0, Object.getPrototypeOf(Uint8Array)]) {
      assert.throws(() => region.as(type), TypeError);
    }
  });
});

test('all views are over one ArrayBuffer', async () => {
  await withRegion((region) => {
    const { buffer } = region.buffer();
    assert.equal(region.as(Float32Array, 4, 2).buffer, buffer);
    assert.equal(region.asBuffer().buffer, buffer);
    assert.equal(buffer.byteLength, 4096);
  });
});

test('views outlive the handle, and the last one unmaps', async () => {
  const name = freshName();
  let inode;
  await (async () => {
    const region = SharedRegion.create(name, 4096);
    inode = region.info().inode;
    const view = region.as(Float32Array);
    const slice = region.buffer(16, 16).subarray(8);
    view[6] = 1.5;
    region.close();
    assert.equal(host.file('exists', fileOf(name)), 0);
    await collect();
    assert.equal(view[6], 1.5);
    assert.equal(slice[3], 63);
    view[1023] = 2;
    assert.ok(mappings(inode) >= 1);
  })();
  for (let i = 0; i < 100 && mappings(inode) !== 0; i += 1) {
    await collect();
  }
  assert.equal(mappings(inode), 0);
});

test('a thousand views of a thousand handles are given back', async () => {
  const name = freshName();
  let inode;
  (() => {
    const keeper = SharedRegion.create(name, 65_536, { rows: 1023 });
    inode = keeper.info().inode;
    assert.ok(mappings(inode) >= 1);
    for (let i = 0; i < 1000; i += 1) {
      const region = SharedRegion.open(name);
      region.buffer()[i] = i;
      region.as(Float64Array, 8, 2)[1] = i;
      region.close();
    }
    assert.equal(keeper.buffer()[999], 999 % 256);
    keeper.close();
  })();
  for (let i = 0; i < 100 && mappings(inode) !== 0; i += 1) {
    await collect();
  }
  assert.equal(mappings(inode), 0);
});

test('growth makes a longer ArrayBuffer over the same bytes', async () => {
  await withRegion((region) => {
    const before = region.buffer();
    region.grow(8192);
    const after = region.buffer();
    assert.notEqual(after.buffer, before.buffer);
    assert.equal(after.length, 8192);
    after[5] = 55;
    assert.equal(before[5], 55);
  }, 4096, { maxCapacity: 8192 });
});

test('structuredClone copies; a transfer never takes the bytes from the region', async () => {
  await withRegion((region) => {
    const view = region.buffer();
    view[0] = 1;
    const copy = structuredClone(view);
    copy[0] = 2;
    assert.equal(view[0], 1);
    try {
      structuredClone(view.buffer, { transfer: [view.buffer] });
    } catch (error) {
      assert.equal(error.name, 'DataCloneError');
    }
    const again = region.buffer();
    assert.equal(again.length, 4096);
    assert.equal(again[0], 1);
    assert.equal(addressOf(again), region.address);
    if (ArrayBuffer.prototype.transfer) {
      try {
        const moved = region.buffer().buffer.transfer();
        assert.equal(new Uint8Array(moved)[0], 1);
      } catch (error) {
        assert.ok(error instanceof TypeError, String(error));
      }
      assert.equal(region.buffer()[0], 1);
      assert.equal(addressOf(region.buffer()), region.address);
    }
  });
});

test('what was transferred away is given back once', async () => {
  let inode;
  (() => {
    const region = SharedRegion.create(freshName(), 4096);
    inode = region.info().inode;
    for (let i = 0; i < 20; i += 1) {
      try {
        structuredClone(region.buffer().buffer, { transfer: [region.buffer().buffer] });
      } catch (error) {
        assert.equal(error.name, 'DataCloneError');
      }
      region.buffer()[0] = i;
    }
    region.close();
  })();
  for (let i = 0; i < 100 && mappings(inode) !== 0; i += 1) {
    await collect();
  }
  assert.equal(mappings(inode), 0);
});

test('a region of more than 4 GiB is seen in windows', async () => {
  await withRegion((region, name) => {
    const capacity = 5 * GIB;
    assert.equal(region.capacity, capacity);
    assert.equal(region.info().capacity, capacity);
    const other = SharedRegion.open(name);
    const error = refused('ZINC_OVERFLOW', () => other.buffer(), TooLargeError);
    assert.ok(error.message.includes('4 GiB'));
    refused('ZINC_OVERFLOW', () => other.buffer(0, 4 * GIB + 1), TooLargeError);
    refused('ZINC_OVERFLOW', () => other.read(), TooLargeError);
    region.buffer(0, 8)[0] = 11;
    region.buffer(capacity - 8)[7] = 22;
    assert.equal(other.read(0, 1)[0], 11);
    const last = other.as(Uint32Array, capacity - 4, 1);
    assert.equal(last[0], 22 * 2 ** 24);
    assert.equal(addressOf(last), other.address + BigInt(capacity) - 4n);
    const wide = other.buffer(GIB, 4 * GIB);
    assert.equal(wide.length, 4 * GIB);
    assert.equal(wide[4 * GIB - 1], 22);
    assert.equal(other.buffer(BigInt(capacity) - 1n)[0], 22);
    // Windows that lie near one another share an ArrayBuffer; one across its end has its own.
    const near = other.buffer(3 * GIB, 16);
    assert.equal(other.buffer(2 * GIB, 2 * GIB).buffer, near.buffer);
    assert.equal(addressOf(near), other.address + 3n * BigInt(GIB));
    region.buffer(2 * GIB - 8, 16).fill(7);
    assert.deepEqual([...other.buffer(2 * GIB - 1, 2)], [7, 7]);
    const across = other.buffer(GIB / 2, 4 * GIB);
    assert.equal(addressOf(across), other.address + BigInt(GIB / 2));
    assert.equal(across[1.5 * GIB], 7);
    other.close();
  }, 5 * GIB, { sparse: true });
});

test('read copies', async () => {
  await withRegion((region) => {
    region.buffer().set([1, 2, 3, 4]);
    const copy = region.read(1, 2);
    assert.deepEqual([...copy], [2, 3]);
    copy[0] = 9;
    assert.equal(region.buffer()[1], 2);
    assert.equal(region.read(4096).length, 0);
    assert.equal(region.read().length, 4096);
    region.close();
    refused('ZINC_CLOSED', () => region.read(0, 1));
  });
});

test('atomics work on the shared bytes', async () => {
  await withRegion((region, name) => {
    const other = SharedRegion.open(name);
    const words = region.as(Int32Array, 0, 4);
    const theirs = other.as(Int32Array, 0, 4);
    assert.equal(Atomics.add(words, 1, 5), 0);
    assert.equal(Atomics.load(theirs, 1), 5);
    assert.equal(Atomics.compareExchange(theirs, 1, 5, 6), 5);
    assert.equal(words[1], 6);
    other.close();
  });
});

test('addressOf refuses what has no bytes', () => {
  for (const wrong of [undefined, null, 1, 'x', {}, [], 1n]) {
    refused('ZINC_INVAL', () => addressOf(wrong), TypeError);
  }
  assert.equal(typeof addressOf(new Float64Array(2)), 'bigint');
  assert.equal(typeof addressOf(new ArrayBuffer(2)), 'bigint');
  assert.ok(['node', 'bun', 'deno'].includes(runtime) && DeniedError);
});
