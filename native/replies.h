/* SPDX-License-Identifier: Apache-2.0 */
/* The chain's replies on their way to clients: collected, and sent together; see replies.c. */
#ifndef RN_REPLIES_H
#define RN_REPLIES_H

#include "waiting.h"

struct rn_replies;

/* Return room for a batch (borrows waitings), NULL: no memory. Its owner's thread only, from then on. */
struct rn_replies *rn_replies_new(struct rn_waitings *waitings);
void rn_replies_free(struct rn_replies *replies); /* takes, and sends nothing; NULL is harmless */

/* Have a reply (borrows) go to the query of a ticket with the next send; length 0: it gets none. */
void rn_replies_put(struct rn_replies *replies, uint64_t ticket, const uint8_t *octets,
                    size_t length);

/* Send what was put to those who wait still. Return how many did. */
size_t rn_replies_send(struct rn_replies *replies);

#endif
