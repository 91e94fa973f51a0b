/* SPDX-License-Identifier: Apache-2.0 */
/* The doors of a lane: what a wait tells of them, few or many, and how they come and go. */
#include "../doors.h"

#include "../native.h"
#include "check.h"
#include "tests.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <unistd.h>

enum { MOST = 2 * RN_DOORS_FEW + 1 };

/* Doors of a lane that is the test itself, and a client for each. */
struct row {
    struct rn_doors doors;
    struct rn_socket *sockets[MOST];
    int clients[MOST];
    size_t count;
};

static void add(struct row *row)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int client = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0);
    CHECK(getsockname(fd, (struct sockaddr *)&address, &length) == 0);
    CHECK(client >= 0 && connect(client, (struct sockaddr *)&address, sizeof address) == 0);
    struct rn_socket *made = rn_socket_new(fd);
    struct rn_door door = {.socket = made, .listener = (uint16_t)row->count};
    CHECK(made && rn_doors_open(&row->doors, &door) == RN_OK);
    CHECK(rn_doors_open(&row->doors, &door) == RN_EVALUE);
    close(fd);
    row->sockets[row->count] = made;
    row->clients[row->count++] = client;
}

static void row_start(struct row *row, size_t count)
{
    CHECK(rn_doors_init(&row->doors) == RN_OK);
    for (row->count = 0; row->count < count;)
        add(row);
}

static void row_stop(struct row *row)
{
    rn_doors_destroy(&row->doors);
    for (size_t i = 0; i < row->count; i++) {
        CHECK(atomic_load(&row->sockets[i]->references) == 1);
        rn_socket_drop(row->sockets[i]);
        close(row->clients[i]);
    }
}

/* See what was opened. */
static void look(struct row *row)
{
    struct rn_ready ready;
    rn_doors_wait(&row->doors, &ready);
    CHECK(ready.is_called && ready.count == 0);
}

static void tell(struct row *row, size_t number)
{
    CHECK(send(row->clients[number], "", 0, 0) == 0);
}

static void take(struct row *row, size_t number)
{
    uint8_t octet;
    CHECK(recv(row->sockets[number]->fd, &octet, 1, MSG_DONTWAIT) == 0);
}

/* Wait; return the one door that has something. */
static struct rn_door *only(struct row *row)
{
    struct rn_ready ready;
    rn_doors_wait(&row->doors, &ready);
    CHECK(!ready.is_called && ready.count == 1);
    return ready.doors[0];
}

/* Each door that has something is told of, and again as long as something is left and that is asked. */
static void test_told(size_t count)
{
    struct row row;
    row_start(&row, count);
    look(&row);
    for (size_t i = 0; i < count; i++) {
        tell(&row, i);
        tell(&row, i);
        struct rn_door *door = only(&row);
        CHECK(door->listener == i);
        take(&row, i);
        rn_doors_again(&row.doors, door);
        CHECK(only(&row) == door);
        take(&row, i);
        rn_doors_again(&row.doors, door); /* nothing is left: the next wait is for the next door */
    }
    row_stop(&row);
}

/* What came to a door while there were few is told of when there are many. */
static void test_growing(void)
{
    struct row row;
    struct rn_ready ready;
    row_start(&row, RN_DOORS_FEW);
    look(&row);
    tell(&row, 1);
    add(&row);
    rn_doors_wait(&row.doors, &ready);
    CHECK(ready.is_called && ready.count == 1 && ready.doors[0]->listener == 1);
    CHECK(only(&row) == ready.doors[0]);
    take(&row, 1);
    tell(&row, RN_DOORS_FEW);
    CHECK(only(&row)->listener == RN_DOORS_FEW);
    row_stop(&row);
}

static void *shut_all(void *arg)
{
    struct row *row = arg;
    for (size_t i = 0; i < row->count; i++)
        rn_doors_shut(&row->doors, row->sockets[i]);
    return NULL;
}

/* Doors are shut one by one, many and few, and what has come to the others is told of. */
static void test_shutting(void)
{
    struct row row;
    struct rn_ready ready;
    pthread_t thread;
    row_start(&row, MOST);
    look(&row);
    CHECK(pthread_create(&thread, NULL, shut_all, &row) == 0);
    for (size_t shut = 0; shut < MOST;) {
        struct rn_door *door;
        rn_doors_wait(&row.doors, &ready);
        CHECK(ready.is_called);
        while ((door = rn_doors_leaving(&row.doors))) {
            CHECK(door->socket == row.sockets[shut++]);
            rn_doors_forget(&row.doors, door);
            if (shut < MOST) {
                tell(&row, MOST - 1);
                rn_doors_wait(&row.doors, &ready);
                CHECK(ready.count == 1 && ready.doors[0]->listener == MOST - 1);
                take(&row, MOST - 1);
            }
        }
    }
    pthread_join(thread, NULL);
    CHECK(row.doors.count == 0 && row.doors.leaving == 0 && !row.doors.are_many);
    rn_doors_end(&row.doors);
    look(&row);
    CHECK(rn_doors_are_ending(&row.doors));
    row_stop(&row);
}

/* A rest is ended by a call, not by what comes to a door. */
static void test_rest(void)
{
    struct row row;
    row_start(&row, 1);
    rn_doors_rest(&row.doors, 999999999);
    look(&row);
    tell(&row, 0);
    rn_doors_rest(&row.doors, 1);
    CHECK(only(&row)->listener == 0);
    row_stop(&row);
}

void doors_tests(void)
{
    test_told(1);
    test_told(RN_DOORS_FEW);
    test_told(MOST);
    test_growing();
    test_shutting();
    test_rest();
}
