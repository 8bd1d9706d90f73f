// SPDX-License-Identifier: MIT
// Waits that block: scripts, workers, interrupts, and other processes.
import { SharedRegion } from 'zinc-shm';

import { Child, SLACK_MS, Thread, assert, freshName, refused, runtime, sleep, test, until,
  untilWaiting, withRegion } from './support/index.mjs';

function spent(work) {
  const start = performance.now();
  work();
  return performance.now() - start;
}

test('timeouts are false', async () => {
  await withRegion((region) => {
    const took = spent(() => assert.equal(region.wait(50), false));
    assert.ok(took >= 49 && took < 50 + SLACK_MS, `${took} ms`);
    assert.equal(region.wait(0), false);
    assert.equal(region.wait(0n), false);
    assert.equal(region.tryWait(), false);
    assert.ok(spent(() => region.wait(170n)) >= 169);
  });
});

test('notifications coalesce, and a fresh handle sees the last one', async () => {
  await withRegion((region, name) => {
    region.notify();
    const other = SharedRegion.open(name);
    assert.equal(other.wait(), true);
    assert.equal(other.wait(0), false);
    for (let i = 0; i < 5; i += 1) {
      region.notify();
    }
    assert.equal(other.wait(Infinity), true);
    assert.equal(other.tryWait(), false);
    other.close();
  });
});

test('a worker opens by name, waits, and sees what was written', async () => {
  await withRegion(async (region, name) => {
    const thread = new Thread(`({ SharedRegion }, name, post) => {
      const region = SharedRegion.open(name);
      post('open');
      post([region.wait(20_000), region.buffer()[0]]);
      region.close();
    }`, name);
    assert.equal(await thread.next(), 'open');
    await untilWaiting(region, 1);
    region.buffer()[0] = 42;
    region.notify();
    assert.deepEqual(await thread.next(), [true, 42]);
    assert.equal(await thread.ended(), 0);
  });
});

test('one notification ends the waits of all workers', async () => {
  await withRegion(async (region, name) => {
    const threads = Array.from({ length: 6 }, () => new Thread(`({ SharedRegion }, name, post) => {
      const region = SharedRegion.open(name);
      post(region.wait(20_000));
      region.close();
    }`, name));
    await untilWaiting(region, 6);
    region.notify();
    for (const thread of threads) {
      assert.equal(await thread.next(), true);
      await thread.ended();
    }
  });
});

test('terminating a worker ends its wait for ever', async () => {
  await withRegion(async (region, name) => {
    const thread = new Thread(`({ SharedRegion }, name) => SharedRegion.open(name).wait()`, name);
    await untilWaiting(region, 1);
    assert.equal(region.info().participantsAlive, 2);
    const start = performance.now();
    await thread.worker.terminate();
    await until(() => region.info().participantsAlive === 1, 'the end of its participation');
    assert.ok(performance.now() - start < 100 + SLACK_MS);
    assert.equal(region.info().waiters, 0);
    assert.deepEqual(thread.messages, []);
  });
}, { skip: runtime === 'deno' ? 'Deno terminates no busy worker, nor one in for(;;)' : '' });

test('a process can exit while its worker waits for ever', async () => {
  await withRegion(async (region, name) => {
    const child = new Child('exit_with_worker', [name]);
    await untilWaiting(region, 1);
    await child.said('waiting');
    region.buffer()[0] = 1;
    assert.equal(await child.ended(), 7, child.errors);
  });
});

test('the interrupt key ends a wait of the main thread', async () => {
  await withRegion(async (region, name) => {
    const child = new Child('wait_for_ever', [name]);
    await untilWaiting(region, 1);
    const start = performance.now();
    child.kill(2);
    const code = await child.ended();
    assert.ok(performance.now() - start < 100 + SLACK_MS);
    assert.ok(code === -2 || code === 130, `it ended with ${code}`);
    await until(() => region.info().participantsAlive === 1, 'its end');
  });
});

test('signals that nobody handles do not end a wait', async () => {
  await withRegion(async (region, name) => {
    const child = new Child('wait_and_tell', [name, 20_000]);
    await untilWaiting(region, 1);
    for (let i = 0; i < 20; i += 1) {
      child.kill(28); // SIGWINCH
      await sleep(5);
    }
    assert.equal(region.info().waiters, 1);
    region.notify();
    assert.equal((await child.well()).trim(), 'true');
  });
});

test('notify and wait between processes', async () => {
  await withRegion(async (region, name) => {
    const child = new Child('echo', [name]);
    const bytes = region.buffer();
    for (let value = 0; value < 100; value += 1) {
      bytes[0] = 2 * value + 1;
      region.notify();
      while (bytes[0] !== (2 * value + 2) % 256) {
        assert.equal(region.wait(20_000), true, `no answer to ${value}`);
      }
    }
    await child.well();
  });
});

test('spinning handles wait as well', async () => {
  const region = SharedRegion.create(freshName(), 64, { waitPolicy: 'spin' });
  assert.equal(region.wait(20), false);
  region.notify();
  assert.equal(region.wait(), true);
  region.close();
});

test('refused timeouts', async () => {
  await withRegion((region) => {
    for (const wrong of [-1, 1.5, NaN, -Infinity, 2 ** 53, 2n ** 53n + 1n, -1n]) {
      refused('ZINC_INVAL', () => region.wait(wrong), RangeError);
    }
    for (const wrong of [null, '5', true, {}, [], Symbol('x')]) {
      refused('ZINC_INVAL', () => region.wait(wrong), TypeError);
    }
    region.notify();
    assert.equal(region.wait(Number.MAX_SAFE_INTEGER), true);
  });
});
