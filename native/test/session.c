/* SPDX-License-Identifier: Apache-2.0 */
/* A resolver thread under test, its authority and its results. */
#include "session.h"

#include "check.h"

#include <poll.h>
#include <string.h>

enum { PATIENCE_MS = 30000 };

void session_start(struct session *session, size_t capacity, uint32_t drain_ms)
{
    memset(session, 0, sizeof *session);
    authority_start(&session->authority);
    int length = snprintf(session->text, sizeof session->text,
                          "server:\n"
                          "  do-not-query-localhost: no\n"
                          "  qname-minimisation: no\n"
                          "  do-ip6: no\n"
                          "  outgoing-range: 256\n"
                          "stub-zone:\n"
                          "  name: example.org\n"
                          "  stub-addr: 127.0.0.1@%u\n",
                          session->authority.port);
    session->records = aligned_alloc(8, RN_DRAIN_SIZE);
    session->library = rn_library_new();
    CHECK(session->records && session->library);
    session->recurse = rn_recurse_new(session->library, capacity, drain_ms);
    CHECK(session->recurse);
    CHECK(rn_recurse_configure(session->recurse, 0, session->text, (size_t)length, session->text,
                               (size_t)length, session->message) == RN_OK);
    CHECK(session->message[0] == '\0');
}

void session_stop(struct session *session)
{
    rn_recurse_free(session->recurse);
    rn_library_free(session->library);
    authority_stop(&session->authority);
    free(session->records);
}

struct rn_question question(uint64_t ticket, const void *qname, size_t length)
{
    struct rn_question made = {
        .ticket = ticket, .qtype = 1, .qclass = 1, .qname_length = (uint8_t)length};
    CHECK(length <= sizeof made.qname);
    memcpy(made.qname, qname, length);
    return made;
}

struct rn_question question_for(uint64_t ticket, const char *label)
{
    static const char zone[] = "\7example\3org";
    char qname[255];
    size_t length = strlen(label);
    CHECK(length > 0 && length < 64);
    qname[0] = (char)length;
    memcpy(qname + 1, label, length);
    memcpy(qname + 1 + length, zone, sizeof zone);
    return question(ticket, qname, 1 + length + sizeof zone);
}

void ask(struct session *session, struct rn_question asked)
{
    CHECK(rn_recurse_submit(session->recurse, &asked, 1) == 1);
}

/* Have records, waiting at most wait_ms; whether there are any. */
static int refill(struct session *session, int wait_ms)
{
    struct pollfd wake = {.fd = rn_library_wake_fd(session->library), .events = POLLIN};
    while (session->at == session->used) {
        session->at = 0;
        session->used = rn_recurse_drain(session->recurse, session->records, RN_DRAIN_SIZE);
        if (session->used > 0)
            break;
        if (poll(&wake, 1, wait_ms) == 0)
            return 0;
        rn_library_wake_clear(session->library);
    }
    return 1;
}

struct rn_result next_result(struct session *session)
{
    struct rn_result result;
    CHECK(refill(session, PATIENCE_MS));
    const uint8_t *record = session->records + session->at;
    CHECK(session->used - session->at >= sizeof result);
    memcpy(&result, record, sizeof result);
    session->wire = record + sizeof result;
    session->why = (const char *)session->wire + result.wire_length;
    size_t size = sizeof result + result.wire_length + result.text_length;
    session->at += (size + 7) / 8 * 8;
    CHECK(session->at <= session->used);
    return result;
}

struct rn_result answer(struct session *session, struct rn_question asked)
{
    ask(session, asked);
    struct rn_result result = next_result(session);
    CHECK(result.ticket == asked.ticket);
    CHECK(result.group == asked.group && result.context == asked.context);
    return result;
}

int is_quiet(struct session *session, int wait_ms)
{
    return !refill(session, wait_ms);
}
