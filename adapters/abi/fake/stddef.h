/* SPDX-License-Identifier: MIT */
/* For the reader of the public headers only: the types that they may use, and nothing else. */
#ifndef ZINC_FAKE_STDDEF_H
#define ZINC_FAKE_STDDEF_H
typedef unsigned long size_t;
#define NULL ((void *)0)
#endif
