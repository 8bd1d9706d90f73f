// SPDX-License-Identifier: MIT
// The end of handles: closing, closing twice, use after it, collection, exit.
import * as zinc from 'zinc-shm';

import { Child, Thread, assert, collect, fileOf, freshName, host, packageUrl, refused, rejected,
  runtime, test, until, withRegion } from './support/index.mjs';

const { SharedRegion } = zinc;

test('closing twice is harmless', async () => {
  const region = SharedRegion.create(freshName(), 64);
  region.close();
  region.close();
  assert.equal(region.closed, true);
  assert.equal(String(region).endsWith('(closed)'), true);
});

test('use after close says closed', async () => {
  const region = SharedRegion.create(freshName(), 64);
  const { name } = region;
  region.close();
  const uses = {
    buffer: () => region.buffer(), asBuffer: () => region.asBuffer(),
    as: () => region.as(Int8Array), window: () => region.buffer(0, 1),
    read: () => region.read(), notify: () => region.notify(),
    wait: () => region.wait(0), forEver: () => region.wait(), tryWait: () => region.tryWait(),
    capacity: () => region.capacity, address: () => region.address, info: () => region.info(),
    grow: () => region.grow(128), unlink: () => region.unlink(), send: () => region.send(0),
    descriptor: () => region.descriptor(), notifications: () => region.notifications(),
  };
  for (const [what, use] of Object.entries(uses)) {
    const error = refused('ZINC_CLOSED', use, zinc.ClosedError);
    assert.ok(error.message.includes('closed') && error.message.includes(name), what);
    assert.equal(error.status, -32);
  }
  await rejected('ZINC_CLOSED', region.waitAsync(), zinc.ClosedError);
  assert.equal(region.name, name);
});

test('dispose closes', async () => {
  const region = SharedRegion.create(freshName(), 64);
  if (Symbol.dispose) {
    region[Symbol.dispose]();
    assert.equal(region.closed, true);
  }
  region.close();
});

test('closing while a worker waits on its own handle leaves that one alone', async () => {
  await withRegion(async (region, name) => {
    const thread = new Thread(`({ SharedRegion }, name, post) => {
      const region = SharedRegion.open(name);
      post('open');
      post(region.wait(20_000));
      region.close();
    }`, name);
    assert.equal(await thread.next(), 'open');
    const second = SharedRegion.open(name);
    await until(() => region.info().waiters === 1, 'the wait');
    region.close();
    assert.equal(second.info().waiters, 1);
    second.notify();
    assert.equal(await thread.next(), true);
    second.close();
    await thread.ended();
  });
});

test('a handle that is collected is closed', async () => {
  const name = freshName();
  (() => {
    SharedRegion.create(name, 64).notify();
  })();
  for (let i = 0; i < 100 && host.file('exists', fileOf(name)); i += 1) {
    await collect();
  }
  assert.equal(host.file('exists', fileOf(name)), 0);
});

test('a pending wait keeps its handle, and its end lets it go', async () => {
  const name = freshName();
  const region = SharedRegion.create(name, 64);
  const waits = (() => [SharedRegion.open(name).waitAsync()])();
  await collect();
  assert.equal(region.info().participantsAlive, 2);
  region.notify();
  assert.equal(await waits.pop(), true);
  for (let i = 0; i < 100 && region.info().participantsAlive !== 1; i += 1) {
    await collect();
  }
  assert.equal(region.info().participantsAlive, 1);
  region.close();
});

test('leaks are reported where they are looked for', async () => {
  const name = freshName();
  const quiet = new Child('leak', [name, 'collect']);
  assert.equal(await quiet.well(), 'gone\n');
  assert.equal(quiet.errors, '');
  for (const way of ['collect', 'end', 'exit', 'worker']) {
    const loud = new Child('leak', [name, way], { environment: { ZINC_DEBUG_LEAKS: '1' } });
    await loud.ended();
    assert.ok(loud.errors.includes(`zinc: leak: region '${name}' was never closed`),
      `${way}: ${loud.errors}`);
    assert.ok(loud.errors.includes('opened at '), loud.errors);
    if (way !== 'worker') {
      assert.ok(/leak\.mjs:\d+/.test(loud.errors), loud.errors);
    }
    assert.equal(loud.errors.split('zinc: leak').length, 2, loud.errors);
  }
  const closed = new Child('leak', [name, 'close'], { environment: { ZINC_DEBUG_LEAKS: '1' } });
  await closed.well();
  assert.equal(closed.errors, '');
});

test('names go when a process ends without closing', async () => {
  for (const way of ['end', 'exit', 'worker']) {
    const name = freshName();
    await new Child('leak', [name, way]).ended();
    assert.equal(host.file('exists', fileOf(name)), 0, way);
  }
});

test('views of a worker that has ended are given back', async () => {
  await withRegion(async (region, name) => {
    for (let i = 0; i < 5; i += 1) {
      const thread = new Thread(`({ SharedRegion }, name, post) => {
        const region = SharedRegion.open(name);
        globalThis.kept = [region.buffer(), region.as(Float32Array), region];
        post(kept[0].length);
      }`, name);
      assert.equal(await thread.next(), 4096);
      await thread.worker.terminate();
    }
    await until(() => region.info().participantsAlive === 1, 'the end of the workers');
  });
});

test('workers that are terminated inside calls end alone', async () => {
  const child = new Child('terminate_busy', [freshName(), packageUrl]);
  assert.equal((await child.well()).trim(), '1');
}, { skip: runtime === 'deno' ? 'Deno ends no worker that is busy' : '' });

test('an object whose constructor has thrown is closed', async () => {
  const kept = [];
  class Strict extends SharedRegion {
    constructor(making) {
      super(making);
      kept.push(this, making);
      throw new Error('not today');
    }
  }
  const name = freshName();
  assert.throws(() => Strict.create(name, 64), /not today/);
  assert.equal(host.file('exists', fileOf(name)), 0);
  const [region, making] = kept;
  assert.equal(region.closed, true);
  refused('ZINC_CLOSED', () => region.notify(), zinc.ClosedError);
  // What the constructor was given makes no second object of the handle.
  assert.throws(() => new SharedRegion(making), TypeError);
  class Other extends SharedRegion {
    constructor(given) {
      kept.push(given);
      return {};
    }
  }
  Other.create(name, 64);
  assert.equal(host.file('exists', fileOf(name)), 0);
  assert.throws(() => new SharedRegion(kept.pop()), TypeError);
});

test('a view sent to a worker is a copy', async () => {
  await withRegion(async (region) => {
    region.buffer()[0] = 1;
    const thread = new Thread(`(zinc, view, post) => {
      post([view.length, view[0]]);
      view[0] = 99;
      post('changed');
    }`, region.buffer(0, 16));
    assert.equal((await thread.next())[1], 1);
    assert.equal(await thread.next(), 'changed');
    assert.equal(region.buffer()[0], 1);
    await thread.ended();
  });
});
