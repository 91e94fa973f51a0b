/* SPDX-License-Identifier: Apache-2.0 */
/* Recursions in flight, and who waits for them; see flights.c (the table), flight.c (who joins and
 * leaves), waiters.c (who waits), takeoff.c (whose turn it is) and landing.c (results). */
#ifndef RN_FLIGHT_H
#define RN_FLIGHT_H

#include "caps.h"
#include "native.h"
#include "normal.h"
#include "sending.h"
#include "turns.h"
#include "waiters.h"
#include "waiting.h"

#include <pthread.h>

struct rn_query;

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

/* A query that had joined waits no more: its deadline has passed. Return whether the flight was there
 * when it came. The watch. */
bool rn_flights_leave(struct rn_flights *flights, const struct rn_waiting *waiting);

/* One reference more (rn_flights_drop: one less). A plan has one for each block that names them. */
struct rn_flights *rn_flights_keep(struct rn_flights *flights);

struct rn_flight {
    struct rn_turn turn;
    struct rn_flight *next; /* in its bucket, or of those that fail */
    struct rn_flights *flights;
    struct rn_party *parties;       /* who waits */
    struct rn_party own_party;      /* room for the first of them */
    struct rn_waiter own;           /* room for one who waits */
    struct rn_query *owed;          /* room for the result that the chain's share, once one joined; else NULL */
    uint64_t number;                /* never twice the same */
    uint64_t hash;
    uint64_t suffix;
    int64_t deadline_ms;
    uint32_t waiting;
    uint32_t waiting_chain; /* of them the chain's that share a result */
    uint32_t upstream;
    uint32_t group;
    uint16_t qtype;
    uint16_t qclass;
    uint8_t renew; /* as in struct rn_flight_question */
    uint8_t qname_length;
    uint8_t qname[];
};

/* The resolver thread's own. */
struct rn_landing {
    struct rn_answerer answerer;
    struct rn_workshop *workshop;
    struct rn_sending sending; /* replies that are made and not sent */
};

enum { RN_FLIGHT_BUCKETS = 16384 };

struct rn_flights {
    atomic_uint references;
    pthread_mutex_t lock; /* of all here but the first five and `landing` */
    struct rn_waitings *waitings;
    struct rn_diverted *diverted;
    const struct rn_clock *clock;
    struct rn_flight_limits limits;
    struct rn_recurse *recurse; /* NULL: detached */
    struct rn_caps caps;
    uint64_t last_number;
    uint32_t last_generation;
    uint32_t last_chain; /* the number of the chain's that came last */
    uint32_t longest_search; /* how many waiters were looked at to find one, at most so far */
    uint32_t count; /* of flights */
    uint32_t begun; /* of them in libunbound */
    uint32_t groups; /* one more than the highest that ever was open */
    uint32_t next_group;
    uint32_t upstreams[RN_GROUPS]; /* their numbers; 0: it has ended */
    struct rn_turns *turns[RN_GROUPS];
    struct rn_flight *buckets[RN_FLIGHT_BUCKETS];
    struct rn_waiter *roll[RN_FLIGHT_BUCKETS];
    struct rn_flight *failing;  /* taken out, to be told by the resolver thread */
    atomic_bool has_failing;
    struct rn_landing landing;
};

/* Give slots to those whose turn it is and hand them to libunbound. The lock is held. */
void rn_flights_begin(struct rn_flights *flights);

/* Take a flight out of the table, its slot or its place in the queue with it; who waits for it is
 * counted no more. The lock is held. */
void rn_flights_forget(struct rn_flights *flights, struct rn_flight *flight);

/* Have all flights without a slot fail, of one upstream, or (0) of all. The lock is held. */
void rn_flights_fail(struct rn_flights *flights, uint32_t upstream);

/* What came of a flight (all borrowed): answer all who wait, keep what is to be kept, free the flight.
 * The resolver thread. */
void rn_flight_land(struct rn_flight *flight, const struct rn_result *result, const uint8_t *wire,
                    const char *why_bogus);

/* Tell who waits for flights that fail, and send what is made and not sent. The resolver thread. */
void rn_flights_flush(struct rn_flights *flights);

/* Free a flight that is in no table. */
void rn_flight_free(struct rn_flight *flight);

#endif
