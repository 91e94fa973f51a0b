/* SPDX-License-Identifier: Apache-2.0 */
/* A batch of datagrams: received with one system call, their replies sent with one; see datagrams.c. */
#ifndef RN_DATAGRAMS_H
#define RN_DATAGRAMS_H

#include "waiting.h"

enum {
    RN_DATAGRAMS = 64,     /* in one batch */
    RN_REPLY_ROOM = 4096,  /* octets of the longest reply over UDP (`bufsize` goes no higher) */
    RN_CONTROL_ROOM = 128  /* octets of control messages that come with one datagram */
};

struct rn_datagrams;

/* Return room for a batch, NULL: no memory. Its owner's thread only, from then on. */
struct rn_datagrams *rn_datagrams_new(void);
void rn_datagrams_free(struct rn_datagrams *batch); /* takes; NULL is harmless */

/* Receive what is there, without waiting; return how many, at most RN_DATAGRAMS. */
size_t rn_datagrams_receive(struct rn_datagrams *batch, int fd, bool is_wildcard);

/* Return a received message (lends, until the next receive) and set *length; NULL: nobody could be
 * answered, or it was cut short. */
const uint8_t *rn_datagrams_octets(const struct rn_datagrams *batch, size_t index, size_t *length);

/* Set client and local of an arrival, and where its reply goes. *local: where the socket is bound. */
void rn_datagrams_ends(const struct rn_datagrams *batch, size_t index, bool is_wildcard,
                       const struct rn_address *local, struct rn_arrival *arrival,
                       struct rn_peer *peer);

/* Return room for the next reply: RN_REPLY_ROOM octets, lent until it is pushed or another asked for. */
uint8_t *rn_datagrams_room(struct rn_datagrams *batch);

/* Have what stands in that room sent to a peer (borrows, until send). At most RN_DATAGRAMS a batch. */
void rn_datagrams_push(struct rn_datagrams *batch, const struct rn_peer *peer, size_t length);

/* Send what was pushed; what the system does not take is counted in the socket's `unsent`. */
void rn_datagrams_send(struct rn_datagrams *batch, struct rn_socket *socket);

#endif
