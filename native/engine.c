/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The native engine: lanes, who waits, and the way to Python and back.
 *
 *     lanes --answered--> clients
 *       |---diverted---> Python --rn_engine_reply, rn_engine_send--> clients
 *       |---misses-----> flights ------------------> clients
 *     watch: at its deadline a query is answered with stale data, or SERVFAIL
 *
 * Made, and ended, by one thread, which hands out sockets to lanes and brings the chain's replies.
 */
#include "engine.h"

#include "clock.h"
#include "datagrams.h"
#include "events.h"
#include "failure.h"
#include "flight.h"

#include <stdlib.h>
#include <string.h>

enum { DIVERTED_SIZE = 8 << 20, OUTBOX_SIZE = 16 << 20 };

/* Render stale data for a query whose time is up; 0: there are none for it. */
static size_t render_stale(struct rn_engine *engine, struct rn_waiting *waiting,
                           const struct rn_manner *manner, int64_t now_ms, uint8_t *out,
                           size_t room)
{
    struct rn_task *task = &waiting->task;
    const struct rn_block *block = task->route.block;
    if (!block || block->cache.max_stale_ms == 0 || !task->key.partition)
        return 0; /* without a key something ahead of the cache claims it, or it is not cached */
    uint64_t hash = rn_store_hash(engine->store, &task->key);
    struct rn_entry *entry = rn_store_lock(engine->store, hash, &task->key, now_ms);
    if (!entry)
        return 0;
    size_t length = 0;
    if (!entry->is_recursive || (task->arrival.asked.flags & RN_RD) || block->cache.snoop) {
        struct rn_age age = {RN_STALE, block->cache.stale_ttl_s};
        if (now_ms < entry->deadline_ms)
            age = (struct rn_age){RN_AGED, (uint32_t)((now_ms - entry->stored_ms) / 1000)};
        struct rn_image image = rn_entry_image(entry);
        length = rn_render(&task->arrival.asked, &image, manner, age, &engine->watching.random, out,
                           room);
        task->served.rcode = image.rcode;
        task->served.size = image.wire_length;
        task->served.is_stale = age.ageing == RN_STALE;
        task->served.by = RN_BY_CACHE;
        task->served.found = entry->shelf->group == block->cache.success ? RN_HIT_SUCCESS
                                                                        : RN_HIT_DENIAL;
    }
    rn_store_unlock(engine->store, hash);
    return length;
}

/* Answer a query at its deadline: the watch's thread. */
static void expire(void *arg, struct rn_waiting *waiting)
{
    struct rn_engine *engine = arg;
    struct rn_task *task = &waiting->task;
    struct rn_served *served = &task->served;
    uint8_t out[RN_MESSAGE_MAX];
    int64_t now_ns = rn_clock_now_ns(engine->clock), now_ms = now_ns / 1000000;
    bool has_block = task->route.block != NULL;
    const struct rn_manner *base = has_block
                                       ? &task->route.block->manner
                                       : rn_plan_refusing(waiting->plan, task->arrival.listener);
    struct rn_manner manner = rn_manner_of(base, &task->arrival);
    size_t length = render_stale(engine, waiting, &manner, now_ms, out,
                                 manner.is_udp ? (size_t)RN_REPLY_ROOM : sizeof out);
    if (length == 0)
        length = rn_failure_render(task, RN_TOO_LATE, &manner, out);
    rn_socket_send(waiting->socket, &waiting->peer, out, length);
    if (task->outcome == RN_RECURSE) { /* else the chain counts it */
        struct rn_recursed recursed = {
            .as = RN_RECURSED_LATE,
            .is_coalesced = rn_flights_leave(task->route.block->recursion.flights, waiting),
            .duration_ns = now_ns - task->arrival.received_ns,
        };
        rn_counts_recursed(engine->watching.counts, waiting->plan, task->arrival.listener,
                           &recursed);
        rn_served_note(served, out, length);
        served->is_late = true;
        served->duration_ns = now_ns - task->arrival.received_ns;
        rn_answer_tell(&engine->watching, task, NULL, 0);
    } else {
        rn_counts_tally(engine->watching.counts, waiting->plan, task->arrival.listener,
                        RN_TALLY_LATE, 1);
    }
    rn_waiting_free(waiting);
}

struct rn_engine *rn_engine_new(struct rn_store *store, struct rn_plan_holder *holder,
                                const struct rn_clock *clock, struct rn_counts *watching,
                                struct rn_counts *streaming, struct rn_events *events,
                                uint64_t seed, size_t places)
{
    struct rn_engine *engine = calloc(1, sizeof *engine);
    if (!engine)
        return NULL;
    engine->store = store;
    engine->holder = holder;
    engine->clock = clock;
    rn_random_seed(&engine->random, seed);
    engine->watching = (struct rn_answerer){.store = store, .counts = watching, .events = events};
    engine->streaming = (struct rn_answerer){.store = store, .counts = streaming, .events = events};
    rn_random_seed(&engine->watching.random, rn_random_next(&engine->random));
    rn_random_seed(&engine->streaming.random, rn_random_next(&engine->random));
    int status = rn_diverted_init(&engine->diverted, DIVERTED_SIZE);
    rn_outbox_init(&engine->outbox, OUTBOX_SIZE, engine->diverted.wake_fd);
    if (status == RN_OK && (engine->connections = rn_socket_of(&engine->outbox)))
        engine->waitings = rn_waitings_new(places, clock, expire, engine);
    if (engine->waitings)
        engine->replies = rn_replies_new(engine->waitings);
    if (engine->replies)
        return engine;
    rn_engine_free(engine);
    return NULL;
}

void rn_engine_free(struct rn_engine *engine)
{
    if (!engine)
        return;
    for (size_t i = 0; i < RN_LANES_MAX; i++)
        rn_lane_free(engine->lanes[i]);
    rn_replies_free(engine->replies);
    rn_waitings_free(engine->waitings);
    if (engine->connections)
        rn_socket_drop(engine->connections);
    rn_outbox_destroy(&engine->outbox);
    rn_diverted_destroy(&engine->diverted);
    free(engine);
}

struct rn_diverted *rn_engine_diverted(struct rn_engine *engine)
{
    return &engine->diverted;
}

struct rn_outbox *rn_engine_outbox(struct rn_engine *engine)
{
    return &engine->outbox;
}

int rn_engine_wake_fd(const struct rn_engine *engine)
{
    return engine->diverted.wake_fd;
}

void rn_engine_reply(struct rn_engine *engine, uint64_t ticket, const uint8_t *octets,
                     size_t length)
{
    rn_replies_put(engine->replies, ticket, octets, length);
}

size_t rn_engine_send(struct rn_engine *engine)
{
    return rn_replies_send(engine->replies);
}

int rn_engine_add_lane(struct rn_engine *engine, size_t lane, struct rn_counts *counts,
                       struct rn_events *events)
{
    if (lane >= RN_LANES_MAX)
        return RN_EVALUE;
    if (engine->lanes[lane])
        return RN_OK;
    struct rn_lane_parts parts = {
        .answerer = {.store = engine->store, .counts = counts, .events = events},
        .holder = engine->holder,
        .waitings = engine->waitings,
        .diverted = &engine->diverted,
        .clock = engine->clock,
    };
    rn_random_seed(&parts.answerer.random, rn_random_next(&engine->random));
    engine->lanes[lane] = rn_lane_new(&parts);
    return engine->lanes[lane] ? RN_OK : RN_ESYSTEM;
}

int rn_engine_open(struct rn_engine *engine, size_t lane, struct rn_socket *socket,
                   uint16_t listener, const struct rn_end *local, int is_wildcard)
{
    struct rn_door door = {.socket = socket, .listener = listener, .is_wildcard = is_wildcard != 0};
    if (lane >= RN_LANES_MAX || !engine->lanes[lane])
        return RN_EVALUE;
    memcpy(door.local.octets, local->octets, sizeof door.local.octets);
    door.local.scope = local->scope;
    door.local.port = local->port;
    door.local.family = local->family;
    return rn_lane_open(engine->lanes[lane], &door);
}

int rn_engine_shut(struct rn_engine *engine, size_t lane, const struct rn_socket *socket)
{
    if (lane >= RN_LANES_MAX || !engine->lanes[lane])
        return RN_EVALUE;
    rn_lane_shut(engine->lanes[lane], socket);
    return RN_OK;
}
