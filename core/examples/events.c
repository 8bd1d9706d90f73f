/* SPDX-License-Identifier: MIT */
/* Waiting in an event loop: two regions, one queue, one descriptor for poll(). */
#include <poll.h>
#include <stdio.h>

#include <zinc.h>

static int run(zinc_region *left, zinc_region *right) {
    int seen = 0;
    /* [section:events] */
    zinc_events *queue = NULL;
    if (zinc_events_create(&queue) != ZINC_OK) {
        return 1;
    }
    int32_t descriptor = -1;
    zinc_events_fd(queue, &descriptor);
    zinc_events_wait(queue, left, 1, ZINC_FOREVER);
    zinc_events_wait(queue, right, 2, zinc_deadline_ns(50 * 1000000));

    struct pollfd watched = {.fd = descriptor, .events = POLLIN};
    while (seen < 2 && poll(&watched, 1, 5000) == 1) {
        zinc_event done[8];
        int32_t count = zinc_events_drain(queue, done, 8);
        for (int32_t i = 0; i < count; i++) {
            printf("token %d: %s\n", (int)done[i].token, zinc_strerror(done[i].status));
            seen++;
        }
    }
    zinc_events_destroy(queue);
    /* [end:events] */
    return seen == 2 ? 0 : 1;
}

int main(void) {
    zinc_region *left = NULL;
    zinc_region *right = NULL;
    if (zinc_create("events-left", 64, &left) != ZINC_OK ||
        zinc_create("events-right", 64, &right) != ZINC_OK) {
        return 1;
    }
    zinc_notify(left);
    int failed = run(left, right);
    zinc_close(left);
    zinc_close(right);
    return failed;
}
