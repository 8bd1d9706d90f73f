// SPDX-License-Identifier: MIT
// Waits of the event loop: promises, signals, for await, and how many threads they cost.
import { SharedRegion, ClosedError } from 'zinc-shm';

import { Child, SLACK_MS, Thread, assert, folder, freshName, host, rejected, sleep, test, until,
  untilWaiting, withRegion } from './support/index.mjs';

const THREADS_MOST = 8;

test('a notification settles a wait', async () => {
  await withRegion(async (region, name) => {
    const other = SharedRegion.open(name);
    const wait = other.waitAsync();
    assert.ok(wait instanceof Promise);
    await untilWaiting(region, 1);
    region.notify();
    assert.equal(await wait, true);
    region.notify();
    assert.equal(await other.waitAsync(0), true);
    assert.equal(await other.waitAsync(0), false);
    other.close();
  });
});

test('timeouts are false', async () => {
  await withRegion(async (region) => {
    const start = performance.now();
    const waits = [30, 60n, 90].map((ms) => region.waitAsync(ms));
    assert.deepEqual(await Promise.all(waits), [false, false, false]);
    const took = performance.now() - start;
    assert.ok(took >= 89 && took < 90 + SLACK_MS, `${took} ms`);
  });
});

test('the loop is not blocked', async () => {
  await withRegion(async (region) => {
    let turns = 0;
    const timer = setInterval(() => {
      turns += 1;
    }, 5);
    assert.equal(await region.waitAsync(200), false);
    clearInterval(timer);
    assert.ok(turns >= 10, `${turns} turns`);
  });
});

test('an aborted signal ends a wait at once with its reason', async () => {
  await withRegion(async (region) => {
    const controller = new AbortController();
    const wait = region.waitAsync(undefined, { signal: controller.signal });
    const other = region.waitAsync(20_000, { signal: new AbortController().signal });
    await untilWaiting(region, 1);
    const start = performance.now();
    const reason = new Error('enough');
    controller.abort(reason);
    assert.equal(await wait.catch((error) => error), reason);
    assert.ok(performance.now() - start < 100 + SLACK_MS);
    region.notify();
    assert.equal(await other, true);
  });
});

test('a signal that was aborted before ends a wait, too', async () => {
  await withRegion(async (region) => {
    const error = await region.waitAsync(20_000, { signal: AbortSignal.abort() })
      .catch((thrown) => thrown);
    assert.equal(error.name, 'AbortError');
    region.notify();
    const again = await region.waitAsync(20_000, { signal: AbortSignal.abort() })
      .catch((thrown) => thrown);
    assert.equal(again.name, 'AbortError');
    assert.equal(region.tryWait(), true);
    const timely = await region.waitAsync(20_000, { signal: AbortSignal.timeout(20) })
      .catch((thrown) => thrown);
    assert.equal(timely.name, 'TimeoutError');
  });
});

test('no notification is lost to an abort', async () => {
  await withRegion(async (region, name) => {
    const other = SharedRegion.open(name);
    for (let i = 0; i < 300; i += 1) {
      const controller = new AbortController();
      const wait = other.waitAsync(undefined, { signal: controller.signal }).catch(() => 'aborted');
      if (i % 3 === 0) {
        await sleep(0);
      }
      region.notify();
      if (i % 2 === 0) {
        // The helper threads may deliver it before or behind the abort.
        const end = performance.now() + (i % 5) * 0.2;
        while (performance.now() < end);
      }
      controller.abort();
      if (await wait === 'aborted') {
        const next = i % 4 === 0 ? await other.waitAsync(5000) : other.wait(5000);
        assert.equal(next, true, `notification ${i} is lost`);
      }
      assert.equal(other.tryWait(), false, `notification ${i} came twice`);
    }
    other.close();
  });
});

test('a notification that is on its way to the queue during an abort is kept', async () => {
  const { addon } = (await import(`file://${folder}/node_modules/zinc-shm/src/native.js`)).default;
  const drain = addon.eventsDrain;
  await withRegion(async (region) => {
    for (const ask of [() => region.tryWait(), () => region.wait(0), () => region.waitAsync(0)]) {
      const controller = new AbortController();
      const { signal } = controller;
      const wait = region.waitAsync(undefined, { signal }).catch((error) => error);
      await untilWaiting(region, 1);
      region.notify();
      for (const end = performance.now() + 50; performance.now() < end;);
      // The helper thread has ended the wait, and seems to be slow in putting it into the queue.
      let late = 3;
      addon.eventsDrain = (block) => (late-- > 0 ? [] : drain(block));
      try {
        controller.abort();
      } finally {
        addon.eventsDrain = drain;
      }
      assert.equal((await wait).name, 'AbortError');
      assert.equal(await ask(), true);
      assert.equal(region.tryWait(), false);
    }
  });
});

test('closing rejects pending waits', async () => {
  const region = SharedRegion.create(freshName(), 64);
  const waits = [region.waitAsync(), region.waitAsync(20_000),
    region.waitAsync(undefined, { signal: new AbortController().signal })];
  await untilWaiting(region, 1);
  const start = performance.now();
  region.close();
  for (const wait of waits) {
    const error = await rejected('ZINC_CLOSED', wait, ClosedError);
    assert.ok(error.message.includes('closed'));
  }
  assert.ok(performance.now() - start < 100 + SLACK_MS);
  await rejected('ZINC_CLOSED', region.waitAsync(), ClosedError);
});

test('closing in the same turn rejects, too', async () => {
  const region = SharedRegion.create(freshName(), 64);
  const wait = region.waitAsync();
  region.close();
  await rejected('ZINC_CLOSED', wait, ClosedError);
});

test('a thousand waits on one region cost few threads', async () => {
  await withRegion(async (region) => {
    const before = host.threads();
    const waits = Array.from({ length: 1000 }, () => region.waitAsync(20_000));
    await untilWaiting(region, 1);
    const extra = host.threads() - before;
    assert.ok(extra <= THREADS_MOST, `${extra} threads more`);
    region.notify();
    const answers = await Promise.all(waits);
    assert.equal(answers.filter((answer) => answer).length, 1000);
  });
});

test('ten waits on each of a hundred regions cost few threads', async () => {
  const before = host.threads();
  const regions = Array.from({ length: 100 }, () => SharedRegion.create(freshName(), 64));
  const waits = regions.map((region) =>
    Array.from({ length: 10 }, () => region.waitAsync(20_000)));
  await sleep(50);
  const extra = host.threads() - before;
  assert.ok(extra <= THREADS_MOST, `${extra} threads more`);
  regions.forEach((region, i) => (i % 2 === 0 ? region.notify() : region.close()));
  const answers = await Promise.allSettled(waits.flat());
  assert.equal(answers.filter((answer) => answer.value === true).length, 500);
  assert.equal(answers.filter((answer) => answer.reason?.code === 'ZINC_CLOSED').length, 500);
  regions.forEach((region) => region.close());
});

test('for await gives notifications until the handle is closed', async () => {
  await withRegion(async (region, name) => {
    const other = SharedRegion.open(name);
    const seen = [];
    const loop = (async () => {
      for await (const value of other) {
        assert.equal(value, undefined);
        seen.push(other.buffer()[0]);
      }
    })();
    for (let i = 1; i <= 5; i += 1) {
      region.buffer()[0] = i;
      region.notify();
      await until(() => seen.at(-1) === i, `notification ${i}`);
    }
    other.close();
    await loop;
    assert.equal(seen.at(-1), 5);
  });
});

test('leaving the loop ends its wait', async () => {
  await withRegion(async (region) => {
    region.notify();
    for await (const _ of region.notifications()) {
      break;
    }
    const iterator = region.notifications();
    const pending = iterator.next();
    await untilWaiting(region, 1);
    assert.deepEqual(await iterator.return('x'), { done: true, value: 'x' });
    assert.deepEqual(await pending, { done: true, value: undefined });
    assert.deepEqual(await iterator.next(), { done: true, value: undefined });
    await until(() => region.info().waiters === 0, 'the end of the wait');
  });
});

test('a signal ends the loop with its reason', async () => {
  await withRegion(async (region) => {
    const controller = new AbortController();
    let rounds = 0;
    const loop = (async () => {
      for await (const _ of region.notifications({ signal: controller.signal })) {
        rounds += 1;
      }
    })().catch((error) => error);
    region.notify();
    await until(() => rounds === 1, 'a round');
    controller.abort();
    assert.equal((await loop).name, 'AbortError');
    const late = region.notifications({ signal: controller.signal });
    assert.equal((await late.next().catch((error) => error)).name, 'AbortError');
  });
});

test('many waits of one signal are one listener', async () => {
  await withRegion(async (region) => {
    const controller = new AbortController();
    const { signal } = controller;
    let listening = 0;
    const add = signal.addEventListener.bind(signal);
    signal.addEventListener = (...words) => {
      listening += 1;
      add(...words);
    };
    const waits = Array.from({ length: 500 }, () => region.waitAsync(20_000, { signal }));
    const loops = Array.from({ length: 50 }, () => region.notifications({ signal }).next());
    await untilWaiting(region, 1);
    assert.equal(listening, 1);
    controller.abort();
    const answers = await Promise.allSettled([...waits, ...loops]);
    assert.ok(answers.every((answer) => answer.reason?.name === 'AbortError'));
  });
});

test('a signal whose functions throw disturbs no other wait', async () => {
  await withRegion(async (region) => {
    const bad = { aborted: false, addEventListener() {}, removeEventListener() {
      throw new Error('not mine');
    } };
    const worse = { ...bad, addEventListener() {
      throw new Error('nor mine');
    } };
    const waits = [region.waitAsync(20_000, { signal: bad }),
      region.waitAsync(20_000, { signal: worse }), region.waitAsync(20_000)];
    const ended = Promise.allSettled(waits);
    await untilWaiting(region, 1);
    region.notify();
    const [first, second, third] = await ended;
    assert.equal(first.reason?.message, 'not mine');
    assert.equal(second.reason?.message, 'nor mine');
    assert.equal(third.value, true);
  });
});

test('listeners do not pile up on a signal', async () => {
  await withRegion(async (region) => {
    let listening = 0;
    const { signal } = new AbortController();
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...words) => {
      listening += 1;
      add(...words);
    };
    signal.removeEventListener = (...words) => {
      listening -= 1;
      remove(...words);
    };
    for (let i = 0; i < 20; i += 1) {
      region.notify();
      assert.equal(await region.waitAsync(5000, { signal }), true);
    }
    assert.equal(listening, 0);
  });
});

test('a process stays for a pending wait and ends without one', async () => {
  await withRegion(async (region, name) => {
    const child = new Child('wait_async', [name]);
    await untilWaiting(region, 1);
    await sleep(200);
    assert.equal(child.code, undefined);
    region.notify();
    assert.equal((await child.well()).trim(), 'true');
  });
});

test('a process exits with a wait pending when it is told to', async () => {
  await withRegion(async (region, name) => {
    const child = new Child('exit_pending', [name]);
    assert.equal(await child.ended(), 3, child.errors);
    await until(() => region.info().participantsAlive === 1, 'its end');
  });
});

test('each worker has waits of its own', async () => {
  await withRegion(async (region, name) => {
    const threads = Array.from({ length: 4 }, () => new Thread(`async (zinc, name, post) => {
      const region = zinc.SharedRegion.open(name);
      const waits = Array.from({ length: 10 }, () => region.waitAsync(20_000));
      post('ready');
      post((await Promise.all(waits)).filter((one) => one).length);
      region.close();
    }`, name));
    for (const thread of threads) {
      assert.equal(await thread.next(), 'ready');
    }
    const own = region.waitAsync(20_000);
    region.notify();
    for (const thread of threads) {
      assert.equal(await thread.next(), 10);
      assert.equal(await thread.ended(), 0);
    }
    assert.equal(await own, true);
  });
});

test('a worker that is terminated takes its pending waits along', async () => {
  await withRegion(async (region, name) => {
    for (let i = 0; i < 10; i += 1) {
      const thread = new Thread(`({ SharedRegion }, name, post) => {
        const region = SharedRegion.open(name);
        for (let i = 0; i < 50; i += 1) region.waitAsync().catch(() => 0);
        post('ready');
      }`, name);
      assert.equal(await thread.next(), 'ready');
      if (i % 2 === 0) {
        region.notify();
      }
      await thread.worker.terminate();
    }
    await until(() => region.info().participantsAlive === 1, 'the end of the workers');
    assert.equal(await region.waitAsync(0), true);
  });
});

test('refused arguments reject', async () => {
  await withRegion(async (region) => {
    for (const wrong of [-1, 1.5, NaN, 2 ** 53, 2n ** 53n + 1n]) {
      await rejected('ZINC_INVAL', region.waitAsync(wrong), RangeError);
    }
    for (const wrong of [null, '5', true, {}]) {
      await rejected('ZINC_INVAL', region.waitAsync(wrong), TypeError);
    }
    for (const wrong of [null, 5, 'x']) {
      await rejected('ZINC_INVAL', region.waitAsync(5, wrong), TypeError);
    }
    for (const wrong of [null, 5, {}, new AbortController()]) {
      await rejected('ZINC_INVAL', region.waitAsync(5, { signal: wrong }), TypeError);
      assert.throws(() => region.notifications({ signal: wrong }), TypeError);
    }
  });
});
