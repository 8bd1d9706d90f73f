# SPDX-License-Identifier: MIT
# bash completion of the zinc command. Regions are asked from 'zinc ls --names', in the domain and
# directory that the line names.

# _zinc_options VERB: the options of a verb.
_zinc_options() {
    case $1 in
    ls) echo --json --names ;;
    info | doctor | bench | version) echo --json ;;
    watch) echo --json --interval ;;
    cat) echo --offset --length --trust ;;
    put) echo --lifetime --mode --group --replace --capacity --max-capacity --rows ;;
    wait) echo --timeout --next --trust ;;
    notify) echo --trust ;;
    gc) echo --json --dry-run ;;
    help) echo --markdown --table ;;
    esac
}

# _zinc_values OPTION: what an option takes: words, "files", "directories", "groups", or "free".
_zinc_values() {
    case $1 in
    --color) echo auto always never ;;
    --lifetime) echo auto creator persistent ;;
    --dir) echo directories ;;
    --group) echo groups ;;
    --domain | --interval | --offset | --length | --mode | --capacity | --max-capacity | --rows | \
        --timeout) echo free ;;
    esac
}

_zinc_reply() {
    mapfile -t COMPREPLY < <(compgen "$@")
}

_zinc() {
    local verbs="ls info watch cat put wait notify rm gc doctor bench version help"
    local global="--domain --dir --color --help --version"
    local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
    local verb= operands=0 place=() i word values
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        case $word in
        --domain | --dir)
            place+=("$word" "${COMP_WORDS[i + 1]}")
            ((i++))
            ;;
        -*) [ -n "$(_zinc_values "$word")" ] && ((i++)) ;;
        *) if [ -z "$verb" ]; then verb=$word; else ((operands++)); fi ;;
        esac
    done
    values=$(_zinc_values "$before")
    case $values in
    "") ;;
    free) return ;;
    directories) _zinc_reply -d -- "$current" && return ;;
    groups) _zinc_reply -g -- "$current" && return ;;
    *) _zinc_reply -W "$values" -- "$current" && return ;;
    esac
    if [[ $current == -* ]]; then
        _zinc_reply -W "$(_zinc_options "$verb") $global" -- "$current"
    elif [ -z "$verb" ]; then
        _zinc_reply -W "$verbs" -- "$current"
    elif [ "$verb" = help ] && [ $operands = 0 ]; then
        _zinc_reply -W "$verbs errors exit-codes" -- "$current"
    elif [ "$verb" = put ] && [ $operands = 1 ]; then
        _zinc_reply -f -- "$current"
    elif [ "$verb" = rm ] || [ $operands = 0 ]; then
        case $verb in
        info | watch | cat | put | wait | notify | rm)
            values=$("${COMP_WORDS[0]}" "${place[@]}" ls --names 2>/dev/null)
            _zinc_reply -W "$values" -- "$current"
            ;;
        esac
    fi
}

complete -F _zinc zinc
