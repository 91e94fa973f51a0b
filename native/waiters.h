/* SPDX-License-Identifier: Apache-2.0 */
/* Who waits for recursions in flight; see waiters.c. */
#ifndef RN_WAITERS_H
#define RN_WAITERS_H

#include "answer.h"

struct rn_flight;
struct rn_flights;
struct rn_query;

/* Which of the four variants a query wants: DO, and CD. */
enum { RN_AS_DO = 1, RN_AS_CD = 2 };

static inline unsigned rn_variant_of(const struct rn_asked *asked)
{
    return (asked->is_do ? RN_AS_DO : 0u) | ((asked->flags & RN_CD) ? RN_AS_CD : 0u);
}

struct rn_waiter {
    struct rn_waiter *next, *previous; /* in its party, in the order in which they came */
    struct rn_waiter *next_in_roll;
    struct rn_party *party; /* NULL: the flight's own room for one, which is free */
    uint64_t ticket;        /* of waiting.h; the chain's are numbered below 2^32 */
    uint64_t query;         /* the ticket of the query that the result answers; 0: of none */
    uint64_t number;        /* of the chain's: what its result comes under */
    struct rn_query *owed;  /* room for a result of its own: of the chain's, with a query; else NULL */
    uint64_t client;        /* under which it is counted; 0: under none */
    bool is_chain;          /* it is told of the result, whether that answers a query or not */
    bool is_coalesced;
};

/* Those who get the same image: a variant, by the policy of one block; or those of the chain's who get
 * the result alone. It lives as long as its flight, so that the image is kept even if all have left. */
struct rn_party {
    struct rn_party *next; /* in the order in which the first of each came */
    struct rn_flight *flight;
    struct rn_plan *plan; /* a reference; NULL: of the chain's that answer by themselves */
    const struct rn_block *block;
    struct rn_waiter *first, *last;
    uint8_t variant; /* rn_variant_of */
    bool is_rd;      /* somebody asked with RD */
};

/* What one who is to wait wants made of the result. All borrowed; zeroed: nothing. */
struct rn_wish {
    struct rn_plan *plan;
    const struct rn_block *block; /* the plan's */
    uint8_t variant;
    bool is_rd;
};

/* Return the party of a flight for a wish, made if need be; NULL: no memory. The flights' lock is held,
 * here and below. */
struct rn_party *rn_party_of(struct rn_flight *flight, const struct rn_wish *wish);

/* Have one more wait (copied, but for what the call sets), counted. NULL: no memory. */
struct rn_waiter *rn_waiter_add(struct rn_flights *flights, struct rn_party *party,
                                const struct rn_waiter *waiter);

/* Return who waits by a ticket, NULL: nobody does. */
struct rn_waiter *rn_waiter_find(struct rn_flights *flights, uint64_t ticket);

/* Have one wait no more; takes. */
void rn_waiter_remove(struct rn_flights *flights, struct rn_waiter *waiter);

/* Count and find nobody any more who waits for a flight. */
void rn_waiters_forget(struct rn_flights *flights, struct rn_flight *flight);

/* Free all who wait for a flight, and their parties; needs no lock. */
void rn_waiters_free(struct rn_flight *flight);

#endif
