/* SPDX-License-Identifier: Apache-2.0 */
/* A stored message whose records' places nobody knows yet; see scan.c. */
#ifndef RN_SCAN_H
#define RN_SCAN_H

#include "image.h"

enum { RN_RECORDS_MAX = 5957 }; /* of 11 octets, the least, in 65,535 */

/* A message in normal form, read. */
struct rn_scanned {
    uint16_t qtype;
    uint16_t qclass;
    uint8_t qname_length; /* its QNAME begins at 12 */
    uint16_t count;       /* of places */
    struct rn_place places[RN_RECORDS_MAX];
};

/* Find question and records in a message (borrows) of any octets; false: it is not in normal form. */
bool rn_scan(struct rn_scanned *scanned, const uint8_t *wire, size_t length);

/* Whether some octets (borrows) are a sequence of EDNS options that are Extended DNS Errors. */
bool rn_scan_ede(const uint8_t *ede, size_t length);

/* Tell where the records of an image stand (borrows both; room for all). */
struct rn_rr;
void rn_rrs_of(const struct rn_image *image, struct rn_rr *rrs);

#endif
