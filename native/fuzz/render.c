/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any message as an image, sent to any client in any manner: what is sent fits, is read by a strict
 * client, and says what the image says, in whatever order its records are drawn.
 *
 * The input is 16 octets that say who asks and how the block answers, then the message.
 */
#include "../native.h"
#include "../normal.h"
#include "../random.h"
#include "../render.h"
#include "../test/check.h"
#include "../test/message.h"

#include <string.h>

enum { KNOBS = 16, EDE_ROOM = 1024, OPT_MAX = 11 + 6 + 6 + EDE_ROOM };
enum { WITH_EDNS = 1, WITH_DO = 2, WITH_AD = 4, WITH_CD = 8, WITH_RD = 16, WITH_KEEPALIVE = 32 };

int LLVMFuzzerInitialize(int *count, char ***arguments);
int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t length);

/* What one input makes. */
struct scene {
    struct rn_image image;
    struct digest digest; /* of the image */
    struct rn_asked asked;
    struct rn_manner manner;
    struct rn_random random;
    uint8_t ede[EDE_ROOM];
    uint8_t query[RN_HEADER_SIZE + 255 + 4 + 15];
};

/* Write the query whose answer the image is. */
static void make_query(struct scene *scene, const uint8_t *knobs)
{
    uint8_t *at = scene->query + RN_HEADER_SIZE;
    const uint8_t *qname = scene->image.wire + RN_HEADER_SIZE;
    size_t size = 0;
    while (qname[size])
        size += 1u + qname[size];
    size += 1 + 4;
    memset(scene->query, 0, RN_HEADER_SIZE);
    rn_put16(scene->query, rn_get16(knobs + 14));
    rn_put16(scene->query + 2, (knobs[0] & WITH_AD ? RN_AD : 0u) | (knobs[0] & WITH_CD ? RN_CD : 0u) |
                                   (knobs[0] & WITH_RD ? RN_RD : 0u));
    scene->query[5] = 1;
    memcpy(at, qname, size);
    for (size_t i = 0; i < size - 4; i++) /* as the client wrote it */
        at[i] = (uint8_t)(at[i] >= 'a' && at[i] <= 'z' && i % 2 ? at[i] - 32 : at[i]);
    at += size;
    if (knobs[0] & WITH_EDNS) {
        unsigned options = knobs[0] & WITH_KEEPALIVE ? 4 : 0;
        scene->query[11] = 1;
        memcpy(at, "\0\0\x29\2\0\0\0\0\0\0\0\0\x0B\0\0", 15);
        rn_put16(at + 3, rn_get16(knobs + 1));
        at[7] = knobs[0] & WITH_DO ? 0x80 : 0;
        at[10] = (uint8_t)options;
        at += 11 + options;
    }
    CHECK(rn_asked_read(&scene->asked, scene->query, (size_t)(at - scene->query)) == RN_READ_QUERY);
}

/* Say what the caller of rn_normalise says of an image. */
static void make_image(struct scene *scene, const uint8_t *knobs)
{
    struct rn_image *image = &scene->image;
    size_t at = 0;
    if (knobs[5] & 0x80)
        image->rcode = (uint16_t)(rn_get16(knobs + 6) & 0x0FFF);
    image->validation = knobs[5] & 3;
    for (unsigned i = 0; i < (knobs[8] & 3u); i++) {
        unsigned text = i % 2 ? knobs[9] : knobs[9] >> 5;
        memset(scene->ede + at, 'x', 6 + text);
        rn_put16(scene->ede + at, 15);
        rn_put16(scene->ede + at + 2, 2 + text);
        rn_put16(scene->ede + at + 4, i);
        at += 6 + text;
    }
    image->ede = scene->ede;
    image->ede_length = (uint16_t)at;
    image->order = (uint8_t)rn_order_of(image);
    CHECK(message_read(image->wire, image->wire_length, &scene->digest) && !scene->digest.opt);
}

static size_t limit_of(const struct scene *scene)
{
    size_t theirs = scene->asked.payload_size < 512 ? 512 : scene->asked.payload_size;
    size_t ours = scene->manner.payload_size;
    if (!scene->manner.is_udp)
        return 65535;
    return !scene->asked.has_edns ? 512 : theirs < ours ? theirs : ours;
}

/* Return whether a record of the additional section has ended: the chain leaves it out. */
static bool has_ended(const struct rn_image *image, struct rn_age age)
{
    for (unsigned i = 0; age.ageing == RN_AGED && age.seconds && i < image->count; i++)
        if (rn_place_section(image, i) == RN_ADDITIONAL &&
            rn_get32(image->wire + image->places[i].ttl_offset) <= age.seconds)
            return true;
    return false;
}

static bool is_left(const struct scene *scene, struct rn_age age)
{
    return has_ended(&scene->image, age) ||
           (scene->manner.is_shuffled && scene->image.order == RN_ORDER_WRITTEN &&
            scene->image.rcode == 0 && scene->asked.qtype != 251 && scene->asked.qtype != 252);
}

static void is_what_was_asked(const struct scene *scene, const uint8_t *out)
{
    const struct rn_asked *asked = &scene->asked;
    unsigned flags = rn_get16(out + 2);
    int rd = scene->manner.response_rd;
    CHECK(rn_get16(out) == asked->id && flags & RN_QR);
    CHECK((flags & RN_CD) == (asked->flags & RN_CD));
    CHECK(!(flags & RN_RD) == !(rd < 0 ? asked->flags & RN_RD : rd));
    CHECK(!(flags & RN_AD) || scene->image.validation == RN_VALIDATION_SECURE);
    CHECK(memcmp(out + 12, asked->octets + 12, asked->qname_length + 4u) == 0);
}

static void send(struct scene *scene, struct rn_age age)
{
    size_t limit = limit_of(scene), room = scene->image.wire_length + OPT_MAX;
    struct digest digest;
    room = room < 512 ? 512 : room < limit ? room : limit;
    uint8_t *out = malloc(room);
    CHECK(out);
    size_t length = rn_render(&scene->asked, &scene->image, &scene->manner, age, &scene->random,
                              out, room);
    CHECK((length == 0) == is_left(scene, age));
    if (length) {
        CHECK(length <= room && message_read(out, length, &digest));
        CHECK(digest.opt == scene->asked.has_edns);
        is_what_was_asked(scene, out);
        bool is_truncated = (rn_get16(out + 2) & RN_TC) != 0;
        bool is_bare = scene->image.rcode > 15 && !scene->asked.has_edns;
        if (is_truncated)
            CHECK(scene->image.wire_length + (digest.opt ? 11u : 0) > limit);
        else if (!is_bare)
            CHECK(memcmp(digest.counts, scene->digest.counts, sizeof digest.counts) == 0);
        if (!is_truncated && !is_bare && age.ageing == RN_AS_KEPT)
            CHECK(message_equal(&digest, &scene->digest));
    }
    free(out);
}

static struct rn_workshop *workshop; /* of this program, for all inputs */

int LLVMFuzzerInitialize(int *count, char ***arguments)
{
    (void)count;
    (void)arguments;
    workshop = rn_workshop_new();
    return workshop ? 0 : 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t length)
{
    struct scene scene;
    if (length < KNOBS)
        return 0;
    const uint8_t *knobs = octets;
    if (rn_normalise(workshop, octets + KNOBS, length - KNOBS, rn_get32(knobs + 10),
                     knobs[0] & 0x40, &scene.image) != RN_OK)
        return 0;
    make_image(&scene, knobs);
    make_query(&scene, knobs);
    rn_random_seed(&scene.random, rn_get16(knobs + 14));
    scene.manner = (struct rn_manner){
        .payload_size = (uint16_t)(512 + rn_get16(knobs + 3) % 4096),
        .response_rd = (int8_t)(knobs[5] >> 2 & 1 ? -1 : knobs[5] >> 3 & 1),
        .recursion_available = knobs[0] & 0x80,
        .keepalive = knobs[8],
    };
    for (unsigned way = 0; way < 4; way++) {
        scene.manner.is_udp = way & 1;
        scene.manner.is_shuffled = way & 2;
        send(&scene, (struct rn_age){RN_AGED, rn_get32(knobs + 10)});
        send(&scene, (struct rn_age){RN_AGED, knobs[13]});
        send(&scene, (struct rn_age){RN_STALE, rn_get32(knobs + 10)});
        /* Each order of four records is drawn some time, if not now. */
        for (unsigned draws = way & 2 ? 12 : 1; draws > 0; draws--)
            send(&scene, (struct rn_age){RN_AS_KEPT, 0});
    }
    return 0;
}
