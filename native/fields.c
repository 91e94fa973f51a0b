/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The values of a line of the log, octet for octet as plugins/log writes them in Python.
 *
 *     event ---field---> [value....|may be altered..]
 *                         ^ out    ^ returned        ^ rn_field_size
 *
 * What a client controls is its name, whose octets are escaped here as resolver/names.py does it:
 * nothing but printable ASCII comes out, and no quote without a backslash in front of it.
 *
 * Threads: any; nothing is shared. Limits: a value is never longer than rn_field_size says.
 */
#include "fields.h"

#include "arrival.h"

#include <arpa/inet.h>
#include <assert.h>
#include <string.h>

enum {
    NUMBER_SIZE = 20,
    WORD_SIZE = sizeof(struct rn_word),
    NAME_SIZE = 4 * RN_NAME_SIZE,      /* \DDD for each octet */
    JSON_NAME_SIZE = 5 * RN_NAME_SIZE, /* the backslash twice */
    HOST_SIZE = INET6_ADDRSTRLEN + 2,
    STREAM_SIZE = 65535,
    SECOND_NS = 1000000000
};
#define EXACT_NS                                                                                   \
    INT64_C(1000000000000000) /* below it 15 digits tell a duration, as JSON has them */

static const struct {
    char name[3];
    uint16_t bit;
} FLAGS[] = {{"qr", RN_QR}, {"aa", RN_AA}, {"tc", RN_TC}, {"rd", RN_RD},
             {"ra", RN_RA}, {"ad", RN_AD}, {"cd", RN_CD}};

static const char PAIRS[] = "00010203040506070809101112131415161718192021222324"
                            "25262728293031323334353637383940414243444546474849"
                            "50515253545556575859606162636465666768697071727374"
                            "75767778798081828384858687888990919293949596979899";

size_t rn_field_size(unsigned field)
{
    switch (field) {
    case RN_LINE_TYPE:
    case RN_LINE_CLASS:
    case RN_LINE_RCODE:
    case RN_LINE_JSON_RCODE:
    case RN_LINE_JSON_PLUGIN:
        return WORD_SIZE + 2;
    case RN_LINE_NAME:
        return NAME_SIZE;
    case RN_LINE_JSON_NAME:
        return JSON_NAME_SIZE;
    case RN_LINE_REMOTE:
    case RN_LINE_LOCAL:
    case RN_LINE_HOST:
    case RN_LINE_LOCAL_HOST:
        return HOST_SIZE;
    case RN_LINE_PROTO:
    case RN_LINE_PORT:
    case RN_LINE_SIZE:
    case RN_LINE_RSIZE:
    case RN_LINE_BUFSIZE:
    case RN_LINE_DO:
    case RN_LINE_ID:
        return NUMBER_SIZE;
    case RN_LINE_DURATION:
    case RN_LINE_JSON_DURATION:
        return NUMBER_SIZE + 12;
    case RN_LINE_RFLAGS:
    case RN_LINE_JSON_RFLAGS:
        return 40;
    default:
        return 0;
    }
}

static bool is_of_interface(uint32_t scope, const uint8_t *octets, unsigned family)
{
    return scope && family != 4 && octets[0] == 0xFE && (octets[1] & 0xC0) == 0x80;
}

bool rn_field_is_ready(unsigned field, const struct rn_line_event *event)
{
    const struct rn_event *it = &event->it;
    switch (field) {
    case RN_LINE_REMOTE:
    case RN_LINE_HOST:
        return !is_of_interface(it->client_scope, it->client, it->client_family);
    case RN_LINE_LOCAL:
    case RN_LINE_LOCAL_HOST:
        return !is_of_interface(it->local_scope, it->local, it->local_family);
    case RN_LINE_JSON_DURATION:
        return it->duration_ns >= 0 && it->duration_ns < EXACT_NS;
    default:
        return true;
    }
}

static char *put(char *out, const char *text, size_t length)
{
    memcpy(out, text, length);
    return out + length;
}

static char *put_number(char *out, uint64_t number)
{
    char digits[NUMBER_SIZE];
    size_t at = sizeof digits;
    while (number >= 100) {
        memcpy(digits + (at -= 2), PAIRS + 2 * (number % 100), 2);
        number /= 100;
    }
    if (number >= 10)
        memcpy(digits + (at -= 2), PAIRS + 2 * number, 2);
    else
        digits[--at] = (char)('0' + number);
    return put(out, digits + at, sizeof digits - at);
}

static char *put_word(char *out, const struct rn_words *words, unsigned number, const char *prefix)
{
    const struct rn_word *found = NULL;
    if (number < RN_WORDS_NEAR) {
        if (words->near[number])
            found = &words->words[words->near[number] - 1];
    } else {
        for (size_t i = words->count; i-- > 0 && words->words[i].number >= number;)
            if (words->words[i].number == number)
                found = &words->words[i];
    }
    if (found) {
        memcpy(out, found->text, sizeof found->text);
        return out + found->length;
    }
    return put_number(put(out, prefix, strlen(prefix)), number);
}

static bool is_plain(uint8_t octet)
{
    return octet > ' ' && octet < 0x7F && octet != '.' && octet != '"' && octet != '\\' &&
           octet != '(' && octet != ')' && octet != ';' && octet != '@';
}

static char *put_octet(char *out, uint8_t octet, bool is_json)
{
    if (is_plain(octet)) {
        *out++ = (char)octet;
        return out;
    }
    *out++ = '\\';
    if (is_json)
        *out++ = '\\';
    if (octet > ' ' && octet < 0x7F) {
        if (is_json && (octet == '"' || octet == '\\'))
            *out++ = '\\';
        *out++ = (char)octet;
        return out;
    }
    *out++ = (char)('0' + octet / 100);
    return put(out, PAIRS + 2 * (octet % 100), 2);
}

/* to_text of resolver/names.py; is_json: within a string of JSON. */
static char *put_name(char *out, const uint8_t *name, bool is_json)
{
    if (!*name)
        *out++ = '.';
    while (*name) {
        const uint8_t *end = name + 1 + *name;
        for (name++; name < end; name++)
            out = put_octet(out, *name, is_json);
        *out++ = '.';
    }
    return out;
}

/* host_of of resolver/transport/addresses.py, but for addresses of an interface. */
static char *put_host(char *out, const uint8_t *octets, unsigned family, bool is_bracketed)
{
    static const uint8_t MAPPED[12] = {[10] = 0xFF, [11] = 0xFF};
    if (family != 4 && memcmp(octets, MAPPED, sizeof MAPPED) == 0) {
        octets += sizeof MAPPED;
        family = 4;
    }
    if (family == 4) {
        for (int i = 0; i < 4; i++) {
            out = put_number(out, octets[i]);
            *out++ = '.';
        }
        return out - 1;
    }
    char text[INET6_ADDRSTRLEN];
    const char *made = inet_ntop(AF_INET6, octets, text, sizeof text);
    assert(made);
    (void)made; /* where assert is nothing */
    if (is_bracketed)
        *out++ = '[';
    out = put(out, text, strlen(text));
    if (is_bracketed)
        *out++ = ']';
    return out;
}

static char *put_duration(char *out, int64_t duration_ns)
{
    uint64_t number = duration_ns > 0 ? (uint64_t)duration_ns : 0;
    uint32_t rest = (uint32_t)(number % SECOND_NS);
    out = put_number(out, number / SECOND_NS);
    *out++ = '.';
    *out++ = (char)('0' + rest / 100000000);
    rest %= 100000000;
    for (uint32_t unit = 1000000; unit; unit /= 100) {
        memcpy(out, PAIRS + 2 * (rest / unit), 2);
        out += 2;
        rest %= unit;
    }
    *out++ = 's';
    return out;
}

/* A duration in seconds as Python's repr() has it: the shortest text that reads back as the same
 * number, which for 15 digits and fewer is the number itself. */
static char *put_json_duration(char *out, int64_t duration_ns)
{
    char digits[NUMBER_SIZE];
    size_t count = (size_t)(put_number(digits, (uint64_t)duration_ns) - digits);
    int point = (int)count - 9; /* digits in front of it */
    if (duration_ns == 0)
        return put(out, "0.0", 3);
    while (count > 1 && digits[count - 1] == '0')
        count--;
    if (point <= -4) {
        *out++ = digits[0];
        if (count > 1) {
            *out++ = '.';
            out = put(out, digits + 1, count - 1);
        }
        out = put(out, "e-0", 3);
        *out++ = (char)('0' + (1 - point));
        return out;
    }
    if (point <= 0) {
        out = put(out, "0.000", (size_t)(2 - point));
        return put(out, digits, count);
    }
    for (size_t i = 0; i < (size_t)point; i++)
        *out++ = i < count ? digits[i] : '0';
    *out++ = '.';
    if (count <= (size_t)point)
        *out++ = '0';
    else
        out = put(out, digits + point, count - (size_t)point);
    return out;
}

static char *put_flags(char *out, unsigned flags, bool is_json)
{
    char *begin = out;
    for (size_t i = 0; i < sizeof FLAGS / sizeof FLAGS[0]; i++) {
        if (!(flags & FLAGS[i].bit))
            continue;
        *out++ = ',';
        if (is_json)
            *out++ = '"';
        out = put(out, FLAGS[i].name, 2);
        if (is_json)
            *out++ = '"';
    }
    if (is_json) {
        if (out == begin)
            *out++ = '[';
        *begin = '[';
        *out++ = ']';
        return out;
    }
    if (out == begin)
        return put(out, "-", 1);
    memmove(begin, begin + 1, (size_t)(out - begin - 1));
    return out - 1;
}

static char *put_json_word(char *out, const struct rn_words *words, unsigned number)
{
    *out++ = '"';
    out = put_word(out, words, number, "");
    *out++ = '"';
    return out;
}

static unsigned takes(const struct rn_event *it)
{
    if (it->transport != RN_DO53_UDP)
        return STREAM_SIZE;
    unsigned said = it->bits & RN_EVENT_EDNS ? it->payload_size : 0;
    return said > RN_UDP_SIZE_MIN ? said : RN_UDP_SIZE_MIN;
}

char *rn_field_write(unsigned field, const struct rn_line_event *event,
                     const struct rn_words *words, char *out)
{
    const struct rn_event *it = &event->it;
    bool is_sent = (it->bits & RN_EVENT_SENT) != 0;
    switch (field) {
    case RN_LINE_TYPE:
        return put_word(out, &words[RN_WORDS_TYPES], it->qtype, "TYPE");
    case RN_LINE_CLASS:
        return put_word(out, &words[RN_WORDS_CLASSES], it->qclass, "CLASS");
    case RN_LINE_NAME:
    case RN_LINE_JSON_NAME:
        return put_name(out, event->name, field == RN_LINE_JSON_NAME);
    case RN_LINE_PROTO:
        return put(out, it->transport == RN_DO53_UDP || it->transport == RN_DOQ ? "udp" : "tcp", 3);
    case RN_LINE_REMOTE:
    case RN_LINE_HOST:
        return put_host(out, it->client, it->client_family, field == RN_LINE_REMOTE);
    case RN_LINE_LOCAL:
    case RN_LINE_LOCAL_HOST:
        return put_host(out, it->local, it->local_family, field == RN_LINE_LOCAL);
    case RN_LINE_PORT:
        return put_number(out, it->client_port);
    case RN_LINE_SIZE:
        return put_number(out, it->query_length);
    case RN_LINE_RCODE:
        return is_sent ? put_word(out, &words[RN_WORDS_RCODES], it->rcode, "") : put(out, "-", 1);
    case RN_LINE_JSON_RCODE:
        return is_sent ? put_json_word(out, &words[RN_WORDS_RCODES], it->rcode)
                       : put(out, "null", 4);
    case RN_LINE_RSIZE:
        return put_number(out, it->response_size);
    case RN_LINE_DURATION:
        return put_duration(out, it->duration_ns);
    case RN_LINE_JSON_DURATION:
        return put_json_duration(out, it->duration_ns);
    case RN_LINE_RFLAGS:
    case RN_LINE_JSON_RFLAGS:
        return put_flags(out, it->flags, field == RN_LINE_JSON_RFLAGS);
    case RN_LINE_BUFSIZE:
        return put_number(out, takes(it));
    case RN_LINE_DO:
        return it->bits & RN_EVENT_DO ? put(out, "true", 4) : put(out, "false", 5);
    case RN_LINE_ID:
        return put_number(out, (unsigned)event->query[0] << 8 | event->query[1]);
    case RN_LINE_JSON_PLUGIN:
        if (is_sent && words[RN_WORDS_PLUGINS].near[it->by])
            return put_json_word(out, &words[RN_WORDS_PLUGINS], it->by);
        return put(out, "null", 4);
    default:
        assert(!"a field");
        return out;
    }
}
