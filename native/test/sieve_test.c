/* SPDX-License-Identifier: Apache-2.0 */
/* Who goes when there is no room: SIEVE of a group beside others, and how far its hand walks. */
#include "../shard.h"
#include "check.h"
#include "tests.h"

#include <stdlib.h>
#include <string.h>

enum { WIRE = 64, HOUR_MS = 3600000 };

static const uint8_t SECRET[16] = "sixteen octets.";
static const uint8_t SMALL[RN_PARTITION_SIZE] = "small", LARGE[RN_PARTITION_SIZE] = "large";

/* A response to (h<number>. A) without records, and what it is found by. */
struct sample {
    struct rn_key key;
    struct rn_image image;
    uint8_t wire[WIRE];
};

static void make(struct sample *sample, const uint8_t *partition, unsigned number)
{
    uint8_t *name = sample->wire + 12;
    memset(sample, 0, sizeof *sample);
    rn_put16(sample->wire + 2, 0x8000);
    rn_put16(sample->wire + 4, 1);
    int length = snprintf((char *)name + 1, 20, "h%07u", number);
    name[0] = (uint8_t)length;
    memcpy(name + 1 + length, "\0\0\1\0\1", 5);
    sample->key = (struct rn_key){partition, name, (uint8_t)(length + 2), false, false, 1, 1};
    sample->image = (struct rn_image){.wire = sample->wire, .wire_length = (uint16_t)(length + 18)};
}

static void put(struct rn_store *store, struct rn_store_group *group, const uint8_t *partition,
                unsigned number)
{
    struct sample sample;
    make(&sample, partition, number);
    CHECK(rn_store_put(store, &sample.key, &sample.image, group, 0, HOUR_MS, 0) == RN_OK);
}

/* Ask for an entry, as a client does; false: it is not there. */
static bool visit(struct rn_store *store, const uint8_t *partition, unsigned number)
{
    struct sample sample;
    make(&sample, partition, number);
    uint64_t hash = rn_store_hash(store, &sample.key);
    if (rn_store_lock(store, hash, &sample.key, 0) == NULL)
        return false;
    rn_store_unlock(store, hash);
    return true;
}

/* Whether an entry of the small group is there, which is not visited by that. */
static bool is_there(struct rn_store *store, unsigned number)
{
    struct sample sample;
    make(&sample, SMALL, number);
    uint64_t hash = rn_store_hash(store, &sample.key);
    struct rn_shard *shard = &store->shards[rn_shard_number(hash)];
    return rn_table_find(shard, hash, &sample.key) != NULL;
}

static unsigned longest_walk(const struct rn_store *store)
{
    unsigned longest = 0;
    for (unsigned number = 0; number < RN_SHARDS; number++)
        if (store->shards[number].longest_walk > longest)
            longest = store->shards[number].longest_walk;
    return longest;
}

/* A group with a small capacity beside a large one: what its puts cost does not depend on that. */
static void test_walks(void)
{
    enum { MANY = 100000, FEW = 100, PUTS = 20000 };
    struct rn_store *store = rn_store_new(1 << 30, SECRET);
    struct rn_store_group *large = rn_store_group(store, LARGE, 0);
    struct rn_store_group *small = rn_store_group(store, SMALL, 0);
    struct rn_group_stats stats;
    rn_store_limit(store, small, FEW, 0);
    for (unsigned i = 0; i < MANY; i++) {
        put(store, large, LARGE, i);
        if (i % (MANY / FEW) == 0)
            put(store, small, SMALL, i);
    }
    for (unsigned i = 0; i < PUTS; i++) {
        put(store, small, SMALL, MANY + i);
        if (i % 2)
            visit(store, SMALL, MANY + i);
        put(store, large, LARGE, MANY + i);
    }
    rn_store_group_stats(small, &stats);
    CHECK(stats.count == FEW && stats.evictions == PUTS);
    CHECK(longest_walk(store) <= FEW);
    rn_store_free(store);
}

/* What SIEVE keeps of a group, as its authors tell it: an array, oldest first. */
struct model {
    unsigned numbers[8];
    bool visited[8];
    size_t count, hand;
};

enum { CAPACITY = 8 };

static void model_remove(struct model *model, size_t at)
{
    model->count--;
    for (size_t i = at; i < model->count; i++) {
        model->numbers[i] = model->numbers[i + 1];
        model->visited[i] = model->visited[i + 1];
    }
    if (model->hand > at)
        model->hand--;
}

static size_t model_find(const struct model *model, unsigned number)
{
    size_t at = 0;
    while (at < model->count && model->numbers[at] != number)
        at++;
    return at;
}

static void model_put(struct model *model, unsigned number)
{
    size_t at = model_find(model, number);
    bool is_visited = at < model->count && model->visited[at];
    if (at < model->count)
        model_remove(model, at);
    if (model->count == CAPACITY) {
        size_t hand = model->hand % CAPACITY;
        for (; model->visited[hand]; hand = (hand + 1) % CAPACITY)
            model->visited[hand] = false;
        model->hand = hand;
        model_remove(model, hand);
    }
    if (model->hand >= model->count)
        model->hand = 0; /* at the end: from the oldest again, once something is wanted */
    model->numbers[model->count] = number;
    model->visited[model->count++] = is_visited;
}

/* Return numbers whose entries of the small group are in one shard. */
static void find_neighbours(const struct rn_store *store, unsigned *numbers, unsigned count)
{
    for (unsigned number = 0, found = 0; found < count; number++) {
        struct sample sample;
        make(&sample, SMALL, number);
        if (rn_shard_number(rn_store_hash(store, &sample.key)) == 0)
            numbers[found++] = number;
    }
}

/* Whatever others put and ask for between: what a group keeps in a shard is what SIEVE would keep. */
static void test_order(void)
{
    enum { NEIGHBOURS = 24, ROUNDS = 20000 };
    struct rn_store *store = rn_store_new(1 << 30, SECRET);
    struct rn_store_group *large = rn_store_group(store, LARGE, 0);
    struct rn_store_group *small = rn_store_group(store, SMALL, 0);
    struct model model = {.count = 0};
    unsigned numbers[NEIGHBOURS];
    uint64_t state = 1;
    rn_store_limit(store, small, CAPACITY, 0);
    find_neighbours(store, numbers, NEIGHBOURS);
    for (unsigned round = 0; round < ROUNDS; round++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        unsigned what = (unsigned)(state >> 40), number = numbers[(what >> 4) % NEIGHBOURS];
        size_t at = model_find(&model, number);
        CHECK(is_there(store, number) == (at < model.count));
        switch (what % 8) {
        case 0:
            put(store, large, LARGE, what % 1000);
            break;
        case 1:
            if (at < model.count)
                model_remove(&model, at);
            struct sample sample;
            make(&sample, SMALL, number);
            rn_store_discard(store, &sample.key);
            break;
        case 2:
        case 3:
        case 4:
            CHECK(visit(store, SMALL, number) == (at < model.count));
            if (at < model.count)
                model.visited[at] = true;
            break;
        default:
            put(store, small, SMALL, number);
            model_put(&model, number);
        }
    }
    for (unsigned i = 0; i < NEIGHBOURS; i++)
        CHECK(is_there(store, numbers[i]) == (model_find(&model, numbers[i]) < model.count));
    rn_store_free(store);
}

void sieve_tests(void)
{
    test_walks();
    test_order();
}
