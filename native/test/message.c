/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages as a strict client reads them, with code of its own: what is under test reads none of it.
 * A record is hashed with its names written out, so that compression makes no difference.
 */
#include "message.h"

#include <string.h>

enum { OPT = 41 };

/* Names in RDATA of RFC 1035's types: the octets before the first, and how many. */
static const struct {
    unsigned type, before, names;
} layouts[] = {{2, 0, 1}, {3, 0, 1},  {4, 0, 1},  {5, 0, 1},  {6, 0, 2}, {7, 0, 1},
               {8, 0, 1}, {9, 0, 1}, {12, 0, 1}, {14, 0, 2}, {15, 2, 1}};

static uint64_t hash(uint64_t state, const uint8_t *octets, size_t length)
{
    for (size_t i = 0; i < length; i++) /* FNV-1a */
        state = (state ^ octets[i]) * 0x100000001B3u;
    return state;
}

/* Return the offset behind a name, 0 if it is malformed; adds it to the hash. */
static size_t read_name(const uint8_t *octets, size_t length, size_t at, uint64_t *state)
{
    size_t end = 0, limit = at, size = 0;
    while (at < length) {
        unsigned octet = octets[at];
        if (octet >= 0xC0) {
            if (at + 2 > length || (rn_get16(octets + at) & 0x3FFF) >= limit)
                return 0;
            end = end ? end : at + 2;
            limit = at = rn_get16(octets + at) & 0x3FFF;
            continue;
        }
        size += 1 + octet;
        if (octet > 63 || size > 255 || at + 1 + octet > length)
            return 0;
        for (size_t i = at; i < at + 1 + octet; i++) {
            uint8_t lower = (uint8_t)(octets[i] >= 'A' && octets[i] <= 'Z' ? octets[i] + 32
                                                                            : octets[i]);
            *state = hash(*state, &lower, 1);
        }
        at += 1 + octet;
        if (octet == 0)
            return end ? end : at;
    }
    return 0;
}

/* Add RDATA to the hash: false if a name in it is malformed. */
static bool read_rdata(const uint8_t *octets, size_t at, size_t end, unsigned type, uint64_t *state)
{
    for (size_t i = 0; at < end && i < sizeof layouts / sizeof layouts[0]; i++) {
        if (layouts[i].type != type)
            continue;
        size_t before = layouts[i].before < end - at ? layouts[i].before : end - at;
        *state = hash(*state, octets + at, before);
        at += before;
        for (unsigned name = 0; name < layouts[i].names; name++) {
            at = read_name(octets, end, at, state);
            if (!at)
                return false;
        }
    }
    *state = hash(*state, octets + at, end - at);
    return true;
}

bool message_read(const uint8_t *octets, size_t length, struct digest *digest)
{
    memset(digest, 0, sizeof *digest);
    if (length < 12 || rn_get16(octets + 4) != 1)
        return false;
    size_t at = read_name(octets, length, 12, &digest->question);
    if (!at || at + 4 > length)
        return false;
    digest->question = hash(digest->question, octets + at, 4);
    at += 4;
    for (int section = 0; section < 3; section++) {
        for (unsigned left = rn_get16(octets + 6 + 2 * section); left > 0; left--) {
            uint64_t state = 0xCBF29CE484222325u;
            at = read_name(octets, length, at, &state);
            if (!at || at + 10 > length)
                return false;
            size_t end = at + 10 + rn_get16(octets + at + 8);
            unsigned type = rn_get16(octets + at);
            state = hash(state, octets + at, 8);
            if (end > length || !read_rdata(octets, at + 10, end, type, &state))
                return false;
            at = end;
            if (type == OPT) {
                digest->opt++;
                continue;
            }
            digest->sections[section] += state;
            digest->counts[section]++;
        }
    }
    return at == length;
}

bool message_equal(const struct digest *one, const struct digest *other)
{
    return one->question == other->question &&
           memcmp(one->sections, other->sections, sizeof one->sections) == 0 &&
           memcmp(one->counts, other->counts, sizeof one->counts) == 0;
}

unsigned message_places(const uint8_t *octets, size_t length, struct rn_place *places,
                        unsigned room)
{
    uint64_t unused = 0;
    unsigned number = 0, all = rn_get16(octets + 6) + rn_get16(octets + 8) + rn_get16(octets + 10);
    size_t at = read_name(octets, length, 12, &unused) + 4;
    for (; number < all && number < room; number++) {
        places[number].offset = (uint16_t)at;
        at = read_name(octets, length, at, &unused);
        places[number].ttl_offset = (uint16_t)(at + 4);
        at += 10 + rn_get16(octets + at + 8);
    }
    return number;
}
