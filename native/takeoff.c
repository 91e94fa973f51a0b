/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which flights begin: the groups take turns, and within each its suffixes (turns.c).
 *
 *     turns[group] --a slot--> batch --> the resolver thread's inbox
 *
 * Slots are counted twice: of each group, and of all together, since they share a thread. What
 * finds no room in the inbox is tried again when something lands.
 */
#include "takeoff.h"

#include "recurse.h"

#include <stddef.h>
#include <string.h>

/* The next flight of any group, the groups in turn. */
static struct rn_flight *next_flight(struct rn_flights *flights)
{
    for (uint32_t i = 0; i < flights->groups; i++) {
        uint32_t group = (flights->next_group + i) % flights->groups;
        struct rn_turns *turns = flights->turns[group];
        struct rn_turn *turn = turns && turns->waiting > 0 ? rn_turns_next(turns) : NULL;
        if (turn) {
            flights->next_group = group + 1;
            return (struct rn_flight *)((char *)turn - offsetof(struct rn_flight, turn));
        }
    }
    return NULL;
}

/* Have a flight wait for its turn again. */
static void give_back(struct rn_flights *flights, struct rn_flight *flight)
{
    rn_turns_give_back(flights->turns[flight->group], &flight->turn);
    flights->begun--;
}

static void set_question(struct rn_query *query, struct rn_flight *flight)
{
    struct rn_question *question = &query->question;
    query->flight = flight;
    question->ticket = flight->number;
    question->group = flight->group;
    question->qtype = flight->qtype;
    question->qclass = flight->qclass;
    question->context = flight->renew == 1; /* not the one whose cached data must not serve */
    question->qname_length = flight->qname_length;
    memcpy(question->qname, flight->qname, flight->qname_length);
}

/* Ask for flights, from the front; return for how many. */
static size_t ask(struct rn_recurse *recurse, struct rn_flight *const *flights, size_t count)
{
    void *queries[RN_BATCH];
    count = rn_recurse_take(recurse, queries, count);
    for (size_t i = 0; i < count; i++)
        set_question(queries[i], flights[i]);
    return rn_recurse_put(recurse, queries, count);
}

void rn_flights_begin(struct rn_flights *flights)
{
    struct rn_flight *batch[RN_BATCH];
    size_t count, taken;
    do {
        struct rn_flight *flight;
        count = 0;
        while (flights->recurse && count < RN_BATCH && flights->count > flights->begun &&
               flights->begun < flights->limits.slots && (flight = next_flight(flights))) {
            flights->begun++;
            batch[count++] = flight;
        }
        taken = count > 0 ? ask(flights->recurse, batch, count) : 0;
        for (size_t i = taken; i < count; i++)
            give_back(flights, batch[i]);
    } while (count == RN_BATCH && taken == count);
}
