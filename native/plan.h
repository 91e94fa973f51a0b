/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plan of all server blocks, as resolver/engine/plan.py compiles it and Python hands it over.
 *
 * Made by one thread, then never altered; counted references keep it until the last query that
 * began under it is done. See making.c, plan.c (who has it), route.c (which block), claims.c,
 * zones.c and sources.c (sets), predicate.c (views).
 */
#ifndef RN_PLAN_H
#define RN_PLAN_H

#include "arrival.h"
#include "hash.h"
#include "native.h"
#include "render.h"
#include "variant.h"
#include "verdict.h"

#include <stdatomic.h>

/* Return the length of the name (wire form) at the front of octets (borrows any), 0 if none is. */
size_t rn_name_length(const uint8_t *octets, size_t length);

/* Whether a name is at or below another one (borrows both). */
bool rn_name_is_below(const uint8_t *name, size_t length, const uint8_t *zone, size_t zone_length);

/* A set of names; `contains` means at or below one of them. keep: one reference more; NULL is
 * harmless, as below. */
struct rn_zones;
struct rn_zones *rn_zones_keep(struct rn_zones *zones);
bool rn_zones_contain(const struct rn_zones *zones, const uint8_t *qname, size_t length);

/* A set of names by their hashes (names.c): a name that is not in it may be taken for one that is,
 * which costs a diversion and makes no wrong answer. Shared by plans. */
struct rn_names;
struct rn_names *rn_names_keep(struct rn_names *names);
bool rn_names_contain(const struct rn_names *names, const uint8_t *qname, size_t length);

/* Whether it has the name's first label, as a name of its own. */
bool rn_names_contain_label(const struct rn_names *names, const uint8_t *qname);

/* Whether a number, a type or class say, is in a short list (borrows). */
static inline bool rn_is_among(const uint16_t *numbers, size_t count, unsigned number)
{
    for (size_t i = 0; i < count; i++)
        if (numbers[i] == number)
            return true;
    return false;
}

/* A set of address prefixes. */
struct rn_sources;
struct rn_sources *rn_sources_keep(struct rn_sources *sources);
bool rn_sources_contain(const struct rn_sources *sources, const struct rn_address *address);

/* Conditions of a view, in postfix (enum rn_test_kind): see predicate.c. */
struct rn_test {
    const struct rn_sources *sources;
    uint16_t number;
    uint8_t kind;
    uint8_t name_length;
    uint8_t name[RN_NAME_SIZE];
};

struct rn_predicate {
    const struct rn_test *tests;
    size_t count;
};
bool rn_predicate_holds(const struct rn_predicate *predicate, const struct rn_arrival *arrival);

/* resolver.claims.Claim: all fields must hold; NULL (transports: all bits) is any. */
struct rn_claim {
    const struct rn_zones *zones;
    const struct rn_names *names;
    const struct rn_names *first_labels; /* each label as a name */
    const uint16_t *qtypes;
    const uint16_t *qclasses;
    const uint16_t *edns_options;
    uint16_t qtype_count, qclass_count, edns_option_count; /* 0 with an array: matches nothing */
    uint8_t transports;                                    /* bit per enum rn_transport */
};

struct rn_claims {
    const struct rn_claim *claims;
    size_t count;
};
bool rn_claims_match(const struct rn_claims *claims, const struct rn_arrival *arrival);

struct rn_rule_zone {
    uint8_t name[RN_NAME_SIZE];
    uint8_t length;
    uint16_t number; /* for metrics: the order in which Python gave them */
};

/* One line of acl. The longest of its zones that a name is at or below is told. */
struct rn_rule {
    const struct rn_rule_zone *zones;
    size_t zone_count;
    const uint16_t *qtypes; /* NULL: any */
    size_t qtype_count;
    const struct rn_sources *sources; /* NULL: any */
    uint8_t access;                   /* enum rn_access of served.h */
};

struct rn_acl {
    const struct rn_rule *rules;
    size_t count;
    const struct rn_sources *standard; /* who may ask if no rule matches; NULL: everybody */
};
/* Return an enum rn_access; *zone becomes the number of the rule's zone, UINT16_MAX for the
 * route's. */
unsigned rn_acl_decide(const struct rn_acl *acl, const struct rn_arrival *arrival, uint16_t *zone);

/* What `unbound` does natively. */
struct rn_bogus_table;
struct rn_recursion {
    bool is_there;
    struct rn_flights *flights; /* flights.h; a reference of the plan's; NULL: the chain recurses */
    uint32_t upstream;          /* what rn_flights_open returned */
    const struct rn_zones *zones; /* NULL: all */
    const struct rn_zones *excepted;
    const uint16_t *left_types; /* QTYPEs that its chain answers by itself (refused ones, ANY) */
    size_t left_type_count;
    const struct rn_bogus_table *bogus; /* variant.h; NULL: none */
    bool snoop;
    bool is_minimal; /* answers are made as small as the plugin minimal makes them */
};

struct rn_block {
    uint16_t number;
    bool is_native;                    /* something may be answered without its chain */
    bool is_opaque;                    /* its view's filters need Python */
    const struct rn_predicate *admits; /* NULL: everybody */
    const uint16_t *qclasses;
    size_t qclass_count;
    struct rn_claims ahead; /* of the cache */
    struct rn_claims behind;
    bool has_acl;
    struct rn_acl acl;
    const struct rn_zones *cache_zones; /* names outside are passed on by `cache`; NULL: none are */
    struct rn_cache_policy cache;
    struct rn_recursion recursion;
    struct rn_manner manner; /* is_udp and keepalive are the query's */
    int64_t patience_ms;
    /* What observers want to be told of (resolver/engine/observed.py; see rn_events_are_wanted). */
    bool wants_events;                  /* queries: those of event_classes, below event_zones */
    bool wants_failures;                /* those with an enum rn_failure */
    uint8_t event_classes;              /* a bit (1 << enum rn_class) each */
    const struct rn_zones *event_zones; /* NULL: all */
};

enum rn_way {
    RN_WAY_NONE,  /* no block: REFUSED */
    RN_WAY_BLOCK, /* *route is set */
    RN_WAY_OPAQUE /* only Python can tell */
};

struct rn_route {
    const struct rn_block *block;
    uint16_t zone; /* its number among the block's zones */
};

/* One of a block's zones at a listener. */
struct rn_zone_entry {
    uint8_t name[RN_NAME_SIZE];
    uint8_t length;
    uint16_t block;
    uint16_t number; /* among the block's zones */
};

/* A listener's zones, those of one name in the order of their blocks; see route.c. */
struct rn_listener {
    struct rn_manner refusing; /* for what no block answers */
    struct rn_zone_entry *entries;
    uint32_t count;
    uint32_t mask;   /* of the table; 0: there is none yet */
    uint32_t *table; /* number of the first entry of a name, + 1; 0: free */
    uint8_t longest; /* octets of the longest zone */
    struct rn_hash_key key;
};

/* Something that goes with a plan. */
struct rn_held {
    struct rn_held *next;
    void (*release)(void *thing);
    void *thing;
};

struct rn_plan {
    atomic_uint references;
    struct rn_ledger *ledger; /* its counters (counts.h); NULL: nothing is counted and told */
    struct rn_listener *listeners;
    struct rn_block *blocks;
    struct rn_held *held; /* memory and references that go with the plan */
    uint16_t listener_count;
    uint16_t block_count;
};

/* Which block answers: resolver/routing.py, DS and views included. */
enum rn_way rn_plan_route(const struct rn_plan *plan, const struct rn_arrival *arrival,
                          struct rn_route *route);

/* How a listener answers what no block does. */
const struct rn_manner *rn_plan_refusing(const struct rn_plan *plan, uint16_t listener);

/* One reference more, and one less (the last frees the plan). Any thread. */
struct rn_plan *rn_plan_keep(struct rn_plan *plan);
void rn_plan_drop(struct rn_plan *plan);

/* Where the present plan stands for all threads. */
struct rn_plan_holder;
/* Return the present plan with a reference for the caller, NULL if there is none yet. Any thread.
 */
struct rn_plan *rn_plan_take(struct rn_plan_holder *holder);

#endif
