/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One question on its way through libunbound, and its result.
 *
 * libunbound answers in its callback, which it may call inside ub_resolve_event (local data, cached
 * data), later, or while the context is deleted (rcode 2, no packet). The packet lies in a buffer
 * that all callbacks share: it is copied before the callback returns. A failure comes as an rcode
 * beside a buffer of garbage, as a SERVFAIL message (a cached failure), or as an error of
 * ub_resolve_event itself; each becomes a result of one shape.
 */
#include "query.h"

#include "name.h"
#include "recurse.h"

#include <stdlib.h>
#include <string.h>
#include <unbound-event.h>

enum { HEADER_SIZE = 12, NOERROR = 0, SERVFAIL = 2, TEXT_MAX = 512 };

/* Start the result: a failure without a message, until something better is known. */
static void start_result(struct rn_query *query, int status)
{
    query->payload = NULL;
    query->result = (struct rn_result){
        .ticket = query->question.ticket,
        .group = query->question.group,
        .context = query->question.context,
        .status = status,
        .rcode = SERVFAIL,
    };
}

/* Copy message and text. Without memory the result is a failure that says so. */
static void keep(struct rn_query *query, const uint8_t *wire, size_t wire_length, const char *text)
{
    size_t text_length = text ? strnlen(text, TEXT_MAX) : 0;
    if (wire_length + text_length == 0)
        return;
    query->payload = malloc(wire_length + text_length);
    if (!query->payload) {
        query->result.status = RN_ENOMEM;
        query->result.rcode = SERVFAIL;
        return;
    }
    if (wire_length > 0)
        memcpy(query->payload, wire, wire_length);
    if (text_length > 0)
        memcpy(query->payload + wire_length, text, text_length);
    query->result.wire_length = (uint32_t)wire_length;
    query->result.text_length = (uint16_t)text_length;
}

/* Leave the result to who asked: the flight now, while the buffer is there, or Python later. */
static void finish(struct rn_query *query, const uint8_t *wire, size_t wire_length,
                   const char *text)
{
    struct rn_recurse *recurse = query->recurse;
    struct rn_flight *flight = query->flight;
    if (!flight) {
        keep(query, wire, wire_length, text);
        rn_recurse_finish(recurse, query);
        return;
    }
    struct rn_result result = query->result;
    result.wire_length = (uint32_t)wire_length;
    result.text_length = (uint16_t)(text ? strnlen(text, TEXT_MAX) : 0);
    rn_recurse_recycle(recurse, query);
    struct rn_asker *asker = atomic_load(&recurse->asker); /* there is one: it has asked */
    asker->land(flight, &result, wire_length > 0 ? wire : NULL, text);
}

static void on_answer(void *mydata, int rcode, void *packet, int length, int security,
                      char *why_bogus, int was_ratelimited)
{
    struct rn_query *query = mydata;
    struct rn_recurse *recurse = query->recurse;
    const uint8_t *wire = packet;
    size_t wire_length = 0;
    if (recurse->asking == query)
        recurse->asking = NULL;
    rn_recurse_stay_awake(recurse);
    rn_groups_done(&recurse->groups, query->context);
    start_result(query, RN_OK);
    query->result.security = security == 1 ? RN_BOGUS : security == 2 ? RN_SECURE : RN_INSECURE;
    query->result.ratelimited = was_ratelimited != 0;
    if (rcode == NOERROR && wire && length >= HEADER_SIZE && length <= UINT16_MAX) {
        query->result.rcode = wire[3] & 0x0F;
        if (query->result.rcode != SERVFAIL)
            wire_length = (size_t)length;
    }
    finish(query, wire, wire_length, why_bogus);
}

void rn_query_fail(struct rn_query *query, int status, const char *text)
{
    start_result(query, status);
    finish(query, NULL, 0, text);
}

static const char *status_text(int status)
{
    switch (status) {
    case RN_EGROUP:
        return "no such group of contexts";
    case RN_ECONTEXT:
        return "no such context";
    case RN_ENAME:
        return "malformed name";
    default:
        return ub_strerror(status);
    }
}

void rn_query_ask(struct rn_query *query)
{
    struct rn_recurse *recurse = query->recurse;
    const struct rn_question *question = &query->question;
    char name[RN_NAME_TEXT_SIZE];
    char message[RN_MESSAGE_SIZE] = "";
    struct rn_context *context = NULL;
    int status = rn_name_to_text(question->qname, question->qname_length, name);
    if (status == RN_OK)
        status = rn_groups_context(&recurse->groups, question->group, question->context, &context,
                                   message);
    if (status != RN_OK) {
        rn_query_fail(query, status, message[0] ? message : status_text(status));
        return;
    }
    context->pending++;
    query->context = context;
    /* Called back inside, the query may be drained before ub_resolve_event returns; so whether it
     * was is told by `asking` alone, and the query is not touched again. */
    recurse->asking = query;
    status = ub_resolve_event(context->ub, name, question->qtype, question->qclass, query,
                              on_answer, NULL);
    if (!recurse->asking)
        return;
    recurse->asking = NULL;
    if (status != RN_OK) {
        rn_groups_done(&recurse->groups, context);
        rn_query_fail(query, status, ub_strerror(status));
    }
}

void rn_query_deliver(struct rn_query *owed, uint64_t ticket, const struct rn_result *result,
                      const uint8_t *wire, const char *text)
{
    owed->result = *result;
    owed->result.ticket = ticket;
    owed->result.wire_length = 0;
    owed->result.text_length = 0;
    keep(owed, wire, result->wire_length, text);
    rn_recurse_deliver(owed);
}

size_t rn_query_record_size(const struct rn_query *query)
{
    size_t size = sizeof query->result + query->result.wire_length + query->result.text_length;
    return (size + 7) / 8 * 8;
}

void rn_query_write_record(struct rn_query *query, uint8_t *out)
{
    size_t size = query->result.wire_length + query->result.text_length;
    memcpy(out, &query->result, sizeof query->result);
    out += sizeof query->result;
    if (size > 0)
        memcpy(out, query->payload, size);
    memset(out + size, 0, rn_query_record_size(query) - sizeof query->result - size);
    free(query->payload);
    query->payload = NULL;
}
