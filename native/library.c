/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What libunbound keeps process-global, in one place: the parser of configurations, the values that
 * a configuration applies to all contexts, and the log stream. What we make of it is handed in, so
 * that several resolver threads can share it. The lock alone is as global as what it guards: two
 * texts read at a time leave the parser spoilt for good, and every later one is a syntax error.
 *
 * The eventfd is here because Python waits for all threads and the log with one descriptor.
 */
#include "library.h"

#include "wake.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <unbound.h>
#include <unistd.h>

static pthread_mutex_t process_lock = PTHREAD_MUTEX_INITIALIZER;

void rn_library_lock(void)
{
    pthread_mutex_lock(&process_lock);
}

void rn_library_unlock(void)
{
    pthread_mutex_unlock(&process_lock);
}

const char *rn_library_version(void)
{
    return ub_version();
}

struct rn_library *rn_library_new(void)
{
    struct rn_library *library = calloc(1, sizeof *library);
    if (!library)
        return NULL;
    library->wake_fd = rn_wake_new();
    if (library->wake_fd >= 0 && rn_log_init(&library->log, library->wake_fd) == RN_OK)
        return library;
    if (library->wake_fd >= 0)
        close(library->wake_fd);
    free(library);
    return NULL;
}

void rn_library_free(struct rn_library *library)
{
    if (!library)
        return;
    /* Deleting the last context made libunbound forget the log stream. */
    assert(!library->contexts);
    rn_log_destroy(&library->log);
    close(library->wake_fd);
    free(library);
}

int rn_library_wake_fd(const struct rn_library *library)
{
    return library->wake_fd;
}

void rn_library_wake_clear(struct rn_library *library)
{
    rn_wake_clear(library->wake_fd);
}

size_t rn_library_log_drain(struct rn_library *library, char *text, size_t size, uint64_t *dropped)
{
    return rn_log_drain(&library->log, text, size, dropped);
}
