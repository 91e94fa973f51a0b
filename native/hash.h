/* SPDX-License-Identifier: Apache-2.0 */
/* A quick hash of names, for sets whose members the operator chose (not for the store: siphash.h). */
#ifndef RN_HASH_H
#define RN_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint64_t rn_hash_mix(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Hash octets, eight at a time: a product with odd numbers for each. */
static inline uint64_t rn_hash(const uint8_t *octets, size_t length)
{
    uint64_t hash = 0x9E3779B97F4A7C15u ^ length, word;
    while (length >= 8) {
        memcpy(&word, octets, 8);
        hash = rn_hash_mix(hash ^ word, 0xA0761D6478BD642Fu);
        octets += 8;
        length -= 8;
    }
    word = 0;
    memcpy(&word, octets, length);
    return rn_hash_mix(hash ^ word, 0xE7037ED1A0B428DBu);
}

#endif
