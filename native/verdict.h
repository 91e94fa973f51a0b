/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What of a response is kept, for how long, and where: plugins/cache/verdict.py and keeper.py.
 */
#ifndef RN_VERDICT_H
#define RN_VERDICT_H

#include "asked.h"
#include "classify.h"
#include "image.h"
#include "store.h"

struct rn_bounds {
    uint32_t max_s;
    uint32_t min_s;
};

/* The numbers of a `cache` directive (plugins/cache/policy.py) and its places in the store. */
struct rn_cache_policy {
    uint8_t partition[RN_PARTITION_SIZE];
    uint8_t beside[RN_PARTITION_SIZE];
    struct rn_store_group *success;  /* lent by the store */
    struct rn_store_group *denial;
    struct rn_bounds success_bounds;
    struct rn_bounds denial_bounds;
    const struct rn_zones *success_disabled; /* plan.h; NULL: none */
    const struct rn_zones *denial_disabled;
    int64_t max_stale_ms; /* 0: nothing stale */
    int64_t servfail_ms;
    int64_t recheck_ms;
    uint32_t stale_ttl_s; /* the TTL of stale data */
    bool keep_ttl;
    bool prefer_positive;
    bool snoop; /* whether RD=0 sees recursive data */
    uint32_t prefetch_amount; /* 0: no prefetch */
    int64_t prefetch_gap_ms;
    uint32_t prefetch_percent;
};

/*
 * Keep an image if it is one to keep, as Keeper.keep does: its TTLs are brought within bounds in
 * `wire` (the image's own octets, writable), which is what the client is to get too. `is_do` and
 * `is_cd` are the query's. Returns whether it was offered to the store and did not fit (a "drop").
 */
bool rn_keep(struct rn_store *store, const struct rn_cache_policy *policy,
             const struct rn_key *question, bool is_rd, struct rn_image *image, uint8_t *wire,
             int64_t now_ms, int64_t wall_s);

#endif
