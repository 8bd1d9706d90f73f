/* SPDX-License-Identifier: MIT */
/* A camera that needs no hardware: it takes pictures of a scene that moves, and puts them into a
 * region at a steady rate.
 *
 *     camera NAME [RATE]        until it is stopped; 30 pictures a second unless given
 *     camera --picture NUMBER   writes the pixels of one picture to standard output */
#define _POSIX_C_SOURCE 200809L

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <zinc.h>

#include "frames.h"

enum { WIDTH = 320, HEIGHT = 240, SLOTS = 4, DISC = 36 };

static volatile sig_atomic_t stopped;

static void on_stop(int signal) {
    (void)signal;
    stopped = 1;
}

/* To and fro between 0 and `most`. */
static int swing(uint64_t at, int most) {
    int place = (int)(at % (2 * (uint64_t)most));
    return place < most ? place : 2 * most - place;
}

/* The noise of a sensor, -8 to 7. */
static int noise(uint64_t number, int x, int y) {
    uint64_t mixed =
        (number << 32 | (uint64_t)y << 16 | (uint64_t)x) * UINT64_C(0x9E3779B97F4A7C15);
    return (int)(mixed >> 60) - 8;
}

static uint8_t level(int value) {
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

/* The picture of this number: always the same one. */
static void take(uint64_t number, uint8_t *pixels) {
    int disc_x = DISC + swing(3 * number, WIDTH - 2 * DISC);
    int disc_y = DISC + swing(2 * number, HEIGHT - 2 * DISC);
    for (int y = 0; y < HEIGHT; y++) {
        for (int x = 0; x < WIDTH; x++) {
            uint8_t *pixel = pixels + 4 * (y * WIDTH + x);
            int away = (x - disc_x) * (x - disc_x) + (y - disc_y) * (y - disc_y);
            int square = (x / 40 + (y + (int)(number % 80)) / 40) % 2;
            int grain = noise(number, x, y);
            int sun = away < DISC * DISC;
            pixel[0] = level((sun ? 250 : 40 + 100 * x / WIDTH + 60 * square) + grain);
            pixel[1] = level((sun ? 210 : 50 + 60 * square) + grain);
            pixel[2] = level((sun ? 90 : 190 - 120 * y / HEIGHT) + grain);
            pixel[3] = 255;
        }
    }
}

static int64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* [section:publish] */
static void publish(zinc_region *region, uint64_t number) {
    frames_header *header = (frames_header *)zinc_ptr(region);
    size_t slot_bytes = sizeof(frames_slot) + (size_t)4 * WIDTH * HEIGHT;
    frames_slot *slot =
        (frames_slot *)(zinc_ptr(region) + sizeof *header + number % SLOTS * slot_bytes);

    atomic_store_explicit(&slot->number, 0, memory_order_relaxed);
    atomic_thread_fence(memory_order_release); /* nobody takes new pixels for the old picture */
    take(number, slot->pixels);
    slot->taken_ns = now_ns();
    atomic_store_explicit(&slot->number, number, memory_order_release);
    atomic_store_explicit(&header->newest, number, memory_order_release);
    zinc_notify(region);
}
/* [end:publish] */

static int run(const char *name, double rate) {
    /* [section:create] */
    size_t size =
        sizeof(frames_header) + SLOTS * (sizeof(frames_slot) + (size_t)4 * WIDTH * HEIGHT);
    zinc_region *region = NULL;
    zinc_error error;
    if (zinc_region_replace(name, size, NULL, &region, &error) != ZINC_OK) {
        fprintf(stderr, "camera: %s\n", error.message);
        return 1;
    }
    frames_header *header = (frames_header *)zinc_ptr(region);
    header->width = WIDTH;
    header->height = HEIGHT;
    header->slots = SLOTS;
    /* [end:create] */
    int64_t next = now_ns();
    for (uint64_t number = 1; !stopped; number++) {
        publish(region, number);
        next += (int64_t)(1e9 / rate);
        struct timespec until = {next / 1000000000, next % 1000000000};
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
    }
    zinc_close(region);
    return 0;
}

int main(int argc, char **argv) {
    if (argc == 3 && strcmp(argv[1], "--picture") == 0) {
        static uint8_t pixels[4 * WIDTH * HEIGHT];
        take(strtoull(argv[2], NULL, 10), pixels);
        return fwrite(pixels, sizeof pixels, 1, stdout) == 1 ? 0 : 1;
    }
    double rate = argc == 3 ? atof(argv[2]) : 30;
    if (argc < 2 || argc > 3 || !(rate >= 1 && rate <= 1000)) {
        fprintf(stderr, "usage: camera NAME [RATE] | camera --picture NUMBER\n");
        return 2;
    }
    struct sigaction stop;
    memset(&stop, 0, sizeof stop);
    stop.sa_handler = on_stop;
    sigaction(SIGINT, &stop, NULL);
    sigaction(SIGTERM, &stop, NULL);
    return run(argv[1], rate);
}
