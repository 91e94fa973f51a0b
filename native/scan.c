/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads what is to be stored: a message in normal form (image.h) as Python or a file gives it.
 *
 * Every octet is read behind a check of the length. Names are passed over, not followed: a pointer
 * has to lead backwards and behind the header. Nothing is kept; any thread.
 */
#include "scan.h"

#include "native.h"

#include <string.h>

enum { HEADER = 12, QR = 0x8000, AA = 0x0400, TC = 0x0200, RCODE = 0x000f, OPT = 41, EDE = 15 };

/* Return the octet behind the name at `at`, 0: it does not end. is_plain: pointers are refused. */
static size_t name_end(const uint8_t *wire, size_t length, size_t at, bool is_plain)
{
    size_t first = at;
    while (at < length && at - first < 255) {
        unsigned label = wire[at];
        if (label == 0)
            return at + 1;
        if (label >= 0xc0) {
            if (is_plain || at + 2 > length)
                return 0;
            size_t target = rn_get16(wire + at) & 0x3fff;
            return target >= HEADER && target < first ? at + 2 : 0;
        }
        if (label > 63)
            return 0;
        at += 1 + label;
    }
    return 0;
}

static bool read_question(struct rn_scanned *scanned, const uint8_t *wire, size_t length)
{
    size_t end = name_end(wire, length, HEADER, true);
    if (end == 0 || end - HEADER > 255 || end + 4 > length)
        return false;
    for (size_t at = HEADER; at < end; at++)
        if (wire[at] >= 'A' && wire[at] <= 'Z') /* no length is that high */
            return false;
    scanned->qname_length = (uint8_t)(end - HEADER);
    scanned->qtype = (uint16_t)rn_get16(wire + end);
    scanned->qclass = (uint16_t)rn_get16(wire + end + 2);
    return true;
}

bool rn_scan(struct rn_scanned *scanned, const uint8_t *wire, size_t length)
{
    if (length < HEADER || length > 65535 || rn_get16(wire) != 0 || rn_get16(wire + 4) != 1 ||
        (rn_get16(wire + 2) & ~(unsigned)(QR | AA | TC | RCODE)) != 0 ||
        !read_question(scanned, wire, length))
        return false;
    size_t count = rn_get16(wire + 6) + rn_get16(wire + 8) + rn_get16(wire + 10);
    size_t at = (size_t)HEADER + scanned->qname_length + 4;
    if (count > RN_RECORDS_MAX)
        return false;
    for (size_t i = 0; i < count; i++) {
        size_t behind = name_end(wire, length, at, false);
        if (behind == 0 || behind + 10 > length || rn_get16(wire + behind) == OPT)
            return false;
        scanned->places[i] = (struct rn_place){(uint16_t)at, (uint16_t)(behind + 4)};
        at = behind + 10 + rn_get16(wire + behind + 8);
        if (at > length)
            return false;
    }
    scanned->count = (uint16_t)count;
    return at == length;
}

bool rn_scan_ede(const uint8_t *ede, size_t length)
{
    size_t at = 0;
    while (at + 6 <= length && rn_get16(ede + at) == EDE && rn_get16(ede + at + 2) >= 2)
        at += 4 + rn_get16(ede + at + 2);
    return at == length;
}

void rn_rrs_of(const struct rn_image *image, struct rn_rr *rrs)
{
    for (unsigned index = 0; index < image->count; index++)
        rrs[index] = (struct rn_rr){
            .section = (uint16_t)rn_place_section(image, index),
            .rtype = (uint16_t)rn_place_type(image, index),
            .offset = image->places[index].offset,
            .ttl_offset = image->places[index].ttl_offset,
            .end = (uint16_t)rn_place_end(image, index),
        };
}
