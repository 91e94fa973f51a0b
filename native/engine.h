/* SPDX-License-Identifier: Apache-2.0 */
/* The native engine: lanes, who waits, and the way to Python and back; see engine.c. */
#ifndef RN_ENGINE_H
#define RN_ENGINE_H

#include "counts.h"
#include "diverted.h"
#include "lane.h"
#include "native.h"
#include "outbox.h"
#include "replies.h"

enum { RN_LANES_MAX = 64, RN_STREAM_MISSES = 64 };

struct rn_engine {
    struct rn_store *store;         /* borrowed, as the two below */
    struct rn_plan_holder *holder;
    const struct rn_clock *clock;
    struct rn_waitings *waitings;
    struct rn_diverted diverted;
    struct rn_outbox outbox;        /* replies for connections */
    struct rn_socket *connections;  /* by which they go there */
    struct rn_replies *replies;     /* the chain's, to datagrams' senders; the owner's thread */
    struct rn_random random;        /* seeds those of lanes; the owner's thread */
    struct rn_answerer watching;    /* the watch's own */
    struct rn_answerer streaming;   /* for connections; the owner's thread */
    struct rn_task misses[RN_STREAM_MISSES]; /* of one read buffer; the owner's thread */
    struct rn_lane *lanes[RN_LANES_MAX];
};

#endif
