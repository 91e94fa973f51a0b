/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A client's query, read: the first thing that anybody's octets meet.
 *
 *     header | QNAME QTYPE QCLASS | at most one, one and two records, of which one may be OPT
 *
 * Only the question and the OPT record are looked into; other records are stepped over. Every access
 * is checked against the message's length, so no octets cost more than that. Nothing is kept; any
 * thread. The rules are those of resolver/query.py, and the tests hold both against each other.
 */
#include "asked.h"

#include "fold.h"
#include "image.h"

enum {
    OPCODE = 0x7800,
    LABEL_MAX = 63,
    NAME_MAX_OCTETS = 255,
    POINTER = 0xC0,
    FIXED = 10, /* octets from a record's TYPE to its RDLENGTH */
    OPT = 41,
    DO = 0x8000,
    FORMERR = 1,
    NOTIMP = 4,
    BADVERS = 16
};

/* A number of octets that no message has: what was to be read is malformed. */
static const size_t MALFORMED = SIZE_MAX;

/* Return the offset behind the QNAME; there is nothing that it could point at. */
static size_t read_qname(struct rn_asked *asked, const uint8_t *octets, size_t length)
{
    size_t at = RN_HEADER_SIZE;
    while (at < length) {
        unsigned octet = octets[at++];
        if (octet == 0) {
            size_t size = at - RN_HEADER_SIZE;
            if (size > NAME_MAX_OCTETS)
                break;
            asked->qname_length = (uint8_t)size;
            rn_fold(asked->qname, octets + RN_HEADER_SIZE, size);
            return at;
        }
        if (octet > LABEL_MAX)
            break;
        at += octet;
    }
    return MALFORMED;
}

/* Return the offset behind an owner name; a pointer ends it, and is not followed. */
static size_t skip_name(const uint8_t *octets, size_t length, size_t at)
{
    while (at < length) {
        unsigned octet = octets[at];
        if (octet == 0)
            return at + 1;
        if (octet >= POINTER)
            return at + 2;
        if (octet > LABEL_MAX)
            break;
        at += 1 + octet;
    }
    return MALFORMED;
}

static bool read_options(struct rn_asked *asked, const uint8_t *octets, size_t at, size_t end)
{
    asked->options_at = (uint16_t)at;
    asked->options_length = (uint16_t)(end - at);
    while (at < end) {
        if (at + 4 > end || asked->option_count == RN_OPTIONS_MAX)
            return false;
        asked->options[asked->option_count++] = (uint16_t)rn_get16(octets + at);
        at += 4 + rn_get16(octets + at + 2);
    }
    return at == end;
}

/* Read what the OPT record says, if there is one among the records that begin at `at`. */
static bool find_edns(struct rn_asked *asked, const uint8_t *octets, size_t length, size_t at,
                      unsigned before, unsigned additional)
{
    for (unsigned index = 0; index < before + additional; index++) {
        size_t owner = at;
        at = skip_name(octets, length, at);
        if (at == MALFORMED || at + FIXED > length)
            return false;
        const uint8_t *fixed = octets + at;
        size_t end = at + FIXED + rn_get16(fixed + 8);
        if (end > length)
            return false;
        if (rn_get16(fixed) == OPT) {
            /* RFC 6891, 6.1.1: one, in the additional section, at the root. */
            if (asked->has_edns || index < before || octets[owner] != 0)
                return false;
            asked->has_edns = true;
            asked->payload_size = (uint16_t)rn_get16(fixed + 2);
            asked->version = fixed[5];
            asked->edns_flags = (uint16_t)rn_get16(fixed + 6);
            /* RFC 6891, 6.1.3: only version 0's form of the options is known. */
            if (asked->version == 0 && !read_options(asked, octets, at + FIXED, end))
                return false;
        }
        at = end;
    }
    asked->is_do = (asked->edns_flags & DO) != 0;
    return true;
}

static void forget(struct rn_asked *asked)
{
    asked->qtype = asked->qclass = asked->rcode = 0;
    asked->payload_size = asked->edns_flags = 0;
    asked->options_at = asked->options_length = 0;
    asked->version = asked->option_count = asked->qname_length = 0;
    asked->has_question = asked->has_edns = asked->is_do = false;
}

static enum rn_reading refuse(struct rn_asked *asked, uint16_t rcode)
{
    forget(asked);
    asked->rcode = rcode;
    return RN_READ_REFUSAL;
}

/*
 * In this order: what must not be answered, or answers could go round for ever; NOTIMP for any opcode
 * but QUERY; FORMERR for what is malformed, has a QDCOUNT other than 1 (RFC 9619) or more records
 * than queries have; BADVERS for an EDNS version above 0 (RFC 6891, 6.1.3).
 */
enum rn_reading rn_asked_read(struct rn_asked *asked, const uint8_t *octets, size_t length)
{
    asked->octets = octets;
    if (length < RN_HEADER_SIZE || length > RN_MESSAGE_MAX)
        return RN_READ_NOTHING;
    asked->length = (uint16_t)length;
    asked->id = (uint16_t)rn_get16(octets);
    asked->flags = (uint16_t)rn_get16(octets + 2);
    if (asked->flags & RN_QR)
        return RN_READ_NOTHING;
    if (asked->flags & OPCODE)
        return refuse(asked, NOTIMP);
    unsigned answers = rn_get16(octets + 6), authority = rn_get16(octets + 8);
    unsigned additional = rn_get16(octets + 10);
    if (rn_get16(octets + 4) != 1 || answers > 1 || authority > 1 || additional > 2)
        return refuse(asked, FORMERR);
    forget(asked);
    size_t at = read_qname(asked, octets, length);
    if (at == MALFORMED || at + 4 > length)
        return refuse(asked, FORMERR);
    asked->qtype = (uint16_t)rn_get16(octets + at);
    asked->qclass = (uint16_t)rn_get16(octets + at + 2);
    if ((answers | authority | additional) &&
        !find_edns(asked, octets, length, at + 4, answers + authority, additional))
        return refuse(asked, FORMERR);
    asked->has_question = true;
    if (asked->version == 0)
        return RN_READ_QUERY;
    asked->rcode = BADVERS;
    return RN_READ_REFUSAL;
}
