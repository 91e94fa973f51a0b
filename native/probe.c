/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a child process asks of libunbound before the serving process trusts it: whether a
 * configuration loads and finalises, and whether an option exists.
 *
 * Each call makes a library and an event base of its own and leaves nothing behind but what
 * libunbound itself keeps (process-global option values, a parser that a bad text has spoilt).
 */
#include "context.h"
#include "library.h"
#include "native.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

int rn_option_probe(const char *name, const char *value)
{
    struct ub_ctx *ub = ub_ctx_create();
    if (!ub)
        return RN_ECREATE;
    int status = ub_ctx_set_option(ub, name, value);
    ub_ctx_delete(ub);
    return status;
}
