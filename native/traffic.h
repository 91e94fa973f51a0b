/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is in flight, and who waits for it: the data that flights.c (the table), flight.c (who joins
 * and leaves), waiters.c (who waits), takeoff.c (whose turn it is) and landing.c (results) share.
 */
#ifndef RN_TRAFFIC_H
#define RN_TRAFFIC_H

#include "asker.h"
#include "caps.h"
#include "native.h"
#include "normal.h"
#include "sending.h"
#include "turns.h"
#include "waiting.h"

#include <pthread.h>

struct rn_query;
struct rn_recurse;

struct rn_waiter {
    struct rn_waiter *next, *previous; /* in its party, in the order in which they came */
    struct rn_waiter *next_in_roll;
    struct rn_party *party; /* NULL: the flight's own room for one, which is free */
    uint64_t ticket;        /* of waiting.h; the chain's are numbered below 2^32 */
    uint64_t query;         /* the ticket of the query that the result answers; 0: of none */
    uint64_t number;        /* of the chain's: what its result comes under */
    struct rn_query *owed;  /* of the chain's with a query: room for a result of its own */
    uint64_t client;        /* under which it is counted; 0: under none */
    bool is_chain;          /* it is told of the result, whether that answers a query or not */
    bool is_coalesced;
};

/* Those who get the same image: a variant, by the policy of one block; or those of the chain's who
 * get the result alone. It lives as long as its flight, so that the image is kept even if all have
 * left. */
struct rn_party {
    struct rn_party *next; /* in the order in which the first of each came */
    struct rn_flight *flight;
    struct rn_plan *plan; /* a reference; NULL: of the chain's that answer by themselves */
    const struct rn_block *block;
    struct rn_waiter *first, *last;
    uint8_t variant; /* rn_variant_of */
    bool is_rd;      /* somebody asked with RD */
};

struct rn_flight {
    struct rn_turn turn;
    struct rn_flight *next; /* in its bucket, or of those that fail */
    struct rn_flights *flights;
    struct rn_party *parties;  /* who waits */
    struct rn_party own_party; /* room for the first of them */
    struct rn_waiter own;      /* room for one who waits */
    struct rn_query *owed;     /* once one of the chain's shares it: room for the result */
    uint64_t number;           /* never twice the same */
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
    pthread_mutex_t lock; /* of all here but the first five, `asker` and `landing` */
    struct rn_waitings *waitings;
    struct rn_diverted *diverted;
    const struct rn_clock *clock;
    struct rn_flight_limits limits;
    struct rn_recurse *recurse; /* NULL: detached */
    struct rn_caps caps;
    uint64_t last_number;
    uint32_t last_generation;
    uint32_t last_chain;     /* the number of the chain's that came last */
    uint32_t longest_search; /* how many waiters were looked at to find one, at most so far */
    uint32_t count;          /* of flights */
    uint32_t begun;          /* of them in libunbound */
    uint32_t groups;         /* one more than the highest that ever was open */
    uint32_t next_group;
    uint32_t upstreams[RN_GROUPS]; /* their numbers; 0: it has ended */
    struct rn_turns *turns[RN_GROUPS];
    struct rn_flight *buckets[RN_FLIGHT_BUCKETS];
    struct rn_waiter *roll[RN_FLIGHT_BUCKETS];
    struct rn_flight *failing; /* taken out, to be told by the resolver thread */
    struct rn_asker asker;     /* due: there is somebody failing */
    struct rn_landing landing;
};

#endif
