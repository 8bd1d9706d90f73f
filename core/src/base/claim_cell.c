/* SPDX-License-Identifier: MIT */
/* Claim cell; claim_cell.h explains it, and names the labels. */
#include "base/claim_cell.h"

#include "base/fault.h"
#include "base/mutant.h"

static uint64_t claim_pack(uint32_t state, zinc__owner owner, uint64_t tag) {
    return (tag & ZINC__CLAIM_TAG_MAX) | (uint64_t)owner.row << ZINC__CLAIM_ROW_SHIFT |
           (uint64_t)owner.generation << ZINC__CLAIM_GENERATION_SHIFT |
           (uint64_t)state << ZINC__CLAIM_STATE_SHIFT;
}

static zinc__claim_view claim_unpack(uint64_t bits) {
    const uint32_t rows = (UINT32_C(1) << ZINC__OWNER_ROW_BITS) - 1;
    return (zinc__claim_view){
        .state = (uint32_t)(bits >> ZINC__CLAIM_STATE_SHIFT),
        .owner.row = (uint32_t)(bits >> ZINC__CLAIM_ROW_SHIFT) & rows,
        .owner.generation = (uint32_t)(bits >> ZINC__CLAIM_GENERATION_SHIFT) & ZINC__GENERATION_MAX,
        .tag = bits & ZINC__CLAIM_TAG_MAX,
    };
}

/* May this participant make a step with these tags? */
static int32_t claim_check(const zinc__participant *participant, uint64_t tag, uint64_t next) {
    if (participant->owner.row == 0) {
        return ZINC_E_PERM;
    }
    return tag > ZINC__CLAIM_TAG_MAX || next > ZINC__CLAIM_TAG_MAX ? ZINC_E_INVAL : ZINC_OK;
}

/* The one exchange. Acquire and release whatever the step: P1->A1, F1->C1, K1->O1. */
static bool claim_step(zinc__claim_cell *cell, uint64_t from, uint64_t to) {
    if (ZINC_MUTATED(CLAIM_CELL_IGNORES_TAG)) {
        from = (from & ~ZINC__CLAIM_TAG_MAX) |
               (zinc__load64_relaxed(&cell->cell) & ZINC__CLAIM_TAG_MAX);
    }
    return zinc__cas64_acq_rel(&cell->cell, &from, to);
}

static bool claim_by_nobody_alive(const zinc__participant *participant, zinc__owner owner) {
    if (ZINC_MUTATED(CLAIM_CELL_NO_PROBE)) {
        return true;
    }
    if (ZINC_MUTATED(CLAIM_CELL_NEVER_DEAD)) {
        return false;
    }
    return owner.row == 0 || owner.row > participant->rows ||
           zinc__participant_dead(participant, owner);
}

void zinc__claim_cell_init(zinc__claim_cell *cell, uint64_t tag) {
    zinc__owner nobody = {0};
    /* Relaxed: whatever makes the cell reachable publishes it. */
    zinc__store64_relaxed(&cell->cell, claim_pack(ZINC__CLAIM_FREE, nobody, tag));
}

zinc__claim_view zinc__claim_cell_read(const zinc__claim_cell *cell) {
    return claim_unpack(zinc__load64_acquire(&cell->cell)); /* P1->A1, F1->C1 */
}

int32_t zinc__claim_cell_claim(zinc__claim_cell *cell, const zinc__participant *participant,
                               uint64_t tag, uint64_t next) {
    zinc__owner nobody = {0};
    int32_t status = claim_check(participant, tag, next);
    if (status != ZINC_OK) {
        return status;
    }
    if (!claim_step(cell, claim_pack(ZINC__CLAIM_FREE, nobody, tag),
                    claim_pack(ZINC__CLAIM_CLAIMED, participant->owner, next))) {
        return ZINC_E_AGAIN;
    }
    ZINC_FAULT("claim_cell.claimed");
    return ZINC_OK;
}

/* The two steps that end a claim of one's own. */
static int32_t claim_end(zinc__claim_cell *cell, const zinc__participant *participant, uint64_t tag,
                         uint32_t state, uint64_t next) {
    zinc__owner nobody = {0};
    int32_t status = claim_check(participant, tag, next);
    if (status != ZINC_OK) {
        return status;
    }
    uint64_t to = claim_pack(state, nobody, next);
    if (ZINC_MUTATED(CLAIM_CELL_BLIND_PUBLISH)) {
        zinc__store64_release(&cell->cell, to);
        return ZINC_OK;
    }
    if (ZINC_MUTATED(CLAIM_CELL_RELAXED_PUBLISH)) {
        zinc__store64_relaxed(&cell->cell, to);
        return ZINC_OK;
    }
    return claim_step(cell, claim_pack(ZINC__CLAIM_CLAIMED, participant->owner, tag), to)
               ? ZINC_OK
               : ZINC_E_STALE;
}

int32_t zinc__claim_cell_publish(zinc__claim_cell *cell, const zinc__participant *participant,
                                 uint64_t tag, uint64_t next) {
    ZINC_FAULT("claim_cell.publishing");
    int32_t status = claim_end(cell, participant, tag, ZINC__CLAIM_READY, next);
    if (status == ZINC_OK) {
        ZINC_FAULT("claim_cell.published");
    }
    return status;
}

int32_t zinc__claim_cell_release(zinc__claim_cell *cell, const zinc__participant *participant,
                                 uint64_t tag, uint64_t next) {
    ZINC_FAULT("claim_cell.releasing");
    int32_t status = claim_end(cell, participant, tag, ZINC__CLAIM_FREE, next);
    if (status == ZINC_OK) {
        ZINC_FAULT("claim_cell.released");
    }
    return status;
}

int32_t zinc__claim_cell_reclaim(zinc__claim_cell *cell, const zinc__participant *participant,
                                 uint64_t tag, uint64_t next) {
    zinc__owner nobody = {0};
    int32_t status = claim_check(participant, tag, next);
    if (status != ZINC_OK) {
        return status;
    }
    if (!claim_step(cell, claim_pack(ZINC__CLAIM_READY, nobody, tag),
                    claim_pack(ZINC__CLAIM_CLAIMED, participant->owner, next))) {
        return ZINC_E_AGAIN;
    }
    ZINC_FAULT("claim_cell.reclaimed");
    return ZINC_OK;
}

int32_t zinc__claim_cell_take_over(zinc__claim_cell *cell, const zinc__participant *participant,
                                   zinc__claim_view seen, uint64_t next) {
    int32_t status = claim_check(participant, seen.tag, next);
    if (status != ZINC_OK) {
        return status;
    }
    if (seen.state != ZINC__CLAIM_CLAIMED) {
        return seen.state > ZINC__CLAIM_READY ? ZINC_E_CORRUPT : ZINC_E_AGAIN;
    }
    if (!claim_by_nobody_alive(participant, seen.owner)) {
        return ZINC_E_BUSY;
    }
    ZINC_FAULT("claim_cell.recovering");
    if (ZINC_MUTATED(CLAIM_CELL_RELOADS)) {
        seen = claim_unpack(zinc__load64_relaxed(&cell->cell));
    }
    if (!claim_step(cell, claim_pack(seen.state, seen.owner, seen.tag),
                    claim_pack(ZINC__CLAIM_CLAIMED, participant->owner, next))) {
        return ZINC_E_AGAIN;
    }
    ZINC_FAULT("claim_cell.taken_over");
    return ZINC_RECOVERED;
}
