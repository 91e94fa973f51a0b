/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What came of a flight: kept, and told to all who wait.
 *
 *     result -> for each party (a pair of DO and CD, by one block): image -> store
 *                                                                        '--> rendered for each in it
 *
 * In the resolver thread, inside libunbound's callback: its buffer is read and not kept. Replies
 * are collected and sent when the thread has done what it had to do in one pass, 64 at most.
 */
#include "landing.h"

#include "clock.h"
#include "engine.h"
#include "failure.h"
#include "flight.h"
#include "missed.h"
#include "recurse.h"
#include "takeoff.h"
#include "variant.h"
#include "waiters.h"

#include <stdlib.h>
#include <string.h>

enum { SERVFAIL = 2 };

/* A result, and the image for the party that is being told. */
struct told {
    const struct rn_result *result;
    const uint8_t *wire;
    const char *why_bogus;
    int64_t now_ns;
    int64_t wall_s;
    bool is_made;     /* there is an image */
    bool has_dropped; /* it did not fit */
    struct rn_image image;
};

/* Make the image for a party and keep it by its block's policy. */
static void make(const struct rn_party *party, struct told *told)
{
    const struct rn_flight *flight = party->flight;
    const struct rn_block *block = party->block;
    struct rn_landing *landing = &flight->flights->landing;
    struct rn_key key = {
        .partition = block->cache.partition,
        .qname = flight->qname,
        .qname_length = flight->qname_length,
        .is_do = (party->variant & RN_AS_DO) != 0,
        .is_cd = (party->variant & RN_AS_CD) != 0,
        .qtype = flight->qtype,
        .qclass = flight->qclass,
    };
    uint8_t *writable;
    told->has_dropped = false;
    told->is_made = rn_variant(landing->workshop, told->result, told->wire, told->why_bogus,
                               block->recursion.bogus, &key, block->recursion.is_minimal,
                               told->wall_s, &told->image, &writable) == RN_OK;
    if (!told->is_made)
        return;
    told->has_dropped =
        rn_keep(landing->answerer.store, &block->cache, &key, party->is_rd, &told->image, writable,
                told->now_ns / 1000000, told->wall_s);
    told->image.order = (uint8_t)rn_order_of(&told->image);
}

/* Note how it was for one who waited. One of the chain's has passed acl and cache, which have counted it;
 * those who observe the whole of it, and recursion, leave it to us. */
static void count(struct rn_flights *flights, struct rn_waiting *waiting, const struct told *told,
                  const struct rn_waiter *waiter)
{
    const struct rn_result *result = told->result;
    struct rn_answerer *answerer = &flights->landing.answerer;
    struct rn_served *served = &waiting->task.served;
    if (told->has_dropped)
        rn_counts_drop(answerer->counts, served);
    if (waiter->is_chain) {
        served->found = RN_NO_CACHE;
        served->access = RN_NO_ACL;
    }
    struct rn_recursed recursed = {
        .as = RN_RECURSED,
        .is_coalesced = waiter->is_coalesced,
        .is_secure = result->wire_length > 0 && result->security == RN_SECURE,
        .is_bogus = result->wire_length > 0 && result->security == RN_BOGUS,
        .rcode = served->rcode,
        .duration_ns = told->now_ns - waiting->task.arrival.received_ns,
    };
    served->duration_ns = recursed.duration_ns;
    rn_counts_recursed(answerer->counts, waiting->plan, waiting->task.arrival.listener, &recursed);
    rn_answer_tell(answerer, &waiting->task, told->is_made ? &told->image : NULL, told->wall_s);
}

/* Have the chain answer: the records can only be ordered by writing them anew. It finds them kept.
 */
static bool leave_to_chain(struct rn_flights *flights, struct rn_waiting *waiting)
{
    struct rn_onward onward = {
        .waitings = flights->waitings,
        .diverted = flights->diverted,
        .plan = waiting->plan,
        .socket = waiting->socket,
        .peer = &waiting->peer,
        .deadline_ms = waiting->deadline_ms + RN_GRACE_MS,
    };
    return rn_missed_divert(&onward, &waiting->task);
}

/* Render what a waiting query gets. 0: the chain answers, or it was answered at its deadline. */
static size_t render(struct rn_flights *flights, struct rn_waiting *waiting,
                     const struct told *told, uint8_t *out, size_t room)
{
    struct rn_task *task = &waiting->task;
    const struct rn_asked *asked = &task->arrival.asked;
    const struct rn_block *block = task->route.block;
    struct rn_served *served = &task->served;
    struct rn_manner manner = rn_manner_of(&block->manner, &task->arrival);
    enum rn_failure failure = RN_NO_FAILURE;
    if (told->is_made) {
        size_t length = rn_render(asked, &told->image, &manner, (struct rn_age){RN_AS_KEPT, 0},
                                  &flights->landing.answerer.random, out, room);
        served->by = RN_BY_UNBOUND;
        served->rcode = told->image.rcode;
        served->size = told->image.wire_length;
        if (length > 0 || leave_to_chain(flights, waiting))
            return length;
        failure = RN_TOO_MANY;
    }
    return rn_failure_render(task, failure, &manner, out);
}

/* Whether the chain has to answer one of its own: the records can only be ordered by writing them anew,
 * or there is no image. */
static bool is_for_chain(const struct told *told, const struct rn_waiter *waiter)
{
    return waiter->is_chain && (!told->is_made || told->image.order == RN_ORDER_WRITTEN);
}

/* Answer one who waits, if nobody has by now. False: it is for the chain to do, or its deadline has
 * passed. */
static bool answer(struct rn_flights *flights, const struct told *told,
                   const struct rn_waiter *waiter)
{
    struct rn_waiting *waiting =
        is_for_chain(told, waiter) ? NULL : rn_waitings_take(flights->waitings, waiter->query);
    if (!waiting)
        return false;
    struct rn_served *served = &waiting->task.served;
    struct rn_sending *sending = &flights->landing.sending;
    size_t room;
    uint8_t *out = rn_sending_room(sending, waiting, &room);
    size_t length = render(flights, waiting, told, out, room);
    if (length == 0) {
        rn_waiting_free(waiting);
        return true;
    }
    rn_served_note(served, out, length);
    count(flights, waiting, told, waiter);
    rn_sending_push(sending, waiting, length);
    return true;
}

/* Tell one of the chain's that has a result of its own. With the message, if the chain is to answer. */
static void deliver(struct rn_waiter *waiter, const struct told *told, bool is_answered)
{
    struct rn_result result = *told->result;
    result.is_answered = is_answered;
    if (is_answered)
        result.wire_length = 0;
    rn_query_deliver(waiter->owed, waiter->number, &result, told->wire, told->why_bogus);
    waiter->owed = NULL;
}

/* Tell all who wait, one party after another, and free the flight, which is in no table any more. */
static void tell(struct rn_flight *flight, const struct rn_result *result, const uint8_t *wire,
                 const char *why_bogus)
{
    struct rn_flights *flights = flight->flights;
    struct told told = {
        .result = result,
        .wire = wire,
        .why_bogus = why_bogus,
        .now_ns = rn_clock_now_ns(flights->clock),
        .wall_s = rn_clock_wall_s(flights->clock),
    };
    for (const struct rn_party *party = flight->parties; party; party = party->next) {
        if (!party->plan)
            continue;
        make(party, &told);
        for (struct rn_waiter *waiter = party->first; waiter; waiter = waiter->next) {
            bool is_answered = answer(flights, &told, waiter);
            if (waiter->owed)
                deliver(waiter, &told, is_answered);
        }
    }
    if (flight->waiting_chain > 0) {
        rn_query_deliver(flight->owed, flight->number, result, wire, why_bogus);
        flight->owed = NULL;
    }
    rn_flight_free(flight);
}

void rn_flight_land(struct rn_flight *flight, const struct rn_result *result, const uint8_t *wire,
                    const char *why_bogus)
{
    struct rn_flights *flights = flight->flights;
    pthread_mutex_lock(&flights->lock);
    rn_flights_forget(flights, flight);
    rn_flights_begin(flights);
    pthread_mutex_unlock(&flights->lock);
    tell(flight, result, wire, why_bogus);
}

/* Tell who waits for flights that libunbound was never asked for. */
static void tell_failing(struct rn_flights *flights)
{
    static const struct rn_result FAILED = {.status = RN_ECLOSED, .rcode = SERVFAIL};
    pthread_mutex_lock(&flights->lock);
    struct rn_flight *failing = flights->failing;
    flights->failing = NULL;
    atomic_store(&flights->asker.is_due, false);
    pthread_mutex_unlock(&flights->lock);
    while (failing) {
        struct rn_flight *flight = failing;
        failing = flight->next;
        tell(flight, &FAILED, NULL, NULL);
    }
}

void rn_flights_flush(struct rn_flights *flights)
{
    if (atomic_load(&flights->asker.is_due))
        tell_failing(flights);
    rn_sending_flush(&flights->landing.sending);
}
