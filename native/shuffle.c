/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order of a response's records, for loadbalance's round_robin (plugins/loadbalance/rules.py).
 *
 *     CNAME ... | the rest ... | addresses, shuffled | MX, shuffled        each section for itself
 *
 * Octets are moved, never written anew. No compression pointer targets an address, MX or RRSIG record
 * (resolver/compose.py), so inside a run of such records any two may change places; all that stands
 * around the run keeps its own. rn_order_of says, once for an image, whether that is enough: a signed
 * chain of CNAMEs, for one, needs more, and is left to the chain. Nothing is kept; any thread.
 */
#include "shuffle.h"

#include <string.h>

enum { A = 1, CNAME = 5, MX = 15, AAAA = 28, RRSIG = 46 };

/* The groups of a section, in the order in which they leave. */
enum group { OF_CNAME, OF_REST, OF_ADDRESS, OF_MX, GROUPS };

static enum group group_of(unsigned type)
{
    switch (type) {
    case A:
    case AAAA:
        return OF_ADDRESS;
    case MX:
        return OF_MX;
    case CNAME:
        return OF_CNAME;
    default:
        return OF_REST;
    }
}

/* What resolver/compose.py calls movable. */
static bool is_movable(unsigned type)
{
    return type == RRSIG || group_of(type) >= OF_ADDRESS;
}

/* Return the index behind the last record of the section that begins at `start`. */
static unsigned section_end(const struct rn_image *image, unsigned start)
{
    unsigned answers = rn_get16(image->wire + 6), authority = rn_get16(image->wire + 8);
    unsigned end = start < answers               ? answers
                   : start < answers + authority ? answers + authority
                                                 : image->count;
    return end < image->count ? end : image->count;
}

/* Set a number for each record of a section: equal ones may trade places. */
static void number_runs(const struct rn_image *image, unsigned start, unsigned end, uint16_t *runs)
{
    bool was_movable = false;
    for (unsigned index = start; index < end; index++) {
        bool is = is_movable(rn_place_type(image, index));
        runs[index] = is && was_movable ? runs[index - 1] : (uint16_t)index;
        was_movable = is;
    }
}

/*
 * Compare where each record stands with where it is to stand. Where that is inside of its run for
 * addresses and MX records as they come, it is so for every order of them: they end the section, and
 * what is not movable would have left their places.
 */
static enum rn_order order_of_section(const struct rn_image *image, unsigned start, unsigned end,
                                      const uint16_t *runs)
{
    bool is_moved = false;
    unsigned place = start; /* where the next record is to stand */
    for (unsigned group = OF_CNAME; group < GROUPS; group++) {
        unsigned first = place;
        for (unsigned index = start; index < end; index++) {
            if (group_of(rn_place_type(image, index)) != group)
                continue;
            if (runs[index] != runs[place])
                return RN_ORDER_WRITTEN;
            is_moved = is_moved || index != place;
            place++;
        }
        is_moved = is_moved || (group >= OF_ADDRESS && place - first > 1);
    }
    return is_moved ? RN_ORDER_MOVED : RN_ORDER_KEPT;
}

enum rn_order rn_order_of(const struct rn_image *image)
{
    uint16_t runs[RN_SHUFFLED_MAX];
    enum rn_order order = RN_ORDER_KEPT;
    if (image->count > RN_SHUFFLED_MAX)
        return RN_ORDER_WRITTEN;
    for (unsigned start = 0, end; start < image->count; start = end) {
        end = section_end(image, start);
        number_runs(image, start, end, runs);
        enum rn_order here = order_of_section(image, start, end, runs);
        order = here > order ? here : order;
    }
    return order;
}

/* Write record `index` to `to`; return what is behind it. */
static uint8_t *put_record(const struct rn_image *image, unsigned index, struct rn_age age,
                           uint8_t *to)
{
    const struct rn_place *place = image->places + index;
    size_t length = rn_place_end(image, index) - place->offset;
    memcpy(to, image->wire + place->offset, length);
    if (age.ageing != RN_AS_KEPT)
        rn_put32(to + place->ttl_offset - place->offset,
                 rn_age_ttl(age, rn_get32(image->wire + place->ttl_offset)));
    return to + length;
}

/* Write the records of a group in an order that is drawn (Fisher and Yates). */
static uint8_t *put_shuffled(const struct rn_image *image, uint16_t *indexes, unsigned count,
                             struct rn_age age, struct rn_random *random, uint8_t *to)
{
    for (; count > 0; count--) {
        unsigned drawn = count > 1 ? rn_random_below(random, count) : 0;
        unsigned index = indexes[drawn];
        indexes[drawn] = indexes[count - 1];
        to = put_record(image, index, age, to);
    }
    return to;
}

void rn_shuffle(const struct rn_image *image, struct rn_age age, struct rn_random *random,
                uint8_t *out)
{
    uint16_t indexes[RN_SHUFFLED_MAX]; /* of a section: addresses from its start, MX from its end */
    uint8_t *to = out + image->places[0].offset;
    for (unsigned start = 0, end; start < image->count; start = end) {
        unsigned addresses = 0, mxs = RN_SHUFFLED_MAX;
        end = section_end(image, start);
        for (unsigned index = start; index < end; index++) {
            enum group group = group_of(rn_place_type(image, index));
            if (group == OF_ADDRESS)
                indexes[addresses++] = (uint16_t)index;
            else if (group == OF_MX)
                indexes[--mxs] = (uint16_t)index;
            else /* CNAMEs stand before the rest already, or the order were RN_ORDER_WRITTEN */
                to = put_record(image, index, age, to);
        }
        to = put_shuffled(image, indexes, addresses, age, random, to);
        to = put_shuffled(image, indexes + mxs, RN_SHUFFLED_MAX - mxs, age, random, to);
    }
}
