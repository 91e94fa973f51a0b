/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Queries that wait for their answer, and their deadlines; see waiting.c.
 *
 * A waiting query is answered once: by whoever has the answer, or at its deadline by the watch, a
 * thread of its own. Places are counted (rn_waitings_new's capacity) and found by ticket.
 */
#ifndef RN_WAITING_H
#define RN_WAITING_H

#include "answer.h"

#include <netinet/in.h>
#include <sys/socket.h>

struct rn_clock;
struct rn_outbox;
struct rn_waitings;

/* How much longer a question of the chain's waits than its block says: the chain has its own deadline,
 * at which it knows more to say. */
enum { RN_GRACE_MS = 250 };

/* A socket that many queries came by; it outlives them (counted references). */
struct rn_socket {
    atomic_uint references;
    int fd;
    struct rn_outbox *outbox;     /* NULL; else it stands for all connections, and fd is -1 */
    atomic_uint_least64_t unsent; /* responses that the system did not take */
};

/* Where a reply goes. */
struct rn_peer {
    uint64_t connection; /* its number, where the socket has an outbox; the rest is for others */
    struct sockaddr_in6 address; /* or sockaddr_in: as recvmmsg gave it */
    socklen_t address_length;
    uint8_t control_length;
    uint8_t control[40]; /* the packet-info control message to answer from the address queried */
};

struct rn_waiting {
    struct rn_waiting *next, *previous; /* in the wheel of deadlines */
    uint64_t ticket;                    /* place and generation: never 0, never twice the same */
    int64_t deadline_ms;
    struct rn_plan *plan;     /* a reference of its own */
    struct rn_socket *socket; /* likewise */
    struct rn_peer peer;
    struct rn_task task; /* asked.octets and key point into octets below and asked.qname */
    uint8_t octets[];    /* the message */
};

/* Return a socket with one reference, its fd a duplicate of `fd`; NULL: no memory or descriptor. */
struct rn_socket *rn_socket_new(int fd);
/* Return what stands for connections, whose replies go to an outbox (borrows); NULL: no memory. */
struct rn_socket *rn_socket_of(struct rn_outbox *outbox);
void rn_socket_keep(struct rn_socket *socket);
void rn_socket_drop(struct rn_socket *socket); /* the last one closes */

/* Send one reply to where a query came from (a batch of them: datagrams.h); length 0: there is none.
 * Any thread. */
void rn_socket_send(struct rn_socket *socket, const struct rn_peer *peer, const uint8_t *octets,
                    size_t length);

/*
 * Called by the watch at a deadline, in its thread, for a query that still waits: it answers (stale
 * data, or SERVFAIL with EDE 22) and frees. Set once, before the first query waits.
 */
typedef void rn_expire(void *arg, struct rn_waiting *waiting);

/* Return the table with its watch thread, NULL: no memory or thread. */
struct rn_waitings *rn_waitings_new(size_t capacity, const struct rn_clock *clock, rn_expire *expire,
                                    void *arg);
void rn_waitings_free(struct rn_waitings *waitings); /* takes; nothing is sent any more */

/* Have a query wait: copies the task and its message, keeps plan and socket. Return its ticket; 0: no
 * place (for a message as long as this) or no memory. Any thread. It may have been answered by the time that this returns, if its
 * deadline has passed: so nobody but who takes it has a pointer to it. */
uint64_t rn_waitings_add(struct rn_waitings *waitings, const struct rn_task *task,
                         struct rn_plan *plan, struct rn_socket *socket,
                         const struct rn_peer *peer, int64_t deadline_ms);

/* Return how many wait, or did a moment ago. Any thread. */
size_t rn_waitings_count(struct rn_waitings *waitings);

/* Return the plan of a query that waits (gives a reference), and set *block (lent by it) to its block,
 * NULL: it is not waiting any more, or is not one that the cache was asked for. Any thread. */
struct rn_plan *rn_waitings_plan(struct rn_waitings *waitings, uint64_t ticket,
                                 const struct rn_block **block);

/* Take a query out, by ticket: the caller answers and frees it. NULL: it is not waiting any more.
 * Any thread. */
struct rn_waiting *rn_waitings_take(struct rn_waitings *waitings, uint64_t ticket);
void rn_waiting_free(struct rn_waiting *waiting);

#endif
