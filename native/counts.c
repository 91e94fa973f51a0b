/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counting what was served without the chain.
 *
 *     plan -> ledger -> the thread's page -> the group of a listener, or of (block, zone)
 *
 * A query adds one to about ten counters, of which a busy group's stay in the processor's cache.
 * Each counter has one writer, so that adding is a load and a store, never a locked instruction; a
 * 64-bit counter does not come round. The group's number of changes is written last (ledger.c).
 *
 * What is counted is what plugins/prometheus, cache, acl and unbound and resolver/tallies.py count,
 * in the same buckets.
 */
#include "counts.h"

#include "ledger.h"

#include <assert.h>
#include <stdlib.h>

enum { CHANGES = RN_ROW_CHANGES, OTHER = RN_TYPES - 1, FIRST_BOUND_NS = 250000 };

/* resolver.metrics.SIZE_BUCKETS */
static const uint16_t SIZES[] = {0,    100,  200,  300,   400,   511,   1023,
                                 2047, 4095, 8291, 16000, 32000, 48000, 64000};
enum { SIZE_COUNT = sizeof SIZES / sizeof SIZES[0] };
_Static_assert(SIZE_COUNT + 2 == RN_SIZES, "bounds, more, sum");
_Static_assert((int)RN_LISTENER_CHANGES == (int)CHANGES && (int)RN_ACL_CHANGES == (int)CHANGES,
               "every group begins with its changes");

/* The QTYPEs that metrics tell apart (IANA, DNS parameters), each one more than its number in
 * resolver/native/counts.py; 0: one of the others. */
static const uint8_t TYPES[256] = {
    [1] = 1,   [2] = 2,   [5] = 3,    [6] = 4,    [12] = 5,   [15] = 6,  [16] = 7,
    [28] = 8,  [33] = 9,  [43] = 10,  [46] = 11,  [47] = 12,  [48] = 13, [50] = 14,
    [64] = 15, [65] = 16, [251] = 17, [252] = 18, [255] = 19,
};

struct rn_counts *rn_counts_new(uint32_t page)
{
    struct rn_counts *counts = page < RN_PAGES ? malloc(sizeof *counts) : NULL;
    if (counts)
        counts->page = page;
    return counts;
}

void rn_counts_free(struct rn_counts *counts)
{
    free(counts);
}

static inline void add(rn_counter *counter, uint64_t amount)
{
    uint64_t before = atomic_load_explicit(counter, memory_order_relaxed);
    atomic_store_explicit(counter, before + amount, memory_order_relaxed);
}

/* Make known that counters of a group were written: those who see this see them. */
static inline void publish(rn_counter *group)
{
    uint64_t before = atomic_load_explicit(&group[CHANGES], memory_order_relaxed);
    atomic_store_explicit(&group[CHANGES], before + 1, memory_order_release);
}

static inline void add_duration(rn_counter *buckets, int64_t duration_ns)
{
    uint64_t ns = duration_ns > 0 ? (uint64_t)duration_ns : 0;
    unsigned bucket = 0;
    if (ns > FIRST_BOUND_NS) { /* the first bound that is no less: they double */
        bucket = 64U - (unsigned)__builtin_clzll((ns - 1) / FIRST_BOUND_NS);
        if (bucket > RN_DURATIONS - 2)
            bucket = RN_DURATIONS - 2;
    }
    add(&buckets[bucket], 1);
    add(&buckets[RN_DURATIONS - 1], ns);
}

static inline void add_size(rn_counter *buckets, unsigned size)
{
    unsigned bucket = 0;
    while (bucket < SIZE_COUNT && size > SIZES[bucket])
        bucket++;
    add(&buckets[bucket], 1);
    add(&buckets[RN_SIZES - 1], size);
}

static inline unsigned rcode_of(unsigned rcode)
{
    return rcode < RN_RCODES ? rcode : RN_RCODES - 1;
}

/* Return the thread's page, made now if need be; NULL: no memory, or the plan has no such listener
 * (one that is closing may still take a message that nobody can read). */
static inline rn_counter *page_of(const struct rn_counts *counts, const struct rn_plan *plan,
                                  uint16_t listener)
{
    if (!plan->ledger || listener >= plan->ledger->listener_count)
        return NULL;
    rn_counter *page =
        atomic_load_explicit(&plan->ledger->pages[counts->page], memory_order_relaxed);
    return page ? page : rn_ledger_open(plan->ledger, counts->page);
}

static inline rn_counter *listener_of(const struct rn_plan *plan, rn_counter *page,
                                      uint16_t listener)
{
    assert(listener < plan->ledger->listener_count);
    return &page[(size_t)listener * RN_LISTENER_SIZE];
}

/* Return the row of a query: its listener's, if no chain is asked. */
static inline rn_counter *row_of(const struct rn_served *served, rn_counter *page)
{
    const struct rn_ledger *ledger = served->plan->ledger;
    size_t row = served->arrival->listener;
    assert(row < ledger->listener_count);
    if (served->rejection == RN_TAKEN) {
        assert(served->block < ledger->block_count);
        const uint32_t *first = &ledger->first_zones[served->block];
        assert(served->zone < first[1] - first[0]);
        row = (size_t)ledger->listener_count + first[0] + served->zone;
    }
    return &page[ledger->first_row + row * RN_ROW_SIZE];
}

/* Count what acl did: under the zone of its rule, if one matched that did not let the query pass.
 */
static void add_access(const struct rn_served *served, rn_counter *page, rn_counter *row)
{
    const struct rn_ledger *ledger = served->plan->ledger;
    bool is_ruled = served->access == RN_BLOCKED || served->access == RN_FILTERED ||
                    served->access == RN_DROPPED;
    if (!is_ruled || served->acl_zone == UINT16_MAX) {
        add(&row[RN_ROW_ACCESS + served->access], 1);
        return;
    }
    const uint32_t *first = &ledger->first_acl_zones[served->block];
    assert(served->acl_zone < first[1] - first[0]);
    size_t number = (size_t)first[0] + served->acl_zone;
    rn_counter *group = &page[ledger->first_acl + number * RN_ACL_SIZE];
    add(&group[RN_ACL_BLOCKED + served->access - RN_BLOCKED], 1);
    publish(group);
}

static void add_query(rn_counter *row, const struct rn_arrival *arrival, unsigned proto)
{
    const struct rn_asked *asked = &arrival->asked;
    unsigned family = arrival->client.family == 6;
    unsigned type =
        asked->qtype < sizeof TYPES && TYPES[asked->qtype] ? TYPES[asked->qtype] - 1U : OTHER;
    add(&row[RN_ROW_REQUESTS + (proto * RN_FAMILIES + family) * RN_TYPES + type], 1);
    add_size(&row[RN_ROW_QUERY_SIZES + proto * RN_SIZES], asked->length);
    if (asked->is_do)
        add(&row[RN_ROW_DO], 1);
}

void rn_counts_add(struct rn_counts *counts, const struct rn_served *served)
{
    rn_counter *page = page_of(counts, served->plan, served->arrival->listener);
    if (!page)
        return;
    const struct rn_arrival *arrival = served->arrival;
    bool is_taken = served->rejection == RN_TAKEN;
    if (!is_taken || served->is_late) {
        rn_counter *listener = listener_of(served->plan, page, arrival->listener);
        if (!is_taken)
            add(&listener[RN_LISTENER_REJECTED + served->rejection], 1);
        if (served->is_late)
            add(&listener[RN_LISTENER_LATE], 1);
        publish(listener);
        if (served->rejection < RN_QCLASS) /* no query that could be read */
            return;
    }
    rn_counter *row = row_of(served, page);
    unsigned proto = arrival->transport != RN_DO53_UDP && arrival->transport != RN_DOQ;
    add_query(row, arrival, proto);
    add_duration(&row[RN_ROW_DURATIONS], is_taken ? served->duration_ns : 0);
    if (is_taken) {
        add(&row[RN_ROW_FOUND + served->found], 1);
        add_access(served, page, row);
        if (served->is_stale)
            add(&row[RN_ROW_STALE], 1);
    }
    if (served->is_sent) {
        add(&row[RN_ROW_RESPONSES + served->by * (unsigned)RN_RCODES + rcode_of(served->rcode)], 1);
        add_size(&row[RN_ROW_RESPONSE_SIZES + proto * RN_SIZES],
                 is_taken ? served->size : served->sent);
    }
    publish(row);
}

void rn_counts_tally(struct rn_counts *counts, const struct rn_plan *plan, uint16_t listener,
                     enum rn_tally tally, uint64_t amount)
{
    rn_counter *page = page_of(counts, plan, listener);
    if (!page || amount == 0)
        return;
    rn_counter *group = listener_of(plan, page, listener);
    add(&group[tally], amount);
    publish(group);
}

void rn_counts_recursed(struct rn_counts *counts, const struct rn_plan *plan, uint16_t listener,
                        const struct rn_recursed *recursed)
{
    rn_counter *page = page_of(counts, plan, listener);
    if (!page)
        return;
    rn_counter *group = listener_of(plan, page, listener);
    if (recursed->is_coalesced)
        add(&group[RN_LISTENER_COALESCED], 1);
    switch (recursed->as) {
    case RN_CAPPED:
        add(&group[RN_LISTENER_CAPPED + recursed->cap], 1);
        break;
    case RN_JOINED_LATE:
        add(&group[RN_LISTENER_MISSED], 1);
        break;
    case RN_RECURSED_LATE:
        add(&group[RN_LISTENER_MISSED], 1);
        add_duration(&group[RN_LISTENER_DURATIONS], recursed->duration_ns);
        break;
    default:
        if (recursed->is_secure)
            add(&group[RN_LISTENER_SECURE], 1);
        else if (recursed->is_bogus)
            add(&group[RN_LISTENER_BOGUS], 1);
        add(&group[RN_LISTENER_RCODES + rcode_of(recursed->rcode)], 1);
        add_duration(&group[RN_LISTENER_DURATIONS], recursed->duration_ns);
    }
    publish(group);
}

static void add_to_row(struct rn_counts *counts, const struct rn_served *served, unsigned counter)
{
    rn_counter *page = page_of(counts, served->plan, served->arrival->listener);
    if (!page)
        return;
    rn_counter *row = row_of(served, page);
    add(&row[counter], 1);
    publish(row);
}

void rn_counts_drop(struct rn_counts *counts, const struct rn_served *served)
{
    add_to_row(counts, served, RN_ROW_DROPS);
}

void rn_counts_lose_event(struct rn_counts *counts, const struct rn_served *served)
{
    add_to_row(counts, served, served->failure ? RN_ROW_LOST_FAILURES : RN_ROW_LOST_QUERIES);
}
