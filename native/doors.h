/* SPDX-License-Identifier: Apache-2.0 */
/* The doors of a lane: the sockets that it receives at, and waiting for them; see doors.c. */
#ifndef RN_DOORS_H
#define RN_DOORS_H

#include "waiting.h"

#include <poll.h>
#include <pthread.h>

/* One of a lane's sockets. */
struct rn_door {
    struct rn_socket *socket; /* a reference */
    struct rn_address local;  /* where it is bound */
    uint16_t listener;
    bool is_wildcard;
    bool is_leaving;      /* it is to be shut */
    struct rn_door *next; /* of all */
};

enum { RN_DOORS_FEW = 4 }; /* with no more than these it is poll that waits, else epoll */

struct rn_doors {
    pthread_mutex_t lock; /* of these, and of a door's is_leaving and next */
    pthread_cond_t shut;  /* one was */
    struct rn_door *first;
    size_t count;
    size_t leaving; /* of these */
    bool are_many;  /* the sockets of all doors are in the epoll set; else none is */
    bool is_ending;
    /* only read from now on: */
    int wake_fd;
    int epoll_fd; /* has wake_fd, whatever else */
    /* the lane's: what it polls */
    bool polls;
    size_t polled_count;
    struct pollfd polled[1 + RN_DOORS_FEW];
    struct rn_door *polled_doors[1 + RN_DOORS_FEW];
};

enum { RN_DOORS_READY = 64 }; /* most that one wait tells of */

/* What a wait brought: doors (lent until the next call of the lane's) that have something. */
struct rn_ready {
    struct rn_door *doors[RN_DOORS_READY];
    size_t count;
    bool is_called; /* somebody has woken the lane: rn_doors_leaving, rn_doors_are_ending */
};

/* RN_OK, RN_ESYSTEM; destroy is right after either, and drops all references. */
int rn_doors_init(struct rn_doors *doors);
void rn_doors_destroy(struct rn_doors *doors);

/* Have one more (copied; keeps a reference to its socket). RN_OK; RN_EFULL: there are RN_DOORS_MAX;
 * RN_EVALUE: its socket has one; RN_ENOMEM; RN_ESYSTEM: the system does not watch it. Any thread. */
int rn_doors_open(struct rn_doors *doors, const struct rn_door *door);

/* Have the lane shut the door of a socket (borrows), and return once it has. Any thread but the lane's. */
void rn_doors_shut(struct rn_doors *doors, const struct rn_socket *socket);

/* Have the lane end. Any thread. */
void rn_doors_end(struct rn_doors *doors);

/* Wait until something has arrived at a door since it was told of, or somebody wakes the lane. The lane,
 * as all below. */
void rn_doors_wait(struct rn_doors *doors, struct rn_ready *ready);

/* Have a door told of again if anything is left there. */
void rn_doors_again(struct rn_doors *doors, struct rn_door *door);

/* Wait for so long, in nanoseconds below a second, or until somebody wakes the lane; doors are let be. */
void rn_doors_rest(struct rn_doors *doors, long duration_ns);

bool rn_doors_are_ending(struct rn_doors *doors);

/* Return a door that is to be shut, NULL: none is. */
struct rn_door *rn_doors_leaving(struct rn_doors *doors);

/* It is shut: free it (takes). */
void rn_doors_forget(struct rn_doors *doors, struct rn_door *door);

#endif
