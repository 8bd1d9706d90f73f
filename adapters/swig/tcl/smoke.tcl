# SPDX-License-Identifier: MIT
# The smoke test, in Tcl; adapters/swig/README.md says what each test shows.
# smoke [interrupt|leak|tidy NAME] is one side of a test that adapters/swig/tasks makes.

package require zinc
interp alias {} Region {} zinc::SharedRegion

proc check {as_stated what} {
    if {!$as_stated} {
        return -code error "not as stated: $what"
    }
}

# The message of a script's error, whose code must begin with ZINC and this kind.
proc refused {kind script} {
    if {![catch {uplevel 1 $script} message details]} {
        return -code error "$kind expected, but it answered [string range $message 0 80]"
    }
    set code [dict get $details -errorcode]
    if {[lrange $code 0 1] ne [list ZINC $kind]} {
        return -code error "$kind expected, not $code: $message"
    }
    return $message
}

proc missing {name} {
    refused not_found {zinc::lookup $name}
}

proc file_of {name} {
    return $::env(ZINC_DIR)/zinc_$name
}

proc test {name body} {
    lappend ::tests $name
    proc ::test_$name {} $body
}

proc zeros {count} {
    return [binary format x$count]
}

test bytes {
    set region [Region create bytes 4096]
    for {set i 0} {$i < 256} {incr i} {
        append all [binary format c $i]
    }
    $region write 100 $all
    set other [Region open bytes]
    check [expr {[$other read 100 256] eq $all}] "all 256 bytes"
    check [expr {[string length [$other read]] == 4096}] "the whole"
    check [expr {[string length [$other read 4000]] == 96}] "the rest"
    $region write 0 "\u00e4\u0000x" ;# characters up to 255 are bytes
    check [expr {[$region read 0 4] eq "\xe4\0x\0"}] "characters up to 255"
    $region write 4096 ""
    check [expr {[$region read 4096 0] eq "" && [$region read 4096] eq ""}] "nothing at the end"
    $region destroy
    $other destroy
}

test bounds {
    set region [Region create bounds 4096]
    foreach range {{4095 2} {4097 0} 4097 {0 4097} {4611686018427387904 1} {1 9223372036854775807}} {
        refused overflow {$region read {*}$range}
    }
    foreach what {{4095 ab} {4097 ""} {9223372036854775807 a}} {
        refused overflow {$region write {*}$what}
    }
    check [expr {[$region read] eq [zeros 4096]}] "nothing was written"
    $region destroy
}

test arguments {
    set region [Region create arguments 4096]
    foreach bad {-1 1.5 -0.5 Inf -Inf 1e300 9223372036854775808 18446744073709551615
            99999999999999999999999 -99999999999999999999999
            -9223372036854775809 -18446744073709551615} {
        refused value {$region read $bad 1}
        refused value {$region grow $bad}
        refused value {Region create never $bad}
        if {$bad ne "Inf"} {
            refused value {$region wait $bad}
        }
    }
    foreach bad {x NaN {1 2} 1x true "a\u0000"} {
        refused type {$region read $bad 1}
        refused type {$region grow $bad}
        refused type {Region create never $bad}
        refused type {$region wait $bad}
    }
    refused type {$region read "" 1}
    refused type {$region write 0 \u0100}
    refused type {$region write 0 "abc\u20ac"}
    refused type {$region write 0 [string range "\u20acbc" 0 0]} ;# not text yet, inside of Tcl
    refused type {$region write 0 [list a \u20ac]}
    check [expr {[$region read] eq [zeros 4096]}] "nothing was written"
    $region write 0 [list a b]
    check [expr {[$region read 0 4] eq "a b\0"}] "the text of a list"
    refused value {Region create never 0}
    refused value {Region create never 1 no_such 1}
    refused value {Region create never 1 lifetime long}
    refused value {Region create never 1 rows 5000}
    refused type {Region create never 1 sparse maybe}
    refused type {Region create never 1 sparse}
    refused type {oo::copy $region}
    check [catch {Region create never}] "too few words"
    check [catch {$region read 1 2 3}] "too many words"
    check [catch {$region no_such}] "no such method"
    missing never
    check [expr {[$region read 0x10 [expr {1 + 1}]] eq [zeros 2]}] "numbers as Tcl has them"
    $region destroy
}

test names {
    set long [string repeat x 100000]
    foreach bad [list a/b .hidden "sp ace" \u00e4 \u20ac [string range $long 0 200] $long] {
        refused invalid {Region create $bad 10}
    }
    refused type {Region create "" 10}
    refused value {Region create "a\0b" 10}
    refused value {zinc::remove "a\0b"}
    set region [Region create /slash 10]
    check [expr {[$region name] eq "slash"}] "a leading slash is dropped"
    [Region open slash] destroy
    $region destroy
    set region [Region create [string range $long 0 199] 10]
    check [expr {[string length [$region name]] == 200}] "200 bytes"
    $region destroy
    set region [Region create 7 10]
    check [expr {[$region name] eq "7"}] "a number is its text"
    $region destroy
}

test options {
    set region [Region create kept 10 lifetime persistent mode 0o640 rows 5 wait_policy park]
    $region write 0 "still here"
    set facts [$region info]
    check [expr {[dict get $facts lifetime] eq "persistent" && [dict get $facts mode] == 0o640
        && [dict get $facts rows] == 5 && [dict get $facts wait_policy] eq "park"}] $facts
    $region destroy
    set region [Region open kept read_only yes]
    check [expr {[$region read] eq "still here"}] "a persistent region keeps its bytes"
    check [dict get [$region info] read_only] "it is read-only"
    refused denied {$region write 0 x}
    refused denied {$region notify}
    check [expr {[$region read 0 1] eq "s"}] "and was not written"
    $region destroy
    zinc::remove kept
    set owner [Region create mine 10 lifetime creator]
    set other [Region open mine]
    $owner destroy
    missing mine
    check [expr {[string length [$other read]] == 10}] "the bytes stay"
    $other destroy
}

test growth {
    set region [Region create growth 4096 max_capacity 65536]
    set other [Region open growth]
    $region write 0 a
    $region grow 65536
    check [expr {[$other capacity] == 65536}] "all see it"
    $other write 65535 z
    check [expr {[$region read 65535 1] eq "z" && [$region read 0 1] eq "a"}] "the same bytes"
    $region grow 10
    check [expr {[$region capacity] == 65536}] "it never shrinks"
    refused overflow {$region grow 65537}
    $region destroy
    $other destroy
}

test open_or_create {
    set first [Region open_or_create either 100]
    set second [Region open_or_create either 100]
    check [expr {[dict get [$first info] created] && ![dict get [$second info] created]}] \
        "one creates"
    $second write 0 x
    check [expr {[$first read 0 1] eq "x"}] "both have it"
    refused overflow {Region open_or_create either 200}
    $first destroy
    $second destroy
}

test replace {
    set old [Region create replaced 10]
    $old write 0 old
    set new [Region replace replaced 20]
    check [expr {[dict get [$old info] stale] && ![dict get [$new info] stale]}] \
        "the old one learns it"
    check [expr {[$old read 0 3] eq "old" && [$new read 0 3] eq [zeros 3]}] "two regions"
    $old destroy
    $new destroy
}

test waiting {
    set region [Region create waiting 10]
    set begin [clock microseconds]
    check [expr {[$region wait 30] == 0}] "time ran out"
    set took [expr {[clock microseconds] - $begin}]
    check [expr {$took > 29000 && $took < 5000000}] $took
    check [expr {[$region try_wait] == 0 && [$region wait 0] == 0}] "nothing to see"
    set other [Region open waiting]
    $region notify
    $region notify
    check [expr {[$other wait] == 1}] "notified"
    check [expr {[$other try_wait] == 0}] "two that nobody saw are one"
    set late [Region open waiting]
    check [$late wait 0] "a fresh handle sees the last one"
    $late destroy
    $other destroy
    $region destroy
}

test closing {
    set region [Region create closing 10]
    $region close
    $region close
    check [expr {[$region closed] && [$region name] eq "closing"}] "closed"
    foreach call {{read 0 1} {write 0 x} notify {wait 1} try_wait capacity {grow 20} info address
            unlink} {
        set message [refused closed {$region {*}$call}]
        check [string match *closed* $message] $message
    }
    missing closing
    $region destroy
}

# Tcl has no collector: a region goes with its command, at the latest with the interpreter.
test collecting {
    set inner [interp create]
    $inner eval [list set auto_path $::auto_path]
    $inner eval {
        package require zinc
        for {set i 0} {$i < 20} {incr i} {
            zinc::SharedRegion create collected-$i 10
        }
    }
    check [expr {[llength [zinc::list]] >= 20}] "twenty"
    interp delete $inner
    foreach facts [zinc::list] {
        check [expr {![string match collected* [dict get $facts name]]}] [dict get $facts name]
    }
}

test large {
    set size [expr {5 << 30}]
    set region [Region create large $size sparse true]
    check [expr {[$region capacity] == $size}] "5 GiB"
    $region write [expr {$size - 4}] last
    check [expr {[$region read [expr {$size - 5}]] eq "\0last"}] "the last bytes"
    $region write [expr {4 << 30}] x
    check [expr {[$region read 0 1] eq "\0"}] "offsets have 64 bits"
    refused overflow {$region read [expr {$size - 4}] 5}
    refused value {$region read} ;# more than a byte array of Tcl 8.6 can hold
    $region destroy
}

test facts {
    set region [Region create facts 100 max_capacity 200]
    set facts [$region info]
    dict with facts {
        check [expr {$name eq "facts" && $capacity == 100 && $max_capacity == 200
            && $creator_pid == [pid] && $creator_alive && $participants_alive == 1 && !$private}] \
            $facts
    }
    check [expr {[dict get [zinc::lookup facts] inode] == [dict get $facts inode]}] "as seen"
    foreach one [Region list] {
        dict set listed [dict get $one name] $one
    }
    check [expr {[dict get $listed facts capacity] == 100
        && [dict get $listed facts status] eq "ZINC_OK"}] $listed
    check [expr {[$region address] > 0}] "an address"
    check [expr {[dict get [zinc::doctor] directory] eq $::env(ZINC_DIR)}] "doctor"
    $region destroy
}

test removing {
    set region [Region create removing 10]
    set other [Region open removing]
    refused denied {$other unlink}
    $region unlink
    $region unlink
    missing removing
    $region write 0 x
    $region destroy
    $other destroy
    [Region create removing 10 lifetime persistent] destroy
    check [expr {[dict get [zinc::gc] regions_removed] == 0}] "gc leaves persistent ones"
    zinc::remove removing
    refused not_found {zinc::remove removing}
}

test errors {
    try {
        Region open not-here
    } trap {ZINC not_found} {message details} {
        set code [dict get $details -errorcode]
        check [expr {[lrange $code 2 3] eq "ZINC_E_NOENT -2"}] $code
        check [string match *not-here* $message] $message
        check [expr {[string length [zinc::remedy $code]] > 10}] "remedy"
    }
    set region [Region create here 10]
    check [string match *here* [refused exists {Region create here 10}]] "exists"
    check [expr {[lindex $::errorCode 3] == -17}] $::errorCode
    $region destroy
}

test files {
    [Region create whole 10 lifetime persistent] destroy
    set file [open [file_of whole] rb]
    set whole [read $file]
    close $file
    zinc::remove whole
    set files [dict create foreign [string repeat "not a region" 1000] empty "" \
        cut [string range $whole 0 4999] other [string replace $whole 8 8 \xc8]] ;# the layout
    dict for {name bytes} $files {
        set file [open [file_of $name] wb 0600]
        puts -nonewline $file $bytes
        close $file
        check [catch {Region open $name} message] "$name was opened"
        check [expr {[lindex $::errorCode 1] in {layout corrupt}}] $::errorCode
        check [string match *$name* $message] $message
        file delete [file_of $name]
    }
}

test memory {
    proc pages {} {
        set file [open /proc/self/statm]
        set count [lindex [read $file] 1]
        close $file
        return $count
    }
    proc round {region} {
        for {set i 0} {$i < 500} {incr i} {
            $region info
            $region read
            $region wait 0
            zinc::list
            [Region open memory] destroy
            refused overflow {$region read 5000}
            refused not_found {Region open not-here}
        }
    }
    set region [Region create memory 4096]
    round $region
    set before [pages]
    for {set turn 0} {$turn < 3} {incr turn} {
        round $region
    }
    set more [expr {[pages] - $before}] ;# of 4 KiB
    check [expr {$more < 800}] "$more pages more"
    $region destroy
}

test version {
    check [regexp {^\d+\.\d+\.\d+$} [zinc::version]] [zinc::version]
}

# ---- Tcl's own

test command_deletion {
    set region [Region create deleted 10]
    rename $region {}
    missing deleted
    set region [Region create deleted 10]
    rename $region moved
    moved write 0 x
    check [expr {[moved read 0 1] eq "x"}] "a command may be renamed"
    moved destroy
    missing deleted
    check [catch {moved read}] "the command is gone"
}

lassign $argv mode name
switch -- $mode {
    interrupt {
        set region [Region create $name 10]
        puts waiting
        flush stdout
        $region wait
    }
    leak {
        set kept [Region create $name 10]
    }
    tidy {
        [Region create $name 10] destroy
    }
    default {
        set failed 0
        foreach test $tests {
            if {[catch {test_$test} message details]} {
                puts [dict get $details -errorinfo]
                puts "result $test failed [lindex [split $message \n] 0]"
                set failed 1
            } else {
                puts "result $test passed"
            }
        }
        exit $failed
    }
}
