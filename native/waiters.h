/* SPDX-License-Identifier: Apache-2.0 */
/* Who waits for recursions in flight; see waiters.c. */
#ifndef RN_WAITERS_H
#define RN_WAITERS_H

#include "answer.h"
#include "traffic.h"

/* Which of the four variants a query wants: DO, and CD. */
enum { RN_AS_DO = 1, RN_AS_CD = 2 };

static inline unsigned rn_variant_of(const struct rn_asked *asked)
{
    return (asked->is_do ? RN_AS_DO : 0u) | ((asked->flags & RN_CD) ? RN_AS_CD : 0u);
}

/* What one who is to wait wants made of the result. All borrowed; zeroed: nothing. */
struct rn_wish {
    struct rn_plan *plan;
    const struct rn_block *block; /* the plan's */
    uint8_t variant;
    bool is_rd;
};

/* Return the party of a flight for a wish, made if need be; NULL: no memory. The flights' lock is
 * held, here and below. */
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
