/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept of images, for how long and where; by several threads at once too. */
#include "../verdict.h"

#include "../normal.h"
#include "check.h"
#include "tests.h"

#include <pthread.h>
#include <string.h>

#define QUESTION "\1a\0\0\1\0\1"
#define A(ttl) "\xC0\x0C\0\1\0\1\0\0\0" ttl "\0\4\xC0\0\2\1"
#define SOA                                                                                        \
    "\xC0\x0C\0\6\0\1\0\0\0\x3C\0\x16\0\0"                                                         \
    "16 octets of it."                                                                             \
    "\0\0\0\5"

enum { WALL_S = 1000000, THREADS = 4, ROUNDS = 4000, FAILURES = 300000 };

static const char good[] = "\0\0\x80\0\0\1\0\2\0\0\0\0" QUESTION A("\xC8") A("\xC8");
static const char denied[] = "\0\0\x80\3\0\1\0\0\0\1\0\0" QUESTION SOA;
static const char failed[] = "\0\0\x80\2\0\1\0\0\0\0\0\0" QUESTION;
static const char other[] = "\0\0\x80\0\0\1\0\0\0\0\0\0\1b\0\0\1\0\1";

static const struct rn_key question = {
    .qname = (const uint8_t *)"\1a\0", .qname_length = 3, .qtype = 1, .qclass = 1};

struct scene {
    struct rn_store *store;
    struct rn_cache_policy policy;
};

static void open_scene(struct scene *scene)
{
    static const uint8_t key[16] = "not random here";
    memset(scene, 0, sizeof *scene);
    scene->store = rn_store_new(1 << 20, key);
    CHECK(scene->store);
    scene->policy = (struct rn_cache_policy){
        .partition = "answers",
        .beside = "beside them",
        .success_bounds = {100, 0},
        .denial_bounds = {50, 0},
        .max_stale_ms = 1000,
        .servfail_ms = 5000,
    };
    scene->policy.success = rn_store_group(scene->store, scene->policy.partition, RN_SUCCESS);
    scene->policy.denial = rn_store_group(scene->store, scene->policy.partition, RN_DENIAL);
    CHECK(scene->policy.success && scene->policy.denial);
}

/* Keep the image of a message; return whether it was dropped. */
static bool keep(struct scene *scene, struct rn_workshop *workshop, const char *message,
                 size_t length, enum rn_validation validation, int64_t now_ms)
{
    struct rn_image image;
    CHECK(rn_normalise(workshop, (const uint8_t *)message, length, WALL_S, RN_WITHOUT_DNSSEC,
                       &image) == 0);
    image.validation = (uint8_t)validation;
    image.is_recursive = true;
    uint8_t *wire = malloc(image.wire_length); /* of just its length */
    CHECK(wire);
    memcpy(wire, image.wire, image.wire_length);
    image.wire = wire;
    bool is_dropped =
        rn_keep(scene->store, &scene->policy, &question, true, &image, wire, now_ms, WALL_S);
    free(wire);
    return is_dropped;
}
#define KEEP(scene, workshop, message, validation, now_ms)                                         \
    keep(scene, workshop, message, sizeof message - 1, validation, now_ms)

/* Return until when there is an entry, 0 if there is none; *stale_ms becomes how long behind that.
 */
static int64_t deadline(struct scene *scene, const uint8_t *partition, int64_t now_ms,
                        int64_t *stale_ms)
{
    struct rn_key key = question;
    key.partition = partition;
    uint64_t hash = rn_store_hash(scene->store, &key);
    struct rn_entry *entry = rn_store_lock(scene->store, hash, &key, now_ms);
    if (!entry)
        return 0;
    int64_t deadline_ms = entry->deadline_ms;
    *stale_ms = entry->stale_until_ms - deadline_ms;
    rn_store_unlock(scene->store, hash);
    return deadline_ms;
}

static void places(struct rn_workshop *workshop)
{
    struct scene scene;
    int64_t stale_ms = 0;
    open_scene(&scene);
    const uint8_t *answers = scene.policy.partition, *beside = scene.policy.beside;
    CHECK(!KEEP(&scene, workshop, good, RN_VALIDATION_INSECURE, 1));
    CHECK(deadline(&scene, answers, 1, &stale_ms) == 100001 && stale_ms == 1000);
    CHECK(!KEEP(&scene, workshop, failed, RN_VALIDATION_NONE, 1)); /* it hides no good answer */
    CHECK(deadline(&scene, answers, 1, &stale_ms) == 100001);
    CHECK(deadline(&scene, beside, 1, &stale_ms) == 5001 && stale_ms == FAILURES);
    CHECK(!KEEP(&scene, workshop, failed, RN_VALIDATION_NONE, 4000)); /* told to another waiter */
    CHECK(deadline(&scene, beside, 4000, &stale_ms) == 5001);
    CHECK(!KEEP(&scene, workshop, failed, RN_VALIDATION_NONE, 6000)); /* twice as long */
    CHECK(deadline(&scene, beside, 6000, &stale_ms) == 16000);
    CHECK(!KEEP(&scene, workshop, denied, RN_VALIDATION_SECURE, 7000)); /* and it is forgotten */
    CHECK(deadline(&scene, beside, 7000, &stale_ms) == 0);
    CHECK(deadline(&scene, answers, 7000, &stale_ms) == 12000);
    CHECK(!KEEP(&scene, workshop, failed, RN_VALIDATION_BOGUS, 8000)); /* nothing stale behind it */
    CHECK(deadline(&scene, answers, 8000, &stale_ms) == 12000 && stale_ms == 0);
    CHECK(KEEP(&scene, workshop, other, RN_VALIDATION_SECURE, 8000)); /* another question's */
    scene.policy.prefer_positive = true;
    CHECK(!KEEP(&scene, workshop, good, RN_VALIDATION_SECURE, 9000));
    CHECK(!KEEP(&scene, workshop, denied, RN_VALIDATION_SECURE, 9000)); /* stands back */
    CHECK(deadline(&scene, answers, 9000, &stale_ms) == 109000);
    CHECK(deadline(&scene, beside, 9000, &stale_ms) == 14000);
    rn_store_free(scene.store);
}

static void *keep_many(void *arg)
{
    struct scene *scene = arg;
    struct rn_workshop *workshop = rn_workshop_new();
    CHECK(workshop);
    for (int64_t round = 0; round < ROUNDS; round++) {
        switch (round % 4) {
        case 0:
            CHECK(!KEEP(scene, workshop, good, RN_VALIDATION_SECURE, round));
            break;
        case 1:
            CHECK(!KEEP(scene, workshop, denied, RN_VALIDATION_INSECURE, round));
            break;
        case 2:
            CHECK(!KEEP(scene, workshop, failed, RN_VALIDATION_NONE, round));
            break;
        default:
            CHECK(!KEEP(scene, workshop, failed, RN_VALIDATION_BOGUS, round));
        }
    }
    rn_workshop_free(workshop);
    return NULL;
}

static void threads(void)
{
    struct scene scene;
    pthread_t running[THREADS];
    int64_t stale_ms;
    open_scene(&scene);
    scene.policy.prefer_positive = true;
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_create(&running[i], NULL, keep_many, &scene) == 0);
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_join(running[i], NULL) == 0);
    CHECK(deadline(&scene, scene.policy.partition, ROUNDS, &stale_ms) > ROUNDS);
    rn_store_free(scene.store);
}

void verdict_tests(void)
{
    struct rn_workshop *workshop = rn_workshop_new();
    CHECK(workshop);
    places(workshop);
    rn_workshop_free(workshop);
    threads();
}
