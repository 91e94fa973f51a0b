/* SPDX-License-Identifier: Apache-2.0 */
/* Starting a thread of ours; see thread.c. */
#ifndef RN_THREAD_H
#define RN_THREAD_H

#include <pthread.h>

/* Start run(state) in a thread of this name (at most 15 octets; borrows it; `state` is the
 * thread's). Return 0 or an errno, then nothing runs. */
int rn_thread_start(pthread_t *thread, const char *name, void *(*run)(void *), void *state);

#endif
