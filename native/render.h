/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rendering: an image and what depends on the client, to the octets that are sent.
 *
 * The rules are those of resolver/render.py, plugins/cache/ageing.py and plugins/loadbalance, case by
 * case. No allocation, no system call; nothing is kept. Any thread.
 */
#ifndef RN_RENDER_H
#define RN_RENDER_H

#include "asked.h"
#include "image.h"

struct rn_random; /* random.h */

/* What the server block says of every response. */
struct rn_manner {
    uint16_t payload_size; /* our UDP payload size, octets */
    int8_t response_rd;    /* -1: the query's own RD, else 0 or 1 */
    bool recursion_available;
    bool is_udp;           /* else nothing is truncated below 65,535 octets */
    bool is_shuffled;      /* loadbalance round_robin */
    uint16_t keepalive;    /* RFC 7828, in 100 ms, for a client that sent the option; 0: not told */
};

/* What is done to the TTLs. */
enum rn_ageing {
    RN_AS_KEPT, /* as they stand */
    RN_AGED,    /* less `seconds` */
    RN_STALE    /* all become `seconds`, and one more EDE says so (RFC 8767) */
};

struct rn_age {
    enum rn_ageing ageing;
    uint32_t seconds;
};

/*
 * Write the response to a query into out (borrows, `room` octets, at least RN_UDP_SIZE_MIN; what is
 * longer than room is truncated as if room were the limit). Return its length.
 *
 * 0: not by this function: a record of the additional section has ended, or the records can only be
 * ordered by writing them anew (RN_ORDER_WRITTEN). The chain does it then.
 */
size_t rn_render(const struct rn_asked *asked, const struct rn_image *image,
                 const struct rn_manner *manner, struct rn_age age, struct rn_random *random,
                 uint8_t *out, size_t room);

/* Write a response that is an RCODE and the question. ede: as in struct rn_image. Return its length. */
size_t rn_render_bare(const struct rn_asked *asked, unsigned rcode, const uint8_t *ede,
                      size_t ede_length, const struct rn_manner *manner, uint8_t *out);

/* Write the response to a message that rn_asked_read refused. Return its length. */
size_t rn_render_refusal(const struct rn_asked *asked, const struct rn_manner *manner, uint8_t *out);

/* Say how the records of an image can be ordered; what image->order is to be. */
enum rn_order rn_order_of(const struct rn_image *image);

#endif
