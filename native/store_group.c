/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Partitions and groups of the store, its bounds, and what it counts.
 *
 * Both are lists to whose front is added with a lock held and which are read without; what is in them
 * stays until the store is freed. There are a few for each server block of each configuration that
 * there was, so that they are searched from the front.
 */
#include "native.h"
#include "shard.h"

#include <stdlib.h>
#include <string.h>

static const struct rn_partition *partition_in(struct rn_store *store, const uint8_t *id)
{
    const struct rn_partition *each = atomic_load_explicit(&store->partitions, memory_order_acquire);
    while (each != NULL && memcmp(each->id, id, RN_PARTITION_SIZE) != 0)
        each = each->next;
    return each;
}

const struct rn_partition *rn_partition_of(struct rn_store *store, const uint8_t *id)
{
    const struct rn_partition *found = partition_in(store, id);
    if (found != NULL)
        return found;
    pthread_mutex_lock(&store->lock);
    found = partition_in(store, id);
    struct rn_partition *made = found == NULL ? malloc(sizeof *made) : NULL;
    if (made != NULL) {
        memcpy(made->id, id, RN_PARTITION_SIZE);
        made->next = atomic_load_explicit(&store->partitions, memory_order_relaxed);
        atomic_store_explicit(&store->partitions, made, memory_order_release);
        found = made;
    }
    pthread_mutex_unlock(&store->lock);
    return found;
}

struct rn_store_group *rn_store_group_in(const struct rn_store *store, const uint8_t *partition,
                                         uint8_t kept_as)
{
    struct rn_store_group *each = atomic_load_explicit(&store->groups, memory_order_acquire);
    while (each != NULL && (each->kept_as != kept_as ||
                            memcmp(each->partition->id, partition, RN_PARTITION_SIZE) != 0))
        each = each->next;
    return each;
}

struct rn_store_group *rn_store_group(struct rn_store *store, const uint8_t *partition,
                                      uint8_t kept_as)
{
    struct rn_store_group *found = rn_store_group_in(store, partition, kept_as);
    const struct rn_partition *known = found == NULL ? rn_partition_of(store, partition) : NULL;
    if (known == NULL)
        return found;
    pthread_mutex_lock(&store->lock);
    found = rn_store_group_in(store, partition, kept_as);
    struct rn_store_group *made = found == NULL ? calloc(1, sizeof *made) : NULL;
    if (made != NULL) {
        made->partition = known;
        made->kept_as = kept_as;
        atomic_init(&made->capacity, UINT64_MAX);
        made->next = atomic_load_explicit(&store->groups, memory_order_relaxed);
        atomic_store_explicit(&store->groups, made, memory_order_release);
        found = made;
    }
    pthread_mutex_unlock(&store->lock);
    return found;
}

void rn_store_group_stats(const struct rn_store_group *group, struct rn_group_stats *stats)
{
    stats->count = atomic_load(&group->count);
    stats->capacity = atomic_load(&group->capacity);
    stats->evictions = atomic_load(&group->evictions);
}

void rn_store_limit(struct rn_store *store, struct rn_store_group *group, uint64_t capacity,
                    int64_t now_ms)
{
    atomic_store(&group->capacity, capacity);
    rn_room_shrink(store, group, now_ms);
}

void rn_store_resize(struct rn_store *store, uint64_t max_octets, int64_t now_ms)
{
    atomic_store(&store->max_octets, max_octets);
    rn_room_shrink(store, NULL, now_ms);
}

void rn_store_stats(const struct rn_store *store, struct rn_store_stats *stats)
{
    uint64_t entries = 0;
    for (unsigned number = 0; number < RN_SHARDS; number++)
        entries += atomic_load_explicit(&store->shards[number].count, memory_order_relaxed);
    stats->entries = entries;
    stats->octets = atomic_load(&store->octets);
    stats->max_octets = atomic_load(&store->max_octets);
    stats->evictions = atomic_load(&store->evictions);
}
