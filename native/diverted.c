/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions on their way from C threads to Python.
 *
 *     octets  [ ... | record record record | ... ]      first -> the oldest, end -> behind the newest
 *             [ record | ... | record record | . ]      once it is wrapped: end is before first
 *
 * Records are copies, so that a query that meets its deadline on the way can be freed; each stands in
 * one piece. A mutex, taken once a batch. Full means that Python has not looked for very long: who puts
 * answers by itself then.
 *
 * Limits: the room, and an eighth of it for messages of 1 KiB and more, which no resolver sends: a few
 * of the longest ones would leave nothing to others.
 */
#include "diverted.h"

#include "native.h"
#include "wake.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LONG_SHARE = 8 }; /* what part of the room long messages have: one of so many */

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

static size_t record_size(size_t length)
{
    return (sizeof(struct rn_question_diverted) + length + 7) / 8 * 8;
}

static bool is_empty(const struct rn_diverted *diverted)
{
    return diverted->first == diverted->end && !diverted->is_wrapped;
}

/* Return where a record of this size is to stand, SIZE_MAX: there is no room for it. */
static size_t find_room(struct rn_diverted *diverted, size_t size)
{
    size_t behind = (diverted->is_wrapped ? diverted->first : diverted->size) - diverted->end;
    if (size <= behind)
        return diverted->end;
    if (diverted->is_wrapped || size > diverted->first)
        return SIZE_MAX;
    diverted->edge = diverted->end;
    diverted->is_wrapped = true;
    return 0;
}

bool rn_diverted_put(struct rn_diverted *diverted, uint64_t ticket, const struct rn_arrival *arrival)
{
    const struct rn_asked *asked = &arrival->asked;
    struct rn_question_diverted head = {
        .ticket = ticket,
        .received_ms = arrival->received_ms,
        .length = asked->length,
        .listener = arrival->listener,
        .id = asked->id,
        .flags = asked->flags,
        .qtype = asked->qtype,
        .qclass = asked->qclass,
        .payload_size = asked->payload_size,
        .edns_flags = asked->edns_flags,
        .options_at = asked->options_at,
        .options_length = asked->options_length,
        .qname_length = asked->qname_length,
        .has_edns = asked->has_edns,
        .transport = arrival->transport,
    };
    set_end(&head.client, &arrival->client);
    set_end(&head.local, &arrival->local);
    size_t size = record_size(head.length), long_octets = head.length < RN_LONG ? 0 : size;
    bool was_empty = is_empty(diverted);
    if (long_octets > 0 && diverted->long_octets + long_octets > diverted->size / LONG_SHARE)
        return false;
    size_t place = find_room(diverted, size);
    if (place == SIZE_MAX)
        return false;
    uint8_t *at = diverted->octets + place;
    memcpy(at, &head, sizeof head);
    memcpy(at + sizeof head, asked->octets, head.length);
    memset(at + sizeof head + head.length, 0, size - sizeof head - head.length);
    diverted->is_to_wake = diverted->is_to_wake || was_empty;
    diverted->end = place + size;
    diverted->long_octets += long_octets;
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

/* Move the oldest record to `out`; return its size, 0: it is larger than `size`. */
static size_t take(struct rn_diverted *diverted, uint8_t *out, size_t size)
{
    struct rn_question_diverted head;
    memcpy(&head, diverted->octets + diverted->first, sizeof head);
    size_t moved = record_size(head.length);
    if (moved > size)
        return 0;
    memcpy(out, diverted->octets + diverted->first, moved);
    diverted->first += moved;
    diverted->long_octets -= head.length < RN_LONG ? 0 : moved;
    if (diverted->is_wrapped && diverted->first == diverted->edge) {
        diverted->first = 0;
        diverted->is_wrapped = false;
    }
    if (is_empty(diverted))
        diverted->first = diverted->end = 0;
    return moved;
}

size_t rn_diverted_drain(struct rn_diverted *diverted, uint8_t *out, size_t size)
{
    rn_wake_clear(diverted->wake_fd);
    pthread_mutex_lock(&diverted->lock);
    size_t used = 0, moved = 1;
    for (int i = 0; i < RN_BATCH && moved > 0 && !is_empty(diverted); i++)
        used += moved = take(diverted, out + used, size - used);
    if (!is_empty(diverted))
        rn_wake_set(diverted->wake_fd);
    pthread_mutex_unlock(&diverted->lock);
    return used;
}
