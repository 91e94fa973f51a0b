/* SPDX-License-Identifier: Apache-2.0 */
/* A bounded first-in first-out ring of pointers between threads; see ring.c. */
#ifndef RN_RING_H
#define RN_RING_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

struct rn_ring {
    pthread_mutex_t lock;
    void **slots;
    size_t capacity;
    size_t head;  /* slot of the oldest item */
    size_t count; /* items in the ring */
    bool closed;
};

/* Make an empty ring of `capacity` slots in *ring (borrows). RN_OK or RN_ENOMEM. */
int rn_ring_init(struct rn_ring *ring, size_t capacity);

/* Release what the ring holds, not the items. Nobody uses it any more. Harmless on a zeroed ring,
 * and after a failed init. */
void rn_ring_destroy(struct rn_ring *ring);

/* Append items (the pointers are copied). Return how many found room; 0 once closed. *was_empty
 * (borrows) says whether the consumer must be woken. Any thread. */
size_t rn_ring_push(struct rn_ring *ring, void *const *items, size_t count, bool *was_empty);

/* Move the oldest items to `items` (borrows), at most `count`; return how many. *left (borrows)
 * says whether some remain. Any thread. */
size_t rn_ring_pop(struct rn_ring *ring, void **items, size_t count, bool *left);

/* Whether there is nothing to pop. Any thread. */
bool rn_ring_is_empty(struct rn_ring *ring);

/* Take no more items; what is in the ring can still be popped. Any thread. */
void rn_ring_close(struct rn_ring *ring);

#endif
