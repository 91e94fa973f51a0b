/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sockets that queries came by: counted references, so that a reply can go out when the listener is
 * gone already. Single replies are sent here, batches by datagrams.c. One of them stands for all
 * connections, which are Python's: what is sent by it goes there (outbox.c).
 */
#define _GNU_SOURCE
#include "waiting.h"

#include "native.h"
#include "outbox.h"
#include "references.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static struct rn_socket *make(int fd, struct rn_outbox *outbox)
{
    struct rn_socket *made = malloc(sizeof *made);
    if (!made)
        return NULL;
    made->fd = fd;
    made->outbox = outbox;
    atomic_init(&made->references, 1);
    atomic_init(&made->unsent, 0);
    return made;
}

struct rn_socket *rn_socket_new(int fd)
{
    int ours = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    if (ours < 0)
        return NULL;
    struct rn_socket *made = make(ours, NULL);
    if (!made)
        close(ours);
    return made;
}

struct rn_socket *rn_socket_of(struct rn_outbox *outbox)
{
    return make(-1, outbox);
}

void rn_socket_keep(struct rn_socket *kept)
{
    rn_refer(&kept->references);
}

void rn_socket_drop(struct rn_socket *dropped)
{
    if (!rn_unrefer(&dropped->references))
        return;
    if (dropped->fd >= 0)
        close(dropped->fd);
    free(dropped);
}

uint64_t rn_socket_unsent(const struct rn_socket *asked)
{
    return atomic_load_explicit(&asked->unsent, memory_order_relaxed);
}

void rn_socket_send(struct rn_socket *by, const struct rn_peer *peer, const uint8_t *octets,
                    size_t length)
{
    if (by->outbox)
        rn_outbox_put(by->outbox, peer->connection, octets, length);
    if (by->outbox || length == 0)
        return;
    struct iovec vector = {(void *)octets, length};
    struct msghdr header = {
        .msg_name = (void *)&peer->address,
        .msg_namelen = peer->address_length,
        .msg_iov = &vector,
        .msg_iovlen = 1,
        .msg_control = peer->control_length > 0 ? (void *)peer->control : NULL,
        .msg_controllen = peer->control_length,
    };
    ssize_t sent;
    do {
        sent = sendmsg(by->fd, &header, MSG_DONTWAIT);
    } while (sent < 0 && errno == EINTR);
    if (sent < 0) /* a client over UDP asks again */
        atomic_fetch_add_explicit(&by->unsent, 1, memory_order_relaxed);
}
