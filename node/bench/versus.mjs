#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// What Node has for its child processes, and Zinc's Node, in the workloads of core/bench/versus.
//
// versus.mjs FOLDER PEER --workload W --bytes N [--rounds N] [--count N]      PEER: zinc ipc
//
// FOLDER is where `node/tasks build` has put the package. Both peers leave the event loop free: the
// channel of child_process.fork with its faster serialization, and waitAsync. Prints one line of
// JSON, as the programs there do.
import { fork } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const ANSWER_BYTES = 8;
const SLOTS = 4;
const [folder, kind, ...words] = process.argv.slice(2);
const option = (name, otherwise) => {
  const at = words.indexOf(`--${name}`);
  return at < 0 ? otherwise : words[at + 1];
};
const workload = option("workload");
const bytes = Number(option("bytes", ANSWER_BYTES));
const rounds = ["idle", "cold"].includes(workload) ? 1 : Number(option("rounds", 1000));
const warmUp = workload === "cold" ? 0 : Math.floor(rounds / 10) + 1;
const unique = option("unique", `zinc-versus-${process.pid}-0`);
const now = () => process.hrtime.bigint();
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// ---- Peers: begin(length) where to write, send, receive -> where to read, release ---------------

class Channel {
  static title = "Node: child_process channel";
  constructor(end) {
    this.end = end;
    this.come = [];
    this.waiting = null;
    end.on("message", (message) => {
      if (!(message instanceof Uint8Array)) return;
      this.come.push(message);
      this.waiting?.();
    });
  }
  begin(length) {
    return new Uint8Array(length);
  }
  send(payload) {
    return new Promise((resolve) => this.end.send(payload, resolve)); // when it may send more
  }
  async receive() {
    while (this.come.length === 0) await new Promise((resolve) => (this.waiting = resolve));
    return this.come.shift();
  }
  release() {}
  leave() {}
}

class Regions {
  static title = "Node: Zinc region";
  constructor(role) {
    const { SharedRegion } = createRequire(`${folder}/`)("zinc-shm");
    this.stride = Math.ceil(bytes / 64) * 64;
    const regions = [0, 1].map((direction) =>
      role === 0
        ? SharedRegion.create(`${unique}-${direction}`, 64 + SLOTS * this.stride)
        : SharedRegion.open(`${unique}-${direction}`));
    this.out = this.side(regions[role]);
    this.in = this.side(regions[1 - role]);
  }
  side(region) {
    const memory = region.buffer();
    const head = new BigUint64Array(memory.buffer, memory.byteOffset, 8); // sent, taken, lengths
    return { region, memory, head };
  }
  place(side, number, length) {
    const start = 64 + Number(number % BigInt(SLOTS)) * this.stride;
    return side.memory.subarray(start, start + length);
  }
  async begin(length) {
    const { head, region } = this.out;
    while (head[0] - head[1] === BigInt(SLOTS)) await region.waitAsync();
    return this.place(this.out, head[0], length);
  }
  send(payload) {
    const { head, region } = this.out;
    head[2 + Number(head[0] % BigInt(SLOTS))] = BigInt(payload.length);
    head[0] += 1n;
    region.notify();
  }
  async receive() {
    const { head, region } = this.in;
    while (head[0] === head[1]) await region.waitAsync();
    return this.place(this.in, head[1], Number(head[2 + Number(head[1] % BigInt(SLOTS))]));
  }
  release() {
    this.in.head[1] += 1n;
    this.in.region.notify();
  }
  leave() {
    this.out.region.close();
    this.in.region.close();
  }
}

// ---- The payload --------------------------------------------------------------------------------

async function handOver(peer, length, number) {
  const place = await peer.begin(length);
  if (length > 8) place.fill(number & 0xff, 8);
  new DataView(place.buffer, place.byteOffset, 8).setBigUint64(0, now(), true);
  await peer.send(place);
}

/** Answers how long the payload took until it could be read; ns. */
async function take(peer, length, number) {
  const payload = await peer.receive();
  const arrived = now();
  const stamp = new DataView(payload.buffer, payload.byteOffset, 8).getBigUint64(0, true);
  let sum = 0;
  const count = Math.floor((length - 8) / 4);
  const aligned = payload.byteOffset % 4 === 0 ? payload : payload.slice();
  const wordsOf = new Uint32Array(aligned.buffer, aligned.byteOffset + 8, count);
  for (let i = 0; i < count; i++) sum = (sum + wordsOf[i]) % 4294967296;
  const expected = Number((BigInt((number & 0xff) * 0x01010101) * BigInt(count)) % 4294967296n);
  if (payload.length !== length || sum !== expected) {
    console.error(`versus: payload ${number} of ${length} bytes is damaged`);
    process.exit(1);
  }
  peer.release();
  return Number(arrived - stamp);
}

const answerBytes = workload === "round-trip" ? bytes : ANSWER_BYTES;

async function ask(peer, count, keep) {
  if (workload === "hand-over") {
    const before = now();
    for (let i = 0; i < count; i++) await handOver(peer, bytes, i);
    await take(peer, ANSWER_BYTES, count);
    keep?.push(Number(now() - before) / count);
    return;
  }
  for (let i = 0; i < count; i++) {
    if (workload === "wake-up") await sleep(2);
    const before = now();
    await handOver(peer, bytes, i);
    await take(peer, answerBytes, i);
    if (workload === "round-trip") keep?.push(Number(now() - before));
  }
}

async function answer(peer, count, keep) {
  for (let i = 0; i < count; i++) {
    const took = await take(peer, bytes, i);
    if (workload === "hand-over") continue;
    if (workload !== "round-trip") keep?.push(took);
    await handOver(peer, answerBytes, i);
  }
  if (workload === "hand-over") await handOver(peer, ANSWER_BYTES, count);
}

function memory() {
  const line = /^Pss:\s+(\d+)/m.exec(fs.readFileSync("/proc/self/smaps_rollup", "latin1"));
  return Number(line[1]) * 1024;
}
const cpu = () => {
  const used = process.cpuUsage();
  return (used.user + used.system) * 1000;
};

// ---- The two processes --------------------------------------------------------------------------

async function answerer() {
  const peer = kind === "zinc" ? new Regions(1) : new Channel(process);
  process.send({ ready: true });
  if (warmUp) await answer(peer, warmUp);
  const samples = [];
  const before = cpu();
  await answer(peer, rounds, samples);
  process.send({ samples, cpu: cpu() - before, memory: memory() });
  await once(process, "message");
  peer.leave();
  process.disconnect();
}

const told = (child) => new Promise((resolve, reject) => {
  const look = (message) => {
    if (message instanceof Uint8Array) return;
    child.off("message", look);
    resolve(message);
  };
  child.on("message", look);
  child.on("exit", (code) => reject(new Error(`the answerer ended with ${code}`)));
});

async function asker() {
  const started = now();
  const regions = kind === "zinc" ? new Regions(0) : null;
  const child = fork(fileURLToPath(import.meta.url), [...process.argv.slice(2), "--unique", unique],
    { serialization: "advanced", env: { ...process.env, ZINC_VERSUS_ROLE: "1" } });
  await told(child);
  const peer = regions ?? new Channel(child);
  let samples = [];
  const end = told(child);
  if (warmUp) await ask(peer, warmUp);
  const cpuBefore = cpu();
  const before = now();
  if (workload === "idle") await sleep(3000);
  await ask(peer, rounds, samples);
  if (workload === "cold") samples = [Number(now() - started)];
  const wall = Number(now() - before);
  const used = cpu() - cpuBefore;
  const other = await end;
  const ended = once(child, "exit");
  child.send({ end: true });
  peer.leave();
  const [code] = await ended;
  if (code !== 0) throw new Error(`the answerer ended with ${code}`);
  if (samples.length === 0) samples = other.samples;
  samples.sort((a, b) => a - b);
  const share = (part) => samples[Math.floor(part * (samples.length - 1) + 0.5)];
  console.log(JSON.stringify({
    peer: `node-${kind}`, title: (kind === "zinc" ? Regions : Channel).title, workload, bytes,
    count: 1, rounds, p50_ns: share(0.5), p99_ns: share(0.99), p999_ns: share(0.999),
    max_ns: share(1), wall_ns: wall, asker_cpu_ns: used, answerer_cpu_ns: other.cpu,
    servers_cpu_ns: 0, memory_bytes: memory() + other.memory,
  }));
}

await (process.env.ZINC_VERSUS_ROLE === "1" ? answerer() : asker());
