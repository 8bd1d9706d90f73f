/* SPDX-License-Identifier: MIT */
/* Owned word (core/src/base/owned_word.h): take, take over, commit, wait; deaths at every step.
 *
 * Two instances: handle 1 has two threads (one owner, two minds) and handle 2 has one; or each has
 * one, and handle 3 joins when handle 2's row has become free, so that a word may name an owner
 * whose row is somebody else's now. The value is a position in a log; the cell behind it is
 * written in two halves. Up to MAX_DEATHS handles die, each at any step of any of its threads;
 * their bytes are freed some time later.
 *
 * Claims
 *   - what a living owner holds, nobody else takes            (assertion in write, commit)
 *   - what is committed is whole, and stays                   (assertion at each commit)
 *   - an owner whose row moved on is found dead               (assertion behind the probe)
 *   - nobody alive is stuck, whoever died                     (no invalid end state)
 *   - without a death nobody needs the bound of a park: the mark and the notification suffice
 *
 * MUTANTS: NO_PROBE RELOADS NO_GENERATION SELF_PROBE DROPS_VALUE FINISHES SILENT_COMMIT
 * MUTANTS: BLIND_COMMIT SEQUENCE_LATE
 *
 *   NO_PROBE       a taker counts every owner as dead
 *   RELOADS        the take over compares with a word loaded after the probe
 *   NO_GENERATION  an owner is judged by its row's byte alone
 *   SELF_PROBE     the own row is probed (the answer through one's own description is "free")
 *   DROPS_VALUE    recovery undoes, where nothing is to be undone
 *   FINISHES       recovery commits what the dead owner may not have written
 *   SILENT_COMMIT  a commit notifies nobody
 *   BLIND_COMMIT   a commit stores what it computed from an older load, and misses a waiter's mark
 *   SEQUENCE_LATE  a waiter reads the sequence after it has marked the word */

#define HANDLES 4 /* 1 to 3; 0 is nobody */
#define MAX_DEATHS 2
#define CELLS 5

/* The word: one unit, changed in one step. A copy of it is row, gen, value, waited. */
byte word_row, word_gen, word_value;
bool word_waited;

/* Rows. The byte of a row is locked by a handle (0: free). */
byte row_gen[3];
byte row_byte[3];

byte handle_row[HANDLES], handle_gen[HANDLES];
bool dead[HANDLES];
byte deaths;

byte sequence; /* of the wait cell */

/* What the word protects, and what the model knows about it. */
byte low[CELLS], high[CELLS];
byte committed;

/* The word is as somebody saw it; the word is this thread's. */
#define SAME(r, g, v, w) (word_row == r && word_gen == g && word_value == v && word_waited == w)
#define OWN (word_row == handle_row[me] && word_gen == handle_gen[me])

/* One thread: appends once. `me` is its handle, `id` (from 2) what it writes. Steps that touch
 * only the thread's own variables are joined to the one before: nobody could see between them. */
proctype thread(byte me; byte id) {
  byte row, gen, value, seen_sequence;
  bool waited, recovered, gone;
  {
    skip;
again:
    seen_sequence = sequence;
    atomic {
      row = word_row; gen = word_gen; value = word_value; waited = word_waited; recovered = false
    };
retry:
    if
    :: row == 0 -> goto take
    :: else -> skip
    fi;
#ifdef MUTANT_NO_PROBE
    goto judged_dead;
#endif
    /* zinc__participant_dead: the own row never; then the generation, then the byte. */
    atomic {
      if
      :: row == handle_row[me] && gen == handle_gen[me] ->
#ifdef MUTANT_SELF_PROBE
        goto judged_dead
#else
        goto judged_alive
#endif
#ifndef MUTANT_NO_GENERATION
      :: !(row == handle_row[me] && gen == handle_gen[me]) && row_gen[row] != gen ->
        goto judged_dead
#endif
      :: else -> gone = (row_gen[row] != gen)
      fi
    };
    atomic {
      if
      :: row_byte[row] == 0 -> gone = false; goto judged_dead
      :: else -> assert(!gone) /* whose row is somebody else's is found dead */
      fi
    };
judged_alive:
    /* Ask the owner to notify; if the word has moved, look again. */
    atomic {
      if
      :: SAME(row, gen, value, waited) -> word_waited = true
      :: else -> seen_sequence = 0; goto again
      fi;
      row = 0; gen = 0; value = 0; waited = false
    };
#ifdef MUTANT_SEQUENCE_LATE
    seen_sequence = sequence;
#endif
    /* Park: until a notification, or to the bound, which only a death makes necessary. */
    atomic {
      (sequence != seen_sequence || deaths > 0);
      seen_sequence = 0;
      goto again
    };
judged_dead:
    atomic {
      recovered = true;
#ifdef MUTANT_RELOADS
      row = word_row; gen = word_gen; value = word_value; waited = word_waited
#endif
    };
take:
    /* The compare-exchange that takes. */
    atomic {
      if
      :: SAME(row, gen, value, waited) ->
        word_row = handle_row[me];
        word_gen = handle_gen[me];
#ifdef MUTANT_DROPS_VALUE
        if :: recovered -> word_value = 0; value = 0 :: else fi;
#endif
#ifdef MUTANT_FINISHES
        if
        :: recovered && value < CELLS - 1 -> committed++; word_value++; value++
        :: else
        fi;
#endif
        row = 0; gen = 0; recovered = false; seen_sequence = 0
      :: else ->
        row = word_row; gen = word_gen; value = word_value; waited = word_waited;
        recovered = false;
        goto retry
      fi
    };
    /* The two halves of the cell behind the value: nobody else's now. */
    atomic { assert(OWN); low[value] = id };
    atomic { assert(OWN && low[value] == id); high[value] = id };
    /* Commit: a look for the mark, then one exchange. */
    waited = word_waited;
commit:
    atomic {
      assert(OWN && word_value == value);
#ifndef MUTANT_BLIND_COMMIT
      if :: word_waited != waited -> waited = word_waited; goto commit :: else fi;
#endif
      word_row = 0; word_gen = 0; word_waited = false; word_value = value + 1;
      committed++;
      assert(committed == word_value);
      /* Everything below the value is whole, and was so before (1: seen whole). */
      assert(low[value] != 0 && low[value] == high[value]);
      low[value] = 1; high[value] = 1;
      value = 0;
      do
      :: value < word_value -> assert(low[value] == 1 && high[value] == 1); value++
      :: else -> break
      od;
      value = 0;
#ifdef MUTANT_SILENT_COMMIT
      waited = false
#endif
    };
    atomic {
      if :: waited -> sequence++; waited = false :: else fi
    }
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
    run thread(3, 5)
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
    /* Three threads of two handles, or a row that is taken again. */
    if
    :: run thread(1, 2); run thread(1, 3); run thread(2, 4)
    :: run thread(1, 2); run thread(2, 4); run joiner()
    fi
  }
}
