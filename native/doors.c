/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The doors of a lane: the sockets that it receives at, and waiting for them.
 *
 *     any thread --open, shut--> first -> door -> door ...     epoll set (or poll's): sockets and wake_fd
 *                                                                '--> the lane
 *
 * Others add doors and mark them as leaving; only the lane takes one out, and while it has none of those
 * that a wait brought. So it needs no lock to use a door.
 *
 * With a few doors, poll waits: a socket that nobody waits for costs the system nothing, where one in an
 * epoll set is told of each datagram that comes and of each that has gone, some 5 % of a hit at full load.
 * With more it is epoll, whose wait takes as long with a thousand addresses as with one. There a door is
 * told of once when something arrives (edge-triggered), which saves another look at it in each wait: so a
 * lane receives until nothing is left, or, as others want their turn, asks to be told again.
 */
#define _GNU_SOURCE
#include "doors.h"

#include "native.h"
#include "wake.h"

#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

/* Change the epoll set. door: NULL for wake_fd. */
static int watch(const struct rn_doors *doors, int operation, int fd, struct rn_door *door)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.ptr = door};
    return epoll_ctl(doors->epoll_fd, operation, fd, &event) == 0 ? RN_OK : RN_ESYSTEM;
}

/* Take all doors from the epoll set: there are few. The lock is held. */
static void become_few(struct rn_doors *doors)
{
    for (struct rn_door *door = doors->first; door; door = door->next)
        (void)watch(doors, EPOLL_CTL_DEL, door->socket->fd, door); /* where it is not, all the better */
    doors->are_many = false;
}

/* Put all doors into the epoll set. The lock is held. */
static int become_many(struct rn_doors *doors)
{
    int status = RN_OK;
    for (struct rn_door *door = doors->first; door && status == RN_OK; door = door->next)
        status = watch(doors, EPOLL_CTL_ADD, door->socket->fd, door);
    doors->are_many = status == RN_OK;
    if (status != RN_OK)
        become_few(doors);
    return status;
}

/* See what there is to wait for. The lane; the lock is held. */
static void look(struct rn_doors *doors)
{
    doors->polls = !doors->are_many;
    doors->polled_count = 1; /* wake_fd */
    for (struct rn_door *door = doors->polls ? doors->first : NULL; door; door = door->next) {
        size_t at = doors->polled_count++;
        doors->polled[at] = (struct pollfd){.fd = door->socket->fd, .events = POLLIN};
        doors->polled_doors[at] = door;
    }
}

int rn_doors_init(struct rn_doors *doors)
{
    *doors = (struct rn_doors){.lock = PTHREAD_MUTEX_INITIALIZER, .shut = PTHREAD_COND_INITIALIZER};
    doors->wake_fd = rn_wake_new();
    doors->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (doors->wake_fd < 0 || doors->epoll_fd < 0)
        return RN_ESYSTEM;
    doors->polled[0] = (struct pollfd){.fd = doors->wake_fd, .events = POLLIN};
    look(doors);
    return watch(doors, EPOLL_CTL_ADD, doors->wake_fd, NULL);
}

static void release(struct rn_door *door)
{
    rn_socket_drop(door->socket);
    free(door);
}

void rn_doors_destroy(struct rn_doors *doors)
{
    while (doors->first) {
        struct rn_door *door = doors->first;
        doors->first = door->next;
        release(door);
    }
    if (doors->epoll_fd >= 0)
        close(doors->epoll_fd);
    if (doors->wake_fd >= 0)
        close(doors->wake_fd);
    pthread_mutex_destroy(&doors->lock);
    pthread_cond_destroy(&doors->shut);
}

/* The link to a socket's door, or to NULL. The lock is held. */
static struct rn_door **link_of(struct rn_doors *doors, const struct rn_socket *socket)
{
    struct rn_door **link = &doors->first;
    while (*link && (*link)->socket != socket)
        link = &(*link)->next;
    return link;
}

int rn_doors_open(struct rn_doors *doors, const struct rn_door *door)
{
    struct rn_door *made = malloc(sizeof *made);
    if (!made)
        return RN_ENOMEM;
    *made = *door;
    made->is_leaving = false;
    rn_socket_keep(made->socket);
    pthread_mutex_lock(&doors->lock);
    int status = doors->count < RN_DOORS_MAX ? RN_OK : RN_EFULL;
    if (*link_of(doors, door->socket))
        status = RN_EVALUE;
    if (status == RN_OK && doors->count == RN_DOORS_FEW && !doors->are_many)
        status = become_many(doors);
    if (status == RN_OK && doors->are_many)
        status = watch(doors, EPOLL_CTL_ADD, made->socket->fd, made);
    if (status == RN_OK) {
        made->next = doors->first;
        doors->first = made;
        doors->count++;
    }
    pthread_mutex_unlock(&doors->lock);
    if (status == RN_OK)
        rn_wake_set(doors->wake_fd);
    else
        release(made);
    return status;
}

void rn_doors_shut(struct rn_doors *doors, const struct rn_socket *socket)
{
    pthread_mutex_lock(&doors->lock);
    struct rn_door *door = *link_of(doors, socket);
    if (door && !door->is_leaving) {
        door->is_leaving = true;
        doors->leaving++;
        rn_wake_set(doors->wake_fd);
    }
    while (*link_of(doors, socket))
        pthread_cond_wait(&doors->shut, &doors->lock);
    pthread_mutex_unlock(&doors->lock);
}

void rn_doors_end(struct rn_doors *doors)
{
    pthread_mutex_lock(&doors->lock);
    doors->is_ending = true;
    pthread_mutex_unlock(&doors->lock);
    rn_wake_set(doors->wake_fd);
}

static void wait_polling(struct rn_doors *doors, struct rn_ready *ready)
{
    int count = poll(doors->polled, (nfds_t)doors->polled_count, -1);
    ready->is_called = count > 0 && doors->polled[0].revents != 0;
    for (size_t i = 1; count > 0 && i < doors->polled_count; i++)
        if (doors->polled[i].revents != 0)
            ready->doors[ready->count++] = doors->polled_doors[i];
}

static void wait_watching(struct rn_doors *doors, struct rn_ready *ready)
{
    struct epoll_event events[RN_DOORS_READY];
    int count = epoll_wait(doors->epoll_fd, events, RN_DOORS_READY, -1);
    for (int i = 0; i < count; i++) {
        if (events[i].data.ptr)
            ready->doors[ready->count++] = events[i].data.ptr;
        else
            ready->is_called = true;
    }
}

void rn_doors_wait(struct rn_doors *doors, struct rn_ready *ready)
{
    ready->count = 0;
    ready->is_called = false;
    if (doors->polls)
        wait_polling(doors, ready);
    else
        wait_watching(doors, ready);
    if (!ready->is_called)
        return;
    rn_wake_clear(doors->wake_fd); /* before what it is about is looked at */
    pthread_mutex_lock(&doors->lock);
    look(doors);
    pthread_mutex_unlock(&doors->lock);
}

void rn_doors_again(struct rn_doors *doors, struct rn_door *door)
{
    if (!doors->polls)
        (void)watch(doors, EPOLL_CTL_MOD, door->socket->fd, door); /* it is there */
}

void rn_doors_rest(struct rn_doors *doors, long duration_ns)
{
    struct timespec duration = {.tv_nsec = duration_ns};
    ppoll(doors->polled, 1, &duration, NULL);
}

bool rn_doors_are_ending(struct rn_doors *doors)
{
    pthread_mutex_lock(&doors->lock);
    bool are_ending = doors->is_ending;
    pthread_mutex_unlock(&doors->lock);
    return are_ending;
}

struct rn_door *rn_doors_leaving(struct rn_doors *doors)
{
    pthread_mutex_lock(&doors->lock);
    struct rn_door *door = doors->leaving > 0 ? doors->first : NULL;
    while (door && !door->is_leaving)
        door = door->next;
    pthread_mutex_unlock(&doors->lock);
    return door;
}

void rn_doors_forget(struct rn_doors *doors, struct rn_door *door)
{
    pthread_mutex_lock(&doors->lock);
    if (doors->are_many) /* its descriptor may live on, with a query that waits for its reply */
        (void)watch(doors, EPOLL_CTL_DEL, door->socket->fd, door);
    *link_of(doors, door->socket) = door->next;
    doors->count--;
    doors->leaving--;
    if (doors->are_many && doors->count <= RN_DOORS_FEW)
        become_few(doors);
    look(doors);
    release(door); /* before anybody hears that it is shut: its port is free then */
    pthread_cond_broadcast(&doors->shut);
    pthread_mutex_unlock(&doors->lock);
}
