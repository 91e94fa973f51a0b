/* SPDX-License-Identifier: Apache-2.0 */
/* Answers to queries that fail without a chain's say. */
#ifndef RN_FAILURE_H
#define RN_FAILURE_H

#include "answer.h"

/*
 * Write SERVFAIL for a task's query into out (borrows, RN_UDP_SIZE_MIN octets at least), with an
 * Extended DNS Error that says why (RN_NO_FAILURE: without), and note in task->served that it was
 * sent. Return its length. Any thread.
 */
size_t rn_failure_render(struct rn_task *task, enum rn_failure why, const struct rn_manner *manner,
                         uint8_t *out);

#endif
