/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The OPT record of a response (RFC 6891) with its options, in the order of resolver/render.py:
 *
 *     root OPT payload-size rcode>>4 version=0 DO length | keepalive | EDE, EDE... | the stale EDE
 *
 * What does not fit loses first the texts of Extended DNS Errors, then all options. Nothing is kept;
 * any thread.
 */
#include "option.h"

#include "image.h"

#include <string.h>

enum {
    OPT = 41,
    DO = 0x8000,
    EDE = 15,       /* RFC 8914 */
    KEEPALIVE = 11, /* RFC 7828 */
    OPTION = 4,     /* octets of OPTION-CODE and OPTION-LENGTH */
    EDE_SIZE = 6,   /* of an EDE without text */
    KEEPALIVE_SIZE = 6
};

/* Return the offset behind the EDE at `at`; the end if its length is beyond. */
static size_t next_ede(const struct rn_extras *extras, size_t at)
{
    size_t end = at + OPTION + rn_get16(extras->ede + at + 2);
    return end < extras->ede_length ? end : extras->ede_length;
}

static size_t count_ede(const struct rn_extras *extras)
{
    size_t count = 0;
    for (size_t at = 0; at + EDE_SIZE <= extras->ede_length; at = next_ede(extras, at))
        count++;
    return count;
}

enum rn_opt_form rn_opt_fit(const struct rn_extras *extras, long room, size_t *length)
{
    size_t ours = RN_OPT_SIZE + (extras->has_keepalive ? KEEPALIVE_SIZE : 0u) +
                  (extras->has_stale ? EDE_SIZE : 0u);
    *length = ours + extras->ede_length;
    if ((long)*length <= room)
        return RN_OPT_FULL;
    if (extras->ede_length) {
        *length = ours + EDE_SIZE * count_ede(extras);
        if ((long)*length <= room)
            return RN_OPT_WITHOUT_TEXTS;
    }
    *length = RN_OPT_SIZE;
    return RN_OPT_BARE;
}

static uint8_t *put_option(uint8_t *out, unsigned code, unsigned value)
{
    rn_put16(out, code);
    rn_put16(out + 2, 2);
    rn_put16(out + 4, value);
    return out + 6;
}

void rn_opt_put(uint8_t *out, const struct rn_asked *asked, unsigned rcode, unsigned payload_size,
                const struct rn_extras *extras, enum rn_opt_form form, size_t length)
{
    out[0] = 0;
    rn_put16(out + 1, OPT);
    rn_put16(out + 3, payload_size);
    out[5] = (uint8_t)(rcode >> 4);
    out[6] = 0;
    /* RFC 6891, 6.1.4: of the flags only DO is known, and copied (RFC 3225, 3); the others are 0. */
    rn_put16(out + 7, asked->is_do ? DO : 0);
    rn_put16(out + 9, (unsigned)length - RN_OPT_SIZE);
    if (form == RN_OPT_BARE)
        return;
    out += RN_OPT_SIZE;
    if (extras->has_keepalive)
        out = put_option(out, KEEPALIVE, extras->keepalive);
    if (form == RN_OPT_WITHOUT_TEXTS) {
        for (size_t at = 0; at + EDE_SIZE <= extras->ede_length; at = next_ede(extras, at))
            out = put_option(out, EDE, rn_get16(extras->ede + at + OPTION));
    } else if (extras->ede_length) {
        memcpy(out, extras->ede, extras->ede_length);
        out += extras->ede_length;
    }
    if (extras->has_stale)
        put_option(out, EDE, extras->stale_code);
}
