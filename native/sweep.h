/* SPDX-License-Identifier: Apache-2.0 */
/* Walks over all entries of the store; see sweep.c. */
#ifndef RN_SWEEP_H
#define RN_SWEEP_H

#include "native.h"
#include "shard.h"

enum rn_visited {
    RN_VISIT_KEEP,
    RN_VISIT_REMOVE,
    RN_VISIT_STOP /* as if it had not been visited: the walk goes on with it */
};

/* Called for one entry (lends) with its shard locked. */
typedef enum rn_visited rn_visit(void *arg, const struct rn_stored *stored);

/* Walk a few steps on from a cursor, which is zeroed at first; cursor->shard is RN_SHARDS at the end.
 * False: `visit` wanted to stop. No shard is locked. */
bool rn_sweep(struct rn_store *store, struct rn_cursor *cursor, rn_visit *visit, void *arg);

#endif
