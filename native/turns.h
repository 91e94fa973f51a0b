/* SPDX-License-Identifier: Apache-2.0 */
/* Whose turn it is: flights that wait for a slot in libunbound, suffix by suffix; see turns.c. */
#ifndef RN_TURNS_H
#define RN_TURNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RN_TURNS_BUCKETS = 8192 }; /* half as many as there may be flights */

struct rn_queue;

/* Something that waits, or holds a slot; a flight has it inside. */
struct rn_turn {
    struct rn_turn *next, *previous; /* in its queue */
    struct rn_queue *queue;          /* NULL: it neither waits nor holds a slot */
    bool has_slot;
};

struct rn_ring_of_queues {
    struct rn_queue *first, *last;
};

struct rn_turns {
    uint32_t slots;
    uint32_t taken;
    uint32_t waiting;
    uint32_t longest_search; /* how many suffixes were looked at to find one, at most so far */
    struct rn_ring_of_queues round;    /* suffixes that wait */
    struct rn_ring_of_queues at_share; /* those that wait and have their share */
    struct rn_queue *buckets[RN_TURNS_BUCKETS];
};

void rn_turns_init(struct rn_turns *turns, uint32_t slots);
void rn_turns_destroy(struct rn_turns *turns); /* nothing waits or holds a slot any more */

/* Queue a turn behind the others of its suffix; false: no memory. */
bool rn_turns_wait(struct rn_turns *turns, uint64_t suffix, struct rn_turn *turn);

/* Give a slot to the turn that is next and return it. NULL: nothing waits, all slots are taken, or each
 * suffix that waits has its share. */
struct rn_turn *rn_turns_next(struct rn_turns *turns);

/* Have a turn that has a slot wait again, in front of all of its suffix. */
void rn_turns_give_back(struct rn_turns *turns, struct rn_turn *turn);

/* Take a turn out: it waits no more, or its slot is free. */
void rn_turns_leave(struct rn_turns *turns, struct rn_turn *turn);

#endif
