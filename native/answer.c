/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What becomes of one message.
 *
 *     begin   read -> block -> claims ahead of the cache -> acl -> hash
 *     end     the answer's place in the store, then the one beside it (failures) -> rendered
 *             a miss -> claims behind the cache -> recursion
 *
 * At each step that is more than data can tell, the chain gets the question: stale data (it asks
 * anew, or at the deadline), an entry that is due for renewal, an order that needs names written
 * anew. So nothing is decided here that plugins/cache, acl and unbound do not decide alike.
 *
 * A shard of the store is locked while its entry is rendered, which takes well below a microsecond.
 */
#include "answer.h"


enum { NOERROR = 0, SERVFAIL = 2, REFUSED = 5, IN = 1, HAND_EVERY_MS = 1000 };

/* Extended DNS Errors (RFC 8914) of acl: an option with an INFO-CODE and no text. */
static const uint8_t EDE_BLOCKED[] = {0, 15, 0, 2, 0, 15};
static const uint8_t EDE_FILTERED[] = {0, 15, 0, 2, 0, 17};
static const uint8_t EDE_PROHIBITED[] = {0, 15, 0, 2, 0, 18};

static void settle(struct rn_task *task, enum rn_outcome outcome)
{
    task->is_settled = true;
    task->outcome = outcome;
}

static void reject(struct rn_task *task, enum rn_rejection reason, unsigned rcode)
{
    task->served.rejection = (uint8_t)reason;
    task->served.rcode = (uint16_t)rcode;
    settle(task, RN_REPLY);
}

static void refuse(struct rn_task *task)
{
    switch (task->arrival.asked.rcode) {
    case 1:
        reject(task, RN_MALFORMED, 1);
        return;
    case 4:
        reject(task, RN_OPCODE, 4);
        return;
    default:
        reject(task, RN_VERSION, task->arrival.asked.rcode);
        return;
    }
}

/* Look who asks: acl's word is in task->served.access. */
static void admit(struct rn_task *task)
{
    const struct rn_block *block = task->route.block;
    struct rn_served *served = &task->served;
    if (!block->has_acl)
        return;
    served->access =
        (uint8_t)rn_acl_decide(&block->acl, &task->arrival, &served->acl_zone);
    if (served->access == RN_ALLOWED)
        return;
    served->by = RN_BY_ACL;
    served->rcode = served->access == RN_FILTERED ? NOERROR : REFUSED;
    settle(task, served->access == RN_DROPPED ? RN_SILENCE : RN_REPLY);
}

static void find_block(const struct rn_plan *plan, struct rn_task *task)
{
    struct rn_served *served = &task->served;
    switch (rn_plan_route(plan, &task->arrival, &task->route)) {
    case RN_WAY_OPAQUE:
        settle(task, RN_DIVERT);
        return;
    case RN_WAY_NONE:
        reject(task, RN_NO_ZONE, REFUSED);
        return;
    case RN_WAY_BLOCK:
        break;
    }
    const struct rn_block *block = task->route.block;
    if (!rn_is_among(block->qclasses, block->qclass_count, task->arrival.asked.qclass)) {
        task->route = (struct rn_route){0}; /* no block serves it: none is told of it */
        reject(task, RN_QCLASS, REFUSED);
        return;
    }
    served->block = block->number;
    served->zone = task->route.zone;
    if (!block->is_native || rn_claims_match(&block->ahead, &task->arrival)) {
        settle(task, RN_DIVERT);
        return;
    }
    admit(task);
}

void rn_answer_begin(struct rn_answerer *answerer, const struct rn_plan *plan, struct rn_task *task,
                     const uint8_t *octets, size_t length)
{
    struct rn_asked *asked = &task->arrival.asked;
    task->is_settled = false;
    task->route = (struct rn_route){0};
    task->key = (struct rn_key){0};
    task->served = (struct rn_served){
        .arrival = &task->arrival,
        .plan = plan,
        .block = UINT16_MAX,
        .zone = UINT16_MAX,
        .acl_zone = UINT16_MAX,
        .by = RN_BY_SERVER,
        .rejection = RN_TAKEN,
        .access = RN_NO_ACL,
        .found = RN_NO_CACHE,
    };
    switch (rn_asked_read(asked, octets, length)) {
    case RN_READ_NOTHING:
        task->served.rejection = RN_NOT_A_QUERY;
        settle(task, RN_SILENCE);
        return;
    case RN_READ_REFUSAL:
        refuse(task);
        return;
    case RN_READ_QUERY:
        break;
    }
    find_block(plan, task);
    if (task->is_settled)
        return;
    const struct rn_block *block = task->route.block;
    if (block->cache_zones && !rn_zones_contain(block->cache_zones, asked->qname, asked->qname_length)) {
        settle(task, RN_DIVERT);
        return;
    }
    task->key = (struct rn_key){
        .partition = block->cache.partition,
        .qname = asked->qname,
        .qname_length = asked->qname_length,
        .is_do = asked->is_do,
        .is_cd = (asked->flags & RN_CD) != 0,
        .qtype = asked->qtype,
        .qclass = asked->qclass,
    };
    task->hash = rn_store_hash(answerer->store, &task->key);
    rn_store_prefetch(answerer->store, task->hash);
}

struct rn_manner rn_manner_of(const struct rn_manner *base, const struct rn_arrival *arrival)
{
    struct rn_manner manner = *base;
    manner.is_udp = arrival->transport == RN_DO53_UDP;
    manner.keepalive = arrival->keepalive;
    return manner;
}

void rn_answer_tell(struct rn_answerer *answerer, struct rn_task *task, const struct rn_image *image,
                    int64_t wall_s)
{
    struct rn_served *served = &task->served;
    rn_counts_add(answerer->counts, served);
    if (answerer->events && rn_events_are_wanted(task->route.block, served))
        rn_events_tell(answerer->events, task->route.block, served, image, wall_s);
}

/* Answer what the first step settled: what is turned down, and what acl does not let pass. */
static enum rn_outcome end_settled(struct rn_answerer *answerer, const struct rn_plan *plan,
                                   struct rn_task *task, uint8_t *out, size_t *reply_length)
{
    struct rn_served *served = &task->served;
    const struct rn_arrival *arrival = &task->arrival;
    size_t length = 0;
    if (task->outcome == RN_DIVERT)
        return RN_DIVERT;
    if (task->outcome == RN_REPLY && served->by == RN_BY_ACL) {
        const uint8_t *ede = served->access == RN_FILTERED  ? EDE_FILTERED
                             : served->access == RN_BLOCKED ? EDE_BLOCKED
                                                            : EDE_PROHIBITED;
        struct rn_manner manner = rn_manner_of(&task->route.block->manner, arrival);
        length = rn_render_bare(&arrival->asked, served->rcode, ede, sizeof EDE_BLOCKED, &manner, out);
    } else if (task->outcome == RN_REPLY) {
        struct rn_manner manner = rn_manner_of(rn_plan_refusing(plan, arrival->listener), arrival);
        bool is_read = served->rejection == RN_NO_ZONE || served->rejection == RN_QCLASS;
        length = is_read ? rn_render_bare(&arrival->asked, served->rcode, NULL, 0, &manner, out)
                         : rn_render_refusal(&arrival->asked, &manner, out);
    }
    if (length > 0) {
        rn_served_note(served, out, length);
        served->size = (uint16_t)(RN_HEADER_SIZE + arrival->asked.qname_length + 4);
    }
    rn_answer_tell(answerer, task, NULL, 0);
    *reply_length = length;
    return length > 0 ? RN_REPLY : RN_SILENCE;
}

/* Return the entry for a key, as Keeper._find does, its shard locked by *hash; NULL: none for us. */
static struct rn_entry *find(struct rn_store *store, const struct rn_task *task,
                             const struct rn_key *key, uint64_t *hash, int64_t now_ms)
{
    const struct rn_cache_policy *policy = &task->route.block->cache;
    struct rn_entry *entry = rn_store_lock(store, *hash, key, now_ms);
    if (key->is_cd && (!entry || now_ms >= entry->deadline_ms)) {
        struct rn_key both = *key;
        both.is_cd = false;
        bool had_stale = entry != NULL;
        if (entry)
            rn_store_unlock(store, *hash);
        uint64_t other = rn_store_hash(store, &both);
        entry = rn_store_lock(store, other, &both, now_ms);
        bool is_validated = entry && (entry->validation == RN_VALIDATION_SECURE ||
                                      entry->validation == RN_VALIDATION_INSECURE);
        if (is_validated && (!had_stale || now_ms < entry->deadline_ms)) {
            *hash = other;
        } else {
            if (entry)
                rn_store_unlock(store, other);
            entry = had_stale ? rn_store_lock(store, *hash, key, now_ms) : NULL;
        }
    }
    if (!entry)
        return NULL;
    if (entry->is_recursive && !(task->arrival.asked.flags & RN_RD) && !policy->snoop) {
        rn_store_unlock(store, *hash);
        return NULL;
    }
    return entry;
}

/* Count a hit of an entry, and say whether the chain is to renew it: once a second, until it is. */
static bool is_due(const struct rn_cache_policy *policy, struct rn_entry *entry, bool is_rd,
                   int64_t now_ms)
{
    uint32_t hits = now_ms - entry->last_hit_ms > policy->prefetch_gap_ms ? 0 : entry->hits;
    int64_t kept_s = (entry->deadline_ms - entry->stored_ms) / 1000;
    int64_t left_s = (entry->deadline_ms - now_ms) / 1000;
    int64_t threshold_s = (policy->prefetch_percent * kept_s + 99) / 100;
    bool is_wanted = hits + 1 >= policy->prefetch_amount && left_s <= threshold_s;
    if (is_wanted && is_rd && !entry->is_claimed && now_ms - entry->handed_ms >= HAND_EVERY_MS) {
        entry->handed_ms = now_ms;
        return true; /* and it is the chain that counts */
    }
    entry->hits = hits + 1;
    entry->last_hit_ms = now_ms;
    return false;
}

/* Render a fresh entry; 0: the chain is to do it. */
static size_t answer_fresh(struct rn_answerer *answerer, struct rn_task *task,
                           struct rn_entry *entry, uint8_t *out, size_t room)
{
    const struct rn_block *block = task->route.block;
    const struct rn_cache_policy *policy = &block->cache;
    struct rn_served *served = &task->served;
    int64_t now_ms = task->arrival.received_ms;
    struct rn_manner manner = rn_manner_of(&block->manner, &task->arrival);
    struct rn_age age = {policy->keep_ttl ? RN_AS_KEPT : RN_AGED,
                         (uint32_t)((now_ms - entry->stored_ms) / 1000)};
    struct rn_image image = rn_entry_image(entry);
    size_t length =
        rn_render(&task->arrival.asked, &image, &manner, age, &answerer->random, out, room);
    if (length == 0)
        return 0;
    served->by = RN_BY_CACHE;
    served->found = entry->shelf->group == policy->success ? RN_HIT_SUCCESS : RN_HIT_DENIAL;
    rn_served_note(served, out, length);
    served->rcode = image.rcode;
    served->size = image.wire_length;
    rn_answer_tell(answerer, task, &image, 0);
    return length;
}

/* What becomes of a question that nothing is kept for. */
static enum rn_outcome miss(struct rn_task *task)
{
    const struct rn_block *block = task->route.block;
    const struct rn_recursion *recursion = &block->recursion;
    const struct rn_asked *asked = &task->arrival.asked;
    bool is_ours = recursion->is_there && recursion->flights && asked->qclass == IN &&
                   ((asked->flags & RN_RD) || recursion->snoop) &&
                   !rn_is_among(recursion->left_types, recursion->left_type_count, asked->qtype) &&
                   (!recursion->zones ||
                    rn_zones_contain(recursion->zones, asked->qname, asked->qname_length)) &&
                   !(recursion->excepted &&
                     rn_zones_contain(recursion->excepted, asked->qname, asked->qname_length));
    if (!is_ours || rn_claims_match(&block->behind, &task->arrival))
        return RN_DIVERT;
    task->served.found = RN_MISSED;
    task->served.by = RN_BY_UNBOUND;
    return RN_RECURSE;
}

enum rn_outcome rn_answer_end(struct rn_answerer *answerer, struct rn_task *task, uint8_t *out,
                              size_t room, size_t *reply_length)
{
    struct rn_store *store = answerer->store;
    *reply_length = 0;
    if (task->is_settled)
        return end_settled(answerer, task->served.plan, task, out, reply_length);
    const struct rn_cache_policy *policy = &task->route.block->cache;
    int64_t now_ms = task->arrival.received_ms;
    task->key.qname = task->arrival.asked.qname; /* tasks may have been moved */
    uint64_t hash = task->hash;
    struct rn_entry *entry = find(store, task, &task->key, &hash, now_ms);
    if (!entry) {
        struct rn_key beside = task->key;
        beside.partition = policy->beside;
        hash = rn_store_hash(store, &beside);
        entry = find(store, task, &beside, &hash, now_ms);
        if (!entry)
            return miss(task);
        if (now_ms >= entry->deadline_ms) { /* how long the next failure is kept depends on it */
            rn_store_unlock(store, hash);
            return miss(task);
        }
    }
    bool is_fresh = now_ms < entry->deadline_ms;
    bool is_rd = (task->arrival.asked.flags & RN_RD) != 0;
    bool is_left = !is_fresh || (policy->prefetch_amount > 0 && is_due(policy, entry, is_rd, now_ms));
    size_t length = is_left ? 0 : answer_fresh(answerer, task, entry, out, room);
    rn_store_unlock(store, hash);
    *reply_length = length;
    return length > 0 ? RN_REPLY : RN_DIVERT;
}
