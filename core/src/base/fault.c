/* SPDX-License-Identifier: MIT */
/* Labelled fault points; see fault.h. Compiled into test builds only.
 *
 *   edge     release                     acquire                 carries
 *   P1->P1'  parse: store "parsed"       every point: load it    the table of faults
 */
#include "base/fault.h"

#ifdef ZINC_FAULTS

#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/atomic.h"
#include "os/os.h"

#define FAULTS_MAX 8

typedef struct planted {
    char name[48];
    uint32_t nth; /* 0: every time */
    char action[24];
    zinc__u32 passed;
} planted;

static planted faults[FAULTS_MAX];
static uint32_t fault_count;
static zinc__u32 parsed; /* 0, 1 while one thread parses, 2 */

/* Split "name:nth:action,..." into the table; a malformed item ends the program, as a test that
 * plants nothing would prove nothing. */
static void parse(const char *text) {
    while (*text != '\0' && fault_count < FAULTS_MAX) {
        planted *fault = &faults[fault_count++];
        const char *nth = strchr(text, ':');
        const char *action = nth == NULL ? NULL : strchr(nth + 1, ':');
        if (action == NULL || (size_t)(nth - text) >= sizeof fault->name) {
            abort();
        }
        memcpy(fault->name, text, (size_t)(nth - text));
        fault->nth = (uint32_t)strtoul(nth + 1, NULL, 10);
        size_t length = strcspn(action + 1, ",");
        if (length >= sizeof fault->action) {
            abort();
        }
        memcpy(fault->action, action + 1, length);
        text = action + 1 + length;
        text += *text == ',';
    }
}

static void parse_once(void) {
    uint32_t not_yet = 0;
    if (zinc__load32_acquire(&parsed) == 2) { /* P1->P1' */
        return;
    }
    if (zinc__cas32_acq_rel(&parsed, &not_yet, 1)) {
        const char *text = getenv("ZINC_FAULT");
        if (text != NULL) {
            parse(text);
        }
        zinc__store32_release(&parsed, 2); /* P1->P1': the table */
    }
    while (zinc__load32_acquire(&parsed) != 2) { /* P1->P1' */
        (void)zinc__os_sleep_ns(10000);
    }
}

void zinc__fault_plant(const char *text) {
    memset(faults, 0, sizeof faults);
    fault_count = 0;
    parse(text);
    zinc__store32_release(&parsed, 2); /* P1->P1': the table */
}

static int32_t act(const char *action) {
    if (strcmp(action, "kill") == 0) {
        raise(SIGKILL);
    } else if (strcmp(action, "stop") == 0) {
        raise(SIGSTOP);
    } else if (strncmp(action, "sleep=", 6) == 0) {
        (void)zinc__os_sleep_ns(strtoll(action + 6, NULL, 10) * 1000000);
    } else if (strncmp(action, "fail=", 5) == 0) {
        return (int32_t)strtol(action + 5, NULL, 10);
    } else {
        abort();
    }
    return 0;
}

int32_t zinc__fault(const char *name) {
    parse_once();
    for (uint32_t i = 0; i < fault_count; i++) {
        if (strcmp(faults[i].name, name) == 0) {
            uint32_t pass = zinc__add32_relaxed(&faults[i].passed, 1) + 1;
            if (faults[i].nth == 0 || faults[i].nth == pass) {
                return act(faults[i].action);
            }
        }
    }
    return 0;
}

#else

/* ISO C wants a declaration in every translation unit. */
typedef int zinc__no_faults;

#endif
