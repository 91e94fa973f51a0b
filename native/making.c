/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plans: made piece by piece by one thread, then never altered. Here listeners and blocks as such;
 * what blocks do is in steps.c.
 *
 *     plan -> listeners, blocks -> claims, rules, policies
 *        '-> held: the memory of all that, and references to sets that plans share
 *
 * Whatever is given is looked at: what makes no sense is RN_EVALUE, and the plan is to be dropped.
 */
#include "making.h"

#include "counts.h"

#include <stdlib.h>
#include <string.h>

static void release_memory(void *memory)
{
    free(memory);
}

static void release_zones(void *zones)
{
    rn_zones_free(zones);
}

static void release_names(void *names)
{
    rn_names_free(names);
}

static void release_sources(void *sources)
{
    rn_sources_free(sources);
}

void *rn_plan_hold(struct rn_plan *plan, void (*release)(void *), void *thing)
{
    if (!thing)
        return NULL;
    struct rn_held *held = malloc(sizeof *held);
    if (!held) {
        release(thing);
        return NULL;
    }
    *held = (struct rn_held){plan->held, release, thing};
    plan->held = held;
    return thing;
}

void *rn_plan_copy(struct rn_plan *plan, const void *octets, size_t size)
{
    void *made = rn_plan_hold(plan, release_memory, malloc(size > 0 ? size : 1));
    if (made && size > 0)
        memcpy(made, octets, size);
    return made;
}

void *rn_plan_longer(struct rn_plan *plan, const void *array, size_t count, size_t size)
{
    if (count > 0 && (count & (count - 1)) != 0)
        return (void *)array;
    uint8_t *made = rn_plan_hold(plan, release_memory, calloc(count > 0 ? 2 * count : 1, size));
    if (made && count > 0)
        memcpy(made, array, count * size);
    return made;
}

bool rn_plan_hold_zones(struct rn_plan *plan, struct rn_zones *zones, const struct rn_zones **held)
{
    *held = rn_plan_hold(plan, release_zones, rn_zones_keep(zones));
    return !zones || *held;
}

bool rn_plan_hold_names(struct rn_plan *plan, struct rn_names *names, const struct rn_names **held)
{
    *held = rn_plan_hold(plan, release_names, rn_names_keep(names));
    return !names || *held;
}

bool rn_plan_hold_sources(struct rn_plan *plan, struct rn_sources *sources,
                          const struct rn_sources **held)
{
    *held = rn_plan_hold(plan, release_sources, rn_sources_keep(sources));
    return !sources || *held;
}

struct rn_plan *rn_plan_new(size_t listeners, size_t blocks)
{
    if (listeners >= UINT16_MAX || blocks >= UINT16_MAX)
        return NULL;
    struct rn_plan *plan = calloc(1, sizeof *plan);
    if (!plan)
        return NULL;
    atomic_init(&plan->references, 1);
    plan->listeners =
        rn_plan_hold(plan, release_memory, calloc(listeners + 1, sizeof *plan->listeners));
    plan->blocks = rn_plan_hold(plan, release_memory, calloc(blocks + 1, sizeof *plan->blocks));
    if (!plan->listeners || !plan->blocks) {
        rn_plan_drop(plan);
        return NULL;
    }
    plan->listener_count = (uint16_t)listeners;
    plan->block_count = (uint16_t)blocks;
    for (size_t i = 0; i < blocks; i++)
        plan->blocks[i].number = (uint16_t)i;
    return plan;
}

void rn_plan_set_ledger(struct rn_plan *plan, struct rn_ledger *ledger)
{
    plan->ledger = rn_ledger_keep(ledger);
}

/* False: it makes no sense. */
static bool set_manner(struct rn_manner *manner, const struct rn_plan_manner *given)
{
    *manner = (struct rn_manner){
        .payload_size = given->payload_size,
        .response_rd = given->response_rd,
        .recursion_available = given->recursion_available != 0,
        .is_shuffled = given->is_shuffled != 0,
    };
    return given->payload_size >= RN_UDP_SIZE_MIN && given->response_rd >= -1 &&
           given->response_rd <= 1;
}

int rn_plan_set_listener(struct rn_plan *plan, size_t listener, const struct rn_plan_manner *manner)
{
    bool is_there = listener < plan->listener_count;
    return is_there && set_manner(&plan->listeners[listener].refusing, manner) ? RN_OK : RN_EVALUE;
}

int rn_plan_add_zone(struct rn_plan *plan, size_t listener, const uint8_t *name, size_t length,
                     size_t block, size_t number)
{
    if (listener >= plan->listener_count || block >= plan->block_count || number >= UINT16_MAX ||
        length == 0 || rn_name_length(name, length) != length)
        return RN_EVALUE;
    struct rn_listener *at = &plan->listeners[listener];
    if (at->mask != 0 || at->count >= UINT32_MAX / 4)
        return RN_EVALUE;
    struct rn_zone_entry *entries = rn_plan_longer(plan, at->entries, at->count, sizeof *entries);
    if (!entries)
        return RN_ENOMEM;
    struct rn_zone_entry *entry = &entries[at->count++];
    memcpy(entry->name, name, length);
    entry->length = (uint8_t)length;
    entry->block = (uint16_t)block;
    entry->number = (uint16_t)number;
    at->entries = entries;
    if (length > at->longest)
        at->longest = (uint8_t)length;
    return RN_OK;
}

static bool is_same(const struct rn_zone_entry *one, const struct rn_zone_entry *other)
{
    return one->length == other->length && memcmp(one->name, other->name, one->length) == 0;
}

int rn_plan_finish_listener(struct rn_plan *plan, size_t listener)
{
    if (listener >= plan->listener_count || plan->listeners[listener].mask != 0)
        return RN_EVALUE;
    struct rn_listener *at = &plan->listeners[listener];
    size_t size = 8;
    while (size < 2 * (size_t)at->count)
        size *= 2;
    uint32_t *table = rn_plan_hold(plan, release_memory, calloc(size, sizeof *table));
    if (!table)
        return RN_ENOMEM;
    at->table = table;
    at->mask = (uint32_t)(size - 1);
    rn_hash_key_set(&at->key);
    for (uint32_t i = 0; i < at->count; i++) { /* the first entry of each name */
        const struct rn_zone_entry *entry = &at->entries[i];
        if (i > 0 && is_same(entry, entry - 1))
            continue;
        size_t slot = rn_hash(&at->key, entry->name, entry->length) & at->mask;
        for (; table[slot] != 0; slot = (slot + 1) & at->mask)
            if (is_same(entry, &at->entries[table[slot] - 1]))
                return RN_EVALUE; /* they do not stand side by side */
        table[slot] = i + 1;
    }
    return RN_OK;
}

int rn_plan_set_block(struct rn_plan *plan, size_t number, const struct rn_plan_block *given)
{
    if (number >= plan->block_count || given->patience_ms < 0)
        return RN_EVALUE;
    struct rn_block *block = &plan->blocks[number];
    block->is_native = given->is_native != 0;
    block->is_opaque = given->is_opaque != 0;
    block->has_acl = given->has_acl != 0;
    block->patience_ms = given->patience_ms;
    block->wants_events = given->wants_events != 0;
    block->wants_failures = given->wants_failures != 0;
    block->event_classes = given->event_classes;
    block->qclass_count = given->qclass_count;
    block->qclasses =
        rn_plan_copy(plan, given->qclasses, given->qclass_count * sizeof *given->qclasses);
    bool is_held = rn_plan_hold_zones(plan, given->event_zones, &block->event_zones) &&
                   rn_plan_hold_zones(plan, given->cache_zones, &block->cache_zones) &&
                   rn_plan_hold_sources(plan, given->standard, &block->acl.standard);
    if (!block->qclasses || !is_held)
        return RN_ENOMEM;
    return set_manner(&block->manner, &given->manner) ? RN_OK : RN_EVALUE;
}
