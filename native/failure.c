/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SERVFAIL of our own making: there is no room for another query, or no answer in time.
 *
 * The texts are those of plugins/unbound and resolver/server.py. Nothing is kept; any thread.
 */
#include "failure.h"

enum { SERVFAIL = 2 };

/* Options as they are sent (RFC 8914): code, length, INFO-CODE (0: Other, 22: No Reachable
 * Authority). */
static const char TOO_MANY[] = "\0\x0f\0\x1c\0\0too many queries in flight";
static const char TOO_LATE[] = "\0\x0f\0\x13\0\x16no answer in time";

size_t rn_failure_render(struct rn_task *task, enum rn_failure why, const struct rn_manner *manner,
                         uint8_t *out)
{
    struct rn_served *served = &task->served;
    const struct rn_asked *asked = &task->arrival.asked;
    const char *ede = why == RN_TOO_MANY ? TOO_MANY : TOO_LATE;
    size_t ede_length = why == RN_TOO_MANY ? sizeof TOO_MANY - 1 : sizeof TOO_LATE - 1;
    if (why == RN_NO_FAILURE)
        ede_length = 0;
    size_t length = rn_render_bare(asked, SERVFAIL, (const uint8_t *)ede, ede_length, manner, out);
    served->by = RN_BY_SERVER;
    served->rcode = SERVFAIL;
    rn_served_note(served, out, length);
    served->size = (uint16_t)(RN_HEADER_SIZE + asked->qname_length + 4);
    return length;
}
