/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What other threads ask of a resolver thread: questions in, results out, orders, counts.
 *
 * Nothing here touches a context; a question or an order is left for the thread, a result is what
 * the thread has left.
 */
#include "recurse.h"
#include "wake.h"

#include <assert.h>
#include <stdio.h>

size_t rn_recurse_put(struct rn_recurse *recurse, void **queries, size_t count)
{
    bool was_empty;
    for (size_t i = 0; i < count; i++) { /* before one may be answered */
        uint32_t group = ((const struct rn_query *)queries[i])->question.group;
        if (group < RN_GROUPS)
            atomic_fetch_add(&recurse->counters[group].submitted, 1);
    }
    size_t taken = rn_ring_push(&recurse->inbox, queries, count, &was_empty);
    if (taken > 0)
        rn_recurse_wake(recurse);
    /* The inbox has room for all queries; it takes none once the thread has ended. */
    for (size_t i = taken; i < count; i++) {
        struct rn_query *query = queries[i];
        query->flight = NULL;
        if (query->question.group < RN_GROUPS)
            atomic_fetch_sub(&recurse->counters[query->question.group].submitted, 1);
    }
    if (taken < count)
        rn_ring_push(&recurse->free, queries + taken, count - taken, &was_empty);
    return taken;
}

size_t rn_recurse_submit(struct rn_recurse *recurse, const struct rn_question *questions,
                         size_t count)
{
    void *batch[RN_BATCH];
    count = rn_recurse_take(recurse, batch, count < RN_BATCH ? count : RN_BATCH);
    for (size_t i = 0; i < count; i++)
        ((struct rn_query *)batch[i])->question = questions[i];
    return rn_recurse_put(recurse, batch, count);
}

/* Have something in `drained`, or nothing is finished. *left: the outbox may have more. */
static void refill(struct rn_recurse *recurse, bool *left)
{
    void *batch[RN_BATCH];
    *left = true;
    if (recurse->drained_first < recurse->drained_count)
        return;
    recurse->drained_first = 0;
    recurse->drained_count = rn_ring_pop(&recurse->outbox, batch, RN_BATCH, left);
    for (size_t i = 0; i < recurse->drained_count; i++)
        recurse->drained[i] = batch[i];
}

size_t rn_recurse_drain(struct rn_recurse *recurse, uint8_t *out, size_t size)
{
    void *written[RN_BATCH];
    size_t used = 0, count = 0;
    bool left, was_empty;
    assert(size >= RN_DRAIN_SIZE);
    refill(recurse, &left);
    while (recurse->drained_first < recurse->drained_count) {
        struct rn_query *query = recurse->drained[recurse->drained_first];
        size_t record = rn_query_record_size(query);
        if (record > size - used) {
            left = true;
            break;
        }
        rn_query_write_record(query, out + used);
        used += record;
        recurse->drained_first++;
        if (query->is_owed)
            rn_recurse_forgive(query);
        else
            written[count++] = query;
    }
    rn_ring_push(&recurse->free, written, count, &was_empty);
    if (left)
        rn_wake_set(recurse->library->wake_fd);
    return used;
}

static int order(struct rn_recurse *recurse, struct rn_command *command)
{
    int status = rn_commands_run(&recurse->commands, command, recurse->inbox_fd);
    if (command->message && command->message[0] == '\0' && status != RN_OK)
        snprintf(command->message, RN_MESSAGE_SIZE, "%s",
                 status == RN_ECLOSED  ? "the resolver has ended"
                 : status == RN_EGROUP ? "no such group of contexts"
                                       : "out of memory");
    return status;
}

int rn_recurse_configure(struct rn_recurse *recurse, uint32_t group, const char *first,
                         size_t first_length, const char *second, size_t second_length,
                         char *message)
{
    struct rn_command command = {
        .kind = RN_CONFIGURE,
        .group = group,
        .texts = {{.octets = first, .length = first_length},
                  {.octets = second, .length = second_length}},
        .message = message,
    };
    message[0] = '\0';
    return order(recurse, &command);
}

int rn_recurse_flush(struct rn_recurse *recurse, uint32_t group, char *message)
{
    struct rn_command command = {.kind = RN_FLUSH, .group = group, .message = message};
    message[0] = '\0';
    return order(recurse, &command);
}

int rn_recurse_remove(struct rn_recurse *recurse, uint32_t group)
{
    struct rn_command command = {.kind = RN_REMOVE, .group = group};
    return order(recurse, &command);
}

int rn_recurse_stats(struct rn_recurse *recurse, uint32_t group, struct rn_stats *stats)
{
    if (group >= RN_GROUPS)
        return RN_EGROUP;
    struct rn_counters *counters = &recurse->counters[group];
    /* What is completed is read first: it is never more than what was submitted by then. */
    stats->completed = atomic_load(&counters->completed);
    stats->failed = atomic_load(&counters->failed);
    stats->submitted = atomic_load(&counters->submitted);
    stats->contexts = atomic_load(&recurse->groups.counts[group]);
    return RN_OK;
}
