/* SPDX-License-Identifier: Apache-2.0 */
/* Replies on their way from C threads to connections, which are Python's; see outbox.c. */
#ifndef RN_OUTBOX_H
#define RN_OUTBOX_H

#include "native.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

struct rn_outgoing;

struct rn_outbox {
    pthread_mutex_t lock;
    struct rn_outgoing *first, *last; /* in the order in which they came */
    atomic_size_t octets;             /* of replies in it, and of those that are on their way in */
    size_t max_octets;
    int wake_fd; /* borrowed: becomes readable with the first reply */
};

void rn_outbox_init(struct rn_outbox *outbox, size_t max_octets, int wake_fd);
void rn_outbox_destroy(struct rn_outbox *outbox); /* what is in it is lost */

/* Leave a reply (copied; at most RN_MESSAGE_MAX octets) to a connection; length 0: a query of its is
 * answered with silence. Where max_octets are there already, it is silence too: a client whose server
 * is as busy as that asks again. Any thread. */
void rn_outbox_put(struct rn_outbox *outbox, uint64_t connection, const uint8_t *octets,
                   size_t length);

#endif
