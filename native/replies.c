/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The chain's replies on their way to clients: collected, and sent together.
 *
 *     put: [ticket, octets] x 64 at most  --send-->  taken from those who wait  -->  one system call a socket
 *
 * A query goes on waiting until its reply is sent, so that the watch answers it at its deadline if
 * Python never comes to that. One thread.
 */
#include "replies.h"

#include "native.h"
#include "sending.h"

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
    struct rn_sending sending;
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
    replies->count = replies->used = 0;
    if (rn_sending_init(&replies->sending) == RN_OK)
        return replies;
    rn_replies_free(replies);
    return NULL;
}

void rn_replies_free(struct rn_replies *replies)
{
    if (!replies)
        return;
    rn_sending_destroy(&replies->sending);
    free(replies);
}

/* Have a reply sent with the others; takes the query. */
static void push(struct rn_replies *replies, struct rn_waiting *waiting, const uint8_t *octets,
                 size_t length)
{
    size_t room;
    uint8_t *out = rn_sending_room(&replies->sending, waiting, &room);
    if (length > room) { /* Python made it longer than a datagram of ours ever is */
        rn_socket_send(waiting->socket, &waiting->peer, octets, length);
        rn_waiting_free(waiting);
        return;
    }
    if (length > 0)
        memcpy(out, octets, length);
    rn_sending_push(&replies->sending, waiting, length);
}

void rn_replies_put(struct rn_replies *replies, uint64_t ticket, const uint8_t *octets,
                    size_t length)
{
    if (length > ROOM)
        length = 0; /* no message is that long */
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
    rn_sending_flush(&replies->sending);
    replies->count = replies->used = 0;
    return answered;
}
