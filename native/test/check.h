/* SPDX-License-Identifier: Apache-2.0 */
/* CHECK: what a test states; a false one ends the program with its place. */
#ifndef RN_TEST_CHECK_H
#define RN_TEST_CHECK_H

#include <stdio.h>
#include <stdlib.h>

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition);              \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

#endif
