/* SPDX-License-Identifier: MIT */
/* Names and places; see name.h. */
#include "region/name.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The length of the UTF-8 character at `text`, or 0 if there is none. */
static size_t character_length(const char *text) {
    const unsigned char *byte = (const unsigned char *)text;
    size_t length = byte[0] < 0x80                       ? 1
                    : byte[0] >= 0xC2 && byte[0] <= 0xDF ? 2
                    : byte[0] >= 0xE0 && byte[0] <= 0xEF ? 3
                    : byte[0] >= 0xF0 && byte[0] <= 0xF4 ? 4
                                                         : 0;
    for (size_t i = 1; i < length; i++) {
        if ((byte[i] & 0xC0) != 0x80) { /* also the end of the text */
            return 0;
        }
    }
    bool overlong = (byte[0] == 0xE0 && byte[1] < 0xA0) || (byte[0] == 0xF0 && byte[1] < 0x90);
    bool none = (byte[0] == 0xED && byte[1] > 0x9F) || (byte[0] == 0xF4 && byte[1] > 0x8F);
    return overlong || none ? 0 : length;
}

/* Names and paths come from outside, and may have been cut within a character. */
static void make_utf8(char *text) {
    while (*text != '\0') {
        size_t length = character_length(text);
        if (length == 0) {
            *text = '?';
            length = 1;
        }
        text += length;
    }
}

int32_t zinc__report(zinc_error *error, int32_t status, const char *format, ...) {
    if (error != NULL) {
        error->status = status;
        error->system_errno = status < 0 && status > -1000 ? -status : 0;
        va_list arguments;
        va_start(arguments, format);
        int length = vsnprintf(error->message, sizeof error->message, format, arguments);
        va_end(arguments);
        if (length < 0) {
            error->message[0] = '\0';
        }
        make_utf8(error->message);
    }
    return status;
}

static bool letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
}

/* The length of a word of the grammar, or 0 if it is none; at most `most` + 1 is looked at. */
static size_t word_length(const char *text, size_t most) {
    size_t length = 0;
    while (length <= most && letter(text[length])) {
        length++;
    }
    return text[0] == '.' || (length <= most && text[length] != '\0') ? 0 : length;
}

int32_t zinc__name_check(const char *name, char *out, zinc_error *error) {
    if (name == NULL) {
        return zinc__report(error, ZINC_E_INVAL, "the region's name is NULL");
    }
    const char *bare = name[0] == '/' ? name + 1 : name;
    size_t length = word_length(bare, ZINC_NAME_MAX);
    if (length == 0) {
        return zinc__report(error, ZINC_E_INVAL,
                            "region name \"%.60s\": a name is 1 to %d letters of A-Z a-z 0-9 . _ - "
                            "and does not begin with a dot",
                            name, (int)ZINC_NAME_MAX);
    }
    if (length > ZINC_NAME_MAX) {
        return zinc__report(error, ZINC_E_NAMETOOLONG,
                            "region name \"%.60s...\" is longer than %d bytes: use a shorter one",
                            name, (int)ZINC_NAME_MAX);
    }
    memcpy(out, bare, length + 1);
    return ZINC_OK;
}

static int32_t domain_check(const char *domain, char *out, zinc_error *error) {
    size_t length = word_length(domain, ZINC_DOMAIN_MAX);
    if (length == 0) {
        return zinc__report(
            error, ZINC_E_INVAL,
            "ZINC_DOMAIN \"%.60s\": a domain is 1 to %d letters of A-Z a-z 0-9 . _ - "
            "and does not begin with a dot",
            domain, (int)ZINC_DOMAIN_MAX);
    }
    if (length > ZINC_DOMAIN_MAX) {
        return zinc__report(error, ZINC_E_NAMETOOLONG,
                            "ZINC_DOMAIN \"%.60s...\" is longer than %d bytes: use a shorter one",
                            domain, (int)ZINC_DOMAIN_MAX);
    }
    memcpy(out, domain, length + 1);
    return ZINC_OK;
}

static int32_t directory_open(zinc__place *place, const char *path, zinc_error *error) {
    size_t length = strlen(path);
    if (path[0] != '/' || length >= sizeof place->path) {
        return zinc__report(error, length >= sizeof place->path ? ZINC_E_NAMETOOLONG : ZINC_E_INVAL,
                            "ZINC_DIR \"%.200s\": give an absolute path of at most %d bytes", path,
                            (int)sizeof place->path - 1);
    }
    memcpy(place->path, path, length + 1);
    int32_t status = zinc__os_directory_open(path, &place->directory);
    if (status == ZINC_E_NOTSUP) {
        return zinc__report(error, status,
                            "directory %s (ZINC_DIR) is not on a local file system: regions need "
                            "tmpfs, ramfs, ext4, xfs, btrfs or overlayfs",
                            path);
    }
    if (status == ZINC_E_NOENT) {
        return zinc__report(error, status, "no directory %s (ZINC_DIR): make it, or name another",
                            path);
    }
    if (status != ZINC_OK) {
        return zinc__report(error, status, "directory %s (ZINC_DIR): %s: %s", path,
                            zinc_strerror(status), zinc_error_remedy(status));
    }
    return ZINC_OK;
}

int32_t zinc__place_directory(zinc__place *place, zinc_error *error) {
    memset(place, 0, sizeof *place);
    place->directory = -1;
    const char *domain = zinc__os_environment("ZINC_DOMAIN");
    if (domain != NULL && domain[0] != '\0') {
        int32_t status = domain_check(domain, place->domain, error);
        if (status != ZINC_OK) {
            return status;
        }
    }
    const char *path = zinc__os_environment("ZINC_DIR");
    return directory_open(place, path != NULL && path[0] != '\0' ? path : "/dev/shm", error);
}

static void file_name(zinc__place *place) {
    const char *separator = place->domain[0] != '\0' ? "@" : "";
    (void)snprintf(place->file, sizeof place->file, ZINC__PREFIX "%s%s%s", place->domain, separator,
                   place->name);
}

int32_t zinc__place_name(zinc__place *place, const char *name, zinc_error *error) {
    char bare[ZINC_NAME_MAX + 1];
    int32_t status = zinc__name_check(name, bare, error);
    if (status != ZINC_OK) {
        place->directory = -1;
        return status;
    }
    status = zinc__place_directory(place, error);
    if (status == ZINC_OK) {
        memcpy(place->name, bare, sizeof bare);
        file_name(place);
    }
    return status;
}

int32_t zinc__place_known(zinc__place *place, const char *path, const char *domain,
                          const char *name) {
    memset(place, 0, sizeof *place);
    place->directory = -1;
    (void)snprintf(place->domain, sizeof place->domain, "%s", domain);
    (void)snprintf(place->name, sizeof place->name, "%s", name);
    file_name(place);
    int32_t status = directory_open(place, path, NULL);
    if (status == ZINC_E_MFILE) {
        /* A process that has used up its descriptors closes its handles all the same. */
        char file[sizeof place->file];
        memcpy(file, place->file, sizeof file);
        int length = snprintf(place->file, sizeof place->file, "%s/%s", path, file);
        status = length < (int)sizeof place->file ? ZINC_OK : status;
    }
    return status;
}

void zinc__place_close(zinc__place *place) {
    if (place->directory >= 0) {
        zinc__os_file_close(place->directory);
        place->directory = -1;
    }
}

bool zinc__name_split(const char *file, char domain[ZINC_DOMAIN_MAX + 1],
                      char name[ZINC_NAME_MAX + 1]) {
    size_t prefix = strlen(ZINC__PREFIX);
    if (strncmp(file, ZINC__PREFIX, prefix) != 0) {
        return false;
    }
    const char *rest = file + prefix;
    const char *at = strchr(rest, '@');
    domain[0] = '\0';
    if (at != NULL) {
        char candidate[ZINC_DOMAIN_MAX + 2];
        size_t length = (size_t)(at - rest);
        if (length > ZINC_DOMAIN_MAX) {
            return false;
        }
        memcpy(candidate, rest, length);
        candidate[length] = '\0';
        if (domain_check(candidate, domain, NULL) != ZINC_OK) {
            return false;
        }
        rest = at + 1;
    }
    return rest[0] != '/' && zinc__name_check(rest, name, NULL) == ZINC_OK;
}

void zinc__name_temporary(char out[ZINC__FILE_MAX + 1]) {
    unsigned char random[16];
    zinc__os_random(random, sizeof random);
    int length = snprintf(out, ZINC__FILE_MAX + 1, ZINC__TEMPORARY_PREFIX);
    for (size_t i = 0; i < sizeof random; i++) {
        length += snprintf(out + length, ZINC__FILE_MAX + 1 - (size_t)length, "%02x", random[i]);
    }
}
