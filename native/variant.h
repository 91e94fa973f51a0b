/* SPDX-License-Identifier: Apache-2.0 */
/* What libunbound said, as an image for clients with one pair of DO and CD; see variant.c. */
#ifndef RN_VARIANT_H
#define RN_VARIANT_H

#include "native.h"
#include "normal.h"
#include "store.h"

/* A text that may stand in why_bogus, and the code of RFC 8914 that it stands for. */
struct rn_bogus_text {
    const char *text; /* not ended by a 0 */
    uint16_t length;
    uint16_t code;
};

/* The first text that occurs decides (plugins/unbound/ede.py); if none does, or there is no table,
 * the code is 6, DNSSEC Bogus. */
struct rn_bogus_table {
    const struct rn_bogus_text *texts;
    size_t count;
};

/*
 * Make the image of a result (all borrowed): `wire` has result->wire_length octets, why_bogus
 * result->text_length; what is empty may be NULL. Of the question all but the partition is read.
 * is_minimal: an answer is made as small as the plugin minimal makes it. *image lends from the workshop until its next use, and
 * *writable becomes the same octets as image->wire.
 *
 * RN_OK, or RN_EWIRE: the message is malformed.
 */
int rn_variant(struct rn_workshop *workshop, const struct rn_result *result, const uint8_t *wire,
               const char *why_bogus, const struct rn_bogus_table *table,
               const struct rn_key *question, bool is_minimal, int64_t wall_s,
               struct rn_image *image, uint8_t **writable);

/* Have an image carry one Extended DNS Error (RFC 8914), in the workshop's room: `text` (borrows)
 * is cut at 256 octets, and what in it is not plain ASCII becomes `?`. */
void rn_image_tell(struct rn_workshop *workshop, struct rn_image *image, unsigned code,
                   const char *text, size_t length);

#endif
