/* SPDX-License-Identifier: MIT */
/* The program `peer` of adapters/scenarios/README.md, in C: one side of one scenario. */
#define _POSIX_C_SOURCE 200809L

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <zinc.h>

#include "proof.h"

enum { PATIENCE_MS = 10000 };

static void expect(bool as_stated, const char *what) {
    if (!as_stated) {
        fprintf(stderr, "peer (C): %s\n", what);
        exit(1);
    }
}

static void say(const char *line) {
    puts(line);
    fflush(stdout); /* the other side is started, or killed, by what it reads here */
}

static zinc_region *create(const char *name, size_t capacity, const zinc_region_options *options) {
    zinc_region *region = NULL;
    zinc_error error;
    expect(zinc_region_create(name, capacity, options, &region, &error) == ZINC_OK, error.message);
    return region;
}

static zinc_region *open_region(const char *name) {
    zinc_region *region = NULL;
    zinc_error error;
    expect(zinc_region_open(name, NULL, &region, &error) == ZINC_OK, error.message);
    return region;
}

static void wait_for_notification(zinc_region *region) {
    int32_t status = zinc_wait(region, PATIENCE_MS);
    expect(status == ZINC_OK, zinc_strerror(status));
}

/* A handle sees its own notification, too: so that the next wait is for the other side's. */
static void notify_and_take(zinc_region *region) {
    zinc_notify(region);
    expect(zinc_wait(region, 0) == ZINC_OK, "a handle does not see its own notification");
}

/* Waits, again and again, until another process has stored `value` in a byte. */
static void wait_for_byte(zinc_region *region, const uint8_t *byte, uint8_t value) {
    while (*byte != value) {
        wait_for_notification(region);
    }
}

static void prove(zinc_region *region, const uint8_t *view) {
    uintptr_t address = (uintptr_t)view;
    mapping found = find_mapping(address);
    char line[160];
    snprintf(line, sizeof line,
             "proof %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64,
             (uint64_t)(uintptr_t)zinc_ptr(region), (uint64_t)address, found.device, found.inode,
             found.offset, find_frame(address));
    say(line);
}

/* ---- relay ----------------------------------------------------------------------------------- */

enum { RELAY_BYTES = 4096 };

static uint8_t relay_byte(int i) {
    return (uint8_t)(7 * i + 3);
}

static void relay_first(const char *name) {
    zinc_region *region = create(name, RELAY_BYTES, NULL);
    uint8_t *bytes = zinc_ptr(region);
    for (int i = 0; i < RELAY_BYTES; i++) {
        bytes[i] = relay_byte(i);
    }
    notify_and_take(region);
    prove(region, bytes);
    say("ready");
    wait_for_notification(region);
    for (int i = 0; i < RELAY_BYTES; i++) {
        expect(bytes[i] == 255 - relay_byte(i), "a byte of the answer is not as stated");
    }
    zinc_close(region);
}

static void relay_second(const char *name) {
    zinc_region *region = open_region(name);
    uint8_t *bytes = zinc_ptr(region);
    prove(region, bytes);
    wait_for_notification(region); /* a fresh handle sees the last notification */
    for (int i = 0; i < RELAY_BYTES; i++) {
        expect(bytes[i] == relay_byte(i), "a byte is not as stated");
        bytes[i] = (uint8_t)(255 - bytes[i]);
    }
    zinc_notify(region);
    zinc_close(region);
}

/* ---- tensor ---------------------------------------------------------------------------------- */

enum { TENSOR_BYTES = 65536, ELEMENTS = 4 * 3 * 32 * 32, RECORD_OFFSET = 49152 };

typedef struct record { /* 48 bytes, as the scenario places them */
    int8_t i8;
    uint8_t u8;
    int16_t i16;
    uint16_t u16;
    uint8_t gap[2];
    int32_t i32;
    uint32_t u32;
    int64_t i64;
    uint64_t u64;
    float f32;
    uint8_t yes;
    uint8_t end[3];
    double f64;
} record;

static const record STATED = {-100,
                              200,
                              -30000,
                              60000,
                              {0, 0},
                              -2000000000,
                              UINT32_C(4000000000),
                              -INT64_C(9007199254740993),
                              UINT64_C(18446744073709551557),
                              0.1F,
                              1,
                              {0, 0, 0},
                              0.1};

static record turned(record from) {
    from.i8 = (int8_t)~from.i8;
    from.u8 = (uint8_t)~from.u8;
    from.i16 = (int16_t)~from.i16;
    from.u16 = (uint16_t)~from.u16;
    from.i32 = ~from.i32;
    from.u32 = ~from.u32;
    from.i64 = ~from.i64;
    from.u64 = ~from.u64;
    from.yes = 0;
    from.f32 = -from.f32;
    from.f64 = -from.f64;
    return from;
}

static void say_sum(const float *elements) {
    double sum = 0;
    for (int k = 0; k < ELEMENTS; k++) {
        sum += (double)elements[k];
    }
    expect(sum == floor(sum), "the sum is no whole number");
    char line[64];
    snprintf(line, sizeof line, "sum %.0f", sum);
    say(line);
}

static void tensor_first(const char *name) {
    zinc_region *region = create(name, TENSOR_BYTES, NULL);
    uint8_t *bytes = zinc_ptr(region);
    float *elements = (float *)(void *)bytes;
    record *fields = (record *)(void *)(bytes + RECORD_OFFSET);
    for (int k = 0; k < ELEMENTS; k++) {
        elements[k] = 0.25F * (float)k - 100;
    }
    *fields = STATED;
    notify_and_take(region);
    prove(region, bytes);
    say("ready");
    wait_for_notification(region);
    say_sum(elements);
    const record answer = turned(STATED);
    expect(memcmp(fields, &answer, sizeof answer) == 0, "the record is not as stated");
    zinc_close(region);
}

static void tensor_second(const char *name) {
    zinc_region *region = open_region(name);
    uint8_t *bytes = zinc_ptr(region);
    float *elements = (float *)(void *)bytes;
    record *fields = (record *)(void *)(bytes + RECORD_OFFSET);
    prove(region, bytes);
    wait_for_notification(region);
    say_sum(elements);
    expect(memcmp(fields, &STATED, sizeof STATED) == 0, "the record is not as stated");
    for (int k = 0; k < ELEMENTS; k++) {
        elements[k] += 1;
    }
    *fields = turned(*fields);
    zinc_notify(region);
    zinc_close(region);
}

/* ---- grow ------------------------------------------------------------------------------------ */

enum { GROW_FROM = 4096, GROW_TO = 1048576 };

static void grow_first(const char *name) {
    zinc_region_options options = {.size = sizeof options, .max_capacity = GROW_TO};
    zinc_region *region = create(name, GROW_FROM, &options);
    uint8_t *bytes = zinc_ptr(region);
    bytes[0] = 1;
    prove(region, bytes);
    say("ready");
    wait_for_byte(region, &bytes[2], 1);
    expect(zinc_region_grow(region, GROW_TO) == ZINC_OK, "it does not grow");
    bytes = zinc_ptr(region);
    bytes[GROW_TO - 1] = 77;
    bytes[0] = 2;
    zinc_notify(region);
    wait_for_byte(region, &bytes[1], 3);
    expect(bytes[GROW_TO - 2] == 78, "the last byte but one is not 78");
    zinc_close(region);
}

static void say_capacity(zinc_region *region) {
    char line[64];
    snprintf(line, sizeof line, "capacity %zu", zinc_capacity(region));
    say(line);
}

static void grow_second(const char *name) {
    zinc_region *region = open_region(name);
    uint8_t *bytes = zinc_ptr(region);
    prove(region, bytes);
    say_capacity(region);
    bytes[2] = 1;
    zinc_notify(region);
    wait_for_byte(region, &bytes[0], 2);
    uint8_t *whole = zinc_ptr(region); /* in C the same address: no pointer moves */
    say_capacity(region);
    expect(whole[GROW_TO - 1] == 77, "the last byte is not 77");
    whole[GROW_TO - 2] = 78;
    bytes[1] = 3;
    zinc_notify(region);
    zinc_close(region);
}

/* ---- death ----------------------------------------------------------------------------------- */

static void death_first(const char *name) {
    zinc_region *region = create(name, 4096, NULL);
    uint8_t *bytes = zinc_ptr(region);
    bytes[0] = 42;
    zinc_notify(region);
    prove(region, bytes);
    say("ready");
    for (;;) {
        wait_for_notification(region);
    }
}

static bool creator_alive(zinc_region *region) {
    zinc_info info = {.size = sizeof info};
    expect(zinc_region_info(region, &info) == ZINC_OK, "the region does not tell its facts");
    return (info.flags & ZINC_INFO_CREATOR_ALIVE) != 0;
}

static void death_second(const char *name) {
    zinc_region *region = open_region(name);
    uint8_t *bytes = zinc_ptr(region);
    prove(region, bytes);
    wait_for_notification(region);
    expect(bytes[0] == 42, "byte 0 is not 42");
    expect(creator_alive(region), "the creator counts as dead while it lives");
    say("alive");
    int64_t deadline = zinc_deadline_ns(PATIENCE_MS * INT64_C(1000000));
    while (creator_alive(region)) {
        expect(zinc_clock_ns() < deadline, "the creator counts as alive for too long");
        int32_t status = zinc_wait(region, 50);
        expect(status == ZINC_OK || status == ZINC_E_TIMEDOUT, zinc_strerror(status));
    }
    expect(bytes[0] == 42, "byte 0 is not 42 any more");
    say("dead");
    zinc_close(region); /* the last participant: the name goes */
    expect(zinc_region_open(name, NULL, &region, NULL) == ZINC_E_NOENT, "the name is still there");
    say("gone");
    region = create(name, 8192, NULL);
    bytes = zinc_ptr(region);
    for (int i = 0; i < 8192; i++) {
        expect(bytes[i] == 0, "a byte of the new region is not 0");
    }
    say("again");
    zinc_close(region);
}

int main(int argc, char **argv) {
    static const struct {
        const char *scenario;
        const char *role;
        void (*play)(const char *name);
    } parts[] = {{"relay", "first", relay_first},   {"relay", "second", relay_second},
                 {"tensor", "first", tensor_first}, {"tensor", "second", tensor_second},
                 {"grow", "first", grow_first},     {"grow", "second", grow_second},
                 {"death", "first", death_first},   {"death", "second", death_second}};
    for (size_t i = 0; argc == 4 && i < sizeof parts / sizeof parts[0]; i++) {
        if (strcmp(argv[1], parts[i].scenario) == 0 && strcmp(argv[2], parts[i].role) == 0) {
            parts[i].play(argv[3]);
            say("done");
            return 0;
        }
    }
    fprintf(stderr, "peer (C): usage: peer relay|tensor|grow|death first|second NAME\n");
    return 1;
}
