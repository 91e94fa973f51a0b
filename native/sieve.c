/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which entries go: SIEVE (a queue in the order of coming, and a hand that walks it), one for each
 * shard, and one for each group in each shard. An entry stands in two of them.
 *
 *     newest -> ... -> [visited] -> [not] <- hand -> ... -> oldest
 *
 * The hand walks from the oldest to the newest. Who was visited since it came by last is passed and
 * stays; the first who was not goes. A walk is bounded: after MOST_STEPS the next one goes whatever it
 * is, so that no lane waits for the lock. A group's hand meets no entries of others.
 *
 * What is past its time goes when a walk over the buckets comes by: with each entry that comes it looks at
 * one, whose entries the processor has fetched by then.
 *
 * The bounds are the store's, not the shards': room is made in the shard that the entry comes into if
 * that has its share, else in another that has. Shards are locked one at a time.
 */
#include "shard.h"

#include <stdlib.h>

enum { MOST_STEPS = 256 };

static uint64_t read_number(const atomic_uint_least64_t *number)
{
    return atomic_load_explicit(number, memory_order_relaxed);
}

static void add_number(atomic_uint_least64_t *number, uint64_t by)
{
    atomic_fetch_add_explicit(number, by, memory_order_relaxed);
}

static uint64_t share_of(const struct rn_store *store, const struct rn_store_group *group,
                         unsigned number)
{
    return group == NULL ? read_number(&store->shards[number].octets)
                         : atomic_load_explicit(&group->shares[number].count, memory_order_relaxed);
}

static void append(struct rn_sieve *sieve, unsigned queue, struct rn_stored *stored)
{
    stored->links[queue] = (struct rn_links){.newer = NULL, .older = sieve->newest};
    if (sieve->newest != NULL)
        sieve->newest->links[queue].newer = stored;
    else
        sieve->oldest = stored;
    sieve->newest = stored;
}

static void take_out(struct rn_sieve *sieve, unsigned queue, struct rn_stored *stored)
{
    struct rn_links links = stored->links[queue];
    if (sieve->hand == stored)
        sieve->hand = links.newer;
    if (links.newer != NULL)
        links.newer->links[queue].older = links.older;
    else
        sieve->newest = links.older;
    if (links.older != NULL)
        links.older->links[queue].newer = links.newer;
    else
        sieve->oldest = links.newer;
}

bool rn_shard_link(struct rn_store *store, unsigned number, uint64_t hash, struct rn_stored *stored)
{
    struct rn_shard *shard = &store->shards[number];
    struct rn_share *share = &stored->entry.shelf->group->shares[number];
    if (!rn_table_add(shard, hash, stored))
        return false;
    append(&shard->sieve, RN_OF_SHARD, stored);
    append(&share->sieve, RN_OF_GROUP, stored);
    add_number(&shard->octets, rn_stored_octets(stored));
    atomic_fetch_add_explicit(&share->count, 1, memory_order_relaxed);
    return true;
}

void rn_shard_unlink(struct rn_store *store, unsigned number, struct rn_stored *stored)
{
    struct rn_shard *shard = &store->shards[number];
    struct rn_store_group *group = stored->entry.shelf->group;
    struct rn_share *share = &group->shares[number];
    uint64_t octets = rn_stored_octets(stored);
    rn_table_remove(shard, stored);
    take_out(&shard->sieve, RN_OF_SHARD, stored);
    take_out(&share->sieve, RN_OF_GROUP, stored);
    atomic_fetch_sub_explicit(&shard->octets, octets, memory_order_relaxed);
    atomic_fetch_sub_explicit(&share->count, 1, memory_order_relaxed);
    rn_room_return(store, octets, group);
}

static bool is_over(const struct rn_stored *stored, int64_t now_ms)
{
    return stored->entry.stale_until_ms <= now_ms;
}

void rn_shard_reap(struct rn_store *store, unsigned number, int64_t now_ms)
{
    struct rn_shard *shard = &store->shards[number];
    const struct rn_table *table = atomic_load_explicit(&shard->table, memory_order_relaxed);
    struct rn_stored *row[RN_SLOTS];
    unsigned count = rn_table_row(table, shard->reap++, row);
    for (unsigned i = 0; i < count; i++) {
        if (!is_over(row[i], now_ms))
            continue;
        rn_shard_unlink(store, number, row[i]);
        free(row[i]);
    }
}

/* Walk with the hand, and let one entry (of a group, unless NULL) go; false: there is none. The shard
 * is locked. */
static bool evict(struct rn_store *store, unsigned number, struct rn_store_group *group,
                  int64_t now_ms)
{
    struct rn_shard *shard = &store->shards[number];
    struct rn_sieve *sieve = group == NULL ? &shard->sieve : &group->shares[number].sieve;
    unsigned queue = group == NULL ? RN_OF_SHARD : RN_OF_GROUP;
    struct rn_stored *stored = sieve->hand != NULL ? sieve->hand : sieve->oldest;
    uint32_t steps = 1;
    if (stored == NULL)
        return false;
    for (; stored->entry.is_visited && !is_over(stored, now_ms) && steps <= MOST_STEPS; steps++) {
        struct rn_stored *newer = stored->links[queue].newer;
        stored->entry.is_visited = false;
        stored = newer != NULL ? newer : sieve->oldest;
    }
    if (steps > shard->longest_walk)
        shard->longest_walk = steps;
    sieve->hand = stored->links[queue].newer;
    if (!is_over(stored, now_ms)) {
        add_number(&store->evictions, 1);
        add_number(&stored->entry.shelf->group->evictions, 1);
    }
    rn_shard_unlink(store, number, stored);
    free(stored);
    return true;
}

/* Return a shard that has no less than its share of what a group, or all, have: `own` if it has, else
 * the next from a place that moves; the largest if none has; RN_SHARDS: all are empty. */
static unsigned choose(struct rn_store *store, const struct rn_store_group *group, unsigned own)
{
    uint64_t all = 0, largest = 0;
    unsigned found = RN_SHARDS;
    for (unsigned number = 0; number < RN_SHARDS; number++)
        all += share_of(store, group, number);
    if (own < RN_SHARDS && all > 0 && share_of(store, group, own) >= all / RN_SHARDS &&
        share_of(store, group, own) > 0)
        return own;
    unsigned first = atomic_fetch_add_explicit(&store->cursor, 1, memory_order_relaxed);
    for (unsigned i = 0; i < RN_SHARDS; i++) {
        unsigned number = (first + i) % RN_SHARDS;
        uint64_t share = share_of(store, group, number);
        if (share > largest) {
            largest = share;
            found = number;
            if (share >= all / RN_SHARDS)
                break;
        }
    }
    return found;
}

/* Let an entry (of a group, unless NULL) go, preferably in the shard `own`; false: all are empty. */
static bool evict_somewhere(struct rn_store *store, struct rn_store_group *group, unsigned own,
                            int64_t now_ms)
{
    unsigned number = choose(store, group, own);
    if (number == RN_SHARDS)
        return false;
    pthread_mutex_lock(&store->shards[number].lock);
    evict(store, number, group, now_ms); /* another thread may have been faster */
    pthread_mutex_unlock(&store->shards[number].lock);
    return true;
}

static bool is_full(const struct rn_store *store)
{
    return read_number(&store->octets) > read_number(&store->max_octets);
}

static bool is_group_full(const struct rn_store_group *group)
{
    return read_number(&group->count) > read_number(&group->capacity);
}

void rn_room_return(struct rn_store *store, uint64_t octets, struct rn_store_group *group)
{
    atomic_fetch_sub_explicit(&store->octets, octets, memory_order_relaxed);
    atomic_fetch_sub_explicit(&group->count, 1, memory_order_relaxed);
}

bool rn_room_make(struct rn_store *store, unsigned number, uint64_t octets,
                  struct rn_store_group *group, int64_t now_ms)
{
    add_number(&store->octets, octets);
    add_number(&group->count, 1);
    bool has_room = octets <= read_number(&store->max_octets);
    while (has_room && is_group_full(group))
        has_room = evict_somewhere(store, group, number, now_ms);
    while (has_room && is_full(store))
        has_room = evict_somewhere(store, NULL, number, now_ms);
    if (!has_room)
        rn_room_return(store, octets, group);
    return has_room;
}

void rn_room_shrink(struct rn_store *store, struct rn_store_group *group, int64_t now_ms)
{
    bool is_left = true;
    while (is_left && (group == NULL ? is_full(store) : is_group_full(group)))
        is_left = evict_somewhere(store, group, RN_SHARDS, now_ms);
}
