/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What came of a flight: kept, and told to all who wait.
 *
 *     result -> for each pair of DO and CD that somebody asked with: image -> store
 *                                                                       '--> rendered for each waiter
 *
 * In the resolver thread, inside libunbound's callback: its buffer is read and not kept. Replies are
 * collected and sent when the thread has done what it had to do in one pass, 64 at most.
 */
#include "clock.h"
#include "engine.h"
#include "flight.h"
#include "recurse.h"
#include "variant.h"

#include <stdlib.h>
#include <string.h>

enum { SERVFAIL = 2 };

/* A result, and the image of the variant that is being told. */
struct told {
    const struct rn_result *result;
    const uint8_t *wire;
    const char *why_bogus;
    int64_t now_ms;
    int64_t wall_s;
    int variant;                   /* of the image; -1: there is none */
    const struct rn_block *block;  /* by whose policy it was kept */
    bool has_dropped;              /* it did not fit */
    struct rn_image image;
};

void rn_flights_flush(struct rn_flights *flights)
{
    struct rn_landing *landing = &flights->landing;
    if (landing->count == 0)
        return;
    rn_datagrams_send(landing->replies, landing->socket);
    for (size_t i = 0; i < landing->count; i++)
        rn_waiting_free(landing->answered[i]);
    landing->count = 0;
}

/* Have room for one more reply by a socket. */
static uint8_t *room_for(struct rn_flights *flights, struct rn_socket *socket)
{
    struct rn_landing *landing = &flights->landing;
    if (landing->count > 0 && (landing->socket != socket || landing->count == RN_DATAGRAMS))
        rn_flights_flush(flights);
    landing->socket = socket;
    return rn_datagrams_room(landing->replies);
}

static void push(struct rn_flights *flights, struct rn_waiting *waiting, size_t length)
{
    struct rn_landing *landing = &flights->landing;
    rn_datagrams_push(landing->replies, &waiting->peer, length);
    landing->answered[landing->count++] = waiting;
    if (landing->count == 1)
        rn_recurse_flush_soon(landing->recurse);
}

/* Make the image of a variant and keep it under a block's policy, unless that is what there is. */
static bool make(struct rn_flight *flight, struct told *told, int variant,
                 const struct rn_block *block, bool is_rd)
{
    struct rn_landing *landing = &flight->flights->landing;
    struct rn_key key = {
        .partition = block->cache.partition,
        .qname = flight->qname,
        .qname_length = flight->qname_length,
        .is_do = (variant & RN_AS_DO) != 0,
        .is_cd = (variant & RN_AS_CD) != 0,
        .qtype = flight->qtype,
        .qclass = flight->qclass,
    };
    uint8_t *writable;
    if (told->variant == variant && told->block == block)
        return true;
    told->variant = -1;
    if (rn_variant(landing->workshop, told->result, told->wire, told->why_bogus,
                   block->recursion.bogus, &key, key.is_do, key.is_cd, told->wall_s, &told->image,
                   &writable) != RN_OK)
        return false;
    told->has_dropped = rn_keep(landing->answerer.store, &block->cache, &key, is_rd, &told->image,
                                writable, told->now_ms, told->wall_s);
    told->image.order = (uint8_t)rn_order_of(&told->image);
    told->variant = variant;
    told->block = block;
    return true;
}

/* Note how it was for one who waited. */
static void count(struct rn_flights *flights, struct rn_waiting *waiting, const struct told *told,
                  bool is_coalesced, int64_t joined_ms)
{
    const struct rn_result *result = told->result;
    struct rn_answerer *answerer = &flights->landing.answerer;
    struct rn_served *served = &waiting->task.served;
    struct rn_recursed recursed = {
        .as = RN_RECURSED,
        .is_coalesced = is_coalesced,
        .is_secure = result->wire_length > 0 && result->security == RN_SECURE,
        .is_bogus = result->wire_length > 0 && result->security == RN_BOGUS,
        .rcode = served->rcode,
        .duration_ns = (told->now_ms - joined_ms) * 1000000,
    };
    served->duration_ns = (told->now_ms - waiting->task.arrival.received_ms) * 1000000;
    rn_counts_recursed(answerer->counts, waiting->plan, waiting->task.arrival.listener, &recursed);
    rn_counts_add(answerer->counts, served);
    if (told->has_dropped)
        rn_counts_drop(answerer->counts, served);
    if (answerer->events && rn_events_are_wanted(waiting->task.route.block, served))
        rn_events_tell(answerer->events, waiting->task.route.block, served,
                       told->variant >= 0 ? &told->image : NULL, told->wall_s);
}

/* Have the chain answer: the records can only be ordered by writing them anew. It finds them kept. */
static void leave_to_chain(struct rn_flights *flights, struct rn_waiting *waiting)
{
    uint64_t ticket = rn_waitings_add(flights->waitings, &waiting->task, waiting->plan,
                                      waiting->socket, &waiting->peer, waiting->deadline_ms);
    if (ticket != 0) {
        rn_diverted_begin(flights->diverted);
        bool is_put = rn_diverted_put(flights->diverted, ticket, &waiting->task.arrival);
        rn_diverted_end(flights->diverted);
        struct rn_waiting *again = is_put ? NULL : rn_waitings_take(flights->waitings, ticket);
        if (again)
            rn_waiting_free(again);
    }
    rn_waiting_free(waiting);
}

static void answer(struct rn_flight *flight, struct rn_waiting *waiting, struct told *told,
                   bool is_coalesced, int64_t joined_ms)
{
    struct rn_flights *flights = flight->flights;
    struct rn_task *task = &waiting->task;
    const struct rn_asked *asked = &task->arrival.asked;
    const struct rn_block *block = task->route.block;
    struct rn_served *served = &task->served;
    struct rn_manner manner = block->manner;
    int variant = (int)rn_variant_of(asked);
    manner.is_udp = task->arrival.transport == RN_DO53_UDP;
    manner.keepalive = task->arrival.keepalive;
    uint8_t *out = room_for(flights, waiting->socket);
    size_t length;
    served->by = RN_BY_UNBOUND;
    if (make(flight, told, variant, block, (asked->flags & RN_RD) != 0)) {
        length = rn_render(asked, &told->image, &manner, (struct rn_age){RN_AS_KEPT, 0},
                           &flights->landing.answerer.random, out, RN_REPLY_ROOM);
        if (length == 0) {
            leave_to_chain(flights, waiting);
            return;
        }
        served->rcode = told->image.rcode;
        served->size = told->image.wire_length;
    } else {
        length = rn_render_bare(asked, SERVFAIL, NULL, 0, &manner, out);
        served->by = RN_BY_SERVER;
        served->rcode = SERVFAIL;
        served->size = (uint16_t)(RN_HEADER_SIZE + asked->qname_length + 4);
    }
    served->is_sent = true;
    served->sent = (uint16_t)length;
    served->flags = (uint16_t)rn_get16(out + 2);
    count(flights, waiting, told, is_coalesced, joined_ms);
    push(flights, waiting, length);
}

void rn_flight_land(struct rn_flight *flight, const struct rn_result *result, const uint8_t *wire,
                    const char *why_bogus)
{
    struct rn_flights *flights = flight->flights;
    struct told told = {
        .result = result,
        .wire = wire,
        .why_bogus = why_bogus,
        .now_ms = rn_clock_now_ms(flights->clock),
        .wall_s = rn_clock_wall_s(flights->clock),
        .variant = -1,
    };
    pthread_mutex_lock(&flights->lock);
    rn_flights_forget(flights, flight);
    rn_flights_begin(flights);
    pthread_mutex_unlock(&flights->lock);
    for (int variant = 0; variant < RN_VARIANTS; variant++) {
        const struct rn_wish *wished = &flight->wishes[variant];
        if (wished->plan)
            make(flight, &told, variant, wished->block, wished->is_rd);
        for (struct rn_waiter *waiter = flight->waiters; wished->plan && waiter;
             waiter = waiter->next) {
            if (waiter->variant != variant || waiter->ticket == 0)
                continue;
            struct rn_waiting *waiting = rn_waitings_take(flights->waitings, waiter->ticket);
            if (waiting) /* else its deadline has passed */
                answer(flight, waiting, &told, waiter->is_coalesced, waiter->joined_ms);
        }
    }
    rn_flight_free(flight);
}

/* Fail a flight that libunbound was never asked. */
static void fail(struct rn_flight *flight)
{
    static const struct rn_result FAILED = {.status = RN_ECLOSED, .rcode = SERVFAIL};
    struct rn_flights *flights = flight->flights;
    for (struct rn_waiter *waiter = flight->waiters; waiter; waiter = waiter->next) {
        struct rn_waiting *waiting =
            waiter->ticket != 0 ? rn_waitings_take(flights->waitings, waiter->ticket) : NULL;
        if (!waiting)
            continue;
        uint8_t out[RN_UDP_SIZE_MIN];
        struct rn_manner manner = waiting->task.route.block->manner;
        manner.is_udp = waiting->task.arrival.transport == RN_DO53_UDP;
        size_t length = rn_render_bare(&waiting->task.arrival.asked, FAILED.rcode, NULL, 0, &manner, out);
        rn_socket_send(waiting->socket, &waiting->peer, out, length);
        rn_waiting_free(waiting);
    }
    rn_flight_free(flight);
}

/* Take all flights of a group that have no slot out of the table; RN_GROUPS: of all groups. */
static struct rn_flight *take_unasked(struct rn_flights *flights, uint32_t group)
{
    struct rn_flight *taken = NULL, *next;
    for (size_t i = 0; i < RN_FLIGHT_BUCKETS; i++)
        for (struct rn_flight *at = flights->buckets[i]; at; at = next) {
            next = at->next_in_bucket;
            if (at->turn.has_slot || (group < RN_GROUPS && at->group != group))
                continue;
            rn_flights_forget(flights, at);
            at->next_in_bucket = taken;
            taken = at;
        }
    return taken;
}

static void fail_all(struct rn_flight *taken)
{
    while (taken) {
        struct rn_flight *next = taken->next_in_bucket;
        fail(taken);
        taken = next;
    }
}

void rn_flights_detach(struct rn_flights *flights)
{
    pthread_mutex_lock(&flights->lock);
    flights->recurse = NULL;
    struct rn_flight *taken = take_unasked(flights, RN_GROUPS);
    pthread_mutex_unlock(&flights->lock);
    fail_all(taken);
}

void rn_flights_close(struct rn_flights *flights, uint32_t group)
{
    pthread_mutex_lock(&flights->lock);
    struct rn_flight *taken = take_unasked(flights, group);
    pthread_mutex_unlock(&flights->lock);
    fail_all(taken);
}
