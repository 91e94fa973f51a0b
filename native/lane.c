/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A lane: a thread with sockets of its own that receives, answers and sends batches.
 *
 *     wait -> receive <= 64 -> begin each (hash, prefetch) -> end each -> send all -> hand on the
 * rest
 *
 * Answers go out before misses and diverted questions are handed on, each kind in one batch. The
 * lane never waits for anybody: what finds no place is answered SERVFAIL at once. It takes no lock
 * but the store's, for one entry at a time, and those of the places that it hands questions on to.
 *
 * Where nothing but misses comes, quickly, and many are in flight, the lane lets some gather before it
 * looks again, as network cards do: each time that it wakes for a single one it may take the core from
 * the resolver thread, which is whom they wait for.
 *
 * Its sockets, and waiting for them, are doors.c's.
 */
#include "lane.h"

#include "clock.h"
#include "counts.h"
#include "datagrams.h"
#include "diverted.h"
#include "failure.h"
#include "missed.h"
#include "native.h"
#include "thread.h"

#include <stdlib.h>
#include <sys/prctl.h>

enum { TURN_BATCHES = 16, LAST_BATCHES = 64 };
enum { PATIENCE_MS = 4000 };
enum { GATHER_NS = 200000, QUICKLY_NS = 500000, MANY_WAITING = 32, TIMER_SLACK_NS = 1000 };

/* A query that was left of a batch: its place among those that wait, and in the batch. */
struct rn_left {
    uint64_t ticket;
    uint8_t index;
};

/* What came of looking at all doors once. */
struct rn_round {
    int64_t began_ns;
    size_t received;
    size_t missed; /* of these */
};

struct rn_lane {
    struct rn_lane_parts parts;
    pthread_t thread;
    struct rn_doors doors;
    struct rn_ready ready;
    struct rn_round round;
    int64_t missed_ns; /* when the round before this one began, if that was nothing but misses; else 0 */
    struct rn_datagrams *batch;
    struct rn_task tasks[RN_DATAGRAMS];
    struct rn_peer peers[RN_DATAGRAMS];
};

/* Answer that there is no room for another query. */
static void turn_away(struct rn_lane *lane, struct rn_task *task, const struct rn_peer *peer)
{
    struct rn_served *served = &task->served;
    struct rn_manner manner =
        rn_manner_of(rn_plan_refusing(served->plan, task->arrival.listener), &task->arrival);
    size_t length = rn_failure_render(task, RN_TOO_MANY, &manner, rn_datagrams_room(lane->batch));
    rn_datagrams_push(lane->batch, peer, length);
    served->block = served->zone = UINT16_MAX;
    served->rejection = RN_IN_FLIGHT;
    served->found = RN_NO_CACHE;
    served->access = RN_NO_ACL;
    rn_counts_add(lane->parts.answerer.counts, served);
}

/* How long a query may wait: what its block says. The chain has its own deadline, at which it knows
 * more to say; this one is for when it does not come to that. */
static int64_t patience_ms(const struct rn_task *task, bool is_miss)
{
    int64_t patience = task->route.block ? task->route.block->patience_ms : PATIENCE_MS;
    return is_miss ? patience : patience + RN_GRACE_MS;
}

/* Take back a query that was to wait, and answer it SERVFAIL. */
static void take_back(struct rn_lane *lane, struct rn_task *task, uint64_t ticket,
                      const struct rn_peer *peer)
{
    struct rn_waiting *waiting = rn_waitings_take(lane->parts.waitings, ticket);
    if (!waiting)
        return;
    rn_waiting_free(waiting);
    turn_away(lane, task, peer);
}

/* Leave questions to the chain. */
static void divert(struct rn_lane *lane, const struct rn_left *left, size_t count)
{
    struct rn_diverted *diverted = lane->parts.diverted;
    bool is_put[RN_DATAGRAMS];
    rn_diverted_begin(diverted);
    for (size_t i = 0; i < count; i++)
        is_put[i] = rn_diverted_put(diverted, left[i].ticket, &lane->tasks[left[i].index].arrival);
    rn_diverted_end(diverted);
    for (size_t i = 0; i < count; i++)
        if (!is_put[i])
            take_back(lane, &lane->tasks[left[i].index], left[i].ticket,
                      &lane->peers[left[i].index]);
}

/* Have misses wait for recursions. */
static void recurse(struct rn_lane *lane, const struct rn_left *left, size_t count, int64_t now_ms)
{
    struct rn_joining joining[RN_DATAGRAMS];
    for (size_t i = 0; i < count; i++)
        joining[i] =
            (struct rn_joining){.ticket = left[i].ticket, .task = &lane->tasks[left[i].index]};
    rn_missed_join(joining, count, now_ms);
    for (size_t i = 0; i < count; i++) {
        if (joining[i].outcome == RN_JOINED)
            continue;
        size_t length = rn_missed_refuse(&lane->parts.answerer, lane->parts.waitings, &joining[i],
                                         &lane->tasks[left[i].index],
                                         rn_datagrams_room(lane->batch));
        if (length > 0)
            rn_datagrams_push(lane->batch, &lane->peers[left[i].index], length);
    }
}

/* Hand on what is left of a batch: `left` are the numbers of tasks, of which each has an outcome.
 */
static void hand_on(struct rn_lane *lane, const struct rn_door *door, struct rn_plan *plan,
                    const uint8_t *left, size_t count, int64_t now_ms)
{
    struct rn_left diverted[RN_DATAGRAMS], missed[RN_DATAGRAMS];
    size_t diverted_count = 0, missed_count = 0;
    for (size_t i = 0; i < count; i++) {
        struct rn_task *task = &lane->tasks[left[i]];
        bool is_miss = task->outcome == RN_RECURSE;
        uint64_t ticket =
            rn_waitings_add(lane->parts.waitings, task, plan, door->socket, &lane->peers[left[i]],
                            now_ms + patience_ms(task, is_miss));
        if (ticket == 0)
            turn_away(lane, task, &lane->peers[left[i]]);
        else if (is_miss)
            missed[missed_count++] = (struct rn_left){ticket, left[i]};
        else
            diverted[diverted_count++] = (struct rn_left){ticket, left[i]};
    }
    if (missed_count > 0)
        recurse(lane, missed, missed_count, now_ms);
    if (diverted_count > 0)
        divert(lane, diverted, diverted_count);
    rn_datagrams_send(lane->batch, door->socket);
}

/* Receive and answer one batch; return how many messages it had. */
static size_t serve_batch(struct rn_lane *lane, const struct rn_door *door)
{
    struct rn_lane_parts *parts = &lane->parts;
    size_t count = rn_datagrams_receive(lane->batch, door->socket->fd, door->is_wildcard);
    if (count == 0)
        return 0;
    int64_t received_ns = rn_clock_now_ns(parts->clock);
    int64_t now_ms = received_ns / 1000000;
    struct rn_plan *plan = rn_plan_take(parts->holder);
    uint8_t left[RN_DATAGRAMS];
    size_t left_count = 0;
    lane->round.began_ns = received_ns;
    lane->round.received += count;
    for (size_t i = 0; i < count; i++) {
        struct rn_task *task = &lane->tasks[i];
        size_t length;
        const uint8_t *octets = rn_datagrams_octets(lane->batch, i, &length);
        if (!octets || !plan) {
            task->outcome = RN_SILENCE;
            task->is_settled = true;
            task->arrival.asked.octets = NULL;
            continue;
        }
        task->arrival.received_ms = now_ms;
        task->arrival.received_ns = received_ns;
        task->arrival.listener = door->listener;
        task->arrival.transport = RN_DO53_UDP;
        task->arrival.keepalive = 0;
        rn_datagrams_ends(lane->batch, i, door->is_wildcard, &door->local, &task->arrival,
                          &lane->peers[i]);
        rn_answer_begin(&parts->answerer, plan, task, octets, length);
    }
    for (size_t i = 0; i < count; i++)
        rn_answer_fetch(&parts->answerer, &lane->tasks[i]);
    int64_t duration_ns = rn_clock_now_ns(parts->clock) - received_ns;
    for (size_t i = 0; i < count; i++) {
        struct rn_task *task = &lane->tasks[i];
        size_t length = 0;
        if (task->is_settled && !task->arrival.asked.octets)
            continue;
        task->served.duration_ns = duration_ns;
        task->outcome = rn_answer_end(&parts->answerer, task, rn_datagrams_room(lane->batch),
                                      RN_REPLY_ROOM, &length);
        if (task->outcome == RN_REPLY)
            rn_datagrams_push(lane->batch, &lane->peers[i], length);
        else if (task->outcome != RN_SILENCE)
            left[left_count++] = (uint8_t)i;
        if (task->outcome == RN_RECURSE)
            lane->round.missed++;
    }
    rn_datagrams_send(lane->batch, door->socket);
    if (left_count > 0)
        hand_on(lane, door, plan, left, left_count, now_ms);
    if (plan)
        rn_plan_drop(plan);
    return count;
}

/* Serve what is there at one door, for some batches: others want their turn. Return whether that was all:
 * a batch that is not full was the last. (Where the system ended one early, for want of memory, the next
 * datagram brings the rest: it is news of the socket.) */
static bool serve(struct rn_lane *lane, const struct rn_door *door, int batches)
{
    while (batches-- > 0)
        if (serve_batch(lane, door) < RN_DATAGRAMS)
            return true;
    return false;
}

/* Let misses gather, if that is all there is to be had; an order ends it. */
static void gather(struct rn_lane *lane)
{
    struct rn_round round = lane->round;
    bool are_misses = round.received > 0 && round.missed == round.received;
    bool is_quick = round.began_ns - lane->missed_ns < QUICKLY_NS;
    lane->round = (struct rn_round){.received = 0};
    lane->missed_ns = are_misses ? round.began_ns : 0;
    if (are_misses && is_quick && round.received < RN_DATAGRAMS &&
        rn_waitings_count(lane->parts.waitings) >= MANY_WAITING)
        rn_doors_rest(&lane->doors, GATHER_NS);
}

/* Take in what has arrived at doors that are to be shut, and forget them. */
static void shut_leaving(struct rn_lane *lane)
{
    struct rn_door *door;
    while ((door = rn_doors_leaving(&lane->doors))) {
        serve(lane, door, LAST_BATCHES);
        rn_doors_forget(&lane->doors, door);
    }
}

static void *run(void *arg)
{
    struct rn_lane *lane = arg;
    struct rn_ready *ready = &lane->ready;
    prctl(PR_SET_TIMERSLACK, TIMER_SLACK_NS); /* else GATHER_NS is 50 us longer */
    do {
        rn_doors_wait(&lane->doors, ready);
        for (size_t i = 0; i < ready->count; i++)
            if (!serve(lane, ready->doors[i], TURN_BATCHES))
                rn_doors_again(&lane->doors, ready->doors[i]);
        gather(lane);
        if (ready->is_called)
            shut_leaving(lane);
    } while (!ready->is_called || !rn_doors_are_ending(&lane->doors));
    return NULL;
}

static void release(struct rn_lane *lane)
{
    rn_doors_destroy(&lane->doors);
    rn_datagrams_free(lane->batch);
    free(lane);
}

struct rn_lane *rn_lane_new(const struct rn_lane_parts *parts)
{
    struct rn_lane *lane = calloc(1, sizeof *lane);
    if (!lane)
        return NULL;
    lane->parts = *parts;
    int status = rn_doors_init(&lane->doors);
    lane->batch = rn_datagrams_new();
    if (status == RN_OK && lane->batch && rn_thread_start(&lane->thread, "lane", run, lane) == 0)
        return lane;
    release(lane);
    return NULL;
}

void rn_lane_free(struct rn_lane *lane)
{
    if (!lane)
        return;
    rn_doors_end(&lane->doors);
    pthread_join(lane->thread, NULL);
    release(lane);
}

int rn_lane_open(struct rn_lane *lane, const struct rn_door *door)
{
    return rn_doors_open(&lane->doors, door);
}

void rn_lane_shut(struct rn_lane *lane, const struct rn_socket *socket)
{
    rn_doors_shut(&lane->doors, socket);
}
