/* SPDX-License-Identifier: Apache-2.0 */
/* What libunbound keeps process-global, in one place; see library.c. */
#ifndef RN_LIBRARY_H
#define RN_LIBRARY_H

#include "log.h"
#include "native.h"

#include <pthread.h>

struct rn_context;

struct rn_library {
    /* Held while a context is made, finalised or deleted, and over the list of contexts. */
    pthread_mutex_t lock;
    struct rn_context *contexts; /* all that exist, linked by next_in_library */
    struct rn_log log;
    int wake_fd;
};

#endif
