/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the present plan stands for all threads, and who has a plan.
 *
 *     holder -> plan <- each query that waits for an answer
 *
 * A plan (making.c) is counted: whoever takes it from the holder has a reference. The last one
 * frees it.
 */
#include "plan.h"

#include "counts.h"
#include "references.h"

#include <pthread.h>
#include <stdlib.h>

struct rn_plan_holder {
    pthread_mutex_t lock;
    struct rn_plan *plan;
};

struct rn_plan *rn_plan_keep(struct rn_plan *plan)
{
    rn_refer(&plan->references);
    return plan;
}

void rn_plan_drop(struct rn_plan *plan)
{
    if (!plan || !rn_unrefer(&plan->references))
        return;
    rn_ledger_end(plan->ledger);
    while (plan->held) {
        struct rn_held *held = plan->held;
        plan->held = held->next;
        held->release(held->thing);
        free(held);
    }
    free(plan);
}

struct rn_plan_holder *rn_plan_holder_new(void)
{
    struct rn_plan_holder *holder = calloc(1, sizeof *holder);
    if (holder)
        pthread_mutex_init(&holder->lock, NULL);
    return holder;
}

void rn_plan_holder_free(struct rn_plan_holder *holder)
{
    if (!holder)
        return;
    rn_plan_drop(holder->plan);
    pthread_mutex_destroy(&holder->lock);
    free(holder);
}

void rn_plan_holder_set(struct rn_plan_holder *holder, struct rn_plan *plan)
{
    pthread_mutex_lock(&holder->lock);
    struct rn_plan *before = holder->plan;
    holder->plan = plan;
    pthread_mutex_unlock(&holder->lock);
    rn_plan_drop(before);
}

struct rn_plan *rn_plan_take(struct rn_plan_holder *holder)
{
    pthread_mutex_lock(&holder->lock);
    struct rn_plan *plan = holder->plan ? rn_plan_keep(holder->plan) : NULL;
    pthread_mutex_unlock(&holder->lock);
    return plan;
}
