/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose turn it is: resolver/recursion/turns.py.
 *
 *     buckets -> queue of a suffix -> turn -> turn ...       held: slots that the suffix has
 *     round      queues that wait, in the order of their turns
 *     at_share   queues that wait, but hold a tenth of all slots while half of them are taken
 *
 * The suffixes take turns, so that a flood of names below one of them delays nobody else. Whoever uses
 * it has the lock.
 */
#include "turns.h"

#include <stdlib.h>

struct rn_queue {
    uint64_t suffix;
    struct rn_queue *next_in_bucket;
    struct rn_queue *next, *previous; /* in `ring` */
    struct rn_ring_of_queues *ring;   /* round or at_share; NULL: nothing of it waits */
    struct rn_turn *first, *last;     /* that wait */
    uint32_t held;
};

static void append(struct rn_ring_of_queues *ring, struct rn_queue *queue)
{
    queue->ring = ring;
    queue->next = NULL;
    queue->previous = ring->last;
    if (ring->last)
        ring->last->next = queue;
    else
        ring->first = queue;
    ring->last = queue;
}

static void take_out(struct rn_queue *queue)
{
    struct rn_ring_of_queues *ring = queue->ring;
    if (!ring)
        return;
    if (queue->previous)
        queue->previous->next = queue->next;
    else
        ring->first = queue->next;
    if (queue->next)
        queue->next->previous = queue->previous;
    else
        ring->last = queue->previous;
    queue->ring = NULL;
}

static struct rn_queue **bucket_of(struct rn_turns *turns, uint64_t suffix)
{
    return &turns->buckets[(suffix >> 1) % RN_TURNS_BUCKETS]; /* the last bit is always 1 */
}

void rn_turns_init(struct rn_turns *turns, uint32_t slots)
{
    *turns = (struct rn_turns){.slots = slots > 0 ? slots : 1};
}

void rn_turns_destroy(struct rn_turns *turns)
{
    for (size_t i = 0; i < RN_TURNS_BUCKETS; i++)
        while (turns->buckets[i]) {
            struct rn_queue *queue = turns->buckets[i];
            turns->buckets[i] = queue->next_in_bucket;
            free(queue);
        }
}

/* Let go of a queue of which nothing waits or holds a slot. */
static void forget_if_idle(struct rn_turns *turns, struct rn_queue *queue)
{
    if (queue->first)
        return;
    take_out(queue);
    if (queue->held > 0)
        return;
    struct rn_queue **link = bucket_of(turns, queue->suffix);
    while (*link != queue)
        link = &(*link)->next_in_bucket;
    *link = queue->next_in_bucket;
    free(queue);
}

bool rn_turns_wait(struct rn_turns *turns, uint64_t suffix, struct rn_turn *turn)
{
    struct rn_queue **bucket = bucket_of(turns, suffix), *queue = *bucket;
    uint32_t looked = 1;
    for (; queue && queue->suffix != suffix; looked++)
        queue = queue->next_in_bucket;
    if (looked > turns->longest_search)
        turns->longest_search = looked;
    if (!queue) {
        queue = calloc(1, sizeof *queue);
        if (!queue)
            return false;
        queue->suffix = suffix;
        queue->next_in_bucket = *bucket;
        *bucket = queue;
    }
    *turn = (struct rn_turn){.queue = queue, .previous = queue->last};
    if (queue->last)
        queue->last->next = turn;
    else
        queue->first = turn;
    queue->last = turn;
    turns->waiting++;
    if (!queue->ring)
        append(&turns->round, queue);
    return true;
}

/* Take a turn out of those that wait. */
static void unqueue(struct rn_turns *turns, struct rn_turn *turn)
{
    struct rn_queue *queue = turn->queue;
    if (turn->previous)
        turn->previous->next = turn->next;
    else
        queue->first = turn->next;
    if (turn->next)
        turn->next->previous = turn->previous;
    else
        queue->last = turn->previous;
    turn->next = turn->previous = NULL;
    turns->waiting--;
}

static uint32_t share_of(const struct rn_turns *turns)
{
    return turns->slots >= 10 ? turns->slots / 10 : 1;
}

struct rn_turn *rn_turns_next(struct rn_turns *turns)
{
    if (turns->taken >= turns->slots)
        return NULL;
    bool is_tight = turns->taken * 2 >= turns->slots;
    struct rn_queue *queue;
    while (!is_tight && (queue = turns->at_share.first)) {
        take_out(queue);
        append(&turns->round, queue);
    }
    while ((queue = turns->round.first)) {
        take_out(queue);
        if (is_tight && queue->held >= share_of(turns)) {
            append(&turns->at_share, queue);
            continue;
        }
        struct rn_turn *turn = queue->first;
        unqueue(turns, turn);
        turn->has_slot = true;
        queue->held++;
        turns->taken++;
        if (queue->first)
            append(&turns->round, queue);
        return turn;
    }
    return NULL;
}

/* A slot of a suffix is free. */
static void free_slot(struct rn_turns *turns, struct rn_turn *turn)
{
    struct rn_queue *queue = turn->queue;
    turn->has_slot = false;
    queue->held--;
    turns->taken--;
    if (queue->ring == &turns->at_share && queue->held < share_of(turns)) {
        take_out(queue);
        append(&turns->round, queue);
    }
}

void rn_turns_give_back(struct rn_turns *turns, struct rn_turn *turn)
{
    struct rn_queue *queue = turn->queue;
    free_slot(turns, turn);
    turn->previous = NULL;
    turn->next = queue->first;
    if (queue->first)
        queue->first->previous = turn;
    else
        queue->last = turn;
    queue->first = turn;
    turns->waiting++;
    if (!queue->ring)
        append(&turns->round, queue);
}

void rn_turns_leave(struct rn_turns *turns, struct rn_turn *turn)
{
    struct rn_queue *queue = turn->queue;
    if (!queue)
        return;
    if (turn->has_slot)
        free_slot(turns, turn);
    else
        unqueue(turns, turn);
    turn->queue = NULL;
    forget_if_idle(turns, queue);
}
