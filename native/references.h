/* SPDX-License-Identifier: Apache-2.0 */
/* Counted references to what several threads hold. */
#ifndef RN_REFERENCES_H
#define RN_REFERENCES_H

#include <stdatomic.h>
#include <stdbool.h>

/* Count one reference more. Who counts has one, so nobody else can be freeing it. */
static inline void rn_refer(atomic_uint *references)
{
    atomic_fetch_add_explicit(references, 1, memory_order_relaxed);
}

/* Count one reference less; return whether it was the last. What others did to the object before
 * they dropped it has then happened (release and acquire), so it can be freed. */
static inline bool rn_unrefer(atomic_uint *references)
{
    return atomic_fetch_sub_explicit(references, 1, memory_order_acq_rel) == 1;
}

#endif
