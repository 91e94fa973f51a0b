/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walks over the whole store: removals by name, and the records of dump.c.
 *
 * A shard is locked for a few buckets at a time. A table that grows is walked once it has grown: a few
 * buckets are moved at a time. If it grows meanwhile the shard is begun anew: an entry may then be seen
 * twice, and one that is put meanwhile not at all.
 */
#include "sweep.h"

#include "shard.h"
#include "siphash.h"

#include <stdlib.h>
#include <string.h>

enum { BUCKETS_AT_ONCE = 64 };

bool rn_sweep(struct rn_store *store, struct rn_cursor *cursor, rn_visit *visit, void *arg)
{
    struct rn_shard *shard = &store->shards[cursor->shard];
    bool goes_on = true;
    pthread_mutex_lock(&shard->lock);
    struct rn_table *table = atomic_load_explicit(&shard->table, memory_order_relaxed);
    if (rn_table_move(table, BUCKETS_AT_ONCE)) {
        pthread_mutex_unlock(&shard->lock);
        return true;
    }
    if (cursor->mask != table->mask) {
        cursor->mask = table->mask;
        cursor->bucket = cursor->slot = 0;
    }
    unsigned buckets = 0;
    while (goes_on && buckets < BUCKETS_AT_ONCE && cursor->bucket <= table->mask) {
        struct rn_stored *stored = atomic_load_explicit(
            &table->buckets[cursor->bucket].slots[cursor->slot], memory_order_relaxed);
        enum rn_visited wish = stored != NULL ? visit(arg, stored) : RN_VISIT_KEEP;
        if (wish == RN_VISIT_REMOVE) {
            rn_shard_unlink(store, cursor->shard, stored);
            free(stored);
        }
        goes_on = wish != RN_VISIT_STOP;
        if (goes_on && ++cursor->slot == RN_SLOTS) {
            cursor->slot = 0;
            cursor->bucket++;
            buckets++;
        }
    }
    bool is_done = cursor->bucket > table->mask;
    pthread_mutex_unlock(&shard->lock);
    if (is_done) {
        cursor->shard++;
        cursor->mask = 0; /* of no table: the next shard is begun */
    }
    return goes_on;
}

/* What is to be removed. */
struct unwanted {
    const uint8_t *names; /* wire forms, one behind the other */
    const uint32_t *places; /* a hash set of offsets into names, + 1; NULL: one name alone */
    uint64_t mask;
    const uint64_t *key;
    size_t length; /* of the one name, or of all */
    bool is_zone;
    uint64_t removed;
};

/* Return the length of the name that begins these octets, 0: none does. */
static size_t name_length(const uint8_t *octets, size_t length)
{
    size_t at = 0;
    while (at < length && octets[at] != 0)
        at += 1 + (size_t)octets[at];
    return at < length ? at + 1 : 0;
}

/* Whether a name is the one name, or below it. */
static bool is_at(const struct unwanted *unwanted, const uint8_t *qname, size_t length)
{
    while (length > unwanted->length && unwanted->is_zone) {
        size_t label = 1 + (size_t)*qname;
        qname += label;
        length -= label;
    }
    return length == unwanted->length && memcmp(qname, unwanted->names, length) == 0;
}

static bool is_one_of(const struct unwanted *unwanted, const uint8_t *qname, size_t length)
{
    uint64_t at = rn_siphash_of(unwanted->key, qname, length) & unwanted->mask;
    for (; unwanted->places[at] != 0; at = (at + 1) & unwanted->mask) {
        size_t begin = unwanted->places[at] - 1;
        if (length <= unwanted->length - begin && /* equal octets are equally long names */
            memcmp(unwanted->names + begin, qname, length) == 0)
            return true;
    }
    return false;
}

static enum rn_visited remove_unwanted(void *arg, const struct rn_stored *stored)
{
    struct unwanted *unwanted = arg;
    const uint8_t *qname = rn_stored_wire(stored) + 12;
    size_t length = name_length(qname, stored->entry.wire_length - 12u);
    bool is_unwanted = unwanted->places == NULL ? is_at(unwanted, qname, length)
                                                : is_one_of(unwanted, qname, length);
    unwanted->removed += is_unwanted;
    return is_unwanted ? RN_VISIT_REMOVE : RN_VISIT_KEEP;
}

static uint64_t removed(struct rn_store *store, struct unwanted *unwanted)
{
    struct rn_cursor cursor = {0};
    while (cursor.shard < RN_SHARDS)
        rn_sweep(store, &cursor, remove_unwanted, unwanted);
    return unwanted->removed;
}

uint64_t rn_store_remove(struct rn_store *store, const uint8_t *name, size_t length, int is_zone)
{
    struct unwanted unwanted = {.names = name, .length = length, .is_zone = is_zone != 0};
    return removed(store, &unwanted);
}

int rn_store_remove_names(struct rn_store *store, const uint8_t *names, size_t length,
                          uint64_t *count)
{
    size_t number = 0, size = 4;
    *count = 0;
    if (length >= UINT32_MAX)
        return RN_EVALUE;
    for (size_t at = 0, each; at < length; at += each, number++)
        if ((each = name_length(names + at, length - at)) == 0)
            return RN_ENAME;
    while (size < 2 * number)
        size *= 2;
    uint32_t *places = calloc(size, sizeof *places);
    if (places == NULL)
        return RN_ENOMEM;
    struct unwanted unwanted = {.names = names, .length = length, .places = places,
                                .mask = size - 1, .key = store->key};
    for (size_t at = 0, each; at < length; at += each) {
        each = name_length(names + at, length - at);
        uint64_t place = rn_siphash_of(store->key, names + at, each) & unwanted.mask;
        while (places[place] != 0)
            place = (place + 1) & unwanted.mask;
        places[place] = (uint32_t)at + 1;
    }
    *count = removed(store, &unwanted);
    free(places);
    return RN_OK;
}
