/* SPDX-License-Identifier: MIT */
/* Names, domains and directories: what is accepted, and which file a name means. */
#define _GNU_SOURCE
#include <zinc.h>

#include "child.h"
#include "region/name.h"

static char long_name[256];

static const char *repeated(char letter, size_t count) {
    memset(long_name, letter, count);
    long_name[count] = '\0';
    return long_name;
}

static bool file_exists(const char *file) {
    char path[512];
    struct stat facts;
    snprintf(path, sizeof path, "%s/%s", cases_directory, file);
    return lstat(path, &facts) == 0;
}

static int32_t create_status(const char *name) {
    zinc_region *region = (zinc_region *)&long_name; /* something that is not NULL */
    int32_t status = zinc_create(name, 1, &region);
    verify((status == ZINC_OK) == (region != NULL));
    zinc_close(region);
    return status;
}

static int32_t open_status(const char *name) {
    zinc_region *region = (zinc_region *)&long_name;
    int32_t status = zinc_open(name, &region);
    verify((status == ZINC_OK) == (region != NULL));
    zinc_close(region);
    return status;
}

static void accepted(void) {
    static const char *const names[] = {
        "a", "Z", "0", "_", "-", "a.b", "-rf", "a.", "frames_2.left-hand", "/frames",
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        verify(create_status(names[i]) == ZINC_OK);
        verify(open_status(names[i]) == ZINC_E_NOENT);
    }
    verify(create_status(repeated('x', 200)) == ZINC_OK);
    (void)repeated('x', 201);
    long_name[0] = '/'; /* a slash and 200 */
    verify(create_status(long_name) == ZINC_OK);
}

static void refused(void) {
    static const char *const names[] = {
        "",      "/",    "//a",  ".",   "..",   ".a", "/.a",      "a/b",  "a/",
        "a b",   "a\n",  "a@b",  "a:b", "a\\b", "a*", "\x01",     "\x7f", "caf\xc3\xa9",
        "../up", "/a/b", "a\tb", "%s",  "a,b",  "~",  "\xff\xfe", "a\"b", "a;b",
    };
    footprint before = footprint_now();
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        zinc_info info = {.size = sizeof info};
        uint64_t count = 0;
        zinc_region *region = (zinc_region *)&long_name;
        verify(create_status(names[i]) == ZINC_E_INVAL);
        verify(open_status(names[i]) == ZINC_E_INVAL);
        verify(zinc_region_open_or_create(names[i], 1, NULL, &region, NULL) == ZINC_E_INVAL);
        verify(region == NULL);
        region = (zinc_region *)&long_name;
        verify(zinc_region_replace(names[i], 1, NULL, &region, NULL) == ZINC_E_INVAL);
        verify(region == NULL);
        region = (zinc_region *)&long_name;
        verify(zinc_region_create_private(names[i], 1, NULL, &region, NULL) == ZINC_E_INVAL);
        verify(region == NULL);
        verify(zinc_region_remove(names[i], NULL) == ZINC_E_INVAL);
        verify(zinc_region_lookup(names[i], &info, NULL) == ZINC_E_INVAL);
        verify(zinc_region_participants(names[i], NULL, 0, &count, NULL) == ZINC_E_INVAL);
    }
    verify(create_status(repeated('x', 201)) == ZINC_E_NAMETOOLONG);
    verify(open_status(long_name) == ZINC_E_NAMETOOLONG);
    verify(create_status(repeated('x', 255)) == ZINC_E_NAMETOOLONG);
    verify(zinc_region_remove(long_name, NULL) == ZINC_E_NAMETOOLONG);
    verify(create_status(NULL) == ZINC_E_INVAL);
    verify(open_status(NULL) == ZINC_E_INVAL);
    verify(zinc_region_remove(NULL, NULL) == ZINC_E_INVAL);
    verify_footprint(before);
}

static void files(void) {
    zinc_region *region = NULL;
    zinc_region *other = NULL;
    verify(zinc_create("/led", 1, &region) == ZINC_OK);
    verify(file_exists("zinc_led"));
    verify(strcmp(zinc_region_name(region), "led") == 0);
    verify(zinc_open("led", &other) == ZINC_OK);
    zinc_close(other);
    zinc_close(region);
    verify(!file_exists("zinc_led"));
}

/* The same name in two domains, and in none, is three regions. */
static void domains(void) {
    zinc_region *none = NULL;
    zinc_region *one = NULL;
    zinc_region *two = NULL;
    verify(zinc_create("same", 1, &none) == ZINC_OK);
    setenv("ZINC_DOMAIN", "one", 1);
    verify(open_status("same") == ZINC_E_NOENT);
    verify(zinc_create("same", 2, &one) == ZINC_OK);
    setenv("ZINC_DOMAIN", "two", 1);
    verify(open_status("same") == ZINC_E_NOENT);
    verify(zinc_create("same", 3, &two) == ZINC_OK);
    verify(file_exists("zinc_same") && file_exists("zinc_one@same") &&
           file_exists("zinc_two@same"));
    zinc_info info = {.size = sizeof info};
    verify(zinc_region_info(one, &info) == ZINC_OK);
    verify(strcmp(info.name, "same") == 0 && strcmp(info.domain, "one") == 0);
    verify(zinc_region_lookup("same", &info, NULL) == ZINC_OK);
    verify(info.capacity == 3 && strcmp(info.domain, "two") == 0);
    setenv("ZINC_DOMAIN", "", 1); /* as unset */
    verify(zinc_region_lookup("same", &info, NULL) == ZINC_OK);
    verify(info.capacity == 1 && strcmp(info.domain, "") == 0);
    /* Closing goes where the handle was made, whatever the environment says by now. */
    zinc_close(one);
    zinc_close(two);
    verify(!file_exists("zinc_one@same") && !file_exists("zinc_two@same"));
    zinc_close(none);
}

static void domain_grammar(void) {
    footprint before = footprint_now();
    static const char *const wrong[] = {".", ".a", "a/b", "a@b", "a b", "/a", "\xc3\xa9"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        setenv("ZINC_DOMAIN", wrong[i], 1);
        zinc_list *list = (zinc_list *)&long_name;
        verify(create_status("a") == ZINC_E_INVAL);
        verify(open_status("a") == ZINC_E_INVAL);
        verify(zinc_list_begin(&list, NULL) == ZINC_E_INVAL);
        verify(list == NULL);
    }
    setenv("ZINC_DOMAIN", repeated('d', 49), 1);
    verify(create_status("a") == ZINC_E_NAMETOOLONG);
    setenv("ZINC_DOMAIN", repeated('d', 48), 1);
    verify(create_status(repeated('x', 200)) == ZINC_OK); /* 5 + 48 + 1 + 200 = 254 bytes */
    verify_footprint(before);
}

static void directories(void) {
    footprint before = footprint_now();
    char path[600];
    setenv("ZINC_DIR", "relative/path", 1);
    verify(create_status("a") == ZINC_E_INVAL);
    setenv("ZINC_DIR", "/nowhere/at/all", 1);
    verify(create_status("a") == ZINC_E_NOENT);
    verify(open_status("a") == ZINC_E_NOENT);
    setenv("ZINC_DIR", "/etc/passwd", 1);
    verify(create_status("a") == -ENOTDIR);
    memset(path, '/', sizeof path);
    path[256] = '\0';
    setenv("ZINC_DIR", path, 1);
    verify(create_status("a") == ZINC_E_NAMETOOLONG);
    setenv("ZINC_DIR", "/proc", 1);
    verify(create_status("a") == ZINC_E_NOTSUP);
    verify(open_status("a") == ZINC_E_NOTSUP);
    zinc_doctor_facts facts = {.size = sizeof facts};
    verify(zinc_doctor(&facts) == ZINC_OK);
    verify(facts.directory_status == ZINC_E_NOTSUP);
    verify(strcmp(facts.directory, "/proc") == 0);

    /* A directory of one's own, with a path of 255 bytes at most. */
    snprintf(path, sizeof path, "%s/own", cases_directory);
    verify(mkdir(path, 0700) == 0);
    setenv("ZINC_DIR", path, 1);
    zinc_region *region = NULL;
    verify(zinc_create("inside", 5, &region) == ZINC_OK);
    verify(file_exists("own/zinc_inside"));
    setenv("ZINC_DIR", cases_directory, 1);
    verify(open_status("inside") == ZINC_E_NOENT);
    zinc_close(region);
    verify(!file_exists("own/zinc_inside"));
    verify(rmdir(path) == 0);
    setenv("ZINC_DIR", "", 1); /* as unset */
    if (cases_own_mount) {
        verify(create_status("a") == ZINC_OK);
    }
    verify_footprint(before);
}

static void splitting(void) {
    char domain[ZINC_DOMAIN_MAX + 1];
    char name[ZINC_NAME_MAX + 1];
    verify(zinc__name_split("zinc_a", domain, name));
    verify(strcmp(domain, "") == 0 && strcmp(name, "a") == 0);
    verify(zinc__name_split("zinc_d@a", domain, name));
    verify(strcmp(domain, "d") == 0 && strcmp(name, "a") == 0);
    static const char *const wrong[] = {
        "zinc_",   "zinc",    "a",        "",       "zinc_@a",    "zinc_d@",   "zinc_d@e@f",
        "zinc_.a", "zinc_/a", "zinc_a b", "Zinc_a", ".zinc-0123", "zinc_d@/a",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        verify(!zinc__name_split(wrong[i], domain, name));
    }
    char file[300] = "zinc_";
    strcat(file, repeated('d', 49));
    strcat(file, "@a");
    verify(!zinc__name_split(file, domain, name));
    strcpy(file, "zinc_");
    strcat(file, repeated('n', 201));
    verify(!zinc__name_split(file, domain, name));
}

/* Half-made files have names that no two creators share, and that no region can have. */
static void temporaries(void) {
    char one[ZINC__FILE_MAX + 1];
    char two[ZINC__FILE_MAX + 1];
    char domain[ZINC_DOMAIN_MAX + 1];
    char name[ZINC_NAME_MAX + 1];
    zinc__name_temporary(one);
    zinc__name_temporary(two);
    verify(strlen(one) == 6 + 32 && strncmp(one, ".zinc-", 6) == 0);
    verify(strspn(one + 6, "0123456789abcdef") == 32);
    verify(strcmp(one, two) != 0);
    verify(!zinc__name_split(one, domain, name));
}

static const test_case cases[] = {
    {"name.accepted", accepted},
    {"name.refused", refused},
    {"name.files", files},
    {"name.domains", domains},
    {"name.domain_grammar", domain_grammar},
    {"name.directories", directories},
    {"name.splitting", splitting},
    {"name.temporaries", temporaries},
};

int main(int argc, char **argv) {
    return cases_main(argc, argv, cases, CASES_COUNT(cases));
}
