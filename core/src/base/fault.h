/* SPDX-License-Identifier: MIT */
/* Labelled points at which tests kill, stop, delay or fail this process.
 *
 * In a build with ZINC_FAULTS the environment's ZINC_FAULT says what happens where:
 *
 *     ZINC_FAULT=name:nth:action[,name:nth:action...]
 *
 * at the nth time (from 1; 0 is every time) that the point `name` is passed. Actions: kill
 * (SIGKILL), stop (SIGSTOP), sleep=MS, and, where the point can fail, fail=STATUS (a number as in
 * <zinc/error.h>). In every other build the points are nothing. */
#ifndef ZINC_BASE_FAULT_H
#define ZINC_BASE_FAULT_H

#include <stdint.h>

#ifdef ZINC_FAULTS
/* Pass the point; the answer is 0, or the status that the environment asks for. */
int32_t zinc__fault(const char *name);
/* Replace what the environment planted, in a process that may have passed points already (a forked
 * child of one that has). No other thread may be in the library; "" plants nothing. */
void zinc__fault_plant(const char *text);
#define ZINC_FAULT(name) ((void)zinc__fault(name))
#define ZINC_FAULT_STATUS(name) zinc__fault(name)
#else
#define ZINC_FAULT(name) ((void)0)
#define ZINC_FAULT_STATUS(name) ((int32_t)0)
#endif

#endif
