/* SPDX-License-Identifier: Apache-2.0 */
/* What libunbound keeps process-global, in one place; see library.c. */
#ifndef RN_LIBRARY_H
#define RN_LIBRARY_H

#include "log.h"
#include "native.h"

struct rn_context;

struct rn_library {
    struct rn_context *contexts; /* all that exist, linked by next_in_library; under the lock */
    struct rn_log log;
    int wake_fd;
};

/* Held while a context is made, finalised or deleted, and while the process forks to try a text:
 * one lock for the process, however many libraries are at work in it. */
void rn_library_lock(void);
void rn_library_unlock(void);

#endif
