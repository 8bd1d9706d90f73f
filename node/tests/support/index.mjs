// SPDX-License-Identifier: MIT
// What every test gets. Files, processes and the environment go through zinc-test-host: Deno runs
// the tests with --allow-ffi alone.
import assert from 'node:assert/strict';
import { test as nodeTest } from 'node:test';
import { Worker } from 'node:worker_threads';

import host from 'zinc-test-host';
import { SharedRegion, list, remove } from 'zinc-shm';

export { assert, host };

export const runtime = host.environment('ZINC_TEST_RUNTIME');
export const folder = host.environment('ZINC_TEST_FOLDER');
export const packageUrl = new URL(`file://${folder}/node_modules/zinc-shm/src/${runtime}.mjs`).href;

/** The documents promise 100 ms; a busy machine gets a second. */
export const SLACK_MS = 1000;

const command = JSON.parse(host.environment('ZINC_TEST_COMMAND'));
const suite = host.environment('ZINC_TEST_SUITE');

let numbers = 0;

/** A name that no other test uses. */
export function freshName() {
  return `test-${++numbers}`;
}

function say(what, status, rest = '') {
  console.log(`result ${suite}.${what.replaceAll(/[^\w]+/g, '-')} ${status}${rest && ` ${rest}`}`);
}

/**
 * A test: prints its result, fails after 30 s without one, and fails when it leaves a region.
 * `skip` is the reason why it cannot run here, or empty.
 */
export function test(what, work, { skip = '' } = {}) {
  nodeTest(what, { timeout: 60_000 }, async () => {
    if (skip) {
      say(what, 'skipped', skip);
      return;
    }
    let timer;
    try {
      await Promise.race([work(), new Promise((_, reject) => {
        timer = setTimeout(() => reject(new Error('no result after 30 s')), 30_000);
      })]);
      nothingLeft();
    } catch (error) {
      console.log(error?.stack ?? String(error));
      say(what, 'failed');
      throw error;
    } finally {
      clearTimeout(timer);
    }
    say(what, 'passed');
  });
}

function nothingLeft() {
  const left = list().map((info) => info.name);
  left.forEach((name) => remove(name));
  assert.deepEqual(left, [], 'the test left regions');
}

/** Run `work` with a fresh region (and its name), and close it however that ends. */
export async function withRegion(work, capacity = 4096, options = undefined) {
  const region = SharedRegion.create(freshName(), capacity, options);
  try {
    return await work(region, region.name);
  } finally {
    region.close();
  }
}

/** Assert that a call throws an error with this code (and class), and answer the error. */
export function refused(code, call, Class = Error) {
  let thrown;
  try {
    call();
  } catch (error) {
    thrown = error;
  }
  assert.ok(thrown instanceof Class, `${code} was expected, not ${thrown}`);
  assert.equal(thrown.code, code, thrown.message);
  return thrown;
}

/** The same of a promise. */
export async function rejected(code, promise, Class = Error) {
  let thrown;
  try {
    await promise;
  } catch (error) {
    thrown = error;
  }
  assert.ok(thrown instanceof Class, `${code} was expected, not ${thrown}`);
  assert.equal(thrown.code, code, thrown.message);
  return thrown;
}

export function sleep(ms) {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

/** Wait until something holds. */
export async function until(holds, what, ms = 15_000) {
  for (const end = Date.now() + ms; !await holds();) {
    assert.ok(Date.now() < end, `it did not come: ${what}`);
    await sleep(3);
  }
}

/** Wait until so many waits are in progress on a region. */
export function untilWaiting(region, count) {
  return until(() => region.info().waiters >= count, `${count} waits in progress`);
}

/** Collect garbage, and let finalizers run. */
export async function collect() {
  for (let i = 0; i < 4; i += 1) {
    if (globalThis.Bun) {
      globalThis.Bun.gc(true);
    } else {
      globalThis.gc();
    }
    await sleep(10);
  }
}

/** The path of a region's file, for tests that spoil it. */
export function fileOf(name) {
  const directory = host.environment('ZINC_DIR') || '/dev/shm';
  return `${directory}/zinc_${host.environment('ZINC_DOMAIN')}@${name}`;
}

/** How often the file of a region, known by its inode, is mapped in this process. */
export function mappings(inode) {
  const maps = new TextDecoder().decode(host.readFile('/proc/self/maps'));
  return maps.split('\n').filter((line) => line.split(/\s+/)[4] === String(inode)).length;
}

/** A process of the same runtime that runs a script, `tests/children/NAME.mjs` or a path. */
export class Child {
  output = '';
  errors = '';
  code = undefined; // or the negative number of the signal that ended it
  #pid;
  #streams;

  constructor(script, words = [], { environment = {}, socket = -1 } = {}) {
    const path = script.includes('/') ? `${folder}/${script}` :
      `${folder}/tests/children/${script}.mjs`;
    const [pid, output, errors] = host.spawn([...command, path, ...words.map(String)],
      Object.entries(environment).map(([name, value]) => `${name}=${value}`), socket);
    this.#pid = pid;
    this.#streams = new Map([[output, 'output'], [errors, 'errors']]);
  }

  get pid() {
    return this.#pid;
  }

  kill(signal) {
    host.kill(this.#pid, signal);
  }

  #read() {
    for (const [descriptor, into] of this.#streams) {
      for (let text; (text = host.take(descriptor)) !== undefined;) {
        if (text === null) {
          host.closeDescriptor(descriptor);
          this.#streams.delete(descriptor);
          break;
        }
        this[into] += text;
      }
    }
    return this.#streams.size === 0;
  }

  /** Wait until it has printed this text. */
  async said(text) {
    await until(() => {
      this.#read();
      assert.ok(this.output.includes(text) || this.#streams.size !== 0,
        `it ended without saying ${text}: ${this.output}${this.errors}`);
      return this.output.includes(text);
    }, `${text} from ${this.#pid}`);
  }

  /** Wait until it has ended, and answer how. */
  async ended() {
    await until(() => {
      this.code ??= host.ended(this.#pid);
      return this.#read() && this.code !== undefined;
    }, `the end of process ${this.#pid}; it said ${this.output}${this.errors}`, 25_000);
    return this.code;
  }

  /** Wait until it has ended well; answers what it printed. */
  async well() {
    assert.equal(await this.ended(), 0, this.output + this.errors);
    return this.output;
  }
}

/**
 * A worker that runs `body`, the text of an async function of (zinc, data, post). Its messages are
 * kept; `next()` waits for one.
 */
export class Thread {
  messages = [];
  worker;
  #ended;

  constructor(body, data) {
    const text = `const { parentPort, workerData } = require('node:worker_threads');
      import(${JSON.stringify(packageUrl)}).then(async (zinc) => {
        const post = (message) => parentPort.postMessage(message);
        await (${body})(zinc, workerData, post);
      }).catch((error) => parentPort.postMessage({ thrown: String(error?.stack ?? error) }));`;
    this.worker = new Worker(text, { eval: true, workerData: data });
    this.worker.on('message', (message) => this.messages.push(message));
    this.#ended = new Promise((resolve) => {
      this.worker.on('exit', resolve);
      this.worker.on('error', (error) => this.messages.push({ thrown: String(error) }));
    });
  }

  async next() {
    await until(() => this.messages.length !== 0, 'a message of the worker');
    const message = this.messages.shift();
    assert.ok(!message?.thrown, message?.thrown);
    return message;
  }

  ended() {
    return this.#ended;
  }
}
