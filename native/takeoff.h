/* SPDX-License-Identifier: Apache-2.0 */
/* Which flights begin; see takeoff.c. */
#ifndef RN_TAKEOFF_H
#define RN_TAKEOFF_H

#include "traffic.h"

/* Give slots to those whose turn it is and hand them to libunbound. The lock is held. */
void rn_flights_begin(struct rn_flights *flights);

#endif
