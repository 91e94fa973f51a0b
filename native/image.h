/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An image: a response in normal form (resolver/response.py) with the places of its records.
 *
 * It is what the store keeps, what is rendered to clients, and what Python gets as a Response.
 */
#ifndef RN_IMAGE_H
#define RN_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RN_ANSWER = 1, RN_AUTHORITY = 2, RN_ADDITIONAL = 3 };

/* resolver.response.Validation, in this order. */
enum rn_validation { RN_VALIDATION_NONE, RN_VALIDATION_SECURE, RN_VALIDATION_INSECURE, RN_VALIDATION_BOGUS };

/* How the records of an image can be put into loadbalance's order (CNAME, the rest, addresses, MX). */
enum rn_order {
    RN_ORDER_KEPT,  /* they stand in it, and nothing is there to shuffle */
    RN_ORDER_MOVED, /* by moving octets: only records that no pointer targets change places */
    RN_ORDER_WRITTEN /* only by writing names anew: this is left to the chain */
};

/* Where one record stands. Its type is the 16 bits at ttl_offset - 4; it ends where the next begins. */
struct rn_place {
    uint16_t offset;
    uint16_t ttl_offset;
};

/*
 * A view: all pointers are borrowed from whoever made it.
 *
 * ede is a sequence of EDNS options as they are sent (RFC 8914: code 15, length, INFO-CODE, text).
 */
struct rn_image {
    const uint8_t *wire; /* ID 0; of the flags QR, AA, TC; no OPT; the question in lower case */
    const struct rn_place *places;
    const uint8_t *ede;
    uint16_t wire_length;
    uint16_t count; /* of places */
    uint16_t ede_length;
    uint16_t rcode; /* the full one: above 15 it needs EDNS */
    uint8_t validation; /* enum rn_validation */
    uint8_t context;    /* which libunbound context it came from */
    uint8_t order;      /* enum rn_order, as rn_order_of says */
    bool is_recursive;  /* kept from queries with RD=0 */
};

static inline unsigned rn_get16(const uint8_t *at)
{
    return (unsigned)at[0] << 8 | at[1];
}

static inline uint32_t rn_get32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static inline void rn_put16(uint8_t *at, unsigned value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static inline void rn_put32(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 24);
    at[1] = (uint8_t)(value >> 16);
    at[2] = (uint8_t)(value >> 8);
    at[3] = (uint8_t)value;
}

/* The octet behind record `index`. */
static inline unsigned rn_place_end(const struct rn_image *image, unsigned index)
{
    return index + 1 < image->count ? image->places[index + 1].offset : image->wire_length;
}

static inline unsigned rn_place_type(const struct rn_image *image, unsigned index)
{
    return rn_get16(image->wire + image->places[index].ttl_offset - 4);
}

/* The section of record `index`: RN_ANSWER, RN_AUTHORITY or RN_ADDITIONAL, from the header's counts. */
static inline int rn_place_section(const struct rn_image *image, unsigned index)
{
    unsigned answers = rn_get16(image->wire + 6), authority = rn_get16(image->wire + 8);
    return index < answers ? RN_ANSWER : index < answers + authority ? RN_AUTHORITY : RN_ADDITIONAL;
}

#endif
