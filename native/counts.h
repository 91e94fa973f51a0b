/* SPDX-License-Identifier: Apache-2.0 */
/* One thread's counters of what was served without the chain; see counts.c. */
#ifndef RN_COUNTS_H
#define RN_COUNTS_H

#include "served.h"

struct rn_counts;

/* Count one query. The counters' own thread. Never fails, never allocates. */
void rn_counts_add(struct rn_counts *counts, const struct rn_served *served);

#endif
