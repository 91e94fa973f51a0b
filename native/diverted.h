/* SPDX-License-Identifier: Apache-2.0 */
/* Questions on their way from C threads to Python; see diverted.c. */
#ifndef RN_DIVERTED_H
#define RN_DIVERTED_H

#include "arrival.h"

#include <pthread.h>

struct rn_diverted {
    pthread_mutex_t lock;
    uint8_t *octets;
    size_t size;
    size_t first; /* of the oldest record */
    size_t end;   /* behind the newest */
    size_t edge;  /* is_wrapped: behind the last record that is not before the oldest */
    size_t long_octets; /* of records with messages of RN_LONG and more */
    bool is_wrapped;    /* the newest records stand before the oldest */
    bool is_to_wake; /* the batch being put is the first for Python */
    int wake_fd;  /* becomes readable with the first record; closed by free */
};

/* RN_OK, RN_ENOMEM or RN_ESYSTEM. */
int rn_diverted_init(struct rn_diverted *diverted, size_t size);
void rn_diverted_destroy(struct rn_diverted *diverted); /* after a failed init too, if zeroed */

/* Append a question (copied); false: there is no room (for a message as long as this). Any thread; a batch is put between begin and
 * end, which takes the lock and wakes Python once. */
void rn_diverted_begin(struct rn_diverted *diverted);
bool rn_diverted_put(struct rn_diverted *diverted, uint64_t ticket, const struct rn_arrival *arrival);
void rn_diverted_end(struct rn_diverted *diverted);

#endif
