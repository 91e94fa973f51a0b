/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What C does for the chain's own answers: libunbound's messages brought into normal form, and
 * responses kept as a `cache` directive says.
 *
 *     chain: rn_keeping_knows -> ... -> message -> rn_form -> Response -> plugins -> rn_keeping_keep -> store
 *
 * The same functions serve native queries (landing.c); here Python has the response in between. All
 * octets are looked at before they are believed. A workshop and a keeping are one thread's.
 */
#include "making.h"
#include "native.h"
#include "normal.h"
#include "scan.h"
#include "verdict.h"

#include <stdlib.h>
#include <string.h>

struct rn_keeping {
    struct rn_store *store;
    struct rn_cache_policy policy;
    struct rn_zones *success_disabled; /* references that the policy lends */
    struct rn_zones *denial_disabled;
    struct rn_scanned scanned;
};

int rn_form(struct rn_workshop *workshop, const uint8_t *octets, size_t length, int64_t wall_s,
            int without_dnssec, struct rn_formed *formed, struct rn_rr *rrs)
{
    struct rn_image image;
    int status = rn_normalise(workshop, octets, length, wall_s, without_dnssec ? RN_WITHOUT_DNSSEC : 0, &image);
    if (status != RN_OK)
        return status;
    *formed = (struct rn_formed){image.wire, image.wire_length, image.count, image.rcode};
    rn_rrs_of(&image, rrs);
    return RN_OK;
}

struct rn_keeping *rn_keeping_new(struct rn_store *store, const struct rn_plan_cache *given)
{
    struct rn_keeping *keeping = malloc(sizeof *keeping);
    if (!keeping)
        return NULL;
    keeping->store = store;
    if (rn_policy_read(&keeping->policy, given) != RN_OK) {
        free(keeping);
        return NULL;
    }
    keeping->success_disabled = rn_zones_keep(given->success_disabled);
    keeping->denial_disabled = rn_zones_keep(given->denial_disabled);
    keeping->policy.success_disabled = keeping->success_disabled;
    keeping->policy.denial_disabled = keeping->denial_disabled;
    return keeping;
}

void rn_keeping_free(struct rn_keeping *keeping)
{
    if (!keeping)
        return;
    rn_zones_free(keeping->success_disabled);
    rn_zones_free(keeping->denial_disabled);
    free(keeping);
}

/* What a place of Python's asks, under a partition of the policy's. */
static struct rn_key question_of(const struct rn_store_key *place, const uint8_t *partition)
{
    return (struct rn_key){
        .partition = partition,
        .qname = place->qname,
        .qname_length = place->qname_length,
        .is_do = (place->variant & RN_VARIANT_DO) != 0,
        .is_cd = (place->variant & RN_VARIANT_CD) != 0,
        .qtype = place->qtype,
        .qclass = place->qclass,
    };
}

static bool has(struct rn_store *store, const struct rn_key *key, int64_t now_ms)
{
    uint64_t hash = rn_store_hash(store, key);
    bool found = rn_store_lock(store, hash, key, now_ms) != NULL;
    if (found)
        rn_store_unlock(store, hash);
    return found;
}

int rn_keeping_knows(struct rn_keeping *keeping, const struct rn_store_key *place, int64_t now_ms)
{
    const uint8_t *partitions[] = {keeping->policy.partition, keeping->policy.beside};
    for (size_t i = 0; i < 2; i++) {
        struct rn_key key = question_of(place, partitions[i]);
        if (has(keeping->store, &key, now_ms))
            return 1;
        if (!key.is_cd)
            continue;
        key.is_cd = false; /* what our validator has accepted serves both */
        if (has(keeping->store, &key, now_ms))
            return 1;
    }
    return 0;
}

int rn_keeping_keep(struct rn_keeping *keeping, const struct rn_store_key *place,
                    struct rn_offered *offered, const uint8_t *octets, uint8_t *sent)
{
    const uint8_t *ede = octets + offered->wire_length;
    if (offered->validation > RN_VALIDATION_BOGUS ||
        !rn_scan(&keeping->scanned, octets, offered->wire_length) ||
        !rn_scan_ede(ede, offered->ede_length))
        return RN_EWIRE;
    struct rn_key question = question_of(place, keeping->policy.partition);
    struct rn_image image = {
        .wire = sent,
        .places = keeping->scanned.places,
        .ede = ede,
        .wire_length = offered->wire_length,
        .count = keeping->scanned.count,
        .ede_length = offered->ede_length,
        .rcode = offered->rcode,
        .validation = offered->validation,
        .context = offered->context,
        .is_recursive = offered->is_recursive != 0,
    };
    memcpy(sent, octets, offered->wire_length);
    offered->has_dropped = rn_keep(keeping->store, &keeping->policy, &question, offered->is_rd != 0,
                                   &image, sent, offered->now_ms, offered->wall_s);
    offered->has_changed = memcmp(sent, octets, offered->wire_length) != 0;
    return RN_OK;
}
