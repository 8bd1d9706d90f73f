/* SPDX-License-Identifier: MIT */
/* Rows: who has one, and who of their owners is dead. */
#define _GNU_SOURCE
#include <zinc.h>

#include <pthread.h>

#include "base/participant.h"
#include "child.h"
#include "region/handle.h"

static zinc_region *created(const char *name, uint32_t rows) {
    zinc_region *region = NULL;
    zinc_region_options options = {.size = sizeof options, .rows = rows};
    verify(zinc_region_create(name, 64, &options, &region, NULL) == ZINC_OK);
    return region;
}

static zinc_region *opened(const char *name) {
    zinc_region *region = NULL;
    verify(zinc_open(name, &region) == ZINC_OK);
    return region;
}

static uint32_t row_of(const zinc_region *region) {
    return region->participant.owner.row;
}

static uint32_t generation_of(const zinc_region *region) {
    return region->participant.owner.generation;
}

static bool dead(const zinc_region *region, uint32_t row, uint32_t generation) {
    return zinc__participant_dead(&region->participant,
                                  (zinc__owner){.row = row, .generation = generation});
}

static zinc_info info_of(zinc_region *region) {
    zinc_info info = {.size = sizeof info};
    verify(zinc_region_info(region, &info) == ZINC_OK);
    return info;
}

/* Rows are handed out in turn, so that a row that was given back is not the next to be taken. */
static void in_turn(void) {
    zinc_region *first = created("turn", 4);
    verify(row_of(first) == 1);
    /* Where it is row 1's turn, which is taken, the next one gets it. */
    static const uint32_t expected[] = {2, 3, 4, 2, 2, 3, 4, 2, 2, 3};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        zinc_region *next = opened("turn");
        verify(row_of(next) == expected[i]);
        zinc_close(next);
    }
    zinc_close(first);
}

/* Every take of a row advances its generation. */
static void generations(void) {
    zinc_region *first = created("generations", 2);
    verify(row_of(first) == 1 && generation_of(first) == 1);
    for (uint32_t generation = 1; generation <= 50; generation++) {
        zinc_region *second = opened("generations");
        verify(row_of(second) == 2);
        verify(generation_of(second) == generation);
        if (generation > 1) {
            verify(dead(first, 2, generation - 1));
        }
        verify(!dead(first, 2, generation));
        zinc_close(second);
        verify(dead(first, 2, generation));
    }
    zinc_close(first);
}

static void nobody(void) {
    zinc_region *region = created("nobody", 4);
    verify(!dead(region, 0, 0)); /* nobody is not dead */
    verify(!dead(region, 0, 7));
    verify(!dead(region, 5, 1)); /* no such row */
    verify(!dead(region, 1023, 1));
    verify(!dead(region, UINT32_MAX, 1));
    verify(dead(region, 3, 1)); /* a row that nobody has had: whoever says so is gone */
    zinc_close(region);
}

/* The probe through one's own description answers "free": one's own row must not be probed. */
static void own_row(void) {
    zinc_region *region = created("own", 2);
    uint32_t where = 0;
    enum zinc__os_lock_kind kind = ZINC__OS_LOCK_WRITE;
    verify(zinc__os_lock_probe(region->participant.lock_file, ZINC__LOCK_ROW + row_of(region), 1,
                               ZINC__OS_LOCK_READ, &kind, &where) == ZINC_OK);
    verify(kind == ZINC__OS_UNLOCK);
    verify(!dead(region, row_of(region), generation_of(region)));
    verify(dead(region, row_of(region), generation_of(region) + 1));
    verify(info_of(region).participants_alive == 1);
    verify(info_of(region).participants_dead == 0);
    /* Another handle of the same process sees it alive too, by its lock. */
    zinc_region *other = opened("own");
    verify(!dead(other, row_of(region), generation_of(region)));
    verify(info_of(other).participants_alive == 2);
    zinc_close(other);
    zinc_close(region);
}

typedef struct killed {
    _Atomic(uint32_t) row;
    _Atomic(uint32_t) generation;
} killed;

static void hold(void *context) {
    killed *mine = context;
    zinc_region *region = opened("killed");
    mine->generation = generation_of(region);
    mine->row = row_of(region);
    child_forever();
}

static void killed_owner(void) {
    killed *one = child_shared(sizeof *one);
    zinc_region *region = created("killed", 3);
    pid_t pid = child_start(hold, one);
    until(one->row != 0);
    verify(one->row == 2 && one->generation == 1);
    verify(!dead(region, 2, 1));
    verify(info_of(region).participants_alive == 2);
    verify(child_kill(pid) == -SIGKILL);
    verify(dead(region, 2, 1));
    zinc_info info = info_of(region);
    verify(info.participants_alive == 1 && info.participants_dead == 1);

    /* Its row is taken again; nothing of the new owner's is taken for the dead one's. */
    zinc_region *third = opened("killed");
    zinc_region *second = opened("killed");
    zinc_region *heir = row_of(second) == 2 ? second : third;
    verify(row_of(heir) == 2 && generation_of(heir) == 2);
    verify(dead(region, 2, 1));
    verify(!dead(region, 2, 2));
    info = info_of(region);
    verify(info.participants_alive == 3 && info.participants_dead == 0);
    zinc_close(second);
    zinc_close(third);
    zinc_close(region);
}

/* A zombie has ended: its parent has only not looked yet. */
static void zombie(void) {
    killed *one = child_shared(sizeof *one);
    zinc_region *region = created("killed", 3);
    pid_t pid = child_start(hold, one);
    until(one->row != 0);
    verify(kill(pid, SIGKILL) == 0);
    siginfo_t ended;
    verify(waitid(P_PID, (id_t)pid, &ended, WEXITED | WNOWAIT) == 0);
    verify(kill(pid, 0) == 0); /* the pid is still there */
    verify(dead(region, 2, 1));
    verify(info_of(region).participants_dead == 1);
    verify(child_end(pid) == -SIGKILL);
    zinc_close(region);
}

static void stopped(void) {
    killed *one = child_shared(sizeof *one);
    zinc_region *region = created("killed", 3);
    pid_t pid = child_start(hold, one);
    until(one->row != 0);
    verify(kill(pid, SIGSTOP) == 0);
    verify(child_stopped(pid));
    verify(!dead(region, 2, 1)); /* a stopped process is alive */
    verify(info_of(region).participants_alive == 2);
    verify(child_kill(pid) == -SIGKILL);
    zinc_close(region);
}

static void full(void) {
    zinc_region *handles[3];
    handles[0] = created("full", 3);
    handles[1] = opened("full");
    handles[2] = opened("full");
    footprint before = footprint_now();
    zinc_region *more = (zinc_region *)handles;
    zinc_error error;
    verify(zinc_region_open("full", NULL, &more, &error) == ZINC_E_USERS);
    verify(more == NULL);
    verify(strstr(error.message, "3 participant rows") != NULL);
    verify_footprint(before);
    /* Readers need no row. */
    zinc_region_options reader = {.size = sizeof reader, .flags = ZINC_REGION_READ_ONLY};
    verify(zinc_region_open("full", &reader, &more, NULL) == ZINC_OK);
    verify(row_of(more) == 0);
    zinc_close(more);
    zinc_close(handles[1]);
    verify(zinc_open("full", &more) == ZINC_OK);
    verify(row_of(more) == 2);
    zinc_close(more);
    zinc_close(handles[2]);
    zinc_close(handles[0]);
}

static void all_rows(void) {
    static zinc_region *handles[1023];
    long_step("open 1,023 handles", 10);
    handles[0] = created("many", 1023);
    for (uint32_t i = 1; i < 1023; i++) {
        handles[i] = opened("many");
        verify(row_of(handles[i]) == i + 1);
    }
    zinc_region *more = NULL;
    verify(zinc_open("many", &more) == ZINC_E_USERS);
    verify(info_of(handles[0]).participants_alive == 1023);
    for (uint32_t i = 0; i < 1023; i++) {
        zinc_close(handles[i]);
    }
}

static uint64_t words_left;

static uint64_t walk(void *context, uint32_t row) {
    verify(context == &words_left);
    verify(row == 1);
    return words_left;
}

/* A participant of its own on the file of a region, so that the end of a row's generations can be
 * arranged. */
static void generation_end(void) {
    zinc_region *region = created("end", 2);
    zinc__participant second = region->participant;
    second.owner = (zinc__owner){.row = 0, .generation = 0};
    zinc__row *row = &region->bytes->rows[1];
    verify(zinc__lock_file_reopen(region->participant.lock_file, true, &second.lock_file) ==
           ZINC_OK);
    zinc__store32_relaxed(&row->word, zinc__row_word(ZINC__ROW_FREE, ZINC__GENERATION_MAX - 1));
    verify(zinc__participant_join(&second) == ZINC_OK);
    verify(second.owner.row == 2 && second.owner.generation == 262143);
    verify(!dead(region, 2, 262143));
    zinc__participant_leave(&second);
    verify(dead(region, 2, 262143));
    /* Nothing in the region can name an owner: the pass over it is empty, and 1 follows. */
    verify(zinc__participant_join(&second) == ZINC_OK);
    verify(second.owner.row == 2 && second.owner.generation == 1);
    zinc__participant_leave(&second);
    zinc__lock_file_close(second.lock_file);
    zinc_close(region);
}

static void retired(void) {
    zinc_region *region = created("retired", 2);
    zinc__participant again = region->participant;
    again.owner = (zinc__owner){.row = 0, .generation = 0};
    again.rows = 1;
    again.walk = walk;
    again.walk_context = &words_left;
    zinc_region *reader = NULL;
    zinc_region_options options = {.size = sizeof options, .flags = ZINC_REGION_READ_ONLY};
    verify(zinc_region_open("retired", &options, &reader, NULL) == ZINC_OK);
    zinc__participant_leave(&region->participant); /* row 1 is free, its handle has none now */
    zinc__row *row = &region->bytes->rows[0];
    zinc__store32_relaxed(&row->word, zinc__row_word(ZINC__ROW_USED, ZINC__GENERATION_MAX));
    words_left = 2; /* words of earlier owners still stand in the region */
    verify(zinc__participant_join(&again) == ZINC_E_USERS);
    uint32_t word = zinc__load32_relaxed(&row->word);
    verify(zinc__row_state(word) == ZINC__ROW_RETIRED);
    verify(zinc__row_generation(word) == ZINC__GENERATION_MAX);
    verify(dead(region, 1, ZINC__GENERATION_MAX)); /* so that they can be recovered */
    verify(zinc__participant_join(&again) == ZINC_E_USERS);
    words_left = 0;
    verify(zinc__participant_join(&again) == ZINC_OK);
    verify(again.owner.row == 1 && again.owner.generation == 1);
    zinc__participant_leave(&again);
    zinc_close(reader);
    zinc_close(region);
}

/* What people see of a row. */
static void facts(void) {
    zinc_region *region = created("facts", 4);
    zinc_participant list[4] = {{.size = sizeof list[0]}};
    uint64_t count = 99;
    verify(zinc_region_participants("facts", list, 4, &count, NULL) == ZINC_OK);
    verify(count == 1);
    verify(list[0].row == 1 && list[0].generation == 1 && list[0].alive == 1);
    verify(list[0].creator == 1 && list[0].pid == (uint32_t)getpid());
    verify(list[0].same_namespace == 1 && list[0].waits == 0);
    verify(list[0].started_ticks > 0);
    char name[16] = ""; /* as the system knows this program, whatever the build called it */
    FILE *comm = fopen("/proc/self/comm", "r");
    verify(comm != NULL && fscanf(comm, "%15[^\n]", name) == 1);
    (void)fclose(comm);
    verify(strncmp(list[0].program, name, strlen(name)) == 0);
    zinc_region *second = opened("facts");
    list[0].size = sizeof list[0];
    verify(zinc_region_participants("facts", list, 4, &count, NULL) == ZINC_OK);
    verify(count == 2 && list[1].row == 2 && list[1].creator == 0);
    list[0].size = sizeof list[0];
    verify(zinc_region_participants("facts", list, 1, &count, NULL) == ZINC_OK);
    verify(count == 2); /* also those that had no room */
    zinc_close(second);
    verify(zinc_region_participants("facts", NULL, 0, &count, NULL) == ZINC_OK);
    verify(count == 1);
    list[0].size = 3;
    verify(zinc_region_participants("facts", list, 4, &count, NULL) == ZINC_E_INVAL);
    verify(zinc_region_participants("facts", NULL, 4, &count, NULL) == ZINC_E_INVAL);
    verify(zinc_region_participants("facts", NULL, 0, NULL, NULL) == ZINC_E_INVAL);
    zinc_close(region);
    verify(zinc_region_participants("facts", NULL, 0, &count, NULL) == ZINC_E_NOENT);
}

static const test_case cases[] = {
    {"participant.in_turn", in_turn},
    {"participant.generations", generations},
    {"participant.nobody", nobody},
    {"own_row", own_row},
    {"participant.killed_owner", killed_owner},
    {"zombie", zombie},
    {"participant.stopped", stopped},
    {"row.full", full},
    {"participant.all_rows", all_rows},
    {"row.generation_end", generation_end},
    {"row.retired", retired},
    {"participant.facts", facts},
};

int main(int argc, char **argv) {
    return cases_main(argc, argv, cases, CASES_COUNT(cases));
}
