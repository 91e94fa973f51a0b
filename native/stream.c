/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole read buffers of a connection, answered in one call.
 *
 *     in   [length message][length message][length messa     (RFC 1035, 4.2.2)
 *     out  [length reply][length reply]                       what could be answered
 *     left  offsets into `in` of the messages that the chain is to answer
 *
 * The connection is Python's; this is what a lane does for datagrams. The owner's thread.
 */
#include "clock.h"
#include "engine.h"

#include <string.h>

enum { PREFIX = 2, LEAST_ROOM = PREFIX + RN_MESSAGE_MAX };

static void set_address(struct rn_address *address, const struct rn_end *end)
{
    memcpy(address->octets, end->octets, sizeof address->octets);
    address->scope = end->scope;
    address->port = end->port;
    address->family = end->family;
}

void rn_engine_answer_stream(struct rn_engine *engine, const struct rn_connection *connection,
                             const uint8_t *in, size_t length, uint8_t *out, size_t room,
                             struct rn_stream *stream)
{
    struct rn_answerer *answerer = &engine->streaming;
    struct rn_plan *plan = rn_plan_take(engine->holder);
    struct rn_task task;
    int64_t received_ns = rn_clock_now_ns(engine->clock);
    uint32_t left_most =
        connection->left_most < RN_STREAM_LEFT ? connection->left_most : RN_STREAM_LEFT;
    *stream = (struct rn_stream){.consumed = 0};
    set_address(&task.arrival.client, &connection->client);
    set_address(&task.arrival.local, &connection->local);
    task.arrival.received_ms = received_ns / 1000000;
    task.arrival.received_ns = received_ns;
    task.arrival.listener = connection->listener;
    task.arrival.transport = connection->transport;
    task.arrival.keepalive = connection->keepalive;
    while (plan && length - stream->consumed >= PREFIX && room - stream->written >= LEAST_ROOM &&
           stream->left_count < left_most && stream->messages < connection->messages) {
        const uint8_t *at = in + stream->consumed;
        size_t size = rn_get16(at), reply = 0;
        if (length - stream->consumed - PREFIX < size)
            break;
        rn_answer_begin(answerer, plan, &task, at + PREFIX, size);
        task.served.duration_ns = rn_clock_now_ns(engine->clock) - received_ns;
        switch (rn_answer_end(answerer, &task, out + stream->written + PREFIX, RN_MESSAGE_MAX,
                              &reply)) {
        case RN_REPLY:
            rn_put16(out + stream->written, (unsigned)reply);
            stream->written += PREFIX + reply;
            break;
        case RN_SILENCE:
            break;
        case RN_DIVERT:
        case RN_RECURSE:
            stream->left[stream->left_count++] = (uint32_t)stream->consumed;
            break;
        }
        stream->messages++;
        stream->consumed += PREFIX + size;
    }
    if (plan)
        rn_plan_drop(plan);
}
