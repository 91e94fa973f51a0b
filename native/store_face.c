/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store as Python uses it: keys and responses as octets, entries as copies.
 *
 * What Python knows of an entry is a snapshot; what it then wants done is done to the entry of the
 * same key and generation, or not at all if another has come.
 */
#include "native.h"
#include "scan.h"
#include "shard.h"

#include <stdlib.h>
#include <string.h>

static struct rn_key inner_key(const struct rn_store_key *key)
{
    return (struct rn_key){
        .partition = key->partition,
        .qname = key->qname,
        .qname_length = key->qname_length,
        .is_do = (key->variant & RN_VARIANT_DO) != 0,
        .is_cd = (key->variant & RN_VARIANT_CD) != 0,
        .qtype = key->qtype,
        .qclass = key->qclass,
    };
}

int rn_store_find(struct rn_store *store, const struct rn_store_key *place, int64_t now_ms,
                  struct rn_snapshot *snapshot, uint8_t *out, struct rn_rr *rrs)
{
    struct rn_key key = inner_key(place);
    uint64_t hash = rn_store_hash(store, &key);
    const struct rn_entry *entry = rn_store_lock(store, hash, &key, now_ms);
    if (entry == NULL)
        return 0;
    const struct rn_image view = rn_entry_image(entry), *image = &view;
    *snapshot = (struct rn_snapshot){
        .stored_ms = entry->stored_ms,
        .deadline_ms = entry->deadline_ms,
        .stale_until_ms = entry->stale_until_ms,
        .last_hit_ms = entry->last_hit_ms,
        .group = (uint64_t)(uintptr_t)entry->shelf->group,
        .hits = entry->hits,
        .generation = entry->generation,
        .wire_length = image->wire_length,
        .ede_length = image->ede_length,
        .rcode = image->rcode,
        .validation = image->validation,
        .context = image->context,
        .is_recursive = image->is_recursive,
        .is_claimed = entry->is_claimed,
        .count = image->count,
    };
    if (rrs)
        rn_rrs_of(image, rrs);
    memcpy(out, image->wire, image->wire_length);
    if (image->ede_length > 0)
        memcpy(out + image->wire_length, image->ede, image->ede_length);
    rn_store_unlock(store, hash);
    return 1;
}

int rn_store_keep(struct rn_store *store, const struct rn_store_key *place,
                  struct rn_store_group *group, const struct rn_snapshot *given,
                  const uint8_t *octets, int64_t now_ms)
{
    struct rn_key key = inner_key(place);
    struct rn_times times = {given->stored_ms, given->deadline_ms, given->stale_until_ms,
                             given->last_hit_ms, given->hits};
    const uint8_t *ede = octets + given->wire_length;
    struct rn_scanned *scanned = malloc(sizeof *scanned);
    int status = RN_ENOMEM;
    if (scanned == NULL) {
        rn_store_discard(store, &key);
    } else if (!rn_scan(scanned, octets, given->wire_length) ||
               !rn_scan_ede(ede, given->ede_length)) {
        rn_store_discard(store, &key);
        status = RN_EWIRE;
    } else {
        struct rn_image image = {
            .wire = octets,
            .places = scanned->places,
            .ede = ede,
            .wire_length = given->wire_length,
            .count = scanned->count,
            .ede_length = given->ede_length,
            .rcode = given->rcode,
            .validation = given->validation,
            .context = given->context,
            .is_recursive = given->is_recursive != 0,
        };
        status = rn_store_put_at(store, &key, &image, group, now_ms, &times, false);
    }
    free(scanned);
    return status;
}

/* Lock and return the entry of this key and generation, NULL: it is gone, and nothing is locked. */
static struct rn_entry *lock_same(struct rn_store *store, const struct rn_key *key, uint64_t hash,
                                  uint32_t generation)
{
    struct rn_entry *entry = rn_store_lock(store, hash, key, INT64_MIN);
    if (entry == NULL || entry->generation == generation)
        return entry;
    rn_store_unlock(store, hash);
    return NULL;
}

uint32_t rn_store_count_hit(struct rn_store *store, const struct rn_store_key *place,
                            uint32_t generation, int64_t now_ms, int64_t gap_ms)
{
    struct rn_key key = inner_key(place);
    uint64_t hash = rn_store_hash(store, &key);
    struct rn_entry *entry = lock_same(store, &key, hash, generation);
    if (entry == NULL)
        return 0;
    uint32_t hits = now_ms - entry->last_hit_ms > gap_ms ? 1 : entry->hits + 1;
    entry->hits = hits;
    entry->last_hit_ms = now_ms;
    rn_store_unlock(store, hash);
    return hits;
}

int rn_store_claim(struct rn_store *store, const struct rn_store_key *place, uint32_t generation,
                   int is_claimed)
{
    struct rn_key key = inner_key(place);
    uint64_t hash = rn_store_hash(store, &key);
    struct rn_entry *entry = lock_same(store, &key, hash, generation);
    if (entry == NULL)
        return 0;
    bool has_changed = entry->is_claimed != (is_claimed != 0);
    entry->is_claimed = is_claimed != 0;
    rn_store_unlock(store, hash);
    return has_changed;
}

void rn_store_drop(struct rn_store *store, const struct rn_store_key *place)
{
    struct rn_key key = inner_key(place);
    rn_store_discard(store, &key);
}

void rn_store_forbid_stale(struct rn_store *store, const struct rn_store_key *place)
{
    struct rn_key key = inner_key(place);
    rn_store_end_stale(store, &key);
}
