/* SPDX-License-Identifier: Apache-2.0 */
/* Images are rendered within the room that there is, and every order of their records parses. */
#include "../random.h"
#include "../render.h"
#include "check.h"
#include "message.h"
#include "tests.h"

#include <string.h>

#define QUESTION "\3www\7example\3org\0\0\1\0\1"
#define QUERY "\x12\x34\1\x20\0\1\0\0\0\0\0\0" QUESTION
#define EDNS_QUERY(size)                                                                           \
    "\x12\x34\1\x20\0\1\0\0\0\0\0\1" QUESTION "\0\0\x29" size "\0\0\x80\0\0\4\0\x0B\0\0"
#define A(last) "\xC0\x0C\0\1\0\1\0\0\0\x3C\0\4\xC0\0\2" last
#define RRSIG "\xC0\x0C\0\x2E\0\1\0\0\0\x3C\0\x12\0\1\5\3" "abcdefghijklm\0"
#define MX(first) "\xC0\x0C\0\x0F\0\1\0\0\0\x3C\0\7\0" first "\2mx\xC0\x10"
#define CNAME "\xC0\x0C\0\5\0\1\0\0\0\x3C\0\4\1b\xC0\x10"
#define NS "\xC0\x10\0\2\0\1\0\0\0\x3C\0\5\2ns\xC0\x10"
#define GLUE(last) "\2g" last "\xC0\x10\0\1\0\1\0\0\0\x1E\0\4\xC0\0\2\1"
#define IMAGE(counts, records) "\0\0\x84\0\0\1" counts QUESTION records

struct made {
    struct rn_image image;
    struct rn_place places[32];
    uint8_t *octets;
};

/* Make an image of a message, its octets in memory of just their length. */
static void make(struct made *made, const char *octets, size_t length)
{
    struct digest digest;
    memset(made, 0, sizeof *made);
    made->octets = malloc(length);
    CHECK(made->octets);
    memcpy(made->octets, octets, length);
    CHECK(message_read(made->octets, length, &digest));
    made->image.wire = made->octets;
    made->image.wire_length = (uint16_t)length;
    made->image.places = made->places;
    made->image.count = (uint16_t)message_places(made->octets, length, made->places, 32);
    made->image.order = (uint8_t)rn_order_of(&made->image);
}

static void ask(struct rn_asked *asked, const char *octets, size_t length)
{
    CHECK(rn_asked_read(asked, (const uint8_t *)octets, length) == RN_READ_QUERY);
}
#define ASK(asked, query) ask(asked, query, sizeof query - 1)
#define MAKE(made, message) make(made, message, sizeof message - 1)

static const struct rn_manner udp = {
    .payload_size = 1232, .response_rd = -1, .recursion_available = true, .is_udp = true};
static const struct rn_age as_kept = {RN_AS_KEPT, 0};

/* Render into memory of just the room that there is. */
static size_t render(const struct rn_asked *asked, const struct rn_image *image,
                     const struct rn_manner *manner, struct rn_age age, size_t room,
                     uint8_t **out)
{
    struct rn_random random;
    rn_random_seed(&random, 7);
    *out = malloc(room);
    CHECK(*out);
    return rn_render(asked, image, manner, age, &random, *out, room);
}

static void header_is_the_clients(void)
{
    static const char want[] = "\x12\x34\x85\xA0\0\1\0\1\0\0\0\0" QUESTION A("\1");
    struct rn_asked asked;
    struct made made;
    uint8_t *out;
    ASK(&asked, QUERY);
    MAKE(&made, IMAGE("\0\1\0\0\0\0", A("\1")));
    made.image.validation = RN_VALIDATION_SECURE;
    CHECK(render(&asked, &made.image, &udp, as_kept, 512, &out) == sizeof want - 1);
    CHECK(memcmp(out, want, sizeof want - 1) == 0); /* QR AA RD RA AD */
    free(out);
    free(made.octets);
}

static void ttls_are_aged(void)
{
    static const struct {
        struct rn_age age;
        uint32_t ttls[3]; /* of two answers and one additional record; {0}: left to the chain */
    } cases[] = {
        {{RN_AS_KEPT, 9}, {60, 60, 30}}, {{RN_AGED, 0}, {60, 60, 30}},
        {{RN_AGED, 29}, {31, 31, 1}},    {{RN_AGED, 30}, {0}},
        {{RN_STALE, 5}, {5, 5, 5}},      {{RN_STALE, UINT32_MAX}, {INT32_MAX, INT32_MAX, INT32_MAX}},
    };
    struct rn_asked asked;
    struct made made;
    ASK(&asked, QUERY);
    MAKE(&made, IMAGE("\0\2\0\0\0\1", A("\1") A("\2") GLUE("1")));
    for (size_t i = 0; i < 2 * sizeof cases / sizeof cases[0]; i++) {
        struct rn_manner manner = udp;
        struct rn_place places[3];
        uint8_t *out;
        manner.is_shuffled = i % 2;
        size_t length = render(&asked, &made.image, &manner, cases[i / 2].age, 512, &out);
        CHECK((length == 0) == (cases[i / 2].ttls[0] == 0));
        if (length) {
            CHECK(message_places(out, length, places, 3) == 3);
            for (int j = 0; j < 3; j++)
                CHECK(rn_get32(out + places[j].ttl_offset) == cases[i / 2].ttls[j]);
        }
        free(out);
    }
    free(made.octets);
}

/* Every size of client and every room: nothing is written behind it, and what is there parses. */
static void room_is_kept_to(void)
{
    static const uint8_t ede[330] = "\0\x0F\0\2\0\x16\0\x0F\1\x40\0\3stale"; /* 6 and 324 octets */
    struct rn_manner manner = udp;
    struct made made;
    uint8_t query[] = EDNS_QUERY("\2\0");
    MAKE(&made, IMAGE("\0\4\0\1\0\2", A("\1") A("\2") MX("\1") RRSIG NS GLUE("1") GLUE("2")));
    made.image.ede = ede;
    made.image.ede_length = sizeof ede;
    for (unsigned size = 512; size < 560; size++) {
        for (size_t room = 512; room < 560; room++) {
            struct rn_asked asked;
            struct digest digest;
            uint8_t *out;
            rn_put16(query + 12 + 21 + 3, size);
            CHECK(rn_asked_read(&asked, query, sizeof query - 1) == RN_READ_QUERY);
            manner.payload_size = (uint16_t)(520 + room % 9);
            manner.keepalive = room % 2;
            size_t length = render(&asked, &made.image, &manner, as_kept, room, &out);
            CHECK(length <= room && length <= size && length <= manner.payload_size);
            CHECK(message_read(out, length, &digest) && digest.opt == 1);
            free(out);
        }
    }
    free(made.octets);
}

/* An image of each length up to beyond what fits: texts, then options, then records are left out. */
static void what_does_not_fit_is_left_out(void)
{
    static const char start[] = IMAGE("\0\1\0\0\0\0", "\xC0\x0C\0\x10\0\1\0\0\0\x3C");
    static const uint8_t ede[] = "\0\x0F\0\7\0\3stale";
    struct rn_asked asked;
    unsigned seen[4] = {0}; /* records and: text, EDE, bare OPT; then TC */
    ASK(&asked, EDNS_QUERY("\2\0"));
    for (unsigned size = 440; size < 520; size++) {
        char octets[600] = {0};
        struct digest digest;
        struct made made;
        uint8_t *out;
        memcpy(octets, start, sizeof start - 1);
        rn_put16((uint8_t *)octets + sizeof start - 1, size - (unsigned)sizeof start - 1);
        make(&made, octets, size);
        made.image.ede = ede;
        made.image.ede_length = sizeof ede - 1;
        size_t length = render(&asked, &made.image, &udp, as_kept, 512, &out);
        CHECK(length <= 512 && message_read(out, length, &digest) && digest.opt == 1);
        bool is_truncated = (rn_get16(out + 2) & RN_TC) != 0;
        CHECK(digest.counts[0] == !is_truncated);
        unsigned options = rn_get16(out + (is_truncated ? 12 + 21 : size) + 9);
        seen[is_truncated ? 3 : options == 11 ? 0 : options == 6 ? 1 : 2]++;
        CHECK(!is_truncated || (size > 512 - 11 && length == 12 + 21 + 11 + 11));
        free(out);
        free(made.octets);
    }
    CHECK(seen[0] == 512 - 22 - 440 + 1 && seen[1] == 5 && seen[2] == 6);
}

static void every_order_parses(void)
{
    static const struct {
        const char *octets;
        size_t length;
        unsigned orders; /* that there are */
    } cases[] = {
#define CASE(counts, records, orders)                                                              \
    {IMAGE(counts, records), sizeof IMAGE(counts, records) - 1, orders}
        CASE("\0\4\0\0\0\0", A("\1") A("\2") A("\3") A("\4"), 24),
        CASE("\0\4\0\0\0\0", CNAME A("\1") A("\2") A("\3"), 6),
        CASE("\0\3\0\1\0\2", MX("\1") MX("\2") MX("\3") NS GLUE("1") GLUE("2"), 12),
        CASE("\0\4\0\1\0\1", A("\1") RRSIG A("\2") MX("\1") NS GLUE("1"), 2),
#undef CASE
    };
    struct rn_manner manner = udp;
    struct rn_random random;
    struct rn_asked asked;
    rn_random_seed(&random, 7);
    manner.is_shuffled = true;
    ASK(&asked, EDNS_QUERY("\4\xD0"));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct made made;
        struct digest want;
        uint64_t orders[32];
        unsigned found = 0;
        make(&made, cases[i].octets, cases[i].length);
        CHECK(made.image.order == RN_ORDER_MOVED);
        CHECK(message_read(made.octets, cases[i].length, &want));
        for (int draw = 0; draw < 2000; draw++) {
            uint8_t out[512];
            struct digest got;
            uint64_t sum = 0;
            unsigned known = 0;
            size_t length = rn_render(&asked, &made.image, &manner, as_kept, &random, out, 512);
            CHECK(message_read(out, length, &got) && message_equal(&got, &want));
            for (size_t at = 0; at < length; at++)
                sum = sum * 31 + out[at];
            while (known < found && orders[known] != sum)
                known++;
            if (known == found)
                orders[found++] = sum;
        }
        CHECK(found == cases[i].orders);
        free(made.octets);
    }
}

void render_tests(void)
{
    header_is_the_clients();
    ttls_are_aged();
    room_is_kept_to();
    what_does_not_fit_is_left_out();
    every_order_parses();
}
