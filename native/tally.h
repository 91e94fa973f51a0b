/* SPDX-License-Identifier: Apache-2.0 */
/* Counts by key, of what there are few thousand at a time; see tally.c. */
#ifndef RN_TALLY_H
#define RN_TALLY_H

#include <stddef.h>
#include <stdint.h>

struct rn_tally_place {
    uint64_t key;
    uint32_t count; /* 0: free */
};

struct rn_tallies {
    struct rn_tally_place *places;
    size_t mask;
};

/* Make it empty, for at most `most` keys at a time. RN_OK or RN_ENOMEM. */
int rn_tallies_init(struct rn_tallies *tallies, size_t most);
void rn_tallies_destroy(struct rn_tallies *tallies);

/* Return the count of a key, 0 if it has none. */
uint32_t rn_tallies_of(const struct rn_tallies *tallies, uint64_t key);

/* One more, and one less of those. */
void rn_tallies_up(struct rn_tallies *tallies, uint64_t key);
void rn_tallies_down(struct rn_tallies *tallies, uint64_t key);

#endif
