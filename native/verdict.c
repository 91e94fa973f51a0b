/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What of a response is kept, for how long, and where: plugins/cache/verdict.py and keeper.py, case
 * by case.
 *
 * Each question has two places. One is for answers. The other, beside it, is for failures, so that
 * they hide no good answer and remember for how long the last one was kept; and, where stale data
 * are preferred to denials, for those. Nothing is kept here but in the store; any thread, no shard
 * locked.
 */
#include "verdict.h"

#include "plan.h"

#include <string.h>

enum {
    SOA = 6,
    NOERROR = 0,
    NXDOMAIN = 3,
    EMPTY_S = 5,             /* for what has no record whose TTL could tell */
    MIN_FAILURE_MS = 1000,   /* RFC 9520, 3.2: no less than one second */
    MAX_FAILURE_MS = 300000, /* and no more than five minutes */
    MAX_BOGUS_MS = 60000,
    EDE_HEAD = 6, /* octets of an EDE without text */
    OTHER_ERROR = 0
};

/* RFC 8914, 4.14: Cached Error, as an option. */
static const uint8_t cached_error[EDE_HEAD] = {0, 15, 0, 2, 0, 13};

/* How an image is to be kept; of a failure kept_ms is only the upper bound. */
struct verdict {
    enum rn_class kept_as;
    int64_t kept_ms;
    int64_t stale_ms;
    uint32_t denied_s; /* what the TTLs of the authority section are capped by */
};

static bool is_validated(const struct rn_image *image)
{
    return image->validation == RN_VALIDATION_SECURE || image->validation == RN_VALIDATION_INSECURE;
}

/* Whether an image has the question that was asked. */
static bool is_for(const struct rn_key *question, const struct rn_image *image)
{
    size_t end = RN_HEADER_SIZE + (size_t)question->qname_length;
    return image->wire_length >= end + 4 &&
           memcmp(image->wire + RN_HEADER_SIZE, question->qname, question->qname_length) == 0 &&
           rn_get16(image->wire + end) == question->qtype &&
           rn_get16(image->wire + end + 2) == question->qclass;
}

/*
 * Whether others who ask the same may get this. An upstream may answer RD=0 less well than RD=1;
 * our own recursion never does. Bogus data are for those who set CD (RFC 4035, 3.2.2).
 */
static bool may_be_shared(const struct rn_key *question, bool is_rd, const struct rn_image *image)
{
    switch (image->validation) {
    case RN_VALIDATION_NONE:
        return is_rd || !image->is_recursive;
    case RN_VALIDATION_BOGUS:
        return question->is_cd || rn_kind_of(image, false, 0) == RN_SERVER_ERROR;
    default:
        return true;
    }
}

/* Whether an image tells of this server's own state, such as a cap, and not of the question. */
static bool tells_of_us(const struct rn_image *image)
{
    for (size_t at = 0; at + EDE_HEAD <= image->ede_length; at += 4 + rn_get16(image->ede + at + 2))
        if (rn_get16(image->ede + at + 4) == OTHER_ERROR)
            return true;
    return false;
}

static const struct rn_bounds *bounds_of(const struct rn_cache_policy *policy, enum rn_class class)
{
    return class == RN_SUCCESS ? &policy->success_bounds : &policy->denial_bounds;
}

/* A TTL brought between the bounds; 0 stays 0. */
static uint32_t clamp(const struct rn_bounds *bounds, uint32_t ttl)
{
    if (ttl == 0)
        return 0;
    ttl = ttl > bounds->min_s ? ttl : bounds->min_s;
    return ttl < bounds->max_s ? ttl : bounds->max_s;
}

static bool is_disabled(const struct rn_cache_policy *policy, enum rn_class class,
                        const struct rn_key *question)
{
    const struct rn_zones *zones =
        class == RN_SUCCESS ? policy->success_disabled : policy->denial_disabled;
    return zones && rn_zones_contain(zones, question->qname, question->qname_length);
}

/* Of a denial the authority section lives no longer than min(SOA TTL, SOA MINIMUM) (RFC 2308, 5;
 * RFC 9077 for NSEC and NSEC3). */
static uint32_t denied_s_of(const struct rn_image *image)
{
    uint32_t least = UINT32_MAX;
    for (unsigned index = 0; index < image->count; index++) {
        if (rn_place_type(image, index) != SOA || rn_place_section(image, index) != RN_AUTHORITY)
            continue;
        uint32_t ttl = rn_get32(image->wire + image->places[index].ttl_offset);
        uint32_t minimum = rn_get32(image->wire + rn_place_end(image, index) - 4);
        ttl = minimum < ttl ? minimum : ttl;
        least = ttl < least ? ttl : least;
    }
    return least;
}

/* The TTL that a record is to have. */
static uint32_t bounded_ttl(const struct rn_cache_policy *policy, const struct verdict *verdict,
                            const struct rn_image *image, unsigned index)
{
    uint32_t ttl = rn_get32(image->wire + image->places[index].ttl_offset);
    if (rn_place_section(image, index) == RN_AUTHORITY && ttl > verdict->denied_s)
        ttl = verdict->denied_s;
    return clamp(bounds_of(policy, verdict->kept_as), ttl);
}

/* For how many seconds an image is good: until the first RR of answer and authority. Those of the
 * additional section count only where there are no others. */
static uint32_t lifetime_s(const struct rn_cache_policy *policy, const struct verdict *verdict,
                           enum rn_kind kind, const struct rn_image *image)
{
    unsigned counted = rn_get16(image->wire + 6) + rn_get16(image->wire + 8);
    uint32_t least = UINT32_MAX;
    if (counted == 0 || kind == RN_DELEGATION)
        least = clamp(bounds_of(policy, verdict->kept_as), EMPTY_S);
    if (counted == 0 || counted > image->count)
        counted = image->count;
    for (unsigned index = 0; index < counted; index++) {
        uint32_t ttl = bounded_ttl(policy, verdict, image, index);
        least = ttl < least ? ttl : least;
    }
    return least;
}

/* Set how long what is no failure is kept. Return whether it is kept at all. */
static bool set_times(const struct rn_cache_policy *policy, const struct rn_key *question,
                      enum rn_kind kind, const struct rn_image *image, int64_t wall_s,
                      struct verdict *verdict)
{
    int64_t kept_ms = 1000 * (int64_t)lifetime_s(policy, verdict, kind, image), left_s;
    if (image->validation == RN_VALIDATION_BOGUS) {
        verdict->kept_ms = kept_ms < MAX_BOGUS_MS ? kept_ms : MAX_BOGUS_MS;
        verdict->stale_ms = 0;
        return kept_ms > 0;
    }
    int64_t until_ms = kept_ms + policy->max_stale_ms;
    if (question->is_do && rn_signatures_left_s(image, wall_s, &left_s)) {
        until_ms = 1000 * left_s < until_ms ? 1000 * left_s : until_ms;
        kept_ms = until_ms < kept_ms ? until_ms : kept_ms;
    }
    verdict->kept_ms = kept_ms;
    verdict->stale_ms = until_ms - kept_ms;
    return kept_ms > 0;
}

/* Say how an image is to be kept; false: not at all. */
static bool judge(const struct rn_cache_policy *policy, const struct rn_key *question, bool is_rd,
                  const struct rn_image *image, int64_t wall_s, struct verdict *verdict)
{
    if (rn_get16(image->wire + 2) & RN_TC || !may_be_shared(question, is_rd, image))
        return false;
    enum rn_kind kind = rn_kind_of(image, question->is_do, wall_s);
    *verdict = (struct verdict){.kept_as = RN_ERROR, .denied_s = UINT32_MAX};
    if (kind == RN_SERVER_ERROR) {
        verdict->kept_ms = image->validation == RN_VALIDATION_BOGUS ? MAX_BOGUS_MS : MAX_FAILURE_MS;
        return !tells_of_us(image);
    }
    if (kind == RN_NO_ERROR && rn_get16(image->wire + 6) > 0 && !rn_is_answered(image))
        kind = RN_NO_DATA;
    verdict->kept_as = rn_class_of_kind(kind);
    if (verdict->kept_as == RN_ERROR)
        return false;
    if (verdict->kept_as == RN_DENIAL) {
        if (!rn_image_has(image, RN_AUTHORITY, SOA))
            return false; /* RFC 2308, 5: nothing says for how long */
        verdict->denied_s = denied_s_of(image);
    }
    if (is_disabled(policy, verdict->kept_as, question))
        return false;
    return set_times(policy, question, kind, image, wall_s, verdict);
}

/*
 * Put an image as the store keeps it: without AA, and a failure without an Extended DNS Error has
 * one that says it comes from a cache (RFC 8914). Return whether it did not fit.
 */
static bool put(struct rn_store *store, const struct rn_key *key, const struct rn_image *image,
                uint8_t *wire, struct rn_store_group *group, int64_t now_ms, int64_t kept_ms,
                int64_t stale_ms)
{
    struct rn_image stored = *image;
    unsigned flags = rn_get16(wire + 2);
    if (!stored.ede_length && rn_class_of(image) == RN_ERROR) {
        stored.ede = cached_error;
        stored.ede_length = sizeof cached_error;
    }
    rn_put16(wire + 2, flags & ~(unsigned)RN_AA);
    int status = rn_store_put(store, key, &stored, group, now_ms, kept_ms, stale_ms);
    rn_put16(wire + 2, flags);
    return status != 0;
}

/* How long a failure is kept (RFC 9520, 3.2): twice as long as the one before. */
static int64_t failure_ms(const struct rn_cache_policy *policy, int64_t previous_ms)
{
    if (previous_ms == 0)
        return policy->servfail_ms > MIN_FAILURE_MS ? policy->servfail_ms : MIN_FAILURE_MS;
    return 2 * previous_ms < MAX_FAILURE_MS ? 2 * previous_ms : MAX_FAILURE_MS;
}

static bool keep_failure(struct rn_store *store, const struct rn_cache_policy *policy,
                         const struct rn_key *beside, const struct rn_image *image, uint8_t *wire,
                         int64_t at_most_ms, int64_t now_ms)
{
    uint64_t hash = rn_store_hash(store, beside);
    const struct rn_entry *before = rn_store_lock(store, hash, beside, now_ms);
    int64_t previous_ms = 0;
    bool is_told_already = false; /* the same failure, told to another who waited for it */
    if (before) {
        struct rn_image kept = rn_entry_image(before);
        if (rn_kind_of(&kept, false, 0) == RN_SERVER_ERROR) {
            is_told_already = now_ms < before->deadline_ms;
            previous_ms = before->deadline_ms - before->stored_ms;
        }
        rn_store_unlock(store, hash);
    }
    if (is_told_already)
        return false;
    int64_t kept_ms = failure_ms(policy, previous_ms);
    kept_ms = kept_ms < at_most_ms ? kept_ms : at_most_ms;
    return put(store, beside, image, wire, policy->denial, now_ms, kept_ms, MAX_FAILURE_MS);
}

/* Whether a denial stands back behind the positive data that are there. */
static bool is_second(struct rn_store *store, const struct rn_cache_policy *policy,
                      const struct verdict *verdict, const struct rn_key *key, int64_t now_ms)
{
    if (!policy->prefer_positive || verdict->kept_as != RN_DENIAL)
        return false;
    uint64_t hash = rn_store_hash(store, key);
    const struct rn_entry *entry = rn_store_lock(store, hash, key, now_ms);
    if (!entry)
        return false;
    struct rn_image kept = rn_entry_image(entry);
    bool is = rn_kind_of(&kept, false, 0) == RN_NO_ERROR && rn_is_answered(&kept);
    rn_store_unlock(store, hash);
    return is;
}

/* Forbid stale data where they were found bogus, for both values of DO. */
static void end_stale(struct rn_store *store, const struct rn_cache_policy *policy,
                      const struct rn_key *question)
{
    struct rn_key key = *question;
    key.partition = policy->partition;
    key.is_cd = false;
    for (int is_do = 0; is_do < 2; is_do++) {
        key.is_do = is_do;
        rn_store_end_stale(store, &key);
    }
}

bool rn_keep(struct rn_store *store, const struct rn_cache_policy *policy,
             const struct rn_key *question, bool is_rd, struct rn_image *image, uint8_t *wire,
             int64_t now_ms, int64_t wall_s)
{
    struct verdict verdict;
    if (!is_for(question, image))
        return true;
    if (image->validation == RN_VALIDATION_BOGUS)
        end_stale(store, policy, question);
    bool is_kept = judge(policy, question, is_rd, image, wall_s, &verdict);
    struct rn_key beside = *question, key;
    beside.partition = policy->beside;
    beside.is_cd = question->is_cd && !is_validated(image); /* what was accepted serves both */
    if (is_kept && verdict.kept_as == RN_ERROR)
        return keep_failure(store, policy, &beside, image, wire, verdict.kept_ms, now_ms);
    if (!is_kept) {
        if (image->rcode == NOERROR || image->rcode == NXDOMAIN)
            rn_store_discard(store, &beside);
        return false;
    }
    for (unsigned index = 0; index < image->count; index++)
        rn_put32(wire + image->places[index].ttl_offset,
                 bounded_ttl(policy, &verdict, image, index));
    key = beside;
    key.partition = policy->partition;
    if (is_second(store, policy, &verdict, &key, now_ms))
        key = beside;
    else
        rn_store_discard(store, &beside);
    return put(store, &key, image, wire,
               verdict.kept_as == RN_SUCCESS ? policy->success : policy->denial, now_ms,
               verdict.kept_ms, verdict.stale_ms);
}
