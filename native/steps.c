/* SPDX-License-Identifier: Apache-2.0 */
/* Plans being made: what blocks do. Who takes which query, who may ask, what is kept and for how
 * long, what is resolved, and what is claimed; see making.c. */
#include "making.h"

#include "flights.h"
#include "served.h"

#include <stdlib.h>
#include <string.h>

enum { ALL_TRANSPORTS = (1 << RN_TRANSPORTS) - 1 };

static void drop_flights(void *flights)
{
    rn_flights_drop(flights);
}

static struct rn_block *block_of(struct rn_plan *plan, size_t number)
{
    return number < plan->block_count ? &plan->blocks[number] : NULL;
}

/* Have an array of numbers; NULL stays NULL: any. */
static int set_numbers(struct rn_plan *plan, const uint16_t *given, size_t count,
                       const uint16_t **numbers, uint16_t *number_count)
{
    if (!given)
        return RN_OK;
    if (count > UINT16_MAX)
        return RN_EVALUE;
    *numbers = rn_plan_copy(plan, given, count * sizeof *given);
    *number_count = (uint16_t)count;
    return *numbers ? RN_OK : RN_ENOMEM;
}

static bool is_policy(const struct rn_plan_cache *given)
{
    return given->success && given->denial && given->max_stale_ms >= 0 && given->servfail_ms >= 0 &&
           given->recheck_ms >= 0 && given->prefetch_gap_ms >= 0 && given->prefetch_percent <= 100;
}

int rn_policy_read(struct rn_cache_policy *policy, const struct rn_plan_cache *given)
{
    if (!is_policy(given))
        return RN_EVALUE;
    *policy = (struct rn_cache_policy){
        .success = given->success,
        .denial = given->denial,
        .success_bounds = {given->success_max_s, given->success_min_s},
        .denial_bounds = {given->denial_max_s, given->denial_min_s},
        .max_stale_ms = given->max_stale_ms,
        .servfail_ms = given->servfail_ms,
        .recheck_ms = given->recheck_ms,
        .stale_ttl_s = given->stale_ttl_s,
        .keep_ttl = given->keep_ttl != 0,
        .prefer_positive = given->prefer_positive != 0,
        .snoop = given->snoop != 0,
        .prefetch_amount = given->prefetch_amount,
        .prefetch_gap_ms = given->prefetch_gap_ms,
        .prefetch_percent = given->prefetch_percent,
    };
    memcpy(policy->partition, given->partition, RN_PARTITION_SIZE);
    memcpy(policy->beside, given->beside, RN_PARTITION_SIZE);
    return RN_OK;
}

int rn_plan_set_cache(struct rn_plan *plan, size_t number, const struct rn_plan_cache *given)
{
    struct rn_block *block = block_of(plan, number);
    if (!block || rn_policy_read(&block->cache, given) != RN_OK)
        return RN_EVALUE;
    struct rn_cache_policy *policy = &block->cache;
    return rn_plan_hold_zones(plan, given->success_disabled, &policy->success_disabled) &&
                   rn_plan_hold_zones(plan, given->denial_disabled, &policy->denial_disabled)
               ? RN_OK
               : RN_ENOMEM;
}

/* Copy the table of what why_bogus may say. */
static int set_bogus(struct rn_plan *plan, struct rn_recursion *recursion,
                     const struct rn_plan_recursion *given)
{
    size_t size = 0;
    for (size_t i = 0; i < given->bogus_count; i++) {
        if (given->bogus_lengths[i] == 0)
            return RN_EVALUE;
        size += given->bogus_lengths[i];
    }
    if (size != given->bogus_length)
        return RN_EVALUE;
    const char *octets = rn_plan_copy(plan, given->bogus_texts, size);
    struct rn_bogus_text *texts = NULL;
    for (size_t i = 0; octets && i < given->bogus_count; i++) {
        texts = rn_plan_longer(plan, texts, i, sizeof *texts);
        if (!texts)
            return RN_ENOMEM;
        texts[i] = (struct rn_bogus_text){octets, given->bogus_lengths[i], given->bogus_codes[i]};
        octets += given->bogus_lengths[i];
    }
    const struct rn_bogus_table table = {texts, given->bogus_count};
    recursion->bogus = octets ? rn_plan_copy(plan, &table, sizeof table) : NULL;
    return recursion->bogus ? RN_OK : RN_ENOMEM;
}

int rn_plan_set_recursion(struct rn_plan *plan, size_t number,
                          const struct rn_plan_recursion *given)
{
    struct rn_block *block = block_of(plan, number);
    if (!block || (given->flights && given->upstream == 0))
        return RN_EVALUE;
    struct rn_recursion *recursion = &block->recursion;
    recursion->is_there = true;
    recursion->upstream = given->upstream;
    recursion->snoop = given->snoop != 0;
    recursion->is_minimal = given->is_minimal != 0;
    recursion->left_type_count = given->left_type_count;
    recursion->left_types =
        rn_plan_copy(plan, given->left_types, given->left_type_count * sizeof *given->left_types);
    if (given->flights)
        recursion->flights = rn_plan_hold(plan, drop_flights, rn_flights_keep(given->flights));
    if (!recursion->left_types || (given->flights && !recursion->flights) ||
        !rn_plan_hold_zones(plan, given->zones, &recursion->zones) ||
        !rn_plan_hold_zones(plan, given->excepted, &recursion->excepted))
        return RN_ENOMEM;
    return set_bogus(plan, recursion, given);
}

int rn_plan_add_claim(struct rn_plan *plan, size_t number, int is_behind,
                      const struct rn_plan_claim *given)
{
    struct rn_block *block = block_of(plan, number);
    if (!block || (given->transports & ~ALL_TRANSPORTS) != 0)
        return RN_EVALUE;
    struct rn_claims *claims = is_behind ? &block->behind : &block->ahead;
    struct rn_claim *made = rn_plan_longer(plan, claims->claims, claims->count, sizeof *made);
    if (!made)
        return RN_ENOMEM;
    struct rn_claim *claim = &made[claims->count];
    claim->transports = given->transports;
    if (!rn_plan_hold_zones(plan, given->zones, &claim->zones) ||
        !rn_plan_hold_names(plan, given->names, &claim->names) ||
        !rn_plan_hold_names(plan, given->first_labels, &claim->first_labels))
        return RN_ENOMEM;
    int status =
        set_numbers(plan, given->qtypes, given->qtype_count, &claim->qtypes, &claim->qtype_count);
    if (status == RN_OK)
        status = set_numbers(plan, given->qclasses, given->qclass_count, &claim->qclasses,
                             &claim->qclass_count);
    if (status == RN_OK)
        status = set_numbers(plan, given->edns_options, given->edns_option_count,
                             &claim->edns_options, &claim->edns_option_count);
    claims->claims = made;
    claims->count += status == RN_OK;
    return status;
}

/* Write one test of a view; RN_EVALUE: it lacks what it compares to. */
static int set_test(struct rn_plan *plan, struct rn_test *test, const struct rn_plan_test *given)
{
    test->kind = given->kind;
    test->number = given->number;
    if (given->kind == RN_TEST_NAME) {
        if (!given->name || given->name_length == 0 ||
            rn_name_length(given->name, given->name_length) != given->name_length)
            return RN_EVALUE;
        test->name_length = given->name_length;
        memcpy(test->name, given->name, given->name_length);
    }
    if (given->kind == RN_TEST_CLIENT || given->kind == RN_TEST_LOCAL) {
        if (!given->sources)
            return RN_EVALUE;
        if (!rn_plan_hold_sources(plan, given->sources, &test->sources))
            return RN_ENOMEM;
    }
    return RN_OK;
}

static size_t taken_by(unsigned kind)
{
    return kind == RN_TEST_AND || kind == RN_TEST_OR ? 2 : kind == RN_TEST_NOT ? 1 : 0;
}

int rn_plan_set_view(struct rn_plan *plan, size_t number, const struct rn_plan_test *tests,
                     size_t count)
{
    struct rn_block *block = block_of(plan, number);
    struct rn_predicate predicate = {NULL, count};
    struct rn_test *made = NULL;
    size_t depth = 0;
    if (!block)
        return RN_EVALUE;
    for (size_t i = 0; i < count; i++) {
        size_t taken = taken_by(tests[i].kind);
        if (tests[i].kind > RN_TEST_NOT || depth < taken || depth - taken >= RN_TESTS_DEEP)
            return RN_EVALUE;
        depth += 1 - taken;
        made = rn_plan_longer(plan, made, i, sizeof *made);
        if (!made)
            return RN_ENOMEM;
        int status = set_test(plan, &made[i], &tests[i]);
        if (status != RN_OK)
            return status;
    }
    if (depth != 1)
        return RN_EVALUE;
    predicate.tests = made;
    block->admits = rn_plan_copy(plan, &predicate, sizeof predicate);
    return block->admits ? RN_OK : RN_ENOMEM;
}

/* Copy the names of a rule, which stand one after another. */
static int set_rule_zones(struct rn_plan *plan, struct rn_rule *rule,
                          const struct rn_plan_rule *given)
{
    struct rn_rule_zone *zones = NULL;
    size_t at = 0;
    for (size_t i = 0; i < given->zone_count; i++) {
        size_t length = rn_name_length(given->zones + at, given->zones_length - at);
        if (length == 0)
            return RN_EVALUE;
        zones = rn_plan_longer(plan, zones, i, sizeof *zones);
        if (!zones)
            return RN_ENOMEM;
        memcpy(zones[i].name, given->zones + at, length);
        zones[i].length = (uint8_t)length;
        zones[i].number = given->zone_numbers[i];
        at += length;
    }
    rule->zones = zones;
    rule->zone_count = given->zone_count;
    return at == given->zones_length ? RN_OK : RN_EVALUE;
}

int rn_plan_add_rule(struct rn_plan *plan, size_t number, const struct rn_plan_rule *given)
{
    struct rn_block *block = block_of(plan, number);
    if (!block || given->access > RN_DROPPED)
        return RN_EVALUE;
    struct rn_acl *acl = &block->acl;
    struct rn_rule *rules = rn_plan_longer(plan, acl->rules, acl->count, sizeof *rules);
    if (!rules)
        return RN_ENOMEM;
    struct rn_rule *rule = &rules[acl->count];
    acl->rules = rules;
    rule->access = given->access;
    rule->qtype_count = given->qtype_count;
    if (given->qtypes)
        rule->qtypes =
            rn_plan_copy(plan, given->qtypes, given->qtype_count * sizeof *given->qtypes);
    if ((given->qtypes && !rule->qtypes) ||
        !rn_plan_hold_sources(plan, given->sources, &rule->sources))
        return RN_ENOMEM;
    int status = set_rule_zones(plan, rule, given);
    acl->count += status == RN_OK;
    return status;
}
