/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The packet cache: look-ups, and the ways in and out of it.
 *
 *     rn_store: 64 shards (shard.h) | groups (a list that only grows) | sums of octets
 *
 * A look-up locks one shard and allocates nothing. A put makes its entry before it locks; where there
 * is room, or the entry takes the place of one, the shard is locked once and a reader sees the old
 * entry or the new one. Else what was there goes first, then room is made, shard by shard.
 *
 * Limits: the octets of all entries as malloc counts them, each with a share of its table; the fixed
 * cost is some 30 KiB, and 2 KiB for each group.
 */
#include "native.h"
#include "render.h"
#include "shard.h"
#include "siphash.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_TABLE_BITS = 2 };

struct rn_store *rn_store_new(uint64_t max_octets, const uint8_t *key)
{
    struct rn_store *store = aligned_alloc(RN_LINE, sizeof *store);
    if (store == NULL)
        return NULL;
    memset(store, 0, sizeof *store);
    pthread_mutex_init(&store->lock, NULL);
    for (unsigned number = 0; number < RN_SHARDS; number++)
        pthread_mutex_init(&store->shards[number].lock, NULL);
    store->key[0] = rn_get64le(key);
    store->key[1] = rn_get64le(key + 8);
    atomic_init(&store->max_octets, max_octets);
    for (unsigned number = 0; number < RN_SHARDS; number++) {
        struct rn_table *table = rn_table_new(FIRST_TABLE_BITS);
        if (table == NULL) {
            rn_store_free(store);
            return NULL;
        }
        atomic_init(&store->shards[number].table, table);
    }
    return store;
}

void rn_store_free(struct rn_store *store)
{
    if (store == NULL)
        return;
    for (unsigned number = 0; number < RN_SHARDS; number++) {
        struct rn_shard *shard = &store->shards[number];
        for (struct rn_stored *stored = shard->sieve.newest, *older; stored; stored = older) {
            older = stored->links[RN_OF_SHARD].older;
            free(stored);
        }
        rn_table_free(atomic_load(&shard->table));
        pthread_mutex_destroy(&shard->lock);
    }
    for (struct rn_store_group *group = atomic_load(&store->groups), *next; group; group = next) {
        next = group->next;
        for (struct rn_shelf *each = atomic_load(&group->shelves), *behind; each; each = behind) {
            behind = each->next;
            free(each);
        }
        free(group);
    }
    pthread_mutex_destroy(&store->lock);
    free(store);
}

uint64_t rn_store_hash(const struct rn_store *store, const struct rn_key *key)
{
    struct rn_siphash s;
    rn_siphash_init(&s, store->key);
    rn_siphash_word(&s, rn_get64le(key->partition));
    rn_siphash_word(&s, rn_get64le(key->partition + 8));
    rn_siphash_word(&s, (uint64_t)key->qtype | (uint64_t)key->qclass << 16 |
                            (uint64_t)key->is_do << 32 | (uint64_t)key->is_cd << 33);
    return rn_siphash_end(&s, key->qname, key->qname_length, 24);
}

void rn_store_prefetch(const struct rn_store *store, uint64_t hash)
{
    const struct rn_shard *shard = &store->shards[rn_shard_number(hash)];
    const struct rn_table *table = atomic_load_explicit(&shard->table, memory_order_acquire);
    __builtin_prefetch(&table->buckets[(uint32_t)hash & table->mask]);
}

void rn_store_prefetch_entry(const struct rn_store *store, uint64_t hash)
{
    const struct rn_shard *shard = &store->shards[rn_shard_number(hash)];
    rn_table_peek(atomic_load_explicit(&shard->table, memory_order_acquire), hash);
}

static struct rn_stored *find(struct rn_shard *shard, uint64_t hash, const struct rn_key *key)
{
    return rn_table_find(shard, hash, key);
}

struct rn_entry *rn_store_lock(struct rn_store *store, uint64_t hash, const struct rn_key *key,
                               int64_t now_ms)
{
    struct rn_shard *shard = &store->shards[rn_shard_number(hash)];
    pthread_mutex_lock(&shard->lock);
    struct rn_stored *stored = find(shard, hash, key);
    if (stored == NULL || stored->entry.stale_until_ms <= now_ms) {
        pthread_mutex_unlock(&shard->lock);
        return NULL;
    }
    stored->entry.is_visited = true;
    return &stored->entry;
}

void rn_store_unlock(struct rn_store *store, uint64_t hash)
{
    pthread_mutex_unlock(&store->shards[rn_shard_number(hash)].lock);
}

struct rn_image rn_entry_image(const struct rn_entry *entry)
{
    const struct rn_stored *stored = (const struct rn_stored *)entry; /* its first member */
    const uint8_t *wire = rn_stored_wire(stored);
    return (struct rn_image){
        .wire = wire,
        .places = (const struct rn_place *)stored->octets,
        .ede = wire + entry->wire_length,
        .wire_length = entry->wire_length,
        .count = entry->count,
        .ede_length = entry->ede_length,
        .rcode = entry->rcode,
        .validation = entry->validation,
        .context = entry->context,
        .order = entry->order,
        .is_recursive = entry->is_recursive,
    };
}

/* Return a new entry with copies of all that an image has, NULL: no memory. */
static struct rn_stored *make(const struct rn_key *key, uint64_t hash,
                              const struct rn_shelf *shelf, const struct rn_image *image,
                              const struct rn_times *times)
{
    size_t places_size = image->count * sizeof(struct rn_place);
    struct rn_stored *stored =
        malloc(sizeof *stored + places_size + image->wire_length + image->ede_length);
    if (stored == NULL)
        return NULL;
    uint8_t *octets = (uint8_t *)stored->octets;
    memset(stored, 0, sizeof *stored);
    if (image->count > 0)
        memcpy(octets, image->places, places_size);
    memcpy(octets + places_size, image->wire, image->wire_length);
    if (image->ede_length > 0)
        memcpy(octets + places_size + image->wire_length, image->ede, image->ede_length);
    stored->entry.wire_length = image->wire_length;
    stored->entry.count = image->count;
    stored->entry.ede_length = image->ede_length;
    stored->entry.rcode = image->rcode;
    stored->entry.validation = image->validation;
    stored->entry.context = image->context;
    stored->entry.order = (uint8_t)rn_order_of(image);
    stored->entry.is_recursive = image->is_recursive;
    stored->entry.shelf = shelf;
    stored->entry.stored_ms = times->stored_ms;
    stored->entry.deadline_ms = times->deadline_ms;
    stored->entry.stale_until_ms = times->stale_until_ms;
    stored->entry.last_hit_ms = times->last_hit_ms;
    stored->entry.hits = times->hits;
    stored->entry.hash = (uint32_t)hash;
    stored->entry.is_do = key->is_do;
    stored->entry.is_cd = key->is_cd;
    return stored;
}

/* Take out what the key has and return it (the caller frees it), or NULL. The shard is locked. */
static struct rn_stored *take(struct rn_store *store, uint64_t hash, const struct rn_key *key)
{
    struct rn_stored *old = find(&store->shards[rn_shard_number(hash)], hash, key);
    if (old != NULL)
        rn_shard_unlink(store, rn_shard_number(hash), old);
    return old;
}

/* Let a new entry go on where the old one was, unless that is over. */
static void follow(struct rn_stored *stored, const struct rn_stored *old, int64_t now_ms)
{
    if (old->entry.stale_until_ms <= now_ms)
        return;
    stored->entry.hits = old->entry.hits;
    stored->entry.last_hit_ms = old->entry.last_hit_ms;
    stored->entry.is_visited = old->entry.is_visited;
}

/* Link an entry that is counted; false: no memory, and it is counted no more. The shard is locked. */
static bool link_counted(struct rn_store *store, uint64_t hash, struct rn_stored *stored)
{
    unsigned number = rn_shard_number(hash);
    stored->entry.generation = ++store->shards[number].generation;
    if (rn_shard_link(store, number, hash, stored))
        return true;
    rn_room_return(store, rn_stored_octets(stored), stored->entry.shelf->group);
    return false;
}

/* Count an entry that comes for `old` (or NULL); false: another has to go for it, and it is not
 * counted. */
static bool count(struct rn_store *store, const struct rn_stored *stored,
                  const struct rn_stored *old)
{
    struct rn_store_group *group = stored->entry.shelf->group;
    uint64_t octets = rn_stored_octets(stored);
    uint64_t left = old != NULL ? rn_stored_octets(old) : 0;
    uint64_t left_count = old != NULL && old->entry.shelf->group == group;
    bool fits = atomic_fetch_add(&store->octets, octets) + octets - left <=
                atomic_load(&store->max_octets);
    bool fits_group =
        atomic_fetch_add(&group->count, 1) + 1 - left_count <= atomic_load(&group->capacity);
    if (!fits || !fits_group)
        rn_room_return(store, octets, group);
    return fits && fits_group;
}

/* Make room for an entry and link it; RN_OK, RN_EFULL, RN_ENOMEM. No shard is locked. */
static int squeeze_in(struct rn_store *store, uint64_t hash, const struct rn_key *key,
                      struct rn_stored *stored, int64_t now_ms)
{
    unsigned number = rn_shard_number(hash);
    if (!rn_room_make(store, number, rn_stored_octets(stored), stored->entry.shelf->group, now_ms))
        return RN_EFULL;
    pthread_mutex_lock(&store->shards[number].lock);
    struct rn_stored *old = take(store, hash, key); /* another thread's, put since */
    int status = link_counted(store, hash, stored) ? RN_OK : RN_ENOMEM;
    pthread_mutex_unlock(&store->shards[number].lock);
    free(old);
    return status;
}

/* Put a made entry in (takes it). */
static int put(struct rn_store *store, uint64_t hash, const struct rn_key *key,
               struct rn_stored *stored, int64_t now_ms, bool is_new)
{
    unsigned number = rn_shard_number(hash);
    struct rn_shard *shard = &store->shards[number];
    int status = RN_EFULL;
    pthread_mutex_lock(&shard->lock);
    rn_shard_reap(store, number, now_ms);
    struct rn_stored *old = find(shard, hash, key);
    bool is_kept = is_new && old != NULL && old->entry.stale_until_ms > now_ms;
    bool is_counted = !is_kept && count(store, stored, old);
    if (old != NULL && !is_kept) {
        rn_shard_unlink(store, number, old);
        follow(stored, old, now_ms);
    }
    if (is_counted)
        status = link_counted(store, hash, stored) ? RN_OK : RN_ENOMEM;
    pthread_mutex_unlock(&shard->lock);
    if (!is_kept)
        free(old);
    if (!is_counted && !is_new)
        status = squeeze_in(store, hash, key, stored, now_ms);
    if (status != RN_OK)
        free(stored);
    return status;
}

static bool answers(const struct rn_image *image, const struct rn_key *key)
{
    size_t length = key->qname_length;
    return 12 + length + 4 <= image->wire_length &&
           memcmp(image->wire + 12, key->qname, length) == 0 &&
           rn_get16(image->wire + 12 + length) == key->qtype &&
           rn_get16(image->wire + 12 + length + 2) == key->qclass;
}

int rn_store_put_at(struct rn_store *store, const struct rn_key *key, const struct rn_image *image,
                    struct rn_store_group *group, int64_t now_ms, const struct rn_times *times,
                    bool is_new)
{
    uint64_t hash = rn_store_hash(store, key);
    struct rn_stored *stored = NULL;
    int status = RN_EFULL;
    if (answers(image, key) && times->stale_until_ms > now_ms) {
        const struct rn_shelf *shelf = rn_shelf_of(store, group, key->partition);
        stored = shelf == NULL ? NULL : make(key, hash, shelf, image, times);
        status = RN_ENOMEM;
    }
    if (stored != NULL)
        return put(store, hash, key, stored, now_ms, is_new);
    if (!is_new)
        rn_store_discard(store, key);
    return status;
}

int rn_store_put(struct rn_store *store, const struct rn_key *key, const struct rn_image *image,
                 struct rn_store_group *group, int64_t now_ms, int64_t kept_ms, int64_t stale_ms)
{
    struct rn_times times = {now_ms, now_ms + kept_ms, now_ms + kept_ms + stale_ms, now_ms, 0};
    return rn_store_put_at(store, key, image, group, now_ms, &times, false);
}

void rn_store_discard(struct rn_store *store, const struct rn_key *key)
{
    uint64_t hash = rn_store_hash(store, key);
    struct rn_shard *shard = &store->shards[rn_shard_number(hash)];
    pthread_mutex_lock(&shard->lock);
    struct rn_stored *old = take(store, hash, key);
    pthread_mutex_unlock(&shard->lock);
    free(old);
}

void rn_store_end_stale(struct rn_store *store, const struct rn_key *key)
{
    uint64_t hash = rn_store_hash(store, key);
    struct rn_shard *shard = &store->shards[rn_shard_number(hash)];
    pthread_mutex_lock(&shard->lock);
    struct rn_stored *stored = find(shard, hash, key);
    if (stored != NULL && stored->entry.deadline_ms < stored->entry.stale_until_ms)
        stored->entry.stale_until_ms = stored->entry.deadline_ms;
    pthread_mutex_unlock(&shard->lock);
}
