/* SPDX-License-Identifier: Apache-2.0 */
/* A ring of events for observers that want each query (`log`); see events.c. */
#ifndef RN_EVENTS_H
#define RN_EVENTS_H

#include "image.h"
#include "served.h"

struct rn_events;

/* Tell of one query; image: the response as it was stored, or NULL. Never waits: without room it is
 * dropped and counted. Any thread. */
void rn_events_tell(struct rn_events *events, const struct rn_served *served,
                    const struct rn_image *image);

#endif
