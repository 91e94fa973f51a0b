/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The chain's replies on their way to clients: collected, and sent together.
 *
 *     put: [ticket, octets] x 64 at most  --send-->  taken from those who wait  -->  one system call a socket
 *
 * A query goes on waiting until its reply is sent, so that the watch answers it at its deadline if
 * Python never comes to that. One thread. What is longer than the room for one goes out alone.
 */
#include "replies.h"

#include "datagrams.h"

#include <stdlib.h>
#include <string.h>

enum { ROOM = 64 << 10 }; /* octets of replies: a batch of those that resolvers send takes 10 KiB */

struct reply {
    uint64_t ticket;
    size_t at; /* in octets */
    size_t length;
};

struct rn_replies {
    struct rn_waitings *waitings;
    struct rn_datagrams *batch;
    struct rn_socket *socket; /* of what is in the batch */
    struct rn_waiting *answered[RN_DATAGRAMS];
    size_t answered_count;
    struct reply collected[RN_DATAGRAMS];
    size_t count;
    size_t used;
    uint8_t octets[ROOM];
};

struct rn_replies *rn_replies_new(struct rn_waitings *waitings)
{
    struct rn_replies *replies = malloc(sizeof *replies);
    if (!replies)
        return NULL;
    replies->waitings = waitings;
    replies->answered_count = replies->count = replies->used = 0;
    replies->batch = rn_datagrams_new();
    if (replies->batch)
        return replies;
    free(replies);
    return NULL;
}

void rn_replies_free(struct rn_replies *replies)
{
    if (!replies)
        return;
    rn_datagrams_free(replies->batch);
    free(replies);
}

/* Send what is in the batch. */
static void flush(struct rn_replies *replies)
{
    if (replies->answered_count == 0)
        return;
    rn_datagrams_send(replies->batch, replies->socket);
    for (size_t i = 0; i < replies->answered_count; i++)
        rn_waiting_free(replies->answered[i]);
    replies->answered_count = 0;
}

/* Put a reply into the batch, which is of one socket; one to a connection, and none, go their own way.
 * Takes the query. */
static void push(struct rn_replies *replies, struct rn_waiting *waiting, const uint8_t *octets,
                 size_t length)
{
    if (length == 0 || waiting->socket->outbox) {
        rn_socket_send(waiting->socket, &waiting->peer, octets, length);
        rn_waiting_free(waiting);
        return;
    }
    if (waiting->socket != replies->socket)
        flush(replies);
    replies->socket = waiting->socket;
    memcpy(rn_datagrams_room(replies->batch), octets, length);
    rn_datagrams_push(replies->batch, &waiting->peer, length);
    replies->answered[replies->answered_count++] = waiting;
}

static void send_alone(struct rn_replies *replies, uint64_t ticket, const uint8_t *octets,
                       size_t length)
{
    struct rn_waiting *waiting = rn_waitings_take(replies->waitings, ticket);
    if (!waiting)
        return;
    rn_socket_send(waiting->socket, &waiting->peer, octets, length);
    rn_waiting_free(waiting);
}

void rn_replies_put(struct rn_replies *replies, uint64_t ticket, const uint8_t *octets,
                    size_t length)
{
    if (length > RN_REPLY_ROOM) {
        send_alone(replies, ticket, octets, length);
        return;
    }
    if (replies->count == RN_DATAGRAMS || length > ROOM - replies->used)
        rn_replies_send(replies);
    replies->collected[replies->count++] = (struct reply){ticket, replies->used, length};
    if (length > 0)
        memcpy(replies->octets + replies->used, octets, length);
    replies->used += length;
}

size_t rn_replies_send(struct rn_replies *replies)
{
    size_t answered = 0;
    for (size_t i = 0; i < replies->count; i++) {
        const struct reply *each = &replies->collected[i];
        struct rn_waiting *waiting = rn_waitings_take(replies->waitings, each->ticket);
        if (!waiting)
            continue; /* it was answered at its deadline */
        answered++;
        push(replies, waiting, replies->octets + each->at, each->length);
    }
    flush(replies);
    replies->count = replies->used = 0;
    return answered;
}
