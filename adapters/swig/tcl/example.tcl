# SPDX-License-Identifier: MIT
# What docs/languages/swig.md shows, in Tcl.

# [section:create]
package require zinc

set region [zinc::SharedRegion create frames 1048576]
$region write 0 hello
$region notify
# [end:create]

# [section:open]
package require zinc

set frames [zinc::SharedRegion open frames]
if {[$frames wait 1000]} {
    puts [$frames read 0 5]
}
$frames destroy
# [end:open]

# [section:bytes]
$region write 16 [binary format c* {1 2 3 4}]   ;# a byte array, at offset 16
binary scan [$region read 16 4] c* numbers
puts $numbers
# [end:bytes]

# [section:wait]
$region notify
if {[$region wait 1000]} {                      ;# milliseconds; without: for ever
    puts notified
}
if {![$region wait 10]} {
    puts "timed out"
}
$region try_wait                                ;# asks, does not wait
# [end:wait]

# [section:close]
$region close                                   ;# closing twice is harmless
try {
    $region read 0 5
} trap {ZINC closed} {} {
    puts closed
}
$region destroy                                 ;# closes too, and deletes the command
# [end:close]

# [section:errors]
try {
    zinc::SharedRegion open no-such-region
} trap {ZINC not_found} {message details} {
    set code [dict get $details -errorcode]
    puts [lindex $code 2]
    if {[info exists env(VERBOSE)]} {
        puts "$message [zinc::remedy $code]"
    }
}
# [end:errors]
