/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is asked of libunbound in a process that is thrown away, before the serving process trusts
 * it: whether a configuration loads and finalises.
 *
 * Each call makes a library and an event base of its own and leaves nothing behind but what
 * libunbound itself keeps (process-global option values, a parser that a bad text has spoilt).
 */
#include "context.h"
#include "library.h"
#include "native.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Put the log's lines in front of the error's text; what is over the size is cut. */
static void add_log(struct rn_library *library, char *message)
{
    uint64_t dropped;
    char *text = malloc(RN_LOG_SIZE + RN_MESSAGE_SIZE);
    if (!text)
        return;
    size_t length = rn_library_log_drain(library, text, RN_LOG_SIZE, &dropped);
    memcpy(text + length, message, strlen(message) + 1);
    length = strnlen(text, RN_MESSAGE_SIZE - 1);
    memcpy(message, text, length);
    message[length] = '\0';
    free(text);
}

int rn_configuration_try(const char *text, size_t length, char *message)
{
    int status = RN_ENOMEM;
    struct rn_text configuration = {.octets = text, .length = length};
    struct rn_context *context = NULL;
    struct rn_library *library = rn_library_new();
    struct event_base *base = event_base_new();
    snprintf(message, RN_MESSAGE_SIZE, "out of memory or descriptors");
    if (library && base)
        status = rn_context_new(library, base, &configuration, &context, message);
    if (status == RN_OK)
        rn_context_delete(context);
    if (library)
        add_log(library, message);
    if (base)
        event_base_free(base);
    rn_library_free(library);
    return status;
}

/* Write all of it: a socket or a file, whose reader takes what comes. */
static int write_all(int to, const void *octets, size_t length)
{
    const char *at = octets;
    while (length) {
        ssize_t written = write(to, at, length);
        if (written <= 0)
            return -1;
        at += written;
        length -= (size_t)written;
    }
    return 0;
}

/* The life of the fork. Other threads are not in it: of their locks it takes malloc's, which fork(2)
 * leaves in order, and the library's, which its parent held for it. */
static _Noreturn void try_and_end(const char *text, size_t length, int complaints, int result)
{
    char *message = malloc(RN_MESSAGE_SIZE);
    if (!message || dup2(complaints, STDERR_FILENO) < 0)
        _exit(70);
    int status = rn_configuration_try(text, length, message);
    if (write_all(result, &status, sizeof status) || write_all(result, message, strlen(message)))
        _exit(70);
    _exit(0);
}

int rn_configuration_fork(const char *text, size_t length, int complaints, int result)
{
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* our handlers are not for the fork to run */
    rn_library_lock(); /* no other thread is half-way through a text: the fork takes the parser over */
    pid_t pid = fork();
    rn_library_unlock();
    if (pid == 0)
        try_and_end(text, length, complaints, result);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return (int)pid;
}
