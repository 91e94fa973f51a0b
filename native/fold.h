/* SPDX-License-Identifier: Apache-2.0 */
/* Names in lower case (RFC 4343): ASCII letters only, eight octets at a time. */
#ifndef RN_FOLD_H
#define RN_FOLD_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Return eight octets with the letters among them in lower case; no octet carries into another. */
static inline uint64_t rn_fold_8(uint64_t octets)
{
    const uint64_t each = 0x0101010101010101u;
    uint64_t low = octets & 0x7F * each; /* so that the sums below stay within their octet */
    uint64_t from_a = low + (0x80 - 'A') * each;
    uint64_t above_z = low + (0x7F - 'Z') * each;
    uint64_t is_letter = ~octets & 0x80 * each & (from_a ^ above_z);
    return octets | is_letter >> 2;
}

/* Write a name in lower case to out (both borrowed, `length` octets each, apart or the same). A
 * length octet is below every letter, so wire form is folded as it is. */
static inline void rn_fold(uint8_t *out, const uint8_t *name, size_t length)
{
    uint64_t octets;
    size_t at = 0;
    for (; at + 8 <= length; at += 8) {
        memcpy(&octets, name + at, 8);
        octets = rn_fold_8(octets);
        memcpy(out + at, &octets, 8);
    }
    for (; at < length; at++)
        out[at] = (uint8_t)(name[at] >= 'A' && name[at] <= 'Z' ? name[at] | 0x20 : name[at]);
}

#endif
