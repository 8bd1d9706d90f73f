# SPDX-License-Identifier: MIT
# What docs/languages/swig.md shows, in R.

# [section:create]
library(zinc)

region <- SharedRegion$create("frames", 2^20)
region$write(0, charToRaw("hello"))
region$notify()
# [end:create]

# [section:open]
library(zinc)

show_frames <- function() {
  frames <- SharedRegion$open("frames")
  on.exit(close(frames))
  if (frames$wait(1000)) cat(rawToChar(frames$read(0, 5)), "\n", sep = "")
}
show_frames()
# [end:open]

# [section:bytes]
region$write(16, as.raw(1:4))                   # a raw vector, at offset 16
cat(as.integer(region$read(16, 4)), "\n", sep = c(" ", " ", " ", ""))
# [end:bytes]

# [section:wait]
region$notify()
if (region$wait(1000)) cat("notified\n")        # milliseconds; without, or Inf: for ever
if (!region$wait(10)) cat("timed out\n")
seen <- region$try_wait()                       # asks, does not wait
# [end:wait]

# [section:close]
region$close()                                  # closing twice is harmless
tryCatch(region$read(0, 5), zinc_closed_error = function(condition) cat("closed\n"))
# [end:close]

# [section:errors]
tryCatch(SharedRegion$open("no-such-region"), zinc_not_found_error = function(condition) {
  cat(condition$name, "\n", sep = "")           # a zinc_error
  if (interactive()) message(conditionMessage(condition), zinc_remedy(condition))
})
# [end:errors]
