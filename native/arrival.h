/* SPDX-License-Identifier: Apache-2.0 */
/* A query as it came in: what it asks, from whom, over what. */
#ifndef RN_ARRIVAL_H
#define RN_ARRIVAL_H

#include "asked.h"

/* resolver.request.Transport, in this order. */
enum rn_transport { RN_DO53_UDP, RN_DO53_TCP, RN_DOT, RN_DOH, RN_DOQ, RN_TRANSPORTS };

/* An address; an IPv4-mapped one is IPv4. */
struct rn_address {
    uint8_t octets[16]; /* network order; IPv4: the first four */
    uint32_t scope;     /* interface of a link-local IPv6 address, else 0 */
    uint16_t port;      /* host order */
    uint8_t family;     /* 4 or 6 */
};

struct rn_arrival {
    struct rn_asked asked;
    struct rn_address client;
    struct rn_address local; /* the address that was queried */
    int64_t received_ms;     /* CLOCK_BOOTTIME */
    int64_t received_ns;     /* the same, finer: for durations */
    uint16_t listener;       /* the number that the plan has for it */
    uint8_t transport;       /* enum rn_transport */
    uint16_t keepalive;      /* see struct rn_manner */
};

#endif
