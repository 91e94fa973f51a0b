/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who waits for recursions in flight.
 *
 *     flight -> party -> party ...       each: waiter -> waiter ...
 *     roll   waiters of all flights by ticket, in buckets
 *
 * What comes of a flight is made once for each party, however many are in it, and however they take
 * turns in coming; there are as many parties as pairs of a variant and a block, and one for those of the
 * chain that answer by themselves. Who leaves is found in the roll: flights that all of a network wait for
 * are left by all at once.
 *
 * The first party of a flight, and who waits while nobody else does, have their room in it.
 */
#include "waiters.h"

#include "recurse.h"

#include <stdlib.h>

struct rn_party *rn_party_of(struct rn_flight *flight, const struct rn_wish *wish)
{
    struct rn_party **link = &flight->parties;
    while (*link && ((*link)->block != wish->block || (*link)->variant != wish->variant))
        link = &(*link)->next;
    if (*link) {
        (*link)->is_rd = (*link)->is_rd || wish->is_rd;
        return *link;
    }
    struct rn_party *party = flight->parties ? malloc(sizeof *party) : &flight->own_party;
    if (!party)
        return NULL;
    *party = (struct rn_party){
        .flight = flight,
        .plan = wish->plan ? rn_plan_keep(wish->plan) : NULL,
        .block = wish->block,
        .variant = wish->variant,
        .is_rd = wish->is_rd,
    };
    return *link = party;
}

/* Whether it is told of the one result for all of the chain's that bring no query. */
static bool shares_result(const struct rn_waiter *waiter)
{
    return waiter->is_chain && waiter->query == 0;
}

static struct rn_waiter **bucket_of(struct rn_flights *flights, uint64_t ticket)
{
    return &flights->roll[ticket % RN_FLIGHT_BUCKETS]; /* the low bits differ: places, or in turn */
}

struct rn_waiter *rn_waiter_add(struct rn_flights *flights, struct rn_party *party,
                                const struct rn_waiter *copied)
{
    struct rn_flight *flight = party->flight;
    struct rn_waiter *waiter = flight->own.party ? malloc(sizeof *waiter) : &flight->own;
    struct rn_waiter **bucket = bucket_of(flights, copied->ticket);
    if (!waiter)
        return NULL;
    *waiter = *copied;
    waiter->next = NULL;
    waiter->previous = party->last;
    waiter->next_in_roll = *bucket;
    waiter->party = party;
    *bucket = waiter;
    if (party->last)
        party->last->next = waiter;
    else
        party->first = waiter;
    party->last = waiter;
    flight->waiting++;
    flight->waiting_chain += shares_result(waiter);
    rn_caps_enter(&flights->caps, waiter->client, flight->suffix);
    return waiter;
}

struct rn_waiter *rn_waiter_find(struct rn_flights *flights, uint64_t ticket)
{
    struct rn_waiter *waiter = *bucket_of(flights, ticket);
    uint32_t looked = 1;
    for (; waiter && waiter->ticket != ticket; looked++)
        waiter = waiter->next_in_roll;
    if (looked > flights->longest_search)
        flights->longest_search = looked;
    return waiter;
}

/* Take one off the roll, and count it no more. */
static void strike(struct rn_flights *flights, struct rn_waiter *waiter)
{
    struct rn_waiter **link = bucket_of(flights, waiter->ticket);
    while (*link != waiter)
        link = &(*link)->next_in_roll;
    *link = waiter->next_in_roll;
    rn_caps_leave(&flights->caps, waiter->client, waiter->party->flight->suffix);
}

static void free_waiter(struct rn_flight *flight, struct rn_waiter *waiter)
{
    waiter->party = NULL;
    if (waiter->owed)
        rn_recurse_forgive(waiter->owed);
    waiter->owed = NULL;
    if (waiter != &flight->own)
        free(waiter);
}

void rn_waiter_remove(struct rn_flights *flights, struct rn_waiter *waiter)
{
    struct rn_party *party = waiter->party;
    strike(flights, waiter);
    if (waiter->next)
        waiter->next->previous = waiter->previous;
    else
        party->last = waiter->previous;
    if (waiter->previous)
        waiter->previous->next = waiter->next;
    else
        party->first = waiter->next;
    party->flight->waiting--;
    party->flight->waiting_chain -= shares_result(waiter);
    free_waiter(party->flight, waiter);
}

void rn_waiters_forget(struct rn_flights *flights, struct rn_flight *flight)
{
    for (struct rn_party *party = flight->parties; party; party = party->next)
        for (struct rn_waiter *waiter = party->first; waiter; waiter = waiter->next)
            strike(flights, waiter);
}

void rn_waiters_free(struct rn_flight *flight)
{
    while (flight->parties) {
        struct rn_party *party = flight->parties;
        flight->parties = party->next;
        while (party->first) {
            struct rn_waiter *waiter = party->first;
            party->first = waiter->next;
            free_waiter(flight, waiter);
        }
        rn_plan_drop(party->plan);
        if (party != &flight->own_party)
            free(party);
    }
}
