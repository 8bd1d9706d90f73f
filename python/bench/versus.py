#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What Python has, and Zinc's Python, in the workloads of core/bench/versus.

versus.py PEER --workload W --bytes N [--rounds N] [--count N]

PEER: zinc queue pipe shared-memory

Prints one line of JSON, as the programs there do: the payload's first 8 bytes are the time of its
hand-over, the rest is one byte repeated, whose sum the reader checks, by numpy for every peer.
"""
import argparse
import json
import mmap
import multiprocessing
import multiprocessing.shared_memory
import os
import resource
import sys
import time

import numpy as np

ANSWER_BYTES = 8
CONTEXT = multiprocessing.get_context("fork")


class Zinc:
    """A region a direction, whose slots are written and read where they are."""

    slots = 4

    title = "Python: Zinc region"

    def __init__(self, unique, size):
        self.names = [f"{unique}-{direction}" for direction in range(2)]
        self.stride = (size + 63) // 64 * 64

    def join(self, role):
        import zinc

        make = zinc.SharedRegion.create if role == 0 else None
        size = 64 + self.slots * self.stride
        regions = [make(name, size) if make else zinc.SharedRegion.open(name)
                   for name in self.names]
        self.out, self.into = regions[role], regions[1 - role]
        self.out_view, self.in_view = self.out.as_buffer(), self.into.as_buffer()
        self.out_head = self.out_view[:64].cast("Q")  # sent, taken, a length a slot
        self.in_head = self.in_view[:64].cast("Q")

    def place(self, view, number, size):
        start = 64 + number % self.slots * self.stride
        return view[start:start + size]

    def begin(self, size):
        while self.out_head[0] - self.out_head[1] == self.slots:
            self.out.wait()
        return self.place(self.out_view, self.out_head[0], size)

    def send(self, size):
        sent = self.out_head[0]
        self.out_head[2 + sent % self.slots] = size
        self.out_head[0] = sent + 1
        self.out.notify()

    def receive(self):
        while self.in_head[0] == self.in_head[1]:
            self.into.wait()
        taken = self.in_head[1]
        return self.place(self.in_view, taken, self.in_head[2 + taken % self.slots])

    def release(self):
        self.in_head[1] += 1
        self.into.notify()

    def leave(self):
        self.out.close()
        self.into.close()

    def finish(self):
        pass


class Copied:
    """What is written into memory of one's own and sent from there."""

    def __init__(self, unique, size):
        self.buffer = bytearray(size)

    def begin(self, size):
        return memoryview(self.buffer)[:size]

    def release(self):
        pass

    def leave(self):
        pass

    def finish(self):
        pass


class Queue(Copied):
    title = "Python: multiprocessing.Queue"

    def __init__(self, unique, size):
        super().__init__(unique, size)
        self.queues = [CONTEXT.Queue(4), CONTEXT.Queue(4)]

    def join(self, role):
        self.out, self.into = self.queues[role], self.queues[1 - role]

    def send(self, size):
        self.out.put(bytes(memoryview(self.buffer)[:size]))

    def receive(self):
        return self.into.get()


class Pipe(Copied):
    title = "Python: multiprocessing.Pipe"

    def __init__(self, unique, size):
        super().__init__(unique, size)
        self.ends = CONTEXT.Pipe()

    def join(self, role):
        self.end = self.ends[role]
        self.ends[1 - role].close()

    def send(self, size):
        self.end.send_bytes(self.buffer, 0, size)

    def receive(self):
        return self.end.recv_bytes()


class SharedMemory:
    """shared_memory has no way to wait; multiprocessing's semaphores are what one takes for it."""

    title = "Python: multiprocessing.shared_memory + Semaphore"

    def __init__(self, unique, size):
        self.memories = [multiprocessing.shared_memory.SharedMemory(
            f"{unique}-{direction}", create=True, size=8 + size) for direction in range(2)]
        self.full = [CONTEXT.Semaphore(0) for _ in range(2)]
        self.free = [CONTEXT.Semaphore(1) for _ in range(2)]

    def join(self, role):
        self.role = role

    def begin(self, size):
        self.free[self.role].acquire()
        return self.memories[self.role].buf[8:8 + size]

    def send(self, size):
        self.memories[self.role].buf[:8] = size.to_bytes(8, "little")
        self.full[self.role].release()

    def receive(self):
        self.full[1 - self.role].acquire()
        buffer = self.memories[1 - self.role].buf
        return buffer[8:8 + int.from_bytes(buffer[:8], "little")]

    def release(self):
        self.free[1 - self.role].release()

    def leave(self):
        for memory in self.memories:
            memory.close()

    def finish(self):
        for memory in self.memories:
            memory.unlink()


PEERS = {"zinc": Zinc, "queue": Queue, "pipe": Pipe, "shared-memory": SharedMemory}


def hand_over(peer, size, number):
    place = peer.begin(size)
    if size > 8:
        np.frombuffer(place, np.uint8, offset=8)[:] = number & 0xFF
    place[:8] = time.monotonic_ns().to_bytes(8, "little")
    peer.send(size)


def take(peer, size, number):
    """Answers how long the payload took until it could be read; ns."""
    payload = peer.receive()
    arrived = time.monotonic_ns()
    stamp = int.from_bytes(payload[:8], "little")
    words = (size - 8) // 8
    total = int(np.frombuffer(payload, np.uint64, words, 8).sum()) if words else 0
    if len(payload) != size or total != (0x0101010101010101 * (number & 0xFF) * words) % 2**64:
        sys.exit(f"versus: payload {number} of {size} bytes is damaged")
    del payload
    peer.release()
    return arrived - stamp


def memory_of_self():
    with open("/proc/self/smaps_rollup", encoding="ascii") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("Pss:"))


def cpu_ns():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return int((used.ru_utime + used.ru_stime) * 1e9)


class Run:
    def __init__(self, asked, peer):
        self.workload, self.size, self.rounds = asked.workload, asked.bytes, asked.rounds
        self.warm_up = 0 if asked.workload == "cold" else asked.rounds // 10 + 1
        self.answer = self.size if asked.workload == "round-trip" else ANSWER_BYTES
        self.peer = peer
        board = mmap.mmap(-1, 8 * (self.rounds + 3))
        self.samples = np.frombuffer(board, np.int64)
        self.joined = CONTEXT.Semaphore(0)
        self.ready = CONTEXT.Semaphore(0)

    def ask(self, rounds, keep):
        if self.workload == "hand-over":
            before = time.monotonic_ns()
            for number in range(rounds):
                hand_over(self.peer, self.size, number)
            take(self.peer, ANSWER_BYTES, rounds)
            if keep:
                self.samples[0] = (time.monotonic_ns() - before) // rounds
            return
        for number in range(rounds):
            if self.workload == "wake-up":
                time.sleep(0.002)
            before = time.monotonic_ns()
            hand_over(self.peer, self.size, number)
            take(self.peer, self.answer, number)
            if keep and self.workload == "round-trip":
                self.samples[number] = time.monotonic_ns() - before

    def give(self, rounds, keep):
        for number in range(rounds):
            took = take(self.peer, self.size, number)
            if self.workload == "hand-over":
                continue
            if keep and self.workload != "round-trip":
                self.samples[number] = took
            hand_over(self.peer, self.answer, number)
        if self.workload == "hand-over":
            hand_over(self.peer, ANSWER_BYTES, rounds)

    def answerer(self):
        self.joined.acquire()
        self.peer.join(1)
        self.ready.release()
        if self.warm_up:
            self.give(self.warm_up, False)
        before = cpu_ns()
        self.give(self.rounds, True)
        self.samples[-1] = cpu_ns() - before
        self.samples[-2] = memory_of_self()
        self.joined.acquire()
        self.peer.leave()

    def asker(self, started):
        self.peer.join(0)
        self.joined.release()
        self.ready.acquire()
        if self.warm_up:
            self.ask(self.warm_up, False)
        cpu, wall = cpu_ns(), time.monotonic_ns()
        if self.workload == "idle":
            time.sleep(3)
        self.ask(self.rounds, True)
        if self.workload == "cold":
            self.samples[0] = time.monotonic_ns() - started
        cpu, wall = cpu_ns() - cpu, time.monotonic_ns() - wall
        memory = memory_of_self()
        self.joined.release()
        self.peer.leave()
        return cpu, wall, memory


def main():
    started = time.monotonic_ns()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("peer", choices=PEERS)
    parser.add_argument("--workload", required=True, choices=[
        "round-trip", "one-way", "hand-over", "wake-up", "idle", "cold"])
    parser.add_argument("--bytes", type=int, required=True)
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--count", type=int, default=1)
    asked = parser.parse_args()
    if asked.workload in ("idle", "cold"):
        asked.rounds = 1
    peer = PEERS[asked.peer](f"zinc-versus-{os.getpid()}", asked.bytes)
    run = Run(asked, peer)
    child = CONTEXT.Process(target=run.answerer, daemon=True)
    child.start()
    cpu, wall, memory = run.asker(started)
    child.join()
    peer.finish()
    if child.exitcode != 0:
        sys.exit(f"versus: the answerer ended with {child.exitcode}")
    samples = np.sort(run.samples[:1 if asked.workload == "hand-over" else asked.rounds])

    def share(part):
        return float(samples[int(part * (len(samples) - 1) + 0.5)])

    print(json.dumps({
        "peer": f"python-{asked.peer}", "title": peer.title, "workload": asked.workload,
        "bytes": asked.bytes, "count": asked.count, "rounds": asked.rounds, "p50_ns": share(0.5),
        "p99_ns": share(0.99), "p999_ns": share(0.999), "max_ns": share(1), "wall_ns": wall,
        "asker_cpu_ns": cpu, "answerer_cpu_ns": int(run.samples[-1]), "servers_cpu_ns": 0,
        "memory_bytes": memory + int(run.samples[-2])}))


if __name__ == "__main__":
    main()
