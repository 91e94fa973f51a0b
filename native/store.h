/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The packet cache: one table of images for all lanes, resolver threads and Python; see store.c.
 *
 * Shards, each with a mutex that is held while an entry is looked at or rendered, never across a
 * system call. Time comes with each call, in milliseconds of CLOCK_BOOTTIME.
 */
#ifndef RN_STORE_H
#define RN_STORE_H

#include "image.h"
#include "native.h" /* what Python sees of it: rn_store_new, groups and sums */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What an image is found by. partition and qname (lower-case wire form) are borrowed. */
struct rn_key {
    const uint8_t *partition; /* RN_PARTITION_SIZE octets */
    const uint8_t *qname;
    uint8_t qname_length;
    bool is_do;
    bool is_cd;
    uint16_t qtype;
    uint16_t qclass;
};

/* What entries of one partition and group have in common. Stays until the store is freed. */
struct rn_shelf {
    struct rn_shelf *next; /* the group's next one */
    struct rn_store_group *group;
    uint8_t partition[RN_PARTITION_SIZE];
};

/* What is known of a stored image, whose octets stand behind it. Valid while its shard is locked. */
struct rn_entry {
    const struct rn_shelf *shelf;
    int64_t stored_ms;
    int64_t deadline_ms;
    int64_t stale_until_ms;
    int64_t last_hit_ms;
    int64_t handed_ms; /* when a lane last asked the chain to renew it; 0 in a new one */
    uint32_t hits;
    uint32_t generation; /* differs from that of any other image this key had of late */
    uint32_t hash;       /* its low 32 bits */
    /* as in struct rn_image: */
    uint16_t wire_length;
    uint16_t count;
    uint16_t ede_length;
    uint16_t rcode;
    uint8_t validation;
    uint8_t context;
    uint8_t order;
    bool is_recursive;
    bool is_do; /* the key's, as is_cd */
    bool is_cd;
    bool is_claimed; /* somebody refreshes it */
    bool is_visited; /* since a hand of SIEVE came by */
};

/* Return the image of an entry: a view, lent for as long as the entry is. */
struct rn_image rn_entry_image(const struct rn_entry *entry);

/* The keyed hash (SipHash-1-3) of a key: also tells its shard. Any thread. */
uint64_t rn_store_hash(const struct rn_store *store, const struct rn_key *key);

/* Ask the processor for what a look-up of this hash will read: first its bucket, then, once a batch's
 * buckets are on their way, its entry. The latter peeks without the lock and dereferences nothing but
 * the table. Any thread. */
void rn_store_prefetch(const struct rn_store *store, uint64_t hash);
void rn_store_prefetch_entry(const struct rn_store *store, uint64_t hash);

/* Lock the hash's shard and return the key's entry, fresh or stale, or NULL (then nothing is locked).
 * An entry is lent until rn_store_unlock with the same hash; one at a time a thread. */
struct rn_entry *rn_store_lock(struct rn_store *store, uint64_t hash, const struct rn_key *key,
                               int64_t now_ms);
void rn_store_unlock(struct rn_store *store, uint64_t hash);

/* Keep an image (copied; `order` is set anew) in place of what the key had: RN_OK; RN_EFULL: it does
 * not fit, is born past its time, or its question is not the key's (the key has nothing then);
 * RN_ENOMEM likewise. Hits of what was there are carried over. Any thread, no shard locked. */
int rn_store_put(struct rn_store *store, const struct rn_key *key, const struct rn_image *image,
                 struct rn_store_group *group, int64_t now_ms, int64_t kept_ms, int64_t stale_ms);

/* Remove one entry, if there is one. Any thread, no shard locked. */
void rn_store_discard(struct rn_store *store, const struct rn_key *key);

/* Let an entry, if there is one, live no longer than it is fresh. Any thread, no shard locked. */
void rn_store_end_stale(struct rn_store *store, const struct rn_key *key);

#endif
