/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole read buffers of a connection, answered in one call.
 *
 *     in   [length message][length message][length messa     (RFC 1035, 4.2.2)
 *     out  [length reply][length reply]                       what could be answered
 *     left  offsets into `in` of messages that found no room here: the chain answers them without us
 *
 * The connection is Python's; this is what a lane does for datagrams. Misses that need no chain wait
 * for recursions as a lane's do, and what is the chain's goes to it through the same ring; the replies of
 * both go to the outbox, under the connection's number. The owner's thread.
 */
#include "clock.h"
#include "engine.h"
#include "missed.h"

#include <string.h>

enum { PREFIX = 2, LEAST_ROOM = PREFIX + RN_MESSAGE_MAX };
enum { PATIENCE_MS = 4000 }; /* of a question that no block is known for */

static void set_address(struct rn_address *address, const struct rn_end *end)
{
    memcpy(address->octets, end->octets, sizeof address->octets);
    address->scope = end->scope;
    address->port = end->port;
    address->family = end->family;
}

static void set_arrival(struct rn_arrival *arrival, const struct rn_connection *connection,
                        int64_t received_ns)
{
    set_address(&arrival->client, &connection->client);
    set_address(&arrival->local, &connection->local);
    arrival->received_ms = received_ns / 1000000;
    arrival->received_ns = received_ns;
    arrival->listener = connection->listener;
    arrival->transport = connection->transport;
    arrival->keepalive = connection->keepalive;
}

/* The misses of one read buffer that wait, and have not joined flights yet. */
struct missed {
    struct rn_engine *engine;
    struct rn_plan *plan;
    struct rn_peer peer;
    size_t count;
    struct rn_joining joining[RN_STREAM_MISSES]; /* each with the task at the same place */
};

/* Have them join. */
static void join(struct missed *missed, int64_t now_ms)
{
    struct rn_engine *engine = missed->engine;
    uint8_t out[RN_REPLY_ROOM];
    if (missed->count == 0)
        return;
    rn_missed_join(missed->joining, missed->count, now_ms);
    for (size_t i = 0; i < missed->count; i++) {
        if (missed->joining[i].outcome == RN_JOINED)
            continue;
        size_t length = rn_missed_refuse(&engine->streaming, engine->waitings, &missed->joining[i],
                                         &engine->misses[i], out);
        if (length > 0)
            rn_socket_send(engine->connections, &missed->peer, out, length);
    }
    missed->count = 0;
}

/* Have the task that stands behind the others wait. False: there is no place for it. */
static bool wait_for_recursion(struct missed *missed)
{
    struct rn_engine *engine = missed->engine;
    struct rn_task *task = &engine->misses[missed->count];
    int64_t deadline_ms = task->arrival.received_ms + task->route.block->patience_ms;
    task->outcome = RN_RECURSE;
    uint64_t ticket = rn_waitings_add(engine->waitings, task, missed->plan, engine->connections,
                                      &missed->peer, deadline_ms);
    if (ticket == 0)
        return false;
    missed->joining[missed->count++] = (struct rn_joining){.ticket = ticket, .task = task};
    if (missed->count == RN_STREAM_MISSES)
        join(missed, task->arrival.received_ms);
    return true;
}

/* Have the task that stands behind the others wait for the chain. False: there is no room for it. */
static bool wait_for_chain(struct missed *missed)
{
    struct rn_engine *engine = missed->engine;
    struct rn_task *task = &engine->misses[missed->count];
    const struct rn_block *block = task->route.block;
    int64_t patience_ms = block ? block->patience_ms : PATIENCE_MS;
    struct rn_onward onward = {
        .waitings = engine->waitings,
        .diverted = &engine->diverted,
        .plan = missed->plan,
        .socket = engine->connections,
        .peer = &missed->peer,
        .deadline_ms = task->arrival.received_ms + patience_ms + RN_GRACE_MS,
    };
    return rn_missed_divert(&onward, task);
}

void rn_engine_answer_stream(struct rn_engine *engine, const struct rn_connection *connection,
                             const uint8_t *in, size_t length, uint8_t *out, size_t room,
                             struct rn_stream *stream)
{
    struct rn_answerer *answerer = &engine->streaming;
    struct rn_plan *plan = rn_plan_take(engine->holder);
    struct missed missed = {
        .engine = engine, .plan = plan, .peer = {.connection = connection->number}};
    int64_t received_ns = rn_clock_now_ns(engine->clock);
    uint32_t left_most =
        connection->left_most < RN_STREAM_LEFT ? connection->left_most : RN_STREAM_LEFT;
    *stream = (struct rn_stream){.consumed = 0};
    while (plan && length - stream->consumed >= PREFIX && room - stream->written >= LEAST_ROOM &&
           stream->left_count + stream->waiting < left_most &&
           stream->messages < connection->messages) {
        const uint8_t *at = in + stream->consumed;
        struct rn_task *task = &engine->misses[missed.count];
        size_t size = rn_get16(at), reply = 0;
        if (length - stream->consumed - PREFIX < size)
            break;
        set_arrival(&task->arrival, connection, received_ns);
        rn_answer_begin(answerer, plan, task, at + PREFIX, size);
        task->served.duration_ns = rn_clock_now_ns(engine->clock) - received_ns;
        enum rn_outcome outcome = rn_answer_end(answerer, task, out + stream->written + PREFIX,
                                                RN_MESSAGE_MAX, &reply);
        if (outcome == RN_REPLY) {
            rn_put16(out + stream->written, (unsigned)reply);
            stream->written += PREFIX + reply;
        } else if (outcome == RN_RECURSE ? wait_for_recursion(&missed)
                                         : outcome == RN_DIVERT && wait_for_chain(&missed)) {
            stream->waiting++;
        } else if (outcome != RN_SILENCE) {
            stream->left[stream->left_count++] = (uint32_t)stream->consumed;
        }
        stream->messages++;
        stream->consumed += PREFIX + size;
    }
    join(&missed, received_ns / 1000000);
    if (plan)
        rn_plan_drop(plan);
}
