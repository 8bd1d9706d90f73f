/* SPDX-License-Identifier: MIT */
/* The one table of verbs and options. Help is printed from it; tests hold the manual page and the
 * shell completions against it ('zinc help --table'). */
#include <string.h>

#include "cli.h"

#define JSON_OPTION                                                                                \
    { "json", NULL, NULL, "print JSON" }
#define TRUST_OPTION                                                                               \
    { "trust", NULL, NULL, "accept a region of any owner, and writable by others" }
#define END                                                                                        \
    { NULL, NULL, NULL, NULL }

const option_spec global_options[] = {
    {"domain", "D", NULL, "the domain to work in (as ZINC_DOMAIN; '' is none)"},
    {"dir", "DIR", NULL, "the directory of the regions (as ZINC_DIR)"},
    {"color", "WHEN", "auto|always|never", "colour; auto heeds NO_COLOR"},
    {"help", NULL, NULL, "say what the verb does (-h)"},
    {"version", NULL, NULL, "print the version (-V)"},
    END,
};

const verb_spec verbs[] = {
    {"ls",
     "",
     0,
     0,
     false,
     "List the regions of the domain",
     "One line a region, sorted by name: memory that its file occupies, capacity, participants\n"
     "alive, rows that dead ones left, waits in progress, age, lifetime, and its state:\n"
     "  live     somebody takes part, or reads\n"
     "  idle     nobody does, and its lifetime keeps it\n"
     "  dead     nobody does; the next create or open of the name, or 'zinc gc', removes it\n"
     "  denied   you may not read it\n"
     "  foreign  no region of this layout\n"
     "  damaged  its header is wrong, or the file was truncated\n"
     "Looking never keeps a region alive. In a pipe sizes are bytes and ages are seconds.",
     {JSON_OPTION, {"names", NULL, NULL, "print names only, one a line"}, END},
     verb_ls},
    {"info",
     "NAME",
     1,
     1,
     true,
     "Show all facts about a region, and who takes part in it",
     "First the facts, one a line; then one line for each participant row that is in use or whose\n"
     "owner died. Process ids are those of the participant's own PID namespace.",
     {JSON_OPTION, END},
     verb_info},
    {"watch",
     "NAME",
     1,
     1,
     true,
     "Follow a region until it is gone",
     "Shows notifications (counted since the start), their rate, participants, waiters and\n"
     "capacity: on a terminal in one line that is kept up to date, in a pipe one line a change.\n"
     "Watching takes no part in the region, so it does not keep it alive; what happens between "
     "the\n"
     "last look and the end is not seen.",
     {JSON_OPTION, {"interval", "TIME", NULL, "time between two looks (default 100ms)"}, END},
     verb_watch},
    {"cat",
     "NAME",
     1,
     1,
     true,
     "Write the bytes of a region to standard output",
     "Opens the region read-only. Sizes may end in K, M, G or T (1024).",
     {{"offset", "SIZE", NULL, "begin at this byte (default 0)"},
      {"length", "SIZE", NULL, "so many bytes (default: to the end)"},
      TRUST_OPTION,
      END},
     verb_cat},
    {"put",
     "NAME [FILE]",
     1,
     2,
     true,
     "Make a region from a file or from standard input",
     "The region's capacity is the length of the input. It is persistent, and stays until\n"
     "'zinc rm', unless --lifetime says otherwise: with auto or creator the command goes on until\n"
     "it is interrupted or terminated, since the name goes with its last user or its creator.\n"
     "Other processes are notified when the last byte is in place: whoever opens the region\n"
     "while it is filled waits once before reading. Input that is no regular file is held in\n"
     "memory until it has ended. A put that fails or is interrupted removes what it made.",
     {{"lifetime", "L", "auto|creator|persistent", "when the name goes"},
      {"mode", "MODE", NULL, "permissions in octal (default 0600)"},
      {"group", "GROUP", NULL, "give the region to this group"},
      {"replace", NULL, NULL, "take the name from the region that has it"},
      {"capacity", "SIZE", NULL, "more bytes than the input has; the rest is zero"},
      {"max-capacity", "SIZE", NULL, "bytes up to which it may grow"},
      {"rows", "N", NULL, "participants at one time, 1 to 1023 (default 128)"},
      END},
     verb_put},
    {"wait",
     "NAME",
     1,
     1,
     true,
     "Wait until a region is notified",
     "Ends at once if the region was notified before, as a newly opened handle has seen nothing\n"
     "yet; with --next only what comes from now on counts. Exit code 0: notified, 6: not in time.",
     {{"timeout", "TIME", NULL, "as 2 (seconds), 250ms or 5m (default: for ever)"},
      {"next", NULL, NULL, "ignore notifications that came before"},
      TRUST_OPTION,
      END},
     verb_wait},
    {"notify",
     "NAME",
     1,
     1,
     true,
     "Wake everybody who waits on a region",
     "Notifications that nobody has seen yet become one.",
     {TRUST_OPTION, END},
     verb_notify},
    {"rm",
     "NAME...",
     1,
     1 << 20,
     true,
     "Remove regions by name, whoever uses them",
     "Participants keep the bytes; the names are free at once. A file that is no region stays.\n"
     "If several names fail for different reasons the exit code is 1.",
     {END},
     verb_rm},
    {"gc",
     "",
     0,
     0,
     false,
     "Remove the regions that nobody alive uses",
     "Also what creators left that died half-way. Regions that live and persistent ones stay.",
     {JSON_OPTION, {"dry-run", NULL, NULL, "tell, do not remove"}, END},
     verb_gc},
    {"doctor",
     "",
     0,
     0,
     false,
     "Check the machine, and say what to do about what it finds",
     "Each finding is ok, advice or wrong; the exit code is 1 if something is wrong.",
     {JSON_OPTION, END},
     verb_doctor},
    {"bench",
     "",
     0,
     0,
     false,
     "Measure regions on this machine, in a few seconds",
     "Two processes hand notifications to each other; each figure stands beside its raw\n"
     "counterpart from the same run, and the ratio is what to compare. First comes the hand-off\n"
     "of one cache line between two processors, which nothing can be faster than.",
     {JSON_OPTION, END},
     verb_bench},
    {"version",
     "",
     0,
     0,
     false,
     "Print release, ABI and layout",
     "Processes share regions if their layouts are equal.",
     {JSON_OPTION, END},
     verb_version},
    {"help",
     "[VERB|errors|exit-codes]",
     0,
     1,
     false,
     "Say what a verb, an error or a code means",
     "'zinc help errors' prints every status with its cause and remedy.",
     {{"markdown", NULL, NULL, "errors: as a table for documents"},
      {"table", NULL, NULL, "print all verbs and options for tools"},
      END},
     verb_help},
    {NULL, NULL, 0, 0, false, NULL, NULL, {END}, NULL},
};

const verb_spec *verb_find(const char *name) {
    for (const verb_spec *v = verbs; v->name != NULL; v++) {
        if (strcmp(v->name, name) == 0) {
            return v;
        }
    }
    return NULL;
}
