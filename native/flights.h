/* SPDX-License-Identifier: Apache-2.0 */
/* The table of recursions in flight; see flights.c. The rest is in native.h (surface_flight.h). */
#ifndef RN_FLIGHTS_H
#define RN_FLIGHTS_H

#include "native.h"

/* One reference more (rn_flights_drop: one less). A plan has one for each block that names them. */
struct rn_flights *rn_flights_keep(struct rn_flights *flights);

#endif
