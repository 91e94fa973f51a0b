/* SPDX-License-Identifier: Apache-2.0 */
/* Native misses, from the query to the reply: storms, caps, deadlines, ends, with Python beside. */
#include "check.h"
#include "house.h"
#include "tests.h"

#include <poll.h>
#include <string.h>

enum { NOERROR = 0, SERVFAIL = 2, NXDOMAIN = 3, LOOPBACK = 0x7F000001, CLIENT = 0xC0000201 };

static enum rn_joined join(struct house *house, const char *label, unsigned id)
{
    uint64_t ticket;
    return house_join(house, 0, LOOPBACK, label, id, false, &ticket);
}

/* Through a lane: a miss is recursion, then a hit; a denial too. */
static void test_misses(void)
{
    struct house house;
    char label[16];
    house_start(&house, &HOUSE_LIMITS);
    house_open(&house);
    for (unsigned round = 0; round < 2; round++) {
        for (unsigned i = 0; i < 100; i++) {
            snprintf(label, sizeof label, "x%u", i);
            house_send(&house, 0, label, i);
        }
        bool seen[100] = {false};
        for (unsigned i = 0; i < 100; i++) {
            uint8_t reply[RN_REPLY_ROOM];
            size_t length = house_receive(&house, 0, reply);
            unsigned id = (unsigned)reply[0] << 8 | reply[1];
            CHECK(length > 16 && id < 100 && !seen[id] && (reply[3] & 15) == NOERROR);
            CHECK(reply[7] == 1 && memcmp(reply + length - 4, "\300\0\2\1", 4) == 0);
            seen[id] = true;
        }
        CHECK(atomic_load(&house.session.authority.asked) == 100);
    }
    house_send(&house, 0, "nobody", 7);
    house_expect(&house, 0, 7, NXDOMAIN);
    house_send(&house, 0, "nobody", 8);
    house_expect(&house, 0, 8, NXDOMAIN);
    CHECK(atomic_load(&house.session.authority.asked) == 101);
    house_send(&house, 0, "fail", 9);
    house_expect(&house, 0, 9, SERVFAIL);
    house_settle(&house);
    house_stop(&house);
}

/* 3000 who ask the same at once, with and without DO: one recursion, and each gets its answer. */
static void test_storm(void)
{
    struct house house;
    uint64_t ticket;
    house_start(&house, &HOUSE_LIMITS);
    atomic_store(&house.session.authority.is_holding, true);
    for (unsigned i = 0; i < 3000; i++)
        CHECK(house_join(&house, i % HOUSE_CLIENTS, LOOPBACK, "held", i, i % 3 == 0, &ticket) ==
              RN_JOINED);
    CHECK(house_counts(&house).flights == 1 && house_counts(&house).waiters == 3000);
    struct rn_flight_shown shown[2];
    CHECK(rn_flights_show(house.flights, shown, 2) == 1 && shown[0].waiting == 3000);
    CHECK(shown[0].qname_length == 18 && memcmp(shown[0].qname, "\4held\7example", 13) == 0);
    atomic_store(&house.session.authority.is_holding, false);
    for (unsigned client = 0; client < HOUSE_CLIENTS; client++) {
        /* With DO first, as the first of them did, and in the order in which they came. */
        for (unsigned is_do = 2; is_do-- > 0;)
            for (unsigned i = client; i < 3000; i += HOUSE_CLIENTS)
                if ((i % 3 == 0) == is_do)
                    house_expect(&house, client, i, NOERROR);
        CHECK(house_is_quiet(&house, client));
    }
    CHECK(house_counts(&house).waiters == 0);
    CHECK(atomic_load(&house.session.authority.asked) < 5); /* sent again while it was held */
    house_stop(&house);
}

/* Caps of all, of a client, of a suffix, of flights; loopback has none of its own. */
static void test_caps(void)
{
    struct house house;
    uint64_t ticket;
    char label[16];
    const struct rn_flight_limits limits = {
        .slots = 4, .flights = 12, .waiters = 40, .client_waiters = 5, .deadline_ms = 4000};
    house_start(&house, &limits);
    for (unsigned i = 0; i < 6; i++)
        CHECK(house_join(&house, 0, CLIENT, "silent", i, false, &ticket) ==
              (i < 5 ? RN_JOINED : RN_REFUSED_CLIENT));
    CHECK(house_join(&house, 0, CLIENT + 1, "silent", 6, false, &ticket) == RN_JOINED);
    for (unsigned i = 1; i < 13; i++) {
        snprintf(label, sizeof label, "silent%u", i);
        CHECK(join(&house, label, i) == (i < 12 ? RN_JOINED : RN_REFUSED_FLIGHTS));
    }
    CHECK(house_counts(&house).flights == 12);
    CHECK(house_counts(&house).begun == 2); /* half of the slots: no suffix gets more */
    /* 17 wait, all for names below example.org: half of the places are taken with 20. */
    for (unsigned i = 17; i < 21; i++)
        CHECK(join(&house, "silent", i) == (i < 20 ? RN_JOINED : RN_REFUSED_SUFFIX));
    CHECK(house_counts(&house).waiters == 20);
    house_stop(&house);
}

/* At the deadline each is answered once; what was begun goes on, and who comes then is told so. */
static void test_deadline(void)
{
    struct house house;
    char label[16];
    struct rn_flight_limits limits = HOUSE_LIMITS;
    limits.slots = 4; /* of which one suffix gets half */
    house_start(&house, &limits);
    for (unsigned i = 0; i < 10; i++) {
        snprintf(label, sizeof label, "s%u", i / 2);
        CHECK(join(&house, label, i) == RN_JOINED);
    }
    CHECK(house_counts(&house).flights == 5 && house_counts(&house).begun == 2);
    house_later(&house, 3999);
    CHECK(join(&house, "s0", 10) == RN_JOINED);
    CHECK(house_is_quiet(&house, 0));
    house_later(&house, 1);
    unsigned ids = 0;
    for (unsigned i = 0; i < 10; i++) {
        uint8_t reply[RN_REPLY_ROOM];
        CHECK(house_receive(&house, 0, reply) > 0 && (reply[3] & 15) == SERVFAIL);
        ids |= 1U << reply[1];
    }
    CHECK(ids == (1U << 10) - 1);
    while (house_counts(&house).flights > 2)
        poll(NULL, 0, 1); /* the watch answers, then lets go */
    CHECK(house_counts(&house).begun == 2);
    CHECK(join(&house, "s0", 11) == RN_JOINED_TOO_LATE);
    CHECK(join(&house, "s3", 12) == RN_JOINED); /* was dropped, and is new */
    house_stop(&house);
}

/* An end tells all who wait: those without a slot at once, the others when libunbound ends. */
static void test_end(void)
{
    struct house house;
    char label[16];
    struct rn_flight_limits limits = HOUSE_LIMITS;
    limits.slots = 4; /* of which one suffix gets half */
    house_start(&house, &limits);
    for (unsigned i = 0; i < 20; i++) {
        snprintf(label, sizeof label, "s%u", i);
        CHECK(join(&house, label, i) == RN_JOINED);
    }
    rn_flights_detach(house.flights);
    for (unsigned i = 0; i < 18; i++) {
        uint8_t reply[RN_REPLY_ROOM];
        CHECK(house_receive(&house, 0, reply) > 0 && (reply[3] & 15) == SERVFAIL && reply[1] >= 2);
    }
    CHECK(house_counts(&house).flights == 2 && house_counts(&house).waiters == 2);
    CHECK(join(&house, "x", 20) == RN_REFUSED_FLIGHTS);
    rn_recurse_close(house.session.recurse);
    for (unsigned i = 0; i < 2; i++) {
        uint8_t reply[RN_REPLY_ROOM];
        CHECK(house_receive(&house, 0, reply) > 0 && (reply[3] & 15) == SERVFAIL && reply[1] < 2);
    }
    CHECK(house_counts(&house).flights == 0);
    house_stop(&house);
}

/* A closed upstream begins nothing more, nor does a plan that names it once its group is another's. */
static void test_upstreams(void)
{
    struct house house;
    char label[16];
    struct rn_flight_limits limits = HOUSE_LIMITS;
    limits.slots = 1;
    house_start(&house, &limits);
    CHECK(join(&house, "s0", 0) == RN_JOINED && join(&house, "x", 1) == RN_JOINED);
    rn_flights_close(house.flights, house.upstream);
    house_expect(&house, 0, 1, SERVFAIL);
    uint32_t before = house.upstream;
    house.upstream = rn_flights_open(house.flights, 0, 8);
    CHECK(house.upstream != 0 && house.upstream != before);
    CHECK(join(&house, "x", 2) == RN_REFUSED_FLIGHTS);
    rn_flights_close(house.flights, before); /* again: nothing */
    house_set_plan(&house);
    CHECK(join(&house, "s0", 3) == RN_JOINED); /* another flight than the one before */
    CHECK(house_counts(&house).flights == 2 && house_counts(&house).begun == 1);
    CHECK(rn_flights_open(house.flights, RN_GROUPS, 1) == 0);
    for (unsigned i = 0; i < 3; i++) {
        snprintf(label, sizeof label, "y%u", i);
        CHECK(join(&house, label, 4 + i) == RN_JOINED);
    }
    house_stop(&house);
}

/* Questions of the chain's join too: one recursion, and one result for all of them. */
static void test_chain(void)
{
    struct house house;
    house_start(&house, &HOUSE_LIMITS);
    atomic_store(&house.session.authority.is_holding, true);
    struct rn_flight_question one = house_question(&house, "held"), two = one, three = one;
    CHECK(rn_flights_join(house.flights, &one, HOUSE_NOW_MS) == RN_JOINED && !one.is_coalesced);
    CHECK(join(&house, "held", 1) == RN_JOINED);
    CHECK(rn_flights_join(house.flights, &two, HOUSE_NOW_MS) == RN_JOINED && two.is_coalesced);
    CHECK(one.number == two.number && house_counts(&house).waiters == 3);
    rn_flights_part(house.flights, &two);
    CHECK(house_counts(&house).waiters == 2);
    three.renew = 1; /* by the other context: another flight */
    CHECK(rn_flights_join(house.flights, &three, HOUSE_NOW_MS) == RN_JOINED);
    CHECK(three.number != one.number && house_counts(&house).flights == 2);
    CHECK(rn_flights_join(house.flights, &three, HOUSE_NOW_MS + 4000) == RN_JOINED_TOO_LATE);
    atomic_store(&house.session.authority.is_holding, false);
    house_expect(&house, 0, 1, NOERROR);
    for (int i = 0; i < 2; i++) {
        struct rn_result result = next_result(&house.session);
        CHECK(result.ticket == one.number || result.ticket == three.number);
        CHECK(result.context == (result.ticket == three.number));
        CHECK(result.rcode == NOERROR && result.wire_length > 12 && house.session.wire[7] == 1);
    }
    rn_flights_part(house.flights, &one); /* has come already: nothing */
    CHECK(house_counts(&house).waiters == 0 && is_quiet(&house.session, 0));
    house_stop(&house);
}

/* One of the chain's that comes with a ticket is answered as a lane's is, and what it gets is kept. */
static void test_tickets(void)
{
    struct house house;
    house_start(&house, &HOUSE_LIMITS);
    atomic_store(&house.session.authority.is_holding, true);
    struct rn_flight_question one = house_question(&house, "held"), two = one, late = one, none = one;
    one.is_rd = two.is_rd = late.is_rd = none.is_rd = 1;
    one.ticket = house_divert(&house, 0, "held", 1);
    two.ticket = house_divert(&house, 1, "held", 2);
    late.ticket = house_divert(&house, 2, "held", 3);
    none.ticket = UINT64_MAX;
    struct rn_flight_question *asked[] = {&one, &two, &late, &none};
    for (int i = 0; i < 4; i++)
        CHECK(rn_flights_join(house.flights, asked[i], HOUSE_NOW_MS) == RN_JOINED);
    CHECK(one.ticket != 0 && two.ticket != 0 && late.ticket != 0 && none.ticket == 0);
    rn_engine_reply(house.engine, late.ticket, (const uint8_t *)"\0\3\200\5\0\0\0\0\0\0\0\0", 12);
    CHECK(rn_engine_send(house.engine) == 1); /* as at its deadline */
    rn_flights_part(house.flights, &two);
    CHECK(house_counts(&house).waiters == 3);
    atomic_store(&house.session.authority.is_holding, false);
    house_expect(&house, 0, 1, NOERROR);
    uint64_t shared = none.number;
    CHECK(shared != one.number && shared != two.number && shared != late.number &&
          one.number != late.number);
    for (int i = 0; i < 3; i++) { /* each with a ticket has one of his own: it says what became of him */
        struct rn_result result = next_result(&house.session);
        CHECK(result.ticket == one.number || result.ticket == late.number ||
              result.ticket == shared);
        CHECK(result.is_answered == (result.ticket == one.number));
        CHECK((result.wire_length > 12) == !result.is_answered && result.rcode == NOERROR);
    }
    CHECK(is_quiet(&house.session, 0));
    house_expect(&house, 2, 3, 5);
    CHECK(house_is_quiet(&house, 1) && house_is_quiet(&house, 2));
    rn_engine_reply(house.engine, two.ticket, NULL, 0);
    rn_engine_reply(house.engine, one.ticket, (const uint8_t *)"\0\1\200\5\0\0\0\0\0\0\0\0", 12);
    CHECK(rn_engine_send(house.engine) == 1); /* of the one that had parted */
    unsigned before = atomic_load(&house.session.authority.asked);
    house_open(&house);
    house_send(&house, 0, "held", 4);
    house_expect(&house, 0, 4, NOERROR);
    CHECK(atomic_load(&house.session.authority.asked) == before);
    house_stop(&house);
}

/* Another upstream than the block's may not answer by the ticket; what fails does. */
static void test_ticket_of_another(void)
{
    struct house house;
    house_start(&house, &HOUSE_LIMITS);
    struct rn_flight_question one = house_question(&house, "silent"), other = one;
    one.ticket = house_divert(&house, 0, "silent", 1);
    CHECK(rn_flights_join(house.flights, &one, HOUSE_NOW_MS) == RN_JOINED && one.ticket != 0);
    other.ticket = house_divert(&house, 0, "silent", 2);
    other.upstream = rn_flights_open(house.flights, 0, 1);
    CHECK(rn_flights_join(house.flights, &other, HOUSE_NOW_MS) == RN_JOINED && other.ticket == 0);
    rn_flights_detach(house.flights);
    rn_recurse_close(house.session.recurse);
    house_expect(&house, 0, 1, SERVFAIL);
    CHECK(house_is_quiet(&house, 0));
    house_stop(&house);
}

/* Who parts before his flight begins takes it with him, and its result comes to nobody. */
static void test_part(void)
{
    struct house house;
    struct rn_flight_limits limits = HOUSE_LIMITS;
    limits.slots = 1;
    house_start(&house, &limits);
    struct rn_flight_question begun = house_question(&house, "s0"),
                              waits = house_question(&house, "s1"),
                              other = house_question(&house, "s2");
    CHECK(rn_flights_join(house.flights, &begun, HOUSE_NOW_MS) == RN_JOINED);
    CHECK(rn_flights_join(house.flights, &waits, HOUSE_NOW_MS) == RN_JOINED);
    CHECK(rn_flights_join(house.flights, &other, HOUSE_NOW_MS) == RN_JOINED);
    rn_flights_part(house.flights, &begun);
    rn_flights_part(house.flights, &waits);
    CHECK(house_counts(&house).flights == 2 && house_counts(&house).waiters == 1);
    rn_flights_close(house.flights, house.upstream);
    struct rn_result result = next_result(&house.session);
    CHECK(result.ticket == other.number && result.rcode == SERVFAIL && result.wire_length == 0);
    house_stop(&house);
}

/* What is held begins with the next start, or with what a lane joins. */
static void test_held(void)
{
    struct house house;
    house_start(&house, &HOUSE_LIMITS);
    struct rn_flight_question one = house_question(&house, "a"), two = house_question(&house, "b");
    one.is_held = two.is_held = 1;
    CHECK(rn_flights_join(house.flights, &one, HOUSE_NOW_MS) == RN_JOINED);
    CHECK(rn_flights_join(house.flights, &two, HOUSE_NOW_MS) == RN_JOINED);
    CHECK(house_counts(&house).flights == 2 && house_counts(&house).begun == 0);
    rn_flights_start(house.flights);
    for (int i = 0; i < 2; i++)
        CHECK(next_result(&house.session).rcode == NOERROR);
    CHECK(house_counts(&house).flights == 0);
    house_stop(&house);
}

void flight_tests(void)
{
    test_held();
    test_misses();
    test_storm();
    test_caps();
    test_deadline();
    test_end();
    test_upstreams();
    test_chain();
    test_tickets();
    test_ticket_of_another();
    test_part();
}
