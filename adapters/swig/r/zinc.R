# SPDX-License-Identifier: MIT
# The same bytes of memory in several processes, written in any language.

# What calls signal: a condition of the classes zinc_<kind>_error (closed, not_found, exists,
# denied, invalid, overflow, ...; type and value for arguments that did not reach the core) and
# zinc_error, with the fields status (negative), name ("ZINC_E_NOENT"), kind, message and call.
.failure <- function(kind, name, status, message) {
  stop(structure(
    class = c(paste0("zinc_", kind, "_error"), "zinc_error", "error", "condition"),
    list(message = message, call = .caller(), status = status, name = name, kind = kind)))
}

# The user's call: the outermost one of a function of this package.
.caller <- function() {
  own <- topenv()
  for (frame in seq_len(sys.nframe())) {
    made_in <- environment(sys.function(frame))
    if (!is.null(made_in) && identical(topenv(made_in), own)) return(sys.call(frame))
  }
  NULL
}

# What to do about a condition, as a sentence.
zinc_remedy <- function(condition) zinc_error_remedy(condition$status)

.list_of <- function(facts) {
  on.exit(delete_Facts(facts))
  index <- seq_len(Facts_size(facts)) - 1L
  found <- lapply(index, function(i) Facts_value(facts, i))
  names(found) <- vapply(index, function(i) Facts_name(facts, i), "")
  found
}

# The release of the library, "0.1.0".
zinc_version <- function() zinc_version_text()

# Facts about every region of the domain, by name: a list of lists as region$info() gives them.
# Where status is not "ZINC_OK" the file is no usable region, and it says why.
.regions <- function() {
  listing <- list_begin()
  on.exit(delete_List(listing))
  found <- list()
  while (!is.null(facts <- List_following(listing))) {
    found[[length(found) + 1L]] <- .list_of(facts)
  }
  found
}

# Facts about the region of this name, without taking part in it.
zinc_lookup <- function(name) .list_of(lookup(name))

# Unbind a name by force, whoever uses the region; they keep the bytes.
zinc_remove <- function(name) invisible(remove(name))

# Remove the regions that nobody alive uses. Answers counts.
zinc_gc <- function(dry_run = FALSE) .list_of(gc(dry_run))

# What the machine offers to regions. Sizes are bytes; NA is what cannot be had.
zinc_doctor <- function() .list_of(doctor())

.chosen <- function(options) {
  chosen <- Options()
  if (length(options) != 0L && (is.null(names(options)) || any(names(options) == ""))) {
    .failure("type", "", 0L, "options must have names, as in lifetime = \"creator\"")
  }
  for (name in names(options)) {
    if (!is.null(options[[name]])) Options_set(chosen, name, options[[name]])
  }
  chosen
}

# A region of memory that other processes open by its name.
#
#     region <- SharedRegion$create("frames", 2^20)
#     region$write(0, charToRaw("hello"))
#     region$notify()
#     region$close()
#
# Options, as named arguments: lifetime = "auto", "creator" or "persistent"; mode: permission bits;
# max_capacity: bytes up to which grow may go; rows: participants at one time; wait_policy =
# "adaptive", "spin" or "park"; group, accept_mode, accept_owner: numbers; read_only, prefault,
# sparse, huge_pages, read_only_waiters, accept_any_owner: TRUE or FALSE.
SharedRegion <- list(
  # Create a region of capacity bytes, all zero.
  create = function(name, capacity, ...) .region(create(name, capacity, .chosen(list(...)))),

  # Open the region of this name.
  open = function(name, ...) .region(open(name, .chosen(list(...)))),

  # Open the region, or create it where there is none, in one atomic step: info()$created says
  # which.
  open_or_create = function(name, capacity, ...) {
    .region(open_or_create(name, capacity, .chosen(list(...))))
  },

  # Create a region and bind the name to it, even if another region has it.
  replace = function(name, capacity, ...) .region(replace(name, capacity, .chosen(list(...)))),

  # All regions of the domain.
  list = .regions
)

.region <- function(handle) {
  # The net for handles that nobody closed, at the end of the session too.
  reg.finalizer(handle@ref, delete_Handle, onexit = TRUE)
  region <- new.env(parent = emptyenv())

  # length bytes from offset (all that follow, unless given), as a raw vector.
  region$read <- function(offset = 0, length = NULL) Handle_read(handle, offset, length)

  # Write a raw vector at offset.
  region$write <- function(offset, bytes) invisible(Handle_write(handle, offset, bytes))

  # Wake every wait in progress on this region, in all processes.
  region$notify <- function() invisible(Handle_notify(handle))

  # Wait for a notification that this handle has not seen: TRUE when it came, FALSE when timeout_ms
  # milliseconds have passed; Inf waits for ever. Ctrl-C ends it.
  region$wait <- function(timeout_ms = Inf) {
    wait <- Handle_start(handle, timeout_ms)
    on.exit(delete_Wait(wait))
    repeat {
      step <- Wait_step(wait)
      if (step != 2L) return(step == 1L)
      binding_check_interrupts()
    }
  }

  # Whether a notification came that this handle has not seen; does not wait.
  region$try_wait <- function() Handle_try_wait(handle) == 1L

  # Bytes of the region now, as grown by whichever process.
  region$capacity <- function() Handle_capacity(handle)

  # Make the region this long, in place, for all participants, up to max_capacity.
  region$grow <- function(capacity) invisible(Handle_grow(handle, capacity))

  # Facts about the region and this handle, as a list: $capacity, $creator_alive, ...
  region$info <- function() .list_of(Handle_info(handle))

  # The region's name, without slash and domain.
  region$name <- function() Handle_name(handle)

  # The address of the first byte in this process.
  region$address <- function() Handle_address(handle)

  # Unbind the name; participants keep the bytes. For the creator's handle.
  region$unlink <- function() invisible(Handle_unlink(handle))

  # Close the handle. Closing again is harmless.
  region$close <- function() invisible(Handle_close(handle))

  region$closed <- function() Handle_closed(handle) == 1L

  lockEnvironment(region, bindings = TRUE)
  structure(region, class = "zinc_region")
}

print.zinc_region <- function(x, ...) {
  cat("<zinc region ", x$name(), if (x$closed()) " (closed)", ">\n", sep = "")
  invisible(x)
}

length.zinc_region <- function(x) x$capacity()

# So that on.exit(close(region)) reads as for files.
close.zinc_region <- function(con, ...) con$close()
