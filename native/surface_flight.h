/* SPDX-License-Identifier: Apache-2.0 */
/* The surface's part on native recursions in flight. Read native.h first. */
#ifndef RN_SURFACE_FLIGHT_H
#define RN_SURFACE_FLIGHT_H

#include <stddef.h>
#include <stdint.h>

/* cdef begin */

struct rn_flights;
struct rn_engine;
struct rn_recurse;
struct rn_counts;
struct rn_events;

/* Most at a time; see resolver/recursion/caps.py. */
struct rn_flight_limits {
    uint32_t slots; /* flights inside libunbound, of all upstreams */
    uint32_t flights;
    uint32_t waiters;
    uint32_t client_waiters;
    int64_t deadline_ms;
};

/* How many there are. */
struct rn_flight_counts {
    uint32_t flights;
    uint32_t begun; /* of them in libunbound */
    uint32_t waiters;
};

/* One flight as it is now. */
struct rn_flight_shown {
    uint8_t qname[255]; /* lower-case wire form */
    uint8_t qname_length;
    uint16_t qtype;
    uint16_t is_asked; /* 0: it waits for its turn */
    uint32_t waiting;
    int64_t deadline_ms;
};

/* What became of a question that was to wait for a recursion. */
enum rn_joined {
    RN_JOINED,
    RN_JOINED_TOO_LATE, /* the flight is past its deadline: answer at once */
    RN_REFUSED_FLIGHTS, /* a cap was reached, or the upstream has ended: likewise */
    RN_REFUSED_WAITERS,
    RN_REFUSED_CLIENT,
    RN_REFUSED_SUFFIX
};

/* A question of the chain's. */
struct rn_flight_question {
    uint64_t number;     /* set by join: the ticket of the result */
    uint64_t ticket;     /* of the query behind it, if the result may answer that at once, else 0; set to 0
                          * by join, if it may not */
    struct rn_end client;
    uint32_t upstream;   /* what open returned */
    uint32_t waiter;     /* set by join: who waits */
    uint16_t qtype;
    uint16_t qclass;
    uint8_t is_held;      /* 1: a flight made for it begins with rn_flights_start, or before */
    uint8_t renew;        /* 0; or 1 more than the context whose cached data must not serve */
    uint8_t is_coalesced; /* set by join: the flight was there already */
    uint8_t qname_length;
    uint8_t variant; /* with a ticket: 1 for DO, and 2 for CD */
    uint8_t is_rd;   /* with a ticket: RD */
    uint8_t qname[255]; /* lower-case wire form */
};

/*
 * Return a table of flights, which the caller owns (rn_flights_drop), NULL: no memory. It borrows the
 * engine's parts, counts and events, for as long as the table, or a plan that names it, lives.
 */
struct rn_flights *rn_flights_new(struct rn_engine *engine, struct rn_counts *counts,
                                  struct rn_events *events,
                                  const struct rn_flight_limits *limits);

/* Give a reference back; takes. Any thread. */
void rn_flights_drop(struct rn_flights *flights);

/* Recurse by this resolver thread from now on (borrows, until rn_flights_detach). */
void rn_flights_attach(struct rn_flights *flights, struct rn_recurse *recurse);

/* Begin no flight more; what waits for its turn fails. What libunbound has is answered still: close the
 * resolver thread next. Harmless if none is attached. */
void rn_flights_detach(struct rn_flights *flights);

/* Let an upstream have flights, at most `slots` of them in libunbound, by a group of contexts. Return
 * its number (not a status), which is never that of an earlier one; 0: no such group, or no memory. */
uint32_t rn_flights_open(struct rn_flights *flights, uint32_t group, uint32_t slots);

/* End an upstream: what waits for its turn fails, what is in libunbound goes on. Any thread. */
void rn_flights_close(struct rn_flights *flights, uint32_t upstream);

/*
 * Have a question of the chain's (borrows) wait for its recursion, which starts unless it is in flight
 * already. Return what became of it (not a status). If it is RN_JOINED the result comes out of
 * rn_recurse_drain with question->number as its ticket: once for all of the chain's that joined without
 * one, once for each that has one.
 *
 * With a ticket: what comes of it is kept, and the query that waits under the ticket answered, counted and
 * told of as one that never came to the chain, but for what acl and cache count, which are the chain's.
 * If that was done, the result says so, and has no message. Any thread.
 */
enum rn_joined rn_flights_join(struct rn_flights *flights, struct rn_flight_question *question,
                               int64_t now_ms);

/* Begin what was held. Any thread. */
void rn_flights_start(struct rn_flights *flights);

/* One that had joined (borrows; as join left it) waits no more. Nothing happens if the result is on its
 * way already. Any thread. */
void rn_flights_part(struct rn_flights *flights, const struct rn_flight_question *question);

/* Set *counts (borrows). Any thread. */
void rn_flights_count(struct rn_flights *flights, struct rn_flight_counts *counts);

/* Write flights to out (borrows), at most `room`, in no order; return how many. Any thread. */
size_t rn_flights_show(struct rn_flights *flights, struct rn_flight_shown *out, size_t room);

/* cdef end */

#endif
