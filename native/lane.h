/* SPDX-License-Identifier: Apache-2.0 */
/* A lane: a thread with sockets of its own that receives, answers and sends batches; see lane.c. */
#ifndef RN_LANE_H
#define RN_LANE_H

#include "answer.h"
#include "doors.h"

struct rn_lane;

/* What a lane works with; all is borrowed, for as long as it lives. */
struct rn_lane_parts {
    struct rn_answerer answerer;
    struct rn_plan_holder *holder;
    struct rn_waitings *waitings;
    struct rn_diverted *diverted;
    const struct rn_clock *clock;
};

/* Return a running lane, NULL: no memory, descriptor or thread. */
struct rn_lane *rn_lane_new(const struct rn_lane_parts *parts);

/* End the thread and free; takes. NULL is harmless. Its doors' references are dropped. */
void rn_lane_free(struct rn_lane *lane);

/* Receive at a door (copied) from now on; as rn_doors_open. Any thread. */
int rn_lane_open(struct rn_lane *lane, const struct rn_door *door);

/* Take in what has arrived at a socket's door, and nothing after; returns when that is done. Any
 * thread but the lane's. */
void rn_lane_shut(struct rn_lane *lane, const struct rn_socket *socket);

#endif
