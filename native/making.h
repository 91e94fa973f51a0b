/* SPDX-License-Identifier: Apache-2.0 */
/* What goes with a plan that is being made; see making.c. One thread. */
#ifndef RN_MAKING_H
#define RN_MAKING_H

#include "plan.h"

/* Have a thing released with the plan: return it, or NULL (then it is released already). */
void *rn_plan_hold(struct rn_plan *plan, void (*release)(void *), void *thing);

/* Return a copy of octets (borrows) that goes with the plan; NULL: no memory. */
void *rn_plan_copy(struct rn_plan *plan, const void *octets, size_t size);

/* Return an array of the plan's with room for one more, zeroed element; NULL: no memory. It is a
 * longer one whenever the count is a power of two. */
void *rn_plan_longer(struct rn_plan *plan, const void *array, size_t count, size_t size);

/* Set a pointer to a set that the plan has a reference of from now on; a NULL set stays NULL.
 * False: no memory. */
bool rn_plan_hold_zones(struct rn_plan *plan, struct rn_zones *zones, const struct rn_zones **held);
bool rn_plan_hold_names(struct rn_plan *plan, struct rn_names *names, const struct rn_names **held);
bool rn_plan_hold_sources(struct rn_plan *plan, struct rn_sources *sources,
                          const struct rn_sources **held);

/* Read the numbers of a `cache` directive (borrows), but no sets. RN_OK, RN_EVALUE. */
int rn_policy_read(struct rn_cache_policy *policy, const struct rn_plan_cache *given);

#endif
