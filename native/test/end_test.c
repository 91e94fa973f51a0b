/* SPDX-License-Identifier: Apache-2.0 */
/* The end loses nothing and leaves nothing: no question, no descriptor, no memory. */
#include "../native.h"
#include "check.h"
#include "session.h"
#include "tests.h"

#include <dirent.h>
#include <string.h>

static unsigned open_descriptors(void)
{
    unsigned count = 0;
    DIR *folder = opendir("/proc/self/fd");
    CHECK(folder);
    while (readdir(folder))
        count++;
    closedir(folder);
    return count;
}

/* What is submitted and not drained is bounded; what is not taken is said, not lost. */
static void full_then_closed(void)
{
    struct session session;
    struct rn_question batch[20];
    struct rn_stats stats;
    session_start(&session, 8, 60000);
    for (uint64_t i = 0; i < 20; i++)
        batch[i] = question_for(i, "silent");
    CHECK(rn_recurse_submit(session.recurse, batch, 20) == 8);
    CHECK(rn_recurse_submit(session.recurse, batch, 20) == 0);
    CHECK(is_quiet(&session, 50));
    CHECK(rn_recurse_stats(session.recurse, 0, &stats) == RN_OK);
    CHECK(stats.submitted == 8 && stats.completed == 0);

    rn_recurse_close(session.recurse);
    rn_recurse_close(session.recurse);
    CHECK(rn_recurse_submit(session.recurse, batch, 1) == 0);
    CHECK(rn_recurse_flush(session.recurse, 0, session.message) == RN_ECLOSED);
    CHECK(strcmp(session.message, "the resolver has ended") == 0);
    for (uint64_t i = 0; i < 8; i++)
        CHECK(next_result(&session).rcode == 2);
    CHECK(is_quiet(&session, 0));
    session_stop(&session);
}

/* Freed with work outstanding in both contexts, in drained contexts, and undrained. */
static void freed_at_work(void)
{
    struct session session;
    session_start(&session, 64, 60000);
    struct rn_question asked = question_for(1, "silent");
    ask(&session, asked);
    asked.context = 1;
    ask(&session, asked);
    CHECK(rn_recurse_flush(session.recurse, 0, session.message) == RN_OK);
    ask(&session, asked);
    ask(&session, question_for(2, "www"));
    session_stop(&session);
}

void end_tests(void)
{
    full_then_closed();
    unsigned before = open_descriptors();
    for (int i = 0; i < 5; i++)
        freed_at_work();
    CHECK(open_descriptors() == before);

    struct rn_library *library = rn_library_new();
    CHECK(library);
    CHECK(!rn_recurse_new(library, 0, 0) && !rn_recurse_new(library, 65537, 0));
    rn_recurse_free(rn_recurse_new(library, 1, 0));
    rn_recurse_free(NULL);
    rn_library_free(library);
    rn_library_free(NULL);
}
