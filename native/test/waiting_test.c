/* SPDX-License-Identifier: Apache-2.0 */
/* Queries that wait: each is answered once, by who takes it or at its deadline; sockets outlive them. */
#include "../waiting.h"

#include "../clock.h"
#include "../native.h"
#include "../plan.h"
#include "check.h"
#include "tests.h"

#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { NOW_MS = 5000000, MANY = 20000, MANY_OCTETS = 30 << 20 };

struct hall {
    struct rn_clock *clock;
    struct rn_waitings *waitings;
    struct rn_plan *plan;
    struct rn_socket *socket;
    atomic_uint expired;
    atomic_uint_least64_t last; /* ID of the one that expired last */
    atomic_uint_least64_t other; /* a ticket that the first one to expire takes; 0: none */
    atomic_uint others;          /* how many were there to be taken so */
    uint8_t query[29];
    struct rn_task task;
};

static void expire(void *arg, struct rn_waiting *waiting)
{
    struct hall *hall = arg;
    uint64_t ticket = atomic_exchange(&hall->other, 0);
    struct rn_waiting *other = ticket ? rn_waitings_take(hall->waitings, ticket) : NULL;
    if (other) {
        atomic_fetch_add(&hall->others, 1);
        rn_waiting_free(other);
    }
    atomic_store(&hall->last, waiting->task.arrival.asked.id);
    atomic_fetch_add(&hall->expired, 1);
    rn_waiting_free(waiting);
}

static void hall_start(struct hall *hall, size_t capacity)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    memset(hall, 0, sizeof *hall);
    memcpy(hall->query, "\0\0\1\0\0\1\0\0\0\0\0\0\7example\3org\0\0\1\0\1", sizeof hall->query);
    hall->clock = rn_clock_new();
    rn_clock_drive(hall->clock, NOW_MS, 0);
    hall->waitings = rn_waitings_new(capacity, hall->clock, expire, hall);
    hall->plan = rn_plan_new(1, 1);
    hall->socket = rn_socket_new(fd);
    CHECK(hall->waitings && hall->plan && hall->socket);
    close(fd);
    CHECK(rn_asked_read(&hall->task.arrival.asked, hall->query, sizeof hall->query) ==
          RN_READ_QUERY);
}

static void hall_stop(struct hall *hall)
{
    rn_waitings_free(hall->waitings);
    CHECK(atomic_load(&hall->plan->references) == 1);
    CHECK(atomic_load(&hall->socket->references) == 1);
    rn_plan_drop(hall->plan);
    rn_socket_drop(hall->socket);
    rn_clock_free(hall->clock);
}

static uint64_t add(struct hall *hall, unsigned id, int64_t deadline_ms)
{
    struct rn_peer peer = {.address_length = sizeof(struct sockaddr_in)};
    hall->task.arrival.asked.id = (uint16_t)id;
    return rn_waitings_add(hall->waitings, &hall->task, hall->plan, hall->socket, &peer,
                           deadline_ms);
}

static void wait_for_expired(struct hall *hall, unsigned count)
{
    for (int i = 0; atomic_load(&hall->expired) < count; i++) {
        CHECK(i < 30000);
        poll(NULL, 0, 1);
    }
}

static void test_tickets(void)
{
    struct hall hall;
    hall_start(&hall, 2);
    uint64_t one = add(&hall, 1, NOW_MS + 10), two = add(&hall, 2, NOW_MS + 10);
    CHECK(one != 0 && two != 0 && one != two);
    CHECK(add(&hall, 3, NOW_MS + 10) == 0); /* there is no place */
    CHECK(!rn_waitings_take(hall.waitings, 0) && !rn_waitings_take(hall.waitings, UINT64_MAX));
    struct rn_waiting *waiting = rn_waitings_take(hall.waitings, one);
    CHECK(waiting && waiting->task.arrival.asked.id == 1);
    CHECK(waiting->task.arrival.asked.octets == waiting->octets);
    CHECK(memcmp(waiting->octets, hall.query, sizeof hall.query) == 0);
    rn_waiting_free(waiting);
    CHECK(!rn_waitings_take(hall.waitings, one));
    uint64_t three = add(&hall, 3, NOW_MS + 10);
    CHECK(three != 0 && three != one && !rn_waitings_take(hall.waitings, one));
    hall_stop(&hall); /* with two that wait */
}

/* Not a moment before the deadline, and in order; also where it is past, or further than the wheel goes
 * round. */
static void test_deadlines(void)
{
    static const int64_t deadlines[] = {1, 15, 16, 17, 4000, 16383, 16384, 16385, 60000, 600000};
    enum { COUNT = sizeof deadlines / sizeof deadlines[0] };
    struct hall hall;
    hall_start(&hall, 64);
    for (unsigned i = COUNT; i-- > 0;)
        CHECK(add(&hall, i, NOW_MS + deadlines[i]) != 0);
    poll(NULL, 0, 120);
    CHECK(atomic_load(&hall.expired) == 0);
    for (unsigned i = 0; i < COUNT; i++) {
        rn_clock_drive(hall.clock, NOW_MS + deadlines[i] - 1, 0);
        poll(NULL, 0, 60);
        CHECK(atomic_load(&hall.expired) == i);
        rn_clock_drive(hall.clock, NOW_MS + deadlines[i], 0);
        wait_for_expired(&hall, i + 1);
        CHECK(atomic_load(&hall.last) == i);
    }
    CHECK(add(&hall, 99, NOW_MS) != 0);
    wait_for_expired(&hall, COUNT + 1);
    for (unsigned i = 0; i < 3; i++)
        CHECK(add(&hall, 100 + i, NOW_MS + 700000 + i * 5000) != 0);
    rn_clock_drive(hall.clock, NOW_MS + 10000000, 0); /* the machine has slept */
    wait_for_expired(&hall, COUNT + 4);
    hall_stop(&hall);
}

static size_t resident_octets(void)
{
    unsigned long size, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    CHECK(file && fscanf(file, "%lu %lu", &size, &resident) == 2);
    fclose(file);
    return (size_t)resident * (size_t)sysconf(_SC_PAGESIZE);
}

/* Places that nobody has had take no memory, which would be 100 MiB of them; an emulator takes some. */
static void test_unused_places(void)
{
    struct hall hall;
    size_t before = resident_octets();
    hall_start(&hall, 1 << 20);
    CHECK(add(&hall, 1, NOW_MS + 4000) != 0);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    CHECK(resident_octets() - before < 4 << 20);
#else
    (void)before;
#endif
    hall_stop(&hall);
}

static void test_memory(void)
{
    struct hall hall;
    hall_start(&hall, MANY);
    size_t before = resident_octets();
    for (unsigned i = 0; i < MANY; i++)
        CHECK(add(&hall, i, NOW_MS + 4000) != 0);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    CHECK(resident_octets() - before < MANY_OCTETS);
#else
    (void)before;
#endif
    rn_clock_drive(hall.clock, NOW_MS + 4000, 0);
    wait_for_expired(&hall, MANY);
    hall_stop(&hall);
}

/* Messages of a size that nobody needs take no more than 16 MiB, and no place from others. */
static void test_long_messages(void)
{
    static uint8_t longest[UINT16_MAX];
    struct hall hall;
    uint64_t tickets[MANY], last = 0;
    unsigned count = 0;
    hall_start(&hall, MANY);
    memcpy(longest, hall.query, sizeof hall.query);
    CHECK(rn_asked_read(&hall.task.arrival.asked, longest, sizeof longest) == RN_READ_QUERY);
    while (count < MANY && (tickets[count] = add(&hall, count, NOW_MS + 4000)) != 0)
        count++;
    CHECK(count == (16 << 20) / UINT16_MAX);
    CHECK(rn_asked_read(&hall.task.arrival.asked, longest, 1023) == RN_READ_QUERY);
    CHECK((last = add(&hall, 0, NOW_MS + 4000)) != 0);
    CHECK(rn_asked_read(&hall.task.arrival.asked, longest, sizeof longest) == RN_READ_QUERY);
    CHECK(add(&hall, 0, NOW_MS + 4000) == 0);
    rn_waiting_free(rn_waitings_take(hall.waitings, last));
    CHECK(add(&hall, 0, NOW_MS + 4000) == 0);
    rn_waiting_free(rn_waitings_take(hall.waitings, tickets[0]));
    CHECK(add(&hall, 0, NOW_MS + 4000) != 0);
    rn_clock_drive(hall.clock, NOW_MS + 4000, 0);
    wait_for_expired(&hall, count);
    CHECK(add(&hall, 0, NOW_MS + 8000) != 0);
    hall_stop(&hall);
}

/* However many are due at once: some are answered before others are so much as looked at, oldest first. */
static void test_many_due(void)
{
    struct hall hall;
    uint64_t ticket = 0;
    hall_start(&hall, MANY);
    for (unsigned i = 0; i < MANY; i++)
        CHECK((ticket = add(&hall, i, NOW_MS + 4000)) != 0);
    atomic_store(&hall.other, ticket);
    rn_clock_drive(hall.clock, NOW_MS + 4000, 0);
    wait_for_expired(&hall, MANY - 1);
    CHECK(atomic_load(&hall.others) == 1 && atomic_load(&hall.last) == MANY - 2);
    hall_stop(&hall);
}

struct taker {
    struct hall *hall;
    _Atomic(uint64_t) *tickets;
    atomic_uint *taken;
};

static void *take_all(void *arg)
{
    struct taker *taker = arg;
    for (unsigned i = 0; i < MANY; i++) {
        uint64_t ticket;
        while ((ticket = atomic_load(&taker->tickets[i])) == 0)
            ;
        struct rn_waiting *waiting = rn_waitings_take(taker->hall->waitings, ticket);
        if (!waiting)
            continue;
        atomic_fetch_add(taker->taken, 1);
        rn_waiting_free(waiting);
    }
    return NULL;
}

/* Two take what a third adds, while deadlines pass: each goes to one of the three. */
static void test_contest(void)
{
    struct hall hall;
    pthread_t threads[2];
    atomic_uint taken = 0;
    _Atomic(uint64_t) *tickets = calloc(MANY, sizeof *tickets);
    CHECK(tickets);
    hall_start(&hall, MANY);
    struct taker taker = {&hall, tickets, &taken};
    for (int i = 0; i < 2; i++)
        CHECK(pthread_create(&threads[i], NULL, take_all, &taker) == 0);
    for (unsigned i = 0; i < MANY; i++) {
        uint64_t ticket = add(&hall, i, NOW_MS + i / 10);
        CHECK(ticket != 0);
        atomic_store(&tickets[i], ticket);
        if (i % 100 == 0)
            rn_clock_drive(hall.clock, NOW_MS + i / 10, 0);
    }
    for (int i = 0; i < 2; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    wait_for_expired(&hall, MANY - atomic_load(&taken));
    CHECK(atomic_load(&hall.expired) + atomic_load(&taken) == MANY);
    hall_stop(&hall);
    free(tickets);
}

void waiting_tests(void)
{
    test_tickets();
    test_deadlines();
    test_unused_places();
    test_memory();
    test_many_due();
    test_long_messages();
    test_contest();
}
