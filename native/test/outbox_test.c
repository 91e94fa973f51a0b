/* SPDX-License-Identifier: Apache-2.0 */
/* Replies for connections come out in order, bounded, and each query is accounted for. */
#include "../outbox.h"

#include "../image.h"
#include "../wake.h"
#include "check.h"
#include "tests.h"

#include <poll.h>
#include <string.h>
#include <unistd.h>

enum { FILL = 0xA5 };

static bool is_readable(int fd)
{
    struct pollfd polled = {.fd = fd, .events = POLLIN};
    return poll(&polled, 1, 0) == 1;
}

struct wanted {
    uint64_t connection;
    uint32_t length; /* with the two octets in front */
};

/* Drain what fits into `size` octets: these records, and no more. */
static void drain(struct rn_outbox *outbox, size_t size, const struct wanted *wanted, size_t count)
{
    static _Alignas(8) uint8_t all[4096];
    size_t end = rn_outbox_drain(outbox, all, size), at = 0;
    for (size_t i = 0; i < count; i++) {
        struct rn_reply_head head;
        CHECK(at + sizeof head <= end);
        memcpy(&head, all + at, sizeof head);
        at += sizeof head;
        CHECK(head.connection == wanted[i].connection && head.length == wanted[i].length);
        CHECK(head.length == 0 || rn_get16(all + at) + 2 == head.length);
        for (uint32_t octet = 2; octet < head.length; octet++)
            CHECK(all[at + octet] == FILL);
        at += (head.length + 7) / 8 * 8;
    }
    CHECK(at == end);
}

static void order_and_bound(void)
{
    uint8_t octets[900];
    struct rn_outbox outbox;
    int fd = rn_wake_new();
    memset(octets, FILL, sizeof octets);
    rn_outbox_init(&outbox, 1000, fd);
    drain(&outbox, 4096, NULL, 0);
    CHECK(!is_readable(fd));

    rn_outbox_put(&outbox, 7, octets, 900);
    CHECK(is_readable(fd));
    rn_wake_clear(fd);
    rn_outbox_put(&outbox, 8, octets, 98); /* over the bound, with the length in front */
    rn_outbox_put(&outbox, 9, octets, 96);
    rn_outbox_put(&outbox, 10, octets, 0);
    CHECK(!is_readable(fd)); /* whoever was woken finds these too */
    drain(&outbox, 920, (const struct wanted[]){{7, 902}}, 1);
    CHECK(is_readable(fd));
    rn_wake_clear(fd);
    drain(&outbox, 4096, (const struct wanted[]){{8, 0}, {9, 98}, {10, 0}}, 3);
    CHECK(!is_readable(fd));

    rn_outbox_put(&outbox, 11, octets, 900); /* there is room again */
    drain(&outbox, 4096, (const struct wanted[]){{11, 902}}, 1);
    rn_outbox_put(&outbox, 12, octets, 1);
    rn_outbox_destroy(&outbox); /* with what is in it */
    close(fd);
}

/* At most a batch at a time, and the eventfd says that there is more. */
static void many(void)
{
    static _Alignas(8) uint8_t all[(RN_BATCH + 1) * sizeof(struct rn_reply_head)];
    struct rn_outbox outbox;
    int fd = rn_wake_new();
    rn_outbox_init(&outbox, 0, fd);
    for (uint64_t i = 0; i <= RN_BATCH; i++)
        rn_outbox_put(&outbox, i, NULL, 0);
    rn_wake_clear(fd);
    CHECK(rn_outbox_drain(&outbox, all, sizeof all) == RN_BATCH * sizeof(struct rn_reply_head));
    CHECK(is_readable(fd));
    rn_wake_clear(fd);
    CHECK(rn_outbox_drain(&outbox, all, sizeof all) == sizeof(struct rn_reply_head));
    CHECK(!is_readable(fd));
    rn_outbox_destroy(&outbox);
    close(fd);
}

void outbox_tests(void)
{
    order_and_bound();
    many();
}
