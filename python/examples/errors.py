# SPDX-License-Identifier: MIT
"""Errors: Python's own classes, with the core's number and message."""

import zinc

# [section:errors]
try:
    zinc.SharedRegion.open("no-such-region")
except FileNotFoundError as error:          # zinc.NotFoundError, which is both
    assert isinstance(error, zinc.ZincError)
    print(error.errno, zinc.error.name(error.status))
    print(zinc.error.remedy(error.status))
# [end:errors]
