/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets of names by their hashes alone: a million of them take 7 MiB, and a look-up one line of the
 * processor's cache.
 *
 *     buckets   [ mark mark mark 0 0 ... ] [ mark ... ] ...     16 marks of 32 bits each, 0: free
 *
 * A bucket is filled from its front; what finds its bucket full goes to the next one. They are ten
 * sixteenths full, so that one in forty is. Made by one thread, then never altered; counted
 * references, since plans share them.
 *
 * A name that is not in the set has the mark of one that is once in 2^32 / 10 times or so.
 */
#include "plan.h"

#include "hash.h"
#include "native.h"
#include "references.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

enum { MARKS = 16, FILLED = 10 };

struct bucket {
    uint32_t marks[MARKS];
};

struct rn_names {
    atomic_uint references;
    struct rn_hash_key key;
    size_t count; /* of buckets */
    struct bucket *buckets;
};

void rn_hash_key_set(struct rn_hash_key *key)
{
    struct timespec now;
    if (getrandom(key, sizeof *key, GRND_NONBLOCK) != (ssize_t)sizeof *key) {
        clock_gettime(CLOCK_MONOTONIC, &now); /* before the system has gathered chance: at boot */
        key->seed = (uint64_t)now.tv_nsec ^ (uint64_t)(uintptr_t)key;
        key->factor = rn_hash_mix(key->seed, 0xA0761D6478BD642Fu);
    }
    key->factor |= 1;
}

size_t rn_name_length(const uint8_t *octets, size_t length)
{
    size_t at = 0;
    while (at < length && octets[at] != 0) {
        if (octets[at] > 63)
            return 0;
        at += 1 + (size_t)octets[at];
    }
    return at < length && at < 255 ? at + 1 : 0;
}

static uint32_t mark_of(uint64_t hash)
{
    uint32_t mark = (uint32_t)hash;
    return mark != 0 ? mark : 1;
}

static void enter(struct rn_names *names, uint64_t hash)
{
    uint32_t mark = mark_of(hash);
    size_t number = rn_hash_below(hash, names->count);
    for (;;) {
        struct bucket *bucket = &names->buckets[number];
        for (unsigned i = 0; i < MARKS; i++) {
            if (bucket->marks[i] == mark)
                return;
            if (bucket->marks[i] == 0) {
                bucket->marks[i] = mark;
                return;
            }
        }
        number = number + 1 < names->count ? number + 1 : 0;
    }
}

struct rn_names *rn_names_new(const uint8_t *octets, size_t length)
{
    size_t count = 0, size;
    for (size_t at = 0; at < length; at += size, count++) {
        size = rn_name_length(octets + at, length - at);
        if (size == 0)
            return NULL;
    }
    struct rn_names *names = calloc(1, sizeof *names);
    if (!names)
        return NULL;
    atomic_init(&names->references, 1);
    rn_hash_key_set(&names->key);
    names->count = count / FILLED + 1;
    names->buckets = aligned_alloc(sizeof(struct bucket), names->count * sizeof(struct bucket));
    if (!names->buckets) {
        free(names);
        return NULL;
    }
    memset(names->buckets, 0, names->count * sizeof(struct bucket));
    for (size_t at = 0; at < length; at += size) {
        size = rn_name_length(octets + at, length - at);
        enter(names, rn_hash(&names->key, octets + at, size));
    }
    return names;
}

struct rn_names *rn_names_keep(struct rn_names *names)
{
    if (names)
        rn_refer(&names->references);
    return names;
}

void rn_names_free(struct rn_names *names)
{
    if (!names || !rn_unrefer(&names->references))
        return;
    free(names->buckets);
    free(names);
}

bool rn_names_contain(const struct rn_names *names, const uint8_t *qname, size_t length)
{
    uint64_t hash = rn_hash(&names->key, qname, length);
    uint32_t mark = mark_of(hash);
    size_t number = rn_hash_below(hash, names->count);
    for (;;) {
        const struct bucket *bucket = &names->buckets[number];
        uint32_t is_there = 0;
        for (unsigned i = 0; i < MARKS; i++) /* all of them, which the compiler does at once */
            is_there |= bucket->marks[i] == mark;
        if (is_there)
            return true;
        if (bucket->marks[MARKS - 1] == 0)
            return false;
        number = number + 1 < names->count ? number + 1 : 0;
    }
}

bool rn_names_contain_label(const struct rn_names *names, const uint8_t *qname)
{
    uint8_t name[1 + 63 + 1] = {0};
    size_t length = 1 + (size_t)qname[0];
    memcpy(name, qname, length);
    return rn_names_contain(names, name, qname[0] != 0 ? length + 1 : 1);
}
