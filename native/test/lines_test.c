/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of the log: whole, within their room whatever an event holds, and what is left to Python.
 */
#include "../events.h"

#include "../random.h"
#include "check.h"
#include "served_query.h"
#include "tests.h"

#include <stdlib.h>
#include <string.h>

enum { RING = 1 << 17, RECORD = 120, PLAN = 77, EVERY_CLASS = 7, ROUNDS = 20000, RECORDS = 8 };

static const uint8_t ROOT[] = {0};
static const struct rn_block EVERYTHING = {.wants_events = true, .event_classes = EVERY_CLASS};

/* `{name} {type}/{rcode} {remote}` */
static const uint8_t SHORT[] = {
    RN_LINE_NAME,  RN_LINE_LITERAL, 1, ' ', RN_LINE_TYPE,  RN_LINE_LITERAL, 1, '/',
    RN_LINE_RCODE, RN_LINE_LITERAL, 1, ' ', RN_LINE_REMOTE};

static struct rn_lines *new_lines(uint32_t blocks)
{
    static const uint16_t numbers[] = {1, 300};
    static const uint8_t lengths[] = {1, 3};
    static const uint16_t falling[] = {300, 1};
    struct rn_lines *lines = rn_lines_new(PLAN, blocks);
    CHECK(lines);
    CHECK(rn_lines_set_words(lines, RN_WORDS_TYPES, numbers, lengths, "AFAR", 2) == RN_OK);
    CHECK(rn_lines_set_words(lines, RN_WORDS_TYPES, falling, lengths, "AFAR", 2) == RN_EVALUE);
    CHECK(rn_lines_set_words(lines, RN_WORDS, numbers, lengths, "AFAR", 2) == RN_EVALUE);
    return lines;
}

static int add(struct rn_lines *lines, uint32_t block, const uint8_t *program, size_t length,
               unsigned classes)
{
    return rn_lines_add_rule(lines, &(struct rn_line_rule){.zone = ROOT,
                                                           .zone_length = 1,
                                                           .program = program,
                                                           .program_length = length,
                                                           .block = block,
                                                           .classes = (uint8_t)classes});
}

/* Write the records of so many queries for `example.org. A` to out; return their octets. */
static size_t tell(struct rn_events *events, struct served_query *query, size_t count, uint8_t *out)
{
    for (size_t i = 0; i < count; i++)
        rn_events_tell(events, &EVERYTHING, &query->served, NULL, 0);
    size_t length = rn_events_drain(events, out, RN_EVENT_MAX);
    CHECK(length == count * RECORD);
    return length;
}

static void test_lines(void)
{
    static const uint32_t zones[] = {1}, none[] = {0};
    static _Alignas(8) uint8_t records[RN_EVENT_MAX];
    static char out[RN_LINE_MAX];
    static const char LINES[] = "> example.org. A/0 192.0.2.1\n> example.org. A/0 192.0.2.1\n";
    struct rn_plan plan = {.ledger = rn_ledger_new(PLAN, 1, 1, zones, none)};
    struct rn_events *events = rn_events_new(RING, 9, -1);
    struct rn_lines *lines = new_lines(1), *other = rn_lines_new(PLAN + 1, 1);
    struct rn_lined lined;
    struct served_query query;
    served_query_set(&query, &plan);

    size_t length = tell(events, &query, 2, records);
    rn_lines_make(lines, records, length, "> ", 2, out, sizeof out, &lined);
    CHECK(lined.read == length && lined.left == length && lined.count == 0); /* there is no rule */
    CHECK(!(records[offsetof(struct rn_event, bits)] & RN_EVENT_TOLD));

    CHECK(add(lines, 0, SHORT, sizeof SHORT, EVERY_CLASS) == RN_OK);
    rn_lines_make(lines, records, length, "> ", 2, out, sizeof out, &lined);
    CHECK(lined.read == length && lined.left == 0 && lined.count == 2);
    CHECK(lined.size == sizeof LINES - 1 && memcmp(out, LINES, lined.size) == 0);
    rn_lines_make(other, records, length, "> ", 2, out, sizeof out, &lined);
    CHECK(lined.read == 0); /* another plan's */

    CHECK(rn_lines_leave(lines, 0, RN_LEFT_FAILURES) == RN_OK);
    query.served.failure = RN_TOO_LATE;
    length = tell(events, &query, 2, records);
    records[offsetof(struct rn_event, failure)] = 0;
    rn_lines_make(lines, records, length, "", 0, out, sizeof out, &lined);
    CHECK(lined.count == 2 && lined.left == RECORD);
    CHECK(records[offsetof(struct rn_event, bits)] & RN_EVENT_TOLD);
    CHECK(records[offsetof(struct rn_event, failure)] == RN_TOO_LATE);
    CHECK(rn_lines_leave(lines, 1, RN_LEFT_ALL) == RN_EVALUE);

    length = tell(events, &query, 500, records); /* more than there is room for */
    rn_lines_make(lines, records, length, "start of a line ", 16, out, sizeof out, &lined);
    CHECK(lined.read == lined.count * RECORD && lined.count < 500 && lined.size <= sizeof out);

    rn_lines_free(lines);
    rn_lines_free(other);
    rn_lines_free(NULL);
    rn_events_free(events);
    rn_ledger_free(plan.ledger);
}

static void test_what_is_no_rule(void)
{
    static const uint8_t unknown[] = {RN_LINE_FIELDS}, open[] = {RN_LINE_LITERAL},
                         behind[] = {RN_LINE_LITERAL, 2, 'a'};
    static uint8_t names[RN_LINE_MAX / 1000];
    struct rn_lines *lines = new_lines(1);
    memset(names, RN_LINE_NAME, sizeof names);
    CHECK(add(lines, 0, unknown, sizeof unknown, 7) == RN_EVALUE);
    CHECK(add(lines, 0, open, sizeof open, 7) == RN_EVALUE);
    CHECK(add(lines, 0, behind, sizeof behind, 7) == RN_EVALUE);
    CHECK(add(lines, 0, names, sizeof names, 7) == RN_EVALUE);
    CHECK(add(lines, 1, SHORT, sizeof SHORT, 7) == RN_EVALUE);
    CHECK(add(lines, 0, NULL, 0, 7) == RN_OK);
    rn_lines_free(lines);
    CHECK(!rn_lines_new(PLAN, 1 << 16));
}

/* Return a record's octets: its numbers are any, and mostly there is a name. */
static size_t scramble(struct rn_random *random, uint8_t *out)
{
    struct rn_event event;
    uint8_t query[RN_HEADER_SIZE + RN_NAME_SIZE + 4];
    for (size_t i = 0; i < sizeof event; i++)
        ((uint8_t *)&event)[i] = (uint8_t)rn_random_next(random);
    for (size_t i = 0; i < sizeof query; i++)
        query[i] = (uint8_t)rn_random_next(random);
    size_t at = RN_HEADER_SIZE;
    for (unsigned more = rn_random_below(random, 5); more-- > 0;) {
        query[at] = (uint8_t)(1 + rn_random_below(random, 63));
        if (at + query[at] + 2u > RN_HEADER_SIZE + 255)
            break;
        at += 1u + query[at];
    }
    query[at++] = 0;
    bool is_whole = rn_random_below(random, 8) != 0;
    if (is_whole) {
        event.qname_length = (uint8_t)(at - RN_HEADER_SIZE);
        event.query_length = sizeof query;
    }
    event.block = (uint16_t)rn_random_below(random, 3);
    event.plan = PLAN;
    event.size = (uint32_t)((sizeof event + sizeof query + 7) & ~(size_t)7);
    if (rn_random_below(random, 100) == 0)
        event.size = (uint32_t)rn_random_next(random);
    memcpy(out, &event, sizeof event);
    memcpy(out + sizeof event, query, sizeof query);
    return (sizeof event + sizeof query + 7) & ~(size_t)7;
}

static void test_any_event(void)
{
    struct rn_random random;
    struct rn_lines *lines = new_lines(2);
    uint8_t all[RN_LINE_FIELDS - 1];
    rn_random_seed(&random, 1);
    for (unsigned i = 0; i < sizeof all; i++)
        all[i] = (uint8_t)(i + 1);
    CHECK(add(lines, 0, all, sizeof all, EVERY_CLASS) == RN_OK);
    CHECK(add(lines, 1, SHORT, sizeof SHORT, 2) == RN_OK);
    uint8_t *records = aligned_alloc(8, RECORDS * 512);
    char *out = malloc(RN_LINE_MAX); /* of just this size, so that an octet too far is seen */
    CHECK(records && out);
    for (int round = 0; round < ROUNDS; round++) {
        size_t length = 0;
        struct rn_lined lined;
        for (int i = 0; i < RECORDS; i++)
            length += scramble(&random, records + length);
        uint8_t *exact = malloc(length);
        CHECK(exact);
        memcpy(exact, records, length);
        rn_lines_make(lines, exact, length, "[INFO] ", 7, out, RN_LINE_MAX, &lined);
        CHECK(lined.read <= length && lined.left <= lined.read && lined.size <= RN_LINE_MAX);
        size_t ends = 0;
        for (size_t i = 0; i < lined.size; i++) {
            CHECK(out[i] == '\n' || (out[i] >= ' ' && out[i] < 0x7F));
            ends += out[i] == '\n';
        }
        CHECK(ends == lined.count);
        free(exact);
    }
    free(records);
    free(out);
    rn_lines_free(lines);
}

void lines_tests(void)
{
    test_lines();
    test_what_is_no_rule();
    test_any_event();
}
