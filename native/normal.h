/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A message of libunbound to images in normal form: Response.from_wire and without_dnssec of
 * resolver/response.py, and classify.py, case by case and octet by octet.
 */
#ifndef RN_NORMAL_H
#define RN_NORMAL_H

#include "image.h"

enum { RN_PLACES_MAX = 4096 }; /* records in one message; more is RN_EWIRE */

/* Room for one image and its making; big: belongs to a thread, not to the stack. */
struct rn_workshop;
struct rn_workshop *rn_workshop_new(void); /* NULL: no memory */
void rn_workshop_free(struct rn_workshop *workshop); /* takes; NULL is harmless */

/*
 * Make the image of a message of any octets: TTLs equalised (wall_s: seconds since 1970, for
 * signatures), no OPT, names compressed as resolver/compose.py does. without_dnssec: as for a client
 * without DO. AA and TC are cleared. *image (borrows) lends from the workshop until its next use;
 * validation, ede, context, is_recursive are the caller's to set.
 *
 * RN_OK, or RN_EWIRE: malformed, or over 65,535 octets.
 */
int rn_normalise(struct rn_workshop *workshop, const uint8_t *octets, size_t length, int64_t wall_s,
                 bool without_dnssec, struct rn_image *image);

/* The same for a response without records: an RCODE for a question (qname: lower-case wire form). */
void rn_empty_image(struct rn_workshop *workshop, const uint8_t *qname, size_t qname_length,
                    unsigned qtype, unsigned qclass, unsigned rcode, struct rn_image *image);

#endif
