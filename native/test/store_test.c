/* SPDX-License-Identifier: Apache-2.0 */
/* The store: what it finds, what goes when, its bounds, its records, and all of it at once. */
#include "../store.h"

#include "../shard.h"
#include "../siphash.h"
#include "check.h"
#include "tests.h"

#include <pthread.h>
#include <string.h>

enum { THREADS = 4, ROUNDS = 10000, WIRE = 96, HOUR_MS = 3600000 };

static const uint8_t SECRET[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
static const uint8_t HERE[RN_PARTITION_SIZE] = "here", BESIDE[RN_PARTITION_SIZE] = "beside";

/* A response to (h<number>.example. A) with one address, and what it is found by. */
struct sample {
    struct rn_key key;
    struct rn_image image;
    struct rn_place place;
    uint8_t wire[WIRE];
};

static void make(struct sample *sample, unsigned number, const uint8_t *partition, bool is_do)
{
    uint8_t *name = sample->wire + 12;
    memset(sample, 0, sizeof *sample);
    rn_put16(sample->wire + 2, 0x8000);
    rn_put16(sample->wire + 4, 1);
    rn_put16(sample->wire + 6, 1);
    int length = snprintf((char *)name + 1, 20, "h%06u", number);
    name[0] = (uint8_t)length;
    memcpy(name + 1 + length, "\7example", 9);
    size_t qname_length = (size_t)length + 10, at = 12 + qname_length;
    memcpy(sample->wire + at, "\0\1\0\1", 4);
    memcpy(sample->wire + at + 4, "\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2\1", 16);
    sample->place = (struct rn_place){(uint16_t)(at + 4), (uint16_t)(at + 10)};
    sample->key = (struct rn_key){partition, name, (uint8_t)qname_length, is_do, false, 1, 1};
    sample->image = (struct rn_image){.wire = sample->wire,
                                      .places = &sample->place,
                                      .wire_length = (uint16_t)(at + 20),
                                      .count = 1};
}

static int put(struct rn_store *store, struct rn_store_group *group, unsigned number, int64_t now_ms,
               int64_t kept_ms)
{
    struct sample sample;
    make(&sample, number, HERE, false);
    return rn_store_put(store, &sample.key, &sample.image, group, now_ms, kept_ms, 0);
}

static bool has(struct rn_store *store, unsigned number, int64_t now_ms)
{
    struct sample sample;
    make(&sample, number, HERE, false);
    uint64_t hash = rn_store_hash(store, &sample.key);
    struct rn_entry *entry = rn_store_lock(store, hash, &sample.key, now_ms);
    if (entry == NULL)
        return false;
    struct rn_image image = rn_entry_image(entry);
    CHECK(image.wire_length == sample.image.wire_length && image.count == 1);
    CHECK(memcmp(image.wire, sample.wire, sample.image.wire_length) == 0);
    CHECK(image.places[0].offset == sample.place.offset);
    rn_store_unlock(store, hash);
    return true;
}

static struct rn_store_stats stats_of(const struct rn_store *store)
{
    struct rn_store_stats stats;
    rn_store_stats(store, &stats);
    return stats;
}

static uint64_t count_of(const struct rn_store_group *group)
{
    struct rn_group_stats stats;
    rn_store_group_stats(group, &stats);
    return stats.count;
}

/* The hash is SipHash-1-3: values of CPython's bytes with PYTHONHASHSEED=0, and of its authors. */
static void hash_tests(void)
{
    static const uint64_t key[2] = {0x0706050403020100u, 0x0f0e0d0c0b0a0908u}, none[2] = {0, 0};
    CHECK(rn_siphash_of(key, (const uint8_t *)"", 0) == 0xabac0158050fc4dcu);
    CHECK(rn_siphash_of(none, (const uint8_t *)"rootward", 8) == 0x8ba4be045aa9fe81u);
    CHECK(rn_siphash_of(none, (const uint8_t *)"not forward", 11) == 0x53adce19f38bceb9u);
}

/* Many are found again, each as it was, while the tables grow. */
static void growth_tests(void)
{
    enum { MANY = 20000 };
    struct rn_store *store = rn_store_new(1 << 30, SECRET);
    struct rn_store_group *group = rn_store_group(store, HERE, 0);
    CHECK(rn_store_group(store, HERE, 0) == group && rn_store_group(store, HERE, 1) != group);
    for (unsigned i = 0; i < MANY; i++)
        CHECK(put(store, group, i, 0, HOUR_MS) == RN_OK);
    for (unsigned i = 0; i < MANY; i++)
        CHECK(has(store, i, 1));
    CHECK(!has(store, MANY, 1) && stats_of(store).entries == MANY && count_of(group) == MANY);
    for (unsigned i = 0; i < MANY; i += 2) {
        struct sample sample;
        make(&sample, i, HERE, false);
        rn_store_discard(store, &sample.key);
    }
    for (unsigned i = 0; i < MANY; i++)
        CHECK(has(store, i, 1) == (i % 2 == 1));
    CHECK(rn_store_remove(store, (const uint8_t *)"\7example", 9, 0) == 0);
    CHECK(rn_store_remove(store, (const uint8_t *)"\7example", 9, 1) == MANY / 2);
    CHECK(stats_of(store).entries == 0 && stats_of(store).octets == 0 && count_of(group) == 0);
    rn_store_free(store);
}

/* The bounds hold after each put; what is used stays. */
static void bound_tests(void)
{
    struct rn_store *store = rn_store_new(1 << 30, SECRET);
    struct rn_store_group *group = rn_store_group(store, HERE, 0);
    CHECK(put(store, group, 0, 0, HOUR_MS) == RN_OK && put(store, group, 1, 0, 0) == RN_EFULL);
    uint64_t each = stats_of(store).octets;
    CHECK(each > 150 && each <= 200); /* there are many of them */
    rn_store_resize(store, 1000 * each, 0);
    for (unsigned i = 0; i < 5000; i++) {
        CHECK(put(store, group, i, 0, HOUR_MS) == RN_OK && has(store, 0, 0));
        CHECK(stats_of(store).octets <= 1000 * each);
    }
    CHECK(stats_of(store).entries == 1000 && stats_of(store).evictions == 4000);
    CHECK(has(store, 4999, 0));
    rn_store_limit(store, group, 100, 0);
    CHECK(count_of(group) == 100);
    struct rn_store_group *other = rn_store_group(store, HERE, 1);
    for (unsigned i = 10000; i < 10500; i++)
        CHECK(put(store, other, i, 0, HOUR_MS) == RN_OK);
    for (unsigned i = 20000; i < 20500; i++) {
        CHECK(put(store, group, i, 0, HOUR_MS) == RN_OK && has(store, i, 0));
        CHECK(count_of(group) == 100 && count_of(other) == 500);
    }
    rn_store_resize(store, each - 1, 0);
    CHECK(stats_of(store).entries == 0);
    CHECK(put(store, group, 1, 0, HOUR_MS) == RN_EFULL && stats_of(store).octets == 0);
    rn_store_free(store);
}

/* Ended entries are hidden at once, and are gone after as many puts. */
static void reap_tests(void)
{
    struct rn_store *store = rn_store_new(1 << 30, SECRET);
    struct rn_store_group *group = rn_store_group(store, HERE, 0);
    for (unsigned i = 0; i < 2000; i++)
        put(store, group, i, 0, 1000);
    CHECK(has(store, 7, 999) && !has(store, 7, 1000));
    for (unsigned i = 2000; i < 4000; i++)
        put(store, group, i, 1000, HOUR_MS);
    CHECK(stats_of(store).entries < 2100 && stats_of(store).evictions == 0);
    rn_store_free(store);
}

/* What is dumped comes back, aged; what is no record is refused, whatever its octets are. */
static void record_tests(void)
{
    enum { MANY = 300, SIZE = 2 * (RN_STORED_SIZE + 84) };
    struct rn_store *from = rn_store_new(1 << 30, SECRET), *to = rn_store_new(1 << 30, SECRET);
    struct rn_store_group *group = rn_store_group(from, HERE, 0);
    struct rn_cursor cursor = {0};
    struct rn_loaded loaded;
    uint8_t *octets = malloc(SIZE);
    CHECK(octets != NULL);
    for (unsigned i = 0; i < MANY; i++)
        put(from, group, i, 5000, i % 2 ? HOUR_MS : 1000);
    size_t length = rn_store_dump(from, &cursor, 5000, octets, SIZE);
    CHECK(cursor.shard == RN_STORE_END && length > MANY * 100);
    CHECK(cursor.count == MANY && cursor.ends_ms == 5000 + HOUR_MS);
    CHECK(rn_store_load(to, octets, length, 99, 2000, &loaded) == RN_OK);
    CHECK(loaded.foreign == MANY / 2 && loaded.ended == MANY / 2);
    rn_store_group(to, HERE, 0);
    CHECK(rn_store_load(to, octets, length, 99, 2000, &loaded) == RN_OK);
    CHECK(loaded.kept == MANY / 2 && loaded.refused == 0);
    CHECK(has(to, 1, 99 + HOUR_MS - 2001) && !has(to, 1, 99 + HOUR_MS - 2000));
    CHECK(rn_store_load(to, octets, length, 99, 2000, &loaded) == RN_OK && loaded.refused == MANY / 2);
    CHECK(rn_store_load(to, octets, length - 1, 99, 0, &loaded) == RN_EWIRE);
    CHECK(rn_store_load(to, octets, length, 99, -1, &loaded) == RN_EVALUE);
    size_t one = rn_get32(octets);
    for (size_t at = 0; at < one; at++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            uint8_t *copy = malloc(one); /* exactly, so that a read too far shows */
            memcpy(copy, octets, one);
            copy[at] ^= (uint8_t)(1 << bit);
            (void)rn_store_load(to, copy, one, 99, 0, &loaded);
            free(copy);
        }
    }
    free(octets);
    rn_store_free(from);
    rn_store_free(to);
}

struct rush {
    struct rn_store *store;
    struct rn_store_group *groups[2];
    unsigned seed;
    uint8_t out[RN_STORED_SIZE + 84];
};

/* Write some of the store, and keep what is not there any more by then. */
static void dump(struct rush *rush, int64_t now_ms)
{
    struct rn_cursor cursor = {0};
    struct rn_loaded loaded;
    size_t length = rn_store_dump(rush->store, &cursor, now_ms, rush->out, sizeof rush->out);
    CHECK(rn_store_load(rush->store, rush->out, length, now_ms, 0, &loaded) == RN_OK);
    CHECK(loaded.foreign == 0);
}

/* Look as Python does, and tell what came of it. */
static void snap(struct rush *rush, const struct sample *sample, int64_t now_ms)
{
    struct rn_snapshot snapshot;
    struct rn_store_key key = {.qtype = 1, .qclass = 1, .qname_length = sample->key.qname_length};
    memcpy(key.partition, sample->key.partition, RN_PARTITION_SIZE);
    memcpy(key.qname, sample->key.qname, sample->key.qname_length);
    if (!rn_store_find(rush->store, &key, now_ms, &snapshot, rush->out, NULL))
        return;
    CHECK(memcmp(rush->out, sample->wire, sample->image.wire_length) == 0);
    rn_store_count_hit(rush->store, &key, snapshot.generation, now_ms, 10);
    if (rn_store_claim(rush->store, &key, snapshot.generation, 1))
        rn_store_claim(rush->store, &key, snapshot.generation, 0);
}

static void use(struct rush *rush, unsigned what, struct sample *sample)
{
    struct rn_store *store = rush->store;
    uint64_t hash = rn_store_hash(store, &sample->key);
    rn_store_prefetch(store, hash);
    rn_store_prefetch_entry(store, hash);
    struct rn_entry *entry = rn_store_lock(store, hash, &sample->key, what % 100);
    if (entry != NULL) {
        entry->hits++;
        CHECK(memcmp(rn_entry_image(entry).wire, sample->wire, sample->image.wire_length) == 0);
        rn_store_unlock(store, hash);
    }
    switch (what % 64) {
    case 0:
        rn_store_remove(store, sample->key.qname, sample->key.qname_length, what & 64);
        break;
    case 1:
        rn_store_resize(store, 100000 + what % 100000, what % 100);
        break;
    case 2:
        rn_store_limit(store, rush->groups[1], 50 + what % 300, what % 100);
        break;
    case 3:
        rn_store_discard(store, &sample->key);
        break;
    case 4:
        rn_store_end_stale(store, &sample->key);
        break;
    case 5:
        dump(rush, what % 100);
        break;
    case 6:
        snap(rush, sample, what % 100);
        break;
    default:
        rn_store_put(store, &sample->key, &sample->image, rush->groups[what % 2], what % 100,
                     what % 200, what % 3);
    }
}

static void *run(void *arg)
{
    struct rush *rush = arg;
    uint64_t state = rush->seed;
    for (int i = 0; i < ROUNDS; i++) {
        struct sample sample;
        state = state * 6364136223846793005u + 1442695040888963407u;
        unsigned what = (unsigned)(state >> 33);
        make(&sample, what % 3000, what % 5 ? HERE : BESIDE, what % 7 == 0);
        use(rush, what >> 3, &sample);
    }
    return NULL;
}

/* Several threads do everything at once; the sums are right in the end. */
static void rush_tests(void)
{
    struct rn_store *store = rn_store_new(200000, SECRET);
    struct rush rushes[THREADS];
    pthread_t threads[THREADS];
    for (unsigned i = 0; i < THREADS; i++) {
        rushes[i].store = store;
        rushes[i].groups[0] = rn_store_group(store, HERE, 0);
        rushes[i].groups[1] = rn_store_group(store, HERE, 1);
        rushes[i].seed = i;
        CHECK(pthread_create(&threads[i], NULL, run, &rushes[i]) == 0);
    }
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    struct rn_store_stats stats = stats_of(store);
    CHECK(stats.octets <= stats.max_octets && stats.entries > 0);
    CHECK(count_of(rushes[0].groups[0]) + count_of(rushes[0].groups[1]) == stats.entries);
    uint64_t count = rn_store_remove(store, (const uint8_t *)"", 1, 1);
    stats = stats_of(store);
    CHECK(count > 0 && stats.entries == 0 && stats.octets == 0);
    rn_store_free(store);
}

void store_tests(void)
{
    hash_tests();
    growth_tests();
    bound_tests();
    reap_tests();
    record_tests();
    rush_tests();
}
