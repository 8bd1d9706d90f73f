/* SPDX-License-Identifier: MIT */
/* Claim cell (core/src/base/claim_cell.h): claim, publish, reclaim, release, take over; deaths at
 * every step.
 *
 * Every thread does what the cell asks for, once or twice: a FREE cell is claimed, a message is
 * written in two halves, and published; a READY one is copied, then reclaimed (so the copy was the
 * message of the cell that was reclaimed, or the reclaim fails), and released with the next tag;
 * one claimed by the dead is taken over and given back FREE with the next tag.
 *
 * Two instances: handle 1 has two threads (one owner, two minds) and handle 2 has one; or each has
 * one, and handle 3 joins on handle 2's row once its byte is free. Up to MAX_DEATHS handles die at
 * any step.
 *
 * Claims
 *   - the cell belongs to one living claimer at a time        (assertions at each half)
 *   - what is reclaimed is whole, and what was copied         (assertion by the consumer)
 *   - a message is consumed once at most                      (assertion by the consumer)
 *   - a claim whose row moved on is found dead                (assertion behind the probe)
 *   - nobody alive is stuck                                   (no invalid end state)
 *
 * MUTANTS: NO_PROBE RELOADS NO_GENERATION SELF_PROBE NO_TAG SAME_TAG PUBLISH_FIRST NEVER_DEAD
 * MUTANTS: TWO_STEPS
 *
 *   NO_PROBE       every claimer counts as dead
 *   RELOADS        the take over compares with a cell loaded after the probe
 *   NO_GENERATION  a claimer is judged by its row's byte alone
 *   SELF_PROBE     the own row is probed
 *   NO_TAG         steps compare state and owner, not the tag
 *   SAME_TAG       a cell becomes FREE with the tag that it had
 *   PUBLISH_FIRST  READY is stored before the second half is written
 *   NEVER_DEAD     claims of the dead stay
 *   TWO_STEPS      the taker empties the cell's bytes before its name is in the cell: a second
 *                  taker, or a recoverer that dies, makes that wrong */

#define HANDLES 4
#define MAX_DEATHS 2

#define FREE 0
#define CLAIMED 1
#define READY 2

byte cell_state, cell_row, cell_gen, cell_tag;
byte row_gen[3], row_byte[3];
byte handle_row[HANDLES], handle_gen[HANDLES];
bool dead[HANDLES];
byte deaths;

byte low, high;           /* the message that the cell covers */
byte message;             /* ghost: the number, 1 to 3, of the message begun last */
bool consumed;            /* ghost: that one was consumed */

#define OWN (cell_state == CLAIMED && cell_row == handle_row[me] && cell_gen == handle_gen[me] \
             && cell_tag == tag)
#define UNCHANGED (cell_state == state && cell_row == row && cell_gen == gen && cell_tag == tag)
#ifdef MUTANT_NO_TAG
#define SAME (cell_state == state && cell_row == row && cell_gen == gen)
#else
#define SAME UNCHANGED
#endif
#ifdef MUTANT_SAME_TAG
#define NEXT tag
#else
#define NEXT (tag + 1)
#endif

inline set(s, r, g, t) { cell_state = s; cell_row = r; cell_gen = g; cell_tag = t }

proctype thread(byte me; byte steps) {
  byte state, row, gen, tag, first, second;
  bool gone;
  {
    do
    :: steps == 0 -> break
    :: else ->
again:
      atomic {
        state = cell_state; row = cell_row; gen = cell_gen; tag = cell_tag;
        if
        :: state == FREE -> goto produce
        :: state == READY -> goto consume
        :: else
        fi
      };
#ifdef MUTANT_NO_PROBE
      goto take_over;
#endif
      /* zinc__participant_dead: the own row never; then the generation, then the byte. */
      atomic {
        if
        :: row == handle_row[me] && gen == handle_gen[me] ->
#ifdef MUTANT_SELF_PROBE
          goto take_over
#else
          goto alive
#endif
#ifndef MUTANT_NO_GENERATION
        :: !(row == handle_row[me] && gen == handle_gen[me]) && row_gen[row] != gen ->
          goto take_over
#endif
        :: else -> gone = (row_gen[row] != gen)
        fi
      };
      atomic {
        if
#ifndef MUTANT_NEVER_DEAD
        :: row_byte[row] == 0 -> gone = false; goto take_over
        :: else -> assert(!gone)
#else
        :: true
#endif
        fi
      };
alive:
      /* Wait for what a further look would show. */
#ifdef MUTANT_NEVER_DEAD
      atomic { !UNCHANGED; goto again };
#else
      atomic { (!UNCHANGED || row_byte[row] == 0 || row_gen[row] != gen); goto again };
#endif

produce:
      atomic {
        if
        :: SAME ->
          set(CLAIMED, handle_row[me], handle_gen[me], tag);
          message = 1 + message % 3; consumed = false; first = message; state = 0
        :: else -> goto again
        fi
      };
      atomic { assert(OWN); low = first };
#ifdef MUTANT_PUBLISH_FIRST
      atomic { assert(OWN); set(READY, 0, 0, tag) };
      high = first;
#else
      atomic { assert(OWN && low == first); high = first };
      atomic { assert(OWN && high == first); set(READY, 0, 0, tag) };
#endif
      atomic { first = 0; tag = 0; steps--; goto next };

consume:
      first = low;
      second = high;
      atomic {
        if
        :: SAME ->
          set(CLAIMED, handle_row[me], handle_gen[me], tag);
          state = 0
        :: else -> first = 0; second = 0; goto again
        fi
      };
      atomic {
        assert(OWN);
        assert(first != 0 && first == second && first == low && second == high);
        assert(first == message && !consumed);
        consumed = true; first = 0; second = 0
      };
      atomic { assert(OWN); low = 0 };
      atomic { assert(OWN); high = 0 };
      atomic { assert(OWN); set(FREE, 0, 0, NEXT); tag = 0; steps--; goto next };

take_over:
#ifdef MUTANT_TWO_STEPS
      low = 0;
      high = 0;
#endif
#ifdef MUTANT_RELOADS
      atomic {
        state = cell_state; row = cell_row; gen = cell_gen; tag = cell_tag;
        if :: state != CLAIMED -> goto again :: else fi
      };
#endif
      atomic {
        if
        :: SAME -> set(CLAIMED, handle_row[me], handle_gen[me], tag); state = 0; row = 0; gen = 0
        :: else -> goto again
        fi
      };
      atomic { assert(OWN); low = 0 };
      atomic { assert(OWN); high = 0 };
      atomic { assert(OWN); set(FREE, 0, 0, NEXT); tag = 0 };
next:
      skip
    od
  } unless { dead[me] }
}

/* Handle 3 takes row 2 once its byte is free: byte first, then the next generation. */
proctype joiner() {
end:
  atomic { row_byte[2] == 0 -> row_byte[2] = 3 };
  {
    atomic {
      handle_row[3] = 2; handle_gen[3] = row_gen[2] + 1;
      row_gen[2] = handle_gen[3]
    };
    run thread(3, 1)
  } unless { dead[3] }
}

/* Death: of all threads of a handle at once; the kernel frees the byte later. */
proctype killer() {
  byte h;
end:
  do
  :: deaths < MAX_DEATHS ->
    if :: h = 1 :: h = 2 :: h = 3 fi;
    if
    :: atomic { !dead[h] && (h != 3 || row_byte[2] == 3) -> dead[h] = true; deaths++ };
      row_byte[(h == 1 -> 1 : 2)] = 0
    :: dead[h] -> skip
    :: h == 3 && row_byte[2] != 3 -> skip
    fi
  :: deaths == MAX_DEATHS -> break
  :: break
  od
}

init {
  atomic {
    row_gen[1] = 1; row_byte[1] = 1; handle_row[1] = 1; handle_gen[1] = 1;
    row_gen[2] = 1; row_byte[2] = 2; handle_row[2] = 2; handle_gen[2] = 1;
    run killer();
    if
    :: run thread(1, 1); run thread(1, 1); run thread(2, 2)
    :: run thread(1, 2); run thread(2, 1); run joiner()
    fi
  }
}
