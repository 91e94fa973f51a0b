/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which entries go: SIEVE (a queue in the order of coming, and a hand that walks it), one for each
 * shard, and one for each group in each shard.
 *
 *     newest -> ... -> [visited] -> [not] <- hand -> ... -> oldest
 *
 * The hand walks from the oldest to the newest. Who was visited since it came by last is passed and
 * stays; the first who was not goes. A walk is bounded: after MOST_STEPS the next one goes whatever it
 * is, so that no lane waits for the lock. A group's own hand passes the entries of others, in a shard
 * that has some of its own: a group with a capacity that is a small part of the store has long walks
 * (shard's entries / group's entries in it, on average).
 *
 * The bounds are the store's, not the shards': room is made in the shard that the entry comes into if
 * that has its share, else in another that has. Shards are locked one at a time.
 */
#include "shard.h"

#include <stdlib.h>

enum { MOST_STEPS = 256, REAPED_AT_ONCE = 4 };

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

bool rn_shard_link(struct rn_store *store, unsigned number, uint64_t hash, struct rn_stored *stored)
{
    struct rn_shard *shard = &store->shards[number];
    struct rn_share *share = &stored->entry.group->shares[number];
    if (!rn_table_add(shard, hash, stored))
        return false;
    stored->older = shard->newest;
    stored->newer = NULL;
    if (shard->newest != NULL)
        shard->newest->newer = stored;
    else
        shard->oldest = stored;
    shard->newest = stored;
    add_number(&shard->octets, rn_stored_octets(stored));
    atomic_fetch_add_explicit(&share->count, 1, memory_order_relaxed);
    return true;
}

void rn_shard_unlink(struct rn_store *store, unsigned number, struct rn_stored *stored)
{
    struct rn_shard *shard = &store->shards[number];
    struct rn_store_group *group = stored->entry.group;
    struct rn_share *share = &group->shares[number];
    uint64_t octets = rn_stored_octets(stored);
    rn_table_remove(shard, stored);
    if (shard->hand == stored)
        shard->hand = stored->newer;
    if (shard->reap == stored)
        shard->reap = stored->newer;
    if (share->hand == stored)
        share->hand = NULL; /* the next newer one may be another group's */
    if (stored->newer != NULL)
        stored->newer->older = stored->older;
    else
        shard->newest = stored->older;
    if (stored->older != NULL)
        stored->older->newer = stored->newer;
    else
        shard->oldest = stored->newer;
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
    struct rn_stored *stored = shard->reap != NULL ? shard->reap : shard->oldest;
    for (int i = 0; i < REAPED_AT_ONCE && stored != NULL; i++) {
        struct rn_stored *next = stored->newer;
        if (is_over(stored, now_ms)) {
            rn_shard_unlink(store, number, stored);
            free(stored);
        }
        stored = next;
    }
    shard->reap = stored;
    if (stored != NULL)
        __builtin_prefetch(stored);
}

/* Walk with the hand, and let one entry (of a group, unless NULL) go; false: there is none. The shard
 * is locked. */
static bool evict(struct rn_store *store, unsigned number, struct rn_store_group *group,
                  int64_t now_ms)
{
    struct rn_shard *shard = &store->shards[number];
    struct rn_stored **hand = group == NULL ? &shard->hand : &group->shares[number].hand;
    struct rn_stored *stored = *hand != NULL ? *hand : shard->oldest;
    if (stored == NULL || share_of(store, group, number) == 0)
        return false;
    for (int steps = 0;; stored = stored->newer != NULL ? stored->newer : shard->oldest) {
        if (group != NULL && stored->entry.group != group)
            continue;
        if (!stored->is_visited || is_over(stored, now_ms) || ++steps > MOST_STEPS)
            break;
        stored->is_visited = false;
    }
    *hand = stored->newer;
    while (group != NULL && *hand != NULL && (*hand)->entry.group != group)
        *hand = (*hand)->newer;
    if (!is_over(stored, now_ms)) {
        add_number(&store->evictions, 1);
        add_number(&stored->entry.group->evictions, 1);
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
