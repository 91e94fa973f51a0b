/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any octets as a message to a whole plan (native/test/stock.c), with data in the store, fresh, old and
 * stale: what is sent is read by a strict client, answers the question, and fits.
 *
 * What is told of it becomes lines of a log, of all fields: none has an octet that is not printable.
 *
 * The input is 4 octets that say who asks, where, by what and when, then the message.
 */
#include "../answer.h"

#include "../test/check.h"
#include "../test/message.h"
#include "../test/stock.h"

#include <string.h>

enum { KNOBS = 4, UDP_ROOM = 4096 };

int LLVMFuzzerInitialize(int *count, char ***arguments);
int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t length);

static const struct rn_address CLIENTS[] = {
    {.octets = {127, 0, 0, 1}, .family = 4, .port = 4711},
    {.octets = {192, 0, 2, 9}, .family = 4, .port = 4711},
    {.octets = {198, 51, 100, 7}, .family = 4, .port = 4711},
    {.octets = {203, 0, 113, 1}, .family = 4, .port = 4711},
    {.octets = {0xFD, 1}, .family = 6, .port = 4711},
    {.octets = {0xFE, 0x80, 1}, .family = 6, .scope = 3, .port = 4711},
    {.octets = {0x20, 1}, .family = 6, .port = 1},
    {.octets = {0}, .family = 4, .port = 65535},
};
static const int64_t AGES_MS[] = {0, 999, 1000, 6000, 31000, 61000, 301000, 4000000};

static struct stock stock; /* of this program, for all inputs */
static struct rn_lines *lines;

static void check_reply(const struct rn_task *task, const uint8_t *out, size_t length, size_t room)
{
    const struct rn_asked *asked = &task->arrival.asked;
    unsigned flags = rn_get16(out + 2);
    struct digest digest;
    CHECK(length >= RN_HEADER_SIZE && length <= room);
    CHECK(rn_get16(out) == asked->id && flags & RN_QR);
    if (!asked->has_question) {
        CHECK(length == RN_HEADER_SIZE && rn_get32(out + 4) == 0 && rn_get32(out + 8) == 0);
        return;
    }
    CHECK(message_read(out, length, &digest));
    CHECK(digest.opt <= 1 && (asked->has_edns || !digest.opt));
    CHECK(memcmp(out + 12, asked->octets + 12, asked->qname_length + 4u) == 0);
    if (task->arrival.transport == RN_DO53_UDP) {
        size_t theirs = asked->payload_size < 512 ? 512 : asked->payload_size;
        CHECK(length <= (asked->has_edns ? theirs : 512));
        CHECK(length <= (task->arrival.listener == 1 ? 4096 : 1232));
    } else {
        CHECK(!(flags & RN_TC));
    }
    CHECK(task->served.is_sent && task->served.sent == length);
}

static void answer(const uint8_t *knobs, const uint8_t *message, size_t length)
{
    struct rn_answerer answerer = {
        .store = stock.store, .counts = stock.counts[2], .events = stock.events};
    struct rn_plan *plan = rn_plan_take(stock.holder);
    struct rn_task task;
    size_t reply_length = 0;
    memset(&task, 0xAA, sizeof task);
    rn_random_seed(&answerer.random, knobs[2]);
    task.arrival.client = CLIENTS[knobs[1] & 7];
    task.arrival.local = CLIENTS[knobs[1] >> 3 & 7];
    task.arrival.received_ms = STOCK_NOW_MS + AGES_MS[knobs[0] & 7];
    task.arrival.listener = knobs[0] >> 3 & 1;
    task.arrival.transport = (uint8_t)((knobs[0] >> 4) % RN_TRANSPORTS);
    task.arrival.keepalive = knobs[2];
    task.served.duration_ns = knobs[3];
    bool is_udp = task.arrival.transport == RN_DO53_UDP;
    size_t room = is_udp ? UDP_ROOM : RN_MESSAGE_MAX;
    uint8_t *out = malloc(room);
    CHECK(out);
    rn_answer_begin(&answerer, plan, &task, message, length);
    rn_answer_fetch(&answerer, &task);
    enum rn_outcome outcome = rn_answer_end(&answerer, &task, out, room, &reply_length);
    CHECK((outcome == RN_REPLY) == (reply_length > 0));
    if (outcome == RN_REPLY)
        check_reply(&task, out, reply_length, room);
    if (outcome == RN_RECURSE)
        CHECK(task.route.block && task.route.block->number == 2 && task.route.block->is_native);
    free(out);
    rn_plan_drop(plan);
}

int LLVMFuzzerInitialize(int *count, char ***arguments)
{
    (void)count;
    (void)arguments;
    stock_start(&stock);
    static const uint8_t root[] = {0};
    uint8_t all[RN_LINE_FIELDS - 1];
    for (unsigned i = 0; i < sizeof all; i++)
        all[i] = (uint8_t)(i + 1);
    lines = rn_lines_new(1, STOCK_BLOCKS);
    CHECK(lines);
    for (uint32_t block = 0; block < STOCK_BLOCKS; block++)
        CHECK(rn_lines_add_rule(lines, &(struct rn_line_rule){.zone = root,
                                                              .program = all,
                                                              .zone_length = 1,
                                                              .program_length = sizeof all,
                                                              .block = block,
                                                              .classes = 7}) == RN_OK);
    return 0;
}

static void write_lines(uint8_t *records, size_t length)
{
    char *out = malloc(RN_LINE_MAX); /* of just this size, so that an octet too far is seen */
    struct rn_lined lined;
    CHECK(out);
    rn_lines_make(lines, records, length, "", 0, out, RN_LINE_MAX, &lined);
    size_t ends = 0;
    for (size_t i = 0; i < lined.size; i++) {
        CHECK(out[i] == '\n' || (out[i] >= ' ' && out[i] < 0x7F));
        ends += out[i] == '\n';
    }
    CHECK(ends == lined.count);
    free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t length)
{
    static _Alignas(8) uint8_t drained[RN_EVENT_MAX];
    if (length < KNOBS)
        return 0;
    if (length > KNOBS + RN_HEADER_SIZE)
        stock_fill(&stock, STOCK_NOW_MS, octets + KNOBS + RN_HEADER_SIZE,
                   length - KNOBS - RN_HEADER_SIZE);
    uint8_t *message = malloc(length - KNOBS + 1); /* so that an octet too far is seen */
    CHECK(message);
    memcpy(message + 1, octets + KNOBS, length - KNOBS);
    for (int again = 0; again < 2; again++)
        answer(octets, message + 1, length - KNOBS);
    free(message);
    write_lines(drained, rn_events_drain(stock.events, drained, sizeof drained));
    return 0;
}
