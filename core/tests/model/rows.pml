/* SPDX-License-Identifier: MIT */
/* Rows (core/src/base/participant.c): taking, leaving, reuse, generations that wrap, and who is
 * judged dead; deaths at every step.
 *
 * Two rows. Handle 1 has the first and stays; others join, claim the one word of the region under
 * their name (row, generation), let it go again, and leave; some are killed, with the word in
 * their name. Whoever finds the word claimed judges its owner, and takes over what belongs to the
 * dead. Two instances: handle 1 has two threads, and a foreign process read-locks a row's byte for
 * ever (whoever may read the file can); or so many handles come that a row's generation wraps.
 *
 * Generations go from 1 to MAX; the next one needs a pass over the region that finds no word in
 * the row's name, else the row stays retired. A pass is a look, not a lock, so one assumption is
 * stated here: nobody sleeps between a look at a word and its exchange while a row's generations
 * go all the way round (2^18 - 1 takes of that row); in this model the wrap waits for looks that
 * are under way.
 *
 * Claims
 *   - no two living handles have one name                                (join)
 *   - a living owner is not judged dead, nor is its word taken from it   (probe, exchange)
 *   - the dead are judged dead, and a row of the dead can be taken       (no invalid end state)
 *   - facts of a row are its owner's                                     (join, leave)
 *
 * MUTANTS: SAME_GENERATION NO_PASS UNLOCK_FIRST SELF_PROBE NO_LOCK PROBE_AS_WRITER NO_GENERATION
 * MUTANTS: STATE_ONLY WORD_FIRST
 *
 *   SAME_GENERATION  a row keeps its generation when it changes hands
 *   NO_PASS          a generation starts over without a pass
 *   UNLOCK_FIRST     who leaves gives the byte back before it clears the row
 *   SELF_PROBE       the own row is probed
 *   NO_LOCK          a row is free if it says so
 *   PROBE_AS_WRITER  the probe asks for a write lock, so readers look alive
 *   NO_GENERATION    an owner is judged by the byte alone
 *   STATE_ONLY       an owner is judged by the row's bytes alone
 *   WORD_FIRST       who joins writes the row before it has the byte */

#define HANDLES 5 /* 1 to 4 */
#define ROWS 3    /* 1 and 2; 0 is none */
#define MAX 2     /* generations */
#define MAX_DEATHS 1

#define FREE 0
#define USED 1
#define RETIRED 2

byte row_state[ROWS], row_gen[ROWS];
byte row_byte[ROWS];      /* the writer that holds it */
bool forged;              /* a foreign reader holds row 2's byte */
byte word_row, word_gen;  /* the owned word */

bool dead[HANDLES];
bool joined[HANDLES];
byte handle_row[HANDLES], handle_gen[HANDLES];
byte deaths;
byte looking;             /* between a look at the word and its exchange */

#define NAMED(h, r, g) (joined[h] && handle_row[h] == r && handle_gen[h] == g)
/* Somebody alive has this name. */
#define LIVES(r, g) (NAMED(1, r, g) || NAMED(2, r, g) || NAMED(3, r, g) || NAMED(4, r, g))
#define OWN (word_row == handle_row[me] && word_gen == handle_gen[me])

/* Claim the word, or take it over, and let it go. */
inline work() {
  skip;
again:
  atomic {
    row = word_row; gen = word_gen;
    if :: row == 0 -> goto take :: else -> looking++; busy = true fi
  };
  /* zinc__participant_dead */
  atomic {
    if
    :: row == handle_row[me] && gen == handle_gen[me] ->
#ifdef MUTANT_SELF_PROBE
      goto judged_dead
#else
      goto judged_alive
#endif
#ifndef MUTANT_NO_GENERATION
    :: !(row == handle_row[me] && gen == handle_gen[me]) &&
       (row_gen[row] != gen || row_state[row] != USED) -> goto judged_dead
#endif
    :: else -> gone = (row_gen[row] != gen)
    fi
  };
  atomic {
    if
#ifndef MUTANT_STATE_ONLY
#ifdef MUTANT_PROBE_AS_WRITER
    :: row_byte[row] == 0 && !(forged && row == 2) ->
#else
    :: row_byte[row] == 0 ->
#endif
      gone = false; goto judged_dead
#endif
    :: else -> assert(!gone && row_byte[row] != 0); goto judged_alive
    fi
  };
judged_alive:
  /* Wait for what a further look would show. */
  atomic { looking--; busy = false };
  atomic {
    (word_row != row || word_gen != gen || row_byte[row] == 0 || row_gen[row] != gen);
    goto again
  };
judged_dead:
  atomic { assert(!LIVES(row, gen)) };
take:
  atomic {
    if :: busy -> looking--; busy = false :: else fi;
    if
    :: word_row == row && word_gen == gen ->
      assert(row == 0 || !LIVES(row, gen));
      word_row = handle_row[me]; word_gen = handle_gen[me]; row = 0; gen = 0
    :: else -> goto again
    fi
  };
  atomic { assert(OWN); word_row = 0; word_gen = 0 }
}

/* What a death leaves behind in the ghosts. */
inline died() { if :: busy -> looking--; busy = false :: else fi }

proctype handle(byte me) {
  byte row, gen, r;
  bool gone, busy;
  {
    r = 1;
    do
    :: r == ROWS -> goto out /* ZINC_E_USERS */
    :: else ->
#ifdef MUTANT_WORD_FIRST
      if
      :: row_byte[r] == 0 -> row_gen[r] = row_gen[r] + 1; row_state[r] = USED
      :: else -> goto next
      fi;
#endif
      atomic {
        if
#ifdef MUTANT_NO_LOCK
        :: row_state[r] != USED -> skip
#else
        :: row_byte[r] == 0 && !(forged && r == 2) -> row_byte[r] = me
#endif
        :: else -> goto next
        fi;
#ifdef MUTANT_WORD_FIRST
        gen = row_gen[r]
#else
#ifdef MUTANT_SAME_GENERATION
        gen = 1
#else
        gen = row_gen[r] + 1
#endif
#endif
      };
      if
      :: gen > MAX ->
        row_state[r] = RETIRED;
#ifndef MUTANT_NO_PASS
        atomic {
          if
          :: word_row == r -> row_byte[r] = 0; goto next
          :: else -> looking == 0
          fi
        };
#endif
        gen = 1
      :: else
      fi;
      atomic {
        assert(!LIVES(r, gen));
        row_state[r] = USED; row_gen[r] = gen;
        handle_row[me] = r; handle_gen[me] = gen; joined[me] = true;
        gen = 0
      };
      break;
next:
      atomic { gen = 0; r++ }
    od;
    r = 0;
    work();
#ifdef MUTANT_UNLOCK_FIRST
    atomic { joined[me] = false; row_byte[handle_row[me]] = 0 };
    row_state[handle_row[me]] = FREE; row_gen[handle_row[me]] = handle_gen[me];
#else
    atomic {
      joined[me] = false;
      row_state[handle_row[me]] = FREE; row_gen[handle_row[me]] = handle_gen[me]
    };
    if :: row_byte[handle_row[me]] == me -> row_byte[handle_row[me]] = 0 :: else fi;
#endif
out:
    skip
  } unless { atomic { dead[me] -> died() } }
}

/* A thread of a handle that has joined, stays, and lives. */
proctype thread(byte me) {
  byte row, gen;
  bool gone, busy;
  work()
}

/* Handles 2 and 3 may die; the kernel frees the byte later, and a foreign reader may lock it. */
proctype killer(bool forger) {
  byte h;
end:
  do
  :: deaths < MAX_DEATHS ->
    if :: h = 2 :: !forger -> h = 3 fi;
    if
    :: atomic { !dead[h] -> dead[h] = true; deaths++; joined[h] = false };
      atomic {
        if :: row_byte[1] == h -> row_byte[1] = 0 :: else fi;
        if :: row_byte[2] == h -> row_byte[2] = 0 :: else fi
      }
    :: dead[h] -> skip
    fi
  :: atomic { forger && row_byte[2] == 0 && !forged -> forged = true }
  :: break
  od
}

init {
  atomic {
    row_byte[1] = 1; row_state[1] = USED; row_gen[1] = 1;
    handle_row[1] = 1; handle_gen[1] = 1; joined[1] = true;
    run thread(1); run handle(2); run handle(3);
    /* A second thread and a foreign reader, or enough takes of one row for a wrap. */
    if
    :: run thread(1); run killer(true)
    :: run handle(4); run killer(false)
    fi
  }
}
