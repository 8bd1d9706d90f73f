/* SPDX-License-Identifier: MIT */
/* Peers that mean harm: planted files, damaged headers, bytes that change while they are used,
 * files that are cut or punched. None of that may make another process read or write outside its
 * mapping, loop without bound, or, where the documents do not say so, end it. */
#define _GNU_SOURCE
#include <zinc.h>

#include <grp.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "child.h"
#include "region/handle.h"
#include "region/header.h"

#define NAME "victim"
#define FILE_NAME "zinc_victim"
#define NEVER ((zinc_region *)&not_null)
static int not_null;

static char path_text[512];

static const char *path_of(const char *file) {
    snprintf(path_text, sizeof path_text, "%s/%s", cases_directory, file);
    return path_text;
}

static zinc_region *created_with(zinc_region_options options) {
    zinc_region *region = NULL;
    options.size = sizeof options;
    verify(zinc_region_create(NAME, 8192, &options, &region, NULL) == ZINC_OK);
    return region;
}

static zinc_info info_of(zinc_region *region) {
    zinc_info info = {.size = sizeof info};
    verify(zinc_region_info(region, &info) == ZINC_OK);
    return info;
}

/* ---- Planted objects ------------------------------------------------------------------------ */

typedef struct expectations {
    int32_t open;
    int32_t open_read_only;
    int32_t create;
    int32_t open_or_create;
    int32_t lookup;
    int32_t remove;
} expectations;

/* Whatever is called, the answer is the documented one, *out is NULL, and nothing is left or
 * lost. */
static void expect(const expectations *expected) {
    footprint before = footprint_now();
    zinc_error error;
    zinc_info info = {.size = sizeof info};
    zinc_region *region = NEVER;
    int64_t began = cases_now_ms();
    verify(zinc_region_open(NAME, NULL, &region, &error) == expected->open);
    verify(region == NULL && error.status == expected->open && error.message[0] != '\0');
    region = NEVER;
    zinc_region_options reading = {.size = sizeof reading, .flags = ZINC_REGION_READ_ONLY};
    verify(zinc_region_open(NAME, &reading, &region, &error) == expected->open_read_only);
    verify(region == NULL && error.status == expected->open_read_only);
    region = NEVER;
    verify(zinc_region_create(NAME, 100, NULL, &region, &error) == expected->create);
    verify(region == NULL && error.status == expected->create && error.message[0] != '\0');
    region = NEVER;
    verify(zinc_region_open_or_create(NAME, 100, NULL, &region, &error) ==
           expected->open_or_create);
    verify(region == NULL && error.status == expected->open_or_create);
    verify(zinc_region_lookup(NAME, &info, &error) == expected->lookup);
    verify(zinc_gc(0, NULL, NULL, NULL, NULL) == ZINC_OK);
    zinc_list *list = NULL;
    verify(zinc_list_begin(&list, NULL) == ZINC_OK);
    while (zinc_list_next(list, &info) != ZINC_E_NOENT) {
    }
    zinc_list_end(list);
    verify_footprint(before);
    verify(zinc_region_remove(NAME, &error) == expected->remove);
    verify(cases_now_ms() - began <= 1000 + CASES_SLACK_MS);
}

static void planted_fifo(void) {
    verify(mkfifo(path_of(FILE_NAME), 0600) == 0);
    expect(&(expectations){ZINC_E_LAYOUT, ZINC_E_LAYOUT, ZINC_E_EXIST, ZINC_E_LAYOUT, ZINC_E_LAYOUT,
                           ZINC_E_LAYOUT});
    verify(unlink(path_of(FILE_NAME)) == 0);
}

static void planted_symlink(void) {
    zinc_region *region = NULL;
    verify(zinc_create("real", 10, &region) == ZINC_OK);
    verify(symlink("zinc_real", path_of(FILE_NAME)) == 0);
    expect(&(expectations){ZINC_E_ACCES, ZINC_E_ACCES, ZINC_E_PERM, ZINC_E_ACCES, ZINC_E_ACCES,
                           ZINC_E_ACCES});
    verify(unlink(path_of(FILE_NAME)) == 0);
    verify(symlink("/nowhere", path_of(FILE_NAME)) == 0); /* also one that leads nowhere */
    expect(&(expectations){ZINC_E_ACCES, ZINC_E_ACCES, ZINC_E_PERM, ZINC_E_ACCES, ZINC_E_ACCES,
                           ZINC_E_ACCES});
    verify(unlink(path_of(FILE_NAME)) == 0);
    zinc_close(region);
}

static void planted_directory(void) {
    verify(mkdir(path_of(FILE_NAME), 0700) == 0);
    expect(&(expectations){ZINC_E_LAYOUT, ZINC_E_LAYOUT, ZINC_E_EXIST, ZINC_E_LAYOUT, ZINC_E_LAYOUT,
                           ZINC_E_LAYOUT});
    verify(rmdir(path_of(FILE_NAME)) == 0);
}

static void planted_socket(void) {
    int ear = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s/" FILE_NAME, cases_directory);
    verify(bind(ear, (struct sockaddr *)&address, sizeof address) == 0);
    expect(&(expectations){ZINC_E_LAYOUT, ZINC_E_LAYOUT, ZINC_E_EXIST, ZINC_E_LAYOUT, ZINC_E_LAYOUT,
                           ZINC_E_LAYOUT});
    close(ear);
    verify(unlink(path_of(FILE_NAME)) == 0);
}

static void plant_bytes(const void *bytes, size_t size) {
    int file = open(path_of(FILE_NAME), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    verify(file >= 0 && write(file, bytes, size) == (ssize_t)size && close(file) == 0);
}

static void planted_empty(void) {
    plant_bytes("", 0);
    expect(&(expectations){ZINC_E_CORRUPT, ZINC_E_CORRUPT, ZINC_E_EXIST, ZINC_E_CORRUPT,
                           ZINC_E_CORRUPT, ZINC_OK});
    verify(cases_files(true) == 0);
}

static void planted_bad_magic(void) {
    char text[20000];
    memset(text, 'm', sizeof text);
    plant_bytes(text, sizeof text);
    expect(&(expectations){ZINC_E_LAYOUT, ZINC_E_LAYOUT, ZINC_E_EXIST, ZINC_E_LAYOUT, ZINC_E_LAYOUT,
                           ZINC_E_LAYOUT});
    verify(unlink(path_of(FILE_NAME)) == 0);
}

/* An open never creates. */
static void planted_nothing(void) {
    zinc_region *region = NEVER;
    verify(zinc_open(NAME, &region) == ZINC_E_NOENT);
    verify(region == NULL && cases_files(true) == 0);
}

static void be_user(uid_t user) {
    verify(setgroups(0, NULL) == 0 && setgid(user) == 0 && setuid(user) == 0);
}

static void foreign_uid(void) {
    if (geteuid() != 0) {
        case_skip("files of other users need privileges");
    }
    zinc_region *region = created_with((zinc_region_options){.mode = 0644});
    verify(chown(path_of(FILE_NAME), 1001, 1001) == 0);
    zinc_region *out = NEVER;
    footprint before = footprint_now();
    zinc_error error;
    verify(zinc_region_open(NAME, NULL, &out, &error) == ZINC_E_ACCES);
    verify(out == NULL && strstr(error.message, "1001") != NULL);
    uint32_t accepted[] = {5, 1002};
    zinc_region_options options = {
        .size = sizeof options, .accept_owners = accepted, .accept_owner_count = 2};
    out = NEVER;
    verify(zinc_region_open(NAME, &options, &out, NULL) == ZINC_E_ACCES);
    verify(out == NULL);
    verify_footprint(before);
    accepted[1] = 1001;
    verify(zinc_region_open(NAME, &options, &out, NULL) == ZINC_OK);
    zinc_close(out);
    options = (zinc_region_options){.size = sizeof options, .flags = ZINC_REGION_ANY_OWNER};
    verify(zinc_region_open(NAME, &options, &out, NULL) == ZINC_OK);
    zinc_close(out);
    zinc_close(region);
}

/* ---- Another user in a sticky directory ----------------------------------------------------- */

static void create_loose_and_hold(void *context) {
    _Atomic(int) *ready = context;
    be_user(1001);
    (void)created_with((zinc_region_options){.mode = 0666});
    *ready = 1;
    child_forever();
}

static void as_other_user(void *context) {
    (void)context;
    be_user(1002);
    zinc_region *out = NEVER;
    const uint32_t owner = 1001;
    zinc_region_options options = {.size = sizeof options,
                                   .accept_mode = 022,
                                   .accept_owners = &owner,
                                   .accept_owner_count = 1};
    verify(zinc_region_open(NAME, &options, &out, NULL) ==
           ZINC_E_NOENT); /* dead, if not removable */
    verify(out == NULL);
    out = NEVER;
    zinc_error error;
    verify(zinc_region_create(NAME, 10, NULL, &out, &error) == ZINC_E_PERM);
    verify(out == NULL && strstr(error.message, "another user") != NULL);
    out = NEVER;
    verify(zinc_region_replace(NAME, 10, NULL, &out, NULL) == ZINC_E_PERM);
    verify(out == NULL);
    int32_t status = zinc_region_remove(NAME, NULL);
    verify(status == ZINC_E_PERM || status == ZINC_E_ACCES);
    zinc_gc_report report = {.size = sizeof report};
    verify(zinc_gc(0, NULL, NULL, &report, NULL) == ZINC_OK);
    verify(report.failures == 1 && report.regions_removed == 0);
}

static void use_and_leave(void *context) {
    (void)context;
    be_user(1002);
    const uint32_t owner = 1001;
    zinc_region *region = NULL;
    zinc_region_options options = {.size = sizeof options,
                                   .accept_mode = 022,
                                   .accept_owners = &owner,
                                   .accept_owner_count = 1};
    verify(zinc_region_open(NAME, &options, &region, NULL) == ZINC_OK);
    verify(zinc_region_unlink(region) == ZINC_E_PERM);
    zinc_close(region);
}

static void sticky(void) {
    if (!cases_own_mount) {
        case_skip("acting as other users needs privileges");
    }
    _Atomic(int) *ready = child_shared(sizeof *ready);
    pid_t pid = child_start(create_loose_and_hold, (void *)ready);
    until(*ready);
    verify(child_end(child_start(use_and_leave, NULL)) == 0); /* no harm while the owner lives */
    verify(child_kill(pid) == -SIGKILL);
    verify(child_end(child_start(as_other_user, NULL)) == 0);
    verify(cases_files(false) == 1);
    verify(zinc_gc(0, NULL, NULL, NULL, NULL) == ZINC_OK); /* root may */
    verify(cases_files(true) == 0);
}

/* ---- Headers -------------------------------------------------------------------------------- */

typedef struct wrong_field {
    size_t offset;
    uint64_t value;
    size_t size;
    int32_t status;
} wrong_field;

static const wrong_field wrong[] = {
    {offsetof(zinc__header, magic), 0, 8, ZINC_E_LAYOUT},
    {offsetof(zinc__header, layout), 0, 4, ZINC_E_LAYOUT},
    {offsetof(zinc__header, layout), 2, 4, ZINC_E_LAYOUT},
    {offsetof(zinc__header, byte_order), 0x04030201, 4, ZINC_E_LAYOUT},
    {offsetof(zinc__header, flags), 16, 4, ZINC_E_CORRUPT},
    {offsetof(zinc__header, flags), UINT32_MAX, 4, ZINC_E_CORRUPT},
    {offsetof(zinc__header, lifetime), 3, 2, ZINC_E_CORRUPT},
    {offsetof(zinc__header, lifetime), 65535, 2, ZINC_E_CORRUPT},
    {offsetof(zinc__header, rows), 0, 2, ZINC_E_CORRUPT},
    {offsetof(zinc__header, rows), 1024, 2, ZINC_E_CORRUPT},
    {offsetof(zinc__header, rows), 65535, 2, ZINC_E_CORRUPT},
    {offsetof(zinc__header, rows), 1023, 2, ZINC_E_CORRUPT}, /* does not fit the offset */
    {offsetof(zinc__header, max_capacity), 0, 8, ZINC_E_CORRUPT},
    {offsetof(zinc__header, max_capacity), 8191, 8, ZINC_E_CORRUPT},
    {offsetof(zinc__header, max_capacity), UINT64_MAX, 8, ZINC_E_CORRUPT},
    {offsetof(zinc__header, max_capacity), UINT64_MAX - 16383, 8, ZINC_E_CORRUPT},
    {offsetof(zinc__header, max_capacity), UINT64_C(1) << 63, 8, ZINC_E_CORRUPT},
    {offsetof(zinc__header, data_offset), 0, 8, ZINC_E_CORRUPT},
    {offsetof(zinc__header, data_offset), 256, 8, ZINC_E_CORRUPT},
    {offsetof(zinc__header, data_offset), 16383, 8, ZINC_E_CORRUPT},
    {offsetof(zinc__header, data_offset), 32768, 8, ZINC_E_CORRUPT},
    {offsetof(zinc__header, data_offset), 65536, 8, ZINC_E_CORRUPT}, /* the file is shorter */
    {offsetof(zinc__header, data_offset), UINT64_MAX, 8, ZINC_E_CORRUPT},
    {offsetof(zinc__header, data_offset), UINT64_MAX - 8191, 8, ZINC_E_CORRUPT},
};

/* A persistent region that is open, its file, and the line 0 that it should have. */
typedef struct patient {
    zinc_region *region;
    int file;
    zinc__header good;
} patient;

static patient patient_made(void) {
    patient p = {.region = created_with((zinc_region_options){.lifetime = 2, .rows = 4}),
                 .file = open(path_of(FILE_NAME), O_RDWR | O_CLOEXEC)};
    verify(pread(p.file, &p.good, sizeof p.good, 0) == sizeof p.good);
    return p;
}

/* Mended, it can be opened again. */
static void patient_end(const patient *p) {
    zinc_region *out = NULL;
    const uint64_t capacity = 8192;
    const uint32_t ready = 1;
    verify(pwrite(p->file, &p->good, sizeof p->good, 0) == sizeof p->good);
    verify(pwrite(p->file, &ready, 4, 192) == 4 && pwrite(p->file, &capacity, 8, 200) == 8);
    verify(zinc_open(NAME, &out) == ZINC_OK);
    zinc_close(out);
    close(p->file);
    zinc_close(p->region);
    verify(zinc_region_remove(NAME, NULL) == ZINC_OK);
}

/* Every field of line 0 wrong, each under a right CRC. */
static void wrong_fields(void) {
    patient p = patient_made();
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        zinc__header bad = p.good;
        memcpy((char *)&bad + wrong[i].offset, &wrong[i].value, wrong[i].size);
        zinc__header_seal(&bad);
        verify(pwrite(p.file, &bad, sizeof bad, 0) == sizeof bad);
        footprint before = footprint_now();
        zinc_region *out = NEVER;
        zinc_info info = {.size = sizeof info};
        zinc_error error;
        verify(zinc_region_open(NAME, NULL, &out, &error) == wrong[i].status);
        verify(out == NULL && error.status == wrong[i].status);
        out = NEVER;
        verify(zinc_region_attach(p.file, NULL, &out, NULL) == wrong[i].status);
        verify(out == NULL);
        verify(zinc_region_lookup(NAME, &info, NULL) == wrong[i].status);
        verify(zinc_capacity(p.region) == 8192); /* whoever is in has a copy of their own */
        verify_footprint(before);
    }
    /* The longest that a file can claim and still not be believed: address space decides. */
    zinc__header bad = p.good;
    bad.max_capacity = UINT64_C(1) << 62;
    zinc__header_seal(&bad);
    verify(pwrite(p.file, &bad, sizeof bad, 0) == sizeof bad);
    zinc_region *out = NEVER;
    int32_t status = zinc_open(NAME, &out);
    verify(status == ZINC_E_NOMEM || status == ZINC_E_OVERFLOW);
    verify(out == NULL);
    patient_end(&p);
}

/* Every single bit of line 0: the CRC, or what stands before it, tells. */
static void wrong_bits(void) {
    patient p = patient_made();
    for (unsigned bit = 0; bit < 512; bit++) {
        unsigned char line[64];
        memcpy(line, &p.good, 64);
        line[bit / 8] = (unsigned char)(line[bit / 8] ^ 1u << bit % 8);
        verify(pwrite(p.file, line, 64, 0) == 64);
        zinc_region *out = NEVER;
        int32_t status = zinc_open(NAME, &out);
        verify(status == (bit < 128 ? ZINC_E_LAYOUT : ZINC_E_CORRUPT));
        verify(out == NULL);
    }
    patient_end(&p);
}

/* State and capacity, which no CRC covers. */
static void wrong_lines(void) {
    patient p = patient_made();
    static const uint32_t states[] = {0, 3, UINT32_MAX};
    const uint32_t ready = 1;
    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        verify(pwrite(p.file, &states[i], 4, 192) == 4);
        zinc_region *out = NEVER;
        verify(zinc_open(NAME, &out) == ZINC_E_CORRUPT);
        verify(out == NULL);
    }
    verify(pwrite(p.file, &ready, 4, 192) == 4);

    static const uint64_t capacities[] = {0, 8193, UINT64_MAX, UINT64_C(1) << 63};
    for (size_t i = 0; i < sizeof capacities / sizeof *capacities; i++) {
        verify(pwrite(p.file, &capacities[i], 8, 200) == 8);
        zinc_region *out = NEVER;
        verify(zinc_open(NAME, &out) == ZINC_E_CORRUPT);
        verify(out == NULL);
    }
    patient_end(&p);
}

/* A whole region's file, cut at every length. */
static void truncated_file(void) {
    zinc_region *region = created_with((zinc_region_options){.lifetime = 2, .rows = 4});
    static char whole[16384 + 8192];
    int file = open(path_of(FILE_NAME), O_RDWR | O_CLOEXEC);
    verify(pread(file, whole, sizeof whole, 0) == sizeof whole);
    close(file);
    zinc_close(region);
    static const size_t lengths[] = {0,   1,   7,    8,     63,    64,    65,   128,
                                     192, 199, 200,  207,   208,   255,   256,  320,
                                     511, 512, 4096, 16383, 16384, 16385, 24575};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        plant_bytes(whole, lengths[i]);
        footprint before = footprint_now();
        zinc_region *out = NEVER;
        verify(zinc_open(NAME, &out) == ZINC_E_CORRUPT);
        verify(out == NULL);
        out = NEVER;
        verify(zinc_create(NAME, 10, &out) == ZINC_E_EXIST);
        verify(out == NULL);
        zinc_participant rows[4] = {{.size = sizeof rows[0]}};
        uint64_t count = 0;
        verify(zinc_region_participants(NAME, rows, 4, &count, NULL) == ZINC_E_CORRUPT);
        verify_footprint(before);
    }
    plant_bytes(whole, sizeof whole);
    verify(zinc_open(NAME, &region) == ZINC_OK);
    zinc_close(region);
    plant_bytes(whole, 300);
    verify(zinc_region_replace(NAME, 10, NULL, &region, NULL) == ZINC_OK); /* mends it */
    zinc_close(region);
    plant_bytes(whole, 300);
    verify(zinc_region_remove(NAME, NULL) == ZINC_OK);
}

/* A short file under a region's name that never was a region stays, whatever is asked. */
static void short_file_of_somebody(void) {
    static const char note[] = "not a region";
    plant_bytes(note, sizeof note);
    zinc_region *out = NEVER;
    verify(zinc_open(NAME, &out) == ZINC_E_LAYOUT && out == NULL);
    verify(zinc_region_remove(NAME, NULL) == ZINC_E_LAYOUT);
    verify(zinc_gc(0, NULL, NULL, NULL, NULL) == ZINC_OK);
    char left[sizeof note];
    int file = open(path_of(FILE_NAME), O_RDONLY | O_CLOEXEC);
    verify(file >= 0 && read(file, left, sizeof left) == sizeof left);
    close(file);
    verify(memcmp(left, note, sizeof note) == 0);
    verify(unlink(path_of(FILE_NAME)) == 0);
}

/* What a file says about writers without a lock is nothing: a region that claims living rows is
 * dead. */
static void false_life(void) {
    zinc_region *region = created_with((zinc_region_options){.lifetime = 2, .rows = 4});
    for (int i = 0; i < 4; i++) {
        zinc__store32_relaxed(&region->bytes->rows[i].word, 1 | 7 << 8);
        region->bytes->rows[i].pid = (uint32_t)getpid();
    }
    zinc__header header = region->bytes->header;
    header.lifetime = ZINC_LIFETIME_AUTO;
    zinc__header_seal(&header);
    int file = open(path_of(FILE_NAME), O_RDWR | O_CLOEXEC);
    verify(pwrite(file, &header, 64, 0) == 64);
    close(file);
    zinc_close(region); /* as a persistent one, so the file stays */
    zinc_info info = {.size = sizeof info};
    verify(zinc_region_lookup(NAME, &info, NULL) == ZINC_OK);
    verify(info.participants_alive == 0 && info.participants_dead == 3);
    verify((info.flags & ZINC_INFO_RECLAIMABLE) != 0);
    verify(zinc_open(NAME, &region) == ZINC_E_NOENT);
    verify(cases_files(true) == 0);
}

/* ---- Bytes that change while they are used -------------------------------------------------- */

/* Any status may come out of a damaged region, but one that says something. */
static void sane(int32_t status) {
    verify(status <= 1 && strcmp(zinc_error_name(status), "ZINC_E_?") != 0);
}

static void use_all(zinc_region *region) {
    zinc_info info = {.size = sizeof info};
    zinc_participant rows[8] = {{.size = sizeof rows[0]}};
    uint64_t count = 0;
    uint8_t *bytes = NULL;
    void *context = NULL;
    size_t capacity = zinc_capacity(region);
    verify(capacity >= 8192 && capacity <= 1 << 20);
    verify(zinc_view_acquire(region, capacity - 1, 1, &bytes, &context) == ZINC_OK);
    bytes[0]++; /* inside the file, whatever the header says by now */
    zinc_view_release(bytes, context);
    sane(zinc_region_notify(region));
    sane(zinc_region_wait(region, 0, NULL));
    sane(zinc_region_info(region, &info));
    sane(zinc_region_lookup(NAME, &info, NULL));
    sane(zinc_region_participants(NAME, rows, 8, &count, NULL));
    sane(zinc_region_grow(region, 8192 + (size_t)(count % 7) * 1000));
    zinc_region *other = NULL;
    sane(zinc_open(NAME, &other));
    if (other != NULL) {
        size_t theirs = zinc_capacity(other);
        zinc_ptr(other)[theirs - 1]++;
        zinc_close(other);
    }
}

typedef struct flipper {
    _Atomic(bool) over;
    _Atomic(uint32_t) flips;
    uint32_t seed;
    uint32_t limit; /* of bytes that are flipped */
} flipper;

static uint32_t next_random(uint32_t *state) {
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

/* Another process, so that sanitizers do not take its stores for ours. */
static void flip_bits(void *context) {
    flipper *f = context;
    int file = open(path_of(FILE_NAME), O_RDWR | O_CLOEXEC);
    verify(file >= 0);
    unsigned char *bytes = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    verify(bytes != MAP_FAILED);
    unsigned char good[4096];
    memcpy(good, bytes, sizeof good);
    while (!f->over) {
        uint32_t bit = next_random(&f->seed) % (f->limit * 8);
        bytes[bit / 8] = (unsigned char)(bytes[bit / 8] ^ 1u << bit % 8);
        f->flips++;
        if (f->flips % 64 == 0) {
            memcpy(bytes, good, f->limit); /* so that opens succeed now and then */
            nap_ms(0);
        }
    }
    memcpy(bytes, good, f->limit);
}

/* Every bit of header, lines and rows, 100,000 times at random, while the region is used. */
static void header_flips(void) {
    long_step("bits are flipped under a user", 20);
    zinc_region *region =
        created_with((zinc_region_options){.lifetime = 2, .rows = 6, .max_capacity = 1 << 20});
    flipper *f = child_shared(sizeof *f);
    f->seed = (uint32_t)getpid();
    f->limit = 256 + 64 * 6;
    printf("  seed %u\n", f->seed);
    pid_t pid = child_start(flip_bits, f);
    int rounds = 0;
    while (f->flips < 100000 || rounds < 300) {
        use_all(region);
        rounds++;
    }
    f->over = true;
    verify(child_end(pid) == 0);
    zinc_close(region);
    verify(zinc_region_remove(NAME, NULL) == ZINC_OK);
}

static void flip_fields(void *context) {
    flipper *f = context;
    int file = open(path_of(FILE_NAME), O_RDWR | O_CLOEXEC);
    zinc__region_bytes *bytes = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    verify(bytes != MAP_FAILED);
    static const uint64_t capacities[] = {8192, 8193, 1 << 20, UINT64_MAX, 0, 500000, 8192};
    while (!f->over) {
        uint32_t r = next_random(&f->seed);
        zinc__store64_relaxed(&bytes->state.capacity, capacities[r % 7]);
        zinc__store32_relaxed(&bytes->state.row_hint, r * 65537u);
        zinc__store32_relaxed(&bytes->notify.sequence, r % 3 == 0 ? r : UINT32_MAX);
        zinc__store32_relaxed(&bytes->park.parked, r);
        zinc__store32_relaxed(&bytes->rows[r % 6].word, r * 2654435761u);
        zinc__store32_relaxed(&bytes->rows[r % 6].waits, r);
        f->flips++;
    }
    zinc__store64_relaxed(&bytes->state.capacity, 8192);
}

/* The fields that are read again and again jump between true and false values. */
static void header_toctou(void) {
    long_step("fields jump under a user", 20);
    zinc_region *region =
        created_with((zinc_region_options){.lifetime = 2, .rows = 6, .max_capacity = 1 << 20});
    flipper *f = child_shared(sizeof *f);
    f->seed = 1;
    pid_t pid = child_start(flip_fields, f);
    for (int i = 0; i < 1500; i++) {
        int64_t began = cases_now_ms();
        use_all(region);
        verify(cases_now_ms() - began <= 2000 + CASES_SLACK_MS);
    }
    f->over = true;
    verify(child_end(pid) == 0);
    zinc_close(region);
    verify(zinc_region_remove(NAME, NULL) == ZINC_OK);
}

/* ---- Files that are cut or punched ---------------------------------------------------------- */

static void touch_data(void *context) {
    volatile uint8_t *byte = context;
    signal(SIGBUS, SIG_DFL);
    byte[0] = 1;
}

/* A named file can be cut by whoever may write it: a touch behind its end is a SIGBUS, as
 * documented; the calls that look first answer GONE, and closing is safe. */
static void sigbus_named(void) {
    zinc_region *region = created_with((zinc_region_options){.max_capacity = 1 << 20});
    int file = open(path_of(FILE_NAME), O_RDWR | O_CLOEXEC);
    verify(ftruncate(file, 16384) == 0); /* the data goes, the header stays */
    verify((info_of(region).flags & ZINC_INFO_GONE) != 0);
    verify(zinc_region_grow(region, 20000) == ZINC_E_GONE);
    verify(child_end(child_start(touch_data, region->data)) == -SIGBUS);
    zinc_notify(region);
    verify(zinc_wait(region, 0) == ZINC_OK);
    zinc_region *out = NEVER;
    verify(zinc_open(NAME, &out) == ZINC_E_CORRUPT);
    verify(out == NULL);
    zinc_close(region);
    verify(cases_files(true) == 0);

    region = created_with((zinc_region_options){0});
    close(file);
    file = open(path_of(FILE_NAME), O_RDWR | O_CLOEXEC);
    verify(ftruncate(file, 0) == 0); /* header and all */
    close(file);
    verify((info_of(region).flags & ZINC_INFO_GONE) != 0 && info_of(region).capacity == 8192);
    verify(zinc_region_grow(region, 8192) == ZINC_OK && zinc_region_unlink(region) == ZINC_OK);
    zinc_close(region);
    verify(cases_files(true) == 0);
}

typedef struct cut_wait {
    zinc_region *region;
    _Atomic(bool) began;
    int32_t status;
} cut_wait;

static void *wait_until_cut(void *context) {
    cut_wait *w = context;
    w->began = true;
    do {
        w->status = zinc_region_wait(w->region, zinc_deadline_ns(INT64_C(10000000000)), NULL);
    } while (w->status == ZINC_E_INTR);
    return NULL;
}

/* A waiter that sleeps when its file is cut learns it at its next look, and is not ended by a
 * signal. */
static void cut_while_waiting(void) {
    if (getenv("ZINC_WAIT") != NULL) {
        return;
    }
    cut_wait w = {.region = created_with((zinc_region_options){0})};
    pthread_t thread;
    verify(pthread_create(&thread, NULL, wait_until_cut, &w) == 0);
    until(w.began);
    nap_ms(20); /* into its first sleep */
    while (info_of(w.region).waiters != 1) {
        nap_ms(1);
    }
    verify(truncate(path_of(FILE_NAME), 0) == 0);
    verify(pthread_join(thread, NULL) == 0);
    verify(w.status == ZINC_E_GONE);
    zinc_close(w.region);
}

/* Memory files are sealed: the same peer is refused. */
static void sigbus_memfd(void) {
    zinc_region *region = NULL;
    verify(zinc_region_create_private(NAME, 8192, NULL, &region, NULL) == ZINC_OK);
    int32_t file = -1;
    verify(zinc_region_descriptor(region, &file) == ZINC_OK);
    verify(ftruncate(file, 0) == -1 && errno == EPERM);
    verify(ftruncate(file, 16384) == -1 && errno == EPERM);
    verify(ftruncate(file, 1 << 20) == -1 && errno == EPERM); /* nor grown, without max_capacity */
    verify(fcntl(file, F_ADD_SEALS, F_SEAL_WRITE) == -1 && errno == EPERM);
    zinc_ptr(region)[8191] = 1;
    zinc_close(region);
    close(file);
}

/* A hole can be punched all the same: zeros, no signal, and handles that are in go on. */
static void punch_memfd(void) {
    zinc_region *region = NULL;
    zinc_region *other = NULL;
    zinc_region *late = NEVER;
    int32_t file = -1;
    verify(zinc_region_create_private(NAME, 8192, NULL, &region, NULL) == ZINC_OK);
    verify(zinc_region_descriptor(region, &file) == ZINC_OK);
    verify(zinc_region_attach(file, NULL, &other, NULL) == ZINC_OK);
    memset(zinc_ptr(region), 5, 8192);
    verify(fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 16384 + 8192) == 0);
    verify(zinc_ptr(region)[0] == 0 && zinc_ptr(other)[8191] == 0);
    verify(zinc_capacity(region) == 8192 && zinc_capacity(other) == 8192);
    verify(info_of(region).capacity == 8192);
    zinc_notify(region);
    verify(zinc_wait(other, 0) == ZINC_OK || zinc_wait(other, 0) == ZINC_E_TIMEDOUT);
    zinc_notify(other);
    verify(zinc_wait(other, 100) == ZINC_OK);
    verify(zinc_region_attach(file, NULL, &late, NULL) == ZINC_E_LAYOUT);
    verify(late == NULL);
    zinc_close(region);
    zinc_close(other);
    close(file);
}

/* A sealed one cannot even be punched. */
static void punch_sealed(void) {
    zinc_region *region = NULL;
    zinc_region_options options = {.size = sizeof options, .flags = ZINC_REGION_SEALED};
    verify(zinc_region_create_private(NAME, 8192, &options, &region, NULL) == ZINC_OK);
    memset(zinc_ptr(region), 5, 8192);
    char path[64];
    int32_t file = -1;
    verify(zinc_region_descriptor(region, &file) == ZINC_OK);
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    int writable = open(path, O_RDWR | O_CLOEXEC);
    if (writable >= 0) {
        verify(fallocate(writable, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 16384) == -1);
        close(writable);
    }
    verify(zinc_ptr(region)[0] == 5);
    close(file);
    zinc_close(region);
}

/* Directories in which locks and shared mappings do not work as here. */
static void foreign_fs(void) {
    static const char *const directories[] = {"/proc", "/sys", "/dev/pts", "/sys/kernel"};
    footprint before = footprint_now();
    for (size_t i = 0; i < sizeof directories / sizeof *directories; i++) {
        if (access(directories[i], R_OK) != 0) {
            continue;
        }
        setenv("ZINC_DIR", directories[i], 1);
        zinc_region *region = NEVER;
        zinc_error error;
        verify(zinc_region_create(NAME, 10, NULL, &region, &error) == ZINC_E_NOTSUP);
        verify(region == NULL && strstr(error.message, directories[i]) != NULL);
        verify(strstr(error.message, "tmpfs") != NULL);
        region = NEVER;
        verify(zinc_open(NAME, &region) == ZINC_E_NOTSUP);
        verify(region == NULL);
        verify(zinc_region_remove(NAME, NULL) == ZINC_E_NOTSUP);
        verify(zinc_gc(0, NULL, NULL, NULL, NULL) == ZINC_E_NOTSUP);
        zinc_list *list = (zinc_list *)&not_null;
        verify(zinc_list_begin(&list, NULL) == ZINC_E_NOTSUP);
        verify(list == NULL);
    }
    setenv("ZINC_DIR", cases_directory, 1);
    verify_footprint(before);
}

/* Random bytes under the name, with and without a header that passes. */
static void random_files(void) {
    long_step("2,000 random files", 10);
    uint32_t seed = (uint32_t)getpid();
    printf("  seed %u\n", seed);
    static unsigned char bytes[20000];
    zinc_region *region = created_with((zinc_region_options){.lifetime = 2, .rows = 4});
    zinc__header good = region->bytes->header;
    zinc_close(region);
    verify(zinc_region_remove(NAME, NULL) == ZINC_OK);
    footprint before = footprint_now();
    for (int i = 0; i < 2000; i++) {
        size_t size = next_random(&seed) % sizeof bytes;
        for (size_t j = 0; j < size; j++) {
            bytes[j] = (unsigned char)next_random(&seed);
        }
        if (i % 2 == 0 && size >= 64) {
            zinc__header header = good;
            ((unsigned char *)&header)[8 + next_random(&seed) % 52] =
                (unsigned char)next_random(&seed);
            zinc__header_seal(&header);
            memcpy(bytes, &header, 64);
        }
        plant_bytes(bytes, size);
        zinc_info info = {.size = sizeof info};
        sane(zinc_region_lookup(NAME, &info, NULL));
        region = NULL;
        int32_t status = zinc_open(NAME, &region);
        sane(status);
        verify((status == ZINC_OK) == (region != NULL));
        zinc_close(region);
        unlink(path_of(FILE_NAME));
    }
    verify_footprint(before);
}

static const test_case cases[] = {
    {"open.fifo", planted_fifo},
    {"open.symlink", planted_symlink},
    {"open.directory", planted_directory},
    {"open.socket", planted_socket},
    {"open.empty_file", planted_empty},
    {"open.bad_magic", planted_bad_magic},
    {"open.o_creat_absent", planted_nothing},
    {"open.foreign_uid", foreign_uid},
    {"open.truncated_file", truncated_file},
    {"open.short_file_of_somebody", short_file_of_somebody},
    {"open.wrong_fields", wrong_fields},
    {"open.wrong_bits", wrong_bits},
    {"open.wrong_lines", wrong_lines},
    {"open.false_life", false_life},
    {"open.random_files", random_files},
    {"sticky.other_uid", sticky},
    {"foreign_fs", foreign_fs},
    {"hdr.flip", header_flips},
    {"hdr.toctou", header_toctou},
    {"sigbus.named", sigbus_named},
    {"sigbus.while_waiting", cut_while_waiting},
    {"sigbus.memfd", sigbus_memfd},
    {"punch.memfd", punch_memfd},
    {"punch.sealed", punch_sealed},
};

int main(int argc, char **argv) {
    return cases_main(argc, argv, cases, CASES_COUNT(cases));
}
