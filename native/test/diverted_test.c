/* SPDX-License-Identifier: Apache-2.0 */
/* Questions on their way to Python: their order, and what of the room long ones may take. */
#include "../diverted.h"

#include "../engine.h"
#include "check.h"
#include "tests.h"

#include <stdlib.h>
#include <string.h>

enum { SIZE = 8 << 20, LONG = 1024, LONG_SHARE = SIZE / 8, HEAD = sizeof(struct rn_question_diverted) };

struct hall {
    struct rn_diverted diverted;
    struct rn_arrival arrival;
    uint8_t message[RN_MESSAGE_MAX];
    _Alignas(8) uint8_t records[RN_DRAIN_SIZE];
};

static struct hall *hall_start(size_t size)
{
    static const uint8_t QUERY[] = "\0\0\1\0\0\1\0\0\0\0\0\0\7example\3org\0\0\1\0\1";
    struct hall *hall = calloc(1, sizeof *hall);
    CHECK(hall && rn_diverted_init(&hall->diverted, size) == RN_OK);
    memcpy(hall->message, QUERY, sizeof QUERY - 1);
    return hall;
}

static void hall_stop(struct hall *hall)
{
    rn_diverted_destroy(&hall->diverted);
    free(hall);
}

/* Put a question of so many octets, which end with its number. */
static bool put(struct hall *hall, uint64_t number, size_t length)
{
    CHECK(rn_asked_read(&hall->arrival.asked, hall->message, length) == RN_READ_QUERY);
    hall->message[length - 1] = (uint8_t)number;
    rn_diverted_begin(&hall->diverted);
    bool is_put = rn_diverted_put(&hall->diverted, number, &hall->arrival);
    rn_diverted_end(&hall->diverted);
    hall->message[length - 1] = 0;
    return is_put;
}

static size_t record_size(size_t length)
{
    return (HEAD + length + 7) / 8 * 8;
}

/* Drain once; each question is the one that comes next. Return how many there were. */
static unsigned drain(struct hall *hall, size_t room, uint64_t *next, const uint16_t *lengths)
{
    size_t used = rn_diverted_drain(&hall->diverted, hall->records, room), at = 0;
    unsigned count = 0;
    for (; at < used; count++) {
        struct rn_question_diverted head;
        CHECK(used - at >= HEAD);
        memcpy(&head, hall->records + at, HEAD);
        CHECK(head.ticket == *next && (lengths == NULL || head.length == lengths[*next]));
        CHECK(hall->records[at + HEAD + head.length - 1] == (uint8_t)*next);
        CHECK(memcmp(hall->records + at + HEAD, hall->message, RN_HEADER_SIZE + 13) == 0);
        at += record_size(head.length);
        ++*next;
    }
    CHECK(at == used && used <= room);
    return count;
}

/* Messages of a size that nobody needs take an eighth of the room, and none from others. */
static void test_long_messages(void)
{
    struct hall *hall = hall_start(SIZE);
    uint64_t number = 0, next = 0;
    unsigned longest = 0, shorter = 0, others = 0;
    while (put(hall, number, RN_MESSAGE_MAX))
        number++, longest++;
    CHECK(longest == LONG_SHARE / record_size(RN_MESSAGE_MAX));
    while (put(hall, number, LONG))
        number++, shorter++;
    CHECK(shorter == (LONG_SHARE - longest * record_size(RN_MESSAGE_MAX)) / record_size(LONG));
    while (put(hall, number, LONG - 1))
        number++, others++;
    CHECK(others >= (SIZE - LONG_SHARE) / record_size(LONG - 1));
    CHECK(drain(hall, sizeof hall->records, &next, NULL) >= 1);
    CHECK(put(hall, number, RN_MESSAGE_MAX) && !put(hall, number, RN_MESSAGE_MAX));
    for (number++; next < number;)
        CHECK(drain(hall, sizeof hall->records, &next, NULL) >= 1);
    for (unsigned i = 0; i < longest; i++, number++)
        CHECK(put(hall, number, RN_MESSAGE_MAX));
    CHECK(!put(hall, number, RN_MESSAGE_MAX));
    hall_stop(hall);
}

/* What is put comes out whole and in its order, wherever the room ends, whatever room it is given. */
static void test_order(void)
{
    enum { MANY = 30000, ROOM = 20000 };
    uint16_t *lengths = calloc(MANY, sizeof *lengths);
    struct hall *hall = hall_start(ROOM);
    uint64_t number = 0, next = 0, state = 1, refused = 0;
    CHECK(lengths);
    while (next < MANY) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        unsigned what = (unsigned)(state >> 33);
        if (number < MANY && what % 32 != 0) {
            lengths[number] = (uint16_t)(40 + (what >> 9) % ((what >> 5) % 16 ? 80 : 1200));
            if (put(hall, number, lengths[number]))
                number++;
            else
                refused++;
        } else {
            bool is_empty = next == number;
            CHECK((drain(hall, 1400 + (what >> 3) % 4000, &next, lengths) == 0) == is_empty);
        }
    }
    CHECK(refused > 0 && number == MANY);
    while (put(hall, number, 100)) /* nothing has been lost of the room */
        number++;
    CHECK(number - MANY == ROOM / record_size(100));
    hall_stop(hall);
    free(lengths);
}

void diverted_tests(void)
{
    test_long_messages();
    test_order();
}
