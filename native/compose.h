/* SPDX-License-Identifier: Apache-2.0 */
/* A message as it is written: record for record, names compressed; see compose.c. */
#ifndef RN_COMPOSE_H
#define RN_COMPOSE_H

#include "labels.h"

enum {
    RN_COMPOSED_MAX = 65535,
    /* What may be written behind that before it is seen: names, a record's head, the slack. */
    RN_COMPOSED_ROOM = RN_COMPOSED_MAX + 1 + 1024
};

/* A record where it stands in the message that is read, its owner's name read already. */
struct rn_raw {
    size_t owner;
    size_t fixed; /* of TYPE, CLASS, TTL, RDLENGTH */
    size_t end;   /* behind it */
    unsigned type;
};

/* Write a record at *to of out (borrows, RN_COMPOSED_ROOM; *to is at most RN_COMPOSED_MAX), its TTL
 * as it came, and set *ttl_offset. False: its RDATA is malformed or does not fit. */
bool rn_compose_record(struct rn_labels *labels, const struct rn_raw *raw, uint8_t *out, size_t *to,
                       size_t *ttl_offset);

#endif
