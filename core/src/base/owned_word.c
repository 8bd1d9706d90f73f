/* SPDX-License-Identifier: MIT */
/* Owned word; owned_word.h explains it, and names the labels. */
#include "base/owned_word.h"

#include "base/fault.h"
#include "base/mutant.h"

/* How often a take begins again because the word changed hands under it, before it says so. */
#define OWNED_TRIES 16

/* Pauses before the first probe: longer than a commit that is under way, shorter than a park. */
#define OWNED_SPINS 64

static uint64_t owned_pack(zinc__owned_content content, zinc__owner owner) {
    return (uint64_t)content.value | (uint64_t)owner.row << ZINC__OWNED_ROW_SHIFT |
           (uint64_t)owner.generation << ZINC__OWNED_GENERATION_SHIFT |
           (uint64_t)content.flags << ZINC__OWNED_FLAG_SHIFT;
}

static zinc__owned_view owned_unpack(uint64_t bits) {
    return (zinc__owned_view){
        .content.value = (uint32_t)bits,
        .content.flags = (uint32_t)(bits >> ZINC__OWNED_FLAG_SHIFT) & ZINC__OWNED_FLAGS,
        .owner.row =
            (uint32_t)(bits >> ZINC__OWNED_ROW_SHIFT) & ((UINT32_C(1) << ZINC__OWNER_ROW_BITS) - 1),
        .owner.generation = (uint32_t)(bits >> ZINC__OWNED_GENERATION_SHIFT) & ZINC__GENERATION_MAX,
        .waited = (bits & ZINC__OWNED_WAITED) != 0,
    };
}

static bool owned_by(zinc__owner owner, const zinc__participant *participant) {
    return owner.row == participant->owner.row && owner.generation == participant->owner.generation;
}

/* Will this owner never commit? */
static bool owned_by_nobody_alive(const zinc__participant *participant, zinc__owner owner) {
    if (ZINC_MUTATED(OWNED_WORD_NO_PROBE)) {
        return true;
    }
    if (ZINC_MUTATED(OWNED_WORD_NEVER_DEAD)) {
        return false;
    }
    if (owner.row > participant->rows && !ZINC_MUTATED(OWNED_WORD_TRUSTS_ROW)) {
        return true;
    }
    return zinc__participant_dead(participant, owner);
}

/* One try. `probe` says whether an owner may be found dead. On ZINC_E_BUSY *seen_out is the word
 * that was found owned. */
static int32_t owned_attempt(zinc__owned_word *word, const zinc__participant *participant,
                             bool probe, zinc__owned_content *out, uint64_t *seen_out) {
    /* Relaxed: nothing is read on the strength of it; the exchange below acquires. */
    uint64_t seen = zinc__load64_relaxed(&word->cell);
    for (int tries = 0; tries < OWNED_TRIES; tries++) {
        zinc__owned_view view = owned_unpack(seen);
        int32_t status = ZINC_OK;
        if (view.owner.row != 0) {
            if (!probe || !owned_by_nobody_alive(participant, view.owner)) {
                *seen_out = seen;
                return ZINC_E_BUSY;
            }
            ZINC_FAULT("owned_word.recovering");
            status = ZINC_MUTATED(OWNED_WORD_HIDES_RECOVERY) ? ZINC_OK : ZINC_RECOVERED;
            if (ZINC_MUTATED(OWNED_WORD_RELOADS)) {
                seen = zinc__load64_relaxed(&word->cell);
            }
            if (ZINC_MUTATED(OWNED_WORD_DROPS_VALUE)) {
                view.content.value = 0;
            }
        }
        /* Those who wait for the dead owner wait for this one now. */
        uint64_t mine =
            owned_pack(view.content, participant->owner) | (view.waited ? ZINC__OWNED_WAITED : 0);
        /* C1->T1, K1->T1. Succeeds only on the word that was judged. */
        if (zinc__cas64_acq_rel(&word->cell, &seen, mine)) {
            ZINC_FAULT("owned_word.taken");
            *out = view.content;
            return status;
        }
    }
    *seen_out = seen;
    return ZINC_E_BUSY;
}

/* Ask the owner of `seen` to notify when it commits. False if the word is no longer that. */
static bool owned_mark_waited(zinc__owned_word *word, uint64_t seen) {
    if (seen & ZINC__OWNED_WAITED) {
        return zinc__load64_relaxed(&word->cell) == seen; /* the mark was made by an M1 before */
    }
    /* M1->C1 */
    return zinc__cas64_acq_rel(&word->cell, &seen, seen | ZINC__OWNED_WAITED);
}

void zinc__owned_word_init(zinc__owned_word *word, zinc__owned_content content) {
    zinc__owner nobody = {0};
    /* Relaxed: whatever makes the word reachable publishes it. */
    zinc__store64_relaxed(&word->cell, owned_pack(content, nobody));
}

zinc__owned_view zinc__owned_word_read(const zinc__owned_word *word) {
    return owned_unpack(zinc__load64_acquire(&word->cell)); /* C1->R1 */
}

int32_t zinc__owned_word_try_take(zinc__owned_word *word, const zinc__participant *participant,
                                  zinc__owned_content *out) {
    uint64_t seen;
    if (participant->owner.row == 0) {
        return ZINC_E_PERM;
    }
    return owned_attempt(word, participant, true, out, &seen);
}

int32_t zinc__owned_word_take(zinc__owned_word *word, const zinc__participant *participant,
                              const zinc__wait_request *request, zinc__owned_content *out) {
    uint64_t seen;
    if (participant->owner.row == 0) {
        return ZINC_E_PERM;
    }
    bool spin = !request || !request->habits || request->habits->may_spin;
    for (int spins = spin ? OWNED_SPINS : 0; spins > 0; spins--) {
        int32_t status = owned_attempt(word, participant, false, out, &seen);
        if (status != ZINC_E_BUSY) {
            return status;
        }
        zinc__pause();
    }
    if (!request) {
        return owned_attempt(word, participant, true, out, &seen);
    }

    zinc__wait_request waiting = *request;
    waiting.owned = true;
    for (int misses = 0;;) {
        uint32_t sequence;
        /* S1->S1': the notification of an earlier commit. Before the word is marked: a commit that
         * finds the mark makes the sequence differ from this; acquire keeps the mark behind it. */
        waiting.seen = zinc__load32_acquire(waiting.cell.sequence);
        int32_t status = owned_attempt(word, participant, true, out, &seen);
        if (status != ZINC_E_BUSY) {
            return status;
        }
        /* A word that changes all the time is looked at again at once, but not for ever: the wait
         * below keeps the deadline whatever is written here. */
        if (!owned_mark_waited(word, seen) && ++misses < OWNED_TRIES) {
            continue;
        }
        misses = 0;
        ZINC_FAULT("owned_word.waiting");
        status = zinc__wait(&waiting, &sequence);
        if (status != ZINC_OK && status != ZINC_E_AGAIN) {
            return status;
        }
    }
}

int32_t zinc__owned_word_commit(zinc__owned_word *word, const zinc__participant *participant,
                                zinc__owned_content content, const zinc__wait_cell *cell) {
    if (content.flags > ZINC__OWNED_FLAGS) {
        return ZINC_E_INVAL;
    }
    zinc__owner nobody = {0};
    uint64_t released = owned_pack(content, nobody);
    uint64_t seen = zinc__load64_relaxed(&word->cell); /* our own store, or an M1 on top of it */
    ZINC_FAULT("owned_word.committing");
    /* While it is ours, the word changes once at most: when the first waiter marks it. */
    for (int tries = 0; tries < OWNED_TRIES; tries++) {
        if (!owned_by(owned_unpack(seen).owner, participant) &&
            !ZINC_MUTATED(OWNED_WORD_BLIND_COMMIT)) {
            return ZINC_E_STALE;
        }
        bool done;
        if (ZINC_MUTATED(OWNED_WORD_RELAXED_COMMIT)) {
            zinc__store64_relaxed(&word->cell, released);
            done = true;
        } else {
            done = zinc__cas64_acq_rel(&word->cell, &seen, released); /* C1->T1, C1->R1, M1->C1 */
        }
        if (done) {
            ZINC_FAULT("owned_word.committed");
            if ((seen & ZINC__OWNED_WAITED) && cell && !ZINC_MUTATED(OWNED_WORD_SILENT_COMMIT)) {
                zinc__wait_cell_notify(cell);
            }
            return ZINC_OK;
        }
    }
    return ZINC_E_STALE;
}
