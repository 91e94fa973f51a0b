/* SPDX-License-Identifier: Apache-2.0 */
/* Misses that wait for recursions, of lanes and of connections; see missed.c. */
#ifndef RN_MISSED_H
#define RN_MISSED_H

#include "flight.h"
#include "waiting.h"

/* Have misses that wait already (`joining` names tickets and tasks) join flights, all of one table.
 * Never waits. Any thread; count at least 1, at most RN_BATCH. */
void rn_missed_join(struct rn_joining *joining, size_t count, int64_t now_ms);

/* Answer one that could not join: it waits no more, and is counted and told. Return the length of its
 * reply in out (borrows; RN_REPLY_ROOM); 0: it was answered before. */
size_t rn_missed_refuse(struct rn_answerer *answerer, struct rn_waitings *waitings,
                        const struct rn_joining *joining, struct rn_task *task, uint8_t *out);

/* Where a question goes on its way to the chain. All borrowed. */
struct rn_onward {
    struct rn_waitings *waitings;
    struct rn_diverted *diverted;
    struct rn_plan *plan;
    struct rn_socket *socket;
    const struct rn_peer *peer;
    int64_t deadline_ms; /* until which it waits for the chain */
};

/* Leave one question to the chain (lanes leave batches of them). False: there is no room, and it does not
 * wait. Any thread. */
bool rn_missed_divert(const struct rn_onward *onward, struct rn_task *task);

#endif
