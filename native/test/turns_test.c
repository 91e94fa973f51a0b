/* SPDX-License-Identifier: Apache-2.0 */
/* Turns and tallies by themselves: resolver/recursion/turns_test.py and caps_test.py. */
#include "../caps.h"
#include "../turns.h"
#include "check.h"
#include "tests.h"

#include <string.h>

/* Give all slots that can be given; return how many. */
static unsigned give_all(struct rn_turns *turns)
{
    unsigned given = 0;
    while (rn_turns_next(turns))
        given++;
    return given;
}

static void leave_all(struct rn_turns *turns, struct rn_turn *items, size_t count)
{
    for (size_t i = 0; i < count; i++)
        rn_turns_leave(turns, &items[i]);
}

/* The suffixes take turns, each in its own order. */
static void test_order(void)
{
    static const unsigned order[] = {0, 3, 1, 4, 2};
    struct rn_turns turns;
    struct rn_turn items[5];
    rn_turns_init(&turns, 10);
    for (unsigned i = 0; i < 5; i++)
        CHECK(rn_turns_wait(&turns, i < 3 ? 1 : 2, &items[i]));
    for (unsigned i = 0; i < 5; i++)
        CHECK(rn_turns_next(&turns) == &items[order[i]]);
    CHECK(!rn_turns_next(&turns) && turns.taken == 5 && turns.waiting == 0);
    leave_all(&turns, items, 5);
    CHECK(turns.taken == 0);
    for (size_t i = 0; i < RN_TURNS_BUCKETS; i++)
        CHECK(!turns.buckets[i]);
    rn_turns_destroy(&turns);
}

/* Once half of the slots are taken no suffix gets beyond a tenth; others do. */
static void test_share(void)
{
    enum { SLOTS = 100, FLOOD = 200 };
    struct rn_turns turns;
    struct rn_turn flood[FLOOD], others[60];
    rn_turns_init(&turns, SLOTS);
    for (unsigned i = 0; i < FLOOD; i++)
        CHECK(rn_turns_wait(&turns, 7, &flood[i]));
    CHECK(give_all(&turns) == SLOTS / 2);
    for (unsigned i = 0; i < 60; i++)
        CHECK(rn_turns_wait(&turns, 100 + i, &others[i]));
    CHECK(give_all(&turns) == SLOTS / 2 && turns.waiting == FLOOD - 50 + 10);
    rn_turns_leave(&turns, &flood[0]);
    CHECK(rn_turns_next(&turns) == &others[50]);
    leave_all(&turns, flood + 1, 45); /* four of them hold slots still, others 51, and nine wait */
    CHECK(give_all(&turns) == 9 + SLOTS / 10 - 4);
    leave_all(&turns, flood + 46, FLOOD - 46);
    leave_all(&turns, others, 60);
    CHECK(turns.taken == 0 && turns.waiting == 0);
    rn_turns_destroy(&turns);
}

/* A slot that is given back is the first to be given again. */
static void test_give_back(void)
{
    struct rn_turns turns;
    struct rn_turn items[3];
    rn_turns_init(&turns, 2);
    for (unsigned i = 0; i < 3; i++)
        CHECK(rn_turns_wait(&turns, 1, &items[i]));
    CHECK(rn_turns_next(&turns) == &items[0]);
    rn_turns_give_back(&turns, &items[0]);
    CHECK(turns.taken == 0 && turns.waiting == 3);
    CHECK(rn_turns_next(&turns) == &items[0]);
    rn_turns_leave(&turns, &items[1]); /* in the middle */
    rn_turns_give_back(&turns, &items[0]);
    rn_turns_leave(&turns, &items[2]);
    CHECK(rn_turns_next(&turns) == &items[0] && !rn_turns_next(&turns));
    rn_turns_leave(&turns, &items[0]);
    rn_turns_leave(&turns, &items[0]); /* harmless */
    rn_turns_destroy(&turns);
}

/* As many suffixes as there may be flights are spread over all buckets, and few share one. */
static void test_many_suffixes(void)
{
    enum { MANY = 16384, FEW = 16 };
    const struct rn_flight_limits limits = {.waiters = MANY, .client_waiters = MANY};
    static struct rn_turn items[MANY];
    struct rn_turns turns;
    struct rn_caps caps;
    CHECK(rn_caps_init(&caps, &limits) == RN_OK);
    rn_turns_init(&turns, 1);
    for (unsigned i = 0; i < MANY; i++) {
        uint8_t name[] = {3, 'a', (uint8_t)(i >> 8), (uint8_t)i, 2, 'e', 'x', 0};
        CHECK(rn_turns_wait(&turns, rn_caps_suffix(&caps, name, sizeof name), &items[i]));
    }
    CHECK(turns.longest_search <= FEW);
    leave_all(&turns, items, MANY);
    CHECK(turns.waiting == 0);
    rn_turns_destroy(&turns);
    rn_caps_destroy(&caps);
}

/* Counts by key against an array, with many keys in few places. */
static void test_tallies(void)
{
    struct rn_tallies tallies;
    uint32_t counts[40] = {0};
    uint32_t state = 1;
    CHECK(rn_tallies_init(&tallies, 40) == RN_OK);
    for (unsigned i = 0; i < 20000; i++) {
        state = state * 1664525 + 1013904223;
        unsigned key = (state >> 16) % 40;
        uint64_t hash = (uint64_t)(key % 8) << 32 | key << 5 | 1; /* four homes */
        CHECK(rn_tallies_of(&tallies, hash) == counts[key]);
        if ((state >> 8) & 1) {
            rn_tallies_up(&tallies, hash);
            counts[key]++;
        } else {
            rn_tallies_down(&tallies, hash);
            counts[key] -= counts[key] > 0;
        }
    }
    rn_tallies_destroy(&tallies);
}

/* What is counted together: IPv6 by /64, names by two labels; and loopback is not. */
static void test_caps(void)
{
    const struct rn_flight_limits limits = {.waiters = 100, .client_waiters = 2};
    struct rn_caps caps;
    uint8_t one[16] = {0x20, 1, 0xd, 0xb8, 0, 0, 0, 1, 1}, other[16];
    CHECK(rn_caps_init(&caps, &limits) == RN_OK);
    memcpy(other, one, sizeof one);
    other[15] = 9;
    CHECK(rn_caps_client(&caps, 6, one) == rn_caps_client(&caps, 6, other));
    other[7] = 2;
    CHECK(rn_caps_client(&caps, 6, one) != rn_caps_client(&caps, 6, other));
    CHECK(rn_caps_client(&caps, 4, one) != rn_caps_client(&caps, 6, one));
    CHECK(rn_caps_client(&caps, 4, (const uint8_t[16]){127, 8}) == 0);
    CHECK(rn_caps_client(&caps, 6, (const uint8_t[16]){[15] = 1}) == 0);
    uint64_t suffix = rn_caps_suffix(&caps, (const uint8_t *)"\7example\3org", 13);
    CHECK(suffix == rn_caps_suffix(&caps, (const uint8_t *)"\1a\1b\7example\3org", 17));
    CHECK(suffix != rn_caps_suffix(&caps, (const uint8_t *)"\3org", 5));
    CHECK(rn_caps_suffix(&caps, (const uint8_t *)"", 1) != suffix);
    uint64_t client = rn_caps_client(&caps, 6, one);
    rn_caps_enter(&caps, client, suffix);
    rn_caps_enter(&caps, client, suffix);
    CHECK(rn_caps_refusal(&caps, client, suffix) == RN_REFUSED_CLIENT);
    CHECK(rn_caps_refusal(&caps, 0, suffix) == RN_JOINED);
    rn_caps_leave(&caps, client, suffix);
    CHECK(rn_caps_refusal(&caps, client, suffix) == RN_JOINED && caps.waiters == 1);
    for (unsigned i = 1; i < 50; i++)
        rn_caps_enter(&caps, 0, suffix);
    CHECK(rn_caps_refusal(&caps, 0, suffix) == RN_REFUSED_SUFFIX);
    for (unsigned i = 50; i < 100; i++)
        rn_caps_enter(&caps, 0, 2 * i + 1);
    CHECK(rn_caps_refusal(&caps, 0, 1) == RN_REFUSED_WAITERS);
    rn_caps_destroy(&caps);
}

void turns_tests(void)
{
    test_order();
    test_share();
    test_give_back();
    test_many_suffixes();
    test_tallies();
    test_caps();
}
