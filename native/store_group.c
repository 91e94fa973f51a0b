/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Groups of the store and their shelves, its bounds, and what it counts.
 *
 *     groups -> group -> group ...      each: the shelf of its own partition -> shelves of others
 *
 * These are lists to whose front is added with a lock held and which are read without; what is in
 * them stays until the store is freed. There are a few groups for each server block of each
 * configuration that there was, so that they are searched from the front; a group has one shelf or two.
 */
#include "native.h"
#include "shard.h"

#include <stdlib.h>
#include <string.h>

static bool is_of(const struct rn_shelf *shelf, const uint8_t *partition)
{
    return memcmp(shelf->partition, partition, RN_PARTITION_SIZE) == 0;
}

static const struct rn_shelf *shelf_in(const struct rn_store_group *group, const uint8_t *partition)
{
    const struct rn_shelf *each = atomic_load_explicit(&group->shelves, memory_order_acquire);
    while (each != NULL && !is_of(each, partition))
        each = each->next;
    return each;
}

const struct rn_shelf *rn_shelf_of(struct rn_store *store, struct rn_store_group *group,
                                   const uint8_t *partition)
{
    const struct rn_shelf *found =
        is_of(&group->own, partition) ? &group->own : shelf_in(group, partition);
    if (found != NULL)
        return found;
    pthread_mutex_lock(&store->lock);
    found = shelf_in(group, partition);
    struct rn_shelf *made = found == NULL ? malloc(sizeof *made) : NULL;
    if (made != NULL) {
        made->group = group;
        memcpy(made->partition, partition, RN_PARTITION_SIZE);
        made->next = atomic_load_explicit(&group->shelves, memory_order_relaxed);
        atomic_store_explicit(&group->shelves, made, memory_order_release);
        found = made;
    }
    pthread_mutex_unlock(&store->lock);
    return found;
}

struct rn_store_group *rn_store_group_in(const struct rn_store *store, const uint8_t *partition,
                                         uint8_t kept_as)
{
    struct rn_store_group *each = atomic_load_explicit(&store->groups, memory_order_acquire);
    while (each != NULL && (each->kept_as != kept_as || !is_of(&each->own, partition)))
        each = each->next;
    return each;
}

struct rn_store_group *rn_store_group(struct rn_store *store, const uint8_t *partition,
                                      uint8_t kept_as)
{
    struct rn_store_group *found = rn_store_group_in(store, partition, kept_as);
    if (found != NULL)
        return found;
    pthread_mutex_lock(&store->lock);
    found = rn_store_group_in(store, partition, kept_as);
    struct rn_store_group *made = found == NULL ? calloc(1, sizeof *made) : NULL;
    if (made != NULL) {
        made->own.group = made;
        memcpy(made->own.partition, partition, RN_PARTITION_SIZE);
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
