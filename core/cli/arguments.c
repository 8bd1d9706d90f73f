/* SPDX-License-Identifier: MIT */
/* The parser: options and operands in any order, "--" ends the options. */
#define _XOPEN_SOURCE 700
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

/* One option as it was written. */
typedef struct written {
    char name[32];
    const char *value; /* after "=", or NULL */
} written;

static void take_apart(const char *word, written *out) {
    const char *name = word[1] == '-' ? word + 2 : word + 1;
    const char *equals = strchr(name, '=');
    size_t length = equals != NULL ? (size_t)(equals - name) : strlen(name);
    if (length >= sizeof out->name) {
        length = sizeof out->name - 1;
    }
    memcpy(out->name, name, length);
    out->name[length] = '\0';
    out->value = equals != NULL ? equals + 1 : NULL;
    if (word[1] != '-') { /* the only short ones */
        if (strcmp(out->name, "h") == 0) {
            memcpy(out->name, "help", sizeof "help");
        } else if (strcmp(out->name, "V") == 0) {
            memcpy(out->name, "version", sizeof "version");
        } else {
            out->name[0] = '\0';
        }
    }
}

static bool chosen(const char *choices, const char *value) {
    size_t length = strcspn(value, "|");
    const char *at = choices;
    while (length > 0 && value[length] == '\0') {
        if (strncmp(at, value, length) == 0 && (at[length] == '|' || at[length] == '\0')) {
            return true;
        }
        at = strchr(at, '|');
        if (at == NULL) {
            return false;
        }
        at++;
    }
    return false;
}

static const option_spec *option_find(const option_spec *options, const char *name) {
    for (size_t i = 0; options != NULL && i < OPTIONS_MAX && options[i].name != NULL; i++) {
        if (strcmp(options[i].name, name) == 0) {
            return &options[i];
        }
    }
    return NULL;
}

static bool environment_set(const char *variable, const char *option, const char *value) {
    if (setenv(variable, value, 1) != 0) {
        say(EXIT_USAGE, "--%s: %s", option, strerror(errno));
        return false;
    }
    return true;
}

static bool directory_set(const char *value) {
    /* The library wants an absolute path; what cannot be resolved it judges as it is. */
    char *whole = realpath(value, NULL);
    bool done = environment_set("ZINC_DIR", "dir", whole != NULL ? whole : value);
    free(whole);
    return done;
}

static bool global_take(arguments *out, const char *name, const char *value) {
    if (value != NULL) {
        if (strcmp(name, "domain") == 0) {
            return environment_set("ZINC_DOMAIN", name, value);
        }
        if (strcmp(name, "dir") == 0) {
            return directory_set(value);
        }
        cli.colour_choice = value;
    } else if (strcmp(name, "help") == 0) {
        out->help = true;
    } else if (strcmp(name, "version") == 0) {
        out->version = true;
    }
    return true;
}

/* Take one option; *used becomes 1 if the next word was its value. */
static bool option_take(arguments *out, const char *word, const char *next, int *used) {
    written option;
    char shown[ESCAPED_MAX];
    take_apart(word, &option);
    const option_spec *own =
        out->verb != NULL ? option_find(out->verb->options, option.name) : NULL;
    const option_spec *known = own != NULL ? own : option_find(global_options, option.name);
    if (known == NULL) {
        say(EXIT_USAGE, "no option %s%s: 'zinc help%s%s' lists them",
            escape(shown, word, 80, ESCAPE_TEXT), out->verb == NULL ? " before the verb" : "",
            out->verb != NULL ? " " : "", out->verb != NULL ? out->verb->name : "");
        return false;
    }
    const char *value = option.value;
    *used = 0;
    if (known->argument == NULL && value != NULL) {
        say(EXIT_USAGE, "--%s takes no value", known->name);
        return false;
    }
    if (known->argument != NULL && value == NULL) {
        value = next;
        *used = 1;
    }
    if (known->argument != NULL && value == NULL) {
        say(EXIT_USAGE, "--%s needs a value: --%s %s", known->name, known->name, known->argument);
        return false;
    }
    if (known->choices != NULL && value != NULL && !chosen(known->choices, value)) {
        say(EXIT_USAGE, "--%s %s: choose one of %s", known->name,
            escape(shown, value, 80, ESCAPE_TEXT), known->choices);
        return false;
    }
    if (own == NULL) {
        return global_take(out, known->name, value);
    }
    out->values[own - out->verb->options] = value != NULL ? value : "";
    cli.json = cli.json || strcmp(known->name, "json") == 0;
    return true;
}

static bool operand_take(arguments *out, char *word) {
    if (out->verb == NULL) {
        out->verb = verb_find(word);
        if (out->verb == NULL) {
            char shown[ESCAPED_MAX];
            say(EXIT_USAGE, "no verb \"%s\": 'zinc help' lists them",
                escape(shown, word, 80, ESCAPE_TEXT));
            return false;
        }
        cli.verb = out->verb->name;
        return true;
    }
    out->words[out->count++] = word;
    return true;
}

static bool operands_right(const arguments *out) {
    if (out->help || out->version || out->verb == NULL) {
        return true;
    }
    if (out->count < out->verb->least || out->count > out->verb->most) {
        say(EXIT_USAGE, "%s operand: zinc %s%s%s ('zinc help %s' says more)",
            out->count < out->verb->least ? "missing an" : "one too many an", out->verb->name,
            out->verb->operands[0] != '\0' ? " " : "", out->verb->operands, out->verb->name);
        return false;
    }
    return true;
}

bool arguments_parse(int argc, char **argv, arguments *out) {
    out->words = argv; /* operands move to the front */
    bool options = true;
    for (int i = 0; i < argc; i++) {
        char *word = argv[i];
        if (options && strcmp(word, "--") == 0) {
            options = false;
        } else if (options && word[0] == '-' && word[1] != '\0') {
            int used = 0;
            if (!option_take(out, word, i + 1 < argc ? argv[i + 1] : NULL, &used)) {
                return false;
            }
            i += used;
        } else if (!operand_take(out, word)) {
            return false;
        }
    }
    return operands_right(out);
}

const char *argument(const arguments *given, const char *option) {
    const option_spec *known = option_find(given->verb->options, option);
    return known != NULL ? given->values[known - given->verb->options] : NULL;
}

/* A number of at least 0, and where it ends. */
static bool number_begin(const char *text, double *number, const char **end) {
    char *stop = NULL;
    if (text[0] < '0' || text[0] > '9' || strspn(text, "0123456789.") > 24) {
        return false;
    }
    size_t digits = strspn(text, "0123456789.");
    char copy[32];
    memcpy(copy, text, digits);
    copy[digits] = '\0';
    *number = strtod(copy, &stop);
    *end = text + digits;
    return *stop == '\0';
}

bool parse_size(const char *text, uint64_t *out) {
    static const char letters[] = "KMGTP";
    double number = 0;
    const char *end = NULL;
    if (!number_begin(text, &number, &end)) {
        return false;
    }
    if (*end == '\0' && strchr(text, '.') == NULL) { /* exact, also above 2^53 */
        errno = 0;
        *out = strtoull(text, NULL, 10);
        return errno == 0;
    }
    const char *letter = *end != '\0' ? strchr(letters, *end >= 'a' ? *end - 32 : *end) : NULL;
    if (letter == NULL && strcmp(end, "B") != 0) {
        return false;
    }
    if (letter != NULL && strcmp(end + 1, "") != 0 && strcmp(end + 1, "iB") != 0) {
        return false;
    }
    double unit = letter != NULL ? (double)(UINT64_C(1024) << (10 * (letter - letters))) : 1;
    double bytes = number * unit;
    if (bytes >= 18446744073709551616.0) { /* 2^64 */
        return false;
    }
    *out = (uint64_t)bytes;
    return (double)*out == bytes; /* no half bytes */
}

bool parse_duration(const char *text, int64_t *out_ns) {
    static const struct {
        const char *unit;
        double ns;
    } units[] = {{"", 1e9},   {"s", 1e9},  {"ms", 1e6},   {"us", 1e3},
                 {"ns", 1.0}, {"m", 60e9}, {"min", 60e9}, {"h", 3600e9}};
    double number = 0;
    const char *end = NULL;
    if (!number_begin(text, &number, &end)) {
        return false;
    }
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (strcmp(end, units[i].unit) == 0) {
            double ns = number * units[i].ns;
            *out_ns = ns >= 9.2e18 ? INT64_MAX : (int64_t)ns;
            return true;
        }
    }
    return false;
}

bool argument_size(const arguments *given, const char *option, uint64_t *out) {
    const char *text = argument(given, option);
    char shown[ESCAPED_MAX];
    if (text != NULL && !parse_size(text, out)) {
        say(EXIT_USAGE, "--%s %s: give a number of bytes, as 4096, 64K or 1.5GiB", option,
            escape(shown, text, 80, ESCAPE_TEXT));
        return false;
    }
    return true;
}

bool argument_duration(const arguments *given, const char *option, int64_t *out_ns) {
    const char *text = argument(given, option);
    char shown[ESCAPED_MAX];
    if (text != NULL && !parse_duration(text, out_ns)) {
        say(EXIT_USAGE, "--%s %s: give a time, as 2 (seconds), 250ms or 5m", option,
            escape(shown, text, 80, ESCAPE_TEXT));
        return false;
    }
    return true;
}

zinc_region_options open_options(const arguments *given, uint32_t flags) {
    zinc_region_options options = {.size = sizeof options, .flags = flags};
    if (argument(given, "trust") != NULL) {
        options.flags |= ZINC_REGION_ANY_OWNER;
        options.accept_mode = 0022;
    }
    return options;
}
