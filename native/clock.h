/* SPDX-License-Identifier: Apache-2.0 */
/* The engine's clock: the machine's, or one that tests drive; see clock.c. */
#ifndef RN_CLOCK_H
#define RN_CLOCK_H

#include <stdatomic.h>
#include <stdint.h>

struct rn_clock {
    _Atomic int64_t now_ms;  /* below 0: the machine's CLOCK_BOOTTIME */
    _Atomic int64_t wall_s;  /* where now_ms is driven */
};

/* Return CLOCK_BOOTTIME in milliseconds. Any thread. */
int64_t rn_clock_now_ms(const struct rn_clock *clock);

/* The same in nanoseconds. */
int64_t rn_clock_now_ns(const struct rn_clock *clock);

/* Return the seconds since 1970. Any thread. */
int64_t rn_clock_wall_s(const struct rn_clock *clock);

#endif
