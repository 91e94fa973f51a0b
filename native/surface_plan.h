/* SPDX-License-Identifier: Apache-2.0 */
/* The surface's part on plans: what Python may call. Read native.h first. */
#ifndef RN_SURFACE_PLAN_H
#define RN_SURFACE_PLAN_H

#include <stddef.h>
#include <stdint.h>

/* cdef begin */

/* --- Plans (resolver/native/plan.py makes them from those of resolver/engine/plan.py). --- */

struct rn_store_group; /* of the packet cache */
struct rn_ledger;
struct rn_flights;

/*
 * Sets that plans share. Each is made with one reference, which the caller gives back (free); a
 * plan that names one keeps it. NULL: no memory, or the octets make no sense. Any thread.
 *
 * zones, names: in wire form, lower-case, one after another. What is at or below one of the zones
 * is in their set. Of names only hashes are kept. prefixes: host bits do not count.
 */
struct rn_zones;
struct rn_names;
struct rn_sources;

struct rn_prefix {
    uint8_t family; /* 4 or 6 */
    uint8_t bits;
    uint8_t octets[16]; /* network order; IPv4: the first four */
};

/* Return a set of zones (gives) from octets (borrows). Any thread. */
struct rn_zones *rn_zones_new(const uint8_t *octets, size_t length);

/* Give a reference back (takes). NULL is harmless. Any thread. */
void rn_zones_free(struct rn_zones *zones);

/* Return a set of names (gives) from octets (borrows). Any thread. */
struct rn_names *rn_names_new(const uint8_t *octets, size_t length);

/* Give a reference back (takes). NULL is harmless. Any thread. */
void rn_names_free(struct rn_names *names);

/* Return a set of addresses (gives) from prefixes (borrows). Any thread. */
struct rn_sources *rn_sources_new(const struct rn_prefix *prefixes, size_t count);

/* Give a reference back (takes). NULL is harmless. Any thread. */
void rn_sources_free(struct rn_sources *sources);

/* What a server block says of every response. */
struct rn_plan_manner {
    uint16_t payload_size;
    int8_t response_rd; /* -1: the query's own */
    uint8_t recursion_available;
    uint8_t is_shuffled;
};

/* All pointers here and below are borrowed until the call returns, sets are kept. NULL sets: any.
 */
struct rn_plan_block {
    uint8_t is_native; /* something may be answered without its chain */
    uint8_t is_opaque; /* only Python can tell whether it takes a query */
    uint8_t has_acl;
    uint8_t wants_events;
    uint8_t wants_failures;
    uint8_t event_classes;
    struct rn_plan_manner manner;
    int64_t patience_ms;
    struct rn_zones *event_zones;
    struct rn_zones *cache_zones;
    struct rn_sources *standard; /* acl's: who may ask if no rule matches; NULL: everybody */
    const uint16_t *qclasses;
    size_t qclass_count;
};

struct rn_plan_cache {
    uint8_t partition[16];
    uint8_t beside[16];
    struct rn_store_group *success;
    struct rn_store_group *denial;
    struct rn_zones *success_disabled; /* NULL: none */
    struct rn_zones *denial_disabled;
    int64_t max_stale_ms;
    int64_t servfail_ms;
    int64_t recheck_ms;
    int64_t prefetch_gap_ms;
    uint32_t success_max_s;
    uint32_t success_min_s;
    uint32_t denial_max_s;
    uint32_t denial_min_s;
    uint32_t stale_ttl_s;
    uint32_t prefetch_amount; /* 0: no prefetch */
    uint32_t prefetch_percent;
    uint8_t keep_ttl;
    uint8_t prefer_positive;
    uint8_t snoop;
};

struct rn_plan_recursion {
    struct rn_flights *flights; /* NULL: the chain recurses */
    struct rn_zones *zones;     /* NULL: all */
    struct rn_zones *excepted;  /* NULL: none */
    const uint16_t *left_types; /* QTYPEs that the chain answers by itself */
    size_t left_type_count;
    const char *bogus_texts; /* texts that why_bogus may have, one after another */
    const uint16_t *bogus_lengths;
    const uint16_t *bogus_codes; /* the INFO-CODE of each (RFC 8914) */
    size_t bogus_count;
    size_t bogus_length; /* octets of all texts */
    uint32_t upstream;   /* what rn_flights_open returned */
    uint8_t snoop;
    uint8_t is_minimal; /* answers are made as small as the plugin minimal makes them */
};

struct rn_plan_claim {
    struct rn_zones *zones;
    struct rn_names *names;
    struct rn_names *first_labels; /* each label as a name */
    const uint16_t *qtypes;        /* NULL: any; with a count of 0: none */
    const uint16_t *qclasses;
    const uint16_t *edns_options;
    size_t qtype_count;
    size_t qclass_count;
    size_t edns_option_count;
    uint8_t transports; /* a bit for each of resolver.request.Transport, in its order */
};

struct rn_plan_rule {
    const uint8_t *zones; /* names, one after another */
    const uint16_t *zone_numbers;
    size_t zone_count;
    size_t zones_length;    /* octets of all */
    const uint16_t *qtypes; /* NULL: any */
    size_t qtype_count;
    struct rn_sources *sources; /* NULL: any */
    uint8_t access;             /* 0 to 3: allow, block, filter, drop */
};

/* One test of a view's filters. */
enum rn_test_kind {
    RN_TEST_TRUE,
    RN_TEST_FALSE,
    RN_TEST_CLIENT, /* the client is in `sources` */
    RN_TEST_LOCAL,  /* the address queried is in `sources` */
    RN_TEST_TYPE,   /* the QTYPE is `number` */
    RN_TEST_NAME,   /* the QNAME is `name` */
    RN_TEST_UDP,    /* the transport counts as udp (DoQ does) */
    RN_TEST_AND,    /* of the two before */
    RN_TEST_OR,
    RN_TEST_NOT, /* of the one before */
    RN_TESTS_DEEP = 64
};

struct rn_plan_test {
    struct rn_sources *sources;
    const uint8_t *name; /* lower-case wire form */
    uint16_t number;
    uint8_t name_length;
    uint8_t kind; /* enum rn_test_kind */
};

struct rn_plan;

/* Return an empty plan (gives: rn_plan_drop, or rn_plan_holder_set), NULL: no memory, or too many.
 * Until it is handed to a holder: one thread. What is given below and makes no sense is RN_EVALUE,
 * as are numbers that are not below these counts; the plan is to be dropped then. */
struct rn_plan *rn_plan_new(size_t listeners, size_t blocks);

/* Give a plan's reference back (takes). NULL is harmless. Any thread. */
void rn_plan_drop(struct rn_plan *plan);

/* Have a plan keep a reference of a ledger's (borrows the caller's). */
void rn_plan_set_ledger(struct rn_plan *plan, struct rn_ledger *ledger);

/* Say how a listener answers what no block does (borrows). RN_OK, RN_EVALUE. */
int rn_plan_set_listener(struct rn_plan *plan, size_t listener,
                         const struct rn_plan_manner *manner);

/* Have a block serve a zone (borrows; lower-case wire form) of a listener; `number` is its number
 * in the block. Zones of one name come one after another. RN_OK, RN_ENOMEM, RN_EVALUE. */
int rn_plan_add_zone(struct rn_plan *plan, size_t listener, const uint8_t *name, size_t length,
                     size_t block, size_t number);

/* No zone more is added to a listener: queries find their blocks. Before, they are left to Python.
 * RN_OK, RN_ENOMEM, RN_EVALUE: zones of one name did not come one after another. */
int rn_plan_finish_listener(struct rn_plan *plan, size_t listener);

/* Set what a block is like (borrows). RN_OK, RN_ENOMEM, RN_EVALUE. */
int rn_plan_set_block(struct rn_plan *plan, size_t block, const struct rn_plan_block *given);

/* Set what a block keeps, and where (borrows). RN_OK, RN_ENOMEM, RN_EVALUE. */
int rn_plan_set_cache(struct rn_plan *plan, size_t block, const struct rn_plan_cache *given);

/* Set what a block resolves (borrows). RN_OK, RN_ENOMEM, RN_EVALUE. */
int rn_plan_set_recursion(struct rn_plan *plan, size_t block,
                          const struct rn_plan_recursion *given);

/* Set the filters of a block's view (borrows), in postfix. RN_OK, RN_ENOMEM, RN_EVALUE: that is
 * none, or deeper than RN_TESTS_DEEP. */
int rn_plan_set_view(struct rn_plan *plan, size_t block, const struct rn_plan_test *tests,
                     size_t count);

/* Add a claim (borrows) of a handler ahead of the cache, or behind it. RN_OK, RN_ENOMEM,
 * RN_EVALUE. */
int rn_plan_add_claim(struct rn_plan *plan, size_t block, int is_behind,
                      const struct rn_plan_claim *given);

/* Add a rule of acl (borrows), behind the others. RN_OK, RN_ENOMEM, RN_EVALUE. */
int rn_plan_add_rule(struct rn_plan *plan, size_t block, const struct rn_plan_rule *given);

/* Return where a plan can stand for all threads (gives). NULL: no memory. */
struct rn_plan_holder *rn_plan_holder_new(void);

/* Free it (takes); no thread uses it any more. NULL is harmless. */
void rn_plan_holder_free(struct rn_plan_holder *holder);

/* Have all threads go by a plan (takes; NULL is none) from their next query on. The one before goes
 * with the last query that began under it. Any thread. */
void rn_plan_holder_set(struct rn_plan_holder *holder, struct rn_plan *plan);

/* cdef end */

#endif
