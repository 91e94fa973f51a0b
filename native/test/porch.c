/* SPDX-License-Identifier: Apache-2.0 */
#include "porch.h"

#include "../engine.h"
#include "check.h"

#include <arpa/inet.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

int porch_bind(const char *host, struct sockaddr_in *address)
{
    socklen_t length = sizeof *address;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    *address = (struct sockaddr_in){.sin_family = AF_INET};
    CHECK(inet_pton(AF_INET, host, &address->sin_addr) == 1);
    CHECK(fd >= 0 && bind(fd, (struct sockaddr *)address, sizeof *address) == 0);
    CHECK(getsockname(fd, (struct sockaddr *)address, &length) == 0);
    return fd;
}

int porch_client(const struct sockaddr_in *address)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), room = 1 << 20;
    CHECK(fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room) == 0);
    CHECK(connect(fd, (const struct sockaddr *)address, sizeof *address) == 0);
    return fd;
}

int porch_open(struct porch *porch, size_t lane, struct rn_socket *door, bool is_wildcard)
{
    struct rn_end local = {.octets = {127, 0, 0, 1}, .family = 4};
    return rn_engine_open(porch->stock.engine, lane, door, 0, &local, is_wildcard);
}

void porch_start(struct porch *porch)
{
    stock_start(&porch->stock);
    porch->at = porch->used = 0;
    for (uint32_t lane = 0; lane < LANES; lane++) {
        porch->counts[lane] = rn_counts_new(FIRST_PAGE + lane);
        CHECK(rn_engine_add_lane(porch->stock.engine, lane, porch->counts[lane],
                                 porch->stock.events) == RN_OK);
    }
    CHECK(rn_engine_add_lane(porch->stock.engine, RN_LANES_MAX, porch->counts[0], NULL) ==
          RN_EVALUE);
    porch->fd = porch_bind("127.0.0.1", &porch->address);
    porch->door = rn_socket_new(porch->fd);
    CHECK(porch->door && porch_open(porch, 0, porch->door, false) == RN_OK);
    porch->client = porch_client(&porch->address);
}

void porch_stop(struct porch *porch)
{
    stock_stop(&porch->stock);
    if (porch->door)
        rn_socket_drop(porch->door);
    for (size_t lane = 0; lane < LANES; lane++)
        rn_counts_free(porch->counts[lane]);
    close(porch->fd);
    close(porch->client);
}

void porch_ask(int client, const char *label, unsigned qtype, unsigned id)
{
    uint8_t query[512];
    size_t length = stock_query(query, label, qtype, id);
    CHECK(send(client, query, length, 0) == (ssize_t)length);
}

size_t porch_read(int client, unsigned id, uint8_t reply[RN_REPLY_ROOM])
{
    struct pollfd ready = {.fd = client, .events = POLLIN};
    CHECK(poll(&ready, 1, PATIENCE_MS) == 1);
    ssize_t length = recv(client, reply, RN_REPLY_ROOM, 0);
    CHECK(length >= RN_HEADER_SIZE && rn_get16(reply) == id && reply[2] & 0x80);
    return (size_t)length;
}

unsigned porch_reply_to(int client, unsigned id)
{
    uint8_t reply[RN_REPLY_ROOM];
    porch_read(client, id, reply);
    return reply[3] & 15;
}

bool porch_is_quiet(int client)
{
    struct pollfd ready = {.fd = client, .events = POLLIN};
    return poll(&ready, 1, 0) == 0;
}

uint64_t porch_left(struct porch *porch, unsigned id)
{
    struct pollfd ready = {.fd = rn_engine_wake_fd(porch->stock.engine), .events = POLLIN};
    struct rn_question_diverted head;
    if (porch->at == porch->used) {
        CHECK(poll(&ready, 1, PATIENCE_MS) == 1);
        porch->used = rn_diverted_drain(rn_engine_diverted(porch->stock.engine), porch->records,
                                        sizeof porch->records);
        porch->at = 0;
    }
    const uint8_t *record = porch->records + porch->at;
    CHECK(porch->used - porch->at >= sizeof head + RN_HEADER_SIZE);
    memcpy(&head, record, sizeof head);
    CHECK(rn_get16(record + sizeof head) == id && head.transport == RN_DO53_UDP);
    porch->at += (sizeof head + head.length + 7) / 8 * 8;
    CHECK(porch->at <= porch->used);
    return head.ticket;
}

void porch_put(struct porch *porch, uint64_t ticket, unsigned id)
{
    uint8_t octets[RN_HEADER_SIZE] = {(uint8_t)(id >> 8), (uint8_t)id, 0x80, 0};
    rn_engine_reply(porch->stock.engine, ticket, octets, sizeof octets);
}

bool porch_reply(struct porch *porch, uint64_t ticket, unsigned id)
{
    porch_put(porch, ticket, id);
    return rn_engine_send(porch->stock.engine) == 1;
}
