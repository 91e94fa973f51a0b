/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets of zones: what is at or below one of their names is in them.
 *
 *     octets [ name name name ]   table [ number of the name ... ]    open addressing, half full
 *
 * A few are compared one by one; of more, each suffix of a name that is no longer than the longest
 * zone is looked up. Made by one thread, then never altered; counted references, since plans share
 * them.
 */
#include "plan.h"

#include "hash.h"
#include "native.h"
#include "references.h"

#include <stdlib.h>
#include <string.h>

enum { FEW = 4 };

struct rn_zones {
    atomic_uint references;
    uint32_t count;
    uint32_t mask;   /* of the table */
    bool has_root;   /* every name is in it */
    uint8_t longest; /* octets of its longest name */
    struct rn_hash_key key;
    uint32_t *starts; /* count + 1 */
    uint32_t *table;  /* number + 1; 0: free */
    uint8_t *octets;
};

static const uint8_t *zone_at(const struct rn_zones *zones, uint32_t number, size_t *length)
{
    *length = (size_t)zones->starts[number + 1] - zones->starts[number];
    return zones->octets + zones->starts[number];
}

static bool has_exactly(const struct rn_zones *zones, const uint8_t *name, size_t length)
{
    size_t size, at = rn_hash(&zones->key, name, length) & zones->mask;
    for (; zones->table[at] != 0; at = (at + 1) & zones->mask) {
        const uint8_t *zone = zone_at(zones, zones->table[at] - 1, &size);
        if (size == length && memcmp(zone, name, length) == 0)
            return true;
    }
    return false;
}

static void enter(struct rn_zones *zones, uint32_t number)
{
    size_t length;
    const uint8_t *name = zone_at(zones, number, &length);
    if (has_exactly(zones, name, length))
        return;
    size_t at = rn_hash(&zones->key, name, length) & zones->mask;
    while (zones->table[at] != 0)
        at = (at + 1) & zones->mask;
    zones->table[at] = number + 1;
}

struct rn_zones *rn_zones_new(const uint8_t *octets, size_t length)
{
    struct rn_zones *zones = calloc(1, sizeof *zones);
    size_t count = 0, size;
    if (!zones || length > UINT32_MAX)
        goto out;
    atomic_init(&zones->references, 1);
    for (size_t at = 0; at < length; at += size, count++) {
        size = rn_name_length(octets + at, length - at);
        if (size == 0)
            goto out;
        zones->has_root = zones->has_root || size == 1;
        if (size > zones->longest)
            zones->longest = (uint8_t)size;
    }
    zones->count = (uint32_t)count;
    zones->octets = malloc(length + 1);
    zones->starts = calloc(count + 1, sizeof *zones->starts);
    if (!zones->octets || !zones->starts)
        goto out;
    memcpy(zones->octets, octets, length);
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        zones->starts[i] = (uint32_t)at;
        at += rn_name_length(octets + at, length - at);
    }
    zones->starts[count] = (uint32_t)length;
    if (count > FEW) {
        size_t room = 8;
        while (room < 2 * count)
            room *= 2;
        zones->mask = (uint32_t)(room - 1);
        zones->table = calloc(room, sizeof *zones->table);
        if (!zones->table)
            goto out;
        rn_hash_key_set(&zones->key);
        for (uint32_t i = 0; i < zones->count; i++)
            enter(zones, i);
    }
    return zones;
out:
    rn_zones_free(zones);
    return NULL;
}

struct rn_zones *rn_zones_keep(struct rn_zones *zones)
{
    if (zones)
        rn_refer(&zones->references);
    return zones;
}

void rn_zones_free(struct rn_zones *zones)
{
    if (!zones || !rn_unrefer(&zones->references))
        return;
    free(zones->octets);
    free(zones->starts);
    free(zones->table);
    free(zones);
}

bool rn_name_is_below(const uint8_t *name, size_t length, const uint8_t *zone, size_t zone_length)
{
    if (length < zone_length || memcmp(name + length - zone_length, zone, zone_length) != 0)
        return false;
    size_t at = 0;
    while (at < length - zone_length)
        at += 1 + (size_t)name[at];
    return at == length - zone_length;
}

bool rn_zones_contain(const struct rn_zones *zones, const uint8_t *qname, size_t length)
{
    if (zones->has_root)
        return true;
    if (zones->count <= FEW) {
        for (uint32_t i = 0; i < zones->count; i++) {
            size_t size;
            const uint8_t *zone = zone_at(zones, i, &size);
            if (rn_name_is_below(qname, length, zone, size))
                return true;
        }
        return false;
    }
    for (size_t at = 0; at < length && qname[at] != 0; at += 1 + (size_t)qname[at])
        if (length - at <= zones->longest && has_exactly(zones, qname + at, length - at))
            return true;
    return false;
}
