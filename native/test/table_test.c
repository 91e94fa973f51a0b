/* SPDX-License-Identifier: Apache-2.0 */
/* The table of one shard while it grows: all is found, removed and walked, and nobody moves much. */
#include "../shard.h"
#include "check.h"
#include "tests.h"

#include <string.h>

enum { NAMES = 3000, HOUR_MS = 3600000, OCTETS = 32 };

static const uint8_t SECRET[16] = "of the tests";
static const uint8_t HERE[RN_PARTITION_SIZE] = "here";

/* Names that all come into one shard, and which of them are in the store. */
struct shelf {
    struct rn_store *store;
    struct rn_store_group *group;
    struct rn_shard *shard;
    uint32_t numbers[NAMES];
    bool is_in[NAMES];
    unsigned count;
    uint64_t state; /* of chance */
};

/* A response without records, and what it is found by. */
struct sample {
    struct rn_key key;
    struct rn_image image;
    uint8_t wire[OCTETS];
};

static void make(struct sample *sample, uint32_t number)
{
    memset(sample, 0, sizeof *sample);
    int length = snprintf((char *)sample->wire + 13, 11, "%u", number);
    sample->wire[12] = (uint8_t)length;
    size_t qname_length = (size_t)length + 2;
    memcpy(sample->wire + 12 + qname_length, "\0\1\0\1", 4);
    sample->key = (struct rn_key){HERE, sample->wire + 12, (uint8_t)qname_length, false, false, 1, 1};
    sample->image = (struct rn_image){.wire = sample->wire,
                                      .wire_length = (uint16_t)(12 + qname_length + 4)};
}

static void shelf_start(struct shelf *shelf, unsigned seed)
{
    *shelf = (struct shelf){.store = rn_store_new(1 << 30, SECRET), .state = seed};
    shelf->group = rn_store_group(shelf->store, HERE, 0);
    shelf->shard = &shelf->store->shards[1];
    for (uint32_t number = 0, found = 0; found < NAMES; number++) {
        struct sample sample;
        make(&sample, number);
        if (rn_shard_number(rn_store_hash(shelf->store, &sample.key)) == 1)
            shelf->numbers[found++] = number;
    }
}

static struct rn_table *table_of(const struct shelf *shelf)
{
    return atomic_load(&shelf->shard->table);
}

static unsigned chance(struct shelf *shelf, unsigned below)
{
    shelf->state = shelf->state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(shelf->state >> 33) % below;
}

static void put(struct shelf *shelf, unsigned i)
{
    struct sample sample;
    make(&sample, shelf->numbers[i]);
    CHECK(rn_store_put(shelf->store, &sample.key, &sample.image, shelf->group, 0, HOUR_MS, 0) == RN_OK);
    shelf->count += !shelf->is_in[i];
    shelf->is_in[i] = true;
}

static void discard(struct shelf *shelf, unsigned i)
{
    struct sample sample;
    make(&sample, shelf->numbers[i]);
    rn_store_discard(shelf->store, &sample.key);
    shelf->count -= shelf->is_in[i];
    shelf->is_in[i] = false;
}

static bool has(struct shelf *shelf, unsigned i)
{
    struct sample sample;
    make(&sample, shelf->numbers[i]);
    uint64_t hash = rn_store_hash(shelf->store, &sample.key);
    struct rn_entry *entry = rn_store_lock(shelf->store, hash, &sample.key, 0);
    if (entry == NULL)
        return false;
    CHECK(memcmp(rn_entry_image(entry).wire, sample.wire, sample.image.wire_length) == 0);
    rn_store_unlock(shelf->store, hash);
    return true;
}

/* Put more until the table begins to grow. */
static void put_until_growth(struct shelf *shelf)
{
    const struct rn_table *before = table_of(shelf);
    for (unsigned i = shelf->count; table_of(shelf) == before; i++)
        put(shelf, i);
}

/* Start a shelf whose table begins to grow for the last of so many times. */
static void shelf_start_growing(struct shelf *shelf, unsigned growths)
{
    shelf_start(shelf, 0);
    for (unsigned growth = 0; growth < growths; growth++)
        put_until_growth(shelf);
}

/* What stands in either table is found and can be taken out, whenever that is. */
static void model_tests(void)
{
    enum { SEEDS = 12, STEPS = 6000 };
    for (unsigned seed = 0; seed < SEEDS; seed++) {
        struct shelf shelf;
        shelf_start(&shelf, seed);
        for (unsigned step = 0; step < STEPS; step++) {
            unsigned i = chance(&shelf, NAMES), what = chance(&shelf, 8);
            if (what < 4)
                put(&shelf, i);
            else if (what == 4)
                discard(&shelf, i);
            i = chance(&shelf, NAMES);
            CHECK(has(&shelf, i) == shelf.is_in[i]);
        }
        CHECK(atomic_load(&shelf.shard->count) == shelf.count);
        for (unsigned i = 0; i < NAMES; i++)
            CHECK(has(&shelf, i) == shelf.is_in[i]);
        rn_store_free(shelf.store);
    }
}

/* A look-up moves one bucket, and an entry that comes two; so all are moved long before the next growth. */
static void step_tests(void)
{
    enum { GROWTHS = 6 };
    struct shelf shelf;
    shelf_start(&shelf, 0);
    for (unsigned growth = 0; growth < GROWTHS; growth++) {
        put_until_growth(&shelf);
        struct rn_table *table = table_of(&shelf);
        CHECK(table->is_growing && table->moved <= 1 && table->mask == 2 * table->older->mask + 1);
        while (table->is_growing) {
            uint64_t moved = table->moved;
            CHECK(has(&shelf, (unsigned)moved % shelf.count) && table->moved == moved + 1);
            if (!table->is_growing)
                break;
            put(&shelf, shelf.count);
            CHECK(table->moved == moved + 3 || !table->is_growing);
        }
        CHECK(table == table_of(&shelf) && table->moved == (uint64_t)table->older->mask + 1);
    }
    for (unsigned i = 0; i < NAMES; i++)
        CHECK(has(&shelf, i) == (i < shelf.count));
    rn_store_free(shelf.store);
}

/* Removals meet a table that grows, in both of its parts. */
static void removal_tests(void)
{
    struct shelf shelf;
    shelf_start_growing(&shelf, 4);
    for (unsigned i = shelf.count; i-- > 0;) {
        uint64_t moved = table_of(&shelf)->moved;
        discard(&shelf, i);
        CHECK(table_of(&shelf)->moved <= moved + 1 && !has(&shelf, i));
    }
    CHECK(atomic_load(&shelf.shard->count) == 0);
    rn_store_free(shelf.store);
}

/* A walk sees all of a table that grows. */
static void walk_tests(void)
{
    struct shelf shelf;
    shelf_start_growing(&shelf, 7);
    CHECK(table_of(&shelf)->is_growing && shelf.count > 1000);
    CHECK(rn_store_remove(shelf.store, (const uint8_t *)"", 1, 1) == shelf.count);
    CHECK(!table_of(&shelf)->is_growing && atomic_load(&shelf.shard->count) == 0);
    rn_store_free(shelf.store);
}

void table_tests(void)
{
    model_tests();
    step_tests();
    removal_tests();
    walk_tests();
}
