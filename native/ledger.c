/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A ledger: all counters of one plan, and what of them was told.
 *
 *     page 0   [listener 0 .. L-1][row 0 .. R-1][acl 0 .. A-1]   written by thread 0
 *     page 1   [listener 0 .. L-1][row 0 .. R-1][acl 0 .. A-1]   written by thread 1
 *     told     [listener 0 .. L-1][row 0 .. R-1][acl 0 .. A-1]   the reader's: sums so far
 *
 * Each group of counters (a listener, a row, ...) begins with the number of its changes, which is
 * written last: who reads it first has all that was counted before, and groups in which nothing
 * happened are stepped over. A page is made when its thread counts for the first time.
 *
 * Threads: each page has one writer (counts.c); there is one reader at a time. Limits: 2^26
 * counters on a page, RN_PAGES pages.
 */
#include "ledger.h"

#include "counts.h"
#include "references.h"

#include <assert.h>
#include <stdlib.h>

enum { MAX_NUMBERED = UINT16_MAX };
static const uint64_t MAX_COUNTERS = 1 << 26;

/* Return the sums of numbers before each and of all of them, NULL: no memory or too many. */
static uint32_t *sums_before(const uint32_t *numbers, uint32_t count)
{
    uint32_t *sums = malloc((count + 1) * sizeof *sums);
    uint64_t sum = 0;
    for (uint32_t i = 0; sums && i <= count; i++) {
        if (sum > MAX_COUNTERS) {
            free(sums);
            return NULL;
        }
        sums[i] = (uint32_t)sum;
        sum += i < count ? numbers[i] : 0;
    }
    return sums;
}

static void destroy(struct rn_ledger *ledger)
{
    for (uint32_t i = 0; i < RN_PAGES; i++)
        free(atomic_load(&ledger->pages[i]));
    free((uint32_t *)ledger->first_zones);
    free((uint32_t *)ledger->first_acl_zones);
    free(ledger->told);
    free(ledger);
}

struct rn_ledger *rn_ledger_new(uint32_t number, uint32_t listeners, uint32_t blocks,
                                const uint32_t *zones, const uint32_t *acl_zones)
{
    if (listeners == 0 || listeners > MAX_NUMBERED || blocks > MAX_NUMBERED)
        return NULL;
    struct rn_ledger *ledger = calloc(1, sizeof *ledger);
    if (!ledger)
        return NULL;
    atomic_init(&ledger->references, 1);
    ledger->number = number;
    ledger->listener_count = listeners;
    ledger->block_count = blocks;
    ledger->first_zones = sums_before(zones, blocks);
    ledger->first_acl_zones = sums_before(acl_zones, blocks);
    if (!ledger->first_zones || !ledger->first_acl_zones) {
        destroy(ledger);
        return NULL;
    }
    uint64_t first_row = (uint64_t)listeners * RN_LISTENER_SIZE;
    uint64_t rows = (uint64_t)listeners + ledger->first_zones[blocks];
    uint64_t first_acl = first_row + rows * RN_ROW_SIZE;
    uint64_t size = first_acl + (uint64_t)ledger->first_acl_zones[blocks] * RN_ACL_SIZE;
    if (size <= MAX_COUNTERS) {
        ledger->first_row = (size_t)first_row;
        ledger->first_acl = (size_t)first_acl;
        ledger->size = (size_t)size;
        ledger->told = calloc(ledger->size, sizeof *ledger->told);
    }
    if (!ledger->told) {
        destroy(ledger);
        return NULL;
    }
    return ledger;
}

rn_counter *rn_ledger_open(struct rn_ledger *ledger, uint32_t page)
{
    rn_counter *counters = calloc(ledger->size, sizeof *counters);
    atomic_store_explicit(&ledger->pages[page], counters, memory_order_release);
    return counters;
}

struct rn_ledger *rn_ledger_keep(struct rn_ledger *ledger)
{
    rn_refer(&ledger->references);
    return ledger;
}

void rn_ledger_free(struct rn_ledger *ledger)
{
    if (ledger && rn_unrefer(&ledger->references))
        destroy(ledger);
}

void rn_ledger_end(struct rn_ledger *ledger)
{
    if (!ledger)
        return;
    atomic_store_explicit(&ledger->is_ended, true, memory_order_release);
    rn_ledger_free(ledger);
}

int rn_ledger_is_ended(const struct rn_ledger *ledger)
{
    return atomic_load_explicit(&ledger->is_ended, memory_order_acquire);
}

/* Return where the group of counters ends that `at` is in, and set *first to where it begins. */
static size_t group_of(const struct rn_ledger *ledger, size_t at, size_t *first)
{
    size_t section = 0, size = RN_LISTENER_SIZE;
    if (at >= ledger->first_acl) {
        section = ledger->first_acl;
        size = RN_ACL_SIZE;
    } else if (at >= ledger->first_row) {
        section = ledger->first_row;
        size = RN_ROW_SIZE;
    }
    *first = at - (at - section) % size;
    return *first + size;
}

static uint64_t sum_of(const struct rn_ledger *ledger, size_t counter)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < RN_PAGES; i++) { /* acquire: see the top */
        rn_counter *page = atomic_load_explicit(&ledger->pages[i], memory_order_acquire);
        sum += page ? atomic_load_explicit(&page[counter], memory_order_acquire) : 0;
    }
    return sum;
}

size_t rn_ledger_changes(struct rn_ledger *ledger, struct rn_change *out, size_t room)
{
    assert(room > 0);
    size_t count = 0;
    while (ledger->at < ledger->size) {
        size_t first, end = group_of(ledger, ledger->at, &first);
        if (ledger->at == first) {
            ledger->group = sum_of(ledger, first);
            ledger->at = ledger->group == ledger->told[first] ? end : first + 1;
            continue;
        }
        for (; ledger->at < end; ledger->at++) {
            uint64_t amount = sum_of(ledger, ledger->at) - ledger->told[ledger->at];
            if (amount == 0)
                continue;
            if (count == room)
                return count;
            out[count++] = (struct rn_change){ledger->at, amount};
            ledger->told[ledger->at] += amount;
        }
        ledger->told[first] = ledger->group;
    }
    if (count < room)
        ledger->at = 0;
    return count;
}
