/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many may wait for recursions: resolver/recursion/caps.py.
 *
 *     clients    hash of a client -> how many wait       suffixes   hash of two labels -> how many wait
 *
 * Once half of all places are taken nobody more waits for a suffix that has a tenth of them: names of a
 * dead zone, however many ask, leave room for all others. Whoever uses it has the lock of the flights.
 */
#include "caps.h"

#include "siphash.h"

#include <stdbool.h>
#include <string.h>
#include <sys/random.h>

enum { SMALLEST_SHARE = 16, SUFFIX_LABELS = 2, IPV4_OCTETS = 4, IPV6_PREFIX_OCTETS = 8 };

int rn_caps_init(struct rn_caps *caps, const struct rn_flight_limits *limits)
{
    *caps = (struct rn_caps){.most = limits->waiters, .client_most = limits->client_waiters};
    caps->share = limits->waiters / 10 > SMALLEST_SHARE ? limits->waiters / 10 : SMALLEST_SHARE;
    if (getrandom(caps->key, sizeof caps->key, 0) != sizeof caps->key)
        return RN_ESYSTEM;
    if (rn_tallies_init(&caps->clients, limits->waiters) != RN_OK)
        return RN_ENOMEM;
    return rn_tallies_init(&caps->suffixes, limits->waiters);
}

void rn_caps_destroy(struct rn_caps *caps)
{
    rn_tallies_destroy(&caps->clients);
    rn_tallies_destroy(&caps->suffixes);
}

uint64_t rn_caps_hash(const struct rn_caps *caps, uint64_t first, const uint8_t *octets,
                      size_t length)
{
    struct rn_siphash state;
    rn_siphash_init(&state, caps->key);
    rn_siphash_word(&state, first);
    return rn_siphash_end(&state, octets, length, sizeof first) | 1;
}

uint64_t rn_caps_client(const struct rn_caps *caps, unsigned family, const uint8_t octets[16])
{
    static const uint8_t LOOPBACK[16] = {[15] = 1};
    bool is_v4 = family == 4;
    if (is_v4 ? octets[0] == 127 : memcmp(octets, LOOPBACK, sizeof LOOPBACK) == 0)
        return 0;
    return rn_caps_hash(caps, family, octets, is_v4 ? IPV4_OCTETS : IPV6_PREFIX_OCTETS);
}

uint64_t rn_caps_suffix(const struct rn_caps *caps, const uint8_t *qname, size_t length)
{
    size_t starts[SUFFIX_LABELS] = {0}, labels = 0;
    for (size_t at = 0; qname[at] != 0; at += 1 + (size_t)qname[at]) {
        starts[labels % SUFFIX_LABELS] = at;
        labels++;
    }
    size_t at = labels < SUFFIX_LABELS ? 0 : starts[labels % SUFFIX_LABELS];
    return rn_caps_hash(caps, UINT64_MAX, qname + at, length - at);
}

enum rn_joined rn_caps_refusal(const struct rn_caps *caps, uint64_t client, uint64_t suffix)
{
    if (caps->waiters >= caps->most)
        return RN_REFUSED_WAITERS;
    if (client && rn_tallies_of(&caps->clients, client) >= caps->client_most)
        return RN_REFUSED_CLIENT;
    bool is_tight = 2 * (uint64_t)caps->waiters >= caps->most;
    if (is_tight && rn_tallies_of(&caps->suffixes, suffix) >= caps->share)
        return RN_REFUSED_SUFFIX;
    return RN_JOINED;
}

void rn_caps_enter(struct rn_caps *caps, uint64_t client, uint64_t suffix)
{
    caps->waiters++;
    rn_tallies_up(&caps->suffixes, suffix);
    if (client)
        rn_tallies_up(&caps->clients, client);
}

void rn_caps_leave(struct rn_caps *caps, uint64_t client, uint64_t suffix)
{
    caps->waiters--;
    rn_tallies_down(&caps->suffixes, suffix);
    if (client)
        rn_tallies_down(&caps->clients, client);
}
