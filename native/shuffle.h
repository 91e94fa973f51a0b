/* SPDX-License-Identifier: Apache-2.0 */
/* Records on their way out, in loadbalance's order; see shuffle.c. rn_order_of is in render.h. */
#ifndef RN_SHUFFLE_H
#define RN_SHUFFLE_H

#include "random.h"
#include "render.h"

enum { RN_SHUFFLED_MAX = 4096 }; /* records; a message with more is left to the chain */

/* Return the TTL that is sent for one that was stored. */
static inline uint32_t rn_age_ttl(struct rn_age age, uint32_t ttl)
{
    switch (age.ageing) {
    case RN_AGED:
        return ttl > age.seconds ? ttl - age.seconds : 0;
    case RN_STALE:
        return age.seconds;
    default:
        return ttl;
    }
}

/* Write the records of an image whose order is RN_ORDER_MOVED (borrows) to out (borrows), where the
 * message begins: from the first one's offset to the message's end, addresses and MX records in an
 * order that is drawn anew. Any thread, with a random of its own. */
void rn_shuffle(const struct rn_image *image, struct rn_age age, struct rn_random *random,
                uint8_t *out);

#endif
