# SPDX-License-Identifier: MIT
# The same bytes of memory in several processes, written in any language.
#
# Errors have the errorCode {ZINC kind name status}: kind is closed, not_found, exists, denied,
# invalid, overflow, ... (type and value for arguments that did not reach the core), name is
# ZINC_E_NOENT and so on, status is negative.

package require Tcl 8.6
package require zinc_core

namespace eval ::zinc {}

# The release of the library.
proc ::zinc::version {} {
    return [::zinc_core::zinc_version_text]
}

# What to do about an error, as a sentence; code is its errorCode.
proc ::zinc::remedy {code} {
    return [::zinc_core::zinc_error_remedy [lindex $code 3]]
}

proc ::zinc::DictOf {facts} {
    set found [dict create]
    try {
        for {set index 0} {$index < [$facts size]} {incr index} {
            dict set found [$facts name $index] [$facts value $index]
        }
    } finally {
        rename $facts {}
    }
    return $found
}

# Facts about every region of the domain, by name: a list of dictionaries as info gives them. Where
# status is not ZINC_OK the file is no usable region, and it says why.
proc ::zinc::list {} {
    set listing [::zinc_core::list_begin]
    set found {}
    try {
        while {[set facts [$listing following]] ne "NULL"} {
            lappend found [DictOf $facts]
        }
    } finally {
        rename $listing {}
    }
    return $found
}

# Facts about the region of this name, without taking part in it.
proc ::zinc::lookup {name} {
    return [DictOf [::zinc_core::lookup $name]]
}

# Unbind a name by force, whoever uses the region; they keep the bytes.
proc ::zinc::remove {name} {
    ::zinc_core::remove $name
}

# Remove the regions that nobody alive uses. Answers counts.
proc ::zinc::gc {{dry_run false}} {
    return [DictOf [::zinc_core::gc $dry_run]]
}

# What the machine offers to regions. Sizes are bytes; empty is what cannot be had.
proc ::zinc::doctor {} {
    return [DictOf [::zinc_core::doctor]]
}

# A region of memory that other processes open by its name.
#
#     set region [zinc::SharedRegion create frames 1048576]
#     $region write 0 hello
#     $region notify
#     $region destroy
#
# Options, each a name and a value: lifetime auto, creator or persistent; mode: permission bits;
# max_capacity: bytes up to which grow may go; rows: participants at one time; wait_policy adaptive,
# spin or park; group, accept_mode, accept_owner: numbers; read_only, prefault, sparse, huge_pages,
# read_only_waiters, accept_any_owner: true or false.
oo::class create ::zinc::Region {
    variable handle

    constructor {made} {
        set handle $made
    }

    # destroy, and deletion of the command, close; so does close, which keeps the command.
    destructor {
        if {[info exists handle]} {
            $handle close
            rename $handle {}
        }
    }

    # length bytes from offset (all that follow, unless given), as a byte array.
    method read {{offset 0} {length {}}} {
        return [$handle read $offset $length]
    }

    # Write a byte array at offset.
    method write {offset bytes} {
        $handle write $offset $bytes
        return
    }

    # Wake every wait in progress on this region, in all processes.
    method notify {} {
        $handle notify
        return
    }

    # Wait for a notification that this handle has not seen: 1 when it came, 0 when timeout_ms
    # milliseconds have passed. Without a timeout (or with Inf) it waits for ever.
    method wait {{timeout_ms {}}} {
        set wait [$handle start $timeout_ms]
        try {
            # Tcl looks at its asynchronous handlers between commands.
            while {[set step [$wait step]] == 2} {}
        } finally {
            rename $wait {}
        }
        return $step
    }

    # Whether a notification came that this handle has not seen; does not wait.
    method try_wait {} {
        return [$handle try_wait]
    }

    # Bytes of the region now, as grown by whichever process.
    method capacity {} {
        return [$handle capacity]
    }

    # Make the region this long, in place, for all participants, up to max_capacity.
    method grow {capacity} {
        $handle grow $capacity
        return
    }

    # Facts about the region and this handle, as a dictionary: capacity, creator_alive, ...
    method info {} {
        return [::zinc::DictOf [$handle info]]
    }

    # The region's name, without slash and domain.
    method name {} {
        return [$handle name]
    }

    # The address of the first byte in this process.
    method address {} {
        return [$handle address]
    }

    # Unbind the name; participants keep the bytes. For the creator's handle.
    method unlink {} {
        $handle unlink
        return
    }

    # Close the handle. Closing again is harmless.
    method close {} {
        $handle close
        return
    }

    method closed {} {
        return [$handle closed]
    }
}

# A copy would be the same handle, closed together.
oo::define ::zinc::Region method <cloned> {original} {
    return -code error -errorcode {ZINC type {} 0} \
        "a region cannot be copied; open it again by its name"
}

# What makes regions: create, open, open_or_create, replace, and list.
namespace eval ::zinc::making {
    proc Chosen {options} {
        if {[llength $options] % 2} {
            return -code error -errorcode {ZINC type {} 0} "options must be names and values"
        }
        set core [::zinc_core::new_Options]
        try {
            foreach {name value} $options {
                $core set $name $value
            }
        } on error {message details} {
            rename $core {}
            return -options $details $message
        }
        return $core
    }

    proc Made {options command args} {
        set core [Chosen $options]
        try {
            set handle [::zinc_core::$command {*}$args $core]
        } finally {
            rename $core {}
        }
        return [::zinc::Region new $handle]
    }

    # Create a region of capacity bytes, all zero.
    proc create {name capacity args} {
        return [Made $args create $name $capacity]
    }

    # Open the region of this name.
    proc open {name args} {
        return [Made $args open $name]
    }

    # Open the region, or create it where there is none, in one atomic step: info's created says
    # which.
    proc open_or_create {name capacity args} {
        return [Made $args open_or_create $name $capacity]
    }

    # Create a region and bind the name to it, even if another region has it.
    proc replace {name capacity args} {
        return [Made $args replace $name $capacity]
    }

    proc list {} {
        return [::zinc::list]
    }

    namespace export {[a-z]*}
    namespace ensemble create -command ::zinc::SharedRegion
}

package provide zinc [::zinc::version]
