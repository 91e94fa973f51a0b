/* SPDX-License-Identifier: Apache-2.0 */
/* A native engine under test: two blocks that cache and recurse for all names, one of them for clients of
 * 198.51.100.0/24 and half as patient, by one upstream; see house.c. */
#ifndef RN_TEST_HOUSE_H
#define RN_TEST_HOUSE_H

#include "../flight.h"
#include "session.h"

#include <stdbool.h>

enum { HOUSE_CLIENTS = 32, HOUSE_NOW_MS = 1000000 };

struct house {
    struct session session;
    struct rn_store *store;
    struct rn_clock *clock; /* stands still at HOUSE_NOW_MS until it is driven */
    struct rn_plan_holder *holder;
    struct rn_counts *counts[4];
    struct rn_engine *engine;
    struct rn_flights *flights;
    uint32_t upstream;
    struct rn_socket *door; /* where queries come in, and replies go out */
    struct sockaddr_in door_address;
    int clients[HOUSE_CLIENTS]; /* sockets that replies go to */
    struct sockaddr_in client_addresses[HOUSE_CLIENTS];
};

/* Limits that no test meets by accident. */
extern const struct rn_flight_limits HOUSE_LIMITS;

void house_start(struct house *house, const struct rn_flight_limits *limits);
void house_stop(struct house *house); /* the resolver thread may have been closed already */

/* Have a plan with the blocks in force, anew. */
void house_set_plan(struct house *house);

/* Have a lane receive at the door. */
void house_open(struct house *house);

/* Write the query LABEL.example.org A with an ID to out (512 octets); return its length. */
size_t house_query(uint8_t *out, const char *label, unsigned id, bool is_do);

/* Send a query to the door from a client's socket. */
void house_send(struct house *house, unsigned client, const char *label, unsigned id);

/* Have a query wait for its recursion as a lane does; address: the IPv4 client it is counted under.
 * Return what became of it, and *ticket. One that has not joined waits no more. */
enum rn_joined house_join(struct house *house, unsigned client, uint32_t address, const char *label,
                          unsigned id, bool is_do, uint64_t *ticket);

/* Return a question of the chain's for LABEL.example.org A. */
struct rn_flight_question house_question(const struct house *house, const char *label);

/* Have a query wait for the chain, counted under no client; return its ticket. */
uint64_t house_divert(struct house *house, unsigned client, const char *label, unsigned id);

/* Wait for a reply to a client's socket, at most 30 s; return its octets, 0: there is none. */
size_t house_receive(struct house *house, unsigned client, uint8_t *reply);

/* Wait for a reply with an ID and RCODE. */
void house_expect(struct house *house, unsigned client, unsigned id, unsigned rcode);

/* Whether a client's socket has nothing to read. */
bool house_is_quiet(struct house *house, unsigned client);

/* How many flights there are, wait, are in libunbound. */
struct rn_flight_counts house_counts(struct house *house);

/* Wait until nothing is in flight. */
void house_settle(struct house *house);

/* Drive the clock: so much later. */
void house_later(struct house *house, int64_t by_ms);

#endif
