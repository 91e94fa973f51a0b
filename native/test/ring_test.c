/* SPDX-License-Identifier: Apache-2.0 */
/* The ring keeps order, refuses what it has no room for, and says whom to wake. */
#include "../ring.h"

#include "../native.h"
#include "check.h"
#include "tests.h"

#include <stdint.h>

static void *item(uintptr_t number)
{
    return (void *)number;
}

void ring_tests(void)
{
    struct rn_ring ring = {0};
    void *in[5] = {item(1), item(2), item(3), item(4), item(5)};
    void *out[5];
    bool was_empty, left;
    rn_ring_destroy(&ring); /* harmless on a zeroed one */
    CHECK(rn_ring_init(&ring, 3) == RN_OK);
    CHECK(rn_ring_pop(&ring, out, 5, &left) == 0 && !left);
    CHECK(rn_ring_push(&ring, in, 2, &was_empty) == 2 && was_empty);
    CHECK(rn_ring_push(&ring, in + 2, 3, &was_empty) == 1 && !was_empty);
    CHECK(rn_ring_pop(&ring, out, 2, &left) == 2 && left);
    CHECK(out[0] == item(1) && out[1] == item(2));
    CHECK(rn_ring_push(&ring, in + 3, 2, &was_empty) == 2 && !was_empty); /* around the end */
    rn_ring_close(&ring);
    CHECK(rn_ring_push(&ring, in, 1, &was_empty) == 0);
    CHECK(rn_ring_pop(&ring, out, 5, &left) == 3 && !left);
    CHECK(out[0] == item(3) && out[1] == item(4) && out[2] == item(5));
    rn_ring_destroy(&ring);
}
