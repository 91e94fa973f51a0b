/* SPDX-License-Identifier: Apache-2.0 */
/* One TTL for each RRset of a message (RFC 2181, 5.2), its signatures included; see rrsets.c. */
#ifndef RN_RRSETS_H
#define RN_RRSETS_H

#include <stdint.h>

enum { RN_RRSETS_MAX = 6144, RN_RRSETS_SLOTS = 16384 /* a power of two, twice as many */ };

struct rn_rrset {
    uint64_t key;
    uint32_t slot;
    uint32_t ttl; /* the lowest */
};

struct rn_rrsets {
    uint64_t seed, factor; /* of the hash */
    uint32_t slot_mask;
    uint16_t count;
    uint16_t latest; /* the one found last: records of an RRset mostly stand together */
    struct rn_rrset rrsets[RN_RRSETS_MAX];
    uint16_t slots[RN_RRSETS_SLOTS]; /* holds only if that RRset has the slot */
};

/* Begin with a message that has at most so many records (up to RN_RRSETS_MAX). */
void rn_rrsets_begin(struct rn_rrsets *rrsets, unsigned records);

/* Tell the TTL of a record; return the number of its RRset: owner (its node), type (of an RRSIG:
 * what it covers) and section. */
uint16_t rn_rrsets_add(struct rn_rrsets *rrsets, unsigned section, unsigned node, unsigned type,
                       uint32_t ttl);

#endif
