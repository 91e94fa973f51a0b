/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Queries that wait for their answer, and their deadlines.
 *
 *     places   [ waiting | free | waiting | new ]    ticket = generation of the place, its number
 *     wheel    [ slot | slot | ... ]                 each a queue of queries, by their deadline
 *
 * One mutex. The watch sleeps until the first slot that has somebody is due, 16 ms a slot; a deadline
 * further away than the wheel goes round comes up again with each turn. Of those that are due the watch
 * takes a few at a time with the mutex held, so that lanes need not wait for all of a flood. Who takes a query out of the
 * table, the watch or whoever has its answer, answers and frees it: it is answered once.
 *
 * Places are used again before a new one is begun, so that those that are never needed at once are
 * never touched, and take no memory.
 *
 * Limits: the places, and 16 MiB for messages of 1 KiB and more, which no resolver sends: the places
 * full of the longest ones would be 2 GiB.
 */
#define _GNU_SOURCE
#include "waiting.h"

#include "clock.h"
#include "thread.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { SLOTS = 1024, SLOT_MS = 16, LOOK_MS = 50, DUE_AT_ONCE = 256 };
enum { LONG_OCTETS = 16 << 20 }; /* what messages of RN_LONG and more have together */

enum { NOBODY = UINT32_MAX };

struct place {
    struct rn_waiting *waiting; /* NULL: free */
    uint32_t generation;        /* 0: not used yet */
    uint32_t next_free;
};

/* In the order in which they came. */
struct slot {
    struct rn_waiting *first, *last;
};

struct rn_waitings {
    pthread_mutex_t lock;
    pthread_cond_t wanted; /* somebody waits, or it is time to end */
    pthread_t thread;
    const struct rn_clock *clock;
    rn_expire *expire;
    void *arg;
    struct place *places;
    uint32_t capacity;
    uint32_t used;       /* places that are, or were, somebody's */
    uint32_t first_free; /* of these; NOBODY: none */
    atomic_uint count;   /* changed with the lock held */
    size_t long_octets;  /* of messages that wait and are RN_LONG or longer */
    int64_t looked_slot; /* all before it have been looked at */
    bool is_ending;
    struct slot slots[SLOTS];
};

/* What a message takes of LONG_OCTETS. */
static size_t long_octets_of(const struct rn_task *task)
{
    return task->arrival.asked.length < RN_LONG ? 0 : task->arrival.asked.length;
}

static struct slot *slot_of(struct rn_waitings *waitings, int64_t deadline_ms)
{
    return &waitings->slots[(uint64_t)(deadline_ms / SLOT_MS) % SLOTS];
}

/* Take a query out of wheel and table. The lock is held. */
static void unlink_waiting(struct rn_waitings *waitings, struct rn_waiting *waiting)
{
    struct slot *slot = slot_of(waitings, waiting->deadline_ms);
    if (waiting->next)
        waiting->next->previous = waiting->previous;
    else
        slot->last = waiting->previous;
    if (waiting->previous)
        waiting->previous->next = waiting->next;
    else
        slot->first = waiting->next;
    waiting->next = waiting->previous = NULL;
    uint32_t number = (uint32_t)waiting->ticket;
    struct place *place = &waitings->places[number];
    place->waiting = NULL;
    if (++place->generation == 0) /* a place may be taken so often within a day */
        place->generation = 1;
    place->next_free = waitings->first_free;
    waitings->first_free = number;
    waitings->count--;
    waitings->long_octets -= long_octets_of(&waiting->task);
}

/* Move some of what is due out of one slot, the oldest; NULL: nothing is. The lock is held. */
static struct rn_waiting *take_due(struct rn_waitings *waitings, int64_t slot, int64_t now_ms)
{
    struct rn_waiting *due = NULL, **last = &due, *next;
    unsigned count = 0;
    for (struct rn_waiting *at = waitings->slots[(uint64_t)slot % SLOTS].first;
         at && count < DUE_AT_ONCE; at = next) {
        next = at->next;
        if (at->deadline_ms > now_ms)
            continue;
        unlink_waiting(waitings, at);
        *last = at;
        last = &at->next;
        count++;
    }
    return due;
}

/* Answer whose deadline has passed; the lock is held, but for the answering. */
static void look(struct rn_waitings *waitings)
{
    int64_t now_ms = rn_clock_now_ms(waitings->clock), slot = now_ms / SLOT_MS;
    if (slot - waitings->looked_slot > SLOTS)
        waitings->looked_slot = slot - SLOTS;
    while (waitings->looked_slot <= slot) {
        struct rn_waiting *due = take_due(waitings, waitings->looked_slot, now_ms);
        if (!due) {
            waitings->looked_slot++;
            continue;
        }
        pthread_mutex_unlock(&waitings->lock);
        while (due) {
            struct rn_waiting *next = due->next;
            due->next = NULL;
            waitings->expire(waitings->arg, due);
            due = next;
        }
        pthread_mutex_lock(&waitings->lock);
    }
    waitings->looked_slot = slot; /* the present one is not over */
}

static void *watch(void *arg)
{
    struct rn_waitings *waitings = arg;
    pthread_mutex_lock(&waitings->lock);
    while (!waitings->is_ending) {
        if (waitings->count == 0) {
            pthread_cond_wait(&waitings->wanted, &waitings->lock);
            continue;
        }
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += LOOK_MS * 1000000L;
        until.tv_sec += until.tv_nsec / 1000000000L;
        until.tv_nsec %= 1000000000L;
        pthread_cond_timedwait(&waitings->wanted, &waitings->lock, &until);
        look(waitings);
    }
    pthread_mutex_unlock(&waitings->lock);
    return NULL;
}

static void release(struct rn_waitings *waitings)
{
    pthread_mutex_destroy(&waitings->lock);
    pthread_cond_destroy(&waitings->wanted);
    free(waitings->places);
    free(waitings);
}

struct rn_waitings *rn_waitings_new(size_t capacity, const struct rn_clock *clock, rn_expire *expire,
                                    void *arg)
{
    if (capacity < 1 || capacity > UINT32_MAX / 2)
        return NULL;
    struct rn_waitings *waitings = calloc(1, sizeof *waitings);
    if (!waitings)
        return NULL;
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&waitings->wanted, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&waitings->lock, NULL);
    waitings->clock = clock;
    waitings->expire = expire;
    waitings->arg = arg;
    waitings->capacity = (uint32_t)capacity;
    waitings->looked_slot = rn_clock_now_ms(clock) / SLOT_MS;
    waitings->places = calloc(capacity, sizeof *waitings->places);
    waitings->first_free = NOBODY;
    if (waitings->places && rn_thread_start(&waitings->thread, "watch", watch, waitings) == 0)
        return waitings;
    release(waitings);
    return NULL;
}

void rn_waitings_free(struct rn_waitings *waitings)
{
    if (!waitings)
        return;
    pthread_mutex_lock(&waitings->lock);
    waitings->is_ending = true;
    pthread_cond_signal(&waitings->wanted);
    pthread_mutex_unlock(&waitings->lock);
    pthread_join(waitings->thread, NULL);
    for (uint32_t i = 0; i < waitings->used; i++)
        if (waitings->places[i].waiting)
            rn_waiting_free(waitings->places[i].waiting);
    release(waitings);
}

/* A copy of a task with its message; not in the table yet. */
static struct rn_waiting *copy(const struct rn_task *task, struct rn_plan *plan,
                               struct rn_socket *socket, const struct rn_peer *peer)
{
    size_t length = task->arrival.asked.length;
    struct rn_waiting *waiting = malloc(sizeof *waiting + length);
    if (!waiting)
        return NULL;
    waiting->next = waiting->previous = NULL;
    waiting->plan = rn_plan_keep(plan);
    waiting->socket = socket;
    rn_socket_keep(socket);
    waiting->peer = *peer;
    waiting->task = *task;
    memcpy(waiting->octets, task->arrival.asked.octets, length);
    waiting->task.arrival.asked.octets = waiting->octets;
    waiting->task.key.qname = waiting->task.arrival.asked.qname;
    waiting->task.served.arrival = &waiting->task.arrival;
    waiting->task.served.plan = waiting->plan;
    return waiting;
}

/* Return the number of a place, which is nobody's any more. There is one; the lock is held. */
static uint32_t take_place(struct rn_waitings *waitings)
{
    uint32_t number = waitings->first_free;
    if (number == NOBODY) {
        number = waitings->used++;
        waitings->places[number].generation = 1;
    } else {
        waitings->first_free = waitings->places[number].next_free;
    }
    return number;
}

uint64_t rn_waitings_add(struct rn_waitings *waitings, const struct rn_task *task,
                         struct rn_plan *plan, struct rn_socket *socket,
                         const struct rn_peer *peer, int64_t deadline_ms)
{
    struct rn_waiting *waiting = copy(task, plan, socket, peer);
    if (!waiting)
        return 0;
    pthread_mutex_lock(&waitings->lock);
    size_t long_octets = long_octets_of(task);
    if (waitings->count == waitings->capacity ||
        (long_octets > 0 && waitings->long_octets + long_octets > LONG_OCTETS)) {
        pthread_mutex_unlock(&waitings->lock);
        rn_waiting_free(waiting);
        return 0;
    }
    uint32_t number = take_place(waitings);
    struct place *place = &waitings->places[number];
    place->waiting = waiting;
    waiting->ticket = (uint64_t)place->generation << 32 | number;
    int64_t first_ms = waitings->looked_slot * SLOT_MS; /* what is earlier is due all the same */
    waiting->deadline_ms = deadline_ms > first_ms ? deadline_ms : first_ms;
    deadline_ms = waiting->deadline_ms;
    struct slot *slot = slot_of(waitings, deadline_ms);
    waiting->previous = slot->last;
    if (slot->last)
        slot->last->next = waiting;
    else
        slot->first = waiting;
    slot->last = waiting;
    waitings->long_octets += long_octets;
    if (waitings->count++ == 0)
        pthread_cond_signal(&waitings->wanted);
    uint64_t ticket = waiting->ticket;
    pthread_mutex_unlock(&waitings->lock);
    return ticket;
}

size_t rn_waitings_count(struct rn_waitings *waitings)
{
    return atomic_load_explicit(&waitings->count, memory_order_relaxed);
}

/* The query that waits under a ticket, NULL: none. The lock is held. */
static struct rn_waiting *find(const struct rn_waitings *waitings, uint64_t ticket)
{
    uint32_t number = (uint32_t)ticket;
    if (number >= waitings->capacity ||
        waitings->places[number].generation != (uint32_t)(ticket >> 32))
        return NULL;
    return waitings->places[number].waiting;
}

struct rn_plan *rn_waitings_plan(struct rn_waitings *waitings, uint64_t ticket,
                                 const struct rn_block **block)
{
    struct rn_plan *plan = NULL;
    pthread_mutex_lock(&waitings->lock);
    const struct rn_waiting *waiting = find(waitings, ticket);
    if (waiting && waiting->task.key.partition) {
        plan = rn_plan_keep(waiting->plan);
        *block = waiting->task.route.block;
    }
    pthread_mutex_unlock(&waitings->lock);
    return plan;
}

struct rn_waiting *rn_waitings_take(struct rn_waitings *waitings, uint64_t ticket)
{
    pthread_mutex_lock(&waitings->lock);
    struct rn_waiting *waiting = find(waitings, ticket);
    if (waiting)
        unlink_waiting(waitings, waiting);
    pthread_mutex_unlock(&waitings->lock);
    return waiting;
}

void rn_waiting_free(struct rn_waiting *waiting)
{
    rn_plan_drop(waiting->plan);
    rn_socket_drop(waiting->socket);
    free(waiting);
}
