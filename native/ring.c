/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bounded first-in first-out ring of pointers between threads.
 *
 *     slots  [ . . a b c . . ]     head -> a, count = 3
 *
 * A mutex, not atomics: it is taken once a batch, and several threads may push. Who pushes into an
 * empty ring whose consumer may sleep wakes it; a consumer that leaves items behind comes again.
 */
#include "ring.h"

#include "native.h"

#include <stdlib.h>

int rn_ring_init(struct rn_ring *ring, size_t capacity)
{
    *ring = (struct rn_ring){.lock = PTHREAD_MUTEX_INITIALIZER, .capacity = capacity};
    ring->slots = calloc(capacity, sizeof *ring->slots);
    return ring->slots ? RN_OK : RN_ENOMEM;
}

void rn_ring_destroy(struct rn_ring *ring)
{
    if (!ring->slots)
        return;
    pthread_mutex_destroy(&ring->lock);
    free(ring->slots);
}

size_t rn_ring_push(struct rn_ring *ring, void *const *items, size_t count, bool *was_empty)
{
    pthread_mutex_lock(&ring->lock);
    *was_empty = ring->count == 0;
    size_t room = ring->closed ? 0 : ring->capacity - ring->count;
    if (count > room)
        count = room;
    for (size_t i = 0; i < count; i++)
        ring->slots[(ring->head + ring->count + i) % ring->capacity] = items[i];
    ring->count += count;
    pthread_mutex_unlock(&ring->lock);
    return count;
}

size_t rn_ring_pop(struct rn_ring *ring, void **items, size_t count, bool *left)
{
    pthread_mutex_lock(&ring->lock);
    if (count > ring->count)
        count = ring->count;
    for (size_t i = 0; i < count; i++)
        items[i] = ring->slots[(ring->head + i) % ring->capacity];
    ring->head = (ring->head + count) % ring->capacity;
    ring->count -= count;
    *left = ring->count > 0;
    pthread_mutex_unlock(&ring->lock);
    return count;
}

bool rn_ring_is_empty(struct rn_ring *ring)
{
    pthread_mutex_lock(&ring->lock);
    bool is_empty = ring->count == 0;
    pthread_mutex_unlock(&ring->lock);
    return is_empty;
}

void rn_ring_close(struct rn_ring *ring)
{
    pthread_mutex_lock(&ring->lock);
    ring->closed = true;
    pthread_mutex_unlock(&ring->lock);
}
