/* SPDX-License-Identifier: Apache-2.0 */
/* The surface's part on the store: what Python and the C tests may call. Read native.h first. */
#ifndef RN_SURFACE_STORE_H
#define RN_SURFACE_STORE_H

#include <stddef.h>
#include <stdint.h>

/* cdef begin */

/*
 * The store: responses by key, of all threads. Opaque; see store.h for what C sees of it. Times are
 * milliseconds of CLOCK_BOOTTIME, which come with each call.
 */
struct rn_store;
struct rn_rr; /* surface_chain.h */

/* Entries that are counted, and maybe bounded in number, together: a partition's of one class. */
struct rn_store_group;

enum rn_store_limit {
    RN_PARTITION_SIZE = 16, /* octets that tell apart what answers depend on */
    RN_STORED_SIZE = 131070 /* octets that hold the largest response with its EDE */
};

/* What a response is found by. The octets of qname after its length are not read. */
enum rn_key_variant { RN_VARIANT_DO = 1, RN_VARIANT_CD = 2 };
struct rn_store_key {
    uint8_t partition[16];
    uint16_t qtype;       /* host order */
    uint16_t qclass;      /* host order */
    uint8_t variant;      /* of enum rn_key_variant */
    uint8_t qname_length; /* octets, 1 to 255 */
    uint8_t qname[255];   /* uncompressed wire form in lower case */
    uint8_t unused[3];
};

/* An entry as it was at one moment, without its octets: the response (wire_length), then its EDE
 * (ede_length) as the EDNS options that are sent. */
struct rn_snapshot {
    int64_t stored_ms;
    int64_t deadline_ms;
    int64_t stale_until_ms;
    int64_t last_hit_ms;
    uint64_t group; /* the address of its group */
    uint32_t hits;
    uint32_t generation; /* tells it from others that the key has had */
    uint16_t wire_length;
    uint16_t ede_length;
    uint16_t rcode;      /* the full one */
    uint8_t validation;  /* enum rn_validation of image.h */
    uint8_t context;     /* 0 or 1: which libunbound context it came from */
    uint8_t is_recursive;
    uint8_t is_claimed; /* somebody refreshes it */
    uint16_t count;     /* of records */
    uint8_t unused[4];
};

/* Sums of the store. Evictions only grow. */
struct rn_store_stats {
    uint64_t entries;
    uint64_t octets;
    uint64_t max_octets;
    uint64_t evictions; /* entries that had to go before their time */
};

/* Sums of a group. Evictions only grow. */
struct rn_group_stats {
    uint64_t count;
    uint64_t capacity; /* UINT64_MAX: no bound */
    uint64_t evictions;
};

/* Where a walk over the store is; all 0 at first. */
struct rn_cursor {
    uint32_t shard; /* RN_STORE_END: at the end */
    uint32_t bucket;
    uint32_t slot;
    uint32_t mask;
    uint64_t count;  /* of the entries written so far */
    int64_t ends_ms; /* when the last of them is over */
};
enum rn_walk { RN_STORE_END = 64 };

/* What became of the records of a load. */
struct rn_loaded {
    uint64_t kept;
    uint64_t ended;   /* their time is up */
    uint64_t foreign; /* no group is theirs: of another configuration */
    uint64_t refused; /* something newer is there, or there is no room */
};

/* Return a new store, which the caller owns (rn_store_free), or NULL: no memory. key: 16 random octets
 * for its hash (borrows). */
struct rn_store *rn_store_new(uint64_t max_octets, const uint8_t *key);

/* Free a store; takes it. NULL is harmless. Nobody uses it any more. */
void rn_store_free(struct rn_store *store);

/* Change the bound on the sum of all entries; some go if there are too many for it. Any thread. */
void rn_store_resize(struct rn_store *store, uint64_t max_octets, int64_t now_ms);

/* Set *stats (borrows). Any thread. */
void rn_store_stats(const struct rn_store *store, struct rn_store_stats *stats);

/* Return the group of a partition (RN_PARTITION_SIZE octets, borrows) and class (0 success, 1 denial,
 * 2 error), made when first asked for; NULL: no memory. Lends, for as long as the store lives. Any
 * thread. */
struct rn_store_group *rn_store_group(struct rn_store *store, const uint8_t *partition,
                                      uint8_t kept_as);

/* Bound the number of a group's (borrows) entries; UINT64_MAX takes the bound away. Any thread. */
void rn_store_limit(struct rn_store *store, struct rn_store_group *group, uint64_t capacity,
                    int64_t now_ms);

/* Set *stats of a group (borrows both). Any thread. */
void rn_store_group_stats(const struct rn_store_group *group, struct rn_group_stats *stats);

/* Return whether the key (borrows) has an entry, fresh or stale (not a status). Then *snapshot and its
 * octets in out (borrows both; RN_STORED_SIZE) are set, and rrs (borrows; room for RN_RRS_MAX; NULL: nobody
 * asks) tells where its records stand. Any thread. */
int rn_store_find(struct rn_store *store, const struct rn_store_key *key, int64_t now_ms,
                  struct rn_snapshot *snapshot, uint8_t *out, struct rn_rr *rrs);

/*
 * Keep a response in normal form in place of what the key had (borrows all): of *given the times, hits,
 * lengths and what tells of the response are read, and octets are wire and EDE. Any thread.
 *
 * Returns RN_OK, or else the key has nothing then: RN_EFULL: it does not fit, is born past its time or
 * answers another question than the key's; RN_EWIRE: it is not in normal form; RN_ENOMEM.
 */
int rn_store_keep(struct rn_store *store, const struct rn_store_key *key,
                  struct rn_store_group *group, const struct rn_snapshot *given,
                  const uint8_t *octets, int64_t now_ms);

/* Count a hit of the key's (borrows) entry of this generation, or the first one if the last was longer
 * ago than gap_ms. Return its hits (not a status), 0: it is gone. Any thread. */
uint32_t rn_store_count_hit(struct rn_store *store, const struct rn_store_key *key,
                            uint32_t generation, int64_t now_ms, int64_t gap_ms);

/* Claim (1) the refresh of the key's (borrows) entry of this generation, or give it back (0). Return
 * whether that changed anything (not a status). Any thread. */
int rn_store_claim(struct rn_store *store, const struct rn_store_key *key, uint32_t generation,
                   int is_claimed);

/* Remove the key's (borrows) entry, if there is one. Any thread. */
void rn_store_drop(struct rn_store *store, const struct rn_store_key *key);

/* Let the key's (borrows) entry, if there is one, live no longer than it is fresh. Any thread. */
void rn_store_forbid_stale(struct rn_store *store, const struct rn_store_key *key);

/* Remove the entries of a name (borrows; wire form in lower case), with is_zone those below it too.
 * Return how many there were (not a status). Walks over all entries. Any thread. */
uint64_t rn_store_remove(struct rn_store *store, const uint8_t *name, size_t length, int is_zone);

/* Remove the entries of many names (borrows; wire forms, one behind the other). *count (borrows)
 * becomes how many there were. Returns RN_OK, RN_ENOMEM, RN_ENAME, or RN_EVALUE: over 4 GiB. Any
 * thread. */
int rn_store_remove_names(struct rn_store *store, const uint8_t *names, size_t length,
                          uint64_t *count);

/* Write the next entries as records (dump.c tells their form) to out (borrows; size at least
 * RN_STORED_SIZE + 84), and move the cursor (borrows). Return the octets written (not a status).
 * Some may come twice while others put. Any thread. */
size_t rn_store_dump(struct rn_store *store, struct rn_cursor *cursor, int64_t now_ms, uint8_t *out,
                     size_t size);

/*
 * Keep what whole records (borrows) say, written elapsed_ms ago; nothing goes for it, and what is
 * there stays. *loaded (borrows) is set. Any thread.
 *
 * Returns RN_OK; RN_EWIRE: these are no records (those before the first wrong one are kept); RN_EVALUE:
 * elapsed_ms is negative; RN_ENOMEM.
 */
int rn_store_load(struct rn_store *store, const uint8_t *records, size_t length, int64_t now_ms,
                  int64_t elapsed_ms, struct rn_loaded *loaded);

/* cdef end */

#endif
