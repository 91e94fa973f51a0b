/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replies on their way from C threads to connections, which are Python's.
 *
 *     first -> reply -> reply -> last      put at the end, drained from the front
 *
 * Each query that a connection has in flight here becomes one entry, whatever else happens, so that
 * the connection's count of them comes out. They are as many as may wait (waiting.c); the octets of
 * their replies have a bound of their own, for when Python does not look for long.
 */
#include "outbox.h"

#include "image.h"
#include "wake.h"

#include <stdlib.h>
#include <string.h>

enum { PREFIX = 2 }; /* octets of the length in front (RFC 1035, 4.2.2) */

struct rn_outgoing {
    struct rn_outgoing *next;
    uint64_t connection;
    size_t length; /* with the prefix; 0: silence */
    uint8_t octets[];
};

void rn_outbox_init(struct rn_outbox *outbox, size_t max_octets, int wake_fd)
{
    *outbox = (struct rn_outbox){.max_octets = max_octets, .wake_fd = wake_fd};
    pthread_mutex_init(&outbox->lock, NULL);
    atomic_init(&outbox->octets, 0);
}

void rn_outbox_destroy(struct rn_outbox *outbox)
{
    while (outbox->first) {
        struct rn_outgoing *outgoing = outbox->first;
        outbox->first = outgoing->next;
        free(outgoing);
    }
    pthread_mutex_destroy(&outbox->lock);
}

/* Return an entry with a reply; NULL: there is no room for it. */
static struct rn_outgoing *make_reply(struct rn_outbox *outbox, const uint8_t *octets, size_t length)
{
    size_t size = PREFIX + length;
    struct rn_outgoing *made = NULL;
    if (atomic_fetch_add(&outbox->octets, size) + size <= outbox->max_octets)
        made = malloc(sizeof *made + size);
    if (!made) {
        atomic_fetch_sub(&outbox->octets, size);
        return NULL;
    }
    made->length = size;
    rn_put16(made->octets, (unsigned)length);
    memcpy(made->octets + PREFIX, octets, length);
    return made;
}

static struct rn_outgoing *make_silence(void)
{
    struct rn_outgoing *made = malloc(sizeof *made);
    if (made)
        made->length = 0;
    return made;
}

void rn_outbox_put(struct rn_outbox *outbox, uint64_t connection, const uint8_t *octets,
                   size_t length)
{
    struct rn_outgoing *made = length > 0 ? make_reply(outbox, octets, length) : NULL;
    if (!made && !(made = make_silence()))
        return;
    made->connection = connection;
    made->next = NULL;
    pthread_mutex_lock(&outbox->lock);
    bool is_first = outbox->first == NULL;
    if (is_first)
        outbox->first = made;
    else
        outbox->last->next = made;
    outbox->last = made;
    pthread_mutex_unlock(&outbox->lock);
    if (is_first)
        rn_wake_set(outbox->wake_fd);
}

static size_t record_size(const struct rn_outgoing *outgoing)
{
    return (sizeof(struct rn_reply_head) + outgoing->length + 7) / 8 * 8;
}

static void write_record(uint8_t *out, const struct rn_outgoing *outgoing)
{
    struct rn_reply_head head = {
        .connection = outgoing->connection,
        .length = (uint32_t)outgoing->length,
    };
    size_t end = sizeof head + outgoing->length;
    memcpy(out, &head, sizeof head);
    memcpy(out + sizeof head, outgoing->octets, outgoing->length);
    memset(out + end, 0, record_size(outgoing) - end);
}

size_t rn_outbox_drain(struct rn_outbox *outbox, uint8_t *out, size_t size)
{
    struct rn_outgoing *drained = NULL, **link = &drained;
    size_t room = size, written = 0;
    pthread_mutex_lock(&outbox->lock);
    for (int i = 0; i < RN_BATCH && outbox->first && record_size(outbox->first) <= room; i++) {
        *link = outbox->first;
        room -= record_size(outbox->first);
        outbox->first = outbox->first->next;
        link = &(*link)->next;
    }
    *link = NULL;
    bool is_left = outbox->first != NULL;
    pthread_mutex_unlock(&outbox->lock);
    if (is_left)
        rn_wake_set(outbox->wake_fd);
    while (drained) {
        struct rn_outgoing *outgoing = drained;
        drained = outgoing->next;
        write_record(out + written, outgoing);
        written += record_size(outgoing);
        atomic_fetch_sub(&outbox->octets, outgoing->length);
        free(outgoing);
    }
    return written;
}
