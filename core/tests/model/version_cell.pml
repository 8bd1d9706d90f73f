/* SPDX-License-Identifier: MIT */
/* Version cell (core/src/base/version_cell.h): writers under an owned word, readers who copy and
 * look again; writers die at every step.
 *
 * Two writers and a reader; the bytes under the version are two words. Each change writes its own
 * number into both. The owned word is one step here (owned_word.pml has its own proof): a writer
 * takes it free or from the dead.
 *
 * Claims
 *   - a copy that the second look lets pass is one change, whole   (assertion by the reader)
 *   - and it is the change that its version names                  (assertion by the reader)
 *   - versions that a reader is given never go back                (assertion by the reader)
 *   - a reader ends after a bounded number of looks, with BUSY at worst; the last writer alive
 *     makes the bytes whole again, whoever died before it                (assertion at the end)
 *
 * MUTANTS: NO_MARK NO_RECHECK TOGGLES PART_REPAIR MARK_LATE COMMIT_EARLY MARK_FIRST_WORD NO_TAKE
 *
 *   NO_MARK          a writer does not show that it is writing
 *   NO_RECHECK       a reader does not look again
 *   TOGGLES          a writer counts on from a dead writer's mark, which turns the mark off
 *   PART_REPAIR      after ZINC_RECOVERED only one of the words is written
 *   MARK_LATE        the mark comes after the first word
 *   COMMIT_EARLY     the version moves on before the last word
 *   MARK_FIRST_WORD  a reader looks again before its last word
 *   NO_TAKE          writers do not take the owned word */

#define LOOKS 3
#define CHANGES 6
#define DEATHS 2

byte version;          /* lowest bit: a writer is at work */
byte word0, word1;     /* the bytes under the version */
byte number[CHANGES];  /* ghost: which change a committed version (version / 2) was */
byte change;           /* ghost: changes begun */

byte owner;            /* of the owned word: a writer, or 0 */
bool dead[4];          /* writers 1 and 2 (3: the one who comes at the end) */
byte deaths;

proctype writer(byte me; byte times) {
  byte mine, v;
  bool repair;
  {
    do
    :: times == 0 -> break
    :: else ->
#ifndef MUTANT_NO_TAKE
      atomic { (owner == 0 || dead[owner]) -> owner = me };
#endif
      atomic { change++; mine = change; v = version };
#ifdef MUTANT_MARK_LATE
      word0 = mine;
#endif
      atomic {
        repair = v % 2;
#ifdef MUTANT_TOGGLES
        version = v + 1;
#else
#ifndef MUTANT_NO_MARK
        version = (v / 2) * 2 + 1;
#endif
#endif
        v = 0
      };
      word0 = mine;
#ifdef MUTANT_COMMIT_EARLY
      atomic { version = (version / 2) * 2 + 2; number[version / 2] = mine };
      word1 = mine;
#else
#ifdef MUTANT_PART_REPAIR
      if :: !repair -> word1 = mine :: else fi;
#else
      word1 = mine;
#endif
      atomic { version = (version / 2) * 2 + 2; number[version / 2] = mine };
#endif
      atomic {
        mine = 0; repair = false;
        if :: owner == me -> owner = 0 :: else fi;
        times--
      }
    od
  } unless { dead[me] }
}

proctype reader() {
  byte v, first, second, looks, last;
  do
  :: looks == LOOKS -> break /* ZINC_E_BUSY */
  :: else ->
    looks++;
    v = version;
    if
    :: v % 2 == 1 -> skip
    :: else ->
      first = word0;
#ifdef MUTANT_MARK_FIRST_WORD
      if :: version != v -> goto next :: else fi;
#endif
      second = word1;
#ifndef MUTANT_NO_RECHECK
#ifndef MUTANT_MARK_FIRST_WORD
      if :: version != v -> goto next :: else fi;
#endif
#endif
      atomic {
        assert(first == second);
        assert(first == number[v / 2]);
        assert(v >= last);
        last = v
      }
    fi;
next:
    atomic { v = 0; first = 0; second = 0 }
  od
}

proctype killer() {
  byte h;
end:
  do
  :: deaths < DEATHS ->
    if :: h = 1 :: h = 2 fi;
    atomic { if :: !dead[h] -> dead[h] = true; deaths++ :: else fi }
  :: deaths == DEATHS -> break
  :: break
  od
}

init {
  atomic { run writer(1, 2); run writer(2, 1); run reader(); run killer() };
  /* When everybody has ended, one more writer leaves the bytes whole. */
  (_nr_pr == 1);
  run writer(3, 1);
  (_nr_pr == 1);
  assert(version % 2 == 0 && word0 == word1 && word0 == number[version / 2] && word0 == change)
}
