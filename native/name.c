/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A name's wire form as text that libunbound reads back to the same octets.
 *
 * ub_resolve_event takes presentation form, and leaks its query record when it cannot parse it. So
 * every octet that is no letter or digit is written as \DDD (RFC 1035, 5.1), and no octet has a
 * meaning of its own in the text but our own dots.
 */
#include "name.h"

#include "native.h"

#include <stdbool.h>

static bool is_plain(uint8_t octet)
{
    return (octet >= 'a' && octet <= 'z') || (octet >= 'A' && octet <= 'Z') ||
           (octet >= '0' && octet <= '9');
}

static char digit(unsigned value)
{
    return (char)('0' + value % 10);
}

int rn_name_to_text(const uint8_t *name, size_t length, char *text)
{
    size_t at = 0;
    if (length == 0 || length > 255)
        return RN_ENAME;
    while (name[at] != 0) {
        size_t label_end = at + 1 + name[at];
        /* The label's end must leave room for the root label. */
        if (name[at] > 63 || label_end >= length)
            return RN_ENAME;
        for (at++; at < label_end; at++) {
            if (is_plain(name[at])) {
                *text++ = (char)name[at];
                continue;
            }
            *text++ = '\\';
            *text++ = digit(name[at] / 100U);
            *text++ = digit(name[at] / 10U);
            *text++ = digit(name[at]);
        }
        *text++ = '.';
    }
    if (at + 1 != length)
        return RN_ENAME;
    if (length == 1)
        *text++ = '.';
    *text = '\0';
    return RN_OK;
}
