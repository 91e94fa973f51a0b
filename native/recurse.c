/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A resolver thread and what stands between it and its callers.
 *
 *     free --submit--> inbox --thread--> libunbound --callback--> outbox --drain--> free
 *
 * There is memory for all queries from the start, and every query that was begun is in one of these
 * places; every ring has room for all of them. So what is outstanding is bounded by their number, submit
 * says "not taken" when none is free, and the outbox cannot overflow, however slowly it is drained. A
 * query is begun when none is free: those that are never needed at once are never touched.
 *
 * Results of flights go to who asked (asker.h) at once; those that Python waits for as well
 * are "owed": copies of their own in the outbox, so that what Python is slow to drain holds no query.
 *
 * The thread runs one event base: the inbox's eventfd and libunbound's sockets and timers. Signals
 * are blocked in it; they are the main thread's.
 */
#include "recurse.h"

#include "thread.h"
#include "wake.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

enum { CAPACITY_MAX = 65536, OWED_MAX = 65536 };

static void count(struct rn_recurse *recurse, const struct rn_query *query)
{
    if (query->question.group >= RN_GROUPS)
        return;
    struct rn_counters *counters = &recurse->counters[query->question.group];
    if (query->result.rcode == 2)
        atomic_fetch_add(&counters->failed, 1);
    atomic_fetch_add(&counters->completed, 1);
}

size_t rn_recurse_take(struct rn_recurse *recurse, void **queries, size_t count)
{
    bool left;
    size_t taken = rn_ring_pop(&recurse->free, queries, count, &left);
    size_t begun = atomic_load(&recurse->begun);
    while (taken < count && begun < recurse->capacity) {
        if (!atomic_compare_exchange_weak(&recurse->begun, &begun, begun + 1))
            continue;
        recurse->queries[begun].recurse = recurse;
        queries[taken++] = &recurse->queries[begun++];
    }
    return taken;
}

void rn_recurse_recycle(struct rn_recurse *recurse, struct rn_query *query)
{
    void *item = query;
    bool was_empty;
    count(recurse, query);
    query->flight = NULL;
    rn_ring_push(&recurse->free, &item, 1, &was_empty);
}

void rn_recurse_wake(struct rn_recurse *recurse)
{
    if (atomic_exchange(&recurse->is_asleep, false))
        rn_wake_set(recurse->inbox_fd);
}

/* Have the asker do what is left to do, and wake Python if there is something for it. */
static void flush(struct rn_recurse *recurse)
{
    struct rn_asker *asker = atomic_load(&recurse->asker);
    if (asker)
        asker->flush(asker->flights);
    if (recurse->has_finished)
        rn_wake_set(recurse->library->wake_fd);
    recurse->has_finished = false;
}

/* Put a query with its result into the outbox. It has room for all. */
static void put_out(struct rn_recurse *recurse, struct rn_query *query)
{
    void *item = query;
    bool was_empty;
    rn_ring_push(&recurse->outbox, &item, 1, &was_empty);
    recurse->has_finished = recurse->has_finished || was_empty;
}

void rn_recurse_deliver(struct rn_query *owed)
{
    put_out(owed->recurse, owed);
}

void rn_recurse_finish(struct rn_recurse *recurse, struct rn_query *query)
{
    count(recurse, query);
    put_out(recurse, query);
}

struct rn_query *rn_recurse_owe(struct rn_recurse *recurse)
{
    if (atomic_fetch_add(&recurse->owed, 1) < OWED_MAX) {
        struct rn_query *owed = calloc(1, sizeof *owed);
        if (owed) {
            owed->recurse = recurse;
            owed->is_owed = true;
            return owed;
        }
    }
    atomic_fetch_sub(&recurse->owed, 1);
    return NULL;
}

void rn_recurse_forgive(struct rn_query *owed)
{
    atomic_fetch_sub(&owed->recurse->owed, 1);
    free(owed->payload);
    free(owed);
}

static int obey(struct rn_recurse *recurse, struct rn_command *command)
{
    switch (command->kind) {
    case RN_CONFIGURE:
        return rn_groups_configure(&recurse->groups, command->group, command->texts,
                                   command->message);
    case RN_FLUSH:
        return rn_groups_flush(&recurse->groups, command->group, command->message);
    case RN_REMOVE:
        return rn_groups_remove(&recurse->groups, command->group);
    case RN_STOP:
        recurse->is_ending = true;
        return RN_OK;
    }
    return RN_OK;
}

/* Ask a batch of what was submitted; return whether some is left. */
static bool ask_batch(struct rn_recurse *recurse)
{
    void *batch[RN_BATCH];
    bool left;
    size_t count = rn_ring_pop(&recurse->inbox, batch, RN_BATCH, &left);
    for (size_t i = 0; i < count; i++)
        rn_query_ask(batch[i]);
    return left;
}

/* Somebody has woken the thread, maybe with a command. */
static void on_wake(evutil_socket_t fd, short what, void *arg)
{
    struct rn_recurse *recurse = arg;
    struct rn_command *command;
    (void)what;
    rn_recurse_stay_awake(recurse);
    rn_wake_clear(fd);
    while ((command = rn_commands_take(&recurse->commands))) {
        /* What was submitted before the command was given is asked before it is obeyed. */
        while (ask_batch(recurse))
            ;
        rn_commands_finish(&recurse->commands, command, obey(recurse, command));
    }
}

/* Whether there is something to do before events are waited for. */
static bool has_work(struct rn_recurse *recurse)
{
    struct rn_asker *asker = atomic_load(&recurse->asker);
    return !rn_ring_is_empty(&recurse->inbox) || (asker && atomic_load(&asker->is_due));
}

/*
 * Ask a batch, have libunbound look at its sockets, and so on. Nobody wakes the thread while it is
 * awake: it says that it is about to wait, and looks once more.
 */
static void serve(struct rn_recurse *recurse)
{
    while (!recurse->is_ending) {
        bool left = ask_batch(recurse);
        flush(recurse);
        if (!left) {
            atomic_store(&recurse->is_asleep, true);
            left = has_work(recurse);
        }
        event_base_loop(recurse->base, left ? EVLOOP_NONBLOCK : EVLOOP_ONCE);
        rn_recurse_stay_awake(recurse);
        flush(recurse);
    }
}

static void *run(void *arg)
{
    struct rn_recurse *recurse = arg;
    void *query;
    bool left;
    serve(recurse);
    rn_ring_close(&recurse->inbox);
    while (rn_ring_pop(&recurse->inbox, &query, 1, &left) == 1)
        rn_query_fail(query, RN_ECLOSED, "the resolver has ended");
    rn_groups_clear(&recurse->groups);
    flush(recurse);
    rn_commands_close(&recurse->commands);
    return NULL;
}

static int start_thread(struct rn_recurse *recurse)
{
    if (rn_thread_start(&recurse->thread, "resolver", run, recurse) != 0)
        return RN_ESYSTEM;
    recurse->is_running = true;
    return RN_OK;
}

static int init_queries(struct rn_recurse *recurse, size_t capacity)
{
    recurse->queries = calloc(capacity, sizeof *recurse->queries);
    if (!recurse->queries || rn_ring_init(&recurse->free, capacity) != RN_OK ||
        rn_ring_init(&recurse->inbox, capacity) != RN_OK ||
        rn_ring_init(&recurse->outbox, capacity + OWED_MAX) != RN_OK)
        return RN_ENOMEM;
    recurse->capacity = capacity;
    return RN_OK;
}

static int init_events(struct rn_recurse *recurse, uint32_t drain_ms)
{
    recurse->inbox_fd = rn_wake_new();
    if (recurse->inbox_fd < 0)
        return RN_ESYSTEM;
    recurse->base = event_base_new();
    if (!recurse->base)
        return RN_ENOMEM;
    if (rn_groups_init(&recurse->groups, recurse->library, recurse->base, drain_ms) != RN_OK)
        return RN_ENOMEM;
    recurse->inbox_event =
        event_new(recurse->base, recurse->inbox_fd, EV_READ | EV_PERSIST, on_wake, recurse);
    if (!recurse->inbox_event || event_add(recurse->inbox_event, NULL) != 0)
        return RN_ENOMEM;
    return RN_OK;
}

/* Free owed queries that nobody has drained. */
static void forgive_all(struct rn_recurse *recurse)
{
    void *query;
    bool left;
    for (size_t i = recurse->drained_first; i < recurse->drained_count; i++)
        if (recurse->drained[i]->is_owed)
            rn_recurse_forgive(recurse->drained[i]);
    while (recurse->outbox.slots && rn_ring_pop(&recurse->outbox, &query, 1, &left) == 1)
        if (((struct rn_query *)query)->is_owed)
            rn_recurse_forgive(query);
}

/* Release all that is there; after a failure in the midst of rn_recurse_new, not all is. */
static void release(struct rn_recurse *recurse)
{
    forgive_all(recurse);
    for (size_t i = 0; i < recurse->begun; i++)
        free(recurse->queries[i].payload);
    if (recurse->inbox_event)
        event_free(recurse->inbox_event);
    rn_groups_destroy(&recurse->groups);
    if (recurse->base)
        event_base_free(recurse->base);
    if (recurse->inbox_fd >= 0)
        close(recurse->inbox_fd);
    rn_commands_destroy(&recurse->commands);
    rn_ring_destroy(&recurse->outbox);
    rn_ring_destroy(&recurse->inbox);
    rn_ring_destroy(&recurse->free);
    free(recurse->queries);
    free(recurse);
}

struct rn_recurse *rn_recurse_new(struct rn_library *library, size_t capacity, uint32_t drain_ms)
{
    if (capacity < 1 || capacity > CAPACITY_MAX)
        return NULL;
    struct rn_recurse *recurse = calloc(1, sizeof *recurse);
    if (!recurse)
        return NULL;
    recurse->library = library;
    recurse->inbox_fd = -1;
    rn_commands_init(&recurse->commands);
    if (init_queries(recurse, capacity) == RN_OK && init_events(recurse, drain_ms) == RN_OK &&
        start_thread(recurse) == RN_OK)
        return recurse;
    release(recurse);
    return NULL;
}

void rn_recurse_close(struct rn_recurse *recurse)
{
    struct rn_command stop = {.kind = RN_STOP};
    if (!recurse->is_running)
        return;
    rn_commands_run(&recurse->commands, &stop, recurse->inbox_fd);
    pthread_join(recurse->thread, NULL);
    recurse->is_running = false;
}

void rn_recurse_free(struct rn_recurse *recurse)
{
    if (!recurse)
        return;
    rn_recurse_close(recurse);
    release(recurse);
}
