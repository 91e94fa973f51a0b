/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One libunbound context, from a configuration's text to its deletion.
 *
 * The text reaches libunbound as a file in memory, because stub-zone and forward-zone clauses
 * cannot be set by ub_ctx_set_option. A first question, for a name that is local in libunbound,
 * finalises the context: a bad address shows only then, and the log stream can be set for good
 * under the lock (making a context and deleting one both meddle with the process's log).
 */
#define _GNU_SOURCE
#include "context.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unbound-event.h>
#include <unistd.h>

static int write_all(int fd, const struct rn_text *text)
{
    size_t done = 0;
    while (done < text->length) {
        ssize_t n = write(fd, text->octets + done, text->length - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return RN_ESYSTEM;
        done += (size_t)n;
    }
    return RN_OK;
}

static int load(struct ub_ctx *ub, const struct rn_text *text, char *message)
{
    char path[64];
    int fd = memfd_create("unbound.conf", MFD_CLOEXEC);
    if (fd < 0) {
        snprintf(message, RN_MESSAGE_SIZE, "no memory file: %s", strerrordesc_np(errno));
        return RN_ESYSTEM;
    }
    int status = write_all(fd, text);
    if (status != RN_OK) {
        snprintf(message, RN_MESSAGE_SIZE, "no room for the configuration in memory");
    } else {
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        status = ub_ctx_config(ub, path);
    }
    close(fd);
    return status;
}

/* The first question's answer is of no interest; it has nothing of ours to touch. */
static void ignore(void *nothing, int rcode, void *packet, int length, int security,
                   char *why_bogus, int was_ratelimited)
{
    (void)nothing;
    (void)rcode;
    (void)packet;
    (void)length;
    (void)security;
    (void)why_bogus;
    (void)was_ratelimited;
}

/* Point the process's log at our stream; the lock is held. */
static void keep_log(struct rn_library *library, struct ub_ctx *ub)
{
    ub_ctx_debugout(ub, library->log.stream);
}

static void delete_locked(struct rn_library *library, struct ub_ctx *ub)
{
    ub_ctx_delete(ub);
    /* That made libunbound forget the stream, for all contexts. */
    if (library->contexts)
        keep_log(library, library->contexts->ub);
}

static int make_locked(struct rn_library *library, struct event_base *base,
                       const struct rn_text *text, struct ub_ctx **made, char *message)
{
    struct ub_ctx *ub = ub_ctx_create_event(base);
    if (!ub)
        return RN_ECREATE;
    keep_log(library, ub);
    int status = load(ub, text, message);
    if (status == RN_OK)
        status = ub_resolve_event(ub, "localhost.", 1, 1, NULL, ignore, NULL);
    if (status != RN_OK) {
        delete_locked(library, ub);
        return status;
    }
    *made = ub;
    return RN_OK;
}

int rn_context_new(struct rn_library *library, struct event_base *base, const struct rn_text *text,
                   struct rn_context **made, char *message)
{
    message[0] = '\0';
    struct rn_context *context = calloc(1, sizeof *context);
    if (!context) {
        snprintf(message, RN_MESSAGE_SIZE, "out of memory");
        return RN_ENOMEM;
    }
    context->library = library;
    rn_library_lock();
    int status = make_locked(library, base, text, &context->ub, message);
    if (status == RN_OK) {
        context->next_in_library = library->contexts;
        library->contexts = context;
    }
    rn_library_unlock();
    if (status == RN_OK) {
        *made = context;
        return RN_OK;
    }
    free(context);
    if (message[0] == '\0')
        snprintf(message, RN_MESSAGE_SIZE, "%s",
                 status == RN_ECREATE ? "no context: out of memory, or another libevent"
                                      : ub_strerror(status));
    return status;
}

void rn_context_delete(struct rn_context *context)
{
    struct rn_library *library = context->library;
    rn_library_lock();
    struct rn_context **link = &library->contexts;
    while (*link != context)
        link = &(*link)->next_in_library;
    *link = context->next_in_library;
    delete_locked(library, context->ub);
    rn_library_unlock();
    free(context);
}
