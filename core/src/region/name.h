/* SPDX-License-Identifier: MIT */
/* Names: the grammar, the domain, and where a region's file is. */
#ifndef ZINC_REGION_NAME_H
#define ZINC_REGION_NAME_H

#include "os/os.h"

#define ZINC__FILE_MAX 255
#define ZINC__PREFIX "zinc_"
#define ZINC__TEMPORARY_PREFIX ".zinc-"

/* One region's place: the open directory and the file's name in it. */
typedef struct zinc__place {
    int32_t directory;
    char path[256]; /* of the directory */
    char domain[ZINC_DOMAIN_MAX + 1];
    char name[ZINC_NAME_MAX + 1];
    char file[256 + ZINC__FILE_MAX + 1]; /* its whole path where no directory could be opened */
} zinc__place;

/* Write the message of a failed call, if the caller wants one; returns `status`. */
int32_t zinc__report(zinc_error *error, int32_t status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Open ZINC_DIR and look up ZINC_DOMAIN; `name` and `file` stay empty. */
int32_t zinc__place_directory(zinc__place *place, zinc_error *error);
/* The same, and check the name and make the file's. */
int32_t zinc__place_name(zinc__place *place, const char *name, zinc_error *error);
/* The same from a handle's own record, and also without a descriptor to spare. */
int32_t zinc__place_known(zinc__place *place, const char *path, const char *domain,
                          const char *name);
void zinc__place_close(zinc__place *place);

/* Copy a name that obeys the grammar (one leading slash dropped) to out[ZINC_NAME_MAX + 1]. */
int32_t zinc__name_check(const char *name, char *out, zinc_error *error);

/* Split the file name of a region into domain and name; false if it is not one. */
bool zinc__name_split(const char *file, char domain[ZINC_DOMAIN_MAX + 1],
                      char name[ZINC_NAME_MAX + 1]);

/* A random name for a half-made file: ".zinc-" and 32 hexadecimal digits. */
void zinc__name_temporary(char out[ZINC__FILE_MAX + 1]);

#endif
