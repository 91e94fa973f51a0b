/* SPDX-License-Identifier: Apache-2.0 */
/* A query that was served, for tests of what is told of it. */
#ifndef RN_TEST_SERVED_QUERY_H
#define RN_TEST_SERVED_QUERY_H

#include "../plan.h"
#include "../served.h"

struct served_query {
    uint8_t octets[29];
    struct rn_arrival arrival;
    struct rn_served served;
};

/* Set one for `example.org. A` over UDP from 192.0.2.1, answered by the cache: NOERROR, 45 octets.
 * It points into itself. */
void served_query_set(struct served_query *query, const struct rn_plan *plan);

#endif
