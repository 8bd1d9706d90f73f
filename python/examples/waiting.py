# SPDX-License-Identifier: MIT
"""Waits of threads: with a timeout, for ever, and ended from outside."""

import threading

import zinc

region = zinc.SharedRegion.create("waiting", 4096)

# [section:wait]
region.notify()
print(region.wait(1000))    # True: a notification came; what was written before it is visible
print(region.wait(10))      # False: 10 ms have passed
print(region.try_wait())    # False: asks, does not wait
# [end:wait]

# [section:cancel]
stop = zinc.Cancel()


def worker() -> None:
    try:
        while region.wait(cancel=stop):
            pass            # look at the bytes
    except zinc.CanceledError:
        print("stopped")


thread = threading.Thread(target=worker)
thread.start()
stop.fire()                 # ends the waits that have `stop`, and no others
thread.join()
# [end:cancel]

region.close()
