/* SPDX-License-Identifier: Apache-2.0 */
/* The log keeps whole lines, drops and counts what has no room, and wakes its reader once. */
#include "../log.h"

#include "../wake.h"
#include "check.h"
#include "tests.h"

#include <poll.h>
#include <string.h>
#include <unistd.h>

static int is_awake(int fd)
{
    struct pollfd wake = {.fd = fd, .events = POLLIN};
    return poll(&wake, 1, 0) == 1;
}

void log_tests(void)
{
    int fd = rn_wake_new();
    struct rn_log *log = calloc(1, sizeof *log);
    char *text = malloc(RN_LOG_SIZE);
    uint64_t dropped;
    CHECK(fd >= 0 && log && text && rn_log_init(log, fd) == RN_OK);

    fprintf(log->stream, "one\n");
    fprintf(log->stream, "%s %s\n", "two", "halves");
    CHECK(is_awake(fd));
    rn_wake_clear(fd);
    CHECK(rn_log_drain(log, text, RN_LOG_SIZE, &dropped) == 15 && dropped == 0);
    CHECK(memcmp(text, "one\ntwo halves\n", 15) == 0);
    CHECK(rn_log_drain(log, text, RN_LOG_SIZE, &dropped) == 0 && !is_awake(fd));

    /* A line over the size is cut; lines that have no room are counted. */
    for (int i = 0; i < 100; i++)
        fprintf(log->stream, "%05000d\n", i);
    size_t kept = RN_LOG_SIZE / (RN_LOG_LINE_SIZE + 1);
    CHECK(rn_log_drain(log, text, RN_LOG_SIZE, &dropped) == kept * (RN_LOG_LINE_SIZE + 1));
    CHECK(dropped == 100 - kept);
    CHECK(text[RN_LOG_LINE_SIZE] == '\n' && text[0] == '0');
    fprintf(log->stream, "after\n");
    CHECK(rn_log_drain(log, text, RN_LOG_SIZE, &dropped) == 6 && dropped == 0);

    rn_log_destroy(log);
    free(log);
    free(text);
    close(fd);
}
