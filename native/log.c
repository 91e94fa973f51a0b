/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bounded buffer of log lines with a stdio stream that fills it.
 *
 *     libunbound --fprintf--> stream --on_write--> line ... --newline--> text [a\nb\nc\n......]
 *
 * Resolver threads write, Python drains all of it in one call; so it is a buffer that is emptied,
 * not a ring. Lines that find it full are dropped and counted: DNS never waits for its log.
 */
#define _GNU_SOURCE
#include "log.h"

#include "wake.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>
#include <sys/types.h>

/* Move the finished line to the text; return whether the reader must be woken. */
static bool keep_line(struct rn_log *log)
{
    bool was_empty = log->used == 0 && log->dropped == 0;
    if (log->line_used + 1 > sizeof log->text - log->used) {
        log->dropped++;
    } else {
        memcpy(log->text + log->used, log->line, log->line_used);
        log->used += log->line_used;
        log->text[log->used++] = '\n';
    }
    log->line_used = 0;
    return was_empty;
}

static ssize_t on_write(void *cookie, const char *octets, size_t length)
{
    struct rn_log *log = cookie;
    bool wake = false;
    pthread_mutex_lock(&log->lock);
    for (size_t i = 0; i < length; i++) {
        if (octets[i] == '\n')
            wake = keep_line(log) || wake;
        else if (log->line_used < sizeof log->line)
            log->line[log->line_used++] = octets[i];
    }
    pthread_mutex_unlock(&log->lock);
    if (wake)
        rn_wake_set(log->wake_fd);
    return (ssize_t)length;
}

int rn_log_init(struct rn_log *log, int wake_fd)
{
    log->wake_fd = wake_fd;
    log->dropped = 0;
    log->used = 0;
    log->line_used = 0;
    log->lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
    log->stream = fopencookie(log, "w", (cookie_io_functions_t){.write = on_write});
    if (!log->stream || setvbuf(log->stream, NULL, _IOLBF, RN_LOG_LINE_SIZE) != 0) {
        if (log->stream)
            fclose(log->stream);
        return RN_ENOMEM;
    }
    return RN_OK;
}

void rn_log_destroy(struct rn_log *log)
{
    fclose(log->stream);
    pthread_mutex_destroy(&log->lock);
}

size_t rn_log_drain(struct rn_log *log, char *text, size_t size, uint64_t *dropped)
{
    assert(size >= sizeof log->text);
    pthread_mutex_lock(&log->lock);
    size_t used = log->used < size ? log->used : size;
    memcpy(text, log->text, used);
    *dropped = log->dropped;
    log->used = 0;
    log->dropped = 0;
    pthread_mutex_unlock(&log->lock);
    return used;
}
