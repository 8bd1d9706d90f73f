# SPDX-License-Identifier: MIT
"""Handles in other processes: multiprocessing, and regions without a name over a socket."""

# [section:multiprocessing]
import multiprocessing

import zinc


def work(region: zinc.SharedRegion, index: int) -> None:
    region.as_buffer()[index] = index + 1
    region.notify()


def main() -> None:
    context = multiprocessing.get_context("spawn")      # "fork" works too
    with zinc.SharedRegion.create("workers", 4096) as region:
        workers = [context.Process(target=work, args=(region, i)) for i in range(3)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        print(bytes(region.as_buffer()[:3]))


if __name__ == "__main__":
    main()
    # [end:multiprocessing]

    # [section:private]
    import socket

    ours, theirs = socket.socketpair()
    with zinc.SharedRegion.create_private("frames", 4096, sealed=True) as writer:
        writer.as_buffer()[:3] = b"abc"
        writer.send(ours)                   # usually to another process
        with zinc.SharedRegion.receive(theirs) as reader:
            print(bytes(reader.as_buffer()[:3]), reader.info.read_only)
    # [end:private]
    ours.close()
    theirs.close()
