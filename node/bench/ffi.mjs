// SPDX-License-Identifier: MIT
// The prices of calls and views, as one line of JSON: what `tasks bench` prints. Times are medians.
import { SharedRegion } from 'zinc-shm';
import host from 'zinc-test-host';

const runtime = host.environment('ZINC_TEST_RUNTIME');
const REPEATS = 7;
const CALLS = 1_000_000;
const ROUNDS = 20_000;
const FLOATS = 25_000_000;

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

/** A C function of the shape of zinc_capacity, called as the package calls that one. */
async function bareCapacity() {
  const place = host.place();
  if (runtime === 'deno') {
    const { symbols } = globalThis.Deno.dlopen(host.libraryFile,
      { host_bare: { parameters: ['pointer'], result: 'usize' } });
    const pointer = globalThis.Deno.UnsafePointer.create(BigInt(place));
    const call = symbols.host_bare;
    return { get capacity() {
      return Number(call(pointer));
    } };
  }
  if (runtime === 'bun') {
    const { dlopen } = await import('bun:ffi');
    const call = dlopen(host.libraryFile, { host_bare: { args: ['ptr'], returns: 'u64_fast' } })
      .symbols.host_bare;
    return { get capacity() {
      return call(place);
    } };
  }
  const { bare } = host;
  return { get capacity() {
    return bare(place);
  } };
}

function nanosecondsOf(work, calls) {
  const start = performance.now();
  work(calls);
  return (performance.now() - start) / calls * 1e6;
}

// Two loops of one text, each for one kind of object, so that both are compiled alike.
function ownLoop(region) {
  return (calls) => {
    let sum = 0;
    for (let i = 0; i < calls; i += 1) {
      sum += region.capacity;
    }
    return sum;
  };
}

function bareLoop(bare) {
  return (calls) => {
    let sum = 0;
    for (let i = 0; i < calls; i += 1) {
      sum += bare.capacity;
    }
    return sum;
  };
}

function prices(region, bare) {
  const own = ownLoop(region);
  const other = bareLoop(bare);
  const notify = (calls) => {
    for (let i = 0; i < calls; i += 1) {
      region.notify();
    }
  };
  const times = { call_ns: [], bare_ns: [], notify_ns: [] };
  for (const warm of [own, other, notify, own, other, notify]) {
    warm(CALLS);
  }
  for (let i = 0; i < REPEATS; i += 1) {
    times.bare_ns.push(nanosecondsOf(other, CALLS));
    times.call_ns.push(nanosecondsOf(own, CALLS));
    times.notify_ns.push(nanosecondsOf(notify, CALLS));
  }
  return Object.fromEntries(Object.entries(times).map(([name, all]) => [name, median(all)]));
}

async function roundTrip() {
  const echo = host.environment('ZINC_ECHO');
  if (echo === '') {
    return null;
  }
  const region = SharedRegion.create('bench-echo', 4096);
  const back = SharedRegion.create('bench-echo-back', 4096);
  const [pid, output] = host.spawn([echo, region.name], [], -1);
  for (let said = ''; !said.includes('ready');) {
    const text = host.take(output);
    if (text === null) {
      throw new Error('the echo program ended');
    }
    said += text ?? '';
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
  }
  const times = new Float64Array(ROUNDS);
  for (let i = -2000; i < ROUNDS; i += 1) {
    const start = performance.now();
    region.notify();
    if (!back.wait(5000)) {
      throw new Error('no answer');
    }
    if (i >= 0) {
      times[i] = performance.now() - start;
    }
  }
  region.buffer()[0] = 1;
  region.notify();
  while (host.ended(pid) === undefined) {
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
  }
  back.close();
  region.close();
  return median(times) * 1e6;
}

function sumOf(floats) {
  let sum = 0;
  for (let i = 0; i < floats.length; i += 1) {
    sum += floats[i];
  }
  return sum;
}

function sums() {
  const region = SharedRegion.create('bench-sum', FLOATS * 4);
  const view = region.as(Float32Array).fill(0.5);
  const own = new Float32Array(FLOATS).fill(0.5);
  const times = { sum_view_s: [], sum_own_s: [] };
  for (let i = -2; i < REPEATS; i += 1) {
    for (const [name, floats] of [['sum_view_s', view], ['sum_own_s', own]]) {
      const start = performance.now();
      if (sumOf(floats) !== FLOATS / 2) {
        throw new Error('a wrong sum');
      }
      if (i >= 0) {
        times[name].push((performance.now() - start) / 1e3);
      }
    }
  }
  region.close();
  return { sum_view_s: median(times.sum_view_s), sum_own_s: median(times.sum_own_s) };
}

const region = SharedRegion.create('bench-calls', 4096);
const figures = prices(region, await bareCapacity());
region.close();
const roundTripNs = await roundTrip();
console.log(JSON.stringify({ language: runtime, ...figures, round_trip_ns: roundTripNs,
  ...sums() }));
