/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rendering: an image and what depends on the client, to the octets that are sent.
 *
 *     header: ID RD CD of the query, RA, AD | the question as it was sent | records, aged | OPT
 *
 * In the order in which a chain does it: first the TTLs (cache), then the order of the records
 * (loadbalance), then what depends on the client (resolver/render.py). What does not fit into the
 * client's limit is left out: texts of EDEs, all options, all records (TC). Nothing is kept; any
 * thread.
 */
#include "render.h"

#include "option.h"
#include "shuffle.h"

#include <string.h>

enum {
    AXFR = 252,
    IXFR = 251,
    KEEPALIVE = 11, /* RFC 7828 */
    NOERROR = 0,
    SERVFAIL = 2,
    NXDOMAIN = 3,
    OPCODE = 0x7800,
    STALE_ANSWER = 3,    /* RFC 8914, 4.4 */
    STALE_NXDOMAIN = 19, /* and 4.20 */
    QUESTION_FIXED = 4   /* octets of QTYPE and QCLASS */
};

static const uint32_t TTL_MAX = 0x7FFFFFFF; /* RFC 2181, 8 */

/* Return how long the response may be. */
static size_t limit_of(const struct rn_asked *asked, const struct rn_manner *manner)
{
    if (!manner->is_udp)
        return RN_MESSAGE_MAX;
    if (!asked->has_edns)
        return RN_UDP_SIZE_MIN;
    size_t theirs =
        asked->payload_size > RN_UDP_SIZE_MIN ? asked->payload_size : (size_t)RN_UDP_SIZE_MIN;
    return theirs < manner->payload_size ? theirs : manner->payload_size;
}

/* Return the flags that are there whatever the response is. */
static unsigned flags_of(const struct rn_asked *asked, const struct rn_manner *manner)
{
    unsigned flags = RN_QR | (asked->flags & RN_CD);
    if (manner->response_rd < 0)
        flags |= asked->flags & RN_RD;
    else if (manner->response_rd)
        flags |= RN_RD;
    return manner->recursion_available ? flags | RN_RA : flags;
}

/* Return whether the connection's idle time is told, to those who ask. */
static bool has_keepalive(const struct rn_asked *asked, const struct rn_manner *manner)
{
    if (!manner->keepalive)
        return false;
    for (unsigned i = 0; i < asked->option_count; i++)
        if (asked->options[i] == KEEPALIVE)
            return true;
    return false;
}

static void put_header(uint8_t *out, unsigned id, unsigned flags, bool has_question)
{
    rn_put16(out, id);
    rn_put16(out + 2, flags);
    memset(out + 4, 0, 8);
    out[5] = has_question;
}

/* Write the question as the client did; return the offset behind it. */
static size_t put_question(uint8_t *out, const struct rn_asked *asked)
{
    size_t length = (size_t)asked->qname_length + QUESTION_FIXED;
    memcpy(out + RN_HEADER_SIZE, asked->octets + RN_HEADER_SIZE, length);
    return RN_HEADER_SIZE + length;
}

/* Return whether a record of the additional section is as old as its TTL: it is to be left out. */
static bool has_ended(const struct rn_image *image, uint32_t seconds)
{
    unsigned index = rn_get16(image->wire + 6) + rn_get16(image->wire + 8);
    for (; index < image->count; index++)
        if (rn_get32(image->wire + image->places[index].ttl_offset) <= seconds)
            return true;
    return false;
}

/* Copy an image, its records aged and, if so, in another order. */
static void put_image(uint8_t *out, const struct rn_asked *asked, const struct rn_image *image,
                      struct rn_age age, bool is_shuffled, struct rn_random *random)
{
    size_t question_end = put_question(out, asked);
    if (is_shuffled) {
        rn_shuffle(image, age, random, out);
        return;
    }
    memcpy(out + question_end, image->wire + question_end, image->wire_length - question_end);
    if (age.ageing == RN_AS_KEPT)
        return;
    for (unsigned index = 0; index < image->count; index++) {
        unsigned at = image->places[index].ttl_offset;
        rn_put32(out + at, rn_age_ttl(age, rn_get32(image->wire + at)));
    }
}

/* Return the age with which TTLs need not be looked at again. */
static struct rn_age settle(struct rn_age age)
{
    if (age.ageing == RN_AGED && age.seconds == 0)
        age.ageing = RN_AS_KEPT;
    else if (age.ageing == RN_STALE && age.seconds > TTL_MAX)
        age.seconds = TTL_MAX;
    return age;
}

size_t rn_render(const struct rn_asked *asked, const struct rn_image *image,
                 const struct rn_manner *manner, struct rn_age age, struct rn_random *random,
                 uint8_t *out, size_t room)
{
    size_t question_end = RN_HEADER_SIZE + (size_t)asked->qname_length + QUESTION_FIXED;
    bool is_shuffled = manner->is_shuffled && image->rcode == NOERROR && image->count > 1 &&
                       image->order != RN_ORDER_KEPT && asked->qtype != AXFR &&
                       asked->qtype != IXFR;
    if (image->wire_length < question_end)
        return 0; /* not an image of this question */
    if (is_shuffled && image->order == RN_ORDER_WRITTEN)
        return 0;
    age = settle(age);
    if (age.ageing == RN_AGED && has_ended(image, age.seconds))
        return 0;
    if (image->rcode > 15 && !asked->has_edns) /* its upper bits are the OPT's */
        return rn_render_bare(asked, SERVFAIL, NULL, 0, manner, out);

    size_t limit = limit_of(asked, manner), length = image->wire_length, opt_length = 0;
    limit = limit < room ? limit : room;
    const struct rn_extras extras = {
        .ede = image->ede,
        .ede_length = image->ede_length,
        .has_stale = age.ageing == RN_STALE,
        .stale_code = image->rcode == NXDOMAIN ? STALE_NXDOMAIN : STALE_ANSWER,
        .has_keepalive = has_keepalive(asked, manner),
        .keepalive = manner->keepalive,
    };
    enum rn_opt_form form = RN_OPT_BARE;
    if (asked->has_edns)
        form = rn_opt_fit(&extras, (long)limit - (long)length, &opt_length);
    bool is_truncated = length + opt_length > limit;
    if (is_truncated) {
        length = question_end;
        if (asked->has_edns)
            form = rn_opt_fit(&extras, (long)limit - (long)length, &opt_length);
    }

    unsigned flags = flags_of(asked, manner) | (rn_get16(image->wire + 2) & (RN_AA | RN_TC)) |
                     (image->rcode & 15u);
    if (image->validation == RN_VALIDATION_SECURE && (asked->flags & RN_AD || asked->is_do))
        flags |= RN_AD;
    if (is_truncated) {
        put_header(out, asked->id, flags | RN_TC, true);
        put_question(out, asked);
    } else {
        memcpy(out, image->wire, RN_HEADER_SIZE);
        rn_put16(out, asked->id);
        rn_put16(out + 2, flags);
        put_image(out, asked, image, age, is_shuffled, random);
    }
    if (asked->has_edns) {
        rn_put16(out + 10, rn_get16(out + 10) + 1);
        rn_opt_put(out + length, asked, image->rcode, manner->payload_size, &extras, form,
                   opt_length);
    }
    return length + opt_length;
}

size_t rn_render_bare(const struct rn_asked *asked, unsigned rcode, const uint8_t *ede,
                      size_t ede_length, const struct rn_manner *manner, uint8_t *out)
{
    put_header(out, asked->id, flags_of(asked, manner) | (rcode & 15), true);
    size_t length = put_question(out, asked), opt_length;
    if (!asked->has_edns)
        return length;
    const struct rn_extras extras = {
        .ede = ede,
        .ede_length = ede_length,
        .has_keepalive = has_keepalive(asked, manner),
        .keepalive = manner->keepalive,
    };
    enum rn_opt_form form = rn_opt_fit(&extras, RN_UDP_SIZE_MIN - (long)length, &opt_length);
    out[11] = 1;
    rn_opt_put(out + length, asked, rcode, manner->payload_size, &extras, form, opt_length);
    return length + opt_length;
}

size_t rn_render_refusal(const struct rn_asked *asked, const struct rn_manner *manner, uint8_t *out)
{
    struct rn_manner plain = *manner; /* no chain was chosen: nothing of a block's is told */
    plain.response_rd = -1;
    plain.keepalive = 0;
    if (asked->has_question)
        return rn_render_bare(asked, asked->rcode, NULL, 0, &plain, out);
    unsigned copied = asked->flags & (OPCODE | RN_CD); /* RFC 8906, 3.1.3 */
    put_header(out, asked->id, flags_of(asked, &plain) | copied | (asked->rcode & 15u), false);
    return RN_HEADER_SIZE;
}
