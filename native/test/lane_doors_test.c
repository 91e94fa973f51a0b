/* SPDX-License-Identifier: Apache-2.0 */
/* Doors of lanes: how many there may be, and sockets that are shut and handed over. */
#include "../engine.h"
#include "check.h"
#include "porch.h"
#include "tests.h"

#include <sys/resource.h>
#include <unistd.h>

/* A lane takes so many doors, and has room again once some are shut. */
static void test_doors(void)
{
    static struct rn_socket *doors[RN_DOORS_MAX];
    struct porch porch;
    struct sockaddr_in address;
    struct rlimit limit;
    porch_start(&porch);
    CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_max > RN_DOORS_MAX + 64);
    limit.rlim_cur = limit.rlim_max;
    CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    int fd = porch_bind("127.0.0.1", &address), client = porch_client(&address);
    for (size_t i = 1; i < RN_DOORS_MAX; i++) { /* one is the porch's */
        doors[i] = rn_socket_new(fd);
        CHECK(doors[i] && porch_open(&porch, 0, doors[i], false) == RN_OK);
    }
    doors[0] = rn_socket_new(fd);
    CHECK(porch_open(&porch, 0, doors[0], false) == RN_EFULL);
    porch_ask(client, "four", A, 8);
    CHECK(porch_reply_to(client, 8) == 0);
    CHECK(rn_engine_shut(porch.stock.engine, 0, doors[1]) == RN_OK);
    CHECK(atomic_load(&doors[0]->references) == 1 && atomic_load(&doors[1]->references) == 1);
    CHECK(porch_open(&porch, 0, doors[2], false) == RN_EVALUE); /* it has a door */
    CHECK(porch_open(&porch, 0, doors[0], false) == RN_OK);
    for (size_t i = 1; i < RN_DOORS_MAX; i++) /* also those that have no door any more */
        CHECK(rn_engine_shut(porch.stock.engine, 0, doors[i]) == RN_OK);
    porch_ask(client, "four", A, 9);
    CHECK(porch_reply_to(client, 9) == 0);
    for (size_t i = 0; i < RN_DOORS_MAX; i++)
        rn_socket_drop(doors[i]);
    close(client);
    close(fd);
    porch_stop(&porch);
}

/* A door that is shut while a query waits for its reply there is not looked at any more. */
static void test_shut_and_open(void)
{
    struct porch porch;
    porch_start(&porch);
    porch_ask(porch.client, "claimed", A, 1);
    uint64_t ticket = porch_left(&porch, 1); /* keeps the socket, and its descriptor */
    CHECK(rn_engine_shut(porch.stock.engine, 0, porch.door) == RN_OK);
    porch_ask(porch.client, "four", A, 2);
    CHECK(porch_is_quiet(porch.client));
    CHECK(porch_open(&porch, 1, porch.door, false) == RN_OK); /* handed over to another lane */
    CHECK(porch_reply_to(porch.client, 2) == 0);
    CHECK(porch_reply(&porch, ticket, 1) && porch_reply_to(porch.client, 1) == 0);
    CHECK(rn_engine_shut(porch.stock.engine, 1, porch.door) == RN_OK);
    CHECK(porch_open(&porch, 0, porch.door, false) == RN_OK);
    porch_ask(porch.client, "four", A, 3);
    CHECK(porch_reply_to(porch.client, 3) == 0);
    porch_stop(&porch);
}

void lane_doors_tests(void)
{
    test_doors();
    test_shut_and_open();
}
