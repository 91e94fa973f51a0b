/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any octets as what a connection has read (native/stream.c), over a whole plan with data in the store:
 * what is consumed are whole messages, what is written are whole replies in the order of their questions,
 * and nothing is both answered and left. What is the chain's goes there in its order, as it was read.
 *
 * The input is 8 octets that say who asks, how much room and how many messages there are, then the
 * buffer.
 */
#include "../clock.h"
#include "../image.h"
#include "../test/check.h"
#include "../test/message.h"
#include "../test/stock.h"

#include <string.h>

enum { KNOBS = 8, PREFIX = 2 };

int LLVMFuzzerInitialize(int *count, char ***arguments);
int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t length);

static struct stock stock; /* of this program, for all inputs */
static bool is_old;        /* the last input may have ended what was kept */

static bool is_left(const struct rn_stream *stream, size_t at)
{
    for (uint32_t i = 0; i < stream->left_count; i++)
        if (stream->left[i] == at)
            return true;
    return false;
}

/* Check the replies against the messages; return how many messages there were. */
static uint32_t check_replies(const uint8_t *in, const struct rn_stream *stream, const uint8_t *out)
{
    uint32_t messages = 0;
    size_t replied = 0;
    for (size_t at = 0; at < stream->consumed; at += PREFIX + rn_get16(in + at), messages++) {
        struct digest digest;
        const uint8_t *message = in + at + PREFIX, *reply = out + replied + PREFIX;
        size_t length = replied < stream->written ? rn_get16(out + replied) : 0;
        bool is_query = rn_get16(in + at) >= 12 && !(message[2] & 0x80);
        bool is_answered = is_query && length > 0 && rn_get16(reply) == rn_get16(message);
        if (is_left(stream, at)) {
            CHECK(is_query);
            continue;
        }
        if (!is_answered) /* a response, or acl dropped it */
            continue;
        CHECK(replied + PREFIX + length <= stream->written);
        CHECK(message_read(reply, length, &digest) || length == 12); /* a header alone is FORMERR */
        CHECK(reply[2] & 0x80 && !(reply[2] & 2));
        replied += PREFIX + length;
    }
    CHECK(replied == stream->written);
    return messages;
}

/* Check that a question went to the chain as it reads. */
static void check_question(const struct rn_question_diverted *head, const uint8_t *message,
                           const struct rn_connection *connection)
{
    struct rn_asked asked;
    CHECK(rn_asked_read(&asked, message, head->length) == RN_READ_QUERY);
    CHECK(head->id == asked.id && head->flags == asked.flags && head->qtype == asked.qtype &&
          head->qclass == asked.qclass && head->qname_length == asked.qname_length);
    CHECK(head->has_edns == asked.has_edns && head->payload_size == asked.payload_size &&
          head->edns_flags == asked.edns_flags);
    CHECK(head->options_at + head->options_length <= head->length &&
          (head->options_length > 0) == (asked.option_count > 0));
    CHECK(head->listener == connection->listener && head->transport == connection->transport);
}

/* Check what went to the chain, of which nothing comes back; return how many questions it was. */
static uint32_t check_diverted(const uint8_t *in, const struct rn_stream *stream,
                               const struct rn_connection *connection)
{
    static _Alignas(8) uint8_t records[RN_DRAIN_SIZE];
    struct rn_diverted *diverted = rn_engine_diverted(stock.engine);
    size_t used, at = 0;
    uint32_t questions = 0;
    while ((used = rn_diverted_drain(diverted, records, sizeof records)) > 0)
        for (size_t place = 0; place < used; questions++) {
            struct rn_question_diverted head;
            memcpy(&head, records + place, sizeof head);
            const uint8_t *message = records + place + sizeof head;
            while (at < stream->consumed && (rn_get16(in + at) != head.length ||
                                             memcmp(in + at + PREFIX, message, head.length) != 0))
                at += PREFIX + rn_get16(in + at);
            CHECK(at < stream->consumed && !is_left(stream, at));
            at += PREFIX + head.length;
            check_question(&head, message, connection);
            rn_engine_reply(stock.engine, head.ticket, NULL, 0);
            place += (sizeof head + head.length + 7) / 8 * 8;
        }
    CHECK(rn_engine_send(stock.engine) <= questions);
    return questions;
}

/* Take what came back for connections out of the way; return how many queries that ends. */
static uint32_t count_outgoing(void)
{
    static _Alignas(8) uint8_t records[RN_DRAIN_SIZE];
    struct rn_outbox *outbox = rn_engine_outbox(stock.engine);
    size_t used;
    uint32_t ended = 0;
    while ((used = rn_outbox_drain(outbox, records, sizeof records)) > 0)
        for (size_t place = 0; place < used; ended++) {
            struct rn_reply_head head;
            memcpy(&head, records + place, sizeof head);
            place += (sizeof head + head.length + 7) / 8 * 8;
        }
    return ended;
}

int LLVMFuzzerInitialize(int *count, char ***arguments)
{
    (void)count;
    (void)arguments;
    stock_start(&stock);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t length)
{
    static _Alignas(8) uint8_t drained[RN_EVENT_MAX];
    struct rn_stream stream;
    if (length < KNOBS)
        return 0;
    struct rn_connection connection = {
        .client = {.octets = {127, 0, 0, octets[0]}, .family = 4, .port = 4711},
        .local = {.octets = {192, 0, 2, octets[1]}, .family = 4, .port = 53},
        .messages = octets[2] == 0xFF ? UINT32_MAX : octets[2],
        .left_most = octets[3] == 0xFF ? UINT32_MAX : octets[3],
        .listener = octets[4] & 1,
        .keepalive = octets[5],
        .transport = (uint8_t)(RN_DO53_TCP + (octets[4] >> 1) % 4),
    };
    if (octets[4] & 0x80) /* whom acl drops, or views know */
        memcpy(connection.client.octets, octets[0] & 1 ? "\306\63\144\1" : "\300\0\2\1", 4);
    size_t room = RN_STREAM_ROOM + 64u * octets[6], size = length - KNOBS;
    uint8_t *in = malloc(size + 1), *out = malloc(room);
    CHECK(in && out);
    memcpy(in + 1, octets + KNOBS, size);
    rn_clock_drive(stock.clock, STOCK_NOW_MS + 1000 * octets[7], STOCK_WALL_S + octets[7]);
    if (is_old)
        stock_fill(&stock, STOCK_NOW_MS, NULL, 0);
    is_old = octets[7] > 0;
    rn_engine_answer_stream(stock.engine, &connection, in + 1, size, out, room, &stream);
    CHECK(stream.consumed <= size && stream.written <= room);
    CHECK(stream.messages <= connection.messages &&
          stream.left_count + stream.waiting <= connection.left_most);
    CHECK(check_replies(in + 1, &stream, out) == stream.messages);
    CHECK(check_diverted(in + 1, &stream, &connection) <= stream.waiting);
    CHECK(count_outgoing() == stream.waiting);
    for (uint32_t i = 1; i < stream.left_count; i++)
        CHECK(stream.left[i] > stream.left[i - 1]);
    bool is_whole = size - stream.consumed >= PREFIX &&
                    size - stream.consumed - PREFIX >= rn_get16(in + 1 + stream.consumed);
    if (is_whole) /* it stopped for a reason */
        CHECK(stream.messages == connection.messages || room - stream.written < RN_STREAM_ROOM ||
              stream.left_count + stream.waiting == connection.left_most ||
              stream.left_count + stream.waiting == RN_STREAM_LEFT);
    free(in);
    free(out);
    rn_events_drain(stock.events, drained, sizeof drained);
    return 0;
}
