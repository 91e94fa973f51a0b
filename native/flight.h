/* SPDX-License-Identifier: Apache-2.0 */
/* Who joins a recursion in flight and who leaves it; see flight.c. */
#ifndef RN_FLIGHT_H
#define RN_FLIGHT_H

#include "traffic.h"

/* One native query that is to wait for a recursion. */
struct rn_joining {
    uint64_t ticket;            /* of waiting.h: who has the result takes it and answers it */
    const struct rn_task *task; /* borrowed until the call returns */
    uint8_t outcome;            /* set: enum rn_joined */
};

/*
 * Have queries wait for recursions, which start unless they are in flight already. Each that is not
 * RN_JOINED is the caller's to take and answer. Never waits. Any thread; count at most RN_BATCH.
 */
void rn_flights_join_batch(struct rn_flights *flights, struct rn_joining *joining, size_t count,
                           int64_t now_ms);

/* A query that had joined waits no more: its deadline has passed. Return whether the flight was
 * there when it came. The watch. */
bool rn_flights_leave(struct rn_flights *flights, const struct rn_waiting *waiting);

/* Take a flight out of the table, its slot or its place in the queue with it; who waits for it is
 * counted no more. The lock is held. */
void rn_flights_forget(struct rn_flights *flights, struct rn_flight *flight);

/* Free a flight that is in no table. */
void rn_flight_free(struct rn_flight *flight);

#endif
