/* SPDX-License-Identifier: Apache-2.0 */
/* What C does for the chain's answers: messages of any length brought into normal form, kept and
 * found again with the places of their records. */
#include "../native.h"

#include "check.h"
#include "tests.h"

#include <stdlib.h>
#include <string.h>

#define QUESTION "\1a\0\0\1\0\1"
#define A(ttl) "\xC0\x0C\0\1\0\1\0\0\0" ttl "\0\4\xC0\0\2\1"

enum { WALL_S = 1000000, NOW_MS = 1, TTL_AT = 25 /* of the first record */ };

static const char message[] = "\0\7\x85\x80\0\1\0\2\0\0\0\0" QUESTION A("\xC8") A("\xC8");

struct scene {
    struct rn_store *store;
    struct rn_keeping *keeping;
    struct rn_workshop *workshop;
    struct rn_rr rrs[RN_RRS_MAX];
};

static void open_scene(struct scene *scene)
{
    static const uint8_t key[16] = "not random here";
    struct rn_plan_cache given = {
        .partition = "answers",
        .beside = "beside them",
        .success_max_s = 100,
        .denial_max_s = 50,
        .max_stale_ms = 1000,
        .servfail_ms = 5000,
    };
    scene->store = rn_store_new(1 << 20, key);
    scene->workshop = rn_workshop_new();
    CHECK(scene->store && scene->workshop);
    CHECK(!rn_keeping_new(scene->store, &given)); /* without groups */
    given.success = rn_store_group(scene->store, given.partition, 0);
    given.denial = rn_store_group(scene->store, given.partition, 1);
    given.success_disabled = rn_zones_new((const uint8_t *)"\1b\0", 3);
    CHECK(given.success_disabled);
    scene->keeping = rn_keeping_new(scene->store, &given);
    rn_zones_free(given.success_disabled); /* it has a reference of its own */
    CHECK(scene->keeping);
}

static void close_scene(struct scene *scene)
{
    rn_keeping_free(scene->keeping);
    rn_keeping_free(NULL);
    rn_workshop_free(scene->workshop);
    rn_store_free(scene->store);
}

/* Return a copy of octets, of just their length. */
static uint8_t *copy_of(const void *octets, size_t length)
{
    uint8_t *copy = malloc(length);
    CHECK(copy);
    memcpy(copy, octets, length);
    return copy;
}

static void test_forms(struct scene *scene)
{
    struct rn_formed formed;
    for (size_t length = 1; length < sizeof message; length++) {
        uint8_t *octets = copy_of(message, length);
        int status = rn_form(scene->workshop, octets, length, WALL_S, 1, &formed, scene->rrs);
        CHECK(status == (length == sizeof message - 1 ? RN_OK : RN_EWIRE));
        free(octets);
    }
    CHECK(formed.length == sizeof message - 1 && formed.count == 2 && formed.rcode == 0);
    CHECK(memcmp(formed.wire, "\0\0\x80\0", 4) == 0); /* neither ID nor AA, RD and RA */
    const struct rn_rr *first = &scene->rrs[0], *second = &scene->rrs[1];
    CHECK(first->section == 1 && first->rtype == 1 && first->offset == 19);
    CHECK(first->ttl_offset == TTL_AT && first->end == second->offset);
    CHECK(second->end == formed.length);
}

static void test_keeps(struct scene *scene)
{
    static uint8_t out[RN_STORED_SIZE], sent[65535];
    struct rn_snapshot snapshot;
    struct rn_formed formed;
    struct rn_store_key key = {
        .partition = "answers", .qtype = 1, .qclass = 1, .qname_length = 3, .qname = "\1a"};
    struct rn_offered offered = {.now_ms = NOW_MS, .wall_s = WALL_S, .validation = 2, .is_rd = 1};
    CHECK(!rn_keeping_knows(scene->keeping, &key, NOW_MS));
    CHECK(rn_form(scene->workshop, (const uint8_t *)message, sizeof message - 1, WALL_S, 1, &formed,
                  scene->rrs) == RN_OK);
    for (size_t length = 1; length <= formed.length; length++) {
        uint8_t *octets = copy_of(formed.wire, length);
        offered.wire_length = (uint16_t)length;
        int status = rn_keeping_keep(scene->keeping, &key, &offered, octets, sent);
        CHECK(status == (length == formed.length ? RN_OK : RN_EWIRE));
        free(octets);
    }
    CHECK(offered.has_changed && !offered.has_dropped && sent[TTL_AT + 3] == 100);
    CHECK(rn_store_find(scene->store, &key, NOW_MS, &snapshot, out, scene->rrs) == 1);
    CHECK(snapshot.count == 2 && snapshot.wire_length == formed.length);
    CHECK(snapshot.deadline_ms == NOW_MS + 100000 && scene->rrs[0].ttl_offset == TTL_AT);
    CHECK(memcmp(out, sent, formed.length) == 0);
    key.qname[1] = 'b'; /* another question */
    CHECK(rn_keeping_keep(scene->keeping, &key, &offered, formed.wire, sent) == RN_OK);
    CHECK(offered.has_dropped && !offered.has_changed);
    offered.validation = 4;
    CHECK(rn_keeping_keep(scene->keeping, &key, &offered, formed.wire, sent) == RN_EWIRE);
}

void keeping_tests(void)
{
    static struct scene scene;
    open_scene(&scene);
    test_forms(&scene);
    test_keeps(&scene);
    close_scene(&scene);
}
