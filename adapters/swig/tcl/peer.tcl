# SPDX-License-Identifier: MIT
# The program `peer` of adapters/scenarios/README.md, in Tcl: one side of one scenario.

package require zinc

set patience_ms 10000

proc expect {as_stated what} {
    if {!$as_stated} {
        puts stderr "peer (Tcl): $what"
        exit 1
    }
}

proc say {line} {
    puts $line
    flush stdout ;# the other side is started, or killed, by what it reads here
}

# Which file is mapped at an address, and where in it: device, inode, offset.
proc mapping {address} {
    set maps [open /proc/self/maps]
    set lines [split [read $maps] \n]
    close $maps
    foreach line $lines {
        if {[scan $line {%llx-%llx %*s %llx %llx:%llx %lld} first last offset major minor inode] == 6
                && $address >= $first && $address < $last} {
            return [list [expr {$major << 32 | $minor}] $inode [expr {$offset + $address - $first}]]
        }
    }
    return {0 0 0}
}

# The physical frame that holds an address, or 0 where that is not shown to us.
proc frame {address} {
    if {[catch {open /proc/self/pagemap rb} pages]} {
        return 0
    }
    set entry 0
    catch {
        chan configure $pages -buffering none -buffersize 8
        seek $pages [expr {$address / 4096 * 8}]
        binary scan [read $pages 8] wu entry
    }
    close $pages
    return [expr {$entry & ((1 << 55) - 1)}]
}

# Tcl has no view of the bytes: they are read and written by offset.
proc prove {region} {
    $region read 0 1 ;# a page not touched yet has no frame in our table
    set address [$region address]
    say [list proof $address 0 {*}[mapping $address] [frame $address]]
}

proc await {region} {
    expect [$region wait $::patience_ms] "no notification came"
}

# A handle sees its own notification, too: so that the next wait is for the other side's.
proc notify_and_take {region} {
    $region notify
    expect [$region try_wait] "a handle does not see its own notification"
}

proc byte_at {region offset} {
    binary scan [$region read $offset 1] cu byte
    return $byte
}

proc await_byte {region offset value} {
    while {[byte_at $region $offset] != $value} {
        await $region
    }
}

# ---- relay ---------------------------------------------------------------------------------------

for {set i 0} {$i < 4096} {incr i} {
    append relay [binary format c [expr {(7 * $i + 3) % 256}]]
    append answer [binary format c [expr {255 - (7 * $i + 3) % 256}]]
}

proc relay_first {name} {
    set region [zinc::SharedRegion create $name 4096]
    $region write 0 $::relay
    notify_and_take $region
    prove $region
    say ready
    await $region
    expect [expr {[$region read] eq $::answer}] "the answer is not as stated"
    $region destroy
}

proc relay_second {name} {
    set region [zinc::SharedRegion open $name]
    prove $region
    await $region
    expect [expr {[$region read] eq $::relay}] "the bytes are not as stated"
    $region write 0 $::answer
    $region notify
    $region destroy
}

# ---- tensor --------------------------------------------------------------------------------------

set elements [expr {4 * 3 * 32 * 32}]
set record_at 49152

proc record {i8 u8 i16 u16 i32 u32 i64 u64 f32 yes f64} {
    return [binary format ccssx2iiwwrcx3q $i8 $u8 $i16 $u16 $i32 $u32 $i64 $u64 $f32 $yes $f64]
}

set stated [record -100 200 -30000 60000 -2000000000 4000000000 -9007199254740993 \
    18446744073709551557 0.1 1 0.1]
set turned [record 99 55 29999 5535 1999999999 294967295 9007199254740992 58 -0.1 0 -0.1]

proc say_sum {region} {
    binary scan [$region read 0 [expr {4 * $::elements}]] r* numbers
    set sum 0.0
    foreach number $numbers {
        set sum [expr {$sum + $number}]
    }
    expect [expr {$sum == floor($sum)}] "the sum is no whole number"
    say "sum [expr {entier($sum)}]"
}

proc tensor_first {name} {
    set region [zinc::SharedRegion create $name 65536]
    set numbers {}
    for {set k 0} {$k < $::elements} {incr k} {
        lappend numbers [expr {0.25 * $k - 100}]
    }
    $region write 0 [binary format r* $numbers]
    $region write $::record_at $::stated
    notify_and_take $region
    prove $region
    say ready
    await $region
    say_sum $region
    expect [expr {[$region read $::record_at 48] eq $::turned}] "the record is not as stated"
    $region destroy
}

proc tensor_second {name} {
    set region [zinc::SharedRegion open $name]
    prove $region
    await $region
    say_sum $region
    expect [expr {[$region read $::record_at 48] eq $::stated}] "the record is not as stated"
    binary scan [$region read 0 [expr {4 * $::elements}]] r* numbers
    $region write 0 [binary format r* [lmap number $numbers {expr {$number + 1}}]]
    $region write $::record_at $::turned
    $region notify
    $region destroy
}

# ---- grow ----------------------------------------------------------------------------------------

set grown 1048576

proc put_byte {region offset value} {
    $region write $offset [binary format c $value]
}

proc grow_first {name} {
    set region [zinc::SharedRegion create $name 4096 max_capacity $::grown]
    put_byte $region 0 1
    prove $region
    say ready
    await_byte $region 2 1
    $region grow $::grown
    put_byte $region [expr {$::grown - 1}] 77
    put_byte $region 0 2
    $region notify
    await_byte $region 1 3
    expect [expr {[byte_at $region [expr {$::grown - 2}]] == 78}] "the last byte but one is not 78"
    $region destroy
}

proc grow_second {name} {
    set region [zinc::SharedRegion open $name]
    prove $region
    say "capacity [$region capacity]"
    put_byte $region 2 1
    $region notify
    await_byte $region 0 2
    say "capacity [$region capacity]"
    expect [expr {[byte_at $region [expr {$::grown - 1}]] == 77}] "the last byte is not 77"
    put_byte $region [expr {$::grown - 2}] 78
    put_byte $region 1 3
    $region notify
    $region destroy
}

# ---- death ---------------------------------------------------------------------------------------

proc death_first {name} {
    set region [zinc::SharedRegion create $name 4096]
    put_byte $region 0 42
    $region notify
    prove $region
    say ready
    while 1 {
        await $region
    }
}

proc creator_alive {region} {
    return [dict get [$region info] creator_alive]
}

proc death_second {name} {
    set region [zinc::SharedRegion open $name]
    prove $region
    await $region
    expect [expr {[byte_at $region 0] == 42}] "byte 0 is not 42"
    expect [creator_alive $region] "the creator counts as dead while it lives"
    say alive
    set deadline [expr {[clock milliseconds] + $::patience_ms}]
    while {[creator_alive $region]} {
        expect [expr {[clock milliseconds] < $deadline}] "the creator counts as alive for too long"
        $region wait 50
    }
    expect [expr {[byte_at $region 0] == 42}] "byte 0 is not 42 any more"
    say dead
    $region destroy
    try {
        zinc::SharedRegion open $name
        expect 0 "the name is still there"
    } trap {ZINC not_found} {} {
        say gone
    }
    set region [zinc::SharedRegion create $name 8192]
    expect [expr {[$region read] eq [binary format x8192]}] "a byte of the new region is not 0"
    say again
    $region destroy
}

# --------------------------------------------------------------------------------------------------

lassign $argv scenario role name
expect [expr {$argc == 3 && $scenario in {relay tensor grow death} && $role in {first second}}] \
    "usage: peer relay|tensor|grow|death first|second NAME"
if {[catch {${scenario}_$role $name} message]} {
    expect 0 $message
}
say done
