/* SPDX-License-Identifier: Apache-2.0 */
/* Groups of contexts: one configuration, two contexts each; see group.c. */
#ifndef RN_GROUP_H
#define RN_GROUP_H

#include "context.h"
#include "native.h"

#include <stdatomic.h>
#include <stdint.h>

struct rn_group {
    struct rn_text texts[2];        /* the configuration of each context; copies that are ours */
    struct rn_context *contexts[2]; /* NULL until first needed */
};

/* All groups of one resolver thread. Its thread's, but for the counts. */
struct rn_groups {
    struct rn_library *library;
    struct event_base *base;
    struct event *reap;         /* runs when a retired context may be deleted */
    uint32_t drain_ms;          /* how long a retired context may go on */
    struct rn_context *retired; /* linked by next_retired */
    struct rn_group *groups[RN_GROUPS];
    _Atomic uint64_t counts[RN_GROUPS]; /* contexts that exist, by group number; any thread reads */
};

/* Make it empty in *groups (borrows; zeroed), on the base (borrows). RN_OK or RN_ENOMEM. */
int rn_groups_init(struct rn_groups *groups, struct rn_library *library, struct event_base *base,
                   uint32_t drain_ms);

/* Delete every group and every context now; what is pending is called back. The thread's. */
void rn_groups_clear(struct rn_groups *groups);

/* Release what init made, if it was; cleared before, and the thread has ended. */
void rn_groups_destroy(struct rn_groups *groups);

/* As rn_recurse_configure, flush and remove, in the thread. */
int rn_groups_configure(struct rn_groups *groups, uint32_t number, const struct rn_text texts[2],
                        char *message);
int rn_groups_flush(struct rn_groups *groups, uint32_t number, char *message);
int rn_groups_remove(struct rn_groups *groups, uint32_t number);

/* Set *context (lends, until the thread's next pass) to context 0 or 1 of a group, made if need be.
 * RN_OK, RN_EGROUP, RN_ECONTEXT, or as rn_context_new with its message. */
int rn_groups_context(struct rn_groups *groups, uint32_t number, unsigned which,
                      struct rn_context **context, char *message);

/* One question less is pending in a context (borrows). May be called from libunbound's callback. */
void rn_groups_done(struct rn_groups *groups, struct rn_context *context);

#endif
