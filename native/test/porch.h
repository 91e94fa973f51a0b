/* SPDX-License-Identifier: Apache-2.0 */
/* A stock (stock.h) with lanes, and clients of loopback that ask them. */
#ifndef RN_TEST_PORCH_H
#define RN_TEST_PORCH_H

#include "../datagrams.h"
#include "stock.h"

#include <netinet/in.h>

enum { LANES = 2, FIRST_PAGE = 8, PATIENCE_MS = 30000, A = 1 };

struct porch {
    struct stock stock;
    struct rn_counts *counts[LANES];
    int fd; /* where lane 0 receives */
    struct rn_socket *door;
    struct sockaddr_in address;
    int client;      /* connected to it */
    size_t at, used; /* of what was drained */
    _Alignas(8) uint8_t records[RN_DRAIN_SIZE];
};

/* Return a socket bound to a port of a host, and set *address to it. */
int porch_bind(const char *host, struct sockaddr_in *address);

/* Return a socket connected to an address. */
int porch_client(const struct sockaddr_in *address);

/* As rn_engine_open, for 127.0.0.1. */
int porch_open(struct porch *porch, size_t lane, struct rn_socket *door, bool is_wildcard);

/* Start two lanes, the first with a door; stop ends all. */
void porch_start(struct porch *porch);
void porch_stop(struct porch *porch);

/* Send a query. */
void porch_ask(int client, const char *label, unsigned qtype, unsigned id);

/* Wait for a reply; return how long it is. */
size_t porch_read(int client, unsigned id, uint8_t reply[RN_REPLY_ROOM]);

/* Wait for a reply; return its RCODE. */
unsigned porch_reply_to(int client, unsigned id);

/* Whether nothing has come. */
bool porch_is_quiet(int client);

/* Wait for a question that is left to the chain; return its ticket. */
uint64_t porch_left(struct porch *porch, unsigned id);

/* Put a reply to a question of the chain's, an empty NOERROR. */
void porch_put(struct porch *porch, uint64_t ticket, unsigned id);

/* Send one; return whether somebody waited for it. */
bool porch_reply(struct porch *porch, uint64_t ticket, unsigned id);

#endif
