/* SPDX-License-Identifier: MIT */
/* For the reader of the public headers only: the types that they may use, and nothing else. */
#ifndef ZINC_FAKE_STDINT_H
#define ZINC_FAKE_STDINT_H
typedef unsigned char uint8_t;
typedef int int32_t;
typedef unsigned int uint32_t;
typedef long int64_t;
typedef unsigned long uint64_t;
#define INT32_MAX 2147483647
#define UINT32_MAX 4294967295
#define INT64_MAX 9223372036854775807
#define UINT64_MAX 18446744073709551615
#endif
