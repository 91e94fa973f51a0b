/* SPDX-License-Identifier: Apache-2.0 */
/* One question on its way through libunbound, and its result; see query.c. */
#ifndef RN_QUERY_H
#define RN_QUERY_H

#include "context.h"
#include "native.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rn_flight;
struct rn_recurse;

struct rn_query {
    struct rn_recurse *recurse;
    struct rn_question question;
    struct rn_result result;
    uint8_t *payload;           /* the message, then the text; NULL if both are empty */
    struct rn_context *context; /* that has it pending */
    struct rn_flight *flight;   /* that it is asked for; NULL: Python asked */
    bool is_owed;               /* made by rn_recurse_owe: it carries a result, and is never asked */
};

/* Ask libunbound. The result comes to the outbox, now or later. The resolver thread. */
void rn_query_ask(struct rn_query *query);

/* Finish a query that libunbound has not (or not any more) with an error and its text (borrows;
 * 0-terminated). The resolver thread. */
void rn_query_fail(struct rn_query *query, int status, const char *text);

/* Have an owed query (takes) bring a result (all borrowed) to the outbox. The resolver thread. */
void rn_query_deliver(struct rn_query *owed, uint64_t ticket, const struct rn_result *result,
                      const uint8_t *wire, const char *text);

/* Octets of the query's record in what drain writes. */
size_t rn_query_record_size(const struct rn_query *query);

/* Write that record to out (borrows) and release the payload. */
void rn_query_write_record(struct rn_query *query, uint8_t *out);

#endif
