/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The names of one message: read, held to be equal or not, and written compressed.
 *
 *     message   ... 3 www 7 example 3 org 0 ... 4 mail C0->10 ...
 *     labels        www   example   org           mail             where, and which node
 *     nodes     root <- org <- example <- www                      each with where it was written
 *                                      <- mail
 *
 * Names are the paths of a tree whose root is the root: two are equal, case aside, if their nodes
 * are. A label that was read once is known by its offset, so a pointer to it costs one look; so is
 * the end of a chain of pointers. Nodes are found by a hash that is keyed with the thread's secret,
 * for the names come from the network.
 *
 * Nothing is cleared for a new message: an entry of label_at, hop_at or slots holds only if what it
 * indexes is within the present count and points back (Briggs and Torczon's sparse sets). A message
 * of n octets has fewer than n labels, nodes and pointers; each is looked at closely once.
 */
#include "labels.h"

#include "fold.h"
#include "hash.h"

#include <endian.h>

enum { NAME_MAX_LENGTH = 255, LABELS_MAX = 127, LABEL_MAX = 63, POINTER = 192 };

/* Return up to eight octets of a label's text, in lower case, the first one lowest. */
static uint64_t word_at(const uint8_t *text, unsigned left)
{
    uint64_t word;
    memcpy(&word, text, sizeof word); /* what is behind the message is slack */
    word = le64toh(word);
    if (left < 8)
        word &= ((uint64_t)1 << (8 * left)) - 1;
    return rn_fold_8(word);
}

static uint64_t hash_of(const struct rn_labels *labels, unsigned parent, const uint8_t *label)
{
    uint64_t hash = labels->seed ^ ((uint64_t)parent << 8 | label[0]);
    for (unsigned at = 0; at < label[0]; at += 8)
        hash = rn_hash_mix(hash ^ word_at(label + 1 + at, label[0] - at), labels->factor);
    return hash;
}

static bool is_same_label(const uint8_t *left, const uint8_t *right)
{
    if (left[0] != right[0])
        return false;
    for (unsigned at = 0; at < left[0]; at += 8)
        if (word_at(left + 1 + at, left[0] - at) != word_at(right + 1 + at, left[0] - at))
            return false;
    return true;
}

/* Return the node of the name that is the label at `offset` and then `parent`. */
static uint16_t node_of(struct rn_labels *labels, uint16_t parent, uint16_t offset)
{
    const uint8_t *label = labels->octets + offset;
    uint32_t slot = (uint32_t)(hash_of(labels, parent, label) & labels->slot_mask);
    for (;; slot = (slot + 1) & labels->slot_mask) {
        uint16_t index = labels->slots[slot];
        const struct rn_node *node = labels->nodes + index;
        if (index >= labels->node_count || node->slot != slot)
            break;
        if (node->parent == parent && is_same_label(labels->octets + node->offset, label))
            return index;
    }
    uint16_t index = (uint16_t)labels->node_count++;
    labels->slots[slot] = index;
    labels->nodes[index] = (struct rn_node){
        .slot = slot,
        .parent = parent,
        .offset = offset,
        .length = (uint8_t)(labels->nodes[parent].length + 1 + label[0]),
    };
    return index;
}

/* Return the label at an offset, NULL if none was read there. */
static const struct rn_label *known_at(const struct rn_labels *labels, size_t at)
{
    uint16_t index = labels->label_at[at];
    const struct rn_label *label = labels->labels + index;
    return index < labels->label_count && label->offset == at ? label : NULL;
}

static unsigned pointer_at(const struct rn_labels *labels, size_t at)
{
    return (labels->octets[at] & 63u) << 8 | labels->octets[at + 1];
}

/* Return the hop at an offset that a pointer can hold, NULL if no pointer led there yet. */
static const struct rn_hop *hop_at(const struct rn_labels *labels, size_t at)
{
    uint16_t index = labels->hop_at[at];
    const struct rn_hop *hop = labels->hops + index;
    return index < labels->hop_count && hop->offset == at ? hop : NULL;
}

/* Set *end to where a pointer's target leads: to itself, but if it is a pointer too. */
static bool land(struct rn_labels *labels, size_t target, size_t *end)
{
    size_t at = target;
    while (labels->octets[at] >= POINTER) {
        const struct rn_hop *hop = hop_at(labels, at);
        if (hop) {
            at = hop->end;
            break;
        }
        if (at + 2 > labels->length || pointer_at(labels, at) >= at)
            return false;
        at = pointer_at(labels, at);
    }
    for (size_t hop = target; hop != at && !hop_at(labels, hop); hop = pointer_at(labels, hop)) {
        labels->hop_at[hop] = (uint16_t)labels->hop_count;
        labels->hops[labels->hop_count++] = (struct rn_hop){(uint16_t)hop, (uint16_t)at};
    }
    *end = at;
    return true;
}

void rn_labels_begin(struct rn_labels *labels, const uint8_t *octets, size_t length)
{
    uint32_t slots = 64;
    while (slots < 2 * length)
        slots *= 2;
    labels->slot_mask = slots - 1;
    labels->length = (uint32_t)length;
    labels->label_count = labels->hop_count = 0;
    labels->node_count = 1;
    labels->nodes[0] = (struct rn_node){.slot = UINT32_MAX, .length = 1};
    memcpy(labels->octets, octets, length);
}

bool rn_labels_read(struct rn_labels *labels, size_t at, uint16_t *node, size_t *end)
{
    struct rn_label read[LABELS_MAX]; /* those of them that are new */
    unsigned count = 0, run = 0;      /* the first one since the last pointer */
    unsigned length = 1;              /* of the name so far, with the root's octet */
    size_t limit = at;                /* a pointer has to go behind it */
    bool has_end = false;
    for (;;) {
        struct rn_label tail = {.back = RN_NO_POINTER};
        bool is_over = false;
        if (at >= labels->length)
            return false;
        const struct rn_label *known = known_at(labels, at);
        unsigned octet = labels->octets[at];
        if (known) {
            tail = *known;
            is_over = true;
            if (tail.back != RN_NO_POINTER && tail.back >= limit)
                return false;
            if (length - 1 + labels->nodes[tail.node].length > NAME_MAX_LENGTH)
                return false;
        } else if (octet == 0) {
            tail.end = (uint16_t)(at + 1);
            is_over = true;
        } else if (octet >= POINTER) {
            if (at + 2 > labels->length)
                return false;
            tail.end = (uint16_t)(at + 2);
            tail.back = (uint16_t)pointer_at(labels, at);
            if (tail.back >= limit || !land(labels, tail.back, &at))
                return false;
            limit = at;
        } else {
            length += 1 + octet;
            if (octet > LABEL_MAX || length > NAME_MAX_LENGTH || at + 1 + octet > labels->length)
                return false;
            read[count++].offset = (uint16_t)at;
            at += 1 + octet;
            continue;
        }
        if (!has_end)
            *end = tail.end;
        has_end = true;
        for (; run < count; run++) {
            read[run].back = tail.back;
            read[run].end = tail.end;
        }
        if (!is_over)
            continue;
        *node = tail.node; /* 0, the root, if it is no label that was known */
        break;
    }
    while (count-- > 0) {
        *node = read[count].node = node_of(labels, *node, read[count].offset);
        labels->label_at[read[count].offset] = (uint16_t)labels->label_count;
        labels->labels[labels->label_count++] = read[count];
    }
    return true;
}

bool rn_labels_skip(const struct rn_labels *labels, size_t at, size_t *end)
{
    while (at < labels->length) {
        unsigned octet = labels->octets[at];
        if (octet == 0 || octet >= POINTER) {
            *end = at + (octet == 0 ? 1 : 2);
            return *end <= labels->length;
        }
        if (octet > LABEL_MAX)
            return false;
        at += 1 + octet;
    }
    return false;
}

/* Return where the name at `at` has its first label, or its root, once pointers are followed. */
static size_t follow(const struct rn_labels *labels, size_t at)
{
    if (labels->octets[at] < POINTER)
        return at;
    at = pointer_at(labels, at);
    return labels->octets[at] < POINTER ? at : hop_at(labels, at)->end;
}

size_t rn_labels_write(struct rn_labels *labels, size_t at, uint8_t *out, size_t to, bool is_target)
{
    for (;;) {
        at = follow(labels, at);
        unsigned octet = labels->octets[at];
        if (octet == 0) {
            out[to] = 0;
            return to + 1;
        }
        struct rn_node *node = labels->nodes + labels->labels[labels->label_at[at]].node;
        if (node->target) {
            out[to] = (uint8_t)(POINTER | node->target >> 8);
            out[to + 1] = (uint8_t)node->target;
            return to + 2;
        }
        if (is_target && to < RN_LABELS_POINTERS)
            node->target = (uint16_t)to;
        memcpy(out + to, labels->octets + at,
               RN_LABELS_SLACK); /* no longer than a label's longest */
        at += 1 + octet;
        to += 1 + octet;
    }
}

size_t rn_labels_write_whole(const struct rn_labels *labels, size_t at, uint8_t *out, size_t to)
{
    for (;;) {
        at = follow(labels, at);
        unsigned octet = labels->octets[at];
        memcpy(out + to, labels->octets + at, RN_LABELS_SLACK);
        at += 1 + octet;
        to += 1 + octet;
        if (octet == 0)
            return to;
    }
}
