/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A set of address prefixes: for each length that occurs, the sorted networks of that length.
 *
 *     lengths   [ 32: 10.1.2.3 10.1.2.4 ...] [ 8: 10. ] ...      IPv4, then IPv6 likewise
 *
 * One binary search a length. Made by one thread, then never altered; counted references.
 */
#include "plan.h"

#include "native.h"
#include "references.h"

#include <stdlib.h>
#include <string.h>

struct rn_prefixes {
    uint8_t family;
    uint8_t bits;
    size_t count;
    const uint8_t (*networks)[16];
};

struct rn_sources {
    atomic_uint references;
    size_t count; /* of lengths */
    struct rn_prefixes *lengths;
    uint8_t (*networks)[16];
};

/* In the order that the search wants: family, length, network. */
static int compare(const void *one, const void *other)
{
    return memcmp(one, other, sizeof(struct rn_prefix));
}

static void mask_off(uint8_t octets[16], unsigned bits)
{
    for (unsigned at = 0; at < 16; at++) {
        unsigned kept = bits >= 8 ? 8 : bits;
        octets[at] &= (uint8_t)(0xFF00 >> kept);
        bits -= kept;
    }
}

struct rn_sources *rn_sources_new(const struct rn_prefix *prefixes, size_t count)
{
    struct rn_sources *sources = calloc(1, sizeof *sources);
    struct rn_prefix *sorted = calloc(count + 1, sizeof *sorted);
    if (!sources || !sorted)
        goto out;
    atomic_init(&sources->references, 1);
    sources->networks = calloc(count + 1, sizeof *sources->networks);
    sources->lengths = calloc(count + 1, sizeof *sources->lengths);
    if (!sources->networks || !sources->lengths)
        goto out;
    for (size_t i = 0; i < count; i++) {
        sorted[i] = prefixes[i];
        if ((sorted[i].family != 4 && sorted[i].family != 6) ||
            sorted[i].bits > (sorted[i].family == 4 ? 32 : 128))
            goto out;
        mask_off(sorted[i].octets, sorted[i].bits);
    }
    qsort(sorted, count, sizeof *sorted, compare);
    for (size_t i = 0; i < count; i++) {
        struct rn_prefixes *last = sources->count ? &sources->lengths[sources->count - 1] : NULL;
        memcpy(sources->networks[i], sorted[i].octets, 16);
        if (!last || last->family != sorted[i].family || last->bits != sorted[i].bits) {
            last = &sources->lengths[sources->count++];
            *last = (struct rn_prefixes){.family = sorted[i].family,
                                         .bits = sorted[i].bits,
                                         .networks = (const uint8_t(*)[16]) & sources->networks[i]};
        }
        last->count++;
    }
    free(sorted);
    return sources;
out:
    free(sorted);
    rn_sources_free(sources);
    return NULL;
}

struct rn_sources *rn_sources_keep(struct rn_sources *sources)
{
    if (sources)
        rn_refer(&sources->references);
    return sources;
}

void rn_sources_free(struct rn_sources *sources)
{
    if (!sources || !rn_unrefer(&sources->references))
        return;
    free(sources->networks);
    free(sources->lengths);
    free(sources);
}

static bool has_network(const struct rn_prefixes *prefixes, const uint8_t octets[16])
{
    size_t low = 0, high = prefixes->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = memcmp(octets, prefixes->networks[middle], 16);
        if (order == 0)
            return true;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return false;
}

bool rn_sources_contain(const struct rn_sources *sources, const struct rn_address *address)
{
    for (size_t i = 0; i < sources->count; i++) {
        uint8_t octets[16];
        if (sources->lengths[i].family != address->family)
            continue;
        memcpy(octets, address->octets, 16);
        mask_off(octets, sources->lengths[i].bits);
        if (has_network(&sources->lengths[i], octets))
            return true;
    }
    return false;
}
