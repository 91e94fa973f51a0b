/* SPDX-License-Identifier: Apache-2.0 */
#include "served_query.h"

#include "check.h"

#include <string.h>

static const uint8_t QUERY[29] = "\x12\x34\x01\0\0\1\0\0\0\0\0\0\7example\3org\0\0\1\0\1";

void served_query_set(struct served_query *query, const struct rn_plan *plan)
{
    *query = (struct served_query){
        .arrival = {.client = {.octets = {192, 0, 2, 1}, .port = 4711, .family = 4},
                    .local = {.octets = {192, 0, 2, 53}, .port = 53, .family = 4},
                    .transport = RN_DO53_UDP},
        .served = {.plan = plan,
                   .acl_zone = UINT16_MAX,
                   .by = RN_BY_CACHE,
                   .rejection = RN_TAKEN,
                   .access = RN_ALLOWED,
                   .found = RN_HIT_SUCCESS,
                   .is_sent = true,
                   .size = 45,
                   .sent = 45,
                   .duration_ns = 1000},
    };
    memcpy(query->octets, QUERY, sizeof QUERY);
    query->served.arrival = &query->arrival;
    CHECK(rn_asked_read(&query->arrival.asked, query->octets, sizeof QUERY) == RN_READ_QUERY);
}
