/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of one shard: open addressing by buckets of a cache line.
 *
 *     bucket: | 7 tags, 1 count of passers-by | 7 pointers |
 *
 * An entry stands in its home bucket (the hash's low bits) or in the next one with an empty slot; each
 * full bucket on the way counts it, so that a look-up ends at the first bucket that nobody passed, and
 * a removal leaves no mark. Nothing here locks.
 *
 * A table that is four fifths full is outgrown: one twice as large takes its place, into which the entries
 * are moved bucket by bucket, one with each look-up and each entry that comes; so nobody waits for more
 * than that. Until all are, who does not stand in the new one is looked for in the older. By the time that
 * the new one is full they are: it takes five entries for each bucket of the older one.
 *
 *     older  [ - - - - | b b b b ]   moved = 4
 *     new    [ b . b b . . b . . . . . . . . . ]
 *
 * An entry's bucket is in the entry, its tag in the bucket that it leaves. Large tables are mapped, so that
 * the system clears their pages one by one when they are used.
 */
#include "shard.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PASSED_SHIFT = 56, PASSED_MAX = 255, ENTRY_LINES = 5, MAPPED_OCTETS = 128 << 10 };

static const uint64_t ONE_PASSED = (uint64_t)1 << PASSED_SHIFT;

uint64_t rn_stored_octets(const struct rn_stored *stored)
{
    /* malloc_usable_size only reads the block's head, whatever its prototype says */
    return malloc_usable_size((void *)(uintptr_t)stored) + RN_TABLE_SHARE;
}

bool rn_stored_is(const struct rn_stored *stored, const struct rn_key *key)
{
    size_t qname_length = key->qname_length;
    const uint8_t *question = rn_stored_wire(stored) + 12;
    return stored->entry.is_do == key->is_do && stored->entry.is_cd == key->is_cd &&
           12 + qname_length + 4 <= stored->entry.wire_length &&
           rn_get16(question + qname_length) == key->qtype &&
           rn_get16(question + qname_length + 2) == key->qclass &&
           memcmp(question, key->qname, qname_length) == 0 &&
           memcmp(stored->entry.shelf->partition, key->partition, RN_PARTITION_SIZE) == 0;
}

static size_t octets_of(uint64_t buckets)
{
    return sizeof(struct rn_table) + buckets * sizeof(struct rn_bucket);
}

struct rn_table *rn_table_new(unsigned bits)
{
    size_t size = octets_of((uint64_t)1 << bits);
    struct rn_table *table;
    if (size < MAPPED_OCTETS) {
        table = aligned_alloc(RN_LINE, size);
        if (table != NULL)
            memset(table, 0, size);
    } else {
        table = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        table = (void *)table == MAP_FAILED ? NULL : table;
    }
    if (table != NULL)
        table->mask = (uint32_t)(((uint64_t)1 << bits) - 1);
    return table;
}

void rn_table_free(struct rn_table *table)
{
    while (table != NULL) {
        struct rn_table *older = table->older;
        size_t size = octets_of((uint64_t)table->mask + 1);
        if (size < MAPPED_OCTETS)
            free(table);
        else
            munmap(table, size);
        table = older;
    }
}

static uint64_t tags_of(const struct rn_bucket *bucket)
{
    return atomic_load_explicit(&bucket->tags, memory_order_relaxed);
}

static struct rn_stored *stored_at(const struct rn_bucket *bucket, unsigned slot)
{
    return atomic_load_explicit(&bucket->slots[slot], memory_order_relaxed);
}

static void set(struct rn_bucket *bucket, uint64_t tags, unsigned slot, struct rn_stored *stored)
{
    atomic_store_explicit(&bucket->tags, tags, memory_order_relaxed);
    atomic_store_explicit(&bucket->slots[slot], stored, memory_order_relaxed);
}

/* Return the entry of a key in one table, or NULL. */
static struct rn_stored *find_in(const struct rn_table *table, uint64_t hash,
                                 const struct rn_key *key)
{
    uint32_t at = (uint32_t)hash & table->mask;
    for (uint32_t tries = 0; tries <= table->mask; tries++, at = (at + 1) & table->mask) {
        const struct rn_bucket *bucket = &table->buckets[at];
        uint64_t tags = tags_of(bucket);
        for (uint64_t same = rn_tags_equal(tags, rn_hash_tag(hash)); same; same &= same - 1) {
            struct rn_stored *stored = stored_at(bucket, (unsigned)__builtin_ctzll(same) / 8);
            if (stored->entry.hash == (uint32_t)hash && rn_stored_is(stored, key))
                return stored;
        }
        if (tags >> PASSED_SHIFT == 0)
            return NULL;
    }
    return NULL;
}

struct rn_stored *rn_table_find(struct rn_shard *shard, uint64_t hash, const struct rn_key *key)
{
    struct rn_table *table = atomic_load_explicit(&shard->table, memory_order_relaxed);
    bool is_growing = table->is_growing && rn_table_move(table, 1);
    struct rn_stored *stored = find_in(table, hash, key);
    return stored == NULL && is_growing ? find_in(table->older, hash, key) : stored;
}

/* Put an entry where it belongs; there is an empty slot somewhere. */
static void place(struct rn_table *table, uint32_t hash, uint8_t tag, struct rn_stored *stored)
{
    uint32_t at = hash & table->mask;
    for (;; at = (at + 1) & table->mask) {
        struct rn_bucket *bucket = &table->buckets[at];
        uint64_t tags = tags_of(bucket), empty = rn_tags_equal(tags, 0);
        if (empty != 0) {
            unsigned slot = (unsigned)__builtin_ctzll(empty) / 8;
            set(bucket, tags | (uint64_t)tag << (8 * slot), slot, stored);
            return;
        }
        if (tags >> PASSED_SHIFT < PASSED_MAX)
            atomic_store_explicit(&bucket->tags, tags + ONE_PASSED, memory_order_relaxed);
    }
}

/* Give the pages of an outgrown table back; they read as zeros from now on. */
static void give_back(struct rn_table *table)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t from = ((uintptr_t)table->buckets + page - 1) / page * page;
    uintptr_t to = (uintptr_t)&table->buckets[(size_t)table->mask + 1] / page * page;
    if (from < to)
        (void)madvise((void *)from, to - from, MADV_DONTNEED); /* it saves memory, or it does not */
}

/* Take what stands at a slot out; `home` is the bucket where it would be looked for first. */
static void clear(struct rn_table *table, uint32_t home, uint32_t at, unsigned slot)
{
    struct rn_bucket *bucket = &table->buckets[at];
    set(bucket, tags_of(bucket) & ~((uint64_t)0xff << (8 * slot)), slot, NULL);
    for (; home != at; home = (home + 1) & table->mask) {
        bucket = &table->buckets[home];
        uint64_t tags = tags_of(bucket);
        if (tags >> PASSED_SHIFT < PASSED_MAX)
            atomic_store_explicit(&bucket->tags, tags - ONE_PASSED, memory_order_relaxed);
    }
}

/* Ask the processor for what stands in an entry, or for nothing: NULL is as good an address. */
static void fetch(const struct rn_stored *stored, size_t offset)
{
    __builtin_prefetch((const void *)((uintptr_t)stored + offset));
}

static void move_bucket(struct rn_table *table, uint32_t at)
{
    struct rn_table *old = table->older;
    const struct rn_bucket *ahead = &old->buckets[at + 1 <= old->mask ? at + 1 : at];
    for (unsigned slot = 0; slot < RN_SLOTS; slot++)
        fetch(stored_at(ahead, slot), offsetof(struct rn_stored, entry.hash));
    uint64_t tags = tags_of(&old->buckets[at]);
    for (unsigned slot = 0; slot < RN_SLOTS; slot++) {
        struct rn_stored *stored = stored_at(&old->buckets[at], slot);
        if (stored == NULL)
            continue;
        clear(old, stored->entry.hash & old->mask, at, slot);
        place(table, stored->entry.hash, (uint8_t)(tags >> (8 * slot)), stored);
    }
}

bool rn_table_move(struct rn_table *table, unsigned buckets)
{
    for (; table->is_growing && buckets > 0; buckets--) {
        move_bucket(table, (uint32_t)table->moved++);
        if (table->moved > table->older->mask) {
            table->is_growing = false;
            give_back(table->older);
        }
    }
    return table->is_growing;
}

/* Have a table that is twice as large take the place of the shard's; false: no memory. */
static bool grow(struct rn_shard *shard)
{
    struct rn_table *old = atomic_load_explicit(&shard->table, memory_order_relaxed);
    unsigned bits = (unsigned)__builtin_popcount(old->mask) + 1;
    while (rn_table_move(old, 1)) /* it is done by now; see above */
        ;
    struct rn_table *table = bits <= 32 ? rn_table_new(bits) : NULL;
    if (table == NULL)
        return false;
    table->older = old;
    table->is_growing = true;
    atomic_store_explicit(&shard->table, table, memory_order_release);
    return true;
}

bool rn_table_add(struct rn_shard *shard, uint64_t hash, struct rn_stored *stored)
{
    struct rn_table *table = atomic_load_explicit(&shard->table, memory_order_relaxed);
    uint64_t slots = ((uint64_t)table->mask + 1) * RN_SLOTS;
    uint64_t count = atomic_load_explicit(&shard->count, memory_order_relaxed);
    if (count >= slots / 5 * 4 && !grow(shard) && count >= slots)
        return false;
    table = atomic_load_explicit(&shard->table, memory_order_relaxed);
    rn_table_move(table, 1);
    place(table, (uint32_t)hash, rn_hash_tag(hash), stored);
    atomic_store_explicit(&shard->count, (uint32_t)count + 1, memory_order_relaxed);
    return true;
}

/* Take an entry out of one table; false: it is not there. */
static bool take_from(struct rn_table *table, const struct rn_stored *stored)
{
    uint32_t home = stored->entry.hash & table->mask, at = home;
    for (uint32_t tries = 0; tries <= table->mask; tries++, at = (at + 1) & table->mask) {
        const struct rn_bucket *bucket = &table->buckets[at];
        for (unsigned slot = 0; slot < RN_SLOTS; slot++) {
            if (stored_at(bucket, slot) == stored) {
                clear(table, home, at, slot);
                return true;
            }
        }
        if (tags_of(bucket) >> PASSED_SHIFT == 0)
            return false;
    }
    return false;
}

void rn_table_remove(struct rn_shard *shard, struct rn_stored *stored)
{
    struct rn_table *table = atomic_load_explicit(&shard->table, memory_order_relaxed);
    atomic_store_explicit(&shard->count,
                          atomic_load_explicit(&shard->count, memory_order_relaxed) - 1,
                          memory_order_relaxed);
    if (!take_from(table, stored))
        take_from(table->older, stored); /* the table grows */
}

unsigned rn_table_row(const struct rn_table *table, uint32_t at, struct rn_stored *row[RN_SLOTS])
{
    const struct rn_bucket *bucket = &table->buckets[at & table->mask];
    const struct rn_bucket *next = &table->buckets[(at + 1) & table->mask];
    unsigned count = 0;
    for (unsigned slot = 0; slot < RN_SLOTS; slot++) {
        struct rn_stored *stored = stored_at(bucket, slot);
        if (stored != NULL)
            row[count++] = stored;
        fetch(stored_at(next, slot), offsetof(struct rn_stored, entry.stale_until_ms));
    }
    __builtin_prefetch(&table->buckets[(at + 2) & table->mask]);
    return count;
}

void rn_table_peek(const struct rn_table *table, uint64_t hash)
{
    const struct rn_bucket *bucket = &table->buckets[(uint32_t)hash & table->mask];
    uint64_t same = rn_tags_equal(tags_of(bucket), rn_hash_tag(hash));
    if (same == 0)
        return; /* a miss, or one of the few that stand elsewhere */
    const uint8_t *stored =
        (const uint8_t *)stored_at(bucket, (unsigned)__builtin_ctzll(same) / 8);
    for (unsigned line = 0; line < ENTRY_LINES; line++)
        __builtin_prefetch(stored + line * RN_LINE);
}
