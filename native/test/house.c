/* SPDX-License-Identifier: Apache-2.0 */
/* A native engine under test: blocks that cache and recurse for all names. */
#include "house.h"

#include "../clock.h"
#include "../engine.h"
#include "check.h"

#include <arpa/inet.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

enum { PATIENCE_MS = 30000, PLACES = 32768, STORE_OCTETS = 8 << 20, WALL_S = 1800000000 };

const struct rn_flight_limits HOUSE_LIMITS = {
    .slots = 128, .flights = 16384, .waiters = 16384, .client_waiters = 1024, .deadline_ms = 4000};

/* Return a socket on loopback. */
static int new_socket(struct sockaddr_in *address)
{
    socklen_t length = sizeof *address;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    *address = (struct sockaddr_in){.sin_family = AF_INET};
    address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(fd >= 0 && bind(fd, (struct sockaddr *)address, sizeof *address) == 0);
    CHECK(getsockname(fd, (struct sockaddr *)address, &length) == 0);
    return fd;
}

static const struct rn_plan_manner MANNER = {
    .payload_size = 1232, .response_rd = -1, .recursion_available = 1};

static void set_block(const struct house *house, struct rn_plan *plan, size_t number)
{
    static const uint16_t qclasses[] = {1};
    struct rn_plan_block block = {.is_native = 1,
                                  .manner = MANNER,
                                  .patience_ms = number == 0 ? 4000 : 2000,
                                  .qclasses = qclasses,
                                  .qclass_count = 1};
    struct rn_plan_cache cache = {.partition = {1, (uint8_t)number}, .beside = {2, (uint8_t)number},
                                  .success_max_s = 3600, .denial_max_s = 1800, .servfail_ms = 5000};
    struct rn_plan_recursion recursion = {.flights = house->flights, .upstream = house->upstream};
    cache.success = rn_store_group(house->store, cache.partition, 0);
    cache.denial = rn_store_group(house->store, cache.partition, 1);
    CHECK(rn_plan_set_block(plan, number, &block) == RN_OK);
    CHECK(rn_plan_set_cache(plan, number, &cache) == RN_OK);
    CHECK(rn_plan_set_recursion(plan, number, &recursion) == RN_OK);
}

static void set_view(struct rn_plan *plan, size_t number)
{
    static const struct rn_prefix prefix = {4, 24, {198, 51, 100}};
    struct rn_sources *sources = rn_sources_new(&prefix, 1);
    const struct rn_plan_test test = {.kind = RN_TEST_CLIENT, .sources = sources};
    CHECK(sources && rn_plan_set_view(plan, number, &test, 1) == RN_OK);
    rn_sources_free(sources);
}

void house_set_plan(struct house *house)
{
    struct rn_plan *plan = rn_plan_new(1, 2);
    CHECK(plan);
    rn_plan_set_listener(plan, 0, &MANNER);
    set_block(house, plan, 0);
    set_block(house, plan, 1);
    set_view(plan, 1);
    CHECK(rn_plan_add_zone(plan, 0, (const uint8_t *)"", 1, 1, 0) == RN_OK);
    CHECK(rn_plan_add_zone(plan, 0, (const uint8_t *)"", 1, 0, 0) == RN_OK);
    CHECK(rn_plan_finish_listener(plan, 0) == RN_OK);
    rn_plan_holder_set(house->holder, plan);
}

void house_start(struct house *house, const struct rn_flight_limits *limits)
{
    static const uint8_t key[16] = "sixteen octets.";
    memset(house, 0, sizeof *house);
    session_start(&house->session, 512, 1000);
    house->store = rn_store_new(STORE_OCTETS, key);
    house->clock = rn_clock_new();
    house->holder = rn_plan_holder_new();
    for (uint32_t i = 0; i < 4; i++)
        house->counts[i] = rn_counts_new(i);
    rn_clock_drive(house->clock, HOUSE_NOW_MS, WALL_S);
    house->engine = rn_engine_new(house->store, house->holder, house->clock, house->counts[0],
                                  house->counts[1], NULL, 1, PLACES);
    CHECK(house->engine);
    house->flights = rn_flights_new(house->engine, house->counts[2], NULL, limits);
    CHECK(house->flights);
    rn_flights_attach(house->flights, house->session.recurse);
    house->upstream = rn_flights_open(house->flights, 0, limits->slots);
    CHECK(house->upstream != 0);
    house_set_plan(house);
    int fd = new_socket(&house->door_address);
    house->door = rn_socket_new(fd);
    close(fd);
    CHECK(house->door);
    for (size_t i = 0; i < HOUSE_CLIENTS; i++)
        house->clients[i] = new_socket(&house->client_addresses[i]);
}

void house_stop(struct house *house)
{
    rn_flights_detach(house->flights);
    rn_recurse_close(house->session.recurse);
    rn_engine_free(house->engine); /* its lanes take plans */
    rn_plan_holder_free(house->holder);
    rn_flights_drop(house->flights);
    rn_socket_drop(house->door);
    session_stop(&house->session);
    rn_store_free(house->store);
    rn_clock_free(house->clock);
    for (size_t i = 0; i < 4; i++)
        rn_counts_free(house->counts[i]);
    for (size_t i = 0; i < HOUSE_CLIENTS; i++)
        close(house->clients[i]);
}

void house_open(struct house *house)
{
    struct rn_end local = {.octets = {127, 0, 0, 1}, .family = 4};
    local.port = ntohs(house->door_address.sin_port);
    CHECK(rn_engine_add_lane(house->engine, 0, house->counts[3], NULL) == RN_OK);
    CHECK(rn_engine_open(house->engine, 0, house->door, 0, &local, 0) == RN_OK);
}

size_t house_query(uint8_t *out, const char *label, unsigned id, bool is_do)
{
    static const uint8_t OPT[] = {0, 0, 41, 4, 208, 0, 0, 0x80, 0, 0, 0};
    struct rn_question asked = question_for(0, label);
    size_t at = RN_HEADER_SIZE + (size_t)asked.qname_length;
    memset(out, 0, RN_HEADER_SIZE);
    out[0] = (uint8_t)(id >> 8);
    out[1] = (uint8_t)id;
    out[2] = 1;
    out[5] = 1;
    memcpy(out + RN_HEADER_SIZE, asked.qname, asked.qname_length);
    memcpy(out + at, "\0\1\0\1", 4);
    if (!is_do)
        return at + 4;
    out[11] = 1;
    memcpy(out + at + 4, OPT, sizeof OPT);
    return at + 4 + sizeof OPT;
}

void house_send(struct house *house, unsigned client, const char *label, unsigned id)
{
    uint8_t query[512];
    size_t length = house_query(query, label, id, false);
    CHECK(sendto(house->clients[client], query, length, 0,
                 (struct sockaddr *)&house->door_address,
                 sizeof house->door_address) == (ssize_t)length);
}

/* Have a query wait as a lane does; set *task, which borrows `query`, 512 octets. */
static uint64_t wait_for(struct house *house, unsigned client, uint32_t address, size_t length,
                         const uint8_t *query, enum rn_outcome outcome, struct rn_plan *plan,
                         struct rn_task *task)
{
    struct rn_answerer answerer = {.store = house->store, .counts = house->counts[1]};
    struct rn_peer peer = {.address_length = sizeof(struct sockaddr_in)};
    int64_t now_ms = rn_clock_now_ms(house->clock);
    *task = (struct rn_task){.arrival = {.client = {.family = 4, .port = 1}, .local = {.family = 4}}};
    for (int i = 0; i < 4; i++)
        task->arrival.client.octets[i] = (uint8_t)(address >> (24 - 8 * i));
    task->arrival.received_ms = now_ms;
    task->arrival.received_ns = now_ms * 1000000;
    memcpy(&peer.address, &house->client_addresses[client], sizeof(struct sockaddr_in));
    rn_answer_begin(&answerer, plan, task, query, length);
    CHECK(!task->is_settled);
    task->outcome = outcome;
    uint64_t ticket = rn_waitings_add(house->engine->waitings, task, plan, house->door, &peer,
                                      now_ms + task->route.block->patience_ms);
    CHECK(ticket != 0);
    return ticket;
}

enum rn_joined house_join(struct house *house, unsigned client, uint32_t address, const char *label,
                          unsigned id, bool is_do, uint64_t *ticket)
{
    uint8_t query[512];
    struct rn_task task;
    size_t length = house_query(query, label, id, is_do);
    struct rn_plan *plan = rn_plan_take(house->holder);
    *ticket = wait_for(house, client, address, length, query, RN_RECURSE, plan, &task);
    struct rn_joining joining = {.ticket = *ticket, .task = &task};
    rn_flights_join_batch(house->flights, &joining, 1, rn_clock_now_ms(house->clock));
    struct rn_waiting *waiting = joining.outcome == RN_JOINED
                                     ? NULL
                                     : rn_waitings_take(house->engine->waitings, *ticket);
    if (waiting)
        rn_waiting_free(waiting);
    rn_plan_drop(plan);
    return joining.outcome;
}

struct rn_flight_question house_question(const struct house *house, const char *label)
{
    struct rn_question asked = question_for(0, label);
    struct rn_flight_question made = {.client = {.octets = {127, 0, 0, 1}, .family = 4},
                                      .upstream = house->upstream,
                                      .qtype = 1,
                                      .qclass = 1,
                                      .qname_length = asked.qname_length};
    memcpy(made.qname, asked.qname, asked.qname_length);
    return made;
}

uint64_t house_divert(struct house *house, unsigned client, const char *label, unsigned id)
{
    uint8_t query[512];
    struct rn_task task;
    size_t length = house_query(query, label, id, false);
    struct rn_plan *plan = rn_plan_take(house->holder);
    uint64_t ticket = wait_for(house, client, 0x7F000001, length, query, RN_DIVERT, plan, &task);
    rn_plan_drop(plan);
    return ticket;
}

size_t house_receive(struct house *house, unsigned client, uint8_t *reply)
{
    struct pollfd ready = {.fd = house->clients[client], .events = POLLIN};
    if (poll(&ready, 1, PATIENCE_MS) != 1)
        return 0;
    ssize_t length = recv(ready.fd, reply, RN_REPLY_ROOM, 0);
    return length > 0 ? (size_t)length : 0;
}

void house_expect(struct house *house, unsigned client, unsigned id, unsigned rcode)
{
    uint8_t reply[RN_REPLY_ROOM];
    CHECK(house_receive(house, client, reply) >= RN_HEADER_SIZE);
    CHECK(((unsigned)reply[0] << 8 | reply[1]) == id);
    CHECK((reply[3] & 15U) == rcode);
}

bool house_is_quiet(struct house *house, unsigned client)
{
    struct pollfd ready = {.fd = house->clients[client], .events = POLLIN};
    return poll(&ready, 1, 0) == 0;
}

struct rn_flight_counts house_counts(struct house *house)
{
    struct rn_flight_counts counts;
    rn_flights_count(house->flights, &counts);
    return counts;
}

void house_settle(struct house *house)
{
    for (int i = 0; house_counts(house).flights > 0; i++) {
        CHECK(i < PATIENCE_MS);
        poll(NULL, 0, 1);
    }
}

void house_later(struct house *house, int64_t by_ms)
{
    rn_clock_drive(house->clock, rn_clock_now_ms(house->clock) + by_ms, WALL_S + by_ms / 1000);
}
