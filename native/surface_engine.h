/* SPDX-License-Identifier: Apache-2.0 */
/* The surface's part on lanes and the way to Python and back. Read native.h first. */
#ifndef RN_SURFACE_ENGINE_H
#define RN_SURFACE_ENGINE_H

#include <stddef.h>
#include <stdint.h>

/* cdef begin */

/* --- Questions that the chain is to answer: from lanes to Python, and back. --- */

/* One end of a query: an address and port. IPv4: the first four octets; never an IPv4-mapped one. */
struct rn_end {
    uint8_t octets[16]; /* network order */
    uint32_t scope;     /* the interface of a link-local IPv6 address, else 0 */
    uint16_t port;      /* host order */
    uint8_t family;     /* 4 or 6 */
    uint8_t unused;
};

/* The head of one diverted question, as it was read (asked.h). In what drain writes, `length` octets of
 * message follow it, then 0 to 7 octets that round the record up to a multiple of 8. */
struct rn_question_diverted {
    uint64_t ticket;     /* what rn_engine_reply wants */
    int64_t received_ms; /* CLOCK_BOOTTIME */
    struct rn_end client;
    struct rn_end local; /* the address that was queried */
    uint16_t length;
    uint16_t listener; /* the number that the plan has for it */
    uint16_t id;
    uint16_t flags; /* the header's second word */
    uint16_t qtype;
    uint16_t qclass;
    uint16_t payload_size;   /* that the client sent; 0 without EDNS */
    uint16_t edns_flags;
    uint16_t options_at;     /* where EDNS options begin in the message */
    uint16_t options_length; /* their octets; 0: there are none */
    uint8_t qname_length;    /* octets; the QNAME begins behind the header */
    uint8_t has_edns;        /* 1: there is an OPT record; its version is 0 */
    uint8_t transport; /* resolver.request.Transport, in its order */
    uint8_t unused;
};

/* The ring of them. */
struct rn_diverted;

/* Write questions to out (borrows; 8-aligned, size at least RN_DRAIN_SIZE), at most RN_BATCH and as many
 * as fit. Return the octets written (not a status); 0: there are none. The eventfd stays readable while
 * some are left. One thread at a time. */
size_t rn_diverted_drain(struct rn_diverted *diverted, uint8_t *out, size_t size);

/* --- Replies for connections: from C threads to Python. --- */

/* The head of one reply. In what drain writes, `length` octets follow it: the reply with its length in
 * front (RFC 1035, 4.2.2); then 0 to 7 that round the record up to a multiple of 8. */
struct rn_reply_head {
    uint64_t connection; /* the number that rn_connection has for it */
    uint32_t length;     /* 0: nothing is to be sent, but a query less is in flight */
    uint32_t unused;
};

struct rn_outbox;

/* Write replies to out (borrows; 8-aligned, size at least RN_DRAIN_SIZE), at most RN_BATCH and as many as
 * fit. Return the octets written (not a status); 0: there are none. To be called after
 * rn_diverted_drain, which clears the eventfd that they share. One thread at a time. */
size_t rn_outbox_drain(struct rn_outbox *outbox, uint8_t *out, size_t size);

/* --- The engine: lanes and their sockets. --- */

enum rn_lane_limit { RN_DOORS_MAX = 4096 }; /* sockets of one lane */

struct rn_engine;
struct rn_plan_holder; /* where the present plan stands */
struct rn_store;
struct rn_store;       /* the packet cache */
struct rn_counts;      /* one thread's counters */
struct rn_events;      /* the ring of events for observers; may be NULL where it is asked for */

/*
 * Return an engine without lanes, NULL: no memory, descriptor or thread. All parts are borrowed for
 * as long as it lives. watching: counters of its watch, the thread that keeps deadlines; streaming: of
 * the owner's thread, for connections.
 *
 * seed: for orders of records. places: most queries that may wait for an answer at a time.
 */
struct rn_engine *rn_engine_new(struct rn_store *store, struct rn_plan_holder *holder,
                                const struct rn_clock *clock, struct rn_counts *watching,
                                struct rn_counts *streaming, struct rn_events *events,
                                uint64_t seed, size_t places);

/* End all threads and free; takes. NULL is harmless. Queries that wait get nothing. */
void rn_engine_free(struct rn_engine *engine);

/* Return the ring of questions for Python (lends, as long as the engine lives). Any thread. */
struct rn_diverted *rn_engine_diverted(struct rn_engine *engine);

/* Return the replies for connections (lends, as long as the engine lives). Any thread. */
struct rn_outbox *rn_engine_outbox(struct rn_engine *engine);

/* Return the eventfd (not a status) that is readable while either of the two has some. Lends. Any
 * thread. */
int rn_engine_wake_fd(const struct rn_engine *engine);

/* Have the reply (borrows) to a diverted question sent, with rn_engine_send or before; length 0: nothing
 * is sent. Until then it waits, and is answered at its deadline. The owner's thread. */
void rn_engine_reply(struct rn_engine *engine, uint64_t ticket, const uint8_t *octets,
                     size_t length);

/* Send those replies, with one system call for each socket and 64 of them. Return how many questions
 * (not a status) had no answer by then. The owner's thread. */
size_t rn_engine_send(struct rn_engine *engine);

/* Have lane number `lane` (below 64) run, with counters of its own (borrows, as long as the engine
 * lives). RN_OK, also if it runs already; RN_ESYSTEM, RN_EVALUE. The owner's thread. */
int rn_engine_add_lane(struct rn_engine *engine, size_t lane, struct rn_counts *counts,
                       struct rn_events *events);

/* Have a lane receive at a socket (keeps a reference), for the listener that the plan calls `listener`.
 * local: where it is bound (borrows). RN_OK; RN_EFULL: it has RN_DOORS_MAX; RN_EVALUE: no such lane, or
 * it has that socket already; RN_ENOMEM; RN_ESYSTEM: the system does not watch it. The owner's thread. */
int rn_engine_open(struct rn_engine *engine, size_t lane, struct rn_socket *socket,
                   uint16_t listener, const struct rn_end *local, int is_wildcard);

/* Have the lane take in what has arrived at a socket (borrows), and nothing after; returns when that
 * is done. RN_OK, RN_EVALUE. The owner's thread. */
int rn_engine_shut(struct rn_engine *engine, size_t lane, const struct rn_socket *socket);

/* A connection as its queries see it. */
struct rn_connection {
    uint64_t number; /* under which replies come that are not there at once; never twice the same */
    struct rn_end client;
    struct rn_end local;
    uint32_t messages;  /* most messages to look at */
    uint32_t left_most; /* of these, most that may be left to the chain or wait; above 256 it is 256 */
    uint16_t listener;  /* the number that the plan has for it */
    uint16_t keepalive; /* RFC 7828, in 100 ms, for clients that ask; 0: it is not told */
    uint8_t transport;  /* resolver.request.Transport, in its order */
    uint8_t unused[3];
};

enum rn_stream_limit { RN_STREAM_LEFT = 256, RN_STREAM_ROOM = 65537 };

/* What became of a read buffer. */
struct rn_stream {
    uint64_t consumed; /* octets of whole messages, from the front */
    uint64_t written;  /* octets of replies, each with its length in front */
    uint32_t messages; /* messages in what was consumed */
    uint32_t waiting;  /* of them, those whose replies will come by rn_outbox_drain */
    uint32_t left_count;
    uint32_t left[256]; /* where messages begin (their length in front) that found no room */
    uint32_t unused;
};

/* Answer the whole messages in a read buffer (borrows), writing to out (borrows; room at least
 * RN_STREAM_ROOM). Misses that need no chain wait for recursions; what is the chain's comes out of
 * rn_diverted_drain. *stream (borrows) says how far it came: it ends at a part of a message, when less
 * than RN_STREAM_ROOM is left in out, and at the limits of messages and of what is left. The owner's
 * thread. */
void rn_engine_answer_stream(struct rn_engine *engine, const struct rn_connection *connection,
                             const uint8_t *in, size_t length, uint8_t *out, size_t room,
                             struct rn_stream *stream);

/* cdef end */

#endif
