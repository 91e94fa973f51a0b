/* SPDX-License-Identifier: Apache-2.0 */
/* Every shape in which libunbound answers or fails becomes one result. */
#include "../native.h"
#include "check.h"
#include "session.h"
#include "tests.h"

#include <poll.h>
#include <stdbool.h>
#include <string.h>

enum { NOERROR = 0, SERVFAIL = 2, NXDOMAIN = 3 };

static void check_failure(struct rn_result result, int status)
{
    CHECK(result.status == status);
    CHECK(result.rcode == SERVFAIL && result.wire_length == 0);
    CHECK(status == RN_OK || result.text_length > 0);
}

/* The answer of the authority: one A record, ID 0, the QNAME as sent. */
static void check_address(struct session *session, struct rn_result result,
                          const struct rn_question *asked)
{
    CHECK(result.status == RN_OK && result.rcode == NOERROR);
    CHECK(result.security == RN_INSECURE && result.ratelimited == 0 && result.text_length == 0);
    CHECK(result.wire_length > 12U + asked->qname_length);
    CHECK(session->wire[0] == 0 && session->wire[1] == 0);
    CHECK(session->wire[7] == 1);
    CHECK(memcmp(session->wire + 12, asked->qname, asked->qname_length) == 0);
}

static void simple(struct session *session)
{
    struct rn_question asked = question_for(UINT64_MAX, "www");
    check_address(session, answer(session, asked), &asked);
    /* Cached now: called back inside ub_resolve_event. */
    unsigned before = atomic_load(&session->authority.asked);
    check_address(session, answer(session, asked), &asked);
    CHECK(atomic_load(&session->authority.asked) == before);
    struct rn_result result = answer(session, question_for(2, "nobody"));
    CHECK(result.rcode == NXDOMAIN && result.wire_length > 12);
}

static void local(struct session *session)
{
    struct rn_question asked = question(3, "\11localhost", 11);
    check_address(session, answer(session, asked), &asked);
}

static void failures(struct session *session)
{
    check_failure(answer(session, question_for(4, "fail")), RN_OK);
    check_failure(answer(session, question_for(5, "fail")), RN_OK); /* cached */
    struct rn_question bad = question_for(6, "www");
    bad.qname_length--;
    check_failure(answer(session, bad), RN_ENAME);
    bad = question_for(7, "www");
    bad.group = 1;
    check_failure(answer(session, bad), RN_EGROUP);
    bad.group = UINT32_MAX;
    check_failure(answer(session, bad), RN_EGROUP);
    bad = question_for(8, "www");
    bad.context = 2;
    check_failure(answer(session, bad), RN_ECONTEXT);
}

static void weird_names(struct session *session)
{
    static const char *const labels[] = {
        "a.b",  "a\\b",
        "a\"b", "a b",
        "a;b",  "a@b",
        "a(b",  "\377",
        "*",    "_x-y",
        "0",    "a\nb",
        "$x",   "123456789012345678901234567890123456789012345678901234567890123"};
    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++) {
        struct rn_question asked = question_for(100 + i, labels[i]);
        check_address(session, answer(session, asked), &asked);
    }
    struct rn_question nul = question(200, "\3a\0b\7example\3org", 17);
    check_address(session, answer(session, nul), &nul);

    uint8_t qname[255];
    size_t at = 0;
    static const uint8_t lengths[] = {63, 63, 63, 49};
    for (size_t i = 0; i < sizeof lengths; i++) {
        qname[at++] = lengths[i];
        memset(qname + at, '!', lengths[i]);
        at += lengths[i];
    }
    memcpy(qname + at, "\7example\3org", 13);
    CHECK(at + 13 == 255);
    struct rn_question longest = question(201, qname, 255);
    check_address(session, answer(session, longest), &longest);
}

/* 300 results that fit no single drain of 256: none is lost, whatever their order. */
static void many(struct session *session)
{
    bool seen[300] = {false};
    struct rn_question batch[300];
    for (size_t i = 0; i < 300; i++)
        batch[i] = question_for(i, i % 2 ? "www" : "many");
    CHECK(rn_recurse_submit(session->recurse, batch, 300) == RN_BATCH);
    CHECK(rn_recurse_submit(session->recurse, batch + RN_BATCH, 44) == 44);
    for (size_t i = 0; i < 300; i++) {
        struct rn_result result = next_result(session);
        CHECK(result.ticket < 300 && !seen[result.ticket] && result.rcode == NOERROR);
        seen[result.ticket] = true;
    }
}

/* What one drain leaves makes the descriptor readable again, though nothing new has come. */
static void left_over(struct session *session)
{
    struct pollfd wake = {.fd = rn_library_wake_fd(session->library), .events = POLLIN};
    struct rn_question asked = question_for(1, "www");
    struct rn_stats stats;
    size_t used, total;
    for (size_t i = 0; i < 2 * RN_BATCH; i++)
        ask(session, asked);
    do
        CHECK(rn_recurse_stats(session->recurse, 0, &stats) == RN_OK);
    while (stats.completed < stats.submitted);

    rn_library_wake_clear(session->library);
    used = rn_recurse_drain(session->recurse, session->records, RN_DRAIN_SIZE);
    CHECK(used > 0 && used % RN_BATCH == 0); /* records of one size */
    for (total = used; total < 2 * used;) {
        CHECK(poll(&wake, 1, 1000) == 1);
        rn_library_wake_clear(session->library);
        total += rn_recurse_drain(session->recurse, session->records, RN_DRAIN_SIZE);
    }
    CHECK(total == 2 * used);
}

void answer_tests(void)
{
    struct session session;
    struct rn_stats stats;
    session_start(&session, 1024, 1000);
    simple(&session);
    local(&session);
    failures(&session);
    weird_names(&session);
    many(&session);
    left_over(&session);
    CHECK(rn_recurse_stats(session.recurse, 0, &stats) == RN_OK);
    CHECK(stats.submitted == stats.completed && stats.failed == 4 && stats.contexts == 1);
    CHECK(rn_recurse_stats(session.recurse, RN_GROUPS, &stats) == RN_EGROUP);
    session_stop(&session);
}
