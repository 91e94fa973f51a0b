/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who joins recursions in flight, and who leaves them: resolver/recursion/flight.py.
 *
 *     buckets -> flight -> who waits (waiters.c)       identical questions are one flight
 *
 * Lanes and Python join, the resolver thread lands (landing.c), the watch lets go who is past its
 * deadline; one mutex, taken once a batch, nothing slow under it. A lane's waiter is a ticket: whoever
 * takes the query that it stands for answers it. For all of Python's there is one result, with the
 * flight's number; but those of them that come with a ticket are answered from here like a lane's, and
 * each has a result of its own that says whether it was. A flight once begun is never given up: what
 * comes late fills the cache.
 */
#include "flight.h"

#include "recurse.h"
#include "takeoff.h"
#include "waiters.h"

#include <stdlib.h>
#include <string.h>

/* A question, whoever asks. All borrowed. */
struct wanted {
    struct rn_wish wish;
    const uint8_t *qname;
    uint8_t qname_length;
    uint8_t renew;
    uint16_t qtype;
    uint16_t qclass;
    uint32_t upstream;
    uint64_t client; /* what it is counted under */
    uint64_t hash;
};

static void set_hash(const struct rn_flights *flights, struct wanted *wanted)
{
    uint64_t first =
        (uint64_t)wanted->upstream << 32 | (uint32_t)wanted->qtype << 16 | wanted->qclass;
    first ^= (uint64_t)wanted->renew << 61;
    wanted->hash = rn_caps_hash(&flights->caps, first, wanted->qname, wanted->qname_length);
}

static struct wanted wanted_of_task(const struct rn_flights *flights, const struct rn_task *task)
{
    const struct rn_asked *asked = &task->arrival.asked;
    struct wanted wanted = {
        .wish = {.plan = (struct rn_plan *)task->served.plan,
                 .block = task->route.block,
                 .variant = (uint8_t)rn_variant_of(asked),
                 .is_rd = (asked->flags & RN_RD) != 0},
        .qname = asked->qname,
        .qname_length = asked->qname_length,
        .qtype = asked->qtype,
        .qclass = asked->qclass,
        .upstream = task->route.block->recursion.upstream,
        .client = rn_caps_client(&flights->caps, task->arrival.client.family,
                                 task->arrival.client.octets),
    };
    set_hash(flights, &wanted);
    return wanted;
}

static struct wanted wanted_of_question(const struct rn_flights *flights,
                                        const struct rn_flight_question *question)
{
    struct wanted wanted = {
        .qname = question->qname,
        .qname_length = question->qname_length,
        .renew = question->renew,
        .qtype = question->qtype,
        .qclass = question->qclass,
        .upstream = question->upstream,
        .client =
            rn_caps_client(&flights->caps, question->client.family, question->client.octets),
    };
    set_hash(flights, &wanted);
    return wanted;
}

static struct rn_flight **bucket_of(struct rn_flights *flights, uint64_t hash)
{
    return &flights->buckets[(hash >> 1) % RN_FLIGHT_BUCKETS]; /* the last bit is always 1 */
}

static struct rn_flight *find(struct rn_flights *flights, const struct wanted *wanted)
{
    struct rn_flight *flight = *bucket_of(flights, wanted->hash);
    while (flight &&
           !(flight->hash == wanted->hash && flight->upstream == wanted->upstream &&
             flight->renew == wanted->renew && flight->qtype == wanted->qtype &&
             flight->qclass == wanted->qclass && flight->qname_length == wanted->qname_length &&
             memcmp(flight->qname, wanted->qname, wanted->qname_length) == 0))
        flight = flight->next;
    return flight;
}

/* Return a flight that waits for its turn; NULL: no memory. */
static struct rn_flight *make_flight(struct rn_flights *flights, const struct wanted *wanted,
                                     uint64_t suffix, int64_t now_ms)
{
    struct rn_flight *flight = malloc(sizeof *flight + wanted->qname_length);
    if (!flight)
        return NULL;
    *flight = (struct rn_flight){
        .flights = flights,
        .number = ++flights->last_number,
        .hash = wanted->hash,
        .suffix = suffix,
        .deadline_ms = now_ms + flights->limits.deadline_ms,
        .upstream = wanted->upstream,
        .group = wanted->upstream % RN_GROUPS,
        .qtype = wanted->qtype,
        .qclass = wanted->qclass,
        .renew = wanted->renew,
        .qname_length = wanted->qname_length,
    };
    memcpy(flight->qname, wanted->qname, wanted->qname_length);
    if (!rn_turns_wait(flights->turns[flight->group], suffix, &flight->turn)) {
        free(flight);
        return NULL;
    }
    struct rn_flight **bucket = bucket_of(flights, wanted->hash);
    flight->next = *bucket;
    *bucket = flight;
    flights->count++;
    return flight;
}

void rn_flight_free(struct rn_flight *flight)
{
    rn_waiters_free(flight);
    if (flight->owed)
        rn_recurse_forgive(flight->owed);
    free(flight);
}

void rn_flights_forget(struct rn_flights *flights, struct rn_flight *flight)
{
    struct rn_flight **link = bucket_of(flights, flight->hash);
    while (*link != flight)
        link = &(*link)->next;
    *link = flight->next;
    flights->count--;
    if (flight->turn.has_slot)
        flights->begun--;
    rn_turns_leave(flights->turns[flight->group], &flight->turn);
    rn_waiters_forget(flights, flight);
}

/* Have one wait no more, and give up its flight if nobody waits and it was not begun: then return it,
 * to be freed. */
static struct rn_flight *let_go(struct rn_flights *flights, struct rn_waiter *waiter)
{
    struct rn_flight *flight = waiter->party->flight;
    rn_waiter_remove(flights, waiter);
    if (flight->waiting > 0 || flight->turn.has_slot)
        return NULL;
    rn_flights_forget(flights, flight);
    if (flight->owed) /* while the lock is held: the resolver thread may be gone right after */
        rn_recurse_forgive(flight->owed);
    flight->owed = NULL;
    return flight;
}

/* Have one more wait for a question's flight, which is made if need be. */
static enum rn_joined enter(struct rn_flights *flights, const struct wanted *wanted,
                            struct rn_waiter waiter, int64_t now_ms, struct rn_waiter **made)
{
    if (!flights->recurse || wanted->upstream == 0 ||
        flights->upstreams[wanted->upstream % RN_GROUPS] != wanted->upstream)
        return RN_REFUSED_FLIGHTS;
    struct rn_flight *flight = find(flights, wanted);
    if (flight && now_ms >= flight->deadline_ms)
        return RN_JOINED_TOO_LATE;
    uint64_t suffix = flight ? flight->suffix
                             : rn_caps_suffix(&flights->caps, wanted->qname, wanted->qname_length);
    enum rn_joined reason = rn_caps_refusal(&flights->caps, wanted->client, suffix);
    if (reason != RN_JOINED)
        return reason;
    waiter.client = wanted->client;
    waiter.is_coalesced = flight != NULL;
    if (!flight && flights->count < flights->limits.flights)
        flight = make_flight(flights, wanted, suffix, now_ms);
    struct rn_party *party = flight ? rn_party_of(flight, &wanted->wish) : NULL;
    *made = party ? rn_waiter_add(flights, party, &waiter) : NULL;
    return *made ? RN_JOINED : RN_REFUSED_FLIGHTS;
}

void rn_flights_join_batch(struct rn_flights *flights, struct rn_joining *joining, size_t count,
                           int64_t now_ms)
{
    pthread_mutex_lock(&flights->lock);
    for (size_t i = 0; i < count; i++) {
        struct rn_joining *each = &joining[i];
        struct wanted wanted = wanted_of_task(flights, each->task);
        struct rn_waiter waiter = {.ticket = each->ticket, .query = each->ticket}, *made;
        each->outcome = (uint8_t)enter(flights, &wanted, waiter, now_ms, &made);
    }
    rn_flights_begin(flights);
    pthread_mutex_unlock(&flights->lock);
}

bool rn_flights_leave(struct rn_flights *flights, const struct rn_waiting *waiting)
{
    struct rn_flight *unwanted = NULL;
    pthread_mutex_lock(&flights->lock);
    struct rn_waiter *waiter = rn_waiter_find(flights, waiting->ticket);
    bool is_coalesced = waiter && waiter->is_coalesced;
    if (waiter) /* else it has landed, or has not joined yet */
        unwanted = let_go(flights, waiter);
    pthread_mutex_unlock(&flights->lock);
    if (unwanted)
        rn_flight_free(unwanted);
    return is_coalesced;
}

/* Return the wish by which the result may answer the query of a question, with a reference to its plan.
 * Zeroed: it may not, and has no ticket any more. */
static struct rn_wish wish_of(struct rn_flights *flights, struct rn_flight_question *question)
{
    struct rn_wish wish = {.variant = question->variant & (RN_AS_DO | RN_AS_CD),
                           .is_rd = question->is_rd != 0};
    if (question->ticket != 0 && question->renew == 0)
        wish.plan = rn_waitings_plan(flights->waitings, question->ticket, &wish.block);
    if (wish.plan && wish.block->recursion.flights == flights &&
        wish.block->recursion.upstream == question->upstream)
        return wish;
    rn_plan_drop(wish.plan);
    question->ticket = 0;
    return (struct rn_wish){.plan = NULL};
}

/* Have room for the result of one of the chain's, and number it. False: there is none. */
static bool owe(struct rn_flights *flights, struct rn_waiter *waiter)
{
    struct rn_flight *flight = waiter->party->flight;
    struct rn_query **owed = waiter->query != 0 ? &waiter->owed : &flight->owed;
    waiter->number = waiter->query != 0 ? ++flights->last_number : flight->number;
    if (!*owed)
        *owed = rn_recurse_owe(flights->recurse);
    return *owed != NULL;
}

enum rn_joined rn_flights_join(struct rn_flights *flights, struct rn_flight_question *question,
                               int64_t now_ms)
{
    struct rn_flight *unwanted = NULL;
    struct rn_waiter *waiter;
    struct rn_wish wish = wish_of(flights, question);
    pthread_mutex_lock(&flights->lock);
    struct wanted wanted = wanted_of_question(flights, question);
    wanted.wish = wish;
    if (++flights->last_chain == 0)
        flights->last_chain = 1;
    question->waiter = flights->last_chain;
    const struct rn_waiter one = {
        .ticket = question->waiter, .query = question->ticket, .is_chain = true};
    enum rn_joined outcome = enter(flights, &wanted, one, now_ms, &waiter);
    question->is_coalesced = outcome == RN_JOINED_TOO_LATE;
    if (outcome == RN_JOINED) {
        question->is_coalesced = waiter->is_coalesced;
        if (!owe(flights, waiter)) {
            outcome = RN_REFUSED_FLIGHTS;
            unwanted = let_go(flights, waiter);
        } else {
            question->number = waiter->number;
        }
    }
    if (!question->is_held)
        rn_flights_begin(flights);
    pthread_mutex_unlock(&flights->lock);
    if (unwanted)
        rn_flight_free(unwanted);
    rn_plan_drop(wish.plan);
    return outcome;
}

void rn_flights_start(struct rn_flights *flights)
{
    pthread_mutex_lock(&flights->lock);
    rn_flights_begin(flights);
    pthread_mutex_unlock(&flights->lock);
}

void rn_flights_part(struct rn_flights *flights, const struct rn_flight_question *question)
{
    struct rn_flight *unwanted = NULL;
    pthread_mutex_lock(&flights->lock);
    struct rn_waiter *waiter = rn_waiter_find(flights, question->waiter);
    if (waiter && waiter->number == question->number)
        unwanted = let_go(flights, waiter);
    pthread_mutex_unlock(&flights->lock);
    if (unwanted)
        rn_flight_free(unwanted);
}
