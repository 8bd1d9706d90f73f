/* SPDX-License-Identifier: MIT */
/* Notifications by the thousand million: a handle that has not waited for so long that the
 * difference to its cursor is negative, and the sequence's end. */
#define _GNU_SOURCE
#include <zinc.h>

#include "child.h"
#include "region/handle.h"

static void sequence_set(zinc_region *region, uint32_t value) {
    zinc__store32_ordered(&region->bytes->notify.sequence, value);
}

static uint32_t sequence_of(zinc_region *region) {
    return zinc__load32_ordered(&region->bytes->notify.sequence);
}

static void one_wait_sees_all(void) {
    static const uint32_t missed[] = {1,          2,          0x7fffffff, 0x80000000,
                                      0x80000001, 0x90000000, 0xfffffffe, 0xffffffff};
    zinc_region *region = NULL;
    zinc_region *other = NULL;
    verify(zinc_create("long", 100, &region) == ZINC_OK);
    verify(zinc_open("long", &other) == ZINC_OK);
    for (size_t i = 0; i < sizeof missed / sizeof missed[0]; i++) {
        sequence_set(region, sequence_of(region) + missed[i]);
        verify(zinc_wait(other, 0) == ZINC_OK);
        verify(zinc_wait(other, 0) == ZINC_E_TIMEDOUT); /* seen, however many they were */
        zinc_notify(region);
        verify(zinc_wait(other, 0) == ZINC_OK);
        verify(zinc_wait(other, 0) == ZINC_E_TIMEDOUT);
    }
    zinc_close(other);
    zinc_close(region);
}

static void completes_once(zinc_events *queue, zinc_region *region, int32_t status) {
    zinc_event event = {.token = 0};
    verify(zinc_events_wait(queue, region, 7, zinc_deadline_ns(1000000)) == ZINC_OK);
    verify(zinc_events_next(queue, &event, 1, zinc_deadline_ns(INT64_C(5000000000))) == 1);
    verify(event.token == 7 && event.status == status);
}

static void one_event_sees_all(void) {
    zinc_region *region = NULL;
    zinc_events *queue = NULL;
    verify(zinc_create("long", 100, &region) == ZINC_OK);
    verify(zinc_events_create(&queue) == ZINC_OK);
    step("behind when it begins");
    sequence_set(region, 0x90000000);
    completes_once(queue, region, ZINC_OK);
    completes_once(queue, region, ZINC_E_TIMEDOUT);
    step("while it is pending");
    zinc_event event = {.token = 0};
    verify(zinc_events_wait(queue, region, 8, ZINC_FOREVER) == ZINC_OK);
    sequence_set(region, 0x20000000 - 1);
    zinc_notify(region);
    verify(zinc_events_next(queue, &event, 1, zinc_deadline_ns(INT64_C(5000000000))) == 1);
    verify(event.token == 8 && event.status == ZINC_OK);
    /* What the helper saw first may have been the step before the notification. */
    (void)zinc_wait(region, 0);
    verify(zinc_wait(region, 0) == ZINC_E_TIMEDOUT);
    completes_once(queue, region, ZINC_E_TIMEDOUT);
    zinc_events_destroy(queue);
    zinc_close(region);
}

static void sequence_ends(void) {
    zinc_region *region = NULL;
    verify(zinc_create("end", 100, &region) == ZINC_OK);
    sequence_set(region, 0xfffffffe);
    verify(zinc_wait(region, 0) == ZINC_OK);
    zinc_notify(region);
    verify(sequence_of(region) == 0xffffffff && zinc_wait(region, 0) == ZINC_OK);
    zinc_notify(region);
    verify(sequence_of(region) == 1); /* 0 says that nobody has ever notified */
    verify(zinc_wait(region, 0) == ZINC_OK && zinc_wait(region, 0) == ZINC_E_TIMEDOUT);
    zinc_close(region);
}

static const test_case cases[] = {
    {"one-wait-sees-any-number-of-notifications", one_wait_sees_all},
    {"one-event-sees-any-number-of-notifications", one_event_sees_all},
    {"the-sequence-skips-0-at-its-end", sequence_ends},
};

int main(int argc, char **argv) {
    return cases_main_backends(argc, argv, cases, CASES_COUNT(cases));
}
