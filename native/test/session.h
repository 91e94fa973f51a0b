/* SPDX-License-Identifier: Apache-2.0 */
/* A resolver thread under test, its authority and its results; see session.c. */
#ifndef RN_TEST_SESSION_H
#define RN_TEST_SESSION_H

#include "../native.h"
#include "authority.h"

#include <stddef.h>
#include <stdint.h>

struct session {
    struct authority authority;
    struct rn_library *library;
    struct rn_recurse *recurse;
    char text[1024]; /* the configuration: example.org is at the authority */
    char message[RN_MESSAGE_SIZE];
    uint8_t *records; /* the last drain */
    size_t used, at;  /* its octets, and those read */
    const uint8_t *wire;
    const char *why; /* not 0-terminated */
};

/* Start an authority and a resolver thread with the configuration as group 0. */
void session_start(struct session *session, size_t capacity, uint32_t drain_ms);
void session_stop(struct session *session);

/* Return the question for a name in wire form. */
struct rn_question question(uint64_t ticket, const void *qname, size_t length);

/* Return the question NAME.example.org A, context 0 of group 0. */
struct rn_question question_for(uint64_t ticket, const char *label);

/* Submit one question, which must be taken. */
void ask(struct session *session, struct rn_question question);

/* Wait for the next result; `wire` and `why` are its payload until the next call. */
struct rn_result next_result(struct session *session);

/* Ask and wait. */
struct rn_result answer(struct session *session, struct rn_question question);

/* Whether `wait_ms` pass without a result. */
int is_quiet(struct session *session, int wait_ms);

#endif
