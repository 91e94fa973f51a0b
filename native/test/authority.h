/* SPDX-License-Identifier: Apache-2.0 */
/* A tiny authority for example.org on loopback, in a thread of the test; see authority.c. */
#ifndef RN_TEST_AUTHORITY_H
#define RN_TEST_AUTHORITY_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

struct authority {
    int socket;
    uint16_t port;
    atomic_uint asked;      /* queries received */
    atomic_bool is_holding; /* silent for what begins with 'h' too */
    pthread_t thread;
};

void authority_start(struct authority *authority);
void authority_stop(struct authority *authority);

#endif
