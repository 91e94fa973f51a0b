/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Misses that wait for recursions, or for the chain: what lanes, connections and flights do alike.
 *
 *     miss -> waits (waiting.c) -> joins a flight (flight.c) -> is answered when that lands
 *              |                   '-> may not: SERVFAIL, at once
 *              '-> goes to the chain (diverted.c)
 */
#include "missed.h"

#include "diverted.h"
#include "failure.h"

void rn_missed_join(struct rn_joining *joining, size_t count, int64_t now_ms)
{
    /* a process has one table of flights */
    rn_flights_join_batch(joining[0].task->route.block->recursion.flights, joining, count, now_ms);
}

size_t rn_missed_refuse(struct rn_answerer *answerer, struct rn_waitings *waitings,
                        const struct rn_joining *joining, struct rn_task *task, uint8_t *out)
{
    struct rn_waiting *waiting = rn_waitings_take(waitings, joining->ticket);
    if (!waiting)
        return 0;
    struct rn_served *served = &task->served;
    bool is_late = joining->outcome == RN_JOINED_TOO_LATE;
    struct rn_recursed recursed = {
        .as = is_late ? RN_JOINED_LATE : RN_CAPPED,
        .cap = (uint8_t)(is_late ? 0 : joining->outcome - RN_REFUSED_FLIGHTS),
        .is_coalesced = is_late,
    };
    struct rn_manner manner = rn_manner_of(&task->route.block->manner, &task->arrival);
    served->failure = is_late ? RN_TOO_LATE : RN_TOO_MANY;
    size_t length = rn_failure_render(task, (enum rn_failure)served->failure, &manner, out);
    rn_counts_recursed(answerer->counts, waiting->plan, task->arrival.listener, &recursed);
    rn_answer_tell(answerer, task, NULL, 0);
    rn_waiting_free(waiting);
    return length;
}

bool rn_missed_divert(const struct rn_onward *onward, struct rn_task *task)
{
    task->outcome = RN_DIVERT; /* it is the chain that counts */
    uint64_t ticket = rn_waitings_add(onward->waitings, task, onward->plan, onward->socket,
                                      onward->peer, onward->deadline_ms);
    if (ticket == 0)
        return false;
    rn_diverted_begin(onward->diverted);
    bool is_put = rn_diverted_put(onward->diverted, ticket, &task->arrival);
    rn_diverted_end(onward->diverted);
    struct rn_waiting *again = is_put ? NULL : rn_waitings_take(onward->waitings, ticket);
    if (again)
        rn_waiting_free(again);
    return is_put;
}
