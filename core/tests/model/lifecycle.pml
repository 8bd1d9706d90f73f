/* SPDX-License-Identifier: MIT */
/* Names and regions (core/src/region/lifecycle.c, create.c, open.c): create, open, attach to a
 * descriptor, last close, reclaim, remove by force; deaths at every step.
 *
 * One name, `auto` lifetime. An inode has a state, a name byte (one holder) and an alive byte
 * (many readers or one writer). Users create, open or attach, and then close; another opens,
 * attaches or removes; the kernel drops the locks of the dead at once, some time after their
 * death. When all have ended, gc looks once.
 *
 * Claims
 *   - no name of a region that somebody is attached to is unbound, except by force   (unlink)
 *   - nobody ends up attached to a region whose last user has left                   (attach)
 *   - nobody attaches to one region while others are attached to another of the name (link, attach)
 *   - "it exists" is answered by create only where the region is not dead            (create)
 *   - when all have closed and nobody died, the name is gone; whoever died, it is gone after the
 *     next gc                                                                        (init)
 *   - nobody alive is stuck                                                (no invalid end state)
 *
 * MUTANTS: UPGRADES NO_NAME_BYTE ANY_INODE NO_SECOND_LOOK NO_STATE NO_LINKS ALIVE_LATE
 * MUTANTS: NO_ALIVE_TEST NO_MARK DEAD_LIVES PROBES_FIRST
 *
 *   UPGRADES        a closer asks for its alive byte in writing while it still reads it
 *   NO_NAME_BYTE    names are unbound without the name byte
 *   ANY_INODE       the name is unbound without a look whether it means the inode that was locked
 *   NO_SECOND_LOOK  an opener believes the look that it had before its alive byte
 *   NO_STATE        an opener does not look at the state again
 *   NO_LINKS        an opener by name does not look whether the name is still bound
 *   ALIVE_LATE      a creator takes the alive byte after it bound the name
 *   NO_ALIVE_TEST   a reclaimer does not look whether anybody lives
 *   NO_MARK         a region that goes is not marked dead
 *   DEAD_LIVES      a reclaimer asks who is alive even of a region that is marked dead
 *   PROBES_FIRST    a closer looks for others before it gives its own alive byte back */

#define USERS 3
#ifndef MAX_DEATHS
#define MAX_DEATHS 1
#endif
#define INODES 3 /* 1 to 2; 0 is none */

#define READY 1
#define DEAD 2

byte name;                  /* the inode that it is bound to */
byte made;                  /* inodes made so far */
byte state[INODES];
byte alive[INODES];         /* readers, a bit a user */
byte alive_writer[INODES];  /* user + 1 */
byte name_byte[INODES];     /* user + 1 */

bool dead[USERS + 1];
byte deaths;
byte ended;

/* Ghosts. */
byte sent;                  /* the newest inode of which descriptors may be about */
byte attached[USERS + 1];   /* to which inode */
bool removed[INODES];       /* its name was unbound by force */
bool over[INODES];          /* its name was unbound because nobody was left */

#define BIT(u) (1 << (u))
#define NOBODY(i) (alive[i] == 0 && alive_writer[i] == 0)
#define ATTACHED(i) (attached[0] == i || attached[1] == i || attached[2] == i)
/* Is anybody attached to another region of this name, which nobody removed by force? */
#define ELSEWHERE(u, i) (attached[u] != 0 && attached[u] != i && !removed[attached[u]])
#define SPLIT(i) (ELSEWHERE(0, i) || ELSEWHERE(1, i) || ELSEWHERE(2, i))

/* zinc__unbind through a descriptor of inode f; `last` is a closer's. Sets `exists`. */
inline unbind(f, last) {
#ifdef MUTANT_NO_NAME_BYTE
  exists = false;
#else
  atomic { name_byte[f] == 0 -> name_byte[f] = me + 1; exists = false };
#endif
  if
#ifdef MUTANT_ANY_INODE
  :: true ->
#else
  :: name == f ->
#endif
    if
#ifndef MUTANT_DEAD_LIVES
    :: state[f] == DEAD -> skip
#endif
#ifndef MUTANT_NO_ALIVE_TEST
    :: atomic { else -> /* look (not as a closer), then lock in writing */
        if
        :: !NOBODY(f) -> exists = true; assert(state[f] != DEAD)
        :: else -> alive_writer[f] = me + 1
        fi
      }
#else
    :: else
#endif
    fi;
    if
    :: exists -> skip
    :: else ->
#ifndef MUTANT_NO_MARK
      state[f] = DEAD;
#endif
      atomic {
        if
        :: name != 0 ->
          assert(!ATTACHED(name) || removed[name]);
          over[name] = true;
          name = 0
        :: else
        fi
      };
      atomic { if :: alive_writer[f] == me + 1 -> alive_writer[f] = 0 :: else fi }
    fi
  :: else -> skip
  fi;
  atomic { if :: name_byte[f] == me + 1 -> name_byte[f] = 0 :: else fi }
}

inline leave(f) {
#ifdef MUTANT_UPGRADES
  attached[me] = 0;
  /* In writing: only if nobody else reads. */
  atomic {
    if
    :: alive[f] == BIT(me) && alive_writer[f] == 0 ->
      alive[f] = 0; alive_writer[f] = me + 1
    :: else
    fi
  };
  if
  :: alive_writer[f] == me + 1 ->
    state[f] = DEAD;
    atomic { if :: name == f -> over[f] = true; name = 0 :: else fi };
    alive_writer[f] = 0
  :: else -> alive[f] = alive[f] & (7 - BIT(me))
  fi
#else
#ifdef MUTANT_PROBES_FIRST
  attached[me] = 0;
  exists = (alive[f] != BIT(me) || alive_writer[f] != 0);
  alive[f] = alive[f] & (7 - BIT(me));
#else
  atomic { attached[me] = 0; alive[f] = alive[f] & (7 - BIT(me)) };
  exists = !NOBODY(f);
#endif
  if
  :: !exists -> unbind(f, true)
  :: else
  fi
#endif
}

proctype creator(byte me) {
  byte f, mine;
  bool exists;
  {
    atomic {
      made++; mine = made; state[mine] = READY;
#ifndef MUTANT_ALIVE_LATE
      alive[mine] = BIT(me)
#endif
    };
    do
    :: atomic {
        name == 0 ->
        assert(!SPLIT(mine));
        name = mine; attached[me] = mine; sent = mine
      };
#ifdef MUTANT_ALIVE_LATE
      alive[mine] = BIT(me);
#endif
      leave(mine);
      break
    :: atomic { name != 0 -> f = name };
      /* zinc__reclaim: of a file that was opened under the name. */
      unbind(f, false);
      if
      :: exists -> alive[mine] = 0; break /* ZINC_E_EXIST; the file never had a name */
      :: else
      fi
    od
  } unless { dead[me] };
  ended++
}

/* Opens by name, or attaches to a descriptor of the newest region that had a name. */
proctype opener(byte me; bool by_name) {
  byte f;
  bool exists;
  {
    do
    :: true ->
      atomic {
        f = (by_name -> name : sent);
        if :: f == 0 -> goto out :: else fi
      };
      if
      :: by_name ->
        /* A first look: is there anybody at all? */
        if
        :: state[f] != READY || NOBODY(f) ->
          unbind(f, false);
          if :: exists -> break :: else -> goto again fi
        :: else
        fi
      :: else
      fi;
      /* The alive byte, then the second look. */
      atomic {
        if
        :: alive_writer[f] == 0 -> alive[f] = alive[f] | BIT(me)
        :: else -> goto again
        fi
      };
#ifndef MUTANT_NO_SECOND_LOOK
#ifndef MUTANT_NO_STATE
      if
      :: state[f] != READY -> atomic { alive[f] = alive[f] & (7 - BIT(me)); goto gone }
      :: else
      fi;
#endif
#endif
      atomic {
#ifndef MUTANT_NO_SECOND_LOOK
#ifndef MUTANT_NO_LINKS
        if
        :: by_name && name != f -> alive[f] = alive[f] & (7 - BIT(me)); goto gone
        :: else
        fi;
#endif
#endif
        assert(!over[f]);
        assert(!by_name || name == f);
        assert(removed[f] || !SPLIT(f));
        attached[me] = f
      };
      leave(f);
      break;
gone: /* By a descriptor there is nothing to look up anew. */
again:
      atomic { if :: !by_name && state[f] == DEAD -> goto out :: else -> f = 0 fi }
    od;
out: skip
  } unless { dead[me] };
  ended++
}

proctype remover(byte me) {
  byte f;
  {
    f = name;
    if
    :: f != 0 ->
      atomic { name_byte[f] == 0 -> name_byte[f] = me + 1 };
      if
      :: name == f -> atomic { removed[f] = true; name = 0 }
      :: else
      fi;
      name_byte[f] = 0
    :: else
    fi
  } unless { dead[me] };
  ended++
}

/* Deaths, and what the kernel does afterwards: all locks of one process at once. */
proctype killer() {
  byte u;
end:
  do
  :: deaths < MAX_DEATHS ->
    if :: u = 0 :: u = 1 :: u = 2 fi;
    if
    :: !dead[u] ->
      atomic { dead[u] = true; deaths++; attached[u] = 0 };
      atomic {
        alive[1] = alive[1] & (7 - BIT(u));
        alive[2] = alive[2] & (7 - BIT(u));
        if :: alive_writer[1] == u + 1 -> alive_writer[1] = 0 :: else fi;
        if :: alive_writer[2] == u + 1 -> alive_writer[2] = 0 :: else fi;
        if :: name_byte[1] == u + 1 -> name_byte[1] = 0 :: else fi;
        if :: name_byte[2] == u + 1 -> name_byte[2] = 0 :: else fi
      }
    :: else
    fi
  :: break
  od;
  ended++
}

init {
  byte me = USERS, f;
  bool exists;
  atomic {
    run creator(0);
    if
    :: run creator(1); run opener(2, true)
    :: run opener(1, true); run opener(2, false)
    :: run opener(1, true); run remover(2)
    :: run creator(1); run remover(2)
    fi;
    run killer()
  };
  ended == USERS + 1;
  assert(alive[1] == 0 && alive[2] == 0 && name_byte[1] == 0 && name_byte[2] == 0);
  assert(deaths > 0 || name == 0);
  /* gc */
  f = name;
  if :: f != 0 -> unbind(f, false) :: else fi;
  assert(name == 0)
}
