# SPDX-License-Identifier: MIT
"""What close ends, and what it does not."""

import zinc

# [section:close]
with zinc.SharedRegion.create("job", 4096) as region:
    view = region.as_buffer()
# Closed here: nobody else has it open, so the name is gone.

print(region.closed, len(view))     # the view keeps its bytes
region.close()                      # closing twice is harmless
try:
    region.notify()
except ValueError as error:         # zinc.ClosedError, a ValueError as for files
    print(error)
# [end:close]

# [section:lifetime]
region = zinc.SharedRegion.create("results", 4096, lifetime="persistent")
region.close()                      # the name stays, with nobody alive
region = zinc.SharedRegion.open("results")
zinc.remove("results")              # and goes when somebody removes it
region.close()
# [end:lifetime]
