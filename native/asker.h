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
    /* What came of a flight (takes; the rest is borrowed, wire and why_bogus may be NULL). */
    void (*land)(struct rn_flight *flight, const struct rn_result *result, const uint8_t *wire,
                 const char *why_bogus);
    /* What has landed has, and the thread is about to wait. */
    void (*flush)(struct rn_flights *flights);
    atomic_bool is_due; /* the thread is not to wait before it has called flush once more */
};

#endif
