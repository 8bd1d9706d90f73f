# SPDX-License-Identifier: MIT
"""Two processes and the same bytes: run it, and it plays both roles."""

import multiprocessing
import time


def create() -> None:
    # [section:create]
    import zinc

    with zinc.SharedRegion.create("frames", 1 << 20) as region:
        region.as_buffer()[:5] = b"hello"
        region.notify()
        # [end:create]
        answered.wait(10)


def open_and_read() -> None:
    # [section:open]
    import zinc

    with zinc.SharedRegion.open("frames") as region:
        if region.wait(1000):
            print(bytes(region.as_buffer()[:5]))
    # [end:open]
    answered.set()


answered = multiprocessing.Event()

if __name__ == "__main__":
    creator = multiprocessing.Process(target=create)
    creator.start()
    while True:
        import zinc
        try:
            zinc.SharedRegion.open("frames").close()
            break
        except zinc.NotFoundError:
            time.sleep(0.01)
    open_and_read()
    creator.join()
