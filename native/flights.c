/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of recursions in flight: its life, its upstreams, what it shows.
 *
 *     upstreams[group]   numbers: a generation and the group of contexts that answers
 *
 * An upstream's number is never used again, so that a plan of yesterday cannot ask a group that has
 * another configuration by now. References are counted: plans outlive what has made them.
 */
#include "flights.h"

#include "engine.h"
#include "flight.h"
#include "landing.h"
#include "recurse.h"
#include "references.h"

#include <stdlib.h>
#include <string.h>

struct rn_flights *rn_flights_new(struct rn_engine *engine, struct rn_counts *counts,
                                  struct rn_events *events, const struct rn_flight_limits *limits)
{
    struct rn_flights *flights = calloc(1, sizeof *flights);
    if (!flights)
        return NULL;
    atomic_init(&flights->references, 1);
    flights->asker =
        (struct rn_asker){.flights = flights, .land = rn_flight_land, .flush = rn_flights_flush};
    atomic_init(&flights->asker.is_due, false);
    pthread_mutex_init(&flights->lock, NULL);
    flights->waitings = engine->waitings;
    flights->diverted = &engine->diverted;
    flights->clock = engine->clock;
    flights->limits = *limits;
    flights->landing.answerer =
        (struct rn_answerer){.store = engine->store, .counts = counts, .events = events};
    flights->landing.workshop = rn_workshop_new();
    if (rn_sending_init(&flights->landing.sending) == RN_OK && flights->landing.workshop &&
        rn_caps_init(&flights->caps, limits) == RN_OK) {
        rn_random_seed(&flights->landing.answerer.random, rn_caps_hash(&flights->caps, 0, NULL, 0));
        return flights;
    }
    rn_flights_drop(flights);
    return NULL;
}

struct rn_flights *rn_flights_keep(struct rn_flights *flights)
{
    rn_refer(&flights->references);
    return flights;
}

void rn_flights_drop(struct rn_flights *flights)
{
    if (!flights || !rn_unrefer(&flights->references))
        return;
    while (flights->failing) { /* its resolver thread had ended before */
        struct rn_flight *flight = flights->failing;
        flights->failing = flight->next;
        rn_flight_free(flight);
    }
    for (uint32_t group = 0; group < RN_GROUPS; group++)
        if (flights->turns[group]) {
            rn_turns_destroy(flights->turns[group]);
            free(flights->turns[group]);
        }
    rn_caps_destroy(&flights->caps);
    rn_workshop_free(flights->landing.workshop);
    rn_sending_destroy(&flights->landing.sending);
    pthread_mutex_destroy(&flights->lock);
    free(flights);
}

void rn_flights_attach(struct rn_flights *flights, struct rn_recurse *recurse)
{
    atomic_store(&recurse->asker, &flights->asker); /* before it may ask */
    pthread_mutex_lock(&flights->lock);
    flights->recurse = recurse;
    pthread_mutex_unlock(&flights->lock);
}

/* Have all flights without a slot fail, of one upstream, or (0) of all. The lock is held. */
static void fail(struct rn_flights *flights, uint32_t upstream)
{
    struct rn_flight *next;
    for (size_t i = 0; i < RN_FLIGHT_BUCKETS; i++)
        for (struct rn_flight *at = flights->buckets[i]; at; at = next) {
            next = at->next;
            if (at->turn.has_slot || (upstream != 0 && at->upstream != upstream))
                continue;
            rn_flights_forget(flights, at);
            at->next = flights->failing;
            flights->failing = at;
        }
    if (!flights->failing)
        return;
    atomic_store(&flights->asker.is_due, true);
    rn_recurse_wake(flights->recurse);
}

void rn_flights_detach(struct rn_flights *flights)
{
    pthread_mutex_lock(&flights->lock);
    if (flights->recurse)
        fail(flights, 0);
    memset(flights->upstreams, 0, sizeof flights->upstreams);
    flights->recurse = NULL;
    pthread_mutex_unlock(&flights->lock);
}

uint32_t rn_flights_open(struct rn_flights *flights, uint32_t group, uint32_t slots)
{
    uint32_t upstream = 0;
    if (group >= RN_GROUPS)
        return 0;
    pthread_mutex_lock(&flights->lock);
    if (!flights->turns[group])
        flights->turns[group] = calloc(1, sizeof *flights->turns[group]);
    if (flights->turns[group]) {
        flights->turns[group]->slots = slots > 0 ? slots : 1;
        upstream = ++flights->last_generation * RN_GROUPS + group;
        flights->upstreams[group] = upstream;
        if (flights->groups <= group)
            flights->groups = group + 1;
    }
    pthread_mutex_unlock(&flights->lock);
    return upstream;
}

void rn_flights_close(struct rn_flights *flights, uint32_t upstream)
{
    pthread_mutex_lock(&flights->lock);
    if (upstream != 0 && flights->upstreams[upstream % RN_GROUPS] == upstream) {
        flights->upstreams[upstream % RN_GROUPS] = 0;
        if (flights->recurse)
            fail(flights, upstream);
    }
    pthread_mutex_unlock(&flights->lock);
}

void rn_flights_count(struct rn_flights *flights, struct rn_flight_counts *counts)
{
    pthread_mutex_lock(&flights->lock);
    *counts = (struct rn_flight_counts){flights->count, flights->begun, flights->caps.waiters};
    pthread_mutex_unlock(&flights->lock);
}

size_t rn_flights_show(struct rn_flights *flights, struct rn_flight_shown *out, size_t room)
{
    size_t count = 0;
    pthread_mutex_lock(&flights->lock);
    for (size_t i = 0; i < RN_FLIGHT_BUCKETS; i++)
        for (struct rn_flight *at = flights->buckets[i]; at && count < room; at = at->next) {
            struct rn_flight_shown *shown = &out[count++];
            memcpy(shown->qname, at->qname, at->qname_length);
            shown->qname_length = at->qname_length;
            shown->qtype = at->qtype;
            shown->is_asked = at->turn.has_slot;
            shown->waiting = at->waiting;
            shown->deadline_ms = at->deadline_ms;
        }
    pthread_mutex_unlock(&flights->lock);
    return count;
}
