# SPDX-License-Identifier: MIT
# The smoke test, in R; adapters/swig/README.md says what each test shows.
# smoke [interrupt|leak|tidy NAME] is one side of a test that adapters/swig/tasks makes.

library(zinc)

check <- function(as_stated, what) {
  if (!isTRUE(as_stated)) stop("not as stated: ", what, call. = FALSE)
}

# The condition of an expression, which must be of this kind.
refused <- function(kind, expression) {
  failure <- tryCatch({
    answer <- expression
    stop(kind, " expected, but it answered ", substr(paste(format(answer), collapse = " "), 1, 80),
         call. = FALSE)
  }, zinc_error = function(condition) condition)
  if (failure$kind != kind || !inherits(failure, paste0("zinc_", kind, "_error"))) {
    stop(kind, " expected, not ", failure$kind, ": ", conditionMessage(failure), call. = FALSE)
  }
  failure
}

missing_region <- function(name) refused("not_found", zinc_lookup(name))

file_of <- function(name) file.path(Sys.getenv("ZINC_DIR"), paste0("zinc_", name))

gone <- function(...) for (region in list(...)) region$close()

tests <- list()

tests$bytes <- function() {
  region <- SharedRegion$create("bytes", 4096)
  all <- as.raw(0:255)
  region$write(100, all)
  other <- SharedRegion$open("bytes")
  check(identical(other$read(100, 256), all), "all 256 bytes")
  check(length(other$read()) == 4096, "the whole")
  check(length(other$read(4000)) == 96, "the rest")
  region$write(4096, raw(0))
  check(identical(region$read(4096, 0), raw(0)) && length(region$read(4096)) == 0,
        "nothing at the end")
  gone(region, other)
}

tests$bounds <- function() {
  region <- SharedRegion$create("bounds", 4096)
  refused("overflow", region$read(4095, 2))
  refused("overflow", region$read(4097, 0))
  refused("overflow", region$read(4097))
  refused("overflow", region$read(0, 4097))
  refused("overflow", region$read(2^53, 1))
  refused("overflow", region$read(1, 2^53))
  refused("overflow", region$write(4095, raw(2)))
  refused("overflow", region$write(4097, raw(0)))
  refused("overflow", region$write(2^53, raw(1)))
  check(identical(region$read(), raw(4096)), "nothing was written")
  gone(region)
}

tests$arguments <- function() {
  region <- SharedRegion$create("arguments", 4096)
  for (bad in list(-1, -1L, 1.5, NaN, -Inf, 2^53 + 2, 2^70)) {
    refused("value", region$read(bad, 1))
    refused("value", region$grow(bad))
    refused("value", region$wait(bad))
    refused("value", SharedRegion$create("never", bad))
  }
  refused("value", region$read(Inf, 1))
  for (bad in list("1", TRUE, NA, NA_integer_, NA_real_, list(), list(1), c(1, 2), numeric(0), sum,
                   region, quote(x), globalenv(), factor("1"), 1i, as.raw(1))) {
    refused("type", region$read(bad, 1))
    refused("type", region$grow(bad))
    refused("type", region$wait(bad))
    refused("type", SharedRegion$create("never", bad))
  }
  for (bad in list(5, NULL, "text", TRUE, list(), c(1L, 2L))) refused("type", region$write(0, bad))
  refused("value", SharedRegion$create("never", 0))
  refused("value", SharedRegion$create("never", 1, no_such = 1))
  refused("value", SharedRegion$create("never", 1, lifetime = "long"))
  refused("value", SharedRegion$create("never", 1, rows = 5000))
  refused("type", SharedRegion$create("never", 1, sparse = "yes"))
  refused("type", SharedRegion$create("never", 1, TRUE))
  kept <- tempfile()
  saveRDS(region, kept)
  restored <- readRDS(kept)
  refused("type", restored$read(0, 1))
  refused("type", restored$wait(1))
  restored$close()
  unlink(kept)
  missing_region("never")
  gone(region)
}

tests$names <- function() {
  for (bad in list("", "a/b", ".hidden", "sp ace", "\u00e4", strrep("x", 201),
                   strrep("x", 100000))) {
    refused("invalid", SharedRegion$create(bad, 10))
  }
  # A NUL cannot be in a text of R at all.
  for (bad in list(NULL, 5, NA_character_, character(0), c("a", "b"), list("a"), sum)) {
    refused("type", SharedRegion$open(bad))
  }
  region <- SharedRegion$create("/slash", 10)
  check(region$name() == "slash", "a leading slash is dropped")
  gone(SharedRegion$open("slash"), region)
  region <- SharedRegion$create(strrep("x", 200), 10)
  check(nchar(region$name()) == 200, "200 bytes")
  gone(region)
}

tests$options <- function() {
  region <- SharedRegion$create("kept", 10, lifetime = "persistent", mode = strtoi("640", 8),
                                rows = 5, wait_policy = "park")
  region$write(0, charToRaw("still here"))
  facts <- region$info()
  check(facts$lifetime == "persistent" && facts$mode == 416 && facts$rows == 5 &&
          facts$wait_policy == "park", "facts")
  gone(region)
  region <- SharedRegion$open("kept", read_only = TRUE)
  check(rawToChar(region$read()) == "still here", "a persistent region keeps its bytes")
  check(region$info()$read_only, "it is read-only")
  refused("denied", region$write(0, raw(1)))
  refused("denied", region$notify())
  check(rawToChar(region$read(0, 1)) == "s", "and was not written")
  gone(region)
  zinc_remove("kept")
  owner <- SharedRegion$create("mine", 10, lifetime = "creator")
  other <- SharedRegion$open("mine")
  gone(owner)
  missing_region("mine")
  check(length(other$read()) == 10, "the bytes stay")
  gone(other)
}

tests$growth <- function() {
  region <- SharedRegion$create("growth", 4096, max_capacity = 65536)
  other <- SharedRegion$open("growth")
  region$write(0, as.raw(1))
  region$grow(65536)
  check(other$capacity() == 65536 && length(other) == 65536, "all see it")
  other$write(65535, as.raw(2))
  check(region$read(65535, 1) == 2 && region$read(0, 1) == 1, "the same bytes")
  region$grow(10)
  check(region$capacity() == 65536, "it never shrinks")
  refused("overflow", region$grow(65537))
  gone(region, other)
}

tests$open_or_create <- function() {
  first <- SharedRegion$open_or_create("either", 100)
  second <- SharedRegion$open_or_create("either", 100)
  check(first$info()$created && !second$info()$created, "one creates")
  second$write(0, as.raw(9))
  check(first$read(0, 1) == 9, "both have it")
  refused("overflow", SharedRegion$open_or_create("either", 200))
  gone(first, second)
}

tests$replace <- function() {
  old <- SharedRegion$create("replaced", 10)
  old$write(0, charToRaw("old"))
  new <- SharedRegion$replace("replaced", 20)
  check(old$info()$stale && !new$info()$stale, "the old one learns it")
  check(rawToChar(old$read(0, 3)) == "old" && identical(new$read(0, 3), raw(3)), "two regions")
  gone(old, new)
}

tests$waiting <- function() {
  region <- SharedRegion$create("waiting", 10)
  took <- system.time(check(identical(region$wait(30), FALSE), "time ran out"))[["elapsed"]]
  check(took > 0.025 && took < 5, took)
  check(!region$try_wait() && !region$wait(0) && !region$wait(0L), "nothing to see")
  other <- SharedRegion$open("waiting")
  region$notify()
  region$notify()
  check(identical(other$wait(), TRUE), "notified")
  check(!other$try_wait(), "two that nobody saw are one")
  late <- SharedRegion$open("waiting")
  check(late$wait(0), "a fresh handle sees the last one")
  gone(late, other, region)
}

tests$closing <- function() {
  region <- SharedRegion$create("closing", 10)
  region$close()
  close(region)
  check(region$closed() && region$name() == "closing", "closed")
  check(grepl("closed", paste(capture.output(print(region)), collapse = "")), "printed")
  calls <- list(read = list(0, 1), write = list(0, raw(1)), notify = list(), wait = list(1),
                try_wait = list(), capacity = list(), grow = list(20), info = list(),
                address = list(), unlink = list())
  for (name in names(calls)) {
    failure <- refused("closed", do.call(region[[name]], calls[[name]]))
    check(grepl("closed", conditionMessage(failure)), conditionMessage(failure))
  }
  missing_region("closing")
  scoped <- function() {
    region <- SharedRegion$create("closing", 10)
    on.exit(close(region))
    stop("out of the function")
  }
  try(scoped(), silent = TRUE)
  missing_region("closing")
}

tests$collecting <- function() {
  for (i in 1:20) SharedRegion$create(paste0("collected-", i), 10)
  gc()
  gc()
  left <- Filter(function(facts) grepl("^collected", facts$name), SharedRegion$list())
  check(length(left) < 3, "collected")
}

tests$large <- function() {
  size <- 5 * 2^30
  region <- SharedRegion$create("large", size, sparse = TRUE)
  check(region$capacity() == size, "5 GiB")
  region$write(size - 4, charToRaw("last"))
  check(identical(region$read(size - 5), c(as.raw(0), charToRaw("last"))), "the last bytes")
  region$write(2^32, as.raw(7))
  check(region$read(0, 1) == 0, "offsets have 64 bits")
  refused("overflow", region$read(size - 4, 5))
  gone(region)
}

tests$facts <- function() {
  region <- SharedRegion$create("facts", 100, max_capacity = 200)
  facts <- region$info()
  check(facts$name == "facts" && facts$capacity == 100 && facts$max_capacity == 200 &&
          facts$creator_pid == Sys.getpid() && facts$creator_alive &&
          facts$participants_alive == 1 && !facts$private, "facts")
  check(zinc_lookup("facts")$inode == facts$inode, "as seen")
  listed <- Filter(function(one) one$name == "facts", SharedRegion$list())[[1]]
  check(listed$capacity == 100 && listed$status == "ZINC_OK", "listed")
  check(region$address() > 0, "an address")
  check(zinc_doctor()$directory == Sys.getenv("ZINC_DIR"), "doctor")
  gone(region)
}

tests$removing <- function() {
  region <- SharedRegion$create("removing", 10)
  other <- SharedRegion$open("removing")
  refused("denied", other$unlink())
  region$unlink()
  region$unlink()
  missing_region("removing")
  region$write(0, as.raw(1))
  gone(region, other)
  gone(SharedRegion$create("removing", 10, lifetime = "persistent"))
  check(zinc_gc()$regions_removed == 0, "gc leaves persistent ones")
  zinc_remove("removing")
  refused("not_found", zinc_remove("removing"))
}

tests$errors <- function() {
  failure <- refused("not_found", SharedRegion$open("not-here"))
  check(failure$status == -2 && failure$name == "ZINC_E_NOENT" &&
          grepl("not-here", conditionMessage(failure)) && nchar(zinc_remedy(failure)) > 10 &&
          identical(conditionCall(failure), quote(SharedRegion$open("not-here"))),
        conditionMessage(failure))
  region <- SharedRegion$create("here", 10)
  failure <- refused("exists", SharedRegion$create("here", 10))
  check(failure$status == -17 && grepl("here", conditionMessage(failure)), "exists")
  gone(region)
}

tests$files <- function() {
  gone(SharedRegion$create("whole", 10, lifetime = "persistent"))
  whole <- readBin(file_of("whole"), "raw", 1e6)
  zinc_remove("whole")
  other <- whole
  other[9] <- as.raw(200) # the layout's number
  files <- list(foreign = rep(charToRaw("not a region"), 1000), cut = whole[1:5000],
                other = other, empty = raw(0))
  for (name in names(files)) {
    writeBin(files[[name]], file_of(name))
    Sys.chmod(file_of(name), "600")
    failure <- tryCatch(SharedRegion$open(name), zinc_error = function(condition) condition)
    check(inherits(failure, c("zinc_layout_error", "zinc_corrupt_error")), name)
    check(grepl(name, conditionMessage(failure)), conditionMessage(failure))
    unlink(file_of(name))
  }
}

tests$memory <- function() {
  pages <- function() as.integer(strsplit(readLines("/proc/self/statm"), " ")[[1]][2])
  region <- SharedRegion$create("memory", 4096)
  round <- function() {
    for (i in 1:500) {
      region$info()
      region$read()
      region$wait(0)
      SharedRegion$list()
      SharedRegion$open("memory")$close()
      refused("overflow", region$read(5000))
      refused("not_found", SharedRegion$open("not-here"))
    }
    gc()
  }
  for (turn in 1:2) round() # R's own heap grows first
  before <- pages()
  for (turn in 1:3) round()
  more <- pages() - before # of 4 KiB
  check(more < 800, paste(more, "pages more"))
  gone(region)
}

tests$version <- function() check(grepl("^[0-9]+\\.[0-9]+\\.[0-9]+$", zinc_version()), "version")

given <- c(commandArgs(trailingOnly = TRUE), "", "")
if (given[1] == "interrupt") {
  region <- SharedRegion$create(given[2], 10)
  cat("waiting\n")
  flush(stdout())
  tryCatch(region$wait(), interrupt = function(condition) cat("interrupted\n"))
  region$close()
} else if (given[1] == "leak") {
  kept <- SharedRegion$create(given[2], 10)
} else if (given[1] == "tidy") {
  close(SharedRegion$create(given[2], 10))
} else {
  failed <- 0
  for (name in names(tests)) {
    why <- tryCatch({
      tests[[name]]()
      NULL
    }, error = function(condition) conditionMessage(condition))
    cat("result", name, if (is.null(why)) "passed" else c("failed", gsub("\n", " ", why)), "\n")
    failed <- failed + !is.null(why)
  }
  quit(status = if (failed) 1 else 0)
}
