/* SPDX-License-Identifier: Apache-2.0 */
/* The surface's part on what C does for the chain's own answers. Read native.h first. */
#ifndef RN_SURFACE_CHAIN_H
#define RN_SURFACE_CHAIN_H

#include <stddef.h>
#include <stdint.h>

/* cdef begin */

struct rn_store;
struct rn_store_key;
struct rn_plan_cache;

/* Where a record of a message stands: resolver.wire.RR. */
struct rn_rr {
    uint16_t section; /* 1 answer, 2 authority, 3 additional */
    uint16_t rtype;   /* host order */
    uint16_t offset;
    uint16_t ttl_offset;
    uint16_t end; /* the octet behind it */
};

enum rn_rrs { RN_RRS_MAX = 5957 }; /* of 11 octets, the least, in 65,535 */

/* A response in normal form (resolver/response.py). */
struct rn_formed {
    const uint8_t *wire; /* lent by the workshop until its next use */
    uint32_t length;
    uint32_t count; /* of records */
    uint32_t rcode; /* of the header */
};

/* Room in which a response is made. */
struct rn_workshop;

/* Return a workshop (gives: rn_workshop_free), NULL: no memory. */
struct rn_workshop *rn_workshop_new(void);

/* Free a workshop; takes. NULL is harmless. */
void rn_workshop_free(struct rn_workshop *workshop);

/*
 * Set *formed and rrs (borrows both; room for RN_RRS_MAX) to the normal form of a message (borrows): as
 * Response.from_wire makes it, AA and TC cleared. wall_s: seconds since 1970. without_dnssec: as for a
 * client without DO. One thread at a time.
 *
 * Returns RN_OK, or RN_EWIRE: malformed, or over 65,535 octets.
 */
int rn_form(struct rn_workshop *workshop, const uint8_t *octets, size_t length, int64_t wall_s,
            int without_dnssec, struct rn_formed *formed, struct rn_rr *rrs);

/* What a `cache` directive keeps and where: its numbers, with room to look at one response. */
struct rn_keeping;

/* Return one (gives: rn_keeping_free) that borrows the store for as long as it lives; *given is
 * borrowed until the call returns, its sets are kept. NULL: no memory, or its values make no sense. */
struct rn_keeping *rn_keeping_new(struct rn_store *store, const struct rn_plan_cache *given);

/* Free one; takes. NULL is harmless. */
void rn_keeping_free(struct rn_keeping *keeping);

/* Return whether anything is kept for a question, its failure too, fresh or stale (not a status). Of the
 * key (borrows) the question, DO and CD are read; they are the query's. Any thread. */
int rn_keeping_knows(struct rn_keeping *keeping, const struct rn_store_key *key, int64_t now_ms);

/* A response that is offered, without its octets: wire (wire_length), then its EDE (ede_length) as
 * EDNS options. */
struct rn_offered {
    int64_t now_ms;
    int64_t wall_s;
    uint16_t wire_length;
    uint16_t ede_length;
    uint16_t rcode;      /* the full one */
    uint8_t validation;  /* enum rn_validation of image.h */
    uint8_t context;     /* 0 or 1 */
    uint8_t is_recursive;
    uint8_t is_rd;       /* the query's */
    uint8_t has_changed; /* set: TTLs were brought within bounds in `sent` */
    uint8_t has_dropped; /* set: it answers another question or did not fit */
};

/*
 * Keep a response if it is one to keep, as Keeper.keep of plugins/cache does. Of the key (borrows) the
 * question, DO and CD are read; they are the query's. octets (borrows) are wire and EDE. sent (borrows;
 * room for wire_length) becomes the wire that the client is to get, if it has changed. One thread at a
 * time.
 *
 * Returns RN_OK, or RN_EWIRE: it is not in normal form, and nothing is done.
 */
int rn_keeping_keep(struct rn_keeping *keeping, const struct rn_store_key *key,
                    struct rn_offered *offered, const uint8_t *octets, uint8_t *sent);

/* cdef end */

#endif
