/* SPDX-License-Identifier: Apache-2.0 */
/* A resolver thread and what stands between it and its callers; see recurse.c. */
#ifndef RN_RECURSE_H
#define RN_RECURSE_H

#include "asker.h"
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
    struct rn_ring free;      /* queries that nobody uses any more */
    struct rn_ring inbox;     /* submitted, not yet asked */
    struct rn_ring outbox;    /* finished, not yet drained */
    struct rn_query *queries; /* all of them */
    size_t capacity;          /* how many */
    atomic_size_t begun;      /* how many of them, from the front, are or were in use */
    struct rn_commands commands;
    struct rn_groups groups;             /* the thread's */
    struct rn_query *asking;             /* the thread's: handed to libunbound just now */
    struct rn_query *drained[RN_BATCH];  /* the draining thread's: popped, not yet written */
    size_t drained_first, drained_count; /* of these */
    struct rn_counters counters[RN_GROUPS];
    pthread_t thread;
    bool is_running;                  /* not joined; the owner's */
    _Atomic(struct rn_asker *) asker; /* borrowed; NULL: none */
    atomic_uint owed;                 /* queries made by rn_recurse_owe */
    atomic_bool is_asleep; /* the thread is about to wait: the inbox's eventfd wakes it */
    bool is_ending;        /* the thread's */
    bool has_finished;     /* the thread's: Python is to be woken */
};

/* Move queries that nobody uses to `queries` (borrows), at most `count`; return how many. Any
 * thread. */
size_t rn_recurse_take(struct rn_recurse *recurse, void **queries, size_t count);

/* Have queries (takes) that were taken and have a question asked, from the front, at most RN_BATCH.
 * Return how many are: none once the thread has ended. Any thread. */
size_t rn_recurse_put(struct rn_recurse *recurse, void **queries, size_t count);

/* Count a finished query, and let it be used again. The thread. */
void rn_recurse_recycle(struct rn_recurse *recurse, struct rn_query *query);

/* Return a query that will bring a result of a flight to the outbox; NULL: no memory, or there are
 * too many that nobody has drained. Any thread. */
struct rn_query *rn_recurse_owe(struct rn_recurse *recurse);

/* Free an owed query (takes): unused, or drained. Any thread. */
void rn_recurse_forgive(struct rn_query *owed);

/* Put an owed query that has its result into the outbox; Python is woken at the end of the pass.
 * The thread. */
void rn_recurse_deliver(struct rn_query *owed);

/* Have the thread look at its inbox and its flights, if it does not anyway. Any thread. */
void rn_recurse_wake(struct rn_recurse *recurse);

/* Tell others that they need not wake the thread. The thread. */
static inline void rn_recurse_stay_awake(struct rn_recurse *recurse)
{
    if (atomic_load_explicit(&recurse->is_asleep, memory_order_relaxed))
        atomic_store_explicit(&recurse->is_asleep, false, memory_order_relaxed);
}

/* Put a finished query into the outbox; Python is woken at the end of the pass. The thread. */
void rn_recurse_finish(struct rn_recurse *recurse, struct rn_query *query);

#endif
