/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a response says: resolver/classify.py, case by case, for images.
 *
 * Names are compared where they stand. At most MAX_ALIASES CNAMEs are followed, so that no message
 * costs more than so many looks at its answer section. Nothing is kept; any thread.
 */
#include "classify.h"

#include "asked.h"
#include "fold.h"

#include <string.h>

enum {
    NS = 2,
    CNAME = 5,
    SOA = 6,
    RRSIG = 46,
    IXFR = 251,
    AXFR = 252,
    ANY = 255,
    NOERROR = 0,
    SERVFAIL = 2,
    NXDOMAIN = 3,
    NOTIMP = 4,
    MAX_ALIASES = 32,
    LABELS_MAX = 127,
    LABEL_MAX = 63,
    RDATA = 6,      /* where it begins, from a record's TTL on */
    EXPIRATION = 8, /* and a signature's, in its RDATA */
    NOWHERE = 0
};

/* A name on its way: the offset of a label, NOWHERE once it turns out to be malformed. */
static unsigned follow(const struct rn_image *image, unsigned at)
{
    for (unsigned hops = 0; hops <= LABELS_MAX && at < image->wire_length; hops++) {
        unsigned octet = image->wire[at];
        if (octet <= LABEL_MAX)
            return at + 1 + octet <= image->wire_length ? at : NOWHERE;
        if (octet < 192 || at + 2 > image->wire_length)
            return NOWHERE;
        at = (octet & 63) << 8 | image->wire[at + 1];
    }
    return NOWHERE;
}

static bool is_same_text(const uint8_t *left, const uint8_t *right, unsigned length)
{
    uint8_t folded[2][LABEL_MAX + 1];
    if (memcmp(left, right, length) == 0)
        return true;
    rn_fold(folded[0], left, length);
    rn_fold(folded[1], right, length);
    return memcmp(folded[0], folded[1], length) == 0;
}

/* Whether two names of an image are equal, case aside. */
static bool is_same_name(const struct rn_image *image, unsigned left, unsigned right)
{
    for (unsigned labels = 0; labels <= LABELS_MAX; labels++) {
        left = follow(image, left);
        right = follow(image, right);
        if (left == NOWHERE || right == NOWHERE)
            return false;
        if (left == right)
            return true;
        unsigned length = image->wire[left];
        if (length != image->wire[right] ||
            !is_same_text(image->wire + left + 1, image->wire + right + 1, length))
            return false;
        if (length == 0)
            return true;
        left += 1 + length;
        right += 1 + length;
    }
    return false;
}

static unsigned answers_of(const struct rn_image *image)
{
    unsigned answers = rn_get16(image->wire + 6);
    return answers < image->count ? answers : image->count;
}

unsigned rn_image_qtype(const struct rn_image *image)
{
    unsigned at = RN_HEADER_SIZE;
    while (at < image->wire_length && image->wire[at] != 0 && image->wire[at] <= LABEL_MAX)
        at += 1u + image->wire[at];
    return at + 5 <= image->wire_length && image->wire[at] == 0 ? rn_get16(image->wire + at + 1)
                                                                : 0;
}

bool rn_image_has(const struct rn_image *image, int section, unsigned type)
{
    for (unsigned index = 0; index < image->count; index++)
        if (rn_place_section(image, index) == section && rn_place_type(image, index) == type)
            return true;
    return false;
}

bool rn_signatures_left_s(const struct rn_image *image, int64_t wall_s, int64_t *left_s)
{
    bool has_any = false;
    for (unsigned index = 0; index < image->count; index++) {
        unsigned at = image->places[index].ttl_offset + RDATA + EXPIRATION;
        if (rn_place_type(image, index) != RRSIG || at + 4 > rn_place_end(image, index))
            continue;
        /* RFC 4034, 3.1.5: serial number arithmetic */
        int32_t left = (int32_t)(rn_get32(image->wire + at) - (uint32_t)wall_s);
        *left_s = has_any && *left_s < left ? *left_s : left;
        has_any = true;
    }
    return has_any;
}

/* Set *name to where the name of a CNAME stands that is the last one of an owner, NOWHERE if there
 * is none. Return whether the owner has a record of the type. */
static bool step(const struct rn_image *image, unsigned qtype, unsigned *name)
{
    unsigned target = NOWHERE, answers = answers_of(image);
    for (unsigned index = 0; index < answers; index++) {
        unsigned type = rn_place_type(image, index),
                 rdata = image->places[index].ttl_offset + RDATA;
        if ((type != qtype && type != CNAME) ||
            !is_same_name(image, image->places[index].offset, *name))
            continue;
        if (type == qtype)
            return true;
        if (rdata < rn_place_end(image, index))
            target = rdata;
    }
    *name = target;
    return false;
}

bool rn_is_answered(const struct rn_image *image)
{
    unsigned qtype = rn_image_qtype(image), name = RN_HEADER_SIZE;
    if (qtype == ANY)
        return answers_of(image) > 0;
    for (int aliases = 0; aliases <= MAX_ALIASES && name != NOWHERE; aliases++)
        if (step(image, qtype, &name))
            return true;
    return false;
}

enum rn_kind rn_kind_of(const struct rn_image *image, bool is_do, int64_t wall_s)
{
    unsigned qtype = rn_image_qtype(image), rcode = image->rcode;
    int64_t left_s;
    if (qtype == AXFR || qtype == IXFR)
        return RN_META;
    if (is_do && rn_signatures_left_s(image, wall_s, &left_s) && left_s <= 0)
        return RN_OTHER_ERROR;
    if (answers_of(image) > 0) {
        if (rcode == NOERROR)
            return RN_NO_ERROR;
        if (rcode == NXDOMAIN)
            return RN_OTHER_ERROR;
    }
    if (rcode == NOERROR && rn_image_has(image, RN_AUTHORITY, SOA))
        return RN_NO_DATA;
    if (rcode == NXDOMAIN)
        return RN_NAME_ERROR;
    if (rcode == SERVFAIL || rcode == NOTIMP)
        return RN_SERVER_ERROR;
    if (rcode == NOERROR)
        return rn_image_has(image, RN_AUTHORITY, NS) ? RN_DELEGATION : RN_NO_ERROR;
    return RN_OTHER_ERROR;
}

enum rn_class rn_class_of_kind(enum rn_kind kind)
{
    switch (kind) {
    case RN_NO_ERROR:
    case RN_DELEGATION:
        return RN_SUCCESS;
    case RN_NO_DATA:
    case RN_NAME_ERROR:
        return RN_DENIAL;
    default:
        return RN_ERROR;
    }
}

enum rn_class rn_class_of(const struct rn_image *image)
{
    return rn_class_of_kind(rn_kind_of(image, false, 0));
}
