/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SipHash-1-3: a keyed hash whose collisions nobody can make who does not know the key.
 *
 * Given in steps of 64-bit words, so that a caller need not copy its parts together: init, a word at
 * a time, then the octets that are left with the length of all.
 */
#ifndef RN_SIPHASH_H
#define RN_SIPHASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct rn_siphash {
    uint64_t v0, v1, v2, v3;
};

/* Return eight octets as a number, the first one lowest. */
static inline uint64_t rn_get64le(const uint8_t *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

static inline uint64_t rn_rotated(uint64_t word, unsigned by)
{
    return word << by | word >> (64 - by);
}

static inline void rn_siphash_round(struct rn_siphash *s)
{
    s->v0 += s->v1;
    s->v1 = rn_rotated(s->v1, 13) ^ s->v0;
    s->v0 = rn_rotated(s->v0, 32);
    s->v2 += s->v3;
    s->v3 = rn_rotated(s->v3, 16) ^ s->v2;
    s->v0 += s->v3;
    s->v3 = rn_rotated(s->v3, 21) ^ s->v0;
    s->v2 += s->v1;
    s->v1 = rn_rotated(s->v1, 17) ^ s->v2;
    s->v2 = rn_rotated(s->v2, 32);
}

/* Begin, with a key of two words. */
static inline void rn_siphash_init(struct rn_siphash *s, const uint64_t key[2])
{
    s->v0 = key[0] ^ 0x736f6d6570736575u;
    s->v1 = key[1] ^ 0x646f72616e646f6du;
    s->v2 = key[0] ^ 0x6c7967656e657261u;
    s->v3 = key[1] ^ 0x7465646279746573u;
}

static inline void rn_siphash_word(struct rn_siphash *s, uint64_t word)
{
    s->v3 ^= word;
    rn_siphash_round(s);
    s->v0 ^= word;
}

/* Take the last octets (borrows; any number) and return the hash. `before` octets came in words. */
static inline uint64_t rn_siphash_end(struct rn_siphash *s, const uint8_t *octets, size_t length,
                                      size_t before)
{
    uint64_t last = (uint64_t)(before + length) << 56;
    for (; length >= 8; length -= 8, octets += 8)
        rn_siphash_word(s, rn_get64le(octets));
    for (size_t i = 0; i < length; i++)
        last |= (uint64_t)octets[i] << (8 * i);
    rn_siphash_word(s, last);
    s->v2 ^= 0xff;
    rn_siphash_round(s);
    rn_siphash_round(s);
    rn_siphash_round(s);
    return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

/* Return the hash of some octets (borrows). */
static inline uint64_t rn_siphash_of(const uint64_t key[2], const uint8_t *octets, size_t length)
{
    struct rn_siphash s;
    rn_siphash_init(&s, key);
    return rn_siphash_end(&s, octets, length, 0);
}

#endif
