/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A message of libunbound to an image: Response.from_wire of resolver/response.py, octet by octet.
 *
 *     message -> labels (names) -> rrsets (TTLs) -> compose (octets) -> the image, which lends from
 * here
 *
 * One pass: each record is read, written, and its place noted with the number of its RRset; the
 * TTLs are put in at the end. A workshop has room for the largest message (2 MiB of address space,
 * of which a usual message touches a few pages), so that nothing is allocated, and no message costs
 * more than its length. It belongs to one thread.
 */
#include "normal.h"

#include "asked.h"
#include "fold.h"
#include "native.h"
#include "render.h"
#include "workshop.h"

#include <stdlib.h>
#include <sys/random.h>

enum { OPT = 41, RRSIG = 46, NSEC = 47, NSEC3 = 50, ANY = 255, FIXED = 10, QUESTION_FIXED = 4 };
enum { SIGNATURE_HEAD = 18 }; /* octets of an RRSIG's RDATA up to the signer's name */

_Static_assert((int)RN_PLACES_MAX <= (int)RN_RRSETS_MAX, "each record may be an RRset");

struct rn_workshop *rn_workshop_new(void)
{
    struct rn_workshop *workshop = calloc(1, sizeof *workshop);
    uint64_t secret[4];
    if (!workshop)
        return NULL;
    if (getrandom(secret, sizeof secret, 0) != sizeof secret) {
        free(workshop);
        return NULL;
    }
    workshop->labels.seed = secret[0];
    workshop->labels.factor = secret[1] | 1;
    workshop->rrsets.seed = secret[2];
    workshop->rrsets.factor = secret[3] | 1;
    return workshop;
}

void rn_workshop_free(struct rn_workshop *workshop)
{
    free(workshop);
}

/* Whether a record answers nobody who did not set DO (RFC 4035, 3.1), unless the QTYPE asks for it.
 */
static bool is_dnssec(unsigned type, int section, unsigned qtype)
{
    return (type == RRSIG || type == NSEC || type == NSEC3) && qtype != ANY &&
           !(section == RN_ANSWER && type == qtype);
}

/* Whether `minimal` leaves a record out of an answer: all behind the answer section, but for what
 * proves that a wildcard made it (RFC 4035, 3.1.3.3). */
static bool is_rest(unsigned rrset, int section)
{
    return section != RN_ANSWER && !(section == RN_AUTHORITY && (rrset == NSEC || rrset == NSEC3));
}

/*
 * Return how long a record may live: a TTL above 2^31-1 counts as 0 (RFC 2181, 8), and a signature
 * that is still valid caps it by its original TTL and by the time it has left (RFC 4035, 5.3.3; in
 * serial number arithmetic, RFC 4034, 3.1.5). One that has ended caps nothing.
 */
static uint32_t ttl_of(const uint8_t *fixed, unsigned type, int64_t wall_s)
{
    uint32_t ttl = rn_get32(fixed + 4);
    ttl = ttl > INT32_MAX ? 0 : ttl;
    if (type == RRSIG && rn_get16(fixed + 8) >= SIGNATURE_HEAD) {
        const uint8_t *rdata = fixed + FIXED;
        uint32_t original = rn_get32(rdata + 4), left = rn_get32(rdata + 8) - (uint32_t)wall_s;
        if (left > 0 && left <= INT32_MAX) {
            ttl = original < ttl ? original : ttl;
            ttl = left < ttl ? left : ttl;
        }
    }
    return ttl;
}

/* Return the type that a record's RRset has: an RRSIG's is the one that it covers. */
static unsigned rrset_type(const uint8_t *fixed, unsigned type)
{
    if (type != RRSIG)
        return type;
    return rn_get16(fixed + 8) >= 2 ? rn_get16(fixed + FIXED) : 0;
}

/* Write the header and the question; set where the records begin, there and here. */
static bool put_question(struct rn_workshop *workshop, size_t *at, size_t *to)
{
    struct rn_labels *labels = &workshop->labels;
    const uint8_t *octets = labels->octets;
    uint8_t *out = workshop->out;
    uint16_t node;
    if (rn_get16(octets + 4) != 1 || !rn_labels_read(labels, RN_HEADER_SIZE, &node, at) ||
        *at + QUESTION_FIXED > labels->length)
        return false;
    memset(out, 0, RN_HEADER_SIZE);
    rn_put16(out + 2, RN_QR | (octets[3] & 15u));
    out[5] = 1;
    *to = rn_labels_write(labels, RN_HEADER_SIZE, out, RN_HEADER_SIZE, true);
    rn_fold(out + RN_HEADER_SIZE, out + RN_HEADER_SIZE, *to - RN_HEADER_SIZE);
    memcpy(out + *to, octets + *at, QUESTION_FIXED);
    *at += QUESTION_FIXED;
    *to += QUESTION_FIXED;
    return true;
}

/* Read where the record at `at` stands. OPT records' owners are not looked at. */
static bool read_record(struct rn_labels *labels, size_t at, struct rn_raw *raw, uint16_t *node)
{
    raw->owner = at;
    if (!rn_labels_skip(labels, at, &raw->fixed) || raw->fixed + FIXED > labels->length)
        return false;
    const uint8_t *fixed = labels->octets + raw->fixed;
    raw->type = rn_get16(fixed);
    raw->end = raw->fixed + FIXED + rn_get16(fixed + 8);
    if (raw->end > labels->length)
        return false;
    return raw->type == OPT || rn_labels_read(labels, at, node, &raw->fixed);
}

/* Write the records of one section; return how many, or -1 if one is malformed or does not fit. */
static long put_section(struct rn_workshop *workshop, int section, size_t *at, size_t *to,
                        unsigned *count, unsigned without, unsigned qtype, int64_t wall_s)
{
    struct rn_labels *labels = &workshop->labels;
    unsigned first = *count;
    for (unsigned records = rn_get16(labels->octets + 4 + 2 * section); records > 0; records--) {
        struct rn_raw raw;
        uint16_t node;
        size_t ttl_offset;
        if (!read_record(labels, *at, &raw, &node))
            return -1;
        *at = raw.end;
        if (raw.type == OPT)
            continue;
        const uint8_t *fixed = labels->octets + raw.fixed;
        unsigned type = rrset_type(fixed, raw.type);
        uint16_t rrset = rn_rrsets_add(&workshop->rrsets, (unsigned)section, node, type,
                                       ttl_of(fixed, raw.type, wall_s));
        if ((without & RN_WITHOUT_DNSSEC && is_dnssec(raw.type, section, qtype)) ||
            (without & RN_WITHOUT_REST && is_rest(type, section)))
            continue;
        workshop->places[*count].offset = (uint16_t)*to;
        if (!rn_compose_record(labels, &raw, workshop->out, to, &ttl_offset))
            return -1;
        workshop->places[*count].ttl_offset = (uint16_t)ttl_offset;
        workshop->rrset_of[*count] = rrset;
        ++*count;
    }
    return (long)(*count - first);
}

static void lend(struct rn_workshop *workshop, size_t length, unsigned count, unsigned rcode,
                 struct rn_image *image)
{
    *image = (struct rn_image){
        .wire = workshop->out,
        .places = workshop->places,
        .wire_length = (uint16_t)length,
        .count = (uint16_t)count,
        .rcode = (uint16_t)rcode,
    };
    image->order = (uint8_t)rn_order_of(image);
}

int rn_normalise(struct rn_workshop *workshop, const uint8_t *octets, size_t length, int64_t wall_s,
                 unsigned without, struct rn_image *image)
{
    size_t at, to;
    unsigned count = 0, records = 0;
    if (length < RN_HEADER_SIZE || length > RN_MESSAGE_MAX)
        return RN_EWIRE;
    rn_labels_begin(&workshop->labels, octets, length);
    workshop->labels.octets[2] &= (uint8_t)~((RN_AA | RN_TC) >> 8); /* a name may run through it */
    for (int section = RN_ANSWER; section <= RN_ADDITIONAL; section++)
        records += rn_get16(octets + 4 + 2 * section);
    if (records > RN_PLACES_MAX || !put_question(workshop, &at, &to))
        return RN_EWIRE; /* so many do not fit into a message */
    rn_rrsets_begin(&workshop->rrsets, records);
    unsigned qtype = rn_get16(workshop->out + to - QUESTION_FIXED);
    for (int section = RN_ANSWER; section <= RN_ADDITIONAL; section++) {
        long put = put_section(workshop, section, &at, &to, &count, without, qtype, wall_s);
        if (put < 0)
            return RN_EWIRE;
        rn_put16(workshop->out + 4 + 2 * section, (unsigned)put);
    }
    for (unsigned index = 0; index < count; index++)
        rn_put32(workshop->out + workshop->places[index].ttl_offset,
                 workshop->rrsets.rrsets[workshop->rrset_of[index]].ttl);
    lend(workshop, to, count, octets[3] & 15u, image);
    return RN_OK;
}

void rn_empty_image(struct rn_workshop *workshop, const uint8_t *qname, size_t qname_length,
                    unsigned qtype, unsigned qclass, unsigned rcode, struct rn_image *image)
{
    uint8_t *out = workshop->out;
    size_t to = RN_HEADER_SIZE + qname_length;
    memset(out, 0, RN_HEADER_SIZE);
    rn_put16(out + 2, RN_QR | (rcode & 15));
    out[5] = 1;
    memcpy(out + RN_HEADER_SIZE, qname, qname_length);
    rn_put16(out + to, qtype);
    rn_put16(out + to + 2, qclass);
    lend(workshop, to + QUESTION_FIXED, 0, rcode, image);
}
