/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A quick keyed hash of names, for sets that are made once and looked up a lot.
 *
 * Each set has a key of its own that nobody sees, so that nobody can choose names that fall
 * together: neither who sends queries nor who writes a list that an operator loads. (What is put in
 * while serving has the better siphash.h.)
 */
#ifndef RN_HASH_H
#define RN_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct rn_hash_key {
    uint64_t seed;
    uint64_t factor; /* odd */
};

/* Make a key of random octets. Any thread. */
void rn_hash_key_set(struct rn_hash_key *key);

static inline uint64_t rn_hash_mix(uint64_t one, uint64_t other)
{
    unsigned __int128 product = (unsigned __int128)one * other;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t rn_hash_word(const uint8_t *octets)
{
    uint64_t word;
    memcpy(&word, octets, 8);
    return word;
}

/* Return fewer than eight octets as a number, differently for each. */
static inline uint64_t rn_hash_few(const uint8_t *octets, size_t length)
{
    uint32_t first, last;
    if (length >= 4) {
        memcpy(&first, octets, 4);
        memcpy(&last, octets + length - 4, 4);
        return (uint64_t)first << 32 | last;
    }
    if (length == 0)
        return 0;
    return (uint64_t)octets[0] << 16 | (uint64_t)octets[length / 2] << 8 | octets[length - 1];
}

/* Hash octets (borrows), eight at a time, the last eight of them whatever is left. */
static inline uint64_t rn_hash(const struct rn_hash_key *key, const uint8_t *octets, size_t length)
{
    uint64_t hash = key->seed ^ length;
    for (size_t at = 0; at + 8 < length; at += 8)
        hash = rn_hash_mix(hash ^ rn_hash_word(octets + at), key->factor);
    uint64_t last = length >= 8 ? rn_hash_word(octets + length - 8) : rn_hash_few(octets, length);
    return rn_hash_mix(rn_hash_mix(hash ^ last, key->factor), key->factor ^ 0xE7037ED1A0B428DAu);
}

/* Bring a hash below a bound, by its high bits. */
static inline size_t rn_hash_below(uint64_t hash, size_t bound)
{
    return (size_t)((unsigned __int128)hash * bound >> 64);
}

#endif
