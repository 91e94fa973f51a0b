/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Drives the native part without Python, so that the sanitizers see our C and libunbound alone.
 * Run by native/test/sanitize; ends with 0, or where a statement was not true.
 */
#include "tests.h"

#include <stdio.h>
#include <time.h>

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int main(void)
{
    static const struct {
        const char *name;
        void (*run)(void);
    } groups[] = {
        {"probe", probe_tests},
        {"ecdsa", ecdsa_tests},
        {"name", name_tests},
        {"asked", asked_tests},
        {"render", render_tests},
        {"ring", ring_tests},
        {"outbox", outbox_tests},
        {"counts", counts_tests},
        {"events", events_tests},
        {"lines", lines_tests},
        {"table", table_tests},
        {"store", store_tests},
        {"sieve", sieve_tests},
        {"plan", plan_tests},
        {"normal", normal_tests},
        {"verdict", verdict_tests},
        {"keeping", keeping_tests},
        {"log", log_tests},
        {"answer", answer_tests},
        {"group", group_tests},
        {"end", end_tests},
        {"turns", turns_tests},
        {"waiting", waiting_tests},
        {"diverted", diverted_tests},
        {"flight", flight_tests},
        {"party", party_tests},
        {"flight_load", flight_load_tests},
        {"doors", doors_tests},
        {"lane", lane_tests},
        {"lane_doors", lane_doors_tests},
        {"load", load_tests},
    };
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
        double start = now_s();
        groups[i].run();
        printf("ok %-11s %.2f s\n", groups[i].name, now_s() - start);
        fflush(stdout);
    }
    return 0;
}
