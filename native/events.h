/* SPDX-License-Identifier: Apache-2.0 */
/* A ring of events for observers that want each query (`log`) or failure (`errors`); see events.c.
 */
#ifndef RN_EVENTS_H
#define RN_EVENTS_H

#include "counts.h"
#include "image.h"
#include "plan.h"
#include "served.h"

/* Whether rn_events_tell has anything to do. Costs nothing where nobody observes. */
static inline bool rn_events_are_wanted(const struct rn_block *block,
                                        const struct rn_served *served)
{
    return block && (block->wants_events || (block->wants_failures && served->failure));
}

/*
 * Tell of one query; image: the response as it was stored, NULL for one without records. Tells
 * nothing to blocks that do not want it. wall_s: seconds since 1970, by which signatures end; 0:
 * they are not looked at (those of an image from the store hold). Never waits: without room it is
 * dropped and counted. Any thread; those that tell much have a ring each, so that none waits for
 * another's copying.
 */
void rn_events_tell(struct rn_events *events, const struct rn_block *block,
                    const struct rn_served *served, const struct rn_image *image, int64_t wall_s);

#endif
