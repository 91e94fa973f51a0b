/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A message of libunbound to an image in normal form: Response.from_wire of resolver/response.py,
 * octet by octet; see normal.c.
 */
#ifndef RN_NORMAL_H
#define RN_NORMAL_H

#include "image.h"

enum { RN_PLACES_MAX = 5956 }; /* records: so many of 11 octets fit behind the smallest question */

/* What of a message is left out. */
enum rn_without {
    RN_WITHOUT_DNSSEC = 1, /* as for a client without DO */
    RN_WITHOUT_REST = 2    /* what `minimal` leaves out of an answer */
};

/* Room for one image and its making; big: belongs to a thread, not to the stack. */
struct rn_workshop;
struct rn_workshop *rn_workshop_new(void);           /* NULL: no memory */
void rn_workshop_free(struct rn_workshop *workshop); /* takes; NULL is harmless */

/*
 * Make the image of a message of any octets: TTLs equalised (wall_s: seconds since 1970, for
 * signatures), no OPT, names compressed as resolver/compose.py does. without: bits of enum
 * rn_without. AA and TC are cleared. *image (borrows) lends from the workshop until its next
 * use; validation, ede, context, is_recursive are the caller's to set.
 *
 * RN_OK, or RN_EWIRE: malformed, or over 65,535 octets.
 */
int rn_normalise(struct rn_workshop *workshop, const uint8_t *octets, size_t length, int64_t wall_s,
                 unsigned without, struct rn_image *image);

/* The same for a response without records: an RCODE for a question (qname: lower-case wire form).
 */
void rn_empty_image(struct rn_workshop *workshop, const uint8_t *qname, size_t qname_length,
                    unsigned qtype, unsigned qclass, unsigned rcode, struct rn_image *image);

#endif
