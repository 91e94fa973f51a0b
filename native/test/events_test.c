/* SPDX-License-Identifier: Apache-2.0 */
/* Events: whole, in order, and dropped with a count where there is no room. */
#include "../events.h"

#include "../wake.h"
#include "check.h"
#include "served_query.h"
#include "tests.h"

#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

enum { RING = 1 << 17, SIZE = 120, QUERIES = 100000, WRITERS = 2 }; /* 88 + 29, to the next 8 */

static const struct rn_block EVERYTHING = {
    .wants_events = true, .event_classes = 7, .manner = {.recursion_available = true}};

static struct rn_ledger *new_ledger(void)
{
    static const uint32_t zones[] = {1}, none[] = {0};
    struct rn_ledger *ledger = rn_ledger_new(77, 1, 1, zones, none);
    CHECK(ledger);
    return ledger;
}

/* Return how much a counter of the only block's row has grown. */
static uint64_t grown(struct rn_ledger *ledger, unsigned counter)
{
    struct rn_change changes[RN_ROW_SIZE];
    size_t count = rn_ledger_changes(ledger, changes, RN_ROW_SIZE);
    for (size_t i = 0; i < count; i++)
        if (changes[i].counter == RN_LISTENER_SIZE + RN_ROW_SIZE + counter)
            return changes[i].amount;
    return 0;
}

static void test_what_is_told(void)
{
    static uint8_t out[RN_EVENT_MAX];
    static const uint8_t wire[] = "\0\0\x84\0\0\1\0\0\0\0\0\0\7example\3org\0\0\1\0\1";
    struct rn_plan plan = {.ledger = new_ledger()};
    struct rn_events *events = rn_events_new(RING, 9, -1);
    struct rn_image image = {.wire = wire, .wire_length = 29, .validation = RN_VALIDATION_SECURE};
    struct rn_event event;
    struct served_query query;
    served_query_set(&query, &plan);
    query.arrival.asked.is_do = true;
    rn_events_tell(events, &EVERYTHING, &query.served, &image, 0);
    CHECK(rn_events_drain(events, out, sizeof out) == SIZE);
    memcpy(&event, out, sizeof event);
    CHECK(event.size == SIZE && event.plan == 77 && event.duration_ns == 1000);
    CHECK(event.query_length == 29 && event.response_size == 45 && event.client_port == 4711);
    CHECK(event.flags == (RN_QR | RN_AA | RN_RD | RN_RA | RN_AD));
    CHECK(event.bits == (RN_EVENT_SENT | RN_EVENT_DO) && event.response_class == RN_SUCCESS);
    CHECK(memcmp(out + sizeof event, query.octets, 29) == 0);
    query.served.is_sent = false;
    rn_events_tell(events, &EVERYTHING, &query.served, NULL, 0);
    CHECK(rn_events_drain(events, out, sizeof out) == SIZE);
    memcpy(&event, out, sizeof event);
    CHECK(event.bits == RN_EVENT_DO && event.flags == 0 && event.response_size == 0);
    CHECK(event.response_class == RN_ERROR);
    rn_events_free(events);
    rn_ledger_free(plan.ledger);
}

static void test_what_is_not_told(void)
{
    static uint8_t out[RN_EVENT_MAX];
    struct rn_plan plan = {.ledger = new_ledger()};
    struct rn_events *events = rn_events_new(RING, 9, -1);
    struct rn_block errors = {.wants_events = true, .event_classes = 1 << RN_ERROR};
    struct rn_block failures = {.wants_failures = true};
    struct served_query query;
    served_query_set(&query, &plan);
    rn_events_tell(events, NULL, &query.served, NULL, 0);
    rn_events_tell(events, &errors, &query.served, NULL, 0);
    rn_events_tell(events, &failures, &query.served, NULL, 0);
    CHECK(rn_events_drain(events, out, sizeof out) == 0);
    query.served.rcode = 2;
    query.served.failure = RN_TOO_MANY;
    rn_events_tell(events, &errors, &query.served, NULL, 0);
    rn_events_tell(events, &failures, &query.served, NULL, 0);
    CHECK(rn_events_drain(events, out, sizeof out) == 2 * SIZE);
    rn_events_free(events);
    rn_ledger_free(plan.ledger);
    CHECK(!rn_events_new(1000, 0, -1) && !rn_events_new(RING, RN_PAGES, -1));
    rn_events_free(NULL);
}

static void test_no_room(void)
{
    static uint8_t out[RN_EVENT_MAX];
    struct rn_plan plan = {.ledger = new_ledger()};
    struct rn_events *events = rn_events_new(RING, 9, -1);
    struct served_query query;
    served_query_set(&query, &plan);
    unsigned room = RING / SIZE;
    for (unsigned i = 0; i < room + 3; i++)
        rn_events_tell(events, &EVERYTHING, &query.served, NULL, 0);
    CHECK(rn_events_lost(events) == 3 && grown(plan.ledger, RN_ROW_LOST_QUERIES) == 3);
    size_t octets = 0, drained;
    while ((drained = rn_events_drain(events, out, sizeof out)) > 0)
        octets += drained;
    CHECK(octets == (size_t)room * SIZE);
    for (unsigned i = 0; i < 10 * room; i++) { /* round and round */
        rn_events_tell(events, &EVERYTHING, &query.served, NULL, 0);
        CHECK(rn_events_drain(events, out, sizeof out) == SIZE);
        CHECK(memcmp(out + sizeof(struct rn_event), query.octets, 29) == 0);
    }
    rn_events_free(events);
    rn_ledger_free(plan.ledger);
}

static void test_waking(void)
{
    static uint8_t out[RN_EVENT_MAX];
    uint64_t count;
    int wake_fd = rn_wake_new();
    struct rn_plan plan = {.ledger = new_ledger()};
    struct rn_events *events = rn_events_new(RING, 9, wake_fd);
    struct served_query query;
    served_query_set(&query, &plan);
    rn_events_tell(events, &EVERYTHING, &query.served, NULL, 0);
    CHECK(read(wake_fd, &count, sizeof count) < 0); /* nobody said that he sleeps */
    CHECK(rn_events_arm(events) == 1);
    CHECK(rn_events_drain(events, out, sizeof out) == SIZE);
    CHECK(rn_events_arm(events) == 0);
    rn_events_tell(events, &EVERYTHING, &query.served, NULL, 0);
    rn_events_tell(events, &EVERYTHING, &query.served, NULL, 0);
    CHECK(read(wake_fd, &count, sizeof count) == sizeof count && count == 1);
    rn_events_free(events);
    rn_ledger_free(plan.ledger);
    close(wake_fd);
}

struct writer {
    struct rn_plan *plan;
    struct rn_events *events;
    uint16_t number;
};

static void *write_events(void *arg)
{
    struct writer *writer = arg;
    struct served_query query;
    served_query_set(&query, writer->plan);
    query.arrival.client.port = writer->number;
    for (int64_t i = 0; i < QUERIES; i++) {
        query.served.duration_ns = i;
        rn_events_tell(writer->events, &EVERYTHING, &query.served, NULL, 0);
    }
    return NULL;
}

/* Two threads tell, a third drains: each one's events come in order, and all that are not there are
 * counted. */
static void test_reading_while_telling(void)
{
    static uint8_t out[RN_EVENT_MAX];
    int wake_fd = rn_wake_new();
    struct rn_plan plan = {.ledger = new_ledger()};
    struct rn_events *events = rn_events_new(RING, 9, wake_fd);
    struct writer writers[WRITERS];
    pthread_t threads[WRITERS];
    int64_t last[WRITERS] = {-1, -1};
    uint64_t told = 0;
    for (uint16_t i = 0; i < WRITERS; i++) {
        writers[i] = (struct writer){&plan, events, i};
        CHECK(pthread_create(&threads[i], NULL, write_events, &writers[i]) == 0);
    }
    while (told + rn_events_lost(events) < WRITERS * QUERIES) {
        size_t size = rn_events_drain(events, out, sizeof out);
        if (size == 0)
            sched_yield();
        for (size_t at = 0; at < size; at += SIZE) {
            struct rn_event event;
            memcpy(&event, out + at, sizeof event);
            CHECK(event.size == SIZE && event.client_port < WRITERS);
            CHECK(event.duration_ns > last[event.client_port]);
            last[event.client_port] = event.duration_ns;
            told++;
        }
    }
    for (int i = 0; i < WRITERS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    CHECK(told + rn_events_lost(events) == WRITERS * QUERIES);
    CHECK(grown(plan.ledger, RN_ROW_LOST_QUERIES) == rn_events_lost(events));
    rn_events_free(events);
    rn_ledger_free(plan.ledger);
    close(wake_fd);
}

void events_tests(void)
{
    test_what_is_told();
    test_what_is_not_told();
    test_no_room();
    test_waking();
    test_reading_while_telling();
}
