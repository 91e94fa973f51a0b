/* SPDX-License-Identifier: Apache-2.0 */
/* What a stock keeps: responses of many shapes, as images. */
#include "stock.h"

#include "../plan.h"
#include "check.h"

#include <string.h>

enum { A = 1, NS = 2, CNAME = 5, SOA = 6, MX = 15, TXT = 16, AAAA = 28, RRSIG = 46, ANY = 255 };
enum { ROOM = 4096 };

static const uint8_t ORG[] = "\7example\3org";

/* Records of one type that a shape has. */
struct some {
    uint8_t section;
    uint8_t count;
    uint16_t type;
    uint32_t ttl;
};

struct shape {
    const char *label;
    uint16_t qtype;
    uint8_t rcode;
    uint8_t validation;
    bool is_recursive;
    struct some records[4];
};

static const struct shape SHAPES[] = {
    {"www", A, 0, 0, false, {{1, 1, A, 300}}},
    {"four", A, 0, 2, true, {{1, 4, A, 300}}},
    {"secure", A, 0, 1, true, {{1, 2, A, 60}, {1, 1, RRSIG, 60}, {2, 2, NS, 900}, {3, 2, A, 5}}},
    {"mail", MX, 0, 0, false, {{1, 4, MX, 300}, {3, 4, A, 20}}},
    {"alias", A, 0, 1, true, {{1, 1, CNAME, 30}, {1, 3, A, 300}}},
    {"text", TXT, 0, 0, false, {{1, 12, TXT, 300}, {2, 1, SOA, 300}}},
    {"any", ANY, 0, 2, true, {{1, 3, A, 10}, {1, 3, MX, 10}, {1, 2, AAAA, 10}}},
    {"nowhere", A, 3, 0, false, {{2, 1, SOA, 60}}},
    {"denied", A, 3, 1, true, {{2, 1, SOA, 60}, {2, 1, RRSIG, 60}}},
    {"nodata", AAAA, 0, 2, true, {{2, 1, SOA, 60}}},
    {"bogus", A, 0, 3, true, {{1, 1, A, 300}}},
    {"fail", A, 2, 0, false, {{0}}},
    {"filtered", A, 0, 0, false, {{1, 1, A, 300}}},
};

static size_t put_label(uint8_t *out, const char *label)
{
    out[0] = (uint8_t)strlen(label);
    memcpy(out + 1, label, out[0]);
    return 1u + out[0];
}

size_t stock_query(uint8_t *out, const char *label, unsigned qtype, unsigned id)
{
    memset(out, 0, RN_HEADER_SIZE);
    rn_put16(out, id);
    rn_put16(out + 2, RN_RD);
    out[5] = 1;
    size_t at = RN_HEADER_SIZE + put_label(out + RN_HEADER_SIZE, label);
    memcpy(out + at, ORG, sizeof ORG);
    rn_put16(out + at + sizeof ORG, qtype);
    rn_put16(out + at + sizeof ORG + 2, 1);
    return at + sizeof ORG + 4;
}

/* Write the RDATA of record `number`; `apex` is a pointer to example.org. */
static size_t put_rdata(uint8_t *out, unsigned type, unsigned number, unsigned apex)
{
    size_t at = type == MX ? 2 : 0;
    memset(out, 0, 256);
    switch (type) {
    case A:
        memcpy(out, "\300\0\2", 3);
        out[3] = (uint8_t)number;
        return 4;
    case AAAA:
        out[0] = 0x20;
        out[15] = (uint8_t)number;
        return 16;
    case TXT:
        out[0] = 199;
        out[1] = (uint8_t)('a' + number);
        return 200;
    case RRSIG:
        memcpy(out, "\0\1\15\3\0\0\1\54\377\377\0\0\100\0\0\0\0\1\7example\3org", 18 + sizeof ORG);
        return 18 + sizeof ORG + 64;
    default:
        out[at] = 2;
        out[at + 1] = 'n';
        out[at + 2] = (uint8_t)('a' + number);
        rn_put16(out + at + 3, apex);
        if (type != SOA)
            return at + 5;
        rn_put16(out + 5, apex);
        rn_put32(out + 7 + 16, 60);
        return 7 + 20;
    }
}

/* Write the response that a shape is, as a server sends it; return its length. */
static size_t put_response(uint8_t *out, const struct shape *shape)
{
    size_t at = stock_query(out, shape->label, shape->qtype, 0);
    unsigned apex = 0xC000u + RN_HEADER_SIZE + 1 + (unsigned)strlen(shape->label), owner = 0xC00C;
    rn_put16(out + 2, RN_QR | shape->rcode);
    for (const struct some *some = shape->records; some < shape->records + 4; some++) {
        for (unsigned i = 0; i < some->count; i++) {
            uint8_t *counted = out + 4 + 2 * some->section;
            if (some->section == RN_ANSWER) {
                rn_put16(out + at, owner);
                at += 2;
            } else if (some->section == RN_AUTHORITY) {
                rn_put16(out + at, apex);
                at += 2;
            } else { /* as put_rdata names them */
                out[at] = 2;
                out[at + 1] = 'n';
                out[at + 2] = (uint8_t)('a' + i);
                rn_put16(out + at + 3, apex);
                at += 5;
            }
            rn_put16(out + at, some->type);
            rn_put16(out + at + 2, 1);
            rn_put32(out + at + 4, some->ttl);
            size_t size = put_rdata(out + at + 10, some->type, i, apex);
            rn_put16(out + at + 8, (unsigned)size);
            if (some->type == CNAME)
                owner = 0xC000u + (unsigned)at + 10;
            at += 10 + size;
            rn_put16(counted, rn_get16(counted) + 1);
        }
    }
    CHECK(at <= ROOM - 300);
    return at;
}

/* Make the images of a shape, one for each pair of DO and CD. */
static void make_images(struct stock *stock, const struct shape *shape, struct stocked *made)
{
    uint8_t response[ROOM];
    size_t length = put_response(response, shape);
    for (unsigned variant = 0; variant < 4; variant++, made++) {
        struct rn_image *image = &made->image;
        CHECK(rn_normalise(stock->workshop, response, length, STOCK_WALL_S,
                           variant & 1 ? 0 : RN_WITHOUT_DNSSEC,
                           image) == RN_OK);
        image->rcode = shape->rcode;
        image->validation = shape->validation;
        image->is_recursive = shape->is_recursive;
        if (shape->validation == RN_VALIDATION_BOGUS)
            rn_image_tell(stock->workshop, image, 6, "so it is", 8);
        made->wire = malloc(image->wire_length + image->count * sizeof *image->places +
                            image->ede_length);
        CHECK(made->wire);
        /* What lends from the workshop is kept in one piece: places, octets, EDE. */
        size_t places = image->count * sizeof *image->places;
        memcpy(made->wire, image->places, places);
        memcpy(made->wire + places, image->wire, image->wire_length);
        if (image->ede_length)
            memcpy(made->wire + places + image->wire_length, image->ede, image->ede_length);
        image->places = (const void *)made->wire;
        image->wire = made->wire + places;
        image->ede = image->wire + image->wire_length;
        made->key = (struct rn_key){
            .qname = image->wire + RN_HEADER_SIZE,
            .qname_length =
                (uint8_t)rn_name_length(image->wire + RN_HEADER_SIZE, RN_NAME_SIZE),
            .is_do = variant & 1,
            .is_cd = variant & 2,
            .qtype = shape->qtype,
            .qclass = 1,
        };
    }
}

void stock_make_images(struct stock *stock)
{
    _Static_assert(STOCK_IMAGES == 4 * sizeof SHAPES / sizeof SHAPES[0], "four of each");
    for (size_t i = 0; i < sizeof SHAPES / sizeof SHAPES[0]; i++)
        make_images(stock, &SHAPES[i], &stock->images[4 * i]);
}
