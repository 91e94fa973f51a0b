/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any message as what libunbound says: its image is in normal form for each pair of DO and CD, says
 * what the message says, is judged, and is found where it was kept.
 *
 * The input is 12 octets that say how libunbound and the policy are, then the message.
 */
#include "../classify.h"
#include "../test/check.h"
#include "../test/message.h"
#include "../variant.h"
#include "../verdict.h"

#include <string.h>

enum { KNOBS = 12, WALL_S = 1700000000, NOW_MS = 1000 };
enum { WITH_DO = 1, WITH_CD = 2, WITH_RD = 4, PREFER_POSITIVE = 8, RATELIMITED = 16, MINIMAL = 32 };

int LLVMFuzzerInitialize(int *count, char ***arguments);
int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t length);

static struct rn_workshop *workshop, *other;

int LLVMFuzzerInitialize(int *count, char ***arguments)
{
    (void)count;
    (void)arguments;
    workshop = rn_workshop_new();
    other = rn_workshop_new();
    CHECK(workshop && other);
    return 0;
}

/* It is its own image, and no TTL has its highest bit. */
static void is_normal(const struct rn_image *image)
{
    struct digest digest;
    struct rn_image again;
    CHECK(message_read(image->wire, image->wire_length, &digest) && digest.opt == 0);
    CHECK(digest.counts[0] + digest.counts[1] + digest.counts[2] == image->count);
    CHECK(rn_normalise(other, image->wire, image->wire_length, WALL_S, 0, &again) == RN_OK);
    CHECK(again.wire_length == image->wire_length && again.count == image->count);
    CHECK(memcmp(again.wire, image->wire, image->wire_length) == 0);
    CHECK(memcmp(again.places, image->places, image->count * sizeof *image->places) == 0);
    for (unsigned i = 0; i < image->count; i++)
        CHECK(rn_get32(image->wire + image->places[i].ttl_offset) <= INT32_MAX);
}

static void is_classified(const struct rn_image *image)
{
    int64_t left_s = INT64_MAX;
    enum rn_kind kind = rn_kind_of(image, false, WALL_S),
                 signed_kind = rn_kind_of(image, true, WALL_S);
    bool has_any = rn_signatures_left_s(image, WALL_S, &left_s);
    CHECK(signed_kind == kind || (has_any && left_s <= 0 && signed_kind == RN_OTHER_ERROR));
    CHECK(rn_class_of(image) == rn_class_of_kind(kind));
    if (rn_is_answered(image))
        CHECK(image->count > 0 && rn_place_section(image, 0) == RN_ANSWER);
}

/* Return whether a place has an entry; then it is the image, whose AA is not kept. */
static bool is_kept(struct rn_store *store, struct rn_key key, const uint8_t *partition,
                    const struct rn_image *image)
{
    key.partition = partition;
    uint64_t hash = rn_store_hash(store, &key);
    struct rn_entry *entry = rn_store_lock(store, hash, &key, NOW_MS);
    if (!entry)
        return false;
    struct rn_image kept = rn_entry_image(entry);
    CHECK(kept.wire_length == image->wire_length);
    CHECK(memcmp(kept.wire, image->wire, image->wire_length) == 0);
    CHECK(kept.validation == image->validation && kept.count == image->count);
    CHECK(entry->deadline_ms > NOW_MS && entry->stale_until_ms >= entry->deadline_ms);
    rn_store_unlock(store, hash);
    return true;
}

static void keep(struct rn_image *image, struct rn_key key, const uint8_t *knobs, uint8_t *wire)
{
    struct rn_store *store = rn_store_new(1 << 20, (const uint8_t *)"0123456789abcdef");
    CHECK(store);
    struct rn_cache_policy policy = {
        .partition = "answers",
        .beside = "beside",
        .success_bounds = {1 + rn_get16(knobs + 2), knobs[1]},
        .denial_bounds = {1 + rn_get16(knobs + 4), knobs[1]},
        .max_stale_ms = rn_get16(knobs + 6),
        .servfail_ms = rn_get16(knobs + 8),
        .prefer_positive = (knobs[0] & PREFER_POSITIVE) != 0,
    };
    policy.success = rn_store_group(store, policy.partition, RN_SUCCESS);
    policy.denial = rn_store_group(store, policy.partition, RN_DENIAL);
    bool is_dropped =
        rn_keep(store, &policy, &key, (knobs[0] & WITH_RD) != 0, image, wire, NOW_MS, WALL_S);
    key.is_cd = key.is_cd && image->validation != RN_VALIDATION_SECURE &&
                image->validation != RN_VALIDATION_INSECURE;
    bool is_answer = is_kept(store, key, policy.partition, image);
    bool is_beside = is_kept(store, key, policy.beside, image);
    CHECK(is_answer + is_beside + is_dropped <= 1);
    for (unsigned i = 0; is_answer && i < image->count; i++) {
        uint32_t ttl = rn_get32(image->wire + image->places[i].ttl_offset);
        CHECK(ttl <= 65536 && (ttl > 0 || rn_place_section(image, i) == RN_ADDITIONAL ||
                               rn_kind_of(image, false, 0) == RN_DELEGATION));
    }
    rn_store_free(store);
}

static void make(const uint8_t *knobs, const uint8_t *message, size_t length)
{
    static const struct rn_bogus_text texts[] = {{"xx", 2, 7}};
    static const struct rn_bogus_table table = {texts, 1};
    struct rn_result result = {.wire_length = (uint32_t)length, .security = knobs[0] >> 6};
    struct rn_key key = {
        .qname = (const uint8_t *)"\1a\0", .qname_length = 3, .qtype = 1, .qclass = 1};
    struct rn_image image;
    uint8_t *writable;
    if (length < 12) /* the bridge takes no less for a message */
        result.wire_length = 0;
    result.text_length = knobs[10];
    result.ratelimited = (knobs[0] & RATELIMITED) != 0;
    key.is_do = (knobs[0] & WITH_DO) != 0;
    key.is_cd = (knobs[0] & WITH_CD) != 0;
    char *why = malloc(256);
    CHECK(why);
    memset(why, knobs[11], 256);
    int status = rn_variant(workshop, &result, message, why, &table, &key,
                            (knobs[0] & MINIMAL) != 0, WALL_S, &image, &writable);
    free(why);
    if (status != RN_OK)
        return;
    CHECK(writable == image.wire && (image.ede_length == 0 || image.rcode == 2));
    is_normal(&image);
    is_classified(&image);
    uint8_t qname[255];
    unsigned size = 0;
    while (image.wire[12 + size])
        size += 1u + image.wire[12 + size];
    key.qname_length = (uint8_t)(size + 1);
    memcpy(qname, image.wire + 12, key.qname_length);
    key.qname = qname;
    key.qtype = (uint16_t)rn_get16(image.wire + 13 + size);
    key.qclass = (uint16_t)rn_get16(image.wire + 15 + size);
    keep(&image, key, knobs, writable);
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t length)
{
    if (length < KNOBS)
        return 0;
    uint8_t *message = malloc(length > KNOBS ? length - KNOBS : 1); /* of just its length */
    CHECK(message);
    memcpy(message, octets + KNOBS, length - KNOBS);
    make(octets, message, length - KNOBS);
    free(message);
    return 0;
}
