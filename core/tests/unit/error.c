/* SPDX-License-Identifier: MIT */
/* Statuses: their numbers, their texts, and the messages of single calls. */
#define _GNU_SOURCE
#include <zinc.h>

#include "child.h"

/* The numbers are part of the ABI: they are written out here on purpose. */
static void numbers(void) {
    static const struct {
        int32_t status;
        const char *name;
    } all[] = {
        {0, "ZINC_OK"},
        {1, "ZINC_RECOVERED"},
        {-1, "ZINC_E_PERM"},
        {-2, "ZINC_E_NOENT"},
        {-4, "ZINC_E_INTR"},
        {-5, "ZINC_E_IO"},
        {-9, "ZINC_E_BADF"},
        {-11, "ZINC_E_AGAIN"},
        {-12, "ZINC_E_NOMEM"},
        {-13, "ZINC_E_ACCES"},
        {-16, "ZINC_E_BUSY"},
        {-17, "ZINC_E_EXIST"},
        {-22, "ZINC_E_INVAL"},
        {-24, "ZINC_E_MFILE"},
        {-28, "ZINC_E_NOSPC"},
        {-32, "ZINC_E_CLOSED"},
        {-36, "ZINC_E_NAMETOOLONG"},
        {-71, "ZINC_E_LAYOUT"},
        {-74, "ZINC_E_CORRUPT"},
        {-75, "ZINC_E_OVERFLOW"},
        {-87, "ZINC_E_USERS"},
        {-90, "ZINC_E_TOOLONG"},
        {-91, "ZINC_E_TYPE"},
        {-95, "ZINC_E_NOTSUP"},
        {-110, "ZINC_E_TIMEDOUT"},
        {-116, "ZINC_E_STALE"},
        {-125, "ZINC_E_CANCELED"},
        {-130, "ZINC_E_OWNER_DEAD"},
        {-131, "ZINC_E_POISONED"},
        {-1001, "ZINC_E_FORKED"},
        {-1002, "ZINC_E_PEER_DEAD"},
        {-1003, "ZINC_E_GONE"},
    };
    uint32_t count = sizeof all / sizeof *all;
    for (uint32_t i = 0; i < count; i++) {
        int32_t status = 12345;
        verify(zinc_error_list(i, &status) == ZINC_OK);
        verify(status == all[i].status);
        verify(strcmp(zinc_error_name(status), all[i].name) == 0);
    }
    int32_t untouched = 12345;
    verify(zinc_error_list(count, &untouched) == ZINC_E_NOENT);
    verify(zinc_error_list(UINT32_MAX, &untouched) == ZINC_E_NOENT);
    verify(untouched == 12345);
    verify(zinc_error_list(0, NULL) == ZINC_E_INVAL);
}

static void texts(void) {
    int32_t status = 0;
    for (uint32_t i = 0; zinc_error_list(i, &status) == ZINC_OK; i++) {
        verify(strlen(zinc_strerror(status)) >= 5);
        if (status < 0) {
            verify(strlen(zinc_error_cause(status)) > 20);
        }
        /* What to do: for every failure but the one that the caller asked for. */
        if (status < 0 && status != ZINC_E_CANCELED) {
            verify(strlen(zinc_error_remedy(status)) > 10);
        }
        for (uint32_t j = 0; j < i; j++) {
            int32_t earlier = 0;
            verify(zinc_error_list(j, &earlier) == ZINC_OK);
            verify(strcmp(zinc_strerror(status), zinc_strerror(earlier)) != 0);
        }
    }
    verify(strcmp(zinc_strerror(ZINC_E_NOENT), "no such region") == 0);
    verify(strcmp(zinc_strerror(ZINC_E_CLOSED), "the handle is closed") == 0);
}

static void unknown(void) {
    static const int32_t none[] = {2, 1000, INT32_MAX, INT32_MIN, -4096, -5000, -1004};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        verify(strcmp(zinc_error_name(none[i]), "ZINC_E_?") == 0);
        verify(strcmp(zinc_error_cause(none[i]), "") == 0);
        verify(strcmp(zinc_error_remedy(none[i]), "") == 0);
        verify(zinc_strerror(none[i])[0] != '\0');
    }
    /* An errno that has no status of its own keeps the system's text. */
    verify(strcmp(zinc_strerror(-ENOTDIR), "Not a directory") == 0);
    verify(strcmp(zinc_error_name(-ENOTDIR), "ZINC_E_?") == 0);
}

/* A failed call by name says which region, and what to do. */
static void messages(void) {
    zinc_error error;
    zinc_region *region = NULL;
    memset(&error, 'x', sizeof error);
    verify(zinc_region_open("nobody-made-this", NULL, &region, &error) == ZINC_E_NOENT);
    verify(error.status == ZINC_E_NOENT);
    verify(memchr(error.message, '\0', sizeof error.message) != NULL);
    verify(strstr(error.message, "\"nobody-made-this\"") != NULL);
    verify(strstr(error.message, cases_directory) != NULL);

    memset(&error, 'x', sizeof error);
    verify(zinc_region_create("empty", 0, NULL, &region, &error) == ZINC_E_INVAL);
    verify(error.status == ZINC_E_INVAL);
    verify(strstr(error.message, "0 bytes") != NULL);

    /* It is written on failure only. */
    memset(&error, 'x', sizeof error);
    verify(zinc_region_create("fine", 10, NULL, &region, &error) == ZINC_OK);
    verify(error.message[0] == 'x' && error.status != 0);

    zinc_region *second = NULL;
    verify(zinc_region_create("fine", 10, NULL, &second, &error) == ZINC_E_EXIST);
    verify(strstr(error.message, "\"fine\"") != NULL);
    zinc_close(region);
}

static void explanations(void) {
    zinc_error error;
    zinc_region *region = NULL;
    verify(zinc_create("explained", 77, &region) == ZINC_OK);
    verify(zinc_region_explain(region, ZINC_E_OVERFLOW, &error) == ZINC_OK);
    verify(error.status == ZINC_E_OVERFLOW);
    verify(strstr(error.message, "\"explained\"") != NULL);
    verify(strstr(error.message, "77") != NULL);
    int32_t status = 0;
    for (uint32_t i = 0; zinc_error_list(i, &status) == ZINC_OK; i++) {
        memset(&error, 'x', sizeof error);
        verify(zinc_region_explain(region, status, &error) == ZINC_OK);
        verify(error.status == status);
        verify(strstr(error.message, "\"explained\"") != NULL);
        verify(zinc_region_explain(NULL, status, &error) == ZINC_OK);
        verify(error.status == status);
        verify(strncmp(error.message, zinc_strerror(status), strlen(zinc_strerror(status))) == 0);
    }
    verify(zinc_region_explain(region, ZINC_E_NOENT, NULL) == ZINC_E_INVAL);
    verify(zinc_region_explain(NULL, ZINC_E_NOENT, NULL) == ZINC_E_INVAL);

    zinc_region_retain(region);
    zinc_close(region);
    verify(zinc_region_explain(region, ZINC_E_CLOSED, &error) == ZINC_OK);
    verify(strstr(error.message, "\"explained\"") != NULL);
    verify(strstr(error.message, "closed") != NULL);
    zinc_region_release(region);
}

static void versions(void) {
    verify(zinc_version() ==
           (ZINC_VERSION_MAJOR << 16 | ZINC_VERSION_MINOR << 8 | ZINC_VERSION_PATCH));
    verify(strcmp(zinc_version_text(), ZINC_VERSION_TEXT) == 0);
    verify(zinc_layout() == 1);
}

static const test_case cases[] = {
    {"error.numbers", numbers},           {"error.texts", texts},
    {"error.unknown", unknown},           {"error.messages", messages},
    {"error.explanations", explanations}, {"error.versions", versions},
};

int main(int argc, char **argv) {
    return cases_main(argc, argv, cases, CASES_COUNT(cases));
}
