/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One TTL for each RRset of a message (RFC 2181, 5.2), its signatures included: the lowest.
 *
 * A table with open addressing that costs one look for each record, whatever the message is; it is
 * keyed with the thread's secret and not cleared between messages, as the one of labels.c.
 */
#include "rrsets.h"

#include "hash.h"

void rn_rrsets_begin(struct rn_rrsets *rrsets, unsigned records)
{
    uint32_t slots = 16;
    while (slots < 2 * records)
        slots *= 2;
    rrsets->slot_mask = slots - 1;
    rrsets->count = 0;
    rrsets->latest = 0;
}

/* Return the number of the RRset that has a key; it may be new. */
static uint16_t find(struct rn_rrsets *rrsets, uint64_t key, uint32_t ttl)
{
    uint32_t slot = (uint32_t)rn_hash_mix(rrsets->seed ^ key, rrsets->factor) & rrsets->slot_mask;
    for (;; slot = (slot + 1) & rrsets->slot_mask) {
        uint16_t index = rrsets->slots[slot];
        if (index >= rrsets->count || rrsets->rrsets[index].slot != slot)
            break;
        if (rrsets->rrsets[index].key == key)
            return index;
    }
    rrsets->slots[slot] = rrsets->count;
    rrsets->rrsets[rrsets->count] = (struct rn_rrset){key, slot, ttl};
    return rrsets->count++;
}

uint16_t rn_rrsets_add(struct rn_rrsets *rrsets, unsigned section, unsigned node, unsigned type,
                       uint32_t ttl)
{
    uint64_t key = (uint64_t)section << 32 | (uint64_t)node << 16 | type;
    uint16_t index = rrsets->latest;
    if (rrsets->count == 0 || rrsets->rrsets[index].key != key)
        index = rrsets->latest = find(rrsets, key, ttl);
    if (ttl < rrsets->rrsets[index].ttl)
        rrsets->rrsets[index].ttl = ttl;
    return index;
}
