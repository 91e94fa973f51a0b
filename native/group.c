/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Groups of contexts: one configuration, two contexts each.
 *
 *     groups[n] -> texts[0]  texts[1]              retired -> context -> context
 *                  contexts[0]  contexts[1]                   (pending > 0, or about to be deleted)
 *
 * Two contexts, because what libunbound has cached it gives until its TTL ends: a prefetch goes to
 * the context that did not produce the data, and a flush replaces both.
 *
 * A replaced context is retired: it gets no more questions, and is deleted when the last one is
 * called back or its time is up. Never inside a callback of libunbound: the deletion is an event.
 */
#include "group.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static uint64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void delete_context(struct rn_groups *groups, struct rn_context *context)
{
    atomic_fetch_sub(&groups->counts[context->group], 1);
    rn_context_delete(context);
}

/* Delete the retired contexts whose time has come, and set the timer for the next. */
static void reap(struct rn_groups *groups, uint64_t now)
{
    uint64_t next = UINT64_MAX;
    struct rn_context **link = &groups->retired;
    while (*link) {
        struct rn_context *context = *link;
        if (context->pending == 0 || context->delete_ms <= now) {
            *link = context->next_retired;
            delete_context(groups, context);
            continue;
        }
        if (context->delete_ms < next)
            next = context->delete_ms;
        link = &context->next_retired;
    }
    if (next == UINT64_MAX)
        return;
    struct timeval delay = {.tv_sec = (time_t)((next - now) / 1000),
                            .tv_usec = (suseconds_t)((next - now) % 1000 * 1000)};
    event_add(groups->reap, &delay);
}

static void on_reap(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    reap(arg, now_ms());
}

static void retire(struct rn_groups *groups, struct rn_context *context)
{
    if (!context)
        return;
    context->is_retired = true;
    context->delete_ms = now_ms() + groups->drain_ms;
    context->next_retired = groups->retired;
    groups->retired = context;
    event_active(groups->reap, EV_TIMEOUT, 0);
}

static int copy_text(struct rn_text *copy, const struct rn_text *text)
{
    char *octets = malloc(text->length + 1);
    if (!octets)
        return RN_ENOMEM;
    memcpy(octets, text->octets, text->length);
    *copy = (struct rn_text){.octets = octets, .length = text->length};
    return RN_OK;
}

static void free_group(struct rn_group *group)
{
    if (!group)
        return;
    free((char *)group->texts[0].octets);
    free((char *)group->texts[1].octets);
    free(group);
}

static struct rn_group *new_group(const struct rn_text texts[2])
{
    struct rn_group *group = calloc(1, sizeof *group);
    if (!group)
        return NULL;
    if (copy_text(&group->texts[0], &texts[0]) == RN_OK &&
        copy_text(&group->texts[1], &texts[1]) == RN_OK)
        return group;
    free_group(group);
    return NULL;
}

static int new_context(struct rn_groups *groups, uint32_t number, const struct rn_text *text,
                       struct rn_context **made, char *message)
{
    int status = rn_context_new(groups->library, groups->base, text, made, message);
    if (status != RN_OK)
        return status;
    (*made)->group = number;
    atomic_fetch_add(&groups->counts[number], 1);
    return RN_OK;
}

int rn_groups_init(struct rn_groups *groups, struct rn_library *library, struct event_base *base,
                   uint32_t drain_ms)
{
    groups->library = library;
    groups->base = base;
    groups->drain_ms = drain_ms;
    groups->reap = evtimer_new(base, on_reap, groups);
    return groups->reap ? RN_OK : RN_ENOMEM;
}

void rn_groups_clear(struct rn_groups *groups)
{
    for (uint32_t number = 0; number < RN_GROUPS; number++)
        if (groups->groups[number])
            rn_groups_remove(groups, number);
    reap(groups, UINT64_MAX);
    assert(!groups->retired);
}

void rn_groups_destroy(struct rn_groups *groups)
{
    if (groups->reap)
        event_free(groups->reap);
}

int rn_groups_configure(struct rn_groups *groups, uint32_t number, const struct rn_text texts[2],
                        char *message)
{
    message[0] = '\0';
    if (number >= RN_GROUPS)
        return RN_EGROUP;
    struct rn_group *group = new_group(texts);
    if (!group)
        return RN_ENOMEM;
    int status = new_context(groups, number, &group->texts[0], &group->contexts[0], message);
    if (status != RN_OK) {
        free_group(group);
        return status;
    }
    if (groups->groups[number])
        rn_groups_remove(groups, number);
    groups->groups[number] = group;
    return RN_OK;
}

int rn_groups_flush(struct rn_groups *groups, uint32_t number, char *message)
{
    message[0] = '\0';
    if (number >= RN_GROUPS || !groups->groups[number])
        return RN_EGROUP;
    struct rn_group *group = groups->groups[number];
    struct rn_context *fresh;
    int status = new_context(groups, number, &group->texts[0], &fresh, message);
    if (status != RN_OK)
        return status;
    retire(groups, group->contexts[0]);
    retire(groups, group->contexts[1]);
    group->contexts[0] = fresh;
    group->contexts[1] = NULL;
    return RN_OK;
}

int rn_groups_remove(struct rn_groups *groups, uint32_t number)
{
    if (number >= RN_GROUPS || !groups->groups[number])
        return RN_EGROUP;
    struct rn_group *group = groups->groups[number];
    groups->groups[number] = NULL;
    retire(groups, group->contexts[0]);
    retire(groups, group->contexts[1]);
    free_group(group);
    return RN_OK;
}

int rn_groups_context(struct rn_groups *groups, uint32_t number, unsigned which,
                      struct rn_context **context, char *message)
{
    message[0] = '\0';
    if (number >= RN_GROUPS || !groups->groups[number])
        return RN_EGROUP;
    if (which > 1)
        return RN_ECONTEXT;
    struct rn_group *group = groups->groups[number];
    if (!group->contexts[which]) {
        int status =
            new_context(groups, number, &group->texts[which], &group->contexts[which], message);
        if (status != RN_OK)
            return status;
    }
    *context = group->contexts[which];
    return RN_OK;
}

void rn_groups_done(struct rn_groups *groups, struct rn_context *context)
{
    context->pending--;
    if (context->is_retired && context->pending == 0)
        event_active(groups->reap, EV_TIMEOUT, 0);
}
