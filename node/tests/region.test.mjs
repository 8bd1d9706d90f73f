// SPDX-License-Identifier: MIT
// Making handles, their options and facts, and the regions seen from outside.
import * as zinc from 'zinc-shm';

import { Child, assert, fileOf, freshName, host, refused, test, withRegion } from
  './support/index.mjs';

const { SharedRegion } = zinc;

test('create, open, write, read', async () => {
  await withRegion((region, name) => {
    const other = SharedRegion.open(name);
    region.buffer().set([104, 105]);
    assert.equal(other.asBuffer(0, 2).toString(), 'hi');
    assert.equal(other.capacity, 4096);
    assert.equal(other.name, name);
    assert.equal(other.closed, false);
    assert.equal(typeof other.address, 'bigint');
    assert.equal(other.address, zinc.addressOf(other.buffer()));
    other.close();
  });
});

test('the class has two names and one constructor that refuses', () => {
  assert.equal(zinc.ZincRegion, SharedRegion);
  refused('ZINC_INVAL', () => new SharedRegion('name'), TypeError);
});

test('a leading slash is dropped', async () => {
  const region = SharedRegion.create('/slashed', 64);
  const other = SharedRegion.open('slashed');
  assert.equal(region.name, 'slashed');
  other.close();
  region.close();
});

test('errors say what happened', async () => {
  const missing = refused('ZINC_NOENT', () => SharedRegion.open('nobody'), zinc.NotFoundError);
  assert.ok(missing instanceof zinc.ZincError && missing.message.includes('nobody'));
  assert.equal(missing.status, -2);
  assert.equal(missing.systemErrno, 2);
  assert.equal(missing.name, 'NotFoundError');
  assert.notEqual(missing.remedy, '');
  assert.notEqual(missing.reason, '');
  await withRegion((region, name) => {
    const taken = refused('ZINC_EXIST', () => SharedRegion.create(name, 64), zinc.ExistsError);
    assert.ok(taken.message.includes(name));
  });
  for (const wrong of ['', '.hidden', 'a b', 'a/b', 'ä', '/']) {
    refused('ZINC_INVAL', () => SharedRegion.create(wrong, 64), zinc.InvalidError);
  }
  refused('ZINC_NAMETOOLONG', () => SharedRegion.create('x'.repeat(201), 64), zinc.InvalidError);
});

test('openOrCreate tells who created', async () => {
  const name = freshName();
  const one = SharedRegion.openOrCreate(name, 4096);
  const two = SharedRegion.openOrCreate(name, 64);
  assert.deepEqual([one.info().created, two.info().created], [true, false]);
  assert.equal(two.capacity, 4096);
  refused('ZINC_OVERFLOW', () => SharedRegion.openOrCreate(name, 8192), zinc.TooLargeError);
  one.close();
  two.close();
});

test('replace leaves the old region to those who have it', async () => {
  await withRegion((old, name) => {
    old.buffer()[0] = 1;
    const fresh = SharedRegion.replace(name, 8192);
    const opened = SharedRegion.open(name);
    assert.equal(opened.capacity, 8192);
    assert.equal(old.info().stale, true);
    assert.equal(old.tryWait(), true);
    assert.equal(old.buffer()[0], 1);
    opened.close();
    fresh.close();
  });
});

test('private regions go through descriptors and sockets', async () => {
  const [ours, theirs] = host.socketPair();
  const writer = SharedRegion.createPrivate('frames', 4096);
  writer.buffer()[0] = 7;
  writer.send(ours);
  const received = SharedRegion.receive(theirs);
  const descriptor = writer.descriptor();
  const attached = SharedRegion.attach(descriptor);
  received.buffer()[1] = 8;
  assert.deepEqual([...attached.buffer(0, 2)], [7, 8]);
  assert.equal(attached.info().private, true);
  assert.equal(attached.name, 'frames');
  writer.notify();
  assert.equal(received.tryWait(), true);
  for (const one of [ours, theirs, descriptor]) {
    host.closeDescriptor(one);
  }
  refused('ZINC_BADF', () => SharedRegion.attach(descriptor), zinc.SystemError);
  [writer, received, attached].forEach((region) => region.close());
  const unnamed = SharedRegion.createPrivate(undefined, 64);
  assert.equal(unnamed.name, 'private');
  unnamed.close();
});

test('sealed regions are read-only for all others', async () => {
  const writer = SharedRegion.createPrivate('sealed', 4096, { sealed: true });
  writer.asBuffer().write('abc');
  const descriptor = writer.descriptor();
  const reader = SharedRegion.attach(descriptor);
  host.closeDescriptor(descriptor);
  assert.equal(reader.info().readOnly, true);
  assert.deepEqual([...reader.read(0, 3)], [97, 98, 99]);
  refused('ZINC_PERM', () => reader.notify(), zinc.DeniedError);
  refused('ZINC_PERM', () => reader.buffer(), zinc.DeniedError);
  reader.close();
  writer.close();
});

test('lifetimes', async () => {
  const name = freshName();
  const persistent = SharedRegion.create(name, 64, { lifetime: 'persistent' });
  assert.equal(persistent.info().lifetime, 'persistent');
  persistent.close();
  const again = SharedRegion.open(name);
  again.close();
  zinc.remove(name);
  refused('ZINC_NOENT', () => SharedRegion.open(name));

  const creator = SharedRegion.create(name, 64, { lifetime: 'creator' });
  const other = SharedRegion.open(name);
  creator.close();
  refused('ZINC_NOENT', () => SharedRegion.open(name));
  other.buffer()[0] = 1;
  other.close();

  const automatic = SharedRegion.create(name, 64);
  const last = SharedRegion.open(name);
  automatic.close();
  SharedRegion.open(name).close();
  last.close();
  assert.equal(host.file('exists', fileOf(name)), 0);
});

test('mode and accepted modes', async () => {
  await withRegion((region, name) => {
    assert.equal(host.file('mode', fileOf(name)), 0o640);
    assert.equal(region.info().mode, 0o640);
  }, 64, { mode: 0o640 });
  await withRegion((region, name) => {
    const error = refused('ZINC_ACCES', () => SharedRegion.open(name), zinc.DeniedError);
    assert.equal(error.systemErrno, 13);
    SharedRegion.open(name, { acceptMode: 0o022 }).close();
  }, 64, { mode: 0o666n });
});

test('a foreign owner must be accepted', async () => {
  await withRegion((region, name) => {
    host.file('chown', fileOf(name), 12345);
    refused('ZINC_ACCES', () => SharedRegion.open(name), zinc.DeniedError);
    SharedRegion.open(name, { acceptOwners: [12345n] }).close();
    SharedRegion.open(name, { acceptOwners: new Set([1, 12345]) }).close();
    SharedRegion.open(name, { acceptAnyOwner: true }).close();
  }, 64);
}, { skip: host.user() === 0 ? '' : 'only root can give a file away' });

test('read-only handles read, wait and refuse the rest', async () => {
  await withRegion(async (region, name) => {
    const reader = SharedRegion.open(name, { readOnly: true });
    assert.equal(reader.info().readOnly, true);
    region.buffer().set([1, 2, 3]);
    assert.deepEqual([...reader.read(0, 3)], [1, 2, 3]);
    assert.equal(reader.read().length, 4096);
    refused('ZINC_PERM', () => reader.notify(), zinc.DeniedError);
    refused('ZINC_PERM', () => reader.grow(8192), zinc.DeniedError);
    for (const view of [() => reader.buffer(), () => reader.asBuffer(0, 1),
      () => reader.as(Uint8Array)]) {
      const error = refused('ZINC_PERM', view, zinc.DeniedError);
      assert.ok(error.message.includes('read-only') && error.message.includes('read('));
    }
    region.notify();
    assert.equal(reader.wait(1000), true);
    reader.close();
    const unsafe = SharedRegion.open(name, { readOnly: true, unsafeViews: true });
    assert.deepEqual([...unsafe.buffer(0, 3)], [1, 2, 3]);
    unsafe.close();
  });
});

test('a write through an unsafe view ends that process, as it says', async () => {
  await withRegion(async (region, name) => {
    const child = new Child('unsafe', [name]);
    assert.notEqual(await child.ended(), 0);
    assert.ok(child.output.includes('reads 5') && !child.output.includes('wrote'), child.output);
    assert.equal(region.buffer()[0], 5);
  });
});

test('growth in place', async () => {
  await withRegion((region, name) => {
    const other = SharedRegion.open(name);
    const before = other.buffer();
    region.grow(100_000);
    assert.equal(other.capacity, 100_000);
    assert.equal(before.length, 4096);
    const after = other.buffer();
    assert.equal(after.length, 100_000);
    assert.equal(zinc.addressOf(after), zinc.addressOf(before));
    region.buffer()[99_999] = 9;
    before[0] = 4;
    assert.deepEqual([after[99_999], after[0]], [9, 4]);
    region.grow(10);
    assert.equal(region.capacity, 100_000);
    refused('ZINC_OVERFLOW', () => region.grow(200_000), zinc.TooLargeError);
    assert.equal(region.info().maxCapacity, 150_000);
    other.close();
  }, 4096, { maxCapacity: 150_000n });
});

test('facts', async () => {
  await withRegion((region, name) => {
    const info = region.info();
    assert.equal(info.name, name);
    assert.equal(info.domain, host.environment('ZINC_DOMAIN'));
    assert.deepEqual([info.capacity, info.maxCapacity, info.rows], [5000, 5000, 7]);
    assert.deepEqual([info.created, info.creatorAlive, info.readOnly, info.stale, info.private,
      info.sealed, info.gone, info.dead, info.reclaimable, info.sparse],
    [true, true, false, false, false, false, false, false, false, false]);
    assert.equal(info.waitPolicy, 'park');
    assert.equal(info.layout, zinc.layout);
    assert.equal(info.participantsAlive, 1);
    assert.equal(info.status, 0);
    assert.equal(typeof info.inode, 'bigint');
    const age = BigInt(Date.now()) * 1_000_000n - info.createdNs;
    assert.ok(age > -1_000_000_000n && age < 60_000_000_000n, `created ${age} ns ago`);
    region.notify();
    assert.equal(region.info().notifications, info.notifications + 1);
  }, 5000, { rows: 7, waitPolicy: 'park' });
});

test('rows are limited', async () => {
  await withRegion((region, name) => {
    const second = SharedRegion.open(name);
    refused('ZINC_USERS', () => SharedRegion.open(name), zinc.TooManyUsersError);
    second.close();
  }, 64, { rows: 2 });
});

test('list, lookup and participants', async () => {
  await withRegion((region, name) => {
    const found = zinc.list();
    assert.deepEqual(found.map((info) => info.name), [name]);
    assert.deepEqual(SharedRegion.list().map((info) => info.inode), [region.info().inode]);
    const seen = zinc.lookup(name);
    assert.deepEqual([seen.capacity, seen.participantsAlive, seen.created], [4096, 1, false]);
    const [row] = zinc.participants(name);
    assert.deepEqual([row.row, row.alive, row.creator, row.sameNamespace], [1, true, true, true]);
    assert.ok(row.pid > 0 && row.startedTicks > 0 && row.program.length > 0);
    refused('ZINC_NOENT', () => zinc.lookup('nobody'), zinc.NotFoundError);
    refused('ZINC_NOENT', () => zinc.participants('nobody'), zinc.NotFoundError);
    refused('ZINC_NOENT', () => zinc.remove('nobody'), zinc.NotFoundError);
  });
  assert.deepEqual(zinc.list(), []);
});

test('unlink belongs to the creator', async () => {
  await withRegion((region, name) => {
    const other = SharedRegion.open(name);
    refused('ZINC_PERM', () => other.unlink(), zinc.DeniedError);
    region.unlink();
    region.unlink();
    refused('ZINC_NOENT', () => SharedRegion.open(name));
    assert.equal(other.info().stale, true);
    other.close();
  });
});

test('gc removes what the dead left, and dryRun tells', async () => {
  const name = freshName();
  const child = new Child('hold', [name]);
  await child.said('ready');
  child.kill(9);
  assert.equal(await child.ended(), -9);
  assert.equal(zinc.lookup(name).reclaimable, true);
  assert.ok(zinc.doctor().regionsStale >= 1);
  const told = zinc.gc({ dryRun: true });
  assert.deepEqual(told.removals.map((one) => one.name), [name]);
  assert.equal(told.removals[0].temporary, false);
  assert.equal(host.file('exists', fileOf(name)), 1);
  const report = SharedRegion.gc();
  assert.equal(report.regionsRemoved, 1);
  assert.equal(report.failures, 0);
  assert.equal(host.file('exists', fileOf(name)), 0);
  refused('ZINC_INVAL', () => zinc.gc({ dryRun: 1 }), TypeError);
});

test('doctor', () => {
  const facts = zinc.doctor();
  assert.equal(facts.directoryStatus, 0);
  assert.equal(facts.domain, host.environment('ZINC_DOMAIN'));
  assert.ok(facts.processors >= 1 && facts.pageSize >= 4096 && facts.directoryTotal > 0);
  assert.equal(typeof facts.hasWaitv, 'boolean');
});

test('printing', async () => {
  await withRegion((region, name) => {
    assert.equal(String(region), `SharedRegion '${name}'`);
    assert.equal(Object.prototype.toString.call(region), '[object SharedRegion]');
    assert.deepEqual(Object.keys(region), []);
  });
});
