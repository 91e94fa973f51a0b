/* SPDX-License-Identifier: Apache-2.0 */
/* The surface's part on what is told of queries that were served without the chain: counters
 * (ledger.c, counts.c) and events (events.c). Read native.h first. */
#ifndef RN_SURFACE_OBSERVED_H
#define RN_SURFACE_OBSERVED_H

#include <stddef.h>
#include <stdint.h>

/* cdef begin */

/*
 * A ledger holds the counters of one plan, in a page for each thread that counts. Its counters are
 * numbered: first RN_LISTENER_SIZE for each listener, then RN_ROW_SIZE for each row, then
 * RN_ACL_SIZE for each zone of the blocks' acl rules. Rows: one for each listener (queries that no
 * chain is asked about), then one for each block and zone of the block. A block of a plan is at one
 * listener.
 */
enum rn_counted {
    RN_DURATIONS = 18, /* 0.25 ms * 2^0...15, more, then their sum in ns */
    RN_SIZES = 16,     /* resolver.metrics.SIZE_BUCKETS, more, then their sum */
    RN_RCODES = 32,    /* the last one: and all above, which no engine sends */
    RN_TYPES = 20,     /* types that are told apart; the last one: all others (counts.c) */
    RN_PROTOS = 2,     /* udp, tcp */
    RN_FAMILIES = 2,   /* IPv4, IPv6 */
    RN_ANSWERERS = 4,  /* the server, cache, unbound, acl */
    RN_REJECTIONS = 7, /* resolver.tallies.REJECTIONS */
    RN_PAGES = 160     /* that a ledger has at most: two for a lane, and some */
};

enum rn_listener_counter {
    RN_LISTENER_CHANGES = 0, /* differs if any of the others does */
    RN_LISTENER_LATE = 1,
    RN_LISTENER_UNSENT = 2,
    RN_LISTENER_COALESCED = 3, /* from here on recursion's */
    RN_LISTENER_SECURE = 4,
    RN_LISTENER_BOGUS = 5,
    RN_LISTENER_MISSED = 6,
    RN_LISTENER_CAPPED = 7,     /* flights, waiters, client, suffix */
    RN_LISTENER_REJECTED = 11,  /* RN_REJECTIONS */
    RN_LISTENER_RCODES = 18,    /* RN_RCODES */
    RN_LISTENER_DURATIONS = 50, /* RN_DURATIONS */
    RN_LISTENER_SIZE = 68
};

enum rn_row_counter {
    RN_ROW_CHANGES = 0,
    RN_ROW_DO = 1,
    RN_ROW_STALE = 2,
    RN_ROW_DROPS = 3,
    RN_ROW_LOST_QUERIES = 4, /* events that found no room */
    RN_ROW_LOST_FAILURES = 5,
    RN_ROW_FOUND = 6,           /* no cache, success, denial, missed */
    RN_ROW_ACCESS = 10,         /* allowed, blocked, filtered, dropped, prohibited, no acl */
    RN_ROW_DURATIONS = 16,      /* RN_DURATIONS */
    RN_ROW_QUERY_SIZES = 34,    /* RN_PROTOS times RN_SIZES */
    RN_ROW_RESPONSE_SIZES = 66, /* likewise */
    RN_ROW_RESPONSES = 98,      /* RN_ANSWERERS times RN_RCODES */
    RN_ROW_REQUESTS = 226,      /* RN_PROTOS times RN_FAMILIES times RN_TYPES */
    RN_ROW_SIZE = 306
};

enum rn_acl_counter {
    RN_ACL_CHANGES = 0,
    RN_ACL_BLOCKED,
    RN_ACL_FILTERED,
    RN_ACL_DROPPED,
    RN_ACL_SIZE
};

struct rn_ledger; /* all counters of one plan */
struct rn_counts; /* what one thread counts with */
struct rn_events; /* a ring of events */

/* How much one counter has grown. */
struct rn_change {
    uint64_t counter; /* its number */
    uint64_t amount;
};

/*
 * Return a ledger (gives), NULL: no memory, or a number is 0 or too big. number: the caller's own,
 * comes back in events. zones, acl_zones: for each block (borrows) how many zones it has and how
 * many acl's rules name. Any thread.
 */
struct rn_ledger *rn_ledger_new(uint32_t number, uint32_t listeners, uint32_t blocks,
                                const uint32_t *zones, const uint32_t *acl_zones);

/* Write how counters have grown since they were last told, at most `room` of them, to out
 * (borrows). Return how many; fewer than `room`: all is told, and the next call begins anew. One
 * thread at a time. */
size_t rn_ledger_changes(struct rn_ledger *ledger, struct rn_change *out, size_t room);

/* Whether the plan is gone, so that nothing is counted any more: 0 or 1. Any thread. */
int rn_ledger_is_ended(const struct rn_ledger *ledger);

/* Drop the caller's reference (takes); the plan has its own. NULL is harmless. */
void rn_ledger_free(struct rn_ledger *ledger);

/* Return what one thread counts with (gives), NULL: no memory, or no such page. page: its page in
 * every ledger, below RN_PAGES and nobody else's. Any thread. */
struct rn_counts *rn_counts_new(uint32_t page);

/* Free it (takes) when its thread counts no more; what it counted stays. NULL is harmless. */
void rn_counts_free(struct rn_counts *counts);

/* One query that was served, or failed, without the chain; the octets of the query follow. */
struct rn_event {
    uint32_t size; /* octets of the record, to the next one: 8-aligned */
    uint32_t plan; /* the number of its ledger */
    int64_t duration_ns;
    uint16_t block;
    uint16_t zone;
    uint16_t listener;
    uint16_t query_length; /* octets of the query */
    uint16_t rcode;
    uint16_t response_size; /* octets, before truncation and without OPT; 0: nothing was sent */
    uint16_t flags;         /* the second header word, before truncation, without RCODE */
    uint16_t qtype;
    uint16_t qclass;
    uint16_t payload_size; /* that the client sent; 0 without EDNS */
    uint16_t client_port;
    uint16_t local_port;
    uint32_t client_scope;
    uint32_t local_scope;
    uint8_t client[16]; /* IPv4: the first four */
    uint8_t local[16];
    uint8_t client_family; /* 4 or 6 */
    uint8_t local_family;
    uint8_t transport;      /* resolver.request.Transport, by its order */
    uint8_t by;             /* the server, cache, unbound, acl */
    uint8_t response_class; /* success, denial, error */
    uint8_t failure;        /* none, too many in flight, late */
    uint8_t qname_length;
    uint8_t bits; /* RN_EVENT_SENT... */
};

enum rn_event_limit { RN_EVENT_MAX = 65664 }; /* octets that hold the largest record */

enum rn_event_bit {
    RN_EVENT_SENT = 1,
    RN_EVENT_DO = 2,
    RN_EVENT_EDNS = 4,
    RN_EVENT_STALE = 8,
    RN_EVENT_TOLD = 16 /* to those whose lines rn_lines_make makes */
};

/* Return a ring (gives) of `octets`, NULL: no memory, no such page or too small. page: as for
 * rn_counts_new; it counts what is lost there. wake_fd: an eventfd that an event makes readable
 * once the ring is armed; it outlives the ring. Any thread. */
struct rn_events *rn_events_new(size_t octets, uint32_t page, int wake_fd);

/* Free a ring that nobody tells any more (takes). NULL is harmless. */
void rn_events_free(struct rn_events *events);

/* Move whole records to out (borrows, 8-aligned, `size` octets, at least RN_EVENT_MAX). Return
 * their octets, 0: there are none. One thread at a time, as the next two. */
size_t rn_events_drain(struct rn_events *events, uint8_t *out, size_t size);

/* Have the next event wake the reader, once. Return 1 if some are there already, else 0. */
int rn_events_arm(struct rn_events *events);

/* Return how many events found no room, since the ring was made. */
uint64_t rn_events_lost(const struct rn_events *events);

/* cdef end */

#endif
