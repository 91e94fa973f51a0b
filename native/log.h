/* SPDX-License-Identifier: Apache-2.0 */
/* A bounded buffer of log lines with a stdio stream that fills it; see log.c. */
#ifndef RN_LOG_H
#define RN_LOG_H

#include "native.h"

#include <pthread.h>
#include <stdio.h>

enum { RN_LOG_LINE_SIZE = 1024 };

struct rn_log {
    pthread_mutex_t lock;
    FILE *stream;                /* what is written here becomes lines; ours to close */
    int wake_fd;                 /* set when the first line comes; borrowed */
    uint64_t dropped;            /* lines that found no room since the last drain */
    size_t used;                 /* octets in text */
    size_t line_used;            /* octets in line */
    char line[RN_LOG_LINE_SIZE]; /* the line being written; what is over the size is cut */
    char text[RN_LOG_SIZE];      /* finished lines */
};

/* Make an empty log in *log (borrows) that sets wake_fd. RN_OK or RN_ENOMEM. */
int rn_log_init(struct rn_log *log, int wake_fd);

/* Close the stream and release the rest. Nobody writes any more. */
void rn_log_destroy(struct rn_log *log);

/* Move all finished lines to text (borrows, size >= RN_LOG_SIZE); return the octets. Any thread. */
size_t rn_log_drain(struct rn_log *log, char *text, size_t size, uint64_t *dropped);

#endif
