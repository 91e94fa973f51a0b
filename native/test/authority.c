/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A tiny authority for example.org on loopback, in a thread of the test.
 *
 * The first octet of the QNAME's first label says what it does: 's' is silent, 'f' answers
 * SERVFAIL, 'n' NXDOMAIN with a SOA, 'h' is silent while it is told to hold, anything else is one A
 * record with TTL 300.
 */
#include "authority.h"

#include "check.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HEADER = 12, RCODE_SERVFAIL = 2, RCODE_NXDOMAIN = 3 };

static const uint8_t ADDRESS_RR[] = {0xC0, 12, 0, 1, 0, 1, 0, 0, 1, 44, 0, 4, 192, 0, 2, 1};
/* example.org SOA . . 1 1 1 1 60 */
static const uint8_t SOA_RR[] = {7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 3, 'o', 'r', 'g', 0, 0, 6,
                                 0, 1,   0,   0,   0,   60,  0,   22,  0, 0,   0,   0,   0, 1, 0,
                                 0, 0,   1,   0,   0,   0,   1,   0,   0, 0,   1,   0,   0, 0, 60};

/* Return where the question ends, or 0 if there is none. */
static size_t question_end(const uint8_t *query, size_t length)
{
    size_t at = HEADER;
    while (at < length && query[at] != 0)
        at += 1U + query[at];
    return at + 5 <= length ? at + 5 : 0;
}

/* Turn the query in `message` into a response; return its length, 0 for none. */
static size_t respond(uint8_t *message, size_t length)
{
    size_t end = length > HEADER ? question_end(message, length) : 0;
    const uint8_t *record = ADDRESS_RR;
    size_t record_length = sizeof ADDRESS_RR;
    uint8_t rcode = 0;
    size_t section = 7; /* where the header counts the record: ANCOUNT */
    if (end == 0 || message[HEADER + 1] == 's')
        return 0;
    if (message[HEADER + 1] == 'f') {
        rcode = RCODE_SERVFAIL;
        record_length = 0;
    } else if (message[HEADER + 1] == 'n') {
        rcode = RCODE_NXDOMAIN;
        record = SOA_RR;
        record_length = sizeof SOA_RR;
        section = 9;
    }
    message[2] = (uint8_t)(0x84 | (message[2] & 1));
    message[3] = rcode;
    memset(message + 6, 0, 6);
    message[section] = record_length > 0;
    memcpy(message + end, record, record_length);
    return end + record_length;
}

static void *serve(void *arg)
{
    struct authority *authority = arg;
    uint8_t message[4096];
    for (;;) {
        struct sockaddr_in from;
        socklen_t from_length = sizeof from;
        ssize_t length = recvfrom(authority->socket, message, sizeof message - 512, 0,
                                  (struct sockaddr *)&from, &from_length);
        if (length <= 0)
            return NULL; /* an empty datagram is our own: stop */
        atomic_fetch_add(&authority->asked, 1);
        bool is_held = length > HEADER + 1 && message[HEADER + 1] == 'h' &&
                       atomic_load(&authority->is_holding);
        size_t response = is_held ? 0 : respond(message, (size_t)length);
        if (response > 0)
            sendto(authority->socket, message, response, 0, (struct sockaddr *)&from, from_length);
    }
}

void authority_start(struct authority *authority)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t length = sizeof address;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    authority->socket = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    CHECK(authority->socket >= 0);
    CHECK(bind(authority->socket, (struct sockaddr *)&address, sizeof address) == 0);
    CHECK(getsockname(authority->socket, (struct sockaddr *)&address, &length) == 0);
    authority->port = ntohs(address.sin_port);
    atomic_store(&authority->asked, 0);
    atomic_store(&authority->is_holding, false);
    CHECK(pthread_create(&authority->thread, NULL, serve, authority) == 0);
}

void authority_stop(struct authority *authority)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(authority->port)};
    int sender = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(sendto(sender, "", 0, 0, (struct sockaddr *)&address, sizeof address) == 0);
    CHECK(pthread_join(authority->thread, NULL) == 0);
    close(sender);
    close(authority->socket);
}
