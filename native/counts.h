/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counters of what was served without the chain; see counts.c (counting) and ledger.c (reading).
 *
 * A plan has a ledger, a ledger a page for each thread that counts. A thread writes its own pages
 * only, so nothing is locked and nothing is lost when plans change.
 */
#ifndef RN_COUNTS_H
#define RN_COUNTS_H

#include "surface_observed.h"
#include "plan.h"
#include "served.h"

/* A thread's own: the number of its page in every ledger (see rn_counts_new). */
struct rn_counts {
    uint32_t page;
};

/* What happens to a listener besides queries that are served. */
enum rn_tally { RN_TALLY_LATE = RN_LISTENER_LATE, RN_TALLY_UNSENT = RN_LISTENER_UNSENT };

/* How a recursion was for one query that waited for it: plugins/unbound/metrics.py. */
enum rn_recursed_as {
    RN_RECURSED,      /* it came to its end in time */
    RN_RECURSED_LATE, /* the query's deadline came first: rcode, is_secure and is_bogus are nothing
                       */
    RN_JOINED_LATE,   /* it was late when the query came, and is not waited for */
    RN_CAPPED         /* it was turned down; `cap` says why */
};

/* Why: resolver.types.Refused.reason, in this order. */
enum rn_cap { RN_CAP_FLIGHTS, RN_CAP_WAITERS, RN_CAP_CLIENT, RN_CAP_SUFFIX };

struct rn_recursed {
    uint8_t as;          /* enum rn_recursed_as */
    uint8_t cap;         /* enum rn_cap */
    bool is_coalesced;   /* it was in flight already */
    bool is_secure;      /* the result is data that validated */
    bool is_bogus;       /* the result is data that failed to */
    uint16_t rcode;      /* of the response */
    int64_t duration_ns; /* since the query came */
};

/*
 * Count one query that was answered, or dropped on purpose. Also when it is_late. Never fails,
 * never allocates, about 10 ns. The counters' own thread, as all of these.
 */
void rn_counts_add(struct rn_counts *counts, const struct rn_served *served);

/* Count what rn_counts_add does not: a question of the chain's that was answered here at its
 * deadline (RN_TALLY_LATE), responses that the system did not take. */
void rn_counts_tally(struct rn_counts *counts, const struct rn_plan *plan, uint16_t listener,
                     enum rn_tally tally, uint64_t amount);

/* Count how a recursion was, once for each query that waited for it. */
void rn_counts_recursed(struct rn_counts *counts, const struct rn_plan *plan, uint16_t listener,
                        const struct rn_recursed *recursed);

/* Count that a response did not fit into the store (what rn_keep says). */
void rn_counts_drop(struct rn_counts *counts, const struct rn_served *served);

/* Count an event that found no room; events.c does. */
void rn_counts_lose_event(struct rn_counts *counts, const struct rn_served *served);

/* One reference more. Any thread. */
struct rn_ledger *rn_ledger_keep(struct rn_ledger *ledger);

/* The plan is gone, and nobody counts any more: says so to who reads, and drops a reference. NULL
 * is harmless. */
void rn_ledger_end(struct rn_ledger *ledger);

#endif
