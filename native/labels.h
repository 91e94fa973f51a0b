/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The names of one message: read, held to be equal or not, and written compressed; see labels.c.
 *
 * Belongs to one thread. Offsets are octets from the message's beginning.
 */
#ifndef RN_LABELS_H
#define RN_LABELS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum {
    RN_LABELS_ROOM = 65536,      /* octets of a message, and so more than it has labels */
    RN_LABELS_SLACK = 64,        /* octets that may be read behind a message, or written behind */
    RN_LABELS_SLOTS = 131072,    /* a power of two, at least twice as many as there are nodes */
    RN_LABELS_POINTERS = 0x4000, /* offsets that a compression pointer can hold */
    RN_NO_POINTER = 0xFFFF
};

/* One label where it stands in the message. */
struct rn_label {
    uint16_t offset;
    uint16_t node; /* of the name that begins with it */
    uint16_t back; /* where the pointer behind the labels points; RN_NO_POINTER: root */
    uint16_t end;  /* the offset behind the name, its pointer not followed */
};

/* A name, whatever its case: its first label and the node of what follows. Node 0 is the root. */
struct rn_node {
    uint32_t slot; /* which one of rn_labels.slots has it */
    uint16_t parent;
    uint16_t offset; /* of a label in the message that spells it */
    uint16_t target; /* where it stands in what is written; 0: not yet */
    uint8_t length;  /* of the name in wire form */
};

/* A pointer that pointers lead to, and where the names that go through it have their next label. */
struct rn_hop {
    uint16_t offset;
    uint16_t end;
};

struct rn_labels {
    uint64_t seed, factor; /* of the hash */
    uint32_t slot_mask;
    uint32_t length; /* of the message */
    uint32_t label_count;
    uint32_t node_count;
    uint32_t hop_count;
    struct rn_label labels[RN_LABELS_ROOM];
    struct rn_node nodes[RN_LABELS_ROOM];
    uint16_t label_at[RN_LABELS_ROOM]; /* by offset; holds only if that label has the offset */
    uint16_t slots[RN_LABELS_SLOTS];   /* likewise for nodes */
    struct rn_hop hops[RN_LABELS_POINTERS];
    uint16_t hop_at[RN_LABELS_POINTERS]; /* and for hops, by offset */
    uint8_t octets[RN_LABELS_ROOM + RN_LABELS_SLACK]; /* the message */
};

/* Begin with a message (copied; at most 65,535 octets); all that was there is forgotten. */
void rn_labels_begin(struct rn_labels *labels, const uint8_t *octets, size_t length);

/* Read the name at an offset by the rules of resolver/wire.py's read_name: false if it is
 * malformed. Else *node tells it from others and *end is the offset behind it. */
bool rn_labels_read(struct rn_labels *labels, size_t at, uint16_t *node, size_t *end);

/* Set *end as skip_name of resolver/wire.py does: pointers are not followed. */
bool rn_labels_skip(const struct rn_labels *labels, size_t at, size_t *end);

/* Write a name that was read, at the offset `to` of out (borrows; RN_NAME_SIZE and the slack fit),
 * with a pointer in place of the longest suffix that stands there already. is_target: pointers may
 * lead to it. Return the offset behind it. */
size_t rn_labels_write(struct rn_labels *labels, size_t at, uint8_t *out, size_t to,
                       bool is_target);

/* The same without pointers. */
size_t rn_labels_write_whole(const struct rn_labels *labels, size_t at, uint8_t *out, size_t to);

#endif
