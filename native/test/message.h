/* SPDX-License-Identifier: Apache-2.0 */
/* Messages as a strict client reads them; for tests and fuzz targets. */
#ifndef RN_TEST_MESSAGE_H
#define RN_TEST_MESSAGE_H

#include "../image.h"

/* What a message says, without regard to the order of records inside a section. */
struct digest {
    uint64_t question;
    uint64_t sections[3];
    unsigned counts[3];
    int opt; /* records of type OPT; they are in no digest */
};

/* Read a message to its very end: false if it is malformed, if a pointer does not go back, or if
 * octets are left over. Names are read in lower case. */
bool message_read(const uint8_t *octets, size_t length, struct digest *digest);

/* Return whether two say the same. */
bool message_equal(const struct digest *one, const struct digest *other);

/* Find the records of a message that message_read reads: their number, at most `room`. */
unsigned message_places(const uint8_t *octets, size_t length, struct rn_place *places,
                        unsigned room);

#endif
