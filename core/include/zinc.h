/* SPDX-License-Identifier: MIT */
/* Zinc: processes written in different languages work on the same bytes of memory.
 *
 * The umbrella: <zinc/region.h> is where to start reading. */
#ifndef ZINC_H
#define ZINC_H

#include <zinc/error.h>
#include <zinc/events.h>
#include <zinc/region.h>
#include <zinc/registry.h>
#include <zinc/version.h>
#include <zinc/wait.h>

#endif
