/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counts by key: an open-addressed table twice as big as it needs to be. Keys are hashes that nobody
 * outside can foresee (SipHash), so that they are spread evenly. A count that comes to 0 leaves, and
 * what stands behind it moves up. Whoever uses it has the lock.
 */
#include "tally.h"

#include "native.h"

#include <stdlib.h>

int rn_tallies_init(struct rn_tallies *tallies, size_t most)
{
    size_t size = 16;
    while (size < 2 * most)
        size *= 2;
    tallies->mask = size - 1;
    tallies->places = calloc(size, sizeof *tallies->places);
    return tallies->places ? RN_OK : RN_ENOMEM;
}

void rn_tallies_destroy(struct rn_tallies *tallies)
{
    free(tallies->places);
}

/* The place of a key, or the free one where it would stand. */
static size_t place_of(const struct rn_tallies *tallies, uint64_t key)
{
    size_t at = key & tallies->mask;
    while (tallies->places[at].count > 0 && tallies->places[at].key != key)
        at = (at + 1) & tallies->mask;
    return at;
}

uint32_t rn_tallies_of(const struct rn_tallies *tallies, uint64_t key)
{
    return tallies->places[place_of(tallies, key)].count;
}

void rn_tallies_up(struct rn_tallies *tallies, uint64_t key)
{
    struct rn_tally_place *place = &tallies->places[place_of(tallies, key)];
    place->key = key;
    place->count++;
}

void rn_tallies_down(struct rn_tallies *tallies, uint64_t key)
{
    size_t hole = place_of(tallies, key);
    if (tallies->places[hole].count == 0 || --tallies->places[hole].count > 0)
        return;
    for (size_t at = (hole + 1) & tallies->mask; tallies->places[at].count > 0;
         at = (at + 1) & tallies->mask) {
        size_t home = tallies->places[at].key & tallies->mask;
        if (((at - home) & tallies->mask) >= ((at - hole) & tallies->mask)) {
            tallies->places[hole] = tallies->places[at];
            tallies->places[at].count = 0;
            hole = at;
        }
    }
}
