/* SPDX-License-Identifier: MIT */
/* A translation unit of nothing: the header under test comes in by -include, twice. */
typedef int zinc_header_test;
