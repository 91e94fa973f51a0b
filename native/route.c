/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which server block answers: resolver/routing.py.
 *
 *     listener   table [ first entry of a zone ... ]   entries [ zone block | zone block | ... ]
 *
 * The longest zone that the name is at or below, and of it the first block whose view takes the
 * query. A DS record belongs to the parent's side, so DS goes to the zone nearest the root; the
 * root zone itself only takes what no other zone matches.
 */
#include "plan.h"

#include <string.h>

enum { TYPE_DS = 43 };

/* Return the number of the first entry of a name, count if there is none. */
static uint32_t first_entry(const struct rn_listener *listener, const uint8_t *name, size_t length)
{
    if (length > listener->longest)
        return listener->count;
    size_t at = rn_hash(&listener->key, name, length) & listener->mask;
    for (; listener->table[at] != 0; at = (at + 1) & listener->mask) {
        const struct rn_zone_entry *entry = &listener->entries[listener->table[at] - 1];
        if (entry->length == length && memcmp(entry->name, name, length) == 0)
            return listener->table[at] - 1;
    }
    return listener->count;
}

/* The first block of a zone that takes the query; NONE: no block does. */
static enum rn_way admitting(const struct rn_plan *plan, const struct rn_listener *listener,
                             uint32_t first, const struct rn_arrival *arrival,
                             struct rn_route *route)
{
    const struct rn_zone_entry *zone = &listener->entries[first];
    for (uint32_t i = first; i < listener->count; i++) {
        const struct rn_zone_entry *entry = &listener->entries[i];
        if (entry->length != zone->length || memcmp(entry->name, zone->name, zone->length) != 0)
            break;
        const struct rn_block *block = &plan->blocks[entry->block];
        if (block->is_opaque)
            return RN_WAY_OPAQUE;
        if (!block->admits || rn_predicate_holds(block->admits, arrival)) {
            *route = (struct rn_route){block, entry->number};
            return RN_WAY_BLOCK;
        }
    }
    return RN_WAY_NONE;
}

enum rn_way rn_plan_route(const struct rn_plan *plan, const struct rn_arrival *arrival,
                          struct rn_route *route)
{
    const struct rn_asked *asked = &arrival->asked;
    enum rn_way found = RN_WAY_NONE;
    if (arrival->listener >= plan->listener_count)
        return RN_WAY_OPAQUE;
    const struct rn_listener *listener = &plan->listeners[arrival->listener];
    if (listener->mask == 0) /* it is going: who began with another plan ends with it */
        return RN_WAY_OPAQUE;
    for (size_t at = 0;; at += 1 + (size_t)asked->qname[at]) {
        bool is_root = asked->qname[at] == 0;
        if (is_root && found != RN_WAY_NONE)
            break;
        uint32_t first = first_entry(listener, asked->qname + at, asked->qname_length - at);
        if (first < listener->count) {
            enum rn_way way = admitting(plan, listener, first, arrival, route);
            if (way == RN_WAY_OPAQUE)
                return way;
            if (way == RN_WAY_BLOCK)
                found = way;
            if (way == RN_WAY_BLOCK && asked->qtype != TYPE_DS)
                break;
        }
        if (is_root)
            break;
    }
    return found;
}

const struct rn_manner *rn_plan_refusing(const struct rn_plan *plan, uint16_t listener)
{
    return &plan->listeners[listener < plan->listener_count ? listener : 0].refusing;
}
