/* SPDX-License-Identifier: MIT */
/* Wait cell (core/src/base/wait.h): a sequence and a sticky *parked*; waiters, notifiers, and
 * deaths of both at every step.
 *
 *   waiter     parked = 1; look at the sequence; sleep if it is still the same
 *   notifier   if parked: exchange it to 0; sequence + 1; if it was 1, or is 1 now: wake all
 *
 * The flag is cleared before the sequence moves. A waiter whose flag is cleared is then asleep,
 * and woken, or not asleep yet, and the sequence moves on before it can be. Cleared behind the
 * store, the flag may be that of a waiter who saw the new sequence already and is about to sleep
 * on it: nobody would wake that one at the next notification.
 *
 * Waiters wait until they have seen every notification that will ever come. Two kinds sleep here:
 * on a futex, which compares the sequence as it puts to sleep, and on an event of their own, which
 * does not compare but remembers a wake that came early (other back-ends have that). A sleep ends
 * by a wake, or by the bound of the park, which only the death of a notifier makes necessary:
 * without one the bound is not modelled, so a lost wake is a waiter that sleeps for ever.
 *
 * Claims
 *   - a waiter that has not seen the newest notification does not sleep for ever
 *                                                             (no invalid end state)
 *   - nobody's death keeps others asleep: a waiter that dies, a notifier that dies between its
 *     first step and its wake, at worst until the bound of the park (no invalid end state)
 *   - at the end nobody has missed a notification             (assertion)
 *
 * MUTANTS: CLEARS_BEHIND_STORE CLEARS_BEHIND_WAKE NO_SECOND_LOOK NO_FLAG WAKES_ONE
 * MUTANTS: LOOKS_BEFORE_STORE LOOKS_BEHIND_STORE UNBOUNDED WAITER_CLEARS
 *
 *   CLEARS_BEHIND_STORE  a notifier clears *parked* after it advanced the sequence
 *   CLEARS_BEHIND_WAKE   a notifier clears *parked* after it woke
 *   NO_SECOND_LOOK       a waiter sleeps without another look after it set *parked*
 *   NO_FLAG              a waiter does not set *parked*
 *   WAKES_ONE            a notifier wakes one waiter, but clears the flag of all
 *   LOOKS_BEFORE_STORE   a notifier does not look at *parked* again after it advanced the sequence
 *                        (what a machine may make of two loads without the ordered advance)
 *   LOOKS_BEHIND_STORE   a waiter looks at the sequence before it sets *parked* (the same, there)
 *   UNBOUNDED            parks have no bound
 *   WAITER_CLEARS        a waiter that leaves clears *parked*, as if it had been its own */

#define WAITERS 2
#define NOTIFIERS 2
#define MAX_DEATHS 1

byte sequence;
bool parked;
bool asleep[WAITERS];     /* in the futex's queue */
bool event[WAITERS];      /* set: the next sleep ends at once */
bool uses_event[WAITERS];

bool dead[WAITERS + NOTIFIERS];
byte deaths;
byte pending = NOTIFIERS; /* ghost: notifiers that have neither stored nor died */
bool stored[WAITERS + NOTIFIERS];
bool cut;                 /* ghost: a notifier died at work */

inline wake(w) {
  if :: uses_event[w] -> event[w] = true :: else -> asleep[w] = false fi
}

inline wake_all() {
#ifdef MUTANT_WAKES_ONE
  atomic {
    if
    :: asleep[0] || uses_event[0] && !event[0] -> wake(0)
    :: asleep[1] || uses_event[1] && !event[1] -> wake(1)
    :: else
    fi
  }
#else
  atomic { wake(0); wake(1) }
#endif
}

proctype waiter(byte me) {
  byte seen;
  {
    do
    :: atomic { seen == sequence && pending == 0 -> break }
    :: else ->
      /* One wait: until the sequence differs from `seen`. */
      do
      :: true ->
#ifdef MUTANT_LOOKS_BEHIND_STORE
        if :: sequence != seen -> break :: else fi;
        parked = true;
#else
#ifndef MUTANT_NO_FLAG
        parked = true;
#endif
#ifndef MUTANT_NO_SECOND_LOOK
        if :: sequence != seen -> break :: else fi;
#endif
#endif
        if
        :: uses_event[me] -> skip
        :: else -> atomic { if :: sequence == seen -> asleep[me] = true :: else fi }
        fi;
        atomic {
          if
          :: !uses_event[me] && !asleep[me] -> skip
          :: uses_event[me] && event[me] -> event[me] = false
#ifndef MUTANT_UNBOUNDED
          :: cut -> asleep[me] = false
#endif
          :: pending == 0 && sequence == seen -> asleep[me] = false
          fi
        };
        if :: sequence != seen || pending == 0 -> break :: else fi
      od;
#ifdef MUTANT_WAITER_CLEARS
      parked = false;
#endif
      seen = sequence
    od;
    assert(seen == sequence)
  } unless { dead[me] }
}

proctype notifier(byte me) {
  bool was;
  {
#ifdef MUTANT_CLEARS_BEHIND_STORE
    atomic { sequence++; pending--; stored[me] = true };
    was = parked;
    if :: was -> atomic { was = parked; parked = false } :: else fi;
#else
#ifdef MUTANT_CLEARS_BEHIND_WAKE
    atomic { sequence++; pending--; stored[me] = true };
    was = parked;
#else
    was = parked;
    if :: was -> atomic { was = parked; parked = false } :: else fi;
    atomic { sequence++; pending--; stored[me] = true };
#ifndef MUTANT_LOOKS_BEFORE_STORE
    if :: !was -> was = parked :: else fi;
#endif
#endif
#endif
    if
    :: was ->
      wake_all();
#ifdef MUTANT_CLEARS_BEHIND_WAKE
      parked = false
#endif
    :: else
    fi;
    skip
  } unless { dead[me] }
}

active proctype killer() {
  byte h;
end:
  do
  :: deaths < MAX_DEATHS ->
    if :: h = 0 :: h = WAITERS fi;
    atomic {
      if
      :: !dead[h] && h < WAITERS -> dead[h] = true; deaths++; asleep[h] = false
      :: !dead[h] && h >= WAITERS ->
        dead[h] = true; deaths++; cut = true;
        if :: !stored[h] -> stored[h] = true; pending-- :: else fi
      :: else
      fi
    }
  :: break
  od
}

init {
  atomic {
    if :: uses_event[1] = true :: skip fi;
    run waiter(0); run waiter(1);
    run notifier(WAITERS); run notifier(WAITERS + 1)
  }
}
