/* SPDX-License-Identifier: Apache-2.0 */
/* A native engine without sockets: a plan with something of everything, and a store with images of
 * many shapes; for tests and fuzz targets. See stock.c. */
#ifndef RN_TEST_STOCK_H
#define RN_TEST_STOCK_H

#include "../answer.h"
#include "../native.h"
#include "../normal.h"

enum { STOCK_NOW_MS = 1000000, STOCK_WALL_S = 1800000000, STOCK_BLOCKS = 6, STOCK_LISTENERS = 2,
       STOCK_IMAGES = 52 };

/* An image, as what comes in has it. */
struct stocked {
    struct rn_key key; /* its partition is the block's */
    struct rn_image image;
    uint8_t *wire; /* what it lends from */
};

struct stock {
    struct rn_store *store;
    struct rn_clock *clock; /* stands still at STOCK_NOW_MS until it is driven */
    struct rn_plan_holder *holder;
    struct rn_ledger *ledger;
    struct rn_counts *counts[3]; /* the watch's, the connections', and one that is free */
    struct rn_events *events;    /* small: much is dropped */
    struct rn_engine *engine;
    struct rn_flights *flights; /* without a resolver thread */
    uint32_t upstream;
    struct rn_workshop *workshop;
    struct stocked images[STOCK_IMAGES];
    int wake_fd;
};

void stock_start(struct stock *stock);
void stock_stop(struct stock *stock);

/* Have a new plan, like the one before, in force. */
void stock_set_plan(struct stock *stock);

/* Make the images; part of stock_start. See stock_images.c. */
void stock_make_images(struct stock *stock);

/* Keep images for each block anew, as come in at this time: those of the first label of a qname (wire
 * form; `room` octets of any kind), NULL: all. */
void stock_fill(struct stock *stock, int64_t now_ms, const uint8_t *qname, size_t room);

/* Write a query for LABEL.example.org (out: 512 octets); return its length. */
size_t stock_query(uint8_t *out, const char *label, unsigned qtype, unsigned id);

#endif
