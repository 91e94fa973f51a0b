/* SPDX-License-Identifier: Apache-2.0 */
/* A resolver thread and what stands between it and its callers; see recurse.c. */
#ifndef RN_RECURSE_H
#define RN_RECURSE_H

#include "command.h"
#include "group.h"
#include "library.h"
#include "native.h"
#include "query.h"
#include "ring.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

struct rn_counters {
    _Atomic uint64_t submitted;
    _Atomic uint64_t completed;
    _Atomic uint64_t failed;
};

struct rn_recurse {
    struct rn_library *library; /* borrowed */
    struct event_base *base;    /* the thread's, once it runs */
    struct event *inbox_event;
    int inbox_fd;             /* wakes the thread */
    struct rn_ring free;      /* queries that nobody uses */
    struct rn_ring inbox;     /* submitted, not yet asked */
    struct rn_ring outbox;    /* finished, not yet drained */
    struct rn_query *queries; /* all of them */
    size_t capacity;          /* how many */
    struct rn_commands commands;
    struct rn_groups groups;             /* the thread's */
    struct rn_query *asking;             /* the thread's: handed to libunbound just now */
    struct rn_query *drained[RN_BATCH];  /* the draining thread's: popped, not yet written */
    size_t drained_first, drained_count; /* of these */
    struct rn_counters counters[RN_GROUPS];
    pthread_t thread;
    bool is_running; /* not joined; the owner's */
};

/* Put a finished query into the outbox and wake Python. The thread. */
void rn_recurse_finish(struct rn_recurse *recurse, struct rn_query *query);

#endif
