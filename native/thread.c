/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starting a thread of ours: it gets no signal, since they are Python's, whose handlers run in its
 * main thread and wake it there.
 */
#define _GNU_SOURCE
#include "thread.h"

#include <signal.h>

int rn_thread_start(pthread_t *thread, const char *name, void *(*run)(void *), void *state)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* a new thread has its maker's mask */
    int error = pthread_create(thread, NULL, run, state);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error == 0)
        pthread_setname_np(*thread, name);
    return error;
}
