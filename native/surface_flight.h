/* SPDX-License-Identifier: Apache-2.0 */
/* The surface's part on native recursions in flight. Read native.h first. */
#ifndef RN_SURFACE_FLIGHT_H
#define RN_SURFACE_FLIGHT_H

#include <stddef.h>
#include <stdint.h>

/* cdef begin */

struct rn_flights;

/* Most at a time; see resolver/recursion/caps.py. */
struct rn_flight_limits {
    uint32_t slots; /* flights inside libunbound, of all groups */
    uint32_t flights;
    uint32_t waiters;
    uint32_t client_waiters;
    int64_t deadline_ms;
};

/* How many there are. */
struct rn_flight_counts {
    uint32_t flights;
    uint32_t begun;   /* of them in libunbound */
    uint32_t waiters;
};

/* One flight as it is now. */
struct rn_flight_shown {
    uint8_t qname[255];
    uint8_t qname_length;
    uint16_t qtype;
    uint16_t is_asked; /* 0: it waits for its turn */
    uint32_t waiting;
    int64_t deadline_ms;
};

struct rn_engine;

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

/* Begin no flight more; who waits for a turn gets a failure. What libunbound has is answered still. */
void rn_flights_detach(struct rn_flights *flights);

/* Let a group have flights, at most `slots` of them in libunbound. RN_OK, RN_EGROUP, RN_ENOMEM. */
int rn_flights_open(struct rn_flights *flights, uint32_t group, uint32_t slots);

/* End a group: what waits for its turn fails, what is in libunbound goes on. Any thread. */
void rn_flights_close(struct rn_flights *flights, uint32_t group);

/* Set *counts (borrows). Any thread. */
void rn_flights_count(struct rn_flights *flights, struct rn_flight_counts *counts);

/* Write flights to out (borrows), at most `room`; return how many. Any thread. */
size_t rn_flights_show(struct rn_flights *flights, struct rn_flight_shown *out, size_t room);

/* cdef end */

#endif
