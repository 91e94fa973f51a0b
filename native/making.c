/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plans: made piece by piece by one thread, then never altered.
 *
 *     plan -> listeners, blocks -> claims, rules, policies
 *        '-> held: the memory of all that, and references to sets that plans share
 */
#include "plan.h"

#include "counts.h"
#include "flight.h"
#include "hash.h"
#include "native.h"

#include <stdlib.h>
#include <string.h>

static void free_memory(void *memory)
{
    free(memory);
}

static void free_zones(void *zones)
{
    rn_zones_free(zones);
}

static void free_names(void *names)
{
    rn_names_free(names);
}

static void free_sources(void *sources)
{
    rn_sources_free(sources);
}

static void drop_flights(void *flights)
{
    rn_flights_drop(flights);
}

/* Have a thing released with the plan; returns it, or NULL (then it is released already). */
static void *hold(struct rn_plan *plan, void (*release)(void *), void *thing)
{
    if (!thing)
        return NULL;
    struct rn_held *held = malloc(sizeof *held);
    if (!held) {
        release(thing);
        return NULL;
    }
    *held = (struct rn_held){plan->held, release, thing};
    plan->held = held;
    return thing;
}

/* Return a copy of octets that goes with the plan. */
static void *copy(struct rn_plan *plan, const void *octets, size_t size)
{
    void *made = hold(plan, free_memory, malloc(size > 0 ? size : 1));
    if (made && size > 0)
        memcpy(made, octets, size);
    return made;
}

/* Return an array of the plan's with room for one more, zeroed element; NULL: no memory. It is a
 * longer one whenever the count is a power of two. */
static void *longer(struct rn_plan *plan, const void *array, size_t count, size_t size)
{
    if (count > 0 && (count & (count - 1)) != 0)
        return (void *)array;
    uint8_t *made = hold(plan, free_memory, calloc(count > 0 ? 2 * count : 1, size));
    if (made && count > 0)
        memcpy(made, array, count * size);
    return made;
}

struct rn_plan *rn_plan_new(size_t listeners, size_t blocks)
{
    if (listeners >= UINT16_MAX || blocks >= UINT16_MAX)
        return NULL;
    struct rn_plan *plan = calloc(1, sizeof *plan);
    if (!plan)
        return NULL;
    atomic_init(&plan->references, 1);
    plan->listeners = hold(plan, free_memory, calloc(listeners + 1, sizeof *plan->listeners));
    plan->blocks = hold(plan, free_memory, calloc(blocks + 1, sizeof *plan->blocks));
    if (!plan->listeners || !plan->blocks) {
        rn_plan_drop(plan);
        return NULL;
    }
    plan->listener_count = (uint16_t)listeners;
    plan->block_count = (uint16_t)blocks;
    for (size_t i = 0; i < blocks; i++)
        plan->blocks[i].number = (uint16_t)i;
    return plan;
}

void rn_plan_set_ledger(struct rn_plan *plan, struct rn_ledger *ledger)
{
    plan->ledger = rn_ledger_keep(ledger);
}

static struct rn_manner manner_of(const struct rn_plan_manner *given)
{
    return (struct rn_manner){
        .payload_size = given->payload_size,
        .response_rd = given->response_rd,
        .recursion_available = given->recursion_available != 0,
        .is_shuffled = given->is_shuffled != 0,
    };
}

void rn_plan_set_listener(struct rn_plan *plan, size_t listener, const struct rn_plan_manner *manner)
{
    plan->listeners[listener].refusing = manner_of(manner);
}

int rn_plan_add_zone(struct rn_plan *plan, size_t listener, const uint8_t *name, size_t length,
                     size_t block, size_t number)
{
    struct rn_listener *at = &plan->listeners[listener];
    if (length == 0 || length > UINT8_MAX || block >= plan->block_count || at->mask != 0)
        return RN_EVALUE;
    struct rn_zone_entry *entries = longer(plan, at->entries, at->count, sizeof *entries);
    if (!entries)
        return RN_ENOMEM;
    struct rn_zone_entry *entry = &entries[at->count++];
    memcpy(entry->name, name, length);
    entry->length = (uint8_t)length;
    entry->block = (uint16_t)block;
    entry->number = (uint16_t)number;
    at->entries = entries;
    return RN_OK;
}

/* Zones of one name stand side by side already: enter the first of each. */
int rn_plan_finish_listener(struct rn_plan *plan, size_t listener)
{
    struct rn_listener *at = &plan->listeners[listener];
    uint32_t size = 8;
    while (size < 2 * at->count)
        size *= 2;
    at->table = hold(plan, free_memory, calloc(size, sizeof *at->table));
    if (!at->table)
        return RN_ENOMEM;
    at->mask = size - 1;
    for (uint32_t i = 0; i < at->count; i++) {
        const struct rn_zone_entry *entry = &at->entries[i], *before = i > 0 ? entry - 1 : NULL;
        if (before && before->length == entry->length &&
            memcmp(before->name, entry->name, entry->length) == 0)
            continue;
        size_t slot = rn_hash(entry->name, entry->length) & at->mask;
        while (at->table[slot] != 0)
            slot = (slot + 1) & at->mask;
        at->table[slot] = i + 1;
    }
    return RN_OK;
}

int rn_plan_set_block(struct rn_plan *plan, size_t number, const struct rn_plan_block *given)
{
    struct rn_block *block = &plan->blocks[number];
    block->is_native = given->is_native != 0;
    block->is_opaque = given->is_opaque != 0;
    block->has_acl = given->has_acl != 0;
    block->patience_ms = given->patience_ms;
    block->manner = manner_of(&given->manner);
    block->wants_events = given->wants_events != 0;
    block->wants_failures = given->wants_failures != 0;
    block->event_classes = given->event_classes;
    block->event_zones = hold(plan, free_zones, rn_zones_keep(given->event_zones));
    block->cache_zones = hold(plan, free_zones, rn_zones_keep(given->cache_zones));
    block->qclass_count = given->qclass_count;
    block->qclasses =
        copy(plan, given->qclasses, given->qclass_count * sizeof *given->qclasses);
    if (given->standard)
        block->acl.standard = hold(plan, free_sources, rn_sources_keep(given->standard));
    return block->qclasses && (!given->standard || block->acl.standard) ? RN_OK : RN_ENOMEM;
}

int rn_plan_set_cache(struct rn_plan *plan, size_t number, const struct rn_plan_cache *given)
{
    struct rn_cache_policy *policy = &plan->blocks[number].cache;
    memcpy(policy->partition, given->partition, RN_PARTITION_SIZE);
    memcpy(policy->beside, given->beside, RN_PARTITION_SIZE);
    policy->success = given->success;
    policy->denial = given->denial;
    policy->success_bounds = (struct rn_bounds){given->success_max_s, given->success_min_s};
    policy->denial_bounds = (struct rn_bounds){given->denial_max_s, given->denial_min_s};
    policy->success_disabled = hold(plan, free_zones, rn_zones_keep(given->success_disabled));
    policy->denial_disabled = hold(plan, free_zones, rn_zones_keep(given->denial_disabled));
    policy->max_stale_ms = given->max_stale_ms;
    policy->servfail_ms = given->servfail_ms;
    policy->recheck_ms = given->recheck_ms;
    policy->stale_ttl_s = given->stale_ttl_s;
    policy->keep_ttl = given->keep_ttl != 0;
    policy->prefer_positive = given->prefer_positive != 0;
    policy->snoop = given->snoop != 0;
    policy->prefetch_amount = given->prefetch_amount;
    policy->prefetch_gap_ms = given->prefetch_gap_ms;
    policy->prefetch_percent = given->prefetch_percent;
    return given->success && given->denial ? RN_OK : RN_EVALUE;
}

/* Copy the table of what why_bogus may say. */
static bool set_bogus(struct rn_plan *plan, struct rn_recursion *recursion,
                      const struct rn_plan_recursion *given)
{
    size_t size = 0;
    for (size_t i = 0; i < given->bogus_count; i++)
        size += given->bogus_lengths[i];
    const char *octets = copy(plan, given->bogus_texts, size);
    struct rn_bogus_text *texts =
        hold(plan, free_memory, calloc(given->bogus_count + 1, sizeof *texts));
    if (!octets || !texts)
        return false;
    for (size_t i = 0; i < given->bogus_count; i++) {
        texts[i] = (struct rn_bogus_text){octets, given->bogus_lengths[i], given->bogus_codes[i]};
        octets += given->bogus_lengths[i];
    }
    const struct rn_bogus_table table = {texts, given->bogus_count};
    recursion->bogus = copy(plan, &table, sizeof table);
    return recursion->bogus != NULL;
}

int rn_plan_set_recursion(struct rn_plan *plan, size_t number,
                          const struct rn_plan_recursion *given)
{
    struct rn_recursion *recursion = &plan->blocks[number].recursion;
    recursion->is_there = true;
    recursion->group = given->group;
    recursion->snoop = given->snoop != 0;
    recursion->zones = hold(plan, free_zones, rn_zones_keep(given->zones));
    recursion->excepted = hold(plan, free_zones, rn_zones_keep(given->excepted));
    recursion->left_type_count = given->left_type_count;
    recursion->left_types =
        copy(plan, given->left_types, given->left_type_count * sizeof *given->left_types);
    if (given->flights)
        recursion->flights = hold(plan, drop_flights, rn_flights_keep(given->flights));
    return recursion->left_types && set_bogus(plan, recursion, given) ? RN_OK : RN_ENOMEM;
}

/* Set an array of numbers of a claim; NULL stays NULL: any. */
static bool set_numbers(struct rn_plan *plan, const uint16_t *given, size_t count,
                        const uint16_t **numbers, uint16_t *number_count)
{
    if (!given)
        return true;
    *numbers = copy(plan, given, count * sizeof *given);
    *number_count = (uint16_t)count;
    return *numbers != NULL;
}

int rn_plan_add_claim(struct rn_plan *plan, size_t number, int is_behind,
                      const struct rn_plan_claim *given)
{
    struct rn_block *block = &plan->blocks[number];
    struct rn_claims *claims = is_behind ? &block->behind : &block->ahead;
    struct rn_claim *made = longer(plan, claims->claims, claims->count, sizeof *made);
    if (!made)
        return RN_ENOMEM;
    struct rn_claim *claim = &made[claims->count];
    claim->zones = hold(plan, free_zones, rn_zones_keep(given->zones));
    claim->names = hold(plan, free_names, rn_names_keep(given->names));
    claim->first_labels = hold(plan, free_names, rn_names_keep(given->first_labels));
    claim->transports = given->transports;
    if ((given->zones && !claim->zones) || (given->names && !claim->names) ||
        (given->first_labels && !claim->first_labels) ||
        !set_numbers(plan, given->qtypes, given->qtype_count, &claim->qtypes, &claim->qtype_count) ||
        !set_numbers(plan, given->qclasses, given->qclass_count, &claim->qclasses,
                     &claim->qclass_count) ||
        !set_numbers(plan, given->edns_options, given->edns_option_count, &claim->edns_options,
                     &claim->edns_option_count))
        return RN_ENOMEM;
    claims->claims = made;
    claims->count++;
    return RN_OK;
}

int rn_plan_set_view(struct rn_plan *plan, size_t number, const struct rn_plan_test *tests,
                     size_t count)
{
    struct rn_test *made = hold(plan, free_memory, calloc(count + 1, sizeof *made));
    struct rn_predicate predicate = {made, count};
    size_t depth = 0;
    if (!made)
        return RN_ENOMEM;
    for (size_t i = 0; i < count; i++) {
        const struct rn_plan_test *given = &tests[i];
        size_t taken = given->kind == RN_TEST_AND || given->kind == RN_TEST_OR ? 2
                       : given->kind == RN_TEST_NOT                            ? 1
                                                                               : 0;
        if (depth < taken || given->kind > RN_TEST_NOT)
            return RN_EVALUE;
        depth += 1 - taken;
        if (depth > RN_TESTS_DEEP)
            return RN_EVALUE;
        made[i].kind = given->kind;
        made[i].number = given->number;
        made[i].name_length = given->name_length;
        if (given->name)
            memcpy(made[i].name, given->name, given->name_length);
        bool wants_sources = given->kind == RN_TEST_CLIENT || given->kind == RN_TEST_LOCAL;
        made[i].sources = hold(plan, free_sources, rn_sources_keep(given->sources));
        if (wants_sources && !made[i].sources)
            return RN_EVALUE;
    }
    plan->blocks[number].admits = copy(plan, &predicate, sizeof predicate);
    return depth != 1 ? RN_EVALUE : plan->blocks[number].admits ? RN_OK : RN_ENOMEM;
}

int rn_plan_add_rule(struct rn_plan *plan, size_t number, const struct rn_plan_rule *given)
{
    struct rn_acl *acl = &plan->blocks[number].acl;
    struct rn_rule *rules = longer(plan, acl->rules, acl->count, sizeof *rules);
    struct rn_rule_zone *zones =
        hold(plan, free_memory, calloc(given->zone_count + 1, sizeof *zones));
    if (!rules || !zones)
        return RN_ENOMEM;
    const uint8_t *at = given->zones;
    for (size_t i = 0; i < given->zone_count; i++) {
        if (at[0] == 0)
            return RN_EVALUE;
        zones[i].length = at[0];
        memcpy(zones[i].name, at + 1, at[0]);
        zones[i].number = given->zone_numbers[i];
        at += 1 + at[0];
    }
    struct rn_rule *rule = &rules[acl->count];
    rule->zones = zones;
    rule->zone_count = given->zone_count;
    rule->access = given->access;
    if (given->qtypes) {
        rule->qtypes = copy(plan, given->qtypes, given->qtype_count * sizeof *given->qtypes);
        rule->qtype_count = given->qtype_count;
    }
    if (given->sources)
        rule->sources = hold(plan, free_sources, rn_sources_keep(given->sources));
    if ((given->qtypes && !rule->qtypes) || (given->sources && !rule->sources))
        return RN_ENOMEM;
    acl->rules = rules;
    acl->count++;
    return RN_OK;
}
