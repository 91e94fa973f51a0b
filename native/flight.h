/* SPDX-License-Identifier: Apache-2.0 */
/* Recursions in flight, and who waits for them; see flight.c (joining) and landing.c (results). */
#ifndef RN_FLIGHT_H
#define RN_FLIGHT_H

#include "datagrams.h"
#include "native.h"
#include "normal.h"
#include "tally.h"
#include "turns.h"
#include "waiting.h"

#include <pthread.h>

struct rn_flights;
struct rn_recurse;

/* One native query that is to wait for a recursion. */
struct rn_joining {
    uint64_t ticket;            /* of waiting.h: who has the result takes it and answers it */
    const struct rn_task *task; /* borrowed until the call returns */
    uint8_t outcome;            /* set: enum rn_joined */
};

enum rn_joined {
    RN_JOINED,
    RN_JOINED_TOO_LATE, /* the flight is past its deadline: answer at once */
    RN_REFUSED_FLIGHTS, /* a cap was reached: likewise; in the order of enum rn_cap */
    RN_REFUSED_WAITERS,
    RN_REFUSED_CLIENT,
    RN_REFUSED_SUFFIX
};

/*
 * Have queries wait for recursions, which start unless they are in flight already. Each that is not
 * RN_JOINED is the caller's to take and answer. Never waits. Any thread; count at most RN_BATCH.
 */
void rn_flights_join_batch(struct rn_flights *flights, struct rn_joining *joining, size_t count,
                           int64_t now_ms);

/* A query that had joined waits no more: its deadline has passed. The watch. */
void rn_flights_leave(struct rn_flights *flights, const struct rn_waiting *waiting);

/* One reference more, and one less; the last frees. A plan has one for each block that names them. */
struct rn_flights *rn_flights_keep(struct rn_flights *flights);
void rn_flights_drop(struct rn_flights *flights);

/* A variant of the result that somebody asked for, so that it is kept even if all have left. */
struct rn_wish {
    struct rn_plan *plan; /* a reference; NULL: nobody asked */
    const struct rn_block *block;
    bool is_rd;
};

struct rn_waiter {
    struct rn_waiter *next;
    uint64_t ticket; /* 0: it waits no more, and is not counted */
    uint64_t client; /* under which it is counted; 0: under none */
    int64_t joined_ms;
    uint8_t variant;
    bool is_coalesced;
};

/* Which of the four variants a query wants: DO, and CD. */
enum { RN_AS_DO = 1, RN_AS_CD = 2 };

static inline unsigned rn_variant_of(const struct rn_asked *asked)
{
    return (asked->is_do ? RN_AS_DO : 0u) | ((asked->flags & RN_CD) ? RN_AS_CD : 0u);
}

enum { RN_VARIANTS = 4, RN_FLIGHT_BUCKETS = 16384 };

struct rn_flight {
    struct rn_turn turn;
    struct rn_flight *next_in_bucket;
    struct rn_flights *flights;
    struct rn_waiter *waiters;
    uint64_t hash;
    uint64_t suffix;
    int64_t deadline_ms;
    uint32_t live; /* waiters that are counted */
    uint32_t group;
    struct rn_wish wishes[RN_VARIANTS]; /* by rn_variant_of */
    uint16_t qtype;
    uint16_t qclass;
    uint8_t qname_length;
    uint8_t qname[];
};

/* The resolver thread's own: replies that are made and not sent. */
struct rn_landing {
    struct rn_answerer answerer;
    struct rn_recurse *recurse; /* whose thread it is */
    struct rn_workshop *workshop;
    struct rn_datagrams *replies;
    struct rn_socket *socket; /* of all in `answered` */
    struct rn_waiting *answered[RN_DATAGRAMS];
    size_t count;
};

struct rn_flights {
    atomic_uint references;
    pthread_mutex_t lock; /* of all here but `landing` */
    struct rn_waitings *waitings;
    struct rn_diverted *diverted;
    const struct rn_clock *clock;
    struct rn_recurse *recurse; /* NULL: closed */
    struct rn_flight_limits limits;
    uint64_t key[2]; /* of hashes */
    struct rn_tallies clients;
    struct rn_tallies suffixes;
    uint32_t waiters;
    uint32_t count;    /* of flights */
    uint32_t begun;    /* of them in libunbound */
    uint32_t next_group;
    struct rn_turns *turns[RN_GROUPS];
    struct rn_flight *buckets[RN_FLIGHT_BUCKETS];
    struct rn_landing landing;
};

/* Give slots to those whose turn it is and hand them to libunbound. The lock is held. */
void rn_flights_begin(struct rn_flights *flights);

/* Take a flight out of the table, its slot or its place in the queue with it; who waits for it is
 * counted no more. The lock is held. */
void rn_flights_forget(struct rn_flights *flights, struct rn_flight *flight);

/* What came of a flight (borrows): answer all who wait, keep what is to be kept, free the flight. The
 * resolver thread. */
void rn_flight_land(struct rn_flight *flight, const struct rn_result *result, const uint8_t *wire,
                    const char *why_bogus);

/* Send what is made and not sent. The resolver thread. */
void rn_flights_flush(struct rn_flights *flights);

/* Free a flight that is in no table. */
void rn_flight_free(struct rn_flight *flight);

#endif
