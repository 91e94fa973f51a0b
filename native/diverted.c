/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions on their way from C threads to Python.
 *
 *     octets  [ ... | record record record | ... ]      first -> the oldest, end -> behind the newest
 *
 * Records are copies, so that a query that meets its deadline on the way can be freed. A mutex, taken
 * once a batch. Full means that Python has not looked for very long: who puts answers by itself then.
 */
#include "diverted.h"

#include "native.h"
#include "wake.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int rn_diverted_init(struct rn_diverted *diverted, size_t size)
{
    *diverted = (struct rn_diverted){.lock = PTHREAD_MUTEX_INITIALIZER, .size = size};
    diverted->wake_fd = rn_wake_new();
    if (diverted->wake_fd < 0)
        return RN_ESYSTEM;
    diverted->octets = malloc(size);
    return diverted->octets ? RN_OK : RN_ENOMEM;
}

void rn_diverted_destroy(struct rn_diverted *diverted)
{
    if (diverted->size == 0)
        return;
    if (diverted->wake_fd >= 0)
        close(diverted->wake_fd);
    free(diverted->octets);
    pthread_mutex_destroy(&diverted->lock);
}

void rn_diverted_begin(struct rn_diverted *diverted)
{
    pthread_mutex_lock(&diverted->lock);
}

static void set_end(struct rn_end *end, const struct rn_address *address)
{
    memcpy(end->octets, address->octets, sizeof end->octets);
    end->scope = address->scope;
    end->port = address->port;
    end->family = address->family;
    end->unused = 0;
}

bool rn_diverted_put(struct rn_diverted *diverted, uint64_t ticket, const struct rn_arrival *arrival)
{
    struct rn_question_diverted head = {
        .ticket = ticket,
        .received_ms = arrival->received_ms,
        .length = arrival->asked.length,
        .listener = arrival->listener,
        .transport = arrival->transport,
    };
    set_end(&head.client, &arrival->client);
    set_end(&head.local, &arrival->local);
    size_t size = (sizeof head + head.length + 7) / 8 * 8;
    if (size > diverted->size - diverted->end && diverted->first > 0) {
        memmove(diverted->octets, diverted->octets + diverted->first,
                diverted->end - diverted->first);
        diverted->end -= diverted->first;
        diverted->first = 0;
    }
    if (size > diverted->size - diverted->end)
        return false;
    uint8_t *at = diverted->octets + diverted->end;
    memcpy(at, &head, sizeof head);
    memcpy(at + sizeof head, arrival->asked.octets, head.length);
    memset(at + sizeof head + head.length, 0, size - sizeof head - head.length);
    diverted->is_to_wake = diverted->is_to_wake || diverted->first == diverted->end;
    diverted->end += size;
    return true;
}

void rn_diverted_end(struct rn_diverted *diverted)
{
    bool is_to_wake = diverted->is_to_wake;
    diverted->is_to_wake = false;
    pthread_mutex_unlock(&diverted->lock);
    if (is_to_wake) /* Python finds the whole batch, and the lock open */
        rn_wake_set(diverted->wake_fd);
}

/* The octets of the whole records that fit into `size`, at most RN_BATCH of them. */
static size_t whole_records(const struct rn_diverted *diverted, size_t size)
{
    size_t at = diverted->first;
    for (int i = 0; i < RN_BATCH && at < diverted->end; i++) {
        struct rn_question_diverted head;
        memcpy(&head, diverted->octets + at, sizeof head);
        size_t next = at + (sizeof head + head.length + 7) / 8 * 8;
        if (next - diverted->first > size)
            break;
        at = next;
    }
    return at - diverted->first;
}

size_t rn_diverted_drain(struct rn_diverted *diverted, uint8_t *out, size_t size)
{
    rn_wake_clear(diverted->wake_fd);
    pthread_mutex_lock(&diverted->lock);
    size_t moved = whole_records(diverted, size);
    memcpy(out, diverted->octets + diverted->first, moved);
    diverted->first += moved;
    if (diverted->first == diverted->end)
        diverted->first = diverted->end = 0;
    else
        rn_wake_set(diverted->wake_fd);
    pthread_mutex_unlock(&diverted->lock);
    return moved;
}
