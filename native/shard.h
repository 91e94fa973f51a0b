/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside of the store: its shards, their tables and queues. For the store's own files alone.
 *
 *     hash: 6 bits shard | ... | 8 bits tag | 32 bits bucket
 *
 *     shard --> table of buckets, one cache line each: 7 tags, 7 pointers --> entries
 *           --> queue of its entries, newest to oldest, with the hand of SIEVE
 *     group --> for each shard a queue of its entries there, with a hand of its own
 *
 * What is said to be the shard's is read and written with its mutex held, but for what is atomic. The
 * table's words are atomic so that a prefetch may peek; a table that was outgrown stays mapped (its
 * pages are given back) until the store is freed, so that it may peek at any time.
 *
 * While a table grows there are two, the older one with what was not moved yet (table.c).
 */
#ifndef RN_SHARD_H
#define RN_SHARD_H

#include "store.h"

#include <pthread.h>
#include <stdatomic.h>

enum {
    RN_SHARDS = RN_STORE_END,
    RN_SHARD_SHIFT = 58, /* the hash's bits above it are the shard's number */
    RN_SLOTS = 7,        /* of a bucket */
    RN_TABLE_SHARE = 24, /* what an entry is counted for its place in a table and the heap, octets */
    RN_LINE = 64         /* octets of a cache line */
};

/* The two queues that an entry stands in. */
enum { RN_OF_SHARD, RN_OF_GROUP, RN_QUEUES };

struct rn_links {
    struct rn_stored *newer, *older;
};

/* One allocation: the head, then places, wire, EDE. The key's question is the wire's. There are many of
 * them: no padding, and nothing that the rest tells. */
struct rn_stored {
    struct rn_entry entry;
    struct rn_links links[RN_QUEUES];
    uint16_t octets[];
};

/* A queue in the order of coming. */
struct rn_sieve {
    struct rn_stored *newest, *oldest;
    struct rn_stored *hand; /* whom to look at next when room is wanted; NULL: the oldest */
};

/* tags: an octet each, 0 for an empty slot; the highest octet counts the entries that found this
 * bucket full and stand behind it (at 255 it stays). */
struct rn_bucket {
    _Atomic uint64_t tags;
    _Atomic(struct rn_stored *) slots[RN_SLOTS];
};

struct rn_table {
    uint32_t mask;          /* number of buckets - 1 */
    bool is_growing;        /* the next older one has entries; the shard's, as `moved` */
    uint64_t moved;         /* how many of that one's buckets, from the front, have none any more */
    struct rn_table *older; /* outgrown ones */
    uint8_t unused[RN_LINE - 24];
    struct rn_bucket buckets[];
};

struct rn_shard {
    _Alignas(RN_LINE) pthread_mutex_t lock;
    _Atomic(struct rn_table *) table;
    uint32_t generation;    /* of the entry that came last */
    atomic_uint_least32_t count;
    struct rn_sieve sieve;  /* of all its entries */
    uint32_t reap;          /* the bucket to look at next for what is past its time; the mask bounds it */
    atomic_uint_least64_t octets; /* of its entries */
    uint32_t longest_walk; /* how many entries a hand looked at for one to go, at most so far */
};

/* A group's entries in one shard. */
struct rn_share {
    struct rn_sieve sieve; /* the shard's */
    atomic_uint_least32_t count;
};

struct rn_store_group {
    struct rn_store_group *next;
    struct rn_shelf own;               /* of the partition that it is found by */
    _Atomic(struct rn_shelf *) shelves; /* of others: failures are kept beside */
    atomic_uint_least64_t count;    /* entries, and those that are on their way in */
    atomic_uint_least64_t capacity; /* UINT64_MAX: no bound */
    atomic_uint_least64_t evictions;
    struct rn_share shares[RN_SHARDS];
    uint8_t kept_as; /* enum rn_class */
};

struct rn_store {
    struct rn_shard shards[RN_SHARDS];
    uint64_t key[2];                  /* of the hash */
    atomic_uint_least64_t octets;     /* of all entries, and of those that are on their way in */
    atomic_uint_least64_t max_octets;
    atomic_uint_least64_t evictions;
    atomic_uint cursor;               /* which shard is asked first to make room for others */
    pthread_mutex_t lock; /* held to add to groups or their shelves; both are read without */
    _Atomic(struct rn_store_group *) groups;
};

static inline unsigned rn_shard_number(uint64_t hash)
{
    return (unsigned)(hash >> RN_SHARD_SHIFT);
}

static inline uint8_t rn_hash_tag(uint64_t hash)
{
    uint8_t tag = (uint8_t)(hash >> 32);
    return tag ? tag : 1;
}

/* Where its message begins. */
static inline const uint8_t *rn_stored_wire(const struct rn_stored *stored)
{
    return (const uint8_t *)stored->octets + stored->entry.count * sizeof(struct rn_place);
}

/* What an entry is counted (table.c). */
uint64_t rn_stored_octets(const struct rn_stored *stored);

/* Whether an entry is the key's. The shard's. */
bool rn_stored_is(const struct rn_stored *stored, const struct rn_key *key);

/* ---- table.c. With the shard locked, but for rn_table_peek. */

/* Return a table of 2^bits buckets (rn_table_free), NULL: no memory. */
struct rn_table *rn_table_new(unsigned bits);

/* Return the entry of a key (borrows), or NULL. Moves a bucket, if the table grows. */
struct rn_stored *rn_table_find(struct rn_shard *shard, uint64_t hash, const struct rn_key *key);

/* Move entries of some more buckets from the older table, if the table grows; return whether it still
 * does. */
bool rn_table_move(struct rn_table *table, unsigned buckets);

/* Put an entry in; the table begins to grow if need be. False: no memory, and it is not in. */
bool rn_table_add(struct rn_shard *shard, uint64_t hash, struct rn_stored *stored);

/* Take an entry out; it is there. */
void rn_table_remove(struct rn_shard *shard, struct rn_stored *stored);

/* Set *row to what stands in a bucket (borrows; `at` is taken modulo their number); return how many, and
 * prefetch when those of the next one end. */
unsigned rn_table_row(const struct rn_table *table, uint32_t at, struct rn_stored *row[RN_SLOTS]);

/* Free a table and those that it took the place of; takes it. */
void rn_table_free(struct rn_table *table);

/* Prefetch the entry that a hash is likely to find. Any thread, no lock. */
void rn_table_peek(const struct rn_table *table, uint64_t hash);

/* Return a bit (at 8 i + 7) for each slot i of these tags that has this one. */
static inline uint64_t rn_tags_equal(uint64_t tags, uint8_t tag)
{
    const uint64_t low = 0x0001010101010101u, high = 0x0080808080808080u;
    uint64_t other = (tags & ~0xff00000000000000u) ^ low * tag;
    /* exact: an octet's highest bit is set unless all of its bits are 0 */
    return ~(((other & ~high) + (high - low)) | other) & high;
}

/* ---- sieve.c */

/* Put an entry into its shard's table and the queues, its octets and its place in its group being
 * counted already (rn_room_make); false: no memory. The shard is locked. */
bool rn_shard_link(struct rn_store *store, unsigned number, uint64_t hash, struct rn_stored *stored);

/* Take an entry out of all, and of the counts. The caller frees it. The shard is locked. */
void rn_shard_unlink(struct rn_store *store, unsigned number, struct rn_stored *stored);

/* Free what is past its time in the next bucket. The shard is locked. */
void rn_shard_reap(struct rn_store *store, unsigned number, int64_t now_ms);

/* Count `octets`, and one in the group, for an entry that is to come into this shard, and have others
 * go until there is room. False: there is none, and nothing is counted. No shard is locked. */
bool rn_room_make(struct rn_store *store, unsigned number, uint64_t octets,
                  struct rn_store_group *group, int64_t now_ms);

/* As if it had not been counted. */
void rn_room_return(struct rn_store *store, uint64_t octets, struct rn_store_group *group);

/* Have entries go until neither the store (group: NULL) nor a group is over its bound. No shard is
 * locked. */
void rn_room_shrink(struct rn_store *store, struct rn_store_group *group, int64_t now_ms);

/* ---- store.c, store_group.c */

/* Return what a group's entries of a partition have in common, made if need be; NULL: no memory. Any
 * thread. */
const struct rn_shelf *rn_shelf_of(struct rn_store *store, struct rn_store_group *group,
                                   const uint8_t *partition);

/* Return the group of a partition and class, NULL: nobody has asked for it. Any thread. */
struct rn_store_group *rn_store_group_in(const struct rn_store *store, const uint8_t *partition,
                                         uint8_t kept_as);

/* When an entry was stored, ends, ends for good and was last hit, and how often. */
struct rn_times {
    int64_t stored_ms;
    int64_t deadline_ms;
    int64_t stale_until_ms;
    int64_t last_hit_ms;
    uint32_t hits;
};

/* As rn_store_put. is_new: only if the key has nothing, and nothing has to go for it; else RN_EFULL. */
int rn_store_put_at(struct rn_store *store, const struct rn_key *key, const struct rn_image *image,
                    struct rn_store_group *group, int64_t now_ms, const struct rn_times *times,
                    bool is_new);

#endif
