/* SPDX-License-Identifier: Apache-2.0 */
/* Lanes with sockets of loopback: answers, what is left to the chain, deadlines, doors, plans, ends. */
#include "../clock.h"
#include "../datagrams.h"
#include "../engine.h"
#include "check.h"
#include "stock.h"
#include "tests.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { LANES = 2, FIRST_PAGE = 8, PATIENCE_MS = 30000, A = 1, ANY = 255, SERVFAIL = 2, REFUSED = 5 };

struct hall {
    struct stock stock;
    struct rn_counts *counts[LANES];
    int fd; /* where lane 0 receives */
    struct rn_socket *door;
    struct sockaddr_in address;
    int client; /* connected to it */
    size_t at, used; /* of what was drained */
    _Alignas(8) uint8_t records[RN_DRAIN_SIZE];
};

static int bound(const char *host, struct sockaddr_in *address)
{
    socklen_t length = sizeof *address;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    *address = (struct sockaddr_in){.sin_family = AF_INET};
    CHECK(inet_pton(AF_INET, host, &address->sin_addr) == 1);
    CHECK(fd >= 0 && bind(fd, (struct sockaddr *)address, sizeof *address) == 0);
    CHECK(getsockname(fd, (struct sockaddr *)address, &length) == 0);
    return fd;
}

static int connected(const struct sockaddr_in *address)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), room = 1 << 20;
    CHECK(fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room) == 0);
    CHECK(connect(fd, (const struct sockaddr *)address, sizeof *address) == 0);
    return fd;
}

static int open_door(struct hall *hall, size_t lane, struct rn_socket *door, bool is_wildcard)
{
    struct rn_end local = {.octets = {127, 0, 0, 1}, .family = 4};
    return rn_engine_open(hall->stock.engine, lane, door, 0, &local, is_wildcard);
}

static void hall_start(struct hall *hall)
{
    stock_start(&hall->stock);
    hall->at = hall->used = 0;
    for (uint32_t lane = 0; lane < LANES; lane++) {
        hall->counts[lane] = rn_counts_new(FIRST_PAGE + lane);
        CHECK(rn_engine_add_lane(hall->stock.engine, lane, hall->counts[lane],
                                 hall->stock.events) == RN_OK);
    }
    CHECK(rn_engine_add_lane(hall->stock.engine, RN_LANES_MAX, hall->counts[0], NULL) == RN_EVALUE);
    hall->fd = bound("127.0.0.1", &hall->address);
    hall->door = rn_socket_new(hall->fd);
    CHECK(hall->door && open_door(hall, 0, hall->door, false) == RN_OK);
    hall->client = connected(&hall->address);
}

static void hall_stop(struct hall *hall)
{
    stock_stop(&hall->stock);
    if (hall->door)
        rn_socket_drop(hall->door);
    for (size_t lane = 0; lane < LANES; lane++)
        rn_counts_free(hall->counts[lane]);
    close(hall->fd);
    close(hall->client);
}

static void ask(int client, const char *label, unsigned qtype, unsigned id)
{
    uint8_t query[512];
    size_t length = stock_query(query, label, qtype, id);
    CHECK(send(client, query, length, 0) == (ssize_t)length);
}

/* Wait for a reply; return how long it is. */
static size_t read_reply(int client, unsigned id, uint8_t reply[RN_REPLY_ROOM])
{
    struct pollfd ready = {.fd = client, .events = POLLIN};
    CHECK(poll(&ready, 1, PATIENCE_MS) == 1);
    ssize_t length = recv(client, reply, RN_REPLY_ROOM, 0);
    CHECK(length >= RN_HEADER_SIZE && rn_get16(reply) == id && reply[2] & 0x80);
    return (size_t)length;
}

/* Wait for a reply; return its RCODE. */
static unsigned reply_to(int client, unsigned id)
{
    uint8_t reply[RN_REPLY_ROOM];
    read_reply(client, id, reply);
    return reply[3] & 15;
}

static bool is_quiet(int client)
{
    struct pollfd ready = {.fd = client, .events = POLLIN};
    return poll(&ready, 1, 0) == 0;
}

/* Wait for a question that is left to the chain; return its ticket. */
static uint64_t next_left(struct hall *hall, unsigned id)
{
    struct pollfd ready = {.fd = rn_engine_wake_fd(hall->stock.engine), .events = POLLIN};
    struct rn_question_diverted head;
    if (hall->at == hall->used) {
        CHECK(poll(&ready, 1, PATIENCE_MS) == 1);
        hall->used = rn_diverted_drain(rn_engine_diverted(hall->stock.engine), hall->records,
                                       sizeof hall->records);
        hall->at = 0;
    }
    const uint8_t *record = hall->records + hall->at;
    CHECK(hall->used - hall->at >= sizeof head + RN_HEADER_SIZE);
    memcpy(&head, record, sizeof head);
    CHECK(rn_get16(record + sizeof head) == id && head.transport == RN_DO53_UDP);
    hall->at += (sizeof head + head.length + 7) / 8 * 8;
    CHECK(hall->at <= hall->used);
    return head.ticket;
}

/* Put a reply to a question of the chain's, an empty NOERROR. */
static void put(struct hall *hall, uint64_t ticket, unsigned id)
{
    uint8_t octets[RN_HEADER_SIZE] = {(uint8_t)(id >> 8), (uint8_t)id, 0x80, 0};
    rn_engine_reply(hall->stock.engine, ticket, octets, sizeof octets);
}

/* Send one; return whether somebody waited for it. */
static bool reply(struct hall *hall, uint64_t ticket, unsigned id)
{
    put(hall, ticket, id);
    return rn_engine_send(hall->stock.engine) == 1;
}

static void test_answers(void)
{
    struct hall hall;
    hall_start(&hall);
    ask(hall.client, "four", A, 1);
    CHECK(reply_to(hall.client, 1) == 0);
    ask(hall.client, "nowhere", A, 2);
    CHECK(reply_to(hall.client, 2) == 3);
    CHECK(send(hall.client, "\0\3\1\0\0\1\0\0\0\0\0", 11, 0) == 11); /* not a query */
    CHECK(send(hall.client, "", 0, 0) == 0);
    CHECK(send(hall.client, "\0\4\1\0\0\1\0\0\0\0\0\0\300", 13, 0) == 13);
    CHECK(reply_to(hall.client, 4) == 1);
    CHECK(is_quiet(hall.client));
    ask(hall.client, "claimed", A, 5);
    uint64_t ticket = next_left(&hall, 5);
    CHECK(reply(&hall, ticket, 5) && reply_to(hall.client, 5) == 0);
    CHECK(!reply(&hall, ticket, 5) && is_quiet(hall.client));
    ask(hall.client, "claimed", A, 6);
    rn_engine_reply(hall.stock.engine, next_left(&hall, 6), NULL, 0);
    CHECK(rn_engine_send(hall.stock.engine) == 1);
    ask(hall.client, "four", A, 7); /* nothing was sent to 6 */
    CHECK(reply_to(hall.client, 7) == 0 && rn_socket_unsent(hall.door) == 0);
    hall_stop(&hall);
}

/* Replies go out together; until they do, who waits for one is answered at its deadline. */
static void test_collected(void)
{
    enum { ASKED = 5 };
    struct hall hall;
    hall_start(&hall);
    for (unsigned id = 1; id <= ASKED; id++)
        ask(hall.client, "claimed", A, id);
    for (unsigned id = 1; id < ASKED; id++)
        put(&hall, next_left(&hall, id), id);
    CHECK(is_quiet(hall.client));
    CHECK(rn_engine_send(hall.stock.engine) == ASKED - 1);
    for (unsigned id = 1; id < ASKED; id++)
        CHECK(reply_to(hall.client, id) == 0);
    put(&hall, next_left(&hall, ASKED), ASKED);
    rn_clock_drive(hall.stock.clock, STOCK_NOW_MS + 4300, STOCK_WALL_S);
    CHECK(reply_to(hall.client, ASKED) == SERVFAIL);
    CHECK(rn_engine_send(hall.stock.engine) == 0 && is_quiet(hall.client));
    hall_stop(&hall);
}

/* A reply leaves from the address that was queried. */
static void test_wildcard(void)
{
    struct hall hall;
    struct sockaddr_in address;
    int on = 1;
    hall_start(&hall);
    int fd = bound("0.0.0.0", &address);
    CHECK(setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof on) == 0);
    struct rn_socket *door = rn_socket_new(fd);
    CHECK(open_door(&hall, 1, door, true) == RN_OK);
    CHECK(inet_pton(AF_INET, "127.0.0.7", &address.sin_addr) == 1);
    int client = connected(&address); /* hears only 127.0.0.7 */
    ask(client, "four", A, 1);
    CHECK(reply_to(client, 1) == 0);
    ask(client, "claimed", A, 2);
    CHECK(reply(&hall, next_left(&hall, 2), 2) && reply_to(client, 2) == 0);
    rn_socket_drop(door);
    close(client);
    close(fd);
    hall_stop(&hall);
}

/* At its deadline a query gets SERVFAIL, or what is stale, and nobody answers it again. */
static void test_deadlines(void)
{
    struct hall hall;
    hall_start(&hall);
    ask(hall.client, "claimed", A, 1);
    uint64_t ticket = next_left(&hall, 1);
    rn_clock_drive(hall.stock.clock, STOCK_NOW_MS + 4240, STOCK_WALL_S);
    CHECK(poll(NULL, 0, 120) == 0 && is_quiet(hall.client)); /* the chain has a deadline of its own */
    rn_clock_drive(hall.stock.clock, STOCK_NOW_MS + 4300, STOCK_WALL_S);
    CHECK(reply_to(hall.client, 1) == SERVFAIL);
    CHECK(!reply(&hall, ticket, 1));
    rn_clock_drive(hall.stock.clock, STOCK_NOW_MS + 400000, STOCK_WALL_S);
    ask(hall.client, "four", A, 2); /* its records have ended: the chain renews them */
    ticket = next_left(&hall, 2);
    rn_clock_drive(hall.stock.clock, STOCK_NOW_MS + 405000, STOCK_WALL_S);
    uint8_t stale[RN_REPLY_ROOM];
    size_t length = read_reply(hall.client, 2, stale);
    CHECK(stale[3] == 0x80 && stale[7] == 4 && length > 16);
    CHECK(memcmp(stale + length - 10, "\0\0\0\36\0\4", 6) == 0); /* a TTL of 30 s, RFC 8767 */
    CHECK(!reply(&hall, ticket, 2) && is_quiet(hall.client));
    hall_stop(&hall);
}

/* More than can wait are turned away at once; what waits is answered all the same. */
static void test_places(void)
{
    enum { MANY = 100, PLACES = 64 };
    struct hall hall;
    unsigned refused = 0;
    hall_start(&hall);
    for (unsigned id = 0; id < MANY; id++)
        ask(hall.client, "claimed", A, id);
    for (unsigned id = PLACES; id < MANY; id++, refused++)
        CHECK(reply_to(hall.client, id) == SERVFAIL);
    CHECK(refused == MANY - PLACES);
    for (unsigned id = 0; id < PLACES; id++)
        CHECK(reply(&hall, next_left(&hall, id), id) && reply_to(hall.client, id) == 0);
    CHECK(is_quiet(hall.client));
    hall_stop(&hall);
}

/* A reply goes out by the socket that its query came by, whoever has closed it since. */
static void test_late_replies(void)
{
    struct hall hall;
    hall_start(&hall);
    ask(hall.client, "claimed", A, 1);
    uint64_t ticket = next_left(&hall, 1);
    CHECK(rn_engine_shut(hall.stock.engine, 0, hall.door) == RN_OK);
    CHECK(rn_engine_shut(hall.stock.engine, 0, hall.door) == RN_OK); /* it is shut already */
    CHECK(rn_engine_shut(hall.stock.engine, LANES, hall.door) == RN_EVALUE);
    rn_socket_drop(hall.door);
    hall.door = NULL;
    close(hall.fd);
    hall.fd = -1;
    ask(hall.client, "four", A, 2); /* nobody reads it */
    CHECK(reply(&hall, ticket, 1) && reply_to(hall.client, 1) == 0);
    hall_stop(&hall);
}

/* A lane takes so many doors, and has room again once some are shut. */
static void test_doors(void)
{
    static struct rn_socket *doors[RN_DOORS_MAX];
    struct hall hall;
    struct sockaddr_in address;
    struct rlimit limit;
    hall_start(&hall);
    CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_max > RN_DOORS_MAX + 64);
    limit.rlim_cur = limit.rlim_max;
    CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    int fd = bound("127.0.0.1", &address), client = connected(&address);
    for (size_t i = 1; i < RN_DOORS_MAX; i++) { /* one is the hall's */
        doors[i] = rn_socket_new(fd);
        CHECK(doors[i] && open_door(&hall, 0, doors[i], false) == RN_OK);
    }
    doors[0] = rn_socket_new(fd);
    CHECK(open_door(&hall, 0, doors[0], false) == RN_EFULL);
    ask(client, "four", A, 8);
    CHECK(reply_to(client, 8) == 0);
    CHECK(rn_engine_shut(hall.stock.engine, 0, doors[1]) == RN_OK);
    CHECK(atomic_load(&doors[0]->references) == 1 && atomic_load(&doors[1]->references) == 1);
    CHECK(open_door(&hall, 0, doors[2], false) == RN_EVALUE); /* it has a door */
    CHECK(open_door(&hall, 0, doors[0], false) == RN_OK);
    for (size_t i = 1; i < RN_DOORS_MAX; i++) /* also those that have no door any more */
        CHECK(rn_engine_shut(hall.stock.engine, 0, doors[i]) == RN_OK);
    ask(client, "four", A, 9);
    CHECK(reply_to(client, 9) == 0);
    for (size_t i = 0; i < RN_DOORS_MAX; i++)
        rn_socket_drop(doors[i]);
    close(client);
    close(fd);
    hall_stop(&hall);
}

/* A door that is shut while a query waits for its reply there is not looked at any more. */
static void test_shut_and_open(void)
{
    struct hall hall;
    hall_start(&hall);
    ask(hall.client, "claimed", A, 1);
    uint64_t ticket = next_left(&hall, 1); /* keeps the socket, and its descriptor */
    CHECK(rn_engine_shut(hall.stock.engine, 0, hall.door) == RN_OK);
    ask(hall.client, "four", A, 2);
    CHECK(poll(NULL, 0, 50) == 0 && is_quiet(hall.client));
    CHECK(open_door(&hall, 1, hall.door, false) == RN_OK); /* handed over to another lane */
    CHECK(reply_to(hall.client, 2) == 0);
    CHECK(reply(&hall, ticket, 1) && reply_to(hall.client, 1) == 0);
    CHECK(rn_engine_shut(hall.stock.engine, 1, hall.door) == RN_OK);
    CHECK(open_door(&hall, 0, hall.door, false) == RN_OK);
    ask(hall.client, "four", A, 3);
    CHECK(reply_to(hall.client, 3) == 0);
    hall_stop(&hall);
}

struct asking {
    struct hall *hall;
    unsigned rounds;
    pthread_t thread;
};

/* Ask in small batches, some of which the chain would answer; each is answered, in some way. */
static void *ask_on(void *arg)
{
    static const char *const labels[] = {"four", "text", "nowhere", "fail", "filtered", "secure"};
    struct asking *asking = arg;
    int client = connected(&asking->hall->address);
    for (unsigned round = 0; round < asking->rounds; round++) {
        for (unsigned i = 0; i < 6; i++)
            ask(client, labels[i], i == 1 ? 16 : A, i);
        for (unsigned i = 0; i < 6; i++)
            CHECK(reply_to(client, i) <= 3);
    }
    close(client);
    return NULL;
}

/* Plans change, sockets come and go while others ask: no query is lost, none has half a plan. */
static void test_changes(void)
{
    enum { ASKING = 3, ROUNDS = 150 };
    struct hall hall;
    struct asking asking[ASKING];
    struct sockaddr_in address;
    uint8_t in[600], out[RN_STREAM_ROOM];
    hall_start(&hall);
    for (size_t i = 0; i < ASKING; i++) {
        asking[i] = (struct asking){.hall = &hall, .rounds = ROUNDS};
        CHECK(pthread_create(&asking[i].thread, NULL, ask_on, &asking[i]) == 0);
    }
    size_t length = stock_query(in + 2, "four", A, 77);
    rn_put16(in, (unsigned)length);
    for (unsigned round = 0; round < 100; round++) {
        struct rn_connection connection = {.client = {.octets = {127, 0, 0, 1}, .family = 4},
                                           .messages = 9, .left_most = 9, .transport = RN_DO53_TCP};
        struct rn_stream stream;
        stock_set_plan(&hall.stock);
        rn_engine_answer_stream(hall.stock.engine, &connection, in, length + 2, out, sizeof out,
                                &stream);
        CHECK(stream.consumed == length + 2 && stream.written > length && stream.left_count == 0);
        int fd = bound("127.0.0.1", &address), client = connected(&address);
        struct rn_socket *door = rn_socket_new(fd);
        for (unsigned id = 0; id < 70; id++)
            ask(client, "four", A, id);
        CHECK(open_door(&hall, round % LANES, door, false) == RN_OK);
        CHECK(rn_engine_shut(hall.stock.engine, round % LANES, door) == RN_OK);
        for (unsigned id = 0; id < 70; id++) /* what was there has been taken in */
            CHECK(reply_to(client, id) == 0);
        rn_socket_drop(door);
        close(fd);
        close(client);
    }
    for (size_t i = 0; i < ASKING; i++)
        pthread_join(asking[i].thread, NULL);
    CHECK(rn_socket_unsent(hall.door) == 0);
    hall_stop(&hall);
}

/* Without a plan nothing is answered; an engine ends with queries that wait, and with more to come. */
static void test_ends(void)
{
    struct hall hall;
    hall_start(&hall);
    rn_plan_holder_set(hall.stock.holder, NULL);
    ask(hall.client, "four", A, 1);
    CHECK(poll(NULL, 0, 50) == 0 && is_quiet(hall.client));
    stock_set_plan(&hall.stock);
    for (unsigned id = 0; id < 20; id++)
        ask(hall.client, "claimed", A, id);
    next_left(&hall, 0);
    for (unsigned id = 0; id < 200; id++)
        ask(hall.client, "four", A, id);
    hall_stop(&hall);
}

void lane_tests(void)
{
    test_answers();
    test_collected();
    test_wildcard();
    test_deadlines();
    test_places();
    test_late_replies();
    test_doors();
    test_shut_and_open();
    test_changes();
    test_ends();
}
