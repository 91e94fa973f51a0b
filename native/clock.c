/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine's clock: the machine's, or one that tests drive.
 *
 * Deadlines are milliseconds of CLOCK_BOOTTIME, which goes on while a laptop sleeps and never jumps.
 * It is read through libc, once a batch.
 */
#include "clock.h"

#include "native.h"

#include <stdlib.h>
#include <time.h>

struct rn_clock *rn_clock_new(void)
{
    struct rn_clock *clock = calloc(1, sizeof *clock);
    if (clock)
        atomic_init(&clock->now_ms, -1);
    return clock;
}

void rn_clock_free(struct rn_clock *clock)
{
    free(clock);
}

void rn_clock_drive(struct rn_clock *clock, int64_t now_ms, int64_t wall_s)
{
    atomic_store(&clock->wall_s, wall_s);
    atomic_store(&clock->now_ms, now_ms);
}

int64_t rn_clock_now_ns(const struct rn_clock *clock)
{
    int64_t driven = atomic_load_explicit(&clock->now_ms, memory_order_relaxed);
    if (driven >= 0)
        return driven * 1000000;
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t rn_clock_now_ms(const struct rn_clock *clock)
{
    return rn_clock_now_ns(clock) / 1000000;
}

int64_t rn_clock_wall_s(const struct rn_clock *clock)
{
    if (atomic_load_explicit(&clock->now_ms, memory_order_relaxed) >= 0)
        return atomic_load_explicit(&clock->wall_s, memory_order_relaxed);
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec;
}
