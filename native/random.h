/* SPDX-License-Identifier: Apache-2.0 */
/* A thread's own random numbers (xoshiro256++), for orders that are no secret. */
#ifndef RN_RANDOM_H
#define RN_RANDOM_H

#include <stdint.h>

struct rn_random {
    uint64_t state[4];
};

/* Set the state from a seed (SplitMix64). */
static inline void rn_random_seed(struct rn_random *random, uint64_t seed)
{
    for (int i = 0; i < 4; i++) {
        uint64_t z = (seed += 0x9E3779B97F4A7C15u);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
        random->state[i] = z ^ (z >> 31);
    }
}

static inline uint64_t rn_random_next(struct rn_random *random)
{
    uint64_t *s = random->state;
    uint64_t sum = s[0] + s[3], result = (sum << 23 | sum >> 41) + s[0], t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = s[3] << 45 | s[3] >> 19;
    return result;
}

/* Return a number from 0 to bound - 1 (bound 1 to 2^32 - 1), each as likely but for 2^-32. */
static inline uint32_t rn_random_below(struct rn_random *random, uint32_t bound)
{
    return (uint32_t)((rn_random_next(random) >> 32) * bound >> 32);
}

#endif
