/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What becomes of one message: answered here, left to the chain, or recursion.
 *
 * In two steps, so that a lane can begin a whole batch and have the processor fetch what the second
 * steps will read. No system call, no allocation, and nothing is kept. Any thread, with its own
 * rn_answerer.
 */
#ifndef RN_ANSWER_H
#define RN_ANSWER_H

#include "counts.h"
#include "events.h"
#include "plan.h"
#include "random.h"
#include "served.h"
#include "store.h"

/* A thread's own. All is borrowed. */
struct rn_answerer {
    struct rn_store *store;
    struct rn_counts *counts;
    struct rn_events *events; /* NULL: nobody wants any */
    struct rn_random random;
};

enum rn_outcome {
    RN_REPLY,  /* `out` has the reply */
    RN_SILENCE, /* nothing is to be sent */
    RN_DIVERT, /* the chain is to be run */
    RN_RECURSE /* a miss that may be resolved without the chain: route and served are set */
};

struct rn_task {
    struct rn_arrival arrival; /* set by the caller, but for `asked` */
    struct rn_route route;
    struct rn_served served;
    struct rn_key key;
    uint64_t hash;
    enum rn_outcome outcome; /* what the first step found, if it `is_settled` */
    bool is_settled;
};

/* Read the message, choose its block, look at claims and acl; prefetch. */
void rn_answer_begin(struct rn_answerer *answerer, const struct rn_plan *plan, struct rn_task *task,
                     const uint8_t *octets, size_t length);

/* Between the steps, once a batch is begun: have the processor fetch the entry. */
static inline void rn_answer_fetch(struct rn_answerer *answerer, const struct rn_task *task)
{
    if (!task->is_settled)
        rn_store_prefetch_entry(answerer->store, task->hash);
}

/* Do the rest: return what becomes of it. RN_REPLY: *reply_length octets in out (borrows; room for
 * `room`, at least RN_UDP_SIZE_MIN). Counted and told, unless RN_DIVERT or RN_RECURSE. */
enum rn_outcome rn_answer_end(struct rn_answerer *answerer, struct rn_task *task, uint8_t *out,
                              size_t room, size_t *reply_length);

/* Return how a block renders, or whoever `base` is of, for a query that came this way. */
struct rn_manner rn_manner_of(const struct rn_manner *base, const struct rn_arrival *arrival);

/* Count a query that was answered, and tell those who want to hear of it. image (borrows): what was
 * answered, NULL for none; wall_s: to see whether its signatures have ended, 0: that is not asked. */
void rn_answer_tell(struct rn_answerer *answerer, struct rn_task *task, const struct rn_image *image,
                    int64_t wall_s);

#endif
