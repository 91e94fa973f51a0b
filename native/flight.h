/* SPDX-License-Identifier: Apache-2.0 */
/* Recursions in flight, and who waits for them; see flight.c. */
#ifndef RN_FLIGHT_H
#define RN_FLIGHT_H

#include "waiting.h"

struct rn_flights;

/* One native query that is to wait for a recursion. */
struct rn_joining {
    uint64_t ticket;            /* of waiting.h: who has the result takes it and answers it */
    const struct rn_task *task; /* borrowed until the call returns */
};

/*
 * Have queries wait for recursions, which start unless they are in flight already. What a cap turns
 * down, or a flight that is late, is answered at once (SERVFAIL with its EDE), and counted. A closed
 * table answers SERVFAIL. Never waits. Any thread; count at most RN_BATCH.
 */
void rn_flights_join_batch(struct rn_flights *flights, const struct rn_joining *joining,
                           size_t count, int64_t now_ms);

/* One reference more, and one less; the last frees. A plan has one for each block that names them. */
struct rn_flights *rn_flights_keep(struct rn_flights *flights);
void rn_flights_drop(struct rn_flights *flights);

#endif
