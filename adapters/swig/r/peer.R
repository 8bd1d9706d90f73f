# SPDX-License-Identifier: MIT
# The program `peer` of adapters/scenarios/README.md, in R: one side of one scenario.

library(zinc)

patience_ms <- 10000

expect <- function(as_stated, what) {
  if (!isTRUE(as_stated)) {
    message("peer (R): ", what)
    quit(status = 1)
  }
}

say <- function(line) {
  cat(line, "\n", sep = "")
  flush(stdout()) # the other side is started, or killed, by what it reads here
}

# R's whole numbers are doubles: exact up to 2^53, which all of these are.
whole <- function(number) format(number, scientific = FALSE, digits = 17, trim = TRUE)

from_hex <- function(digits) {
  # strtoi has 31 bits.
  high <- substr(digits, 1, max(nchar(digits) - 6, 0))
  low <- substr(digits, max(nchar(digits) - 5, 1), nchar(digits))
  (if (high == "") 0 else from_hex(high)) * 2^24 + strtoi(low, 16)
}

# Which file is mapped at an address, and where in it: device, inode, offset.
mapping <- function(address) {
  for (line in readLines("/proc/self/maps")) {
    fields <- strsplit(line, " +")[[1]]
    span <- vapply(strsplit(fields[1], "-")[[1]], from_hex, 0)
    if (address >= span[1] && address < span[2]) {
      device <- vapply(strsplit(fields[4], ":")[[1]], from_hex, 0)
      return(c(device[1] * 2^32 + device[2], as.numeric(fields[5]),
               from_hex(fields[3]) + address - span[1]))
    }
  }
  c(0, 0, 0)
}

# The physical frame that holds an address, or 0 where that is not shown to us. R's connections do
# not seek in files of /proc that far; dd does.
frame <- function(address) {
  command <- sprintf("dd if=/proc/%d/pagemap bs=8 count=1 skip=%s 2>/dev/null", Sys.getpid(),
                     whole(address %/% 4096))
  source <- pipe(command, "rb")
  on.exit(close(source))
  entry <- readBin(source, "raw", 8)
  if (length(entry) != 8) return(0)
  bytes <- as.integer(entry)
  bytes[7] <- bytes[7] %% 128 # 55 bits
  sum(bytes[1:7] * 256^(0:6))
}

# R has no view of the bytes: they are read and written by offset.
prove <- function(region) {
  region$read(0, 1) # a page not touched yet has no frame in our table
  address <- region$address()
  numbers <- c(address, 0, mapping(address), frame(address))
  say(paste("proof", paste(vapply(numbers, whole, ""), collapse = " ")))
}

await <- function(region) expect(region$wait(patience_ms), "no notification came")

# A handle sees its own notification, too: so that the next wait is for the other side's.
notify_and_take <- function(region) {
  region$notify()
  expect(region$try_wait(), "a handle does not see its own notification")
}

byte_at <- function(region, offset) as.integer(region$read(offset, 1))

await_byte <- function(region, offset, value) {
  while (byte_at(region, offset) != value) await(region)
}

# ---- relay ---------------------------------------------------------------------------------------

relay <- (7 * (0:4095) + 3) %% 256
parts <- list()

parts$relay$first <- function(name) {
  region <- SharedRegion$create(name, 4096)
  region$write(0, as.raw(relay))
  notify_and_take(region)
  prove(region)
  say("ready")
  await(region)
  expect(identical(region$read(), as.raw(255 - relay)), "the answer is not as stated")
  region$close()
}

parts$relay$second <- function(name) {
  region <- SharedRegion$open(name)
  prove(region)
  await(region)
  expect(identical(region$read(), as.raw(relay)), "the bytes are not as stated")
  region$write(0, as.raw(255 - relay))
  region$notify()
  region$close()
}

# ---- tensor --------------------------------------------------------------------------------------

elements <- 4 * 3 * 32 * 32
record_at <- 49152

bytes_of <- function(value, size) writeBin(value, raw(), size = size, endian = "little")

# R has numbers of 32 and of 53 bits: wider ones are put together from halves. The 64-bit numbers
# of the record are given as their low and high 32 bits.
word <- function(number) {
  bytes_of(as.integer(if (number >= 2^31) number - 2^32 else number), 4)
}

record <- function(i8, u8, i16, u16, i32, u32, i64, u64, f32, yes, f64) {
  c(as.raw(i8 %% 256), as.raw(u8), bytes_of(as.integer(i16), 2), bytes_of(as.integer(u16), 2),
    raw(2), word(i32), word(u32), word(i64[1]), word(i64[2]), word(u64[1]), word(u64[2]),
    bytes_of(f32, 4), as.raw(yes), raw(3), bytes_of(f64, 8))
}

# -9007199254740993 is -2^53 - 1, and 18446744073709551557 is 2^64 - 59.
stated <- record(-100, 200, -30000, 60000, -2000000000, 4000000000,
                 c(2^32 - 1, 2^32 - 2^21 - 1), c(2^32 - 59, 2^32 - 1), 0.1, 1, 0.1)
turned <- record(99, 55, 29999, 5535, 1999999999, 294967295,
                 c(0, 2^21), c(58, 0), -0.1, 0, -0.1)

numbers_of <- function(region) {
  readBin(region$read(0, 4 * elements), "numeric", elements, size = 4, endian = "little")
}

say_sum <- function(region) {
  total <- sum(numbers_of(region))
  expect(total == floor(total), "the sum is no whole number")
  say(paste("sum", whole(total)))
}

parts$tensor$first <- function(name) {
  region <- SharedRegion$create(name, 65536)
  region$write(0, bytes_of(0.25 * (0:(elements - 1)) - 100, 4))
  region$write(record_at, stated)
  notify_and_take(region)
  prove(region)
  say("ready")
  await(region)
  say_sum(region)
  expect(identical(region$read(record_at, 48), turned), "the record is not as stated")
  region$close()
}

parts$tensor$second <- function(name) {
  region <- SharedRegion$open(name)
  prove(region)
  await(region)
  say_sum(region)
  expect(identical(region$read(record_at, 48), stated), "the record is not as stated")
  region$write(0, bytes_of(numbers_of(region) + 1, 4))
  region$write(record_at, turned)
  region$notify()
  region$close()
}

# ---- grow ----------------------------------------------------------------------------------------

grown <- 1048576

parts$grow$first <- function(name) {
  region <- SharedRegion$create(name, 4096, max_capacity = grown)
  region$write(0, as.raw(1))
  prove(region)
  say("ready")
  await_byte(region, 2, 1)
  region$grow(grown)
  region$write(grown - 1, as.raw(77))
  region$write(0, as.raw(2))
  region$notify()
  await_byte(region, 1, 3)
  expect(byte_at(region, grown - 2) == 78, "the last byte but one is not 78")
  region$close()
}

parts$grow$second <- function(name) {
  region <- SharedRegion$open(name)
  prove(region)
  say(paste("capacity", whole(region$capacity())))
  region$write(2, as.raw(1))
  region$notify()
  await_byte(region, 0, 2)
  say(paste("capacity", whole(region$capacity())))
  expect(byte_at(region, grown - 1) == 77, "the last byte is not 77")
  region$write(grown - 2, as.raw(78))
  region$write(1, as.raw(3))
  region$notify()
  region$close()
}

# ---- death ---------------------------------------------------------------------------------------

parts$death$first <- function(name) {
  region <- SharedRegion$create(name, 4096)
  region$write(0, as.raw(42))
  region$notify()
  prove(region)
  say("ready")
  repeat await(region)
}

parts$death$second <- function(name) {
  region <- SharedRegion$open(name)
  prove(region)
  await(region)
  expect(byte_at(region, 0) == 42, "byte 0 is not 42")
  expect(region$info()$creator_alive, "the creator counts as dead while it lives")
  say("alive")
  deadline <- Sys.time() + patience_ms / 1000
  while (region$info()$creator_alive) {
    expect(Sys.time() < deadline, "the creator counts as alive for too long")
    region$wait(50)
  }
  expect(byte_at(region, 0) == 42, "byte 0 is not 42 any more")
  say("dead")
  region$close()
  found <- tryCatch({
    SharedRegion$open(name)
    TRUE
  }, zinc_not_found_error = function(condition) FALSE)
  expect(!found, "the name is still there")
  say("gone")
  region <- SharedRegion$create(name, 8192)
  expect(identical(region$read(), raw(8192)), "a byte of the new region is not 0")
  say("again")
  region$close()
}

# --------------------------------------------------------------------------------------------------

given <- commandArgs(trailingOnly = TRUE)
part <- if (length(given) == 3) parts[[given[1]]][[given[2]]]
expect(is.function(part), "usage: peer relay|tensor|grow|death first|second NAME")
tryCatch(part(given[3]), error = function(condition) expect(FALSE, conditionMessage(condition)))
say("done")
