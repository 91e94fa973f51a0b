/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What libunbound said, as an image for clients with one pair of DO and CD: Unbound._variant of
 * plugins/unbound/unbound.py, octet by octet.
 *
 *     no message             SERVFAIL, with why as far as libunbound tells
 *     bogus, without CD      SERVFAIL (RFC 4035, 5.5), with what libunbound found wrong
 *     data                   with DNSSEC records for DO only (RFC 4035, 3.1); as small as
 *                            plugins/minimal makes answers, if the block has that
 *
 * Nothing is kept but in the workshop, whose thread's this is.
 */
#define _GNU_SOURCE /* memmem */
#include "variant.h"

#include "classify.h"
#include "workshop.h"

#include <string.h>

enum {
    SERVFAIL = 2,
    EDE = 15, /* the EDNS option of RFC 8914 */
    OTHER = 0,
    DNSSEC_BOGUS = 6,
    NO_REACHABLE_AUTHORITY = 22
};

static const char ratelimited[] = "too many queries to the servers of this zone";

void rn_image_tell(struct rn_workshop *workshop, struct rn_image *image, unsigned code,
                   const char *text, size_t length)
{
    uint8_t *ede = workshop->ede;
    length = length < RN_EDE_TEXT_MAX ? length : (size_t)RN_EDE_TEXT_MAX;
    rn_put16(ede, EDE);
    rn_put16(ede + 2, (unsigned)(2 + length));
    rn_put16(ede + 4, code);
    for (size_t i = 0; i < length; i++)
        ede[RN_EDE_HEAD + i] = (uint8_t)(text[i] >= ' ' && text[i] <= '~' ? text[i] : '?');
    image->ede = ede;
    image->ede_length = (uint16_t)(RN_EDE_HEAD + length);
}

/* Return the code for what was told already. */
static unsigned code_of(const struct rn_image *image, const struct rn_bogus_table *table)
{
    size_t length = (size_t)image->ede_length - RN_EDE_HEAD;
    for (size_t i = 0; table && i < table->count; i++)
        if (memmem(image->ede + RN_EDE_HEAD, length, table->texts[i].text, table->texts[i].length))
            return table->texts[i].code;
    return DNSSEC_BOGUS;
}

static void make_failure(struct rn_workshop *workshop, const struct rn_result *result,
                         const char *why_bogus, const struct rn_bogus_table *table,
                         const struct rn_key *question, struct rn_image *image)
{
    rn_empty_image(workshop, question->qname, question->qname_length, question->qtype,
                   question->qclass, SERVFAIL, image);
    if (result->ratelimited) {
        rn_image_tell(workshop, image, OTHER, ratelimited, sizeof ratelimited - 1);
    } else if (result->security == RN_BOGUS) {
        rn_image_tell(workshop, image, DNSSEC_BOGUS, why_bogus, result->text_length);
        rn_put16(workshop->ede + 4, code_of(image, table));
        image->validation = RN_VALIDATION_BOGUS;
    } else {
        rn_image_tell(workshop, image, NO_REACHABLE_AUTHORITY, NULL, 0);
    }
}

static enum rn_validation validation_of(const struct rn_result *result)
{
    if (result->security == RN_BOGUS)
        return RN_VALIDATION_BOGUS;
    return result->security == RN_SECURE ? RN_VALIDATION_SECURE : RN_VALIDATION_INSECURE;
}

/* Make the image of data. */
static int make_data(struct rn_workshop *workshop, const uint8_t *wire, size_t length, bool is_do,
                     bool is_minimal, int64_t wall_s, struct rn_image *image)
{
    unsigned without = is_do ? 0 : RN_WITHOUT_DNSSEC;
    int status = rn_normalise(workshop, wire, length, wall_s, without, image);
    if (status == RN_OK && is_minimal && image->count > rn_get16(image->wire + 6) &&
        rn_kind_of(image, false, 0) == RN_NO_ERROR)
        status = rn_normalise(workshop, wire, length, wall_s, without | RN_WITHOUT_REST, image);
    return status;
}

int rn_variant(struct rn_workshop *workshop, const struct rn_result *result, const uint8_t *wire,
               const char *why_bogus, const struct rn_bogus_table *table,
               const struct rn_key *question, bool is_minimal, int64_t wall_s,
               struct rn_image *image, uint8_t **writable)
{
    if (result->wire_length == 0 || (result->security == RN_BOGUS && !question->is_cd)) {
        make_failure(workshop, result, why_bogus, table, question, image);
    } else {
        int status = make_data(workshop, wire, result->wire_length, question->is_do, is_minimal,
                               wall_s, image);
        if (status != RN_OK)
            return status;
        image->validation = (uint8_t)validation_of(result);
    }
    image->is_recursive = true;
    image->context = result->context;
    *writable = workshop->out;
    return RN_OK;
}
