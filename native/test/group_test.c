/* SPDX-License-Identifier: Apache-2.0 */
/* Contexts come and go while questions are in flight; what replaces them is fresh. */
#include "../native.h"
#include "check.h"
#include "session.h"
#include "tests.h"

#include <string.h>
#include <unbound.h>

enum { NOERROR = 0, SERVFAIL = 2 };

static unsigned asked_for(struct session *session, struct rn_question asked)
{
    unsigned before = atomic_load(&session->authority.asked);
    CHECK(answer(session, asked).rcode == NOERROR);
    return atomic_load(&session->authority.asked) - before;
}

static int configure(struct session *session, uint32_t group, const char *text)
{
    return rn_recurse_configure(session->recurse, group, text, strlen(text), text, strlen(text),
                                session->message);
}

static uint64_t contexts(struct session *session, uint32_t group)
{
    struct rn_stats stats;
    CHECK(rn_recurse_stats(session->recurse, group, &stats) == RN_OK);
    return stats.contexts;
}

/* Wait until a group has so many contexts; each question lets the thread go round once. */
static void wait_for_contexts(struct session *session, uint32_t group, uint64_t wanted)
{
    for (int i = 0; i < 100000 && contexts(session, group) != wanted; i++)
        answer(session, question_for(1, "www"));
    CHECK(contexts(session, group) == wanted);
}

static void second_context(struct session *session)
{
    struct rn_question asked = question_for(1, "www");
    CHECK(asked_for(session, asked) == 1);
    CHECK(asked_for(session, asked) == 0);
    CHECK(contexts(session, 0) == 1);
    asked.context = 1;
    CHECK(asked_for(session, asked) == 1);
    CHECK(asked_for(session, asked) == 0);
    CHECK(contexts(session, 0) == 2);
}

static void flush(struct session *session)
{
    struct rn_question asked = question_for(1, "www");
    CHECK(rn_recurse_flush(session->recurse, 0, session->message) == RN_OK);
    CHECK(asked_for(session, asked) == 1);
    asked.context = 1;
    CHECK(asked_for(session, asked) == 1);
    wait_for_contexts(session, 0, 2);
    CHECK(rn_recurse_flush(session->recurse, 1, session->message) == RN_EGROUP);
    CHECK(strcmp(session->message, "no such group of contexts") == 0);
}

/* A configuration that fails changes nothing, says why, and libunbound's words reach the log. */
static void refused(struct session *session)
{
    char *text = malloc(RN_LOG_SIZE + 1);
    uint64_t dropped;
    CHECK(text);
    CHECK(configure(session, 0, "stub-zone:\n  name: a\n  stub-addr: not-an-ip\n") == UB_INITFAIL);
    CHECK(strcmp(session->message, "initialization failure") == 0);
    size_t length = rn_library_log_drain(session->library, text, RN_LOG_SIZE, &dropped);
    text[length] = '\0';
    CHECK(strstr(text, "not-an-ip") && dropped == 0);
    CHECK(asked_for(session, question_for(1, "www")) == 0);
    CHECK(configure(session, RN_GROUPS, "") == RN_EGROUP);
    free(text);
}

/* Deleting a context makes libunbound forget the log stream of all: it is set again. */
static void log_survives(struct session *session)
{
    char *text = malloc(RN_LOG_SIZE);
    uint64_t dropped;
    CHECK(text);
    CHECK(configure(session, 2, "") == RN_OK);
    CHECK(configure(session, 1, "server:\n  verbosity: 2\n") == RN_OK); /* process-global */
    CHECK(rn_recurse_remove(session->recurse, 2) == RN_OK);
    wait_for_contexts(session, 2, 0);
    rn_library_log_drain(session->library, text, RN_LOG_SIZE, &dropped);
    CHECK(answer(session, question_for(1, "logged")).rcode == NOERROR);
    CHECK(rn_library_log_drain(session->library, text, RN_LOG_SIZE, &dropped) > 0);
    CHECK(configure(session, 1, "server:\n  verbosity: 0\n") == RN_OK);
    free(text);
}

/* The old contexts go on with what they have, for as long as they may; then it fails. */
static void replaced_under_load(struct session *session)
{
    for (uint64_t i = 0; i < 20; i++)
        ask(session, question_for(1000 + i, i % 2 ? "silent" : "silence"));
    CHECK(configure(session, 0, session->text) == RN_OK);
    ask(session, question_for(1, "www"));
    struct rn_result result = next_result(session);
    CHECK(result.ticket == 1 && result.rcode == NOERROR);
    for (uint64_t i = 0; i < 20; i++) {
        result = next_result(session);
        CHECK(result.ticket >= 1000 && result.rcode == SERVFAIL && result.wire_length == 0);
    }
    wait_for_contexts(session, 0, 1);
}

static void several_groups(struct session *session)
{
    struct rn_question asked = question_for(1, "www");
    asked.group = RN_GROUPS - 1;
    CHECK(configure(session, RN_GROUPS - 1, session->text) == RN_OK);
    CHECK(asked_for(session, asked) == 1);
    CHECK(asked_for(session, asked) == 0);
    struct rn_question silent = question_for(2, "silent");
    silent.group = RN_GROUPS - 1;
    ask(session, silent);
    CHECK(rn_recurse_remove(session->recurse, RN_GROUPS - 1) == RN_OK);
    CHECK(rn_recurse_remove(session->recurse, RN_GROUPS - 1) == RN_EGROUP);
    ask(session, asked); /* gone for what comes now */
    struct rn_result result = next_result(session);
    CHECK(result.ticket == 1 && result.status == RN_EGROUP);
    result = next_result(session);
    CHECK(result.ticket == 2 && result.rcode == SERVFAIL);
    wait_for_contexts(session, RN_GROUPS - 1, 0);
}

void group_tests(void)
{
    struct session session;
    session_start(&session, 1024, 300);
    second_context(&session);
    flush(&session);
    refused(&session);
    log_survives(&session);
    replaced_under_load(&session);
    several_groups(&session);
    session_stop(&session);
}
