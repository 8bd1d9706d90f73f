/* SPDX-License-Identifier: MIT */
/* zinc help: pages made from the table of verbs, and the table of statuses from the library. */
#include <inttypes.h>
#include <string.h>

#include "cli.h"

static void options_print(FILE *to, const option_spec *options) {
    for (size_t i = 0; i < OPTIONS_MAX && options[i].name != NULL; i++) {
        char left[48];
        const char *argument = options[i].choices != NULL    ? options[i].choices
                               : options[i].argument != NULL ? options[i].argument
                                                             : "";
        (void)snprintf(left, sizeof left, "--%s%s%s", options[i].name,
                       options[i].argument != NULL ? " " : "", argument);
        if (strlen(left) > 24) {
            (void)fprintf(to, "  %s\n  %-25s %s\n", left, "", options[i].help);
        } else {
            (void)fprintf(to, "  %-25s %s\n", left, options[i].help);
        }
    }
}

static void overview_print(FILE *to) {
    (void)fprintf(to, "usage: zinc [--domain D] [--dir DIR] VERB ...\n\n"
                      "Regions are named bytes of memory that several processes share.\n\n");
    for (const verb_spec *v = verbs; v->name != NULL; v++) {
        (void)fprintf(to, "  %-25s %s\n", v->name, v->summary);
    }
    (void)fprintf(to, "\noptions, before or after the verb:\n");
    options_print(to, global_options);
    (void)fprintf(to, "\n'zinc help VERB' says more about a verb, 'zinc help errors' about what a "
                      "message\nmeans, 'zinc help exit-codes' about how the command ends.\n");
}

void help_print(FILE *to, const verb_spec *verb) {
    if (verb == NULL) {
        overview_print(to);
        return;
    }
    (void)fprintf(to, "usage: zinc %s%s%s%s\n\n%s.\n\n%s\n", verb->name,
                  verb->options[0].name != NULL ? " [options]" : "",
                  verb->operands[0] != '\0' ? " " : "", verb->operands, verb->summary, verb->text);
    if (verb->options[0].name != NULL) {
        (void)fprintf(to, "\noptions:\n");
        options_print(to, verb->options);
    }
    (void)fprintf(to, "\noptions of every verb:\n");
    options_print(to, global_options);
}

static void exit_codes_print(void) {
    (void)printf("code\tmeaning\n");
    for (const exit_meaning *e = exit_meanings; e->meaning != NULL; e++) {
        (void)printf("%d\t%s\n", e->code, e->meaning);
    }
}

/* One line an option, for tools: verb, whether its operand is a region, option, argument. */
static void table_print(void) {
    (void)printf("verb\tregion\toption\targument\n");
    for (const option_spec *o = global_options; o->name != NULL; o++) {
        (void)printf("*\t-\t--%s\t%s\n", o->name,
                     o->choices != NULL ? o->choices : (o->argument != NULL ? o->argument : "-"));
    }
    for (const verb_spec *v = verbs; v->name != NULL; v++) {
        const char *region = v->takes_region ? "region" : "-";
        (void)printf("%s\t%s\t-\t-\n", v->name, region);
        for (const option_spec *o = v->options; o->name != NULL; o++) {
            (void)printf("%s\t%s\t--%s\t%s\n", v->name, region, o->name,
                         o->choices != NULL ? o->choices
                                            : (o->argument != NULL ? o->argument : "-"));
        }
    }
}

static void status_markdown(int32_t status) {
    (void)printf("| `%s` | %" PRId32 " | %s | %s | %s |\n", zinc_error_name(status), status,
                 zinc_strerror(status), zinc_error_cause(status), zinc_error_remedy(status));
}

static void status_human(int32_t status) {
    (void)printf("%s%s%s %" PRId32 ": %s\n", colour_on(BOLD), zinc_error_name(status), colour_off(),
                 status, zinc_strerror(status));
    if (zinc_error_cause(status)[0] != '\0') {
        (void)printf("    why: %s\n", zinc_error_cause(status));
    }
    if (zinc_error_remedy(status)[0] != '\0') {
        (void)printf("    do:  %s\n", zinc_error_remedy(status));
    }
}

static void errors_print(bool markdown) {
    if (markdown) {
        (void)printf("| status | number | what happened | why | what to do |\n"
                     "|---|---|---|---|---|\n");
    } else if (!cli.human) {
        (void)printf("status\tnumber\twhat\twhy\tdo\n");
    }
    int32_t status = 0;
    for (uint32_t i = 0; zinc_error_list(i, &status) == ZINC_OK; i++) {
        if (markdown) {
            status_markdown(status);
        } else if (cli.human) {
            status_human(status);
        } else {
            (void)printf("%s\t%" PRId32 "\t%s\t%s\t%s\n", zinc_error_name(status), status,
                         zinc_strerror(status), zinc_error_cause(status),
                         zinc_error_remedy(status));
        }
    }
}

int verb_help(const arguments *given) {
    if (argument(given, "table") != NULL) {
        table_print();
        return EXIT_DONE;
    }
    const char *topic = given->count > 0 ? given->words[0] : NULL;
    if (topic != NULL && strcmp(topic, "errors") == 0) {
        errors_print(argument(given, "markdown") != NULL);
        return EXIT_DONE;
    }
    if (topic != NULL && strcmp(topic, "exit-codes") == 0) {
        exit_codes_print();
        return EXIT_DONE;
    }
    const verb_spec *verb = topic != NULL ? verb_find(topic) : NULL;
    if (topic != NULL && verb == NULL) {
        return say(EXIT_USAGE, "no verb \"%.80s\": 'zinc help' lists them", topic);
    }
    help_print(stdout, verb);
    return EXIT_DONE;
}
