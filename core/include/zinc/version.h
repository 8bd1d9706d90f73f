/* SPDX-License-Identifier: MIT */
/* Zinc: the three version numbers, and what every public header needs.
 *
 * The release is what packages carry. The ABI is the number in the shared library's soname and
 * changes only when a compiled program would break. The layout is written into every region; a
 * region of another layout is refused when it is attached (ZINC_E_LAYOUT), never guessed at. */
#ifndef ZINC_VERSION_H
#define ZINC_VERSION_H

#include <stddef.h>
#include <stdint.h>

#define ZINC_VERSION_MAJOR 0
#define ZINC_VERSION_MINOR 1
#define ZINC_VERSION_PATCH 0
#define ZINC_VERSION_TEXT "0.1.0"
#define ZINC_ABI 1
#define ZINC_LAYOUT 1

#if defined(ZINC_STATIC)
#define ZINC_API
#elif defined(_WIN32)
#define ZINC_API __declspec(dllimport)
#else
#define ZINC_API __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Return the release of the loaded library: major << 16 | minor << 8 | patch.
 * Any thread of any process; wait-free. Since 0.1 */
ZINC_API uint32_t zinc_version(void);

/* Return the release of the loaded library as text, "0.1.0". The text lives for ever.
 * Any thread of any process; wait-free. Since 0.1 */
ZINC_API const char *zinc_version_text(void);

/* Return the layout number that the loaded library writes into regions and accepts in them.
 * Any thread of any process; wait-free. Since 0.1 */
ZINC_API uint32_t zinc_layout(void);

#ifdef __cplusplus
}
#endif
#endif
