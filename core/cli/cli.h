/* SPDX-License-Identifier: MIT */
/* The zinc command: what its files share.
 *
 *     main.c        descriptors, global options, dispatch
 *     verbs.c       the table of verbs: arguments, options, help; nothing else knows them
 *     arguments.c   the parser that the table drives
 *     output.c      escaping, colours, units, errors, exit codes
 *     table.c       columns: aligned on a terminal, tab-separated in a pipe
 *     json.c        a writer whose output is valid whatever the names are
 *     interrupt.c   signals, so that Ctrl-C leaves nothing behind
 *     progress.c    a line on a terminal for what takes more than a second
 *     <verb>.c      one verb each
 *
 * Everything shown comes from the public functions of <zinc.h>. On a terminal output is for people;
 * in a pipe it is tab-separated, with a header line, exact numbers and no colour. */
#ifndef ZINC_CLI_H
#define ZINC_CLI_H

#include <stdbool.h>
#include <stdio.h>

#include <zinc.h>

/* ---- Exit codes: part of the interface, never renumbered ------------------------------------ */

enum exit_code {
    EXIT_DONE = 0,
    EXIT_FAILED = 1,  /* any other failure; doctor: something is wrong */
    EXIT_USAGE = 2,   /* wrong verb, option, number, name or size */
    EXIT_ABSENT = 3,  /* no such region */
    EXIT_EXISTS = 4,  /* the name is taken */
    EXIT_DENIED = 5,  /* owner, mode or directory forbid it */
    EXIT_TIMEOUT = 6, /* wait: not notified in time */
    EXIT_NOSPACE = 7, /* no memory, or no room in the directory */
    EXIT_DAMAGED = 8, /* not a region, damaged, or truncated */
    EXIT_BUSY = 9     /* held up by another process, or every row taken */
};

typedef struct exit_meaning {
    int code;
    const char *meaning;
} exit_meaning;

/* All of them, ending with a NULL meaning. */
extern const exit_meaning exit_meanings[];

int exit_code_of(int32_t status);

/* ---- Verbs ---------------------------------------------------------------------------------- */

enum limits { OPTIONS_MAX = 8, ESCAPED_MAX = 1024, TEXT_MAX = 32 };

typedef struct option_spec {
    const char *name;     /* without the dashes */
    const char *argument; /* what it takes, as help shows it; NULL for a flag */
    const char *choices;  /* "a|b|c" if only these are accepted, else NULL */
    const char *help;
} option_spec;

typedef struct arguments arguments;

typedef struct verb_spec {
    const char *name;
    const char *operands; /* as help shows them */
    int least;            /* number of operands */
    int most;
    bool takes_region; /* the first operand is the name of a region: for completion */
    const char *summary;
    const char *text;
    option_spec options[OPTIONS_MAX + 1];
    int (*run)(const arguments *given);
} verb_spec;

extern const verb_spec verbs[];               /* ends with a NULL name */
extern const option_spec global_options[];    /* ends with a NULL name */
const verb_spec *verb_find(const char *name); /* NULL if there is none */

int verb_bench(const arguments *given);
int verb_cat(const arguments *given);
int verb_doctor(const arguments *given);
int verb_gc(const arguments *given);
int verb_help(const arguments *given);
int verb_info(const arguments *given);
int verb_ls(const arguments *given);
int verb_notify(const arguments *given);
int verb_put(const arguments *given);
int verb_rm(const arguments *given);
int verb_version(const arguments *given);
int verb_wait(const arguments *given);
int verb_watch(const arguments *given);

/* Print the page of one verb, or the overview for NULL. */
void help_print(FILE *to, const verb_spec *verb);

/* ---- Arguments ------------------------------------------------------------------------------ */

struct arguments {
    const verb_spec *verb;
    const char *values[OPTIONS_MAX]; /* by place in verb->options; "" for a flag */
    char **words;
    int count;
    bool help;
    bool version;
};

/* Take apart what followed the program's name; false after having said what is wrong. */
bool arguments_parse(int argc, char **argv, arguments *out);

/* The value of an option of the verb, "" for a flag, NULL if it was not given. */
const char *argument(const arguments *given, const char *option);

/* "4096", "64K", "1.5MiB": bytes. "250ms", "1.5", "2m": nanoseconds. False if it is neither. */
bool parse_size(const char *text, uint64_t *out);
bool parse_duration(const char *text, int64_t *out_ns);

/* The same for an option, said to be wrong if it is; without it *out stays. */
bool argument_size(const arguments *given, const char *option, uint64_t *out);
bool argument_duration(const arguments *given, const char *option, int64_t *out_ns);

/* Options of open that the verbs share: --trust accepts any owner and mode. */
zinc_region_options open_options(const arguments *given, uint32_t flags);

/* ---- Output --------------------------------------------------------------------------------- */

enum colour { PLAIN, BOLD, DIM, RED, GREEN, YELLOW };

typedef struct cli_state {
    const char *verb; /* NULL before it is known */
    bool human;       /* standard output is a terminal: aligned, with units */
    bool colour;      /* of standard output */
    bool progress;    /* standard error is a terminal */
    bool json;
    const char *colour_choice; /* auto, always, never */
} cli_state;

extern cli_state cli;

void output_begin(void);
const char *colour_on(enum colour colour); /* "" without colour */
const char *colour_off(void);

enum escape_mode {
    ESCAPE_ASCII, /* for tables: all but printable ASCII becomes \xNN, \ becomes \\ */
    ESCAPE_UTF8,  /* for JSON: valid UTF-8 stays */
    ESCAPE_TEXT   /* for messages: \ stays too */
};

/* Make `text` (at most `most` bytes of it) harmless; returns `out`. */
const char *escape(char out[ESCAPED_MAX], const char *text, size_t most, enum escape_mode mode);

/* Sizes, ages and times, with units on a terminal and exact in a pipe; return `out`. */
const char *size_text(char out[TEXT_MAX], uint64_t bytes);
const char *human_size(char out[TEXT_MAX], uint64_t bytes);
const char *age_text(char out[TEXT_MAX], int64_t ns);
const char *time_text(char out[TEXT_MAX], int64_t since_1970_ns);
int64_t realtime_ns(void);
const char *lifetime_text(uint32_t lifetime);

/* One word for how a region is: live, idle, dead, stale, denied, foreign, damaged, error. */
const char *state_text(int32_t status, const zinc_info *info, enum colour *colour);

/* Say "zinc: VERB: ..." on standard error. `say` returns its code. */
int say(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The message of a failed call; returns the exit code of its status. */
int say_error(int32_t status, const char *name, const zinc_error *error);
/* The same for a call on a handle. */
int say_region(int32_t status, zinc_region *region);

/* Flush standard output now; false if that failed, then or earlier. */
bool output_flush(void);

/* Flush standard output; returns `code`, or EXIT_FAILED after having said that it failed. A reader
 * that has gone is remembered by interrupt_pipe. */
int output_end(int code);

/* ---- Tables --------------------------------------------------------------------------------- */

typedef struct table table;

/* Columns as "name|>size|state": > aligns to the right. NULL without memory. */
table *table_begin(const char *columns);
void table_cell(table *t, const char *text, enum colour colour);
void table_number(table *t, uint64_t number);
/* Print (on a terminal; in a pipe each row went when it was full) and free. */
void table_end(table *t);

/* ---- JSON ----------------------------------------------------------------------------------- */

/* Key NULL inside arrays. Depth is at most 8. */
void json_open(const char *key, char bracket);
void json_close(char bracket);
void json_text(const char *key, const char *value, size_t most);
void json_number(const char *key, uint64_t value);
void json_signed(const char *key, int64_t value);
void json_real(const char *key, double value);
void json_flag(const char *key, bool value);
void json_size(const char *key, uint64_t value); /* UINT64_MAX is null */
void json_end(void);                             /* the line's end */
/* The facts about a region that everybody may look at. */
void json_region(const char *key, int32_t status, const zinc_info *info);

/* ---- Signals -------------------------------------------------------------------------------- */

/* From here on SIGINT, SIGTERM and SIGHUP do not end the process but fire interrupt_cancel and end
 * blocking calls with EINTR. Idempotent; false without memory. */
bool interrupt_begin(void);
zinc_cancel *interrupt_cancel(void);
int interrupted(void);       /* the signal's number, or 0 */
void interrupt_pipe(void);   /* standard output's reader has gone */
void interrupt_forget(void); /* the work is done: signals come too late from here on */
/* End as the signal would have ended the process, if there was one; else return `code`. */
int interrupt_end(int code);

/* ---- Progress ------------------------------------------------------------------------------- */

typedef struct progress {
    const char *what;
    uint64_t total; /* 0: not known */
    bool bytes;     /* else things */
    bool shown;
    int64_t begun_ns;
    int64_t last_ns;
} progress;

void progress_begin(progress *p, const char *what, uint64_t total, bool bytes);
void progress_at(progress *p, uint64_t done);
void progress_end(progress *p);

#endif
