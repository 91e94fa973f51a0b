/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replies to queries that waited, sent together.
 *
 *     room, push, room, push ...  -- 64 of them, or another socket, or flush -->  one system call
 *
 * A reply to a connection goes to the outbox at once, which makes batches of its own. A query is freed
 * once its reply is sent: the batch borrows where it goes. One thread.
 */
#include "sending.h"

#include "native.h"

#include <stdlib.h>

int rn_sending_init(struct rn_sending *sending)
{
    *sending = (struct rn_sending){.batch = rn_datagrams_new(), .alone = malloc(RN_MESSAGE_MAX)};
    return sending->batch && sending->alone ? RN_OK : RN_ENOMEM;
}

void rn_sending_destroy(struct rn_sending *sending)
{
    rn_datagrams_free(sending->batch);
    free(sending->alone);
}

uint8_t *rn_sending_room(struct rn_sending *sending, const struct rn_waiting *waiting, size_t *size)
{
    if (waiting->socket->outbox) {
        *size = RN_MESSAGE_MAX;
        return sending->alone;
    }
    if (sending->count > 0 &&
        (sending->socket != waiting->socket || sending->count == RN_DATAGRAMS))
        rn_sending_flush(sending);
    sending->socket = waiting->socket;
    *size = RN_REPLY_ROOM;
    return rn_datagrams_room(sending->batch);
}

void rn_sending_push(struct rn_sending *sending, struct rn_waiting *waiting, size_t length)
{
    if (waiting->socket->outbox || length == 0) {
        rn_socket_send(waiting->socket, &waiting->peer, sending->alone, length);
        rn_waiting_free(waiting);
        return;
    }
    rn_datagrams_push(sending->batch, &waiting->peer, length);
    sending->answered[sending->count++] = waiting;
}

void rn_sending_flush(struct rn_sending *sending)
{
    if (sending->count == 0)
        return;
    rn_datagrams_send(sending->batch, sending->socket);
    for (size_t i = 0; i < sending->count; i++)
        rn_waiting_free(sending->answered[i]);
    sending->count = 0;
}
