/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets of names: zones (at or below one of them), and names by their hashes alone.
 *
 *     zones   octets [ name name name ]  table [ number of the name ... ]    open addressing
 *     names   table [ hash ... ]                                             32 bits each, 0: free
 *
 * A few zones are compared one by one, more are looked up suffix by suffix. Both are made by one
 * thread and never altered; counted references, since plans share them.
 */
#include "plan.h"

#include "hash.h"
#include "native.h"

#include <stdlib.h>
#include <string.h>

enum { FEW = 4 };

struct rn_zones {
    atomic_uint references;
    uint32_t count;
    uint32_t mask; /* of the table; 0: there is none */
    bool has_root; /* every name is in it */
    uint32_t *starts; /* count + 1 */
    uint32_t *table;  /* number + 1; 0: free */
    uint8_t *octets;
};

struct rn_names {
    atomic_uint references;
    size_t mask;
    uint32_t table[];
};

static size_t table_size(size_t count)
{
    size_t size = 8;
    while (size < 2 * count)
        size *= 2;
    return size;
}

static size_t name_length(const uint8_t *octets, size_t length)
{
    size_t at = 0;
    while (at < length && octets[at] != 0) {
        if (octets[at] > 63)
            return 0;
        at += 1 + (size_t)octets[at];
    }
    return at < length && at < 255 ? at + 1 : 0;
}

static const uint8_t *zone_at(const struct rn_zones *zones, uint32_t number, size_t *length)
{
    *length = (size_t)zones->starts[number + 1] - zones->starts[number];
    return zones->octets + zones->starts[number];
}

static void enter(struct rn_zones *zones, uint32_t number)
{
    size_t length;
    const uint8_t *name = zone_at(zones, number, &length);
    size_t at = rn_hash(name, length) & zones->mask;
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
        size = name_length(octets + at, length - at);
        if (size == 0)
            goto out;
        zones->has_root = zones->has_root || size == 1;
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
        at += name_length(octets + at, length - at);
    }
    zones->starts[count] = (uint32_t)length;
    if (count > FEW) {
        zones->mask = (uint32_t)table_size(count) - 1;
        zones->table = calloc((size_t)zones->mask + 1, sizeof *zones->table);
        if (!zones->table)
            goto out;
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
        atomic_fetch_add_explicit(&zones->references, 1, memory_order_relaxed);
    return zones;
}

void rn_zones_free(struct rn_zones *zones)
{
    if (!zones || atomic_fetch_sub_explicit(&zones->references, 1, memory_order_acq_rel) > 1)
        return;
    free(zones->octets);
    free(zones->starts);
    free(zones->table);
    free(zones);
}

static bool has_exactly(const struct rn_zones *zones, const uint8_t *name, size_t length)
{
    size_t size, at = rn_hash(name, length) & zones->mask;
    for (; zones->table[at] != 0; at = (at + 1) & zones->mask) {
        const uint8_t *zone = zone_at(zones, zones->table[at] - 1, &size);
        if (size == length && memcmp(zone, name, length) == 0)
            return true;
    }
    return false;
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
        if (has_exactly(zones, qname + at, length - at))
            return true;
    return false;
}

/* The 32 bits that stand for a name; never 0. */
static uint32_t mark_of(uint64_t hash)
{
    return (uint32_t)(hash >> 32) | 1;
}

struct rn_names *rn_names_new(const uint8_t *octets, size_t length, size_t count)
{
    size_t size = table_size(count), at = 0;
    struct rn_names *names = calloc(1, sizeof *names + size * sizeof names->table[0]);
    if (!names)
        return NULL;
    atomic_init(&names->references, 1);
    names->mask = size - 1;
    for (size_t i = 0; i < count; i++) {
        if (at >= length || at + 1 + octets[at] > length) {
            free(names);
            return NULL;
        }
        uint64_t hash = rn_hash(octets + at + 1, octets[at]);
        size_t slot = hash & names->mask;
        while (names->table[slot] != 0 && names->table[slot] != mark_of(hash))
            slot = (slot + 1) & names->mask;
        names->table[slot] = mark_of(hash);
        at += 1 + (size_t)octets[at];
    }
    return names;
}

struct rn_names *rn_names_keep(struct rn_names *names)
{
    if (names)
        atomic_fetch_add_explicit(&names->references, 1, memory_order_relaxed);
    return names;
}

void rn_names_free(struct rn_names *names)
{
    if (names && atomic_fetch_sub_explicit(&names->references, 1, memory_order_acq_rel) == 1)
        free(names);
}

bool rn_names_contain(const struct rn_names *names, const uint8_t *qname, size_t length)
{
    uint64_t hash = rn_hash(qname, length);
    for (size_t slot = hash & names->mask; names->table[slot] != 0; slot = (slot + 1) & names->mask)
        if (names->table[slot] == mark_of(hash))
            return true;
    return false;
}
