/* SPDX-License-Identifier: Apache-2.0 */
/* Many who wait for one recursion: what they cost together, when it lands and when they leave. */
#include "../shard.h"
#include "check.h"
#include "house.h"
#include "tests.h"

#include <poll.h>
#include <string.h>

enum { NOERROR = 0, SERVFAIL = 2, LOOPBACK = 0x7F000001, VIEWED = 0xC6336401, MANY = 3000 };

/* Return how often something was kept since the store is there. */
static unsigned puts_of(const struct house *house)
{
    unsigned puts = 0;
    for (size_t number = 0; number < RN_SHARDS; number++) {
        struct rn_shard *shard = &house->store->shards[number];
        pthread_mutex_lock(&shard->lock);
        puts += shard->generation;
        pthread_mutex_unlock(&shard->lock);
    }
    return puts;
}

static unsigned longest_search(const struct house *house)
{
    pthread_mutex_lock(&house->flights->lock);
    unsigned longest = house->flights->longest_search;
    pthread_mutex_unlock(&house->flights->lock);
    return longest;
}

/* Wait until so many wait still. */
static void wait_for_waiters(struct house *house, unsigned count)
{
    while (house_counts(house).waiters > count)
        poll(NULL, 0, 1);
    CHECK(house_counts(house).waiters == count);
}

/* Clients of two views, with and without DO, in turn: each image is made once, whoever waits for it. */
static void test_views(void)
{
    struct house house;
    uint64_t ticket;
    house_start(&house, &HOUSE_LIMITS);
    atomic_store(&house.session.authority.is_holding, true);
    for (unsigned i = 0; i < MANY; i++) {
        uint32_t address = i % 2 ? VIEWED + i % 7 : LOOPBACK;
        CHECK(house_join(&house, i / 4 % HOUSE_CLIENTS, address, "held", i, i % 4 > 1, &ticket) ==
              RN_JOINED);
    }
    CHECK(house_counts(&house).flights == 1 && house_counts(&house).waiters == MANY);
    atomic_store(&house.session.authority.is_holding, false);
    for (unsigned client = 0; client < HOUSE_CLIENTS; client++) {
        for (unsigned party = 0; party < 4; party++) /* in the order in which the first of each came */
            for (unsigned i = 4 * client + party; i < MANY; i += 4 * HOUSE_CLIENTS)
                house_expect(&house, client, i, NOERROR);
        CHECK(house_is_quiet(&house, client));
    }
    CHECK(puts_of(&house) == 4 && house_counts(&house).waiters == 0);
    house_stop(&house);
}

/* What everybody has left is kept all the same, for each view and variant. */
static void test_kept(void)
{
    struct house house;
    uint64_t ticket;
    house_start(&house, &HOUSE_LIMITS);
    atomic_store(&house.session.authority.is_holding, true);
    for (unsigned i = 0; i < 6; i++)
        CHECK(house_join(&house, 0, i % 2 ? VIEWED : LOOPBACK, "held", i, i > 4, &ticket) == RN_JOINED);
    house_later(&house, 4000);
    wait_for_waiters(&house, 0);
    for (unsigned i = 0; i < 6; i++) {
        uint8_t reply[RN_REPLY_ROOM];
        CHECK(house_receive(&house, 0, reply) > 0 && (reply[3] & 15) == SERVFAIL);
    }
    atomic_store(&house.session.authority.is_holding, false);
    house_settle(&house);
    rn_flights_detach(house.flights);
    rn_recurse_close(house.session.recurse); /* it has done what it had to do */
    CHECK(puts_of(&house) == 3);
    house_stop(&house);
}

/* Who leaves a flight at his deadline is found at once, however many of longer patience wait for it. */
static void test_leave(void)
{
    struct house house;
    uint64_t ticket;
    house_start(&house, &HOUSE_LIMITS);
    for (unsigned i = 0; i < MANY; i++)
        CHECK(house_join(&house, i % HOUSE_CLIENTS, i % 2 ? VIEWED + i % 7 : LOOPBACK, "silent", i,
                         false, &ticket) == RN_JOINED);
    house_later(&house, 2000);
    wait_for_waiters(&house, MANY / 2);
    house_later(&house, 2000);
    wait_for_waiters(&house, 0);
    for (unsigned i = 0; i < MANY; i++)
        house_expect(&house, i % HOUSE_CLIENTS, i, SERVFAIL);
    CHECK(longest_search(&house) <= 2);
    house_stop(&house);
}

/* So is who parts, of the chain. */
static void test_part(void)
{
    struct house house;
    static struct rn_flight_question questions[MANY];
    house_start(&house, &HOUSE_LIMITS);
    for (unsigned i = 0; i < MANY; i++) {
        questions[i] = house_question(&house, "silent");
        memcpy(questions[i].client.octets, (uint8_t[]){192, 0, (uint8_t)(i >> 8), (uint8_t)i}, 4);
        CHECK(rn_flights_join(house.flights, &questions[i], HOUSE_NOW_MS) == RN_JOINED);
    }
    for (unsigned i = MANY; i-- > 0;) {
        CHECK(house_counts(&house).waiters == i + 1);
        rn_flights_part(house.flights, &questions[i]);
        rn_flights_part(house.flights, &questions[i]); /* again: nothing */
    }
    CHECK(house_counts(&house).waiters == 0 && longest_search(&house) <= 2);
    house_stop(&house);
}

void party_tests(void)
{
    test_views();
    test_kept();
    test_leave();
    test_part();
}
