/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is told of one query that was served without the chain: once for the counters (counts.h),
 * once for who wants an event (events.h).
 */
#ifndef RN_SERVED_H
#define RN_SERVED_H

#include "arrival.h"
#include "image.h"

/* Who answered; the words are labels of metrics. */
enum rn_by { RN_BY_SERVER, RN_BY_CACHE, RN_BY_UNBOUND, RN_BY_ACL };

/* resolver.tallies.REJECTIONS, in this order; RN_TAKEN: it was none. */
enum rn_rejection {
    RN_NOT_A_QUERY,
    RN_OPCODE,
    RN_MALFORMED,
    RN_VERSION,
    RN_QCLASS,
    RN_NO_ZONE,
    RN_IN_FLIGHT,
    RN_TAKEN
};

/* What acl did. */
enum rn_access { RN_ALLOWED, RN_BLOCKED, RN_FILTERED, RN_DROPPED, RN_PROHIBITED, RN_NO_ACL };

/* What the cache did. Stale data are a hit, and is_stale. */
enum rn_found { RN_NO_CACHE, RN_HIT_SUCCESS, RN_HIT_DENIAL, RN_MISSED };

/* What `errors` is to tell of; the response is SERVFAIL then, by RN_BY_SERVER. */
enum rn_failure {
    RN_NO_FAILURE,
    RN_TOO_MANY, /* a cap was reached (RN_CAPPED of counts.h) */
    RN_TOO_LATE  /* its recursion was in flight and late already */
};

struct rn_served {
    const struct rn_arrival *arrival;
    const struct rn_plan *plan;
    uint16_t block;    /* its number in the plan; UINT16_MAX: no chain was chosen */
    uint16_t zone;     /* the number of its zone that matched (the order of Block.zones) */
    uint16_t acl_zone; /* the number of the zone of acl's rule; see plan.h */
    uint8_t by;        /* enum rn_by */
    uint8_t rejection; /* enum rn_rejection */
    uint8_t access;    /* enum rn_access */
    uint8_t found;     /* enum rn_found */
    uint8_t failure;   /* enum rn_failure */
    bool is_sent;      /* a response was sent (else it was dropped on purpose) */
    bool is_stale;
    bool is_late; /* answered at its deadline */
    uint16_t rcode;
    uint16_t size;  /* octets of the response, before truncation and without OPT */
    uint16_t sent;  /* octets sent */
    uint16_t flags; /* the second header word as it was sent */
    int64_t duration_ns;
};

/* Note the response that is sent: `length` octets of a whole message in wire (borrows). */
static inline void rn_served_note(struct rn_served *served, const uint8_t *wire, size_t length)
{
    served->is_sent = true;
    served->sent = (uint16_t)length;
    served->flags = (uint16_t)rn_get16(wire + 2);
}

#endif
