/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A ring of events, from one C thread to Python.
 *
 *     octets  [..rest of c][ free ......... ][ event a ][ event b ][event c..]
 *                          ^ written         ^ read                 goes on in front
 *
 * An event is its struct and the query's octets. Positions only grow; a position's place is its
 * remainder. Who writes never waits: an event without room is lost, and counted for metrics.
 *
 * Waking costs a system call, so it is done once each time the reader says that it will sleep: it
 * arms the ring and looks again, who writes publishes an event and looks whether the ring is armed
 * (both sequentially consistent, so that one of them sees the other).
 *
 * Threads: any that tell, one at a time by a mutex that is held for the copying only (a thread with
 * a ring of its own never finds it taken), and one that drains, without it.
 */
#include "events.h"

#include "ledger.h"
#include "native.h"
#include "verdict.h"
#include "wake.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGNMENT = 8, CACHE_LINE = 64, NOERROR = 0, NXDOMAIN = 3, RRSIG = 46 };
enum {
    EXPIRATION_AT = 4 + 2 + 8
}; /* behind a record's TTL: RDLENGTH, and what RFC 4034, 3.1 has */

_Static_assert(sizeof(struct rn_event) == 88, "resolver/native/events.py unpacks it");
_Static_assert((int)RN_EVENT_MAX >= (int)sizeof(struct rn_event) + RN_MESSAGE_MAX + ALIGNMENT,
               "the largest record");

struct rn_events {
    pthread_mutex_t lock; /* of those who write */
    uint8_t *octets;
    size_t size; /* a power of two */
    int wake_fd;
    struct rn_counts counts;
    atomic_uint_least64_t lost;
    size_t known_read; /* the writer's: no more than `read` */
    _Alignas(CACHE_LINE) atomic_size_t written;
    atomic_bool is_armed;
    _Alignas(CACHE_LINE) atomic_size_t read;
};

struct rn_events *rn_events_new(size_t octets, uint32_t page, int wake_fd)
{
    size_t size = 1;
    if (octets < RN_EVENT_MAX || octets > SIZE_MAX / 4 || page >= RN_PAGES)
        return NULL;
    while (size < octets)
        size *= 2;
    struct rn_events *events = aligned_alloc(CACHE_LINE, sizeof *events);
    if (!events)
        return NULL;
    *events = (struct rn_events){
        .lock = PTHREAD_MUTEX_INITIALIZER, .size = size, .wake_fd = wake_fd, .counts = {page}};
    events->octets = malloc(size);
    if (!events->octets) {
        free(events);
        return NULL;
    }
    return events;
}

void rn_events_free(struct rn_events *events)
{
    if (!events)
        return;
    pthread_mutex_destroy(&events->lock);
    free(events->octets);
    free(events);
}

/* Copy octets to a position; what does not fit before the end goes on in front. */
static void put(struct rn_events *events, size_t position, const void *octets, size_t length)
{
    size_t at = position & (events->size - 1);
    size_t first = events->size - at < length ? events->size - at : length;
    memcpy(events->octets + at, octets, first);
    memcpy(events->octets, (const uint8_t *)octets + first, length - first);
}

/* Whether a signature has ended (kind_of of resolver/classify.py, with DO): times are serial
 * numbers (RFC 4034, 3.1.5). */
static bool has_ended(const struct rn_image *image, int64_t wall_s)
{
    for (unsigned i = 0; i < image->count; i++) {
        unsigned at = image->places[i].ttl_offset + EXPIRATION_AT;
        if (rn_place_type(image, i) != RRSIG || at + 4 > rn_place_end(image, i))
            continue;
        if ((int32_t)(rn_get32(image->wire + at) - (uint32_t)wall_s) <= 0)
            return true;
    }
    return false;
}

/* Return the enum rn_class of a response, as response_class does; what is not sent is an error. */
static unsigned class_of(const struct rn_served *served, const struct rn_image *image,
                         int64_t wall_s)
{
    if (!served->is_sent)
        return RN_ERROR;
    if (!image)
        return served->rcode == NOERROR    ? RN_SUCCESS
               : served->rcode == NXDOMAIN ? RN_DENIAL
                                           : RN_ERROR;
    if (wall_s && served->arrival->asked.is_do && has_ended(image, wall_s))
        return RN_ERROR;
    return rn_class_of(image);
}

/* Return the flags of a response before it is truncated, as plugins/log tells them. */
static unsigned flags_of(const struct rn_block *block, const struct rn_served *served,
                         const struct rn_image *image)
{
    const struct rn_asked *asked = &served->arrival->asked;
    if (!served->is_sent)
        return 0;
    unsigned flags = RN_QR | (asked->flags & (RN_RD | RN_CD));
    if (block->manner.recursion_available)
        flags |= RN_RA;
    if (image) {
        flags |= rn_get16(image->wire + 2) & (RN_AA | RN_TC);
        if (image->validation == RN_VALIDATION_SECURE && (asked->is_do || (asked->flags & RN_AD)))
            flags |= RN_AD;
    }
    return flags;
}

static bool is_wanted(const struct rn_block *block, const struct rn_served *served,
                      unsigned response_class)
{
    const struct rn_asked *asked = &served->arrival->asked;
    if (served->failure && block->wants_failures)
        return true;
    return block->wants_events && (block->event_classes >> response_class & 1) != 0 &&
           (!block->event_zones ||
            rn_zones_contain(block->event_zones, asked->qname, asked->qname_length));
}

static void set_ends(struct rn_event *event, const struct rn_arrival *arrival)
{
    memcpy(event->client, arrival->client.octets, sizeof event->client);
    memcpy(event->local, arrival->local.octets, sizeof event->local);
    event->client_port = arrival->client.port;
    event->local_port = arrival->local.port;
    event->client_scope = arrival->client.scope;
    event->local_scope = arrival->local.scope;
    event->client_family = arrival->client.family;
    event->local_family = arrival->local.family;
}

/* Append an event and its query's octets; false: there is no room. The lock is held. */
static bool append(struct rn_events *events, const struct rn_event *event, const uint8_t *octets)
{
    size_t written = atomic_load_explicit(&events->written, memory_order_relaxed);
    if (written + event->size - events->known_read > events->size) {
        events->known_read = atomic_load_explicit(&events->read, memory_order_acquire);
        if (written + event->size - events->known_read > events->size)
            return false;
    }
    put(events, written, event, sizeof *event);
    put(events, written + sizeof *event, octets, event->query_length);
    atomic_store(&events->written, written + event->size);
    return true;
}

void rn_events_tell(struct rn_events *events, const struct rn_block *block,
                    const struct rn_served *served, const struct rn_image *image, int64_t wall_s)
{
    if (!rn_events_are_wanted(block, served) || !served->plan->ledger)
        return;
    unsigned response_class = class_of(served, image, wall_s);
    if (!is_wanted(block, served, response_class))
        return;
    const struct rn_arrival *arrival = served->arrival;
    const struct rn_asked *asked = &arrival->asked;
    size_t size = sizeof(struct rn_event) + asked->length;
    struct rn_event event = {
        .size = (uint32_t)((size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1)),
        .plan = served->plan->ledger->number,
        .duration_ns = served->duration_ns,
        .block = served->block,
        .zone = served->zone,
        .listener = arrival->listener,
        .query_length = asked->length,
        .rcode = served->rcode,
        .response_size = served->is_sent ? served->size : 0,
        .flags = (uint16_t)flags_of(block, served, image),
        .qtype = asked->qtype,
        .qclass = asked->qclass,
        .payload_size = asked->payload_size,
        .transport = arrival->transport,
        .by = served->by,
        .response_class = (uint8_t)response_class,
        .failure = served->failure,
        .qname_length = asked->qname_length,
        .bits = (uint8_t)((served->is_sent ? RN_EVENT_SENT : 0) | (asked->is_do ? RN_EVENT_DO : 0) |
                          (asked->has_edns ? RN_EVENT_EDNS : 0) |
                          (served->is_stale ? RN_EVENT_STALE : 0)),
    };
    set_ends(&event, arrival);
    pthread_mutex_lock(&events->lock);
    bool is_told = append(events, &event, asked->octets);
    if (!is_told) {
        atomic_fetch_add_explicit(&events->lost, 1, memory_order_relaxed);
        rn_counts_lose_event(&events->counts, served);
    }
    pthread_mutex_unlock(&events->lock);
    if (is_told && atomic_load(&events->is_armed) && atomic_exchange(&events->is_armed, false))
        rn_wake_set(events->wake_fd);
}

size_t rn_events_drain(struct rn_events *events, uint8_t *out, size_t size)
{
    assert(size >= RN_EVENT_MAX);
    size_t read = atomic_load_explicit(&events->read, memory_order_relaxed);
    size_t written = atomic_load_explicit(&events->written, memory_order_acquire);
    size_t length = 0;
    while (read + length != written) {
        uint32_t next; /* its octets stand together: records and the end are aligned */
        memcpy(&next, events->octets + ((read + length) & (events->size - 1)), sizeof next);
        if (next > size - length)
            break;
        length += next;
    }
    size_t at = read & (events->size - 1);
    size_t first = events->size - at < length ? events->size - at : length;
    memcpy(out, events->octets + at, first);
    memcpy(out + first, events->octets, length - first);
    atomic_store_explicit(&events->read, read + length, memory_order_release);
    return length;
}

int rn_events_arm(struct rn_events *events)
{
    atomic_store(&events->is_armed, true);
    if (atomic_load(&events->written) == atomic_load_explicit(&events->read, memory_order_relaxed))
        return 0;
    atomic_store(&events->is_armed, false);
    return 1;
}

uint64_t rn_events_lost(const struct rn_events *events)
{
    return atomic_load_explicit(&events->lost, memory_order_relaxed);
}
