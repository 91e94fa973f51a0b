/* SPDX-License-Identifier: Apache-2.0 */
/* One libunbound context, from a configuration's text to its deletion; see context.c. */
#ifndef RN_CONTEXT_H
#define RN_CONTEXT_H

#include "library.h"
#include "native.h"

#include <event2/event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <unbound.h>

/* The text of a configuration; whose it is depends on where it stands. */
struct rn_text {
    const char *octets;
    size_t length;
};

struct rn_context {
    struct ub_ctx *ub;
    struct rn_library *library;
    struct rn_context *next_in_library;
    struct rn_context *next_retired;
    uint32_t group;     /* the number of the group it was made for */
    size_t pending;     /* questions that it has not called back */
    bool is_retired;    /* replaced: gets no more questions */
    uint64_t delete_ms; /* when retired: deleted then at the latest (CLOCK_MONOTONIC) */
};

/*
 * Make a context on the base (borrows, until the context is deleted) and finalise it, so that
 * whatever is wrong shows now. *made (gives: rn_context_delete) is set with RN_OK alone. message
 * (borrows, RN_MESSAGE_SIZE) becomes what is wrong, or "". The base's thread.
 */
int rn_context_new(struct rn_library *library, struct event_base *base, const struct rn_text *text,
                   struct rn_context **made, char *message);

/* Delete it; takes it. Calls back all that is pending. The base's thread, in no callback of its. */
void rn_context_delete(struct rn_context *context);

#endif
