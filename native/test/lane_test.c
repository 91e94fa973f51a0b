/* SPDX-License-Identifier: Apache-2.0 */
/* Lanes with sockets of loopback: answers, what is left to the chain, deadlines, plans, ends. */
#include "../clock.h"
#include "../engine.h"
#include "check.h"
#include "porch.h"
#include "tests.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

enum { ANY = 255, SERVFAIL = 2, REFUSED = 5 };

static void test_answers(void)
{
    struct porch porch;
    porch_start(&porch);
    porch_ask(porch.client, "four", A, 1);
    CHECK(porch_reply_to(porch.client, 1) == 0);
    porch_ask(porch.client, "nowhere", A, 2);
    CHECK(porch_reply_to(porch.client, 2) == 3);
    CHECK(send(porch.client, "\0\3\1\0\0\1\0\0\0\0\0", 11, 0) == 11); /* not a query */
    CHECK(send(porch.client, "", 0, 0) == 0);
    CHECK(send(porch.client, "\0\4\1\0\0\1\0\0\0\0\0\0\300", 13, 0) == 13);
    CHECK(porch_reply_to(porch.client, 4) == 1);
    CHECK(porch_is_quiet(porch.client));
    porch_ask(porch.client, "claimed", A, 5);
    uint64_t ticket = porch_left(&porch, 5);
    CHECK(porch_reply(&porch, ticket, 5) && porch_reply_to(porch.client, 5) == 0);
    CHECK(!porch_reply(&porch, ticket, 5) && porch_is_quiet(porch.client));
    porch_ask(porch.client, "claimed", A, 6);
    rn_engine_reply(porch.stock.engine, porch_left(&porch, 6), NULL, 0);
    CHECK(rn_engine_send(porch.stock.engine) == 1);
    porch_ask(porch.client, "four", A, 7); /* nothing was sent to 6 */
    CHECK(porch_reply_to(porch.client, 7) == 0 && rn_socket_unsent(porch.door) == 0);
    porch_stop(&porch);
}

/* Replies go out together; until they do, who waits for one is answered at its deadline. */
static void test_collected(void)
{
    enum { ASKED = 5 };
    struct porch porch;
    porch_start(&porch);
    for (unsigned id = 1; id <= ASKED; id++)
        porch_ask(porch.client, "claimed", A, id);
    for (unsigned id = 1; id < ASKED; id++)
        porch_put(&porch, porch_left(&porch, id), id);
    CHECK(porch_is_quiet(porch.client));
    CHECK(rn_engine_send(porch.stock.engine) == ASKED - 1);
    for (unsigned id = 1; id < ASKED; id++)
        CHECK(porch_reply_to(porch.client, id) == 0);
    porch_put(&porch, porch_left(&porch, ASKED), ASKED);
    rn_clock_drive(porch.stock.clock, STOCK_NOW_MS + 4300, STOCK_WALL_S);
    CHECK(porch_reply_to(porch.client, ASKED) == SERVFAIL);
    CHECK(rn_engine_send(porch.stock.engine) == 0 && porch_is_quiet(porch.client));
    porch_stop(&porch);
}

/* A reply leaves from the address that was queried. */
static void test_wildcard(void)
{
    struct porch porch;
    struct sockaddr_in address;
    int on = 1;
    porch_start(&porch);
    int fd = porch_bind("0.0.0.0", &address);
    CHECK(setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof on) == 0);
    struct rn_socket *door = rn_socket_new(fd);
    CHECK(porch_open(&porch, 1, door, true) == RN_OK);
    CHECK(inet_pton(AF_INET, "127.0.0.7", &address.sin_addr) == 1);
    int client = porch_client(&address); /* hears only 127.0.0.7 */
    porch_ask(client, "four", A, 1);
    CHECK(porch_reply_to(client, 1) == 0);
    porch_ask(client, "claimed", A, 2);
    CHECK(porch_reply(&porch, porch_left(&porch, 2), 2) && porch_reply_to(client, 2) == 0);
    rn_socket_drop(door);
    close(client);
    close(fd);
    porch_stop(&porch);
}

/* At its deadline a query gets SERVFAIL, or what is stale, and nobody answers it again. */
static void test_deadlines(void)
{
    struct porch porch;
    porch_start(&porch);
    porch_ask(porch.client, "claimed", A, 1);
    uint64_t ticket = porch_left(&porch, 1);
    rn_clock_drive(porch.stock.clock, STOCK_NOW_MS + 4240, STOCK_WALL_S);
    CHECK(poll(NULL, 0, 120) == 0 &&
          porch_is_quiet(porch.client)); /* the chain has a deadline of its own */
    rn_clock_drive(porch.stock.clock, STOCK_NOW_MS + 4300, STOCK_WALL_S);
    CHECK(porch_reply_to(porch.client, 1) == SERVFAIL);
    CHECK(!porch_reply(&porch, ticket, 1));
    rn_clock_drive(porch.stock.clock, STOCK_NOW_MS + 400000, STOCK_WALL_S);
    porch_ask(porch.client, "four", A, 2); /* its records have ended: the chain renews them */
    ticket = porch_left(&porch, 2);
    rn_clock_drive(porch.stock.clock, STOCK_NOW_MS + 405000, STOCK_WALL_S);
    uint8_t stale[RN_REPLY_ROOM];
    size_t length = porch_read(porch.client, 2, stale);
    CHECK(stale[3] == 0x80 && stale[7] == 4 && length > 16);
    CHECK(memcmp(stale + length - 10, "\0\0\0\36\0\4", 6) == 0); /* a TTL of 30 s, RFC 8767 */
    CHECK(!porch_reply(&porch, ticket, 2) && porch_is_quiet(porch.client));
    porch_stop(&porch);
}

/* More than can wait are turned away at once; what waits is answered all the same. */
static void test_places(void)
{
    enum { MANY = 100, PLACES = 64 };
    struct porch porch;
    unsigned refused = 0;
    porch_start(&porch);
    for (unsigned id = 0; id < MANY; id++)
        porch_ask(porch.client, "claimed", A, id);
    for (unsigned id = PLACES; id < MANY; id++, refused++)
        CHECK(porch_reply_to(porch.client, id) == SERVFAIL);
    CHECK(refused == MANY - PLACES);
    for (unsigned id = 0; id < PLACES; id++)
        CHECK(porch_reply(&porch, porch_left(&porch, id), id) &&
              porch_reply_to(porch.client, id) == 0);
    CHECK(porch_is_quiet(porch.client));
    porch_stop(&porch);
}

/* A reply goes out by the socket that its query came by, whoever has closed it since. */
static void test_late_replies(void)
{
    struct porch porch;
    porch_start(&porch);
    porch_ask(porch.client, "claimed", A, 1);
    uint64_t ticket = porch_left(&porch, 1);
    CHECK(rn_engine_shut(porch.stock.engine, 0, porch.door) == RN_OK);
    CHECK(rn_engine_shut(porch.stock.engine, 0, porch.door) == RN_OK); /* it is shut already */
    CHECK(rn_engine_shut(porch.stock.engine, LANES, porch.door) == RN_EVALUE);
    rn_socket_drop(porch.door);
    porch.door = NULL;
    close(porch.fd);
    porch.fd = -1;
    porch_ask(porch.client, "four", A, 2); /* nobody reads it */
    CHECK(porch_reply(&porch, ticket, 1) && porch_reply_to(porch.client, 1) == 0);
    porch_stop(&porch);
}

struct asking {
    struct porch *porch;
    unsigned rounds;
    pthread_t thread;
};

/* Ask in small batches, some of which the chain would answer; each is answered, in some way. */
static void *ask_on(void *arg)
{
    static const char *const labels[] = {"four", "text", "nowhere", "fail", "filtered", "secure"};
    struct asking *asking = arg;
    int client = porch_client(&asking->porch->address);
    for (unsigned round = 0; round < asking->rounds; round++) {
        for (unsigned i = 0; i < 6; i++)
            porch_ask(client, labels[i], i == 1 ? 16 : A, i);
        for (unsigned i = 0; i < 6; i++)
            CHECK(porch_reply_to(client, i) <= 3);
    }
    close(client);
    return NULL;
}

/* Plans change, sockets come and go while others ask: no query is lost, none has half a plan. */
static void test_changes(void)
{
    enum { ASKING = 3, ROUNDS = 150 };
    struct porch porch;
    struct asking asking[ASKING];
    struct sockaddr_in address;
    uint8_t in[600], out[RN_STREAM_ROOM];
    porch_start(&porch);
    for (size_t i = 0; i < ASKING; i++) {
        asking[i] = (struct asking){.porch = &porch, .rounds = ROUNDS};
        CHECK(pthread_create(&asking[i].thread, NULL, ask_on, &asking[i]) == 0);
    }
    size_t length = stock_query(in + 2, "four", A, 77);
    rn_put16(in, (unsigned)length);
    for (unsigned round = 0; round < 100; round++) {
        struct rn_connection connection = {.client = {.octets = {127, 0, 0, 1}, .family = 4},
                                           .messages = 9,
                                           .left_most = 9,
                                           .transport = RN_DO53_TCP};
        struct rn_stream stream;
        stock_set_plan(&porch.stock);
        rn_engine_answer_stream(porch.stock.engine, &connection, in, length + 2, out, sizeof out,
                                &stream);
        CHECK(stream.consumed == length + 2 && stream.written > length && stream.left_count == 0);
        int fd = porch_bind("127.0.0.1", &address), client = porch_client(&address);
        struct rn_socket *door = rn_socket_new(fd);
        for (unsigned id = 0; id < 70; id++)
            porch_ask(client, "four", A, id);
        CHECK(porch_open(&porch, round % LANES, door, false) == RN_OK);
        CHECK(rn_engine_shut(porch.stock.engine, round % LANES, door) == RN_OK);
        for (unsigned id = 0; id < 70; id++) /* what was there has been taken in */
            CHECK(porch_reply_to(client, id) == 0);
        rn_socket_drop(door);
        close(fd);
        close(client);
    }
    for (size_t i = 0; i < ASKING; i++)
        pthread_join(asking[i].thread, NULL);
    CHECK(rn_socket_unsent(porch.door) == 0);
    porch_stop(&porch);
}

/* Without a plan nothing is answered; an engine ends with queries that wait, and with more to come.
 */
static void test_ends(void)
{
    struct porch porch;
    porch_start(&porch);
    rn_plan_holder_set(porch.stock.holder, NULL);
    porch_ask(porch.client, "four", A, 1);
    CHECK(poll(NULL, 0, 50) == 0 && porch_is_quiet(porch.client));
    stock_set_plan(&porch.stock);
    for (unsigned id = 0; id < 20; id++)
        porch_ask(porch.client, "claimed", A, id);
    porch_left(&porch, 0);
    for (unsigned id = 0; id < 200; id++)
        porch_ask(porch.client, "four", A, id);
    porch_stop(&porch);
}

void lane_tests(void)
{
    test_answers();
    test_collected();
    test_wildcard();
    test_deadlines();
    test_places();
    test_late_replies();
    test_changes();
    test_ends();
}
