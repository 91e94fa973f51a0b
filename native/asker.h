/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who asks a resolver thread for what lanes miss, and how the thread tells it. The thread knows no
 * more of flights than this.
 */
#ifndef RN_ASKER_H
#define RN_ASKER_H

#include "native.h"

#include <stdatomic.h>

struct rn_flight;
struct rn_flights;

/* Its functions are called on the thread. */
struct rn_asker {
    struct rn_flights *flights;
    /* Say what came of a flight (takes it; borrows the rest; wire and why_bogus: NULL for none). */
    void (*land)(struct rn_flight *flight, const struct rn_result *result, const uint8_t *wire,
                 const char *why_bogus);
    /* Finish what is left to do, for all that came of flights in this pass. */
    void (*flush)(struct rn_flights *flights);
    atomic_bool is_due; /* there is something for flush though nothing came: do not wait before */
};

#endif
