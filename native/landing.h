/* SPDX-License-Identifier: Apache-2.0 */
/* What comes of flights; see landing.c. */
#ifndef RN_LANDING_H
#define RN_LANDING_H

#include "traffic.h"

/* What came of a flight (all borrowed): answer all who wait, keep what is to be kept, free the
 * flight. The resolver thread. */
void rn_flight_land(struct rn_flight *flight, const struct rn_result *result, const uint8_t *wire,
                    const char *why_bogus);

/* Tell who waits for flights that fail, and send what is made and not sent. The resolver thread. */
void rn_flights_flush(struct rn_flights *flights);

#endif
