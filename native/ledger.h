/* SPDX-License-Identifier: Apache-2.0 */
/* The counters of one plan, as counts.c writes and ledger.c reads them. */
#ifndef RN_LEDGER_H
#define RN_LEDGER_H

#include "surface_observed.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Written by the one thread whose page it is on, read by another. */
typedef atomic_uint_least64_t rn_counter;

struct rn_ledger {
    atomic_uint references;
    atomic_bool is_ended;
    uint32_t number;
    uint32_t listener_count;
    uint32_t block_count;
    const uint32_t *first_zones; /* for each block and one more: zones of the blocks before it */
    const uint32_t *first_acl_zones; /* likewise */
    size_t first_row;                /* numbers of counters, see surface_observed.h */
    size_t first_acl;
    size_t size;
    size_t at;      /* the reader's: the next counter to be told */
    uint64_t group; /* the reader's: the changes of the group that it is in */
    uint64_t *told; /* the reader's: sums over all pages that were told already */
    _Atomic(rn_counter *) pages[RN_PAGES]; /* NULL until its thread counts something */
};

/* Make a thread's page and return it; NULL: no memory. */
rn_counter *rn_ledger_open(struct rn_ledger *ledger, uint32_t page);

#endif
