/* SPDX-License-Identifier: Apache-2.0 */
/* Counters: each query in its group and buckets, and none is lost while they are read. */
#include "../counts.h"

#include "check.h"
#include "served_query.h"
#include "tests.h"

#include <pthread.h>
#include <string.h>

enum { COUNTERS = 4096, QUERIES = 200000, WRITERS = 3 };

/* Sums of all changes that were told, by counter. */
struct sums {
    uint64_t of[COUNTERS];
};

static void read_changes(struct rn_ledger *ledger, struct sums *sums)
{
    struct rn_change changes[7]; /* few, so that telling goes on in the middle of a group */
    size_t count;
    do {
        count = rn_ledger_changes(ledger, changes, 7);
        for (size_t i = 0; i < count; i++) {
            CHECK(changes[i].counter < COUNTERS && changes[i].amount > 0);
            sums->of[changes[i].counter] += changes[i].amount;
        }
    } while (count == 7);
}

/* Two listeners, blocks of one zone and of two; the second block's acl names one zone. */
static struct rn_ledger *new_ledger(void)
{
    static const uint32_t zones[] = {1, 2}, acl_zones[] = {0, 1};
    struct rn_ledger *ledger = rn_ledger_new(1, 2, 2, zones, acl_zones);
    CHECK(ledger);
    return ledger;
}

enum { FIRST_ROW = 2 * RN_LISTENER_SIZE, FIRST_ACL = FIRST_ROW + (2 + 3) * RN_ROW_SIZE };

static void test_places(void)
{
    struct sums sums = {0};
    struct rn_plan plan = {.ledger = new_ledger()};
    struct rn_counts *counts = rn_counts_new(RN_PAGES - 1);
    struct served_query query;
    served_query_set(&query, &plan);
    query.arrival.listener = 1;
    query.served.block = 1;
    query.served.zone = 1;
    query.served.duration_ns = 250001;
    rn_counts_add(counts, &query.served);
    query.served.access = RN_BLOCKED;
    query.served.acl_zone = 0;
    query.served.duration_ns = INT64_MAX;
    rn_counts_add(counts, &query.served);
    query.served.rejection = RN_NO_ZONE;
    rn_counts_add(counts, &query.served);
    query.served.rejection = RN_MALFORMED;
    rn_counts_add(counts, &query.served);
    rn_counts_tally(counts, &plan, 0, RN_TALLY_UNSENT, 5);
    read_changes(plan.ledger, &sums);
    unsigned row = FIRST_ROW + (2 + 1 + 1) * RN_ROW_SIZE; /* the last one */
    CHECK(sums.of[row + RN_ROW_DURATIONS + 1] == 1);
    CHECK(sums.of[row + RN_ROW_DURATIONS + 16] == 1);
    CHECK(sums.of[row + RN_ROW_DURATIONS + 17] == (uint64_t)INT64_MAX + 250001);
    CHECK(sums.of[row + RN_ROW_ACCESS + RN_ALLOWED] == 1);
    CHECK(sums.of[row + RN_ROW_ACCESS + RN_BLOCKED] == 0);
    CHECK(sums.of[FIRST_ACL + RN_ACL_BLOCKED] == 1);
    CHECK(sums.of[RN_LISTENER_SIZE + RN_LISTENER_REJECTED + RN_NO_ZONE] == 1);
    CHECK(sums.of[RN_LISTENER_SIZE + RN_LISTENER_REJECTED + RN_MALFORMED] == 1);
    CHECK(sums.of[RN_LISTENER_UNSENT] == 5);
    CHECK(sums.of[FIRST_ROW + RN_ROW_SIZE + RN_ROW_DURATIONS] == 1); /* dropped: it took no time */
    rn_counts_free(counts);
    rn_ledger_free(plan.ledger);
}

static void test_values_that_make_no_sense(void)
{
    static const uint32_t none[] = {0}, many[] = {UINT32_MAX, UINT32_MAX};
    struct rn_plan plan = {.ledger = NULL};
    struct served_query query;
    struct rn_counts counts = {0};
    CHECK(!rn_ledger_new(1, 0, 1, none, none));
    CHECK(!rn_ledger_new(1, 70000, 1, none, none));
    CHECK(!rn_ledger_new(1, 1, 2, many, many));
    CHECK(!rn_counts_new(RN_PAGES));
    served_query_set(&query, &plan);
    rn_counts_add(&counts, &query.served); /* nothing is counted, and nothing happens */
    rn_ledger_end(NULL);
    rn_ledger_free(NULL);
}

/* A thousand addresses with a hundred zones each: ledgers grow with both, not with their product. */
static void test_many(void)
{
    enum { LISTENERS = 1000, ZONES = 100 };
    uint32_t zones[LISTENERS], acl_zones[LISTENERS];
    for (int i = 0; i < LISTENERS; i++)
        zones[i] = acl_zones[i] = ZONES;
    struct rn_ledger *ledger = rn_ledger_new(1, LISTENERS, LISTENERS, zones, acl_zones);
    CHECK(ledger);
    rn_ledger_free(ledger);
}

/* A listener that the plan does not have, since it is closing, is counted nowhere. */
static void test_a_listener_that_is_gone(void)
{
    struct sums sums = {0}, none = {0};
    struct rn_plan plan = {.ledger = new_ledger()};
    struct rn_counts counts = {0};
    struct served_query query;
    served_query_set(&query, &plan);
    query.arrival.listener = 40000;
    query.served.rejection = RN_MALFORMED;
    rn_counts_add(&counts, &query.served);
    rn_counts_tally(&counts, &plan, 40000, RN_TALLY_LATE, 1);
    rn_counts_recursed(&counts, &plan, 40000, &(struct rn_recursed){.as = RN_RECURSED_LATE});
    rn_counts_lose_event(&counts, &query.served);
    read_changes(plan.ledger, &sums);
    CHECK(memcmp(&sums, &none, sizeof sums) == 0);
    rn_ledger_free(plan.ledger);
}

struct writer {
    struct rn_plan *plan;
    uint32_t page;
};

static void *write_counts(void *arg)
{
    struct writer *writer = arg;
    struct rn_counts *counts = rn_counts_new(writer->page);
    struct served_query query;
    served_query_set(&query, writer->plan);
    query.served.zone = 0;
    for (unsigned i = 0; i < QUERIES; i++) {
        query.served.block = i & 1;
        query.served.duration_ns = i;
        rn_counts_add(counts, &query.served);
    }
    rn_counts_free(counts);
    return NULL;
}

/* Three threads count while a fourth reads: at the end the sums are whole. */
static void test_reading_while_counting(void)
{
    struct sums sums = {0};
    struct rn_plan plan = {.ledger = new_ledger()};
    struct writer writers[WRITERS];
    pthread_t threads[WRITERS];
    rn_ledger_keep(plan.ledger); /* ours; the other one is the plan's */
    for (uint32_t i = 0; i < WRITERS; i++) {
        writers[i] = (struct writer){&plan, i};
        CHECK(pthread_create(&threads[i], NULL, write_counts, &writers[i]) == 0);
    }
    for (int i = 0; i < 200; i++)
        read_changes(plan.ledger, &sums);
    for (int i = 0; i < WRITERS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    CHECK(!rn_ledger_is_ended(plan.ledger));
    rn_ledger_end(plan.ledger);
    CHECK(rn_ledger_is_ended(plan.ledger));
    read_changes(plan.ledger, &sums);
    uint64_t queries = 0, sum_ns = 0;
    for (unsigned row = 2; row < 4;
         row++) { /* of the first listener, blocks 0 and 1, first zones */
        const uint64_t *durations = &sums.of[FIRST_ROW + row * RN_ROW_SIZE + RN_ROW_DURATIONS];
        queries += durations[0];
        sum_ns += durations[RN_DURATIONS - 1];
    }
    CHECK(queries == (uint64_t)WRITERS * QUERIES);
    CHECK(sum_ns == (uint64_t)WRITERS * QUERIES * (QUERIES - 1) / 2);
    rn_ledger_free(plan.ledger);
}

void counts_tests(void)
{
    test_places();
    test_values_that_make_no_sense();
    test_a_listener_that_is_gone();
    test_many();
    test_reading_while_counting();
}
