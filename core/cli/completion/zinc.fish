# SPDX-License-Identifier: MIT
# fish completion of the zinc command. Regions are asked from 'zinc ls --names', in the domain and
# directory that the line names.

set -g __zinc_verbs ls info watch cat put wait notify rm gc doctor bench version help

function __zinc_regions
    set -l words (commandline -opc)
    set -l place
    for i in (seq 2 (count $words))
        switch $words[$i]
            case --domain --dir
                set -l next (math $i + 1)
                if test $next -le (count $words)
                    set -a place $words[$i] $words[$next]
                end
            case '--domain=*' '--dir=*'
                set -a place $words[$i]
        end
    end
    $words[1] $place ls --names 2>/dev/null
end

# Whether no verb has been typed yet; the values of options are no verbs.
function __zinc_no_verb
    set -l words (commandline -opc)
    set -e words[1]
    set -l value no
    for word in $words
        if test $value = yes
            set value no
        else if contains -- $word --domain --dir --color
            set value yes
        else if not string match -q -- '-*' $word
            return 1
        end
    end
    return 0
end

function __zinc_verb
    __fish_seen_subcommand_from $argv
end

complete -c zinc -f
complete -c zinc -l domain -x -d 'Domain to work in'
complete -c zinc -l dir -x -a '(__fish_complete_directories)' -d 'Directory of the regions'
complete -c zinc -l color -x -a 'auto always never' -d Colour
complete -c zinc -l help -s h -d 'Say what the verb does'
complete -c zinc -l version -s V -d 'Print the version'

complete -c zinc -n __zinc_no_verb -a ls -d 'List the regions of the domain'
complete -c zinc -n __zinc_no_verb -a info -d 'Show all facts about a region'
complete -c zinc -n __zinc_no_verb -a watch -d 'Follow a region until it is gone'
complete -c zinc -n __zinc_no_verb -a cat -d 'Write the bytes of a region to standard output'
complete -c zinc -n __zinc_no_verb -a put -d 'Make a region from a file or standard input'
complete -c zinc -n __zinc_no_verb -a wait -d 'Wait until a region is notified'
complete -c zinc -n __zinc_no_verb -a notify -d 'Wake everybody who waits on a region'
complete -c zinc -n __zinc_no_verb -a rm -d 'Remove regions by name'
complete -c zinc -n __zinc_no_verb -a gc -d 'Remove the regions that nobody alive uses'
complete -c zinc -n __zinc_no_verb -a doctor -d 'Check the machine'
complete -c zinc -n __zinc_no_verb -a bench -d 'Measure regions on this machine'
complete -c zinc -n __zinc_no_verb -a version -d 'Print release, ABI and layout'
complete -c zinc -n __zinc_no_verb -a help -d 'Say what a verb, an error or a code means'

complete -c zinc -n '__zinc_verb info watch cat put wait notify rm' -a '(__zinc_regions)' -d Region
complete -c zinc -n '__zinc_verb put' -F
complete -c zinc -n '__zinc_verb help' -a "$__zinc_verbs errors exit-codes"

complete -c zinc -n '__zinc_verb ls info watch gc doctor bench version' -l json -d 'Print JSON'
complete -c zinc -n '__zinc_verb ls' -l names -d 'Print names only'
complete -c zinc -n '__zinc_verb watch' -l interval -x -d 'Time between two looks'
complete -c zinc -n '__zinc_verb cat' -l offset -x -d 'Begin at this byte'
complete -c zinc -n '__zinc_verb cat' -l length -x -d 'So many bytes'
complete -c zinc -n '__zinc_verb cat wait notify' -l trust -d 'Accept any owner and mode'
complete -c zinc -n '__zinc_verb put' -l lifetime -x -a 'auto creator persistent' \
    -d 'When the name goes'
complete -c zinc -n '__zinc_verb put' -l mode -x -d 'Permissions in octal'
complete -c zinc -n '__zinc_verb put' -l group -x -a '(__fish_complete_groups)' \
    -d 'Group of the file'
complete -c zinc -n '__zinc_verb put' -l replace -d 'Take the name from the region that has it'
complete -c zinc -n '__zinc_verb put' -l capacity -x -d 'More bytes than the input has'
complete -c zinc -n '__zinc_verb put' -l max-capacity -x -d 'Bytes up to which it may grow'
complete -c zinc -n '__zinc_verb put' -l rows -x -d 'Participants at one time'
complete -c zinc -n '__zinc_verb wait' -l timeout -x -d 'How long'
complete -c zinc -n '__zinc_verb wait' -l next -d 'Ignore notifications that came before'
complete -c zinc -n '__zinc_verb gc' -l dry-run -d 'Tell, do not remove'
complete -c zinc -n '__zinc_verb help' -l markdown -d 'Errors: as a table for documents'
complete -c zinc -n '__zinc_verb help' -l table -d 'All verbs and options for tools'
