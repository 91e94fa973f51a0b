/* SPDX-License-Identifier: Apache-2.0 */
/* The OPT record of a response; see option.c. */
#ifndef RN_OPTION_H
#define RN_OPTION_H

#include "asked.h"

/* What the OPT record is to carry, if it fits. */
struct rn_extras {
    const uint8_t *ede; /* borrowed: as in struct rn_image */
    size_t ede_length;
    bool has_stale;      /* one EDE more, without text */
    uint16_t stale_code; /* its INFO-CODE */
    bool has_keepalive;  /* edns-tcp-keepalive (RFC 7828) */
    uint16_t keepalive;  /* in 100 ms */
};

/* How much of it. */
enum rn_opt_form { RN_OPT_FULL, RN_OPT_WITHOUT_TEXTS, RN_OPT_BARE };

enum { RN_OPT_SIZE = 11 }; /* octets of the record without options */

/* Return the fullest form that fits into `room` octets (none: less than nothing is allowed for), the
 * barest if none does; its length in *length. */
enum rn_opt_form rn_opt_fit(const struct rn_extras *extras, long room, size_t *length);

/* Write the record in the form and length that rn_opt_fit said to out (borrows). rcode: the full
 * one. Any thread. */
void rn_opt_put(uint8_t *out, const struct rn_asked *asked, unsigned rcode, unsigned payload_size,
                const struct rn_extras *extras, enum rn_opt_form form, size_t length);

#endif
