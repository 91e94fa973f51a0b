/* SPDX-License-Identifier: Apache-2.0 */
/* Messages become images: exact octets of a few, bounds, damage, and what failures look like. */
#include "../normal.h"

#include "../native.h"
#include "../variant.h"
#include "check.h"
#include "message.h"
#include "tests.h"

#include <string.h>

#define WWW "\3www\7example\3org\0"
#define HEAD(flags, counts, qname) "\0\0" flags "\0\1" counts qname "\0\1\0\1"
#define A(owner, ttl) owner "\0\1\0\1" ttl "\0\4\xC0\0\2\1"
#define MINUTE "\0\0\0\x3C"
#define HOUR "\0\0\x0E\x10"
#define SIGNATURE(owner, ends)                                                                     \
    owner "\0\x2E\0\1" HOUR "\0\x16\0\1\5\3" MINUTE ends "\0\0\0\0\0\1\0XYZ"
#define OPT "\0\0\x29\4\xD0\0\0\x80\0\0\0"

enum { WALL_S = 1000000 };

#define CASE(name, dnssec, message, image)                                                         \
    {                                                                                              \
        name, message, image, sizeof message - 1, sizeof image - 1, dnssec                         \
    }

static const struct {
    const char *name, *message, *image;
    size_t message_length, image_length;
    bool has_dnssec;
} cases[] = {
    CASE("flags, case and OPT", true,
         HEAD("\x87\xB3", "\0\1\0\0\0\1", "\3WWW\7Example\3org\0") A("\xC0\x0C", MINUTE) OPT,
         HEAD("\x80\x03", "\0\1\0\0\0\0", WWW) A("\xC0\x0C", MINUTE)),
    CASE("one TTL, names compressed", true,
         HEAD("\x80\0", "\0\2\0\0\0\0", WWW) A(WWW, HOUR) A("\3WWW\xC0\x10", MINUTE),
         HEAD("\x80\0", "\0\2\0\0\0\0", WWW) A("\xC0\x0C", MINUTE) A("\xC0\x0C", MINUTE)),
    CASE("a signature caps", true,
         HEAD("\x80\0", "\0\2\0\0\0\0", WWW) A("\xC0\x0C", HOUR)
             SIGNATURE("\xC0\x0C", "\0\x0F\x42\x50"),
         HEAD("\x80\0", "\0\2\0\0\0\0", WWW)
             A("\xC0\x0C", "\0\0\0\x10") "\xC0\x0C\0\x2E\0\1\0\0\0\x10\0\x16\0\1\5\3" MINUTE
                                         "\0\x0F\x42\x50\0\0\0\0\0\1\0XYZ"),
    CASE("one that has ended does not", false,
         HEAD("\x80\0", "\0\2\0\0\0\0", WWW) A("\xC0\x0C", HOUR)
             SIGNATURE("\xC0\x0C", "\0\x0F\x42\x40"),
         HEAD("\x80\0", "\0\1\0\0\0\0", WWW) A("\xC0\x0C", HOUR)),
    CASE("nothing points at what moves", true,
         HEAD("\x80\0", "\0\1\0\1\0\0", "\1a\0") A("\1b\0", MINUTE) "\1b\0\0\2\0\1" MINUTE
                                                                    "\0\3\1a\0",
         HEAD("\x80\0", "\0\1\0\1\0\0", "\1a\0") A("\1b\0", MINUTE) "\1b\0\0\2\0\1" MINUTE
                                                                    "\0\2\xC0\x0C"),
    CASE("SRV is written whole", true,
         HEAD("\x80\0", "\0\1\0\0\0\0",
              WWW) "\xC0\x10\0\x21\0\1\xFF\xFF\xFF\xFF\0\x08sixsix\xC0\x0C",
         HEAD("\x80\0", "\0\1\0\0\0\0", WWW) "\xC0\x10\0\x21\0\1\0\0\0\0\0\x17sixsix" WWW),
};

/* Normalise a copy of just its length. */
static int normalise(struct rn_workshop *workshop, const void *octets, size_t length,
                     bool has_dnssec, struct rn_image *image)
{
    uint8_t *copy = malloc(length ? length : 1);
    CHECK(copy);
    memcpy(copy, octets, length);
    int status = rn_normalise(workshop, copy, length, WALL_S,
                              has_dnssec ? 0 : RN_WITHOUT_DNSSEC, image);
    free(copy);
    return status;
}

/* An image is in normal form: a strict client reads it, and it is its own image. */
static void check_image(struct rn_workshop *other, const struct rn_image *image)
{
    struct digest digest;
    struct rn_image again;
    CHECK(message_read(image->wire, image->wire_length, &digest) && digest.opt == 0);
    CHECK(normalise(other, image->wire, image->wire_length, true, &again) == RN_OK);
    CHECK(again.wire_length == image->wire_length && again.count == image->count);
    CHECK(memcmp(again.wire, image->wire, image->wire_length) == 0);
    CHECK(memcmp(again.places, image->places, image->count * sizeof *image->places) == 0);
}

/* Every beginning of a message is refused, and any octet may be another one. */
static void damage(struct rn_workshop *workshop, struct rn_workshop *other, const char *message,
                   size_t length)
{
    static const uint8_t values[] = {0, 1, 0x0C, 0x40, 0xC0, 0xFF};
    uint8_t octets[256];
    struct rn_image image;
    CHECK(length <= sizeof octets);
    for (size_t cut = 0; cut < length; cut++)
        CHECK(normalise(workshop, message, cut, true, &image) == RN_EWIRE);
    for (size_t at = 0; at < 6 * length; at++) {
        memcpy(octets, message, length);
        octets[at / 6] = values[at % 6];
        if (normalise(workshop, octets, length, at % 2, &image) == RN_OK)
            check_image(other, &image);
    }
}

/* As many records as fit, and as many RRsets: what costs most is quick too. */
static void crowd(struct rn_workshop *workshop, struct rn_workshop *other)
{
    uint8_t *octets = calloc(1, 65535);
    struct rn_image image;
    CHECK(octets);
    octets[5] = 1;
    rn_put16(octets + 6, RN_PLACES_MAX);
    for (unsigned n = 0; n < RN_PLACES_MAX; n++) /* TXT records at the root, each of another type */
        rn_put16(octets + 17 + 11 * n + 1, 100 + n);
    CHECK(normalise(workshop, octets, 65535, true, &image) == RN_OK);
    CHECK(image.count == RN_PLACES_MAX && image.wire_length == 17 + 11 * RN_PLACES_MAX);
    check_image(other, &image);
    rn_put16(octets + 6, RN_PLACES_MAX + 1);
    CHECK(normalise(workshop, octets, 65535, true, &image) == RN_EWIRE);
    free(octets);
}

static void failures(struct rn_workshop *workshop)
{
    static const char why[] = "validation failure: signature expired\1";
    const struct rn_bogus_text texts[] = {{"no keys", 7, 9}, {"expired", 7, 7}};
    const struct rn_bogus_table table = {texts, 2};
    const struct rn_key key = {
        .qname = (const uint8_t *)"\1a\0",
        .qname_length = 3,
        .is_do = true,
        .is_cd = true,
        .qtype = 1,
        .qclass = 1,
    };
    struct rn_result result = {.context = 1, .text_length = sizeof why - 1, .security = RN_BOGUS};
    struct rn_image image;
    uint8_t *writable;
    CHECK(rn_variant(workshop, &result, NULL, why, &table, &key, false, WALL_S, &image,
                     &writable) == RN_OK);
    CHECK(image.rcode == 2 && image.validation == RN_VALIDATION_BOGUS && image.context == 1);
    CHECK(image.is_recursive && writable == image.wire && image.wire_length == 19);
    CHECK(memcmp(image.ede, "\0\x0F\0\x28\0\7", 6) == 0 && image.ede_length == 6 + 38);
    CHECK(memcmp(image.ede + 6, "validation failure: signature expired?", 38) == 0);
    result.ratelimited = 1;
    CHECK(rn_variant(workshop, &result, NULL, why, NULL, &key, false, WALL_S, &image,
                     &writable) == RN_OK);
    CHECK(image.validation == RN_VALIDATION_NONE && rn_get16(image.ede + 4) == 0);
    result = (struct rn_result){.wire_length = 11};
    CHECK(rn_variant(workshop, &result, (const uint8_t *)"eleven octets", NULL, NULL, &key,
                     false, WALL_S, &image, &writable) == RN_EWIRE);
}

void normal_tests(void)
{
    struct rn_workshop *workshop = rn_workshop_new(), *other = rn_workshop_new();
    CHECK(workshop && other);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rn_image image;
        CHECK(normalise(workshop, cases[i].message, cases[i].message_length, cases[i].has_dnssec,
                        &image) == RN_OK);
        CHECK(image.wire_length == cases[i].image_length);
        CHECK(memcmp(image.wire, cases[i].image, cases[i].image_length) == 0);
        check_image(other, &image);
        damage(workshop, other, cases[i].message, cases[i].message_length);
    }
    crowd(workshop, other);
    failures(workshop);
    rn_workshop_free(other);
    rn_workshop_free(workshop);
    rn_workshop_free(NULL);
}
