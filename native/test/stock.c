/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A native engine without sockets: a plan with something of everything, a store with many shapes.
 *
 *     listener 0   .                 block 0   acl, claims, recursion by the chain
 *                  example.org       block 1   a view; shuffled, TTLs kept
 *                                    block 2   caches a part; recursion by flights
 *                  opaque.example    block 3   only Python can tell
 *     listener 1   example.org       block 4   large answers, RD as it likes, prefetch
 *                  net               block 5   not native
 */
#include "stock.h"

#include "../clock.h"
#include "../flight.h"
#include "../plan.h"
#include "check.h"

#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { A = 1, ANY = 255 };
enum { STORE_OCTETS = 4 << 20, PLACES = 64, EVENT_OCTETS = 1 << 17, ROOM = 4096 };

static const uint8_t ORG[] = "\7example\3org", WWW[] = "\3www\7example\3org";
static const uint8_t CLAIMED[] = "\7claimed\7example\3org", FILTERED[] = "\10filtered\7example\3org";

static void keep(struct stock *stock, const struct rn_plan *plan, const struct stocked *made,
                 int64_t now_ms)
{
    uint8_t wire[ROOM];
    for (unsigned i = 0; i < STOCK_BLOCKS; i++) {
        const struct rn_cache_policy *policy = &plan->blocks[i].cache;
        struct rn_image image = made->image;
        struct rn_key key = made->key;
        if (!policy->success)
            continue;
        key.partition = policy->partition;
        memcpy(wire, image.wire, image.wire_length); /* TTLs are brought within bounds there */
        image.wire = wire;
        rn_keep(stock->store, policy, &key, true, &image, wire, now_ms, STOCK_WALL_S);
    }
}

void stock_fill(struct stock *stock, int64_t now_ms, const uint8_t *qname, size_t room)
{
    struct rn_plan *plan = rn_plan_take(stock->holder);
    for (size_t i = 0; i < STOCK_IMAGES; i++) {
        const struct stocked *made = &stock->images[i];
        size_t label = 1u + made->key.qname[0];
        bool is_it = !qname || (room >= label && qname[0] == label - 1);
        for (size_t at = 1; is_it && qname && at < label; at++)
            is_it = (qname[at] | 0x20) == made->key.qname[at];
        if (is_it)
            keep(stock, plan, made, now_ms);
    }
    rn_plan_drop(plan);
}

static void add_acl(struct rn_plan *plan)
{
    static const struct rn_prefix dropped[] = {{4, 24, {198, 51, 100}}};
    static const uint16_t numbers[] = {0}, any[] = {ANY};
    struct rn_sources *drop = rn_sources_new(dropped, 1);
    struct rn_plan_rule rules[] = {
        {.zones = FILTERED, .zone_numbers = numbers, .zone_count = 1,
         .zones_length = sizeof FILTERED, .access = RN_FILTERED},
        {.zones = (const uint8_t *)"", .zone_numbers = numbers, .zone_count = 1, .zones_length = 1,
         .sources = drop, .access = RN_DROPPED},
        {.zones = ORG, .zone_numbers = numbers, .zone_count = 1, .zones_length = sizeof ORG,
         .qtypes = any, .qtype_count = 1, .access = RN_BLOCKED},
    };
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        CHECK(rn_plan_add_rule(plan, 0, &rules[i]) == RN_OK);
    rn_sources_free(drop);
}

static void add_claims(struct rn_plan *plan)
{
    static const uint8_t first[] = "\11localhost";
    static const uint16_t nsid[] = {3}, any[] = {ANY};
    struct rn_names *names = rn_names_new(CLAIMED, sizeof CLAIMED);
    struct rn_names *labels = rn_names_new(first, sizeof first);
    struct rn_zones *zones = rn_zones_new(CLAIMED, sizeof CLAIMED);
    const struct rn_plan_claim claims[] = {
        {.names = names, .transports = 31},
        {.first_labels = labels, .transports = 31},
        {.edns_options = nsid, .edns_option_count = 1, .transports = 1},
        {.zones = zones, .qtypes = any, .qtype_count = 1, .transports = 31},
    };
    CHECK(names && labels && zones);
    for (size_t block = 0; block < 3; block++)
        for (size_t i = 0; i < sizeof claims / sizeof claims[0]; i++)
            CHECK(rn_plan_add_claim(plan, block, (i + block) % 2 != 0, &claims[i]) == RN_OK);
    rn_names_free(names);
    rn_names_free(labels);
    rn_zones_free(zones);
}

static void set_view(struct rn_plan *plan)
{
    static const struct rn_prefix prefix = {4, 24, {192, 0, 2}};
    struct rn_sources *sources = rn_sources_new(&prefix, 1);
    const struct rn_plan_test tests[] = {
        {.kind = RN_TEST_CLIENT, .sources = sources},
        {.kind = RN_TEST_TYPE, .number = A},
        {.kind = RN_TEST_NAME, .name = WWW, .name_length = sizeof WWW},
        {.kind = RN_TEST_OR},
        {.kind = RN_TEST_AND},
    };
    CHECK(rn_plan_set_view(plan, 1, tests, sizeof tests / sizeof tests[0]) == RN_OK);
    rn_sources_free(sources);
}

static void set_block(struct stock *stock, struct rn_plan *plan, size_t number)
{
    static const uint16_t qclasses[] = {1, 3};
    static const struct rn_prefix known[] = {{4, 8, {127}}, {4, 24, {192, 0, 2}}, {6, 8, {0xFD}}};
    struct rn_sources *standard = number == 0 ? rn_sources_new(known, 3) : NULL;
    struct rn_zones *cached = number == 2 ? rn_zones_new(ORG, sizeof ORG) : NULL;
    struct rn_plan_block block = {
        .is_native = number != 5,
        .is_opaque = number == 3,
        .has_acl = number == 0,
        .wants_events = number < 2,
        .wants_failures = 1,
        .event_classes = 0xFF,
        .manner = {.payload_size = number == 4 ? 4096 : 1232,
                   .response_rd = (int8_t)(number == 4 ? 1 : -1),
                   .recursion_available = number != 4,
                   .is_shuffled = number == 1},
        .patience_ms = 4000,
        .cache_zones = cached,
        .standard = standard,
        .qclasses = qclasses,
        .qclass_count = 1 + (number & 1),
    };
    struct rn_plan_cache cache = {
        .partition = {(uint8_t)(number + 1)},
        .beside = {(uint8_t)(number + 1), 1},
        .max_stale_ms = number == 2 ? 3600000 : 0,
        .servfail_ms = 5000,
        .recheck_ms = 30000,
        .prefetch_gap_ms = 60000,
        .success_max_s = 3600,
        .denial_max_s = 1800,
        .stale_ttl_s = 30,
        .prefetch_amount = number == 4 ? 2 : 0,
        .prefetch_percent = 50,
        .keep_ttl = number == 1,
        .snoop = number == 2,
    };
    struct rn_plan_recursion recursion = {.flights = number == 2 ? stock->flights : NULL,
                                          .upstream = stock->upstream,
                                          .snoop = number == 2};
    cache.success = rn_store_group(stock->store, cache.partition, 0);
    cache.denial = rn_store_group(stock->store, cache.partition, 1);
    CHECK(rn_plan_set_block(plan, number, &block) == RN_OK);
    if (number != 3 && number != 5)
        CHECK(rn_plan_set_cache(plan, number, &cache) == RN_OK);
    CHECK(rn_plan_set_recursion(plan, number, &recursion) == RN_OK);
    rn_zones_free(cached);
    rn_sources_free(standard);
}

void stock_set_plan(struct stock *stock)
{
    static const uint8_t opaque[] = "\6opaque\7example", net[] = "\3net";
    static const struct rn_plan_manner manner = {.payload_size = 1232, .response_rd = -1};
    struct rn_plan *plan = rn_plan_new(STOCK_LISTENERS, STOCK_BLOCKS);
    CHECK(plan);
    rn_plan_set_ledger(plan, stock->ledger);
    for (size_t number = 0; number < STOCK_BLOCKS; number++)
        set_block(stock, plan, number);
    add_acl(plan);
    add_claims(plan);
    set_view(plan);
    CHECK(rn_plan_add_zone(plan, 0, (const uint8_t *)"", 1, 0, 0) == RN_OK);
    CHECK(rn_plan_add_zone(plan, 0, ORG, sizeof ORG, 1, 0) == RN_OK);
    CHECK(rn_plan_add_zone(plan, 0, ORG, sizeof ORG, 2, 0) == RN_OK);
    CHECK(rn_plan_add_zone(plan, 0, opaque, sizeof opaque, 3, 0) == RN_OK);
    CHECK(rn_plan_add_zone(plan, 1, ORG, sizeof ORG, 4, 0) == RN_OK);
    CHECK(rn_plan_add_zone(plan, 1, net, sizeof net, 5, 0) == RN_OK);
    for (size_t listener = 0; listener < STOCK_LISTENERS; listener++) {
        CHECK(rn_plan_set_listener(plan, listener, &manner) == RN_OK);
        CHECK(rn_plan_finish_listener(plan, listener) == RN_OK);
    }
    rn_plan_holder_set(stock->holder, plan);
}

void stock_start(struct stock *stock)
{
    static const uint8_t key[16] = "sixteen octets.";
    static const uint32_t zones[STOCK_BLOCKS] = {1, 1, 1, 1, 1, 1};
    static const struct rn_flight_limits limits = {
        .slots = 8, .flights = 64, .waiters = 64, .client_waiters = 64, .deadline_ms = 4000};
    memset(stock, 0, sizeof *stock);
    stock->store = rn_store_new(STORE_OCTETS, key);
    stock->clock = rn_clock_new();
    rn_clock_drive(stock->clock, STOCK_NOW_MS, STOCK_WALL_S);
    stock->holder = rn_plan_holder_new();
    stock->ledger = rn_ledger_new(1, STOCK_LISTENERS, STOCK_BLOCKS, zones, zones);
    for (uint32_t page = 0; page < 3; page++)
        stock->counts[page] = rn_counts_new(page);
    stock->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    stock->events = rn_events_new(EVENT_OCTETS, 3, stock->wake_fd);
    stock->workshop = rn_workshop_new();
    stock->engine = rn_engine_new(stock->store, stock->holder, stock->clock, stock->counts[0],
                                  stock->counts[1], stock->events, 1, PLACES);
    CHECK(stock->ledger && stock->events && stock->workshop && stock->engine);
    stock->flights = rn_flights_new(stock->engine, stock->counts[2], NULL, &limits);
    CHECK(stock->flights);
    stock->upstream = rn_flights_open(stock->flights, 0, limits.slots);
    CHECK(stock->upstream != 0);
    stock_set_plan(stock);
    stock_make_images(stock);
    stock_fill(stock, STOCK_NOW_MS, NULL, 0);
}

void stock_stop(struct stock *stock)
{
    rn_plan_holder_set(stock->holder, NULL);
    rn_engine_free(stock->engine);
    rn_plan_holder_free(stock->holder);
    rn_flights_drop(stock->flights);
    rn_workshop_free(stock->workshop);
    for (size_t i = 0; i < STOCK_IMAGES; i++)
        free(stock->images[i].wire);
    rn_events_free(stock->events);
    close(stock->wake_fd);
    for (size_t page = 0; page < 3; page++)
        rn_counts_free(stock->counts[page]);
    rn_ledger_free(stock->ledger);
    rn_clock_free(stock->clock);
    rn_store_free(stock->store);
}
