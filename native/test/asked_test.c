/* SPDX-License-Identifier: Apache-2.0 */
/* Queries are read, and refused, within their octets (RFC 1035, 6891, 9619). */
#include "../asked.h"

#include "../image.h"
#include "check.h"
#include "tests.h"

#include <string.h>

#define HEADER(flags, counts) "\x12\x34" flags "\0\1" counts
#define NAME "\3wWw\7Example\3ORG\0"
#define QUESTION NAME "\0\1\0\1"
#define OPT(version, length, options) "\0\0\x29\x04\xD0\0" version "\x80\0" length options
#define NONE "\0\0\0\0\0\0"
#define ONE "\0\0\0\0\0\1"
#define CASE(name, octets, ...) {name, octets, sizeof octets - 1, __VA_ARGS__}

static const struct {
    const char *name;
    const char *octets;
    size_t length;
    enum rn_reading reading;
    unsigned rcode;
    int options; /* -1: no EDNS */
} cases[] = {
    CASE("nothing", "", RN_READ_NOTHING, 0, -1),
    CASE("eleven octets", "\x12\x34\1\0\0\1\0\0\0\0\0", RN_READ_NOTHING, 0, -1),
    CASE("a response", HEADER("\x81\0", NONE) QUESTION, RN_READ_NOTHING, 0, -1),
    CASE("an update", HEADER("\x28\0", NONE) QUESTION, RN_READ_REFUSAL, 4, -1),
    CASE("a query", HEADER("\1\0", NONE) QUESTION, RN_READ_QUERY, 0, -1),
    CASE("a header alone", HEADER("\1\0", NONE), RN_READ_REFUSAL, 1, -1),
    CASE("half a question", HEADER("\1\0", NONE) NAME "\0\1\0", RN_READ_REFUSAL, 1, -1),
    CASE("a pointer", HEADER("\1\0", NONE) "\xC0\x0C\0\1\0\1", RN_READ_REFUSAL, 1, -1),
    CASE("EDNS", HEADER("\1\0", ONE) QUESTION OPT("\0", "\0\0", ""), RN_READ_QUERY, 0, 0),
    CASE("options", HEADER("\1\0", ONE) QUESTION OPT("\0", "\0\x0A", "\0\x0B\0\0\0\3\0\2xy"),
         RN_READ_QUERY, 0, 2),
    CASE("half an option", HEADER("\1\0", ONE) QUESTION OPT("\0", "\0\3", "\0\x0B\0"),
         RN_READ_REFUSAL, 1, -1),
    CASE("an option that leaves", HEADER("\1\0", ONE) QUESTION OPT("\0", "\0\4", "\0\x0B\0\1"),
         RN_READ_REFUSAL, 1, -1),
    CASE("an OPT that leaves", HEADER("\1\0", ONE) QUESTION OPT("\0", "\0\5", "\0\x0B\0\0"),
         RN_READ_REFUSAL, 1, -1),
    CASE("an OPT that is not there", HEADER("\1\0", ONE) QUESTION, RN_READ_REFUSAL, 1, -1),
    CASE("another version", HEADER("\1\0", ONE) QUESTION OPT("\1", "\0\1", "x"), RN_READ_REFUSAL,
         16, 0),
};

static void is_read(size_t index)
{
    struct rn_asked asked;
    /* A copy of the exact length, so that a read beyond it is seen. */
    uint8_t *octets = malloc(cases[index].length ? cases[index].length : 1);
    CHECK(octets);
    memcpy(octets, cases[index].octets, cases[index].length);
    memset(&asked, 0xA5, sizeof asked);
    enum rn_reading reading = rn_asked_read(&asked, octets, cases[index].length);
    if (reading != cases[index].reading)
        fprintf(stderr, "asked: %s\n", cases[index].name);
    CHECK(reading == cases[index].reading);
    CHECK(asked.octets == octets);
    if (reading != RN_READ_NOTHING) {
        CHECK(asked.id == 0x1234 && asked.rcode == cases[index].rcode);
        CHECK(asked.has_edns == (cases[index].options >= 0));
        CHECK(asked.option_count == (cases[index].options > 0 ? cases[index].options : 0));
        CHECK(asked.has_question == (asked.rcode == 0 || asked.rcode == 16));
    }
    if (reading == RN_READ_QUERY) {
        CHECK(asked.qname_length == sizeof NAME - 1);
        CHECK(memcmp(asked.qname, "\3www\7example\3org\0", sizeof NAME - 1) == 0);
        CHECK(asked.qtype == 1 && asked.qclass == 1);
    }
    free(octets);
}

/* Cut a query with all it can have at every octet, and set every octet to each of a few values. */
static void survives_damage(void)
{
    static const char whole[] =
        HEADER("\1\0", "\0\1\0\1\0\2") QUESTION "\xC0\x0C\0\1\0\1\0\0\0\0\0\0"
        "\0\0\2\0\1\0\0\0\0\0\1x" OPT("\0", "\0\4", "\0\x0B\0\0") "\1a\0\0\1\0\1\0\0\0\0\0\0";
    static const uint8_t values[] = {0, 1, 0x3F, 0x40, 0x80, 0xC0, 0xFF};
    struct rn_asked asked;
    CHECK(rn_asked_read(&asked, (const uint8_t *)whole, sizeof whole - 1) == RN_READ_QUERY);
    CHECK(asked.option_count == 1 && asked.options[0] == 11 && asked.is_do);
    for (size_t length = 0; length < sizeof whole; length++) {
        uint8_t *octets = malloc(length + 1);
        CHECK(octets);
        for (size_t at = 0; at < length; at++) {
            for (size_t i = 0; i < sizeof values; i++) {
                memcpy(octets, whole, length);
                octets[at] = values[i];
                enum rn_reading reading = rn_asked_read(&asked, octets, length);
                CHECK(reading != RN_READ_QUERY || asked.qname_length >= 1);
            }
        }
        free(octets);
    }
}

/* All octets there are, but for a few, in the longest name; one octet more is too long. */
static void name_is_folded(void)
{
    static const uint8_t lengths[] = {63, 63, 63, 61, 0};
    uint8_t octets[RN_HEADER_SIZE + 257 + 4] = {0x12, 0x34, 1, 0, 0, 1};
    struct rn_asked asked;
    unsigned at = RN_HEADER_SIZE, value = 6;
    for (size_t label = 0; label < sizeof lengths; label++) {
        octets[at++] = lengths[label];
        for (unsigned i = 0; i < lengths[label]; i++)
            octets[at++] = (uint8_t)value++;
    }
    CHECK(at == RN_HEADER_SIZE + 255 && value == 256);
    CHECK(rn_asked_read(&asked, octets, at + 4) == RN_READ_QUERY);
    CHECK(asked.qname_length == 255);
    for (unsigned i = 0; i < 255; i++) {
        unsigned octet = octets[RN_HEADER_SIZE + i];
        CHECK(asked.qname[i] == (octet >= 'A' && octet <= 'Z' ? octet + 32 : octet));
    }
    memmove(octets + RN_HEADER_SIZE + 2, octets + RN_HEADER_SIZE, 255);
    octets[RN_HEADER_SIZE] = 1;
    CHECK(rn_asked_read(&asked, octets, sizeof octets) == RN_READ_REFUSAL);
}

/* Also what is not to be answered has its octets: lanes tell by them what arrived at all. */
static void nothing_has_octets(void)
{
    static const uint8_t octets[RN_HEADER_SIZE] = {0};
    struct rn_asked asked = {.octets = NULL};
    for (size_t length = 0; length < RN_HEADER_SIZE; length++) {
        asked.octets = NULL;
        CHECK(rn_asked_read(&asked, octets, length) == RN_READ_NOTHING);
        CHECK(asked.octets == octets);
    }
}

void asked_tests(void)
{
    nothing_has_octets();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        is_read(i);
    survives_damage();
    name_is_folded();
}
