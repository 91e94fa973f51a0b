/* SPDX-License-Identifier: Apache-2.0 */
/* Plans: what is given is looked at, sets hold what they should, and plans change under load. */
#include "../plan.h"

#include "../counts.h"
#include "../served.h"
#include "check.h"
#include "served_query.h"
#include "tests.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { MANY = 5000, NAME = 32 };

static const uint8_t ROOT[] = "", EXAMPLE[] = "\7example\3org", ORG[] = "\3org";
static const uint8_t WWW[] = "\3www\7example\3org";
static const struct rn_plan_manner MANNER = {.payload_size = 1232, .response_rd = -1};

/* Write the name of a number; return its length. */
static size_t put_name(uint8_t *out, unsigned number)
{
    int digits = snprintf((char *)out + 1, NAME - 1, "host-%u", number);
    out[0] = (uint8_t)digits;
    memcpy(out + 1 + digits, EXAMPLE, sizeof EXAMPLE);
    return 1 + (size_t)digits + sizeof EXAMPLE;
}

static void test_names(void)
{
    static uint8_t octets[MANY * NAME];
    uint8_t name[NAME];
    size_t length = 0;
    for (unsigned i = 0; i < MANY; i++)
        length += put_name(octets + length, i);
    struct rn_names *names = rn_names_new(octets, length);
    unsigned wrong = 0;
    for (unsigned i = 0; i < 2 * MANY; i++) {
        size_t size = put_name(name, i);
        wrong += rn_names_contain(names, name, size) != (i < MANY);
    }
    CHECK(wrong == 0);
    rn_names_free(rn_names_keep(names));
    rn_names_free(names);
    CHECK(!rn_names_new(octets, length - 1)); /* the last one has no end */
    struct rn_names *none = rn_names_new(octets, 0);
    CHECK(none && !rn_names_contain(none, WWW, sizeof WWW));
    rn_names_free(none);
    static const uint8_t labels[] = "\3www\0\2wx";
    struct rn_names *first = rn_names_new(labels, sizeof labels);
    CHECK(rn_names_contain_label(first, WWW) && !rn_names_contain_label(first, EXAMPLE));
    CHECK(!rn_names_contain_label(first, ROOT));
    rn_names_free(first);
    rn_names_free(NULL);
    CHECK(!rn_names_keep(NULL));
}

static void test_name_lengths(void)
{
    uint8_t octets[300];
    CHECK(rn_name_length(WWW, sizeof WWW) == sizeof WWW);
    CHECK(rn_name_length(WWW, sizeof WWW - 1) == 0);
    CHECK(rn_name_length(ROOT, 1) == 1 && rn_name_length(ROOT, 0) == 0);
    memset(octets, 0, sizeof octets);
    octets[0] = 64; /* no label is as long */
    CHECK(rn_name_length(octets, sizeof octets) == 0);
    for (unsigned i = 0; i < 127; i++)
        octets[2 * i] = octets[2 * i + 1] = 1;
    CHECK(rn_name_length(octets, sizeof octets) == 255);
    octets[254] = octets[255] = 1;
    CHECK(rn_name_length(octets, sizeof octets) == 0);
}

static void test_zones(void)
{
    static uint8_t octets[MANY * NAME];
    uint8_t name[NAME];
    size_t length = 0;
    for (unsigned count = 0; count < MANY; count = count < 8 ? count + 1 : count * 3) {
        length = 0;
        for (unsigned i = 0; i < count; i++)
            length += put_name(octets + length, i);
        struct rn_zones *zones = rn_zones_new(octets, length);
        for (unsigned i = 0; i < 2 * count + 2; i++) {
            uint8_t below[4 + NAME] = "\1a\1b";
            size_t size = put_name(name, i);
            memcpy(below + 4, name, size);
            CHECK(rn_zones_contain(zones, name, size) == (i < count));
            CHECK(rn_zones_contain(zones, below, 4 + size) == (i < count));
        }
        CHECK(!rn_zones_contain(zones, EXAMPLE, sizeof EXAMPLE));
        rn_zones_free(rn_zones_keep(zones));
        rn_zones_free(zones);
    }
    for (unsigned i = 0; i < 300; i++) /* one name again and again */
        memcpy(octets + i * sizeof ORG, ORG, sizeof ORG);
    struct rn_zones *same = rn_zones_new(octets, 300 * sizeof ORG);
    CHECK(rn_zones_contain(same, WWW, sizeof WWW) && !rn_zones_contain(same, ROOT, 1));
    rn_zones_free(same);
    struct rn_zones *all = rn_zones_new(ROOT, 1);
    CHECK(rn_zones_contain(all, WWW, sizeof WWW) && rn_zones_contain(all, ROOT, 1));
    rn_zones_free(all);
    CHECK(!rn_zones_new(WWW, 5));
    rn_zones_free(NULL);
}

static void test_sources(void)
{
    static const struct rn_prefix prefixes[] = {
        {4, 8, {10, 1, 2, 3}},        {4, 32, {192, 0, 2, 1}}, {4, 8, {10}},
        {6, 32, {0x20, 1, 13, 0xB8}}, {4, 9, {11, 128}},
    };
    static const struct {
        struct rn_address address;
        bool is_there;
    } rows[] = {
        {{.octets = {10, 200}, .family = 4}, true},
        {{.octets = {192, 0, 2, 1}, .family = 4}, true},
        {{.octets = {192, 0, 2, 2}, .family = 4}, false},
        {{.octets = {11, 129}, .family = 4}, true},
        {{.octets = {11, 1}, .family = 4}, false},
        {{.octets = {10, 1}, .family = 6}, false},
        {{.octets = {0x20, 1, 13, 0xB8, 1}, .family = 6, .scope = 3}, true},
    };
    struct rn_sources *sources = rn_sources_new(prefixes, 5);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        CHECK(rn_sources_contain(sources, &rows[i].address) == rows[i].is_there);
    rn_sources_free(sources);
    struct rn_sources *nobody = rn_sources_new(NULL, 0);
    CHECK(nobody && !rn_sources_contain(nobody, &rows[0].address));
    rn_sources_free(nobody);
    static const struct rn_prefix odd[] = {{4, 33, {0}}, {6, 129, {0}}, {5, 8, {0}}};
    for (size_t i = 0; i < 3; i++)
        CHECK(!rn_sources_new(&odd[i], 1));
    rn_sources_free(NULL);
}

/* What makes no sense is told, whatever it is, and frees what was given before. */
static void test_values_that_make_no_sense(void)
{
    struct rn_plan *plan = rn_plan_new(1, 1);
    struct rn_plan_manner small = {.payload_size = 511},
                          odd = {.payload_size = 512, .response_rd = 2};
    struct rn_plan_block block = {.manner = MANNER}, late = {.manner = MANNER, .patience_ms = -1};
    struct rn_plan_claim claim = {.transports = 1 << RN_TRANSPORTS};
    struct rn_plan_rule rule = {.access = RN_DROPPED + 1};
    struct rn_plan_recursion recursion = {.flights = (struct rn_flights *)(void *)&block};
    struct rn_plan_cache cache = {.prefetch_percent = 10};
    static const uint16_t numbers[] = {0, 1};
    CHECK(!rn_plan_new(UINT16_MAX, 1) && !rn_plan_new(1, UINT16_MAX));
    CHECK(rn_plan_set_listener(plan, 1, &MANNER) == RN_EVALUE);
    CHECK(rn_plan_set_listener(plan, 0, &small) == RN_EVALUE);
    CHECK(rn_plan_set_listener(plan, 0, &odd) == RN_EVALUE);
    CHECK(rn_plan_set_block(plan, 1, &block) == RN_EVALUE);
    CHECK(rn_plan_set_block(plan, 0, &late) == RN_EVALUE);
    CHECK(rn_plan_add_claim(plan, 1, 0, &claim) == RN_EVALUE);
    CHECK(rn_plan_add_claim(plan, 0, 0, &claim) == RN_EVALUE);
    claim = (struct rn_plan_claim){.qtypes = numbers, .qtype_count = UINT16_MAX + 1};
    CHECK(rn_plan_add_claim(plan, 0, 0, &claim) == RN_EVALUE);
    CHECK(rn_plan_add_rule(plan, 1, &rule) == RN_EVALUE);
    CHECK(rn_plan_add_rule(plan, 0, &rule) == RN_EVALUE);
    rule = (struct rn_plan_rule){WWW, numbers, 2, sizeof WWW, NULL, 0, NULL, RN_BLOCKED};
    CHECK(rn_plan_add_rule(plan, 0, &rule) == RN_EVALUE); /* there is but one name */
    rule.zone_count = 0;
    CHECK(rn_plan_add_rule(plan, 0, &rule) == RN_EVALUE);   /* there is one */
    CHECK(rn_plan_set_cache(plan, 0, &cache) == RN_EVALUE); /* it names no groups */
    CHECK(rn_plan_set_recursion(plan, 1, &recursion) == RN_EVALUE);
    CHECK(rn_plan_set_recursion(plan, 0, &recursion) == RN_EVALUE);
    recursion = (struct rn_plan_recursion){
        .bogus_texts = "ab", .bogus_lengths = numbers, .bogus_codes = numbers, .bogus_count = 2};
    CHECK(rn_plan_set_recursion(plan, 0, &recursion) == RN_EVALUE); /* an empty text is in all */
    CHECK(rn_plan_add_zone(plan, 1, WWW, sizeof WWW, 0, 0) == RN_EVALUE);
    CHECK(rn_plan_add_zone(plan, 0, WWW, sizeof WWW, 1, 0) == RN_EVALUE);
    CHECK(rn_plan_add_zone(plan, 0, WWW, sizeof WWW - 1, 0, 0) == RN_EVALUE);
    CHECK(rn_plan_add_zone(plan, 0, WWW, 0, 0, 0) == RN_EVALUE);
    CHECK(rn_plan_add_zone(plan, 0, WWW, sizeof WWW, 0, UINT16_MAX) == RN_EVALUE);
    CHECK(rn_plan_add_zone(plan, 0, WWW, sizeof WWW, 0, 0) == RN_OK);
    CHECK(rn_plan_add_zone(plan, 0, ORG, sizeof ORG, 0, 1) == RN_OK);
    CHECK(rn_plan_add_zone(plan, 0, WWW, sizeof WWW, 0, 0) == RN_OK);
    CHECK(rn_plan_finish_listener(plan, 0) == RN_EVALUE); /* WWW is not in one place */
    CHECK(rn_plan_finish_listener(plan, 1) == RN_EVALUE);
    CHECK(rn_plan_add_zone(plan, 0, WWW, sizeof WWW, 0, 0) == RN_EVALUE); /* that is over */
    rn_plan_drop(plan);
    rn_plan_drop(NULL);
}

static void test_views(void)
{
    struct rn_plan *plan = rn_plan_new(1, 1);
    struct rn_plan_test tests[2 * RN_TESTS_DEEP + 2] = {0};
    struct rn_plan_test no_sources = {.kind = RN_TEST_CLIENT}, no_name = {.kind = RN_TEST_NAME};
    struct rn_plan_test half = {.kind = RN_TEST_NAME, .name = WWW, .name_length = 4};
    struct served_query query;
    served_query_set(&query, plan);
    CHECK(rn_plan_set_view(plan, 0, tests, 0) == RN_EVALUE);
    CHECK(rn_plan_set_view(plan, 1, tests, 1) == RN_EVALUE);
    CHECK(rn_plan_set_view(plan, 0, tests, 2) == RN_EVALUE); /* two answers */
    CHECK(rn_plan_set_view(plan, 0, &no_sources, 1) == RN_EVALUE);
    CHECK(rn_plan_set_view(plan, 0, &no_name, 1) == RN_EVALUE);
    CHECK(rn_plan_set_view(plan, 0, &half, 1) == RN_EVALUE);
    tests[1].kind = RN_TEST_AND;
    CHECK(rn_plan_set_view(plan, 0, tests, 2) == RN_EVALUE); /* and what? */
    tests[1].kind = RN_TESTS_DEEP;
    CHECK(rn_plan_set_view(plan, 0, tests, 2) == RN_EVALUE);
    size_t count = 0; /* as deep as may be, all true but the first */
    for (; count < RN_TESTS_DEEP; count++)
        tests[count].kind = count == 0 ? RN_TEST_FALSE : RN_TEST_TRUE;
    for (; count < 2 * RN_TESTS_DEEP - 1; count++)
        tests[count].kind = RN_TEST_AND;
    CHECK(rn_plan_set_view(plan, 0, tests, count) == RN_OK);
    CHECK(!rn_predicate_holds(plan->blocks[0].admits, &query.arrival));
    tests[count++].kind = RN_TEST_NOT;
    CHECK(rn_plan_set_view(plan, 0, tests, count) == RN_OK);
    CHECK(rn_predicate_holds(plan->blocks[0].admits, &query.arrival));
    for (count = 0; count < RN_TESTS_DEEP + 1; count++)
        tests[count].kind = RN_TEST_TRUE;
    for (; count < 2 * RN_TESTS_DEEP + 1; count++)
        tests[count].kind = RN_TEST_AND;
    CHECK(rn_plan_set_view(plan, 0, tests, count) == RN_EVALUE);
    rn_plan_drop(plan);
}

/* What plans of one test share. */
struct shared {
    struct rn_plan_holder *holder;
    struct rn_names *names;
    struct rn_zones *zones;
    atomic_bool is_over;
    atomic_uint taken;
};

/* Return a plan of two blocks at one listener, of which the second claims what is shared. */
static struct rn_plan *new_plan(const struct shared *shared, struct rn_ledger *ledger)
{
    struct rn_plan *plan = rn_plan_new(1, 2);
    static const uint16_t in[] = {1};
    struct rn_plan_block block = {.is_native = 1,
                                  .manner = MANNER,
                                  .qclasses = in,
                                  .qclass_count = 1,
                                  .event_zones = shared->zones,
                                  .cache_zones = shared->zones};
    struct rn_plan_claim claim = {
        .zones = shared->zones, .names = shared->names, .transports = 1 << RN_DO53_UDP};
    CHECK(plan && rn_plan_set_listener(plan, 0, &MANNER) == RN_OK);
    for (size_t i = 0; i < 2; i++)
        CHECK(rn_plan_set_block(plan, i, &block) == RN_OK);
    CHECK(rn_plan_add_zone(plan, 0, ROOT, 1, 0, 0) == RN_OK);
    CHECK(rn_plan_add_zone(plan, 0, ORG, sizeof ORG, 1, 0) == RN_OK);
    CHECK(rn_plan_finish_listener(plan, 0) == RN_OK);
    CHECK(rn_plan_add_claim(plan, 1, 0, &claim) == RN_OK);
    if (ledger)
        rn_plan_set_ledger(plan, ledger);
    return plan;
}

static void *take_and_drop(void *arg)
{
    struct shared *shared = arg;
    struct served_query query;
    served_query_set(&query, NULL);
    while (!atomic_load(&shared->is_over)) {
        struct rn_plan *plan = rn_plan_take(shared->holder);
        if (!plan)
            continue;
        for (unsigned i = 0; i < 16; i++) {
            struct rn_route route;
            CHECK(rn_plan_route(plan, &query.arrival, &route) == RN_WAY_BLOCK);
            CHECK(route.block->number == 1 && route.zone == 0);
            CHECK(rn_claims_match(&route.block->ahead, &query.arrival));
        }
        struct rn_plan *kept = rn_plan_keep(plan); /* as for a query that waits */
        rn_plan_drop(plan);
        CHECK(rn_plan_refusing(kept, 0)->payload_size == 1232);
        rn_plan_drop(kept);
        atomic_fetch_add(&shared->taken, 1);
    }
    return NULL;
}

/* Four threads take plans and give them back while others come; all of them go. */
static void test_changes_under_load(void)
{
    enum { THREADS = 4, CHANGES = 300 };
    static const uint32_t zones[] = {1, 1}, acl_zones[] = {0, 0};
    pthread_t threads[THREADS];
    struct rn_ledger *ledgers[CHANGES];
    struct shared shared = {
        .holder = rn_plan_holder_new(),
        .names = rn_names_new(EXAMPLE, sizeof EXAMPLE),
        .zones = rn_zones_new(ORG, sizeof ORG),
    };
    CHECK(!rn_plan_take(shared.holder));
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, take_and_drop, &shared) == 0);
    for (unsigned i = 0; i < CHANGES; i++) {
        unsigned before = atomic_load(&shared.taken);
        CHECK((ledgers[i] = rn_ledger_new(i, 1, 2, zones, acl_zones)));
        rn_plan_holder_set(shared.holder, i % 7 == 3 ? NULL : new_plan(&shared, ledgers[i]));
        while (i % 7 == 0 && atomic_load(&shared.taken) < before + THREADS)
            continue;
    }
    rn_plan_holder_set(shared.holder, new_plan(&shared, NULL));
    atomic_store(&shared.is_over, true);
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    for (unsigned i = 0; i < CHANGES; i++) {
        CHECK(rn_ledger_is_ended(ledgers[i]) == (i % 7 != 3));
        rn_ledger_free(ledgers[i]);
    }
    rn_plan_holder_free(shared.holder);
    rn_plan_holder_free(NULL);
    rn_names_free(shared.names);
    rn_zones_free(shared.zones);
}

void plan_tests(void)
{
    test_name_lengths();
    test_names();
    test_zones();
    test_sources();
    test_values_that_make_no_sense();
    test_views();
    test_changes_under_load();
}
