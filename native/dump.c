/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entries as records, of which the file of `rootward control dump` is made, and back.
 *
 *     length 4 | flags 1 | class 1 | validation 1 | context 1 | rcode 2 | wire length 2 | EDE length 2
 *     | 0 2 | partition 16 | the group's 16 | age 8 | left 8 | stale 8 | idle 8 | hits 4 | wire | EDE
 *
 * In network order; times in milliseconds: since it was stored, until its deadline (may be past), how
 * long it may be stale behind that, since its last hit. resolver/imagefile.py reads and writes the
 * same. A record is what a stranger may have written: all of it is looked at before it is kept.
 */
#include "scan.h"
#include "sweep.h"

#include <stdlib.h>
#include <string.h>

enum { HEAD = 84, IS_DO = 1, IS_CD = 2, IS_RECURSIVE = 4 };

static const int64_t LONGEST_MS = (int64_t)1 << 45; /* a thousand years */

static uint64_t get64(const uint8_t *at)
{
    return (uint64_t)rn_get32(at) << 32 | rn_get32(at + 4);
}

static void put64(uint8_t *at, int64_t value)
{
    rn_put32(at, (uint32_t)((uint64_t)value >> 32));
    rn_put32(at + 4, (uint32_t)value);
}

/* The time from one moment to another, which is younger than it if somebody put meanwhile. */
static int64_t span(int64_t from_ms, int64_t to_ms)
{
    return from_ms < to_ms ? to_ms - from_ms : 0;
}

struct writing {
    uint8_t *out;
    size_t size;
    size_t length;
    int64_t now_ms;
    struct rn_cursor *cursor;
};

static enum rn_visited write_record(void *arg, const struct rn_stored *stored)
{
    struct writing *writing = arg;
    const struct rn_entry *entry = &stored->entry;
    const struct rn_image view = rn_entry_image(entry), *image = &view;
    size_t length = (size_t)HEAD + image->wire_length + image->ede_length;
    uint8_t *to = writing->out + writing->length;
    if (entry->stale_until_ms <= writing->now_ms)
        return RN_VISIT_KEEP;
    if (length > writing->size - writing->length)
        return RN_VISIT_STOP;
    rn_put32(to, (uint32_t)length);
    to[4] = (uint8_t)((entry->is_do ? IS_DO : 0) | (entry->is_cd ? IS_CD : 0) |
                      (image->is_recursive ? IS_RECURSIVE : 0));
    to[5] = entry->shelf->group->kept_as;
    to[6] = image->validation;
    to[7] = image->context;
    rn_put16(to + 8, image->rcode);
    rn_put16(to + 10, image->wire_length);
    rn_put16(to + 12, image->ede_length);
    rn_put16(to + 14, 0);
    memcpy(to + 16, entry->shelf->partition, RN_PARTITION_SIZE);
    memcpy(to + 32, entry->shelf->group->own.partition, RN_PARTITION_SIZE);
    put64(to + 48, span(entry->stored_ms, writing->now_ms));
    put64(to + 56, entry->deadline_ms - writing->now_ms);
    put64(to + 64, entry->stale_until_ms - entry->deadline_ms);
    put64(to + 72, span(entry->last_hit_ms, writing->now_ms));
    rn_put32(to + 80, entry->hits);
    memcpy(to + HEAD, image->wire, image->wire_length);
    if (image->ede_length > 0)
        memcpy(to + HEAD + image->wire_length, image->ede, image->ede_length);
    writing->length += length;
    writing->cursor->count++;
    if (entry->stale_until_ms > writing->cursor->ends_ms)
        writing->cursor->ends_ms = entry->stale_until_ms;
    return RN_VISIT_KEEP;
}

size_t rn_store_dump(struct rn_store *store, struct rn_cursor *cursor, int64_t now_ms, uint8_t *out,
                     size_t size)
{
    struct writing writing = {.out = out, .size = size, .now_ms = now_ms, .cursor = cursor};
    while (cursor->shard < RN_SHARDS)
        if (!rn_sweep(store, cursor, write_record, &writing))
            break;
    return writing.length;
}

static bool is_span(int64_t span_ms, int64_t least_ms)
{
    return span_ms >= least_ms && span_ms <= LONGEST_MS;
}

/* Read one record of `length` octets into image, key and times; false: it is none. */
static bool read_record(const uint8_t *from, size_t length, struct rn_scanned *scanned,
                        struct rn_image *image, struct rn_key *key, struct rn_times *times)
{
    size_t wire_length = rn_get16(from + 10), ede_length = rn_get16(from + 12);
    int64_t age_ms = (int64_t)get64(from + 48), left_ms = (int64_t)get64(from + 56);
    int64_t stale_ms = (int64_t)get64(from + 64);
    const uint8_t *wire = from + HEAD, *ede = wire + wire_length;
    if (HEAD + wire_length + ede_length != length || from[4] > 7 || from[5] > 2 ||
        from[6] > RN_VALIDATION_BOGUS || from[7] > 1 || rn_get16(from + 8) > 0x0fff ||
        !is_span(age_ms, 0) || !is_span(left_ms, -LONGEST_MS) || !is_span(stale_ms, 0) ||
        !is_span((int64_t)get64(from + 72), 0) || !rn_scan(scanned, wire, wire_length) ||
        !rn_scan_ede(ede, ede_length))
        return false;
    *image = (struct rn_image){
        .wire = wire,
        .places = scanned->places,
        .ede = ede,
        .wire_length = (uint16_t)wire_length,
        .count = scanned->count,
        .ede_length = (uint16_t)ede_length,
        .rcode = (uint16_t)rn_get16(from + 8),
        .validation = from[6],
        .context = from[7],
        .is_recursive = (from[4] & IS_RECURSIVE) != 0,
    };
    *key = (struct rn_key){
        .partition = from + 16,
        .qname = wire + 12,
        .qname_length = scanned->qname_length,
        .is_do = (from[4] & IS_DO) != 0,
        .is_cd = (from[4] & IS_CD) != 0,
        .qtype = scanned->qtype,
        .qclass = scanned->qclass,
    };
    times->stored_ms -= age_ms;
    times->deadline_ms += left_ms;
    times->stale_until_ms += left_ms + stale_ms;
    times->last_hit_ms -= (int64_t)get64(from + 72);
    times->hits = rn_get32(from + 80);
    return true;
}

int rn_store_load(struct rn_store *store, const uint8_t *records, size_t length, int64_t now_ms,
                  int64_t elapsed_ms, struct rn_loaded *loaded)
{
    struct rn_scanned *scanned = malloc(sizeof *scanned);
    int status = scanned == NULL ? RN_ENOMEM : is_span(elapsed_ms, 0) ? RN_OK : RN_EVALUE;
    *loaded = (struct rn_loaded){0};
    while (status == RN_OK && length > 0) {
        int64_t then_ms = now_ms - elapsed_ms;
        struct rn_times times = {then_ms, then_ms, then_ms, then_ms, 0};
        struct rn_image image;
        struct rn_key key;
        size_t each = length >= HEAD ? rn_get32(records) : 0;
        if (each < HEAD || each > length ||
            !read_record(records, each, scanned, &image, &key, &times)) {
            status = RN_EWIRE;
            break;
        }
        struct rn_store_group *group = rn_store_group_in(store, records + 32, records[5]);
        int put = RN_EFULL;
        if (times.stale_until_ms <= now_ms)
            loaded->ended++;
        else if (group == NULL)
            loaded->foreign++;
        else if ((put = rn_store_put_at(store, &key, &image, group, now_ms, &times, true)) == RN_OK)
            loaded->kept++;
        else
            loaded->refused++;
        records += each;
        length -= each;
    }
    free(scanned);
    return status;
}
