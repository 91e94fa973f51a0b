/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any octets as a client's query: what is read of them is true of them, and what they are refused
 * with is a response. The input is the message.
 */
#include "../asked.h"

#include "../render.h"
#include "../test/check.h"
#include "../test/message.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t length);

static const struct rn_manner manner = {
    .payload_size = 1232, .response_rd = -1, .is_udp = true, .keepalive = 300};

static void is_a_name(const struct rn_asked *asked)
{
    unsigned at = 0;
    CHECK(asked->length >= RN_HEADER_SIZE + asked->qname_length + 4u);
    for (unsigned i = 0; i < asked->qname_length; i++) {
        unsigned sent = asked->octets[RN_HEADER_SIZE + i];
        CHECK(asked->qname[i] == (sent >= 'A' && sent <= 'Z' ? sent + 32 : sent));
    }
    while (asked->qname[at])
        at += 1u + asked->qname[at];
    CHECK(at + 1 == asked->qname_length);
}

static void is_a_response(const struct rn_asked *asked, const uint8_t *out, size_t length)
{
    struct rn_asked again;
    struct digest digest;
    CHECK(length <= RN_UDP_SIZE_MIN && rn_get16(out) == asked->id);
    CHECK(rn_asked_read(&again, out, length) == RN_READ_NOTHING); /* nobody answers it */
    if (!asked->has_question) {
        CHECK(length == RN_HEADER_SIZE);
        return;
    }
    CHECK(message_read(out, length, &digest) && digest.opt == asked->has_edns);
    CHECK(memcmp(out + RN_HEADER_SIZE, asked->octets + RN_HEADER_SIZE, asked->qname_length) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t length)
{
    static const uint8_t ede[] = "\0\x0F\0\4\0\x16no";
    struct rn_asked asked;
    uint8_t *out = malloc(RN_UDP_SIZE_MIN);
    CHECK(out);
    memset(&asked, 0xA5, sizeof asked);
    switch (rn_asked_read(&asked, octets, length)) {
    case RN_READ_NOTHING:
        break;
    case RN_READ_REFUSAL:
        CHECK(asked.rcode);
        if (asked.has_question)
            is_a_name(&asked);
        is_a_response(&asked, out, rn_render_refusal(&asked, &manner, out));
        break;
    case RN_READ_QUERY:
        is_a_name(&asked);
        CHECK(asked.option_count <= RN_OPTIONS_MAX && (asked.has_edns || !asked.option_count));
        is_a_response(&asked, out,
                      rn_render_bare(&asked, 5, ede, sizeof ede - 1, &manner, out));
        break;
    }
    free(out);
    return 0;
}
