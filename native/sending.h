/* SPDX-License-Identifier: Apache-2.0 */
/* Replies to queries that waited, sent together; see sending.c. */
#ifndef RN_SENDING_H
#define RN_SENDING_H

#include "datagrams.h"

struct rn_sending {
    struct rn_datagrams *batch;
    struct rn_socket *socket;                    /* of all in it */
    struct rn_waiting *answered[RN_DATAGRAMS];   /* whose replies those are */
    size_t count;
    uint8_t *alone; /* room for a reply to a connection */
};

/* RN_OK or RN_ENOMEM. One thread's, from then on. */
int rn_sending_init(struct rn_sending *sending);
void rn_sending_destroy(struct rn_sending *sending); /* after a failed init too, if zeroed */

/* Return room for the reply to a query (borrows both), and set its size: RN_REPLY_ROOM octets, or
 * RN_MESSAGE_MAX if it came by a connection. Lent until it is pushed or another asked for. */
uint8_t *rn_sending_room(struct rn_sending *sending, const struct rn_waiting *waiting, size_t *size);

/* Have what stands in that room sent to its query, which is taken. Length 0: it gets none. */
void rn_sending_push(struct rn_sending *sending, struct rn_waiting *waiting, size_t length);

/* Send what was pushed. */
void rn_sending_flush(struct rn_sending *sending);

#endif
