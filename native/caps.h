/* SPDX-License-Identifier: Apache-2.0 */
/* How many may wait for recursions: in all, of one client, below one suffix; see caps.c. */
#ifndef RN_CAPS_H
#define RN_CAPS_H

#include "native.h"
#include "tally.h"

struct rn_caps {
    uint32_t most;
    uint32_t client_most;
    uint32_t share;   /* of one suffix, once half of all places are taken */
    uint32_t waiters; /* how many there are */
    struct rn_tallies clients;
    struct rn_tallies suffixes;
    uint64_t key[2]; /* of hashes: nobody outside can foresee them */
};

/* Nobody waits. RN_OK, RN_ENOMEM; RN_ESYSTEM: no random key. */
int rn_caps_init(struct rn_caps *caps, const struct rn_flight_limits *limits);
void rn_caps_destroy(struct rn_caps *caps); /* after a failed init too, if zeroed */

/* Hash octets (borrows) and what comes with them; never 0. */
uint64_t rn_caps_hash(const struct rn_caps *caps, uint64_t first, const uint8_t *octets,
                      size_t length);

/* What a client is counted under: an IPv4 address or an IPv6 /64; 0 for loopback, which has no cap. */
uint64_t rn_caps_client(const struct rn_caps *caps, unsigned family, const uint8_t octets[16]);

/* What a name (borrows) is counted under: its last two labels. */
uint64_t rn_caps_suffix(const struct rn_caps *caps, const uint8_t *qname, size_t length);

/* Return why one more may not wait, RN_JOINED if it may. */
enum rn_joined rn_caps_refusal(const struct rn_caps *caps, uint64_t client, uint64_t suffix);

/* One who waits more, and one less. */
void rn_caps_enter(struct rn_caps *caps, uint64_t client, uint64_t suffix);
void rn_caps_leave(struct rn_caps *caps, uint64_t client, uint64_t suffix);

#endif
