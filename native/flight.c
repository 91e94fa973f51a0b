/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recursions in flight, and who waits for them: resolver/recursion/flight.py and caps.py.
 *
 *     buckets -> flight -> waiters (tickets)      identical questions are one flight
 *     turns[group] -> queues by suffix            flights that wait for a slot in libunbound
 *     clients, suffixes                           how many wait, of a client and for a suffix
 *
 * Lanes join, the resolver thread lands (landing.c), the watch lets go who is past its deadline; one
 * mutex, taken once a batch, nothing slow under it. A waiter is a ticket: whoever takes the query that
 * it stands for answers it. A flight once begun is never given up: what comes late fills the cache.
 */
#define _GNU_SOURCE
#include "flight.h"

#include "clock.h"
#include "engine.h"
#include "recurse.h"
#include "siphash.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { SMALLEST_SHARE = 16, SUFFIX_LABELS = 2 };

static uint64_t hash_of(const struct rn_flights *flights, uint64_t first, const uint8_t *octets,
                        size_t length)
{
    struct rn_siphash state;
    rn_siphash_init(&state, flights->key);
    rn_siphash_word(&state, first);
    return rn_siphash_end(&state, octets, length, sizeof first) | 1;
}

static uint64_t flight_hash(const struct rn_flights *flights, uint32_t group,
                            const struct rn_asked *asked)
{
    uint64_t first = (uint64_t)group << 32 | (uint32_t)asked->qtype << 16 | asked->qclass;
    return hash_of(flights, first, asked->qname, asked->qname_length);
}

/* The last two labels of a name. */
static uint64_t suffix_hash(const struct rn_flights *flights, const uint8_t *qname, size_t length)
{
    size_t starts[SUFFIX_LABELS] = {0}, labels = 0;
    for (size_t at = 0; qname[at] != 0; at += 1 + (size_t)qname[at]) {
        starts[labels % SUFFIX_LABELS] = at;
        labels++;
    }
    size_t at = labels < SUFFIX_LABELS ? 0 : starts[labels % SUFFIX_LABELS];
    return hash_of(flights, UINT64_MAX, qname + at, length - at);
}

/* What a client is counted under: an IPv4 address or an IPv6 /64; 0 for loopback. */
static uint64_t client_hash(const struct rn_flights *flights, const struct rn_address *client)
{
    static const uint8_t LOOPBACK[16] = {[15] = 1};
    bool is_v4 = client->family == 4;
    if (is_v4 ? client->octets[0] == 127 : memcmp(client->octets, LOOPBACK, 16) == 0)
        return 0;
    return hash_of(flights, client->family, client->octets, is_v4 ? 4 : 8);
}

static struct rn_flight *find(const struct rn_flights *flights, uint64_t hash, uint32_t group,
                              const struct rn_asked *asked)
{
    struct rn_flight *flight = flights->buckets[hash % RN_FLIGHT_BUCKETS];
    while (flight && !(flight->hash == hash && flight->group == group &&
                       flight->qtype == asked->qtype && flight->qclass == asked->qclass &&
                       flight->qname_length == asked->qname_length &&
                       memcmp(flight->qname, asked->qname, asked->qname_length) == 0))
        flight = flight->next_in_bucket;
    return flight;
}

/* Return why one more may not wait, RN_JOINED if it may. */
static enum rn_joined refusal(const struct rn_flights *flights, uint64_t client, uint64_t suffix)
{
    const struct rn_flight_limits *limits = &flights->limits;
    uint32_t share = limits->waiters / 10 > SMALLEST_SHARE ? limits->waiters / 10 : SMALLEST_SHARE;
    if (flights->waiters >= limits->waiters)
        return RN_REFUSED_WAITERS;
    if (client && rn_tallies_of(&flights->clients, client) >= limits->client_waiters)
        return RN_REFUSED_CLIENT;
    if (2 * flights->waiters >= limits->waiters && rn_tallies_of(&flights->suffixes, suffix) >= share)
        return RN_REFUSED_SUFFIX;
    return RN_JOINED;
}

static struct rn_flight *make_flight(struct rn_flights *flights, uint64_t hash, uint64_t suffix,
                                     uint32_t group, const struct rn_asked *asked, int64_t now_ms)
{
    struct rn_flight *flight = calloc(1, sizeof *flight + asked->qname_length);
    if (!flight)
        return NULL;
    flight->flights = flights;
    flight->hash = hash;
    flight->suffix = suffix;
    flight->group = group;
    flight->qtype = asked->qtype;
    flight->qclass = asked->qclass;
    flight->qname_length = asked->qname_length;
    memcpy(flight->qname, asked->qname, asked->qname_length);
    flight->deadline_ms = now_ms + flights->limits.deadline_ms;
    if (!rn_turns_wait(flights->turns[group], suffix, &flight->turn)) {
        free(flight);
        return NULL;
    }
    flight->next_in_bucket = flights->buckets[hash % RN_FLIGHT_BUCKETS];
    flights->buckets[hash % RN_FLIGHT_BUCKETS] = flight;
    flights->count++;
    return flight;
}

void rn_flight_free(struct rn_flight *flight)
{
    while (flight->waiters) {
        struct rn_waiter *waiter = flight->waiters;
        flight->waiters = waiter->next;
        free(waiter);
    }
    for (size_t i = 0; i < RN_VARIANTS; i++)
        rn_plan_drop(flight->wishes[i].plan);
    free(flight);
}

static void wish(struct rn_flight *flight, const struct rn_task *task)
{
    const struct rn_asked *asked = &task->arrival.asked;
    struct rn_wish *wished = &flight->wishes[rn_variant_of(asked)];
    bool is_rd = (asked->flags & RN_RD) != 0;
    if (wished->plan) {
        wished->is_rd = wished->is_rd || is_rd;
        return;
    }
    wished->plan = rn_plan_keep((struct rn_plan *)task->served.plan);
    wished->block = task->route.block;
    wished->is_rd = is_rd;
}

static enum rn_joined join(struct rn_flights *flights, const struct rn_joining *joining,
                           int64_t now_ms)
{
    const struct rn_task *task = joining->task;
    const struct rn_asked *asked = &task->arrival.asked;
    uint32_t group = task->route.block->recursion.group;
    if (!flights->recurse || group >= RN_GROUPS || !flights->turns[group])
        return RN_REFUSED_FLIGHTS;
    uint64_t hash = flight_hash(flights, group, asked);
    struct rn_flight *flight = find(flights, hash, group, asked);
    if (flight && now_ms >= flight->deadline_ms)
        return RN_JOINED_TOO_LATE;
    uint64_t suffix = suffix_hash(flights, asked->qname, asked->qname_length);
    uint64_t client = client_hash(flights, &task->arrival.client);
    enum rn_joined reason = refusal(flights, client, suffix);
    if (reason != RN_JOINED)
        return reason;
    bool is_coalesced = flight != NULL;
    if (!flight && flights->count >= flights->limits.flights)
        return RN_REFUSED_FLIGHTS;
    struct rn_waiter *waiter = malloc(sizeof *waiter);
    if (waiter && !flight)
        flight = make_flight(flights, hash, suffix, group, asked, now_ms);
    if (!waiter || !flight) {
        free(waiter);
        return RN_REFUSED_FLIGHTS;
    }
    *waiter = (struct rn_waiter){
        .next = flight->waiters,
        .ticket = joining->ticket,
        .client = client,
        .joined_ms = now_ms,
        .variant = (uint8_t)rn_variant_of(asked),
        .is_coalesced = is_coalesced,
    };
    flight->waiters = waiter;
    flight->live++;
    wish(flight, task);
    flights->waiters++;
    rn_tallies_up(&flights->suffixes, suffix);
    if (client)
        rn_tallies_up(&flights->clients, client);
    return RN_JOINED;
}

void rn_flights_join_batch(struct rn_flights *flights, struct rn_joining *joining, size_t count,
                           int64_t now_ms)
{
    pthread_mutex_lock(&flights->lock);
    for (size_t i = 0; i < count; i++)
        joining[i].outcome = (uint8_t)join(flights, &joining[i], now_ms);
    rn_flights_begin(flights);
    pthread_mutex_unlock(&flights->lock);
}

/* One who waits less. */
static void uncount(struct rn_flights *flights, struct rn_flight *flight,
                    const struct rn_waiter *waiter)
{
    flights->waiters--;
    flight->live--;
    rn_tallies_down(&flights->suffixes, flight->suffix);
    if (waiter->client)
        rn_tallies_down(&flights->clients, waiter->client);
}

void rn_flights_forget(struct rn_flights *flights, struct rn_flight *flight)
{
    struct rn_flight **link = &flights->buckets[flight->hash % RN_FLIGHT_BUCKETS];
    while (*link != flight)
        link = &(*link)->next_in_bucket;
    *link = flight->next_in_bucket;
    flights->count--;
    if (flight->turn.has_slot)
        flights->begun--;
    rn_turns_leave(flights->turns[flight->group], &flight->turn);
    for (struct rn_waiter *waiter = flight->waiters; waiter; waiter = waiter->next)
        if (waiter->ticket != 0)
            uncount(flights, flight, waiter);
}

/* Let go of a waiter of a flight; false: it is not there (any more, or yet). */
static bool let_go(struct rn_flights *flights, struct rn_flight *flight, uint64_t ticket)
{
    for (struct rn_waiter *waiter = flight->waiters; waiter; waiter = waiter->next)
        if (waiter->ticket == ticket) {
            uncount(flights, flight, waiter);
            waiter->ticket = 0;
            return true;
        }
    return false;
}

void rn_flights_leave(struct rn_flights *flights, const struct rn_waiting *waiting)
{
    const struct rn_asked *asked = &waiting->task.arrival.asked;
    uint32_t group = waiting->task.route.block->recursion.group;
    struct rn_flight *unwanted = NULL;
    pthread_mutex_lock(&flights->lock);
    struct rn_flight *flight = find(flights, flight_hash(flights, group, asked), group, asked);
    if (flight && let_go(flights, flight, waiting->ticket) && flight->live == 0 &&
        !flight->turn.has_slot) {
        rn_flights_forget(flights, flight);
        unwanted = flight;
    }
    pthread_mutex_unlock(&flights->lock);
    if (unwanted)
        rn_flight_free(unwanted);
}

/* The next flight of any group, the groups in turn. */
static struct rn_flight *next_flight(struct rn_flights *flights)
{
    for (uint32_t i = 0; i < RN_GROUPS; i++) {
        uint32_t group = (flights->next_group + i) % RN_GROUPS;
        struct rn_turns *turns = flights->turns[group];
        struct rn_turn *turn = turns && turns->waiting > 0 ? rn_turns_next(turns) : NULL;
        if (turn) {
            flights->next_group = (group + 1) % RN_GROUPS;
            return (struct rn_flight *)((char *)turn - offsetof(struct rn_flight, turn));
        }
    }
    return NULL;
}

/* Have a flight wait for its turn again. */
static void give_back(struct rn_flights *flights, struct rn_flight *flight)
{
    rn_turns_leave(flights->turns[flight->group], &flight->turn);
    rn_turns_wait(flights->turns[flight->group], flight->suffix, &flight->turn);
    flights->begun--;
}

void rn_flights_begin(struct rn_flights *flights)
{
    struct rn_flight *batch[RN_BATCH];
    size_t count;
    do {
        struct rn_flight *flight;
        count = 0;
        while (flights->recurse && count < RN_BATCH && flights->begun < flights->limits.slots &&
               (flight = next_flight(flights))) {
            flights->begun++;
            batch[count++] = flight;
        }
        size_t taken = count > 0 ? rn_recurse_submit_flights(flights->recurse, batch, count) : 0;
        for (size_t i = taken; i < count; i++) /* tried again when something lands */
            give_back(flights, batch[i]);
        if (taken < count)
            break;
    } while (count == RN_BATCH);
}

struct rn_flights *rn_flights_new(struct rn_engine *engine, struct rn_counts *counts,
                                  struct rn_events *events,
                                  const struct rn_flight_limits *limits)
{
    struct rn_flights *flights = calloc(1, sizeof *flights);
    if (!flights)
        return NULL;
    atomic_init(&flights->references, 1);
    pthread_mutex_init(&flights->lock, NULL);
    flights->waitings = engine->waitings;
    flights->diverted = &engine->diverted;
    flights->clock = engine->clock;
    flights->limits = *limits;
    flights->landing.answerer =
        (struct rn_answerer){.store = engine->store, .counts = counts, .events = events};
    flights->landing.workshop = rn_workshop_new();
    flights->landing.replies = rn_datagrams_new();
    if (flights->landing.workshop && flights->landing.replies &&
        getrandom(flights->key, sizeof flights->key, 0) == sizeof flights->key &&
        rn_tallies_init(&flights->clients, limits->waiters) == RN_OK &&
        rn_tallies_init(&flights->suffixes, limits->waiters) == RN_OK) {
        rn_random_seed(&flights->landing.answerer.random, flights->key[0] ^ flights->key[1]);
        return flights;
    }
    rn_flights_drop(flights);
    return NULL;
}

struct rn_flights *rn_flights_keep(struct rn_flights *flights)
{
    atomic_fetch_add_explicit(&flights->references, 1, memory_order_relaxed);
    return flights;
}

void rn_flights_drop(struct rn_flights *flights)
{
    if (!flights || atomic_fetch_sub_explicit(&flights->references, 1, memory_order_acq_rel) > 1)
        return;
    for (uint32_t group = 0; group < RN_GROUPS; group++)
        if (flights->turns[group]) {
            rn_turns_destroy(flights->turns[group]);
            free(flights->turns[group]);
        }
    rn_tallies_destroy(&flights->clients);
    rn_tallies_destroy(&flights->suffixes);
    rn_workshop_free(flights->landing.workshop);
    rn_datagrams_free(flights->landing.replies);
    pthread_mutex_destroy(&flights->lock);
    free(flights);
}

void rn_flights_attach(struct rn_flights *flights, struct rn_recurse *recurse)
{
    pthread_mutex_lock(&flights->lock);
    flights->recurse = flights->landing.recurse = recurse;
    atomic_store(&recurse->flights, flights);
    pthread_mutex_unlock(&flights->lock);
}

int rn_flights_open(struct rn_flights *flights, uint32_t group, uint32_t slots)
{
    if (group >= RN_GROUPS)
        return RN_EGROUP;
    pthread_mutex_lock(&flights->lock);
    struct rn_turns *turns = flights->turns[group];
    if (!turns)
        turns = flights->turns[group] = calloc(1, sizeof *turns);
    if (turns)
        turns->slots = slots > 0 ? slots : 1;
    pthread_mutex_unlock(&flights->lock);
    return turns ? RN_OK : RN_ENOMEM;
}

void rn_flights_count(struct rn_flights *flights, struct rn_flight_counts *counts)
{
    pthread_mutex_lock(&flights->lock);
    *counts = (struct rn_flight_counts){flights->count, flights->begun, flights->waiters};
    pthread_mutex_unlock(&flights->lock);
}

size_t rn_flights_show(struct rn_flights *flights, struct rn_flight_shown *out, size_t room)
{
    size_t count = 0;
    pthread_mutex_lock(&flights->lock);
    for (size_t i = 0; i < RN_FLIGHT_BUCKETS; i++)
        for (struct rn_flight *at = flights->buckets[i]; at && count < room;
             at = at->next_in_bucket) {
            struct rn_flight_shown *shown = &out[count++];
            memcpy(shown->qname, at->qname, at->qname_length);
            shown->qname_length = at->qname_length;
            shown->qtype = at->qtype;
            shown->is_asked = at->turn.has_slot;
            shown->waiting = at->live;
            shown->deadline_ms = at->deadline_ms;
        }
    pthread_mutex_unlock(&flights->lock);
    return count;
}
