/* SPDX-License-Identifier: MIT */
/* When a name may go, and how it goes.
 *
 * One invariant carries everything: a name is unbound only by the holder of the *name* byte of the
 * inode to which it is bound. Whoever wants to unbind therefore opens the file, locks the byte,
 * looks whether the name still means this inode, and only then acts. */
#ifndef ZINC_REGION_LIFECYCLE_H
#define ZINC_REGION_LIFECYCLE_H

#include "region/header.h"
#include "region/name.h"

/* True if by its lifetime the region's name may be unbound: nobody lives (auto), or the creator
 * does not (creator). Never for persistent ones. `file` is any descriptor of the inode that
 * carries no alive or creator lock of its own. */
bool zinc__life_is_over(int32_t file, uint32_t lifetime);

/* True while some handle, read-only ones included, counts as alive. */
bool zinc__life_anybody(int32_t file);

/* Open the file under a name in order to unbind it: for writing, as write locks need it, also where
 * the mode of a file of ours (0444) keeps ourselves from that. As zinc__lock_file_open. */
int32_t zinc__unbind_open(const zinc__place *place, int32_t *out);

enum zinc__unbind {
    ZINC__UNBIND_IF_OVER, /* what create, open and gc do with what they find */
    ZINC__UNBIND_LAST,    /* what a closer does: mark dead and unbind if nobody is left */
    ZINC__UNBIND_FORCED   /* unlink, remove, and a creator's leaving: mappings live on */
};

/* Unbind the place's name through a lock descriptor of the inode that it should mean. ZINC_OK:
 * unbound now, or the name means something else already; ZINC_E_EXIST: somebody lives (not for
 * FORCED); ZINC_E_BUSY: another process holds the name byte; ZINC_E_PERM, ZINC_E_ACCES: not
 * permitted. Gives the name byte back. */
int32_t zinc__unbind(const zinc__place *place, int32_t lock_file, uint32_t lifetime,
                     enum zinc__unbind how);

/* Find the name, and unbind it if its life is over. ZINC_OK also if there is no such name;
 * ZINC_E_LAYOUT or ZINC_E_CORRUPT for files that are no (whole) regions, which stay; ZINC_E_BUSY if
 * another process holds the name byte until the deadline. */
int32_t zinc__reclaim(const zinc__place *place, int64_t deadline_ns);

/* Remove a half-made file whose creator died. ZINC_OK if it is gone, ZINC_E_EXIST if the creator
 * lives. */
int32_t zinc__sweep(int32_t directory, const char *temporary, bool dry_run);

#endif
