/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A batch of datagrams: received with one system call, their replies sent with one.
 *
 *     in   [message, sender, control]  x 64     room for the longest message each, touched as needed
 *     out  [reply]                     x 64     filled in order, to any of the senders
 *
 * On a wildcard socket the address that was queried comes as a control message (RFC 3542; IP_PKTINFO),
 * and goes out with the reply, so that it leaves from there. The interface is only kept for link-local
 * addresses: for others routing picks it.
 *
 * Knows nothing of DNS. A batch belongs to one thread.
 */
#define _GNU_SOURCE
#include "datagrams.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* The stride of messages is no multiple of 4096, so that their beginnings do not all want the same
 * lines of the processor's cache. */
enum { IN_STRIDE = 65536 + 192, OUT_STRIDE = RN_REPLY_ROOM + 192 };

struct rn_datagrams {
    struct mmsghdr in[RN_DATAGRAMS];
    struct mmsghdr out[RN_DATAGRAMS];
    struct iovec in_vectors[RN_DATAGRAMS];
    struct iovec out_vectors[RN_DATAGRAMS];
    struct sockaddr_in6 senders[RN_DATAGRAMS];
    union {
        struct cmsghdr align;
        uint8_t octets[RN_CONTROL_ROOM];
    } controls[RN_DATAGRAMS];
    size_t in_count;
    size_t out_count;
    uint8_t *messages; /* mapped: pages that no message reached take no memory */
    uint8_t *replies;
};

struct rn_datagrams *rn_datagrams_new(void)
{
    struct rn_datagrams *batch = calloc(1, sizeof *batch);
    if (!batch)
        return NULL;
    batch->messages = mmap(NULL, (size_t)RN_DATAGRAMS * IN_STRIDE, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    batch->replies = malloc((size_t)RN_DATAGRAMS * OUT_STRIDE);
    if (batch->messages == MAP_FAILED || !batch->replies) {
        rn_datagrams_free(batch);
        return NULL;
    }
    for (size_t i = 0; i < RN_DATAGRAMS; i++) {
        batch->in_vectors[i] = (struct iovec){batch->messages + i * IN_STRIDE, UINT16_MAX};
        batch->in[i].msg_hdr = (struct msghdr){.msg_iov = &batch->in_vectors[i],
                                               .msg_iovlen = 1,
                                               .msg_name = &batch->senders[i]};
        batch->out_vectors[i] = (struct iovec){batch->replies + i * OUT_STRIDE, 0};
        batch->out[i].msg_hdr = (struct msghdr){.msg_iov = &batch->out_vectors[i], .msg_iovlen = 1};
    }
    return batch;
}

void rn_datagrams_free(struct rn_datagrams *batch)
{
    if (!batch)
        return;
    if (batch->messages && batch->messages != MAP_FAILED)
        munmap(batch->messages, (size_t)RN_DATAGRAMS * IN_STRIDE);
    free(batch->replies);
    free(batch);
}

size_t rn_datagrams_receive(struct rn_datagrams *batch, int fd, bool is_wildcard)
{
    for (size_t i = 0; i < RN_DATAGRAMS; i++) {
        struct msghdr *header = &batch->in[i].msg_hdr;
        header->msg_namelen = sizeof batch->senders[i];
        header->msg_control = is_wildcard ? &batch->controls[i] : NULL;
        header->msg_controllen = is_wildcard ? sizeof batch->controls[i] : 0;
        header->msg_flags = 0;
    }
    int count;
    int attempts = RN_DATAGRAMS; /* ICMP errors to earlier replies come one a call */
    do {
        count = recvmmsg(fd, batch->in, RN_DATAGRAMS, MSG_DONTWAIT, NULL);
    } while (count < 0 && errno != EAGAIN && errno != EBADF && --attempts > 0);
    batch->in_count = count > 0 ? (size_t)count : 0;
    return batch->in_count;
}

static unsigned port_of(const struct sockaddr_in6 *address)
{
    return ntohs(address->sin6_port); /* where sockaddr_in has it too */
}

const uint8_t *rn_datagrams_octets(const struct rn_datagrams *batch, size_t index, size_t *length)
{
    *length = batch->in[index].msg_len;
    if (batch->in[index].msg_hdr.msg_flags & MSG_TRUNC || port_of(&batch->senders[index]) == 0)
        return NULL;
    return batch->in_vectors[index].iov_base;
}

static bool is_link_local(const uint8_t *octets)
{
    return octets[0] == 0xFE && (octets[1] & 0xC0) == 0x80;
}

static void set_v6(struct rn_address *address, const uint8_t *octets, uint32_t scope)
{
    static const uint8_t MAPPED[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
    if (memcmp(octets, MAPPED, sizeof MAPPED) == 0) {
        memset(address->octets, 0, sizeof address->octets);
        memcpy(address->octets, octets + 12, 4);
        address->family = 4;
        address->scope = 0;
        return;
    }
    memcpy(address->octets, octets, 16);
    address->family = 6;
    address->scope = is_link_local(octets) ? scope : 0;
}

static void set_v4(struct rn_address *address, const void *octets)
{
    memset(address->octets, 0, sizeof address->octets);
    memcpy(address->octets, octets, 4);
    address->family = 4;
    address->scope = 0;
}

/* Put the control message that makes a reply leave from the address queried into *peer. */
static void keep_control(struct rn_peer *peer, int level, int type, const void *data, size_t size)
{
    union {
        struct cmsghdr header;
        uint8_t octets[sizeof peer->control];
    } control = {.octets = {0}};
    control.header.cmsg_len = CMSG_LEN(size);
    control.header.cmsg_level = level;
    control.header.cmsg_type = type;
    memcpy(CMSG_DATA(&control.header), data, size);
    memcpy(peer->control, control.octets, CMSG_SPACE(size));
    peer->control_length = (uint8_t)CMSG_SPACE(size);
}

/* Find the address that was queried among the control messages. */
static void find_local(const struct msghdr *header, struct rn_address *local, struct rn_peer *peer)
{
    struct msghdr *mutable = (struct msghdr *)header; /* CMSG_NXTHDR takes no const */
    for (struct cmsghdr *at = CMSG_FIRSTHDR(mutable); at; at = CMSG_NXTHDR(mutable, at)) {
        if (at->cmsg_level == IPPROTO_IP && at->cmsg_type == IP_PKTINFO &&
            at->cmsg_len >= CMSG_LEN(sizeof(struct in_pktinfo))) {
            struct in_pktinfo info, from = {0};
            memcpy(&info, CMSG_DATA(at), sizeof info);
            set_v4(local, &info.ipi_spec_dst);
            from.ipi_spec_dst = info.ipi_spec_dst;
            keep_control(peer, IPPROTO_IP, IP_PKTINFO, &from, sizeof from);
            return;
        }
        if (at->cmsg_level == IPPROTO_IPV6 && at->cmsg_type == IPV6_PKTINFO &&
            at->cmsg_len >= CMSG_LEN(sizeof(struct in6_pktinfo))) {
            struct in6_pktinfo info;
            memcpy(&info, CMSG_DATA(at), sizeof info);
            set_v6(local, info.ipi6_addr.s6_addr, info.ipi6_ifindex);
            if (!is_link_local(info.ipi6_addr.s6_addr))
                info.ipi6_ifindex = 0;
            keep_control(peer, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof info);
            return;
        }
    }
}

void rn_datagrams_ends(const struct rn_datagrams *batch, size_t index, bool is_wildcard,
                       const struct rn_address *local, struct rn_arrival *arrival,
                       struct rn_peer *peer)
{
    const struct msghdr *header = &batch->in[index].msg_hdr;
    const struct sockaddr_in6 *sender = &batch->senders[index];
    if (sender->sin6_family == AF_INET6)
        set_v6(&arrival->client, sender->sin6_addr.s6_addr, sender->sin6_scope_id);
    else
        set_v4(&arrival->client, &((const struct sockaddr_in *)sender)->sin_addr);
    arrival->client.port = (uint16_t)port_of(sender);
    peer->address_length = header->msg_namelen;
    memcpy(&peer->address, sender, header->msg_namelen);
    peer->control_length = 0;
    arrival->local = *local;
    if (is_wildcard)
        find_local(header, &arrival->local, peer);
}

uint8_t *rn_datagrams_room(struct rn_datagrams *batch)
{
    return batch->out_vectors[batch->out_count].iov_base;
}

void rn_datagrams_push(struct rn_datagrams *batch, const struct rn_peer *peer, size_t length)
{
    struct msghdr *header = &batch->out[batch->out_count].msg_hdr;
    batch->out_vectors[batch->out_count].iov_len = length;
    header->msg_name = (void *)&peer->address;
    header->msg_namelen = peer->address_length;
    header->msg_control = peer->control_length > 0 ? (void *)peer->control : NULL;
    header->msg_controllen = peer->control_length;
    batch->out_count++;
}

void rn_datagrams_send(struct rn_datagrams *batch, struct rn_socket *socket)
{
    size_t sent = 0;
    while (sent < batch->out_count) {
        int count = sendmmsg(socket->fd, batch->out + sent, (unsigned)(batch->out_count - sent),
                             MSG_DONTWAIT);
        if (count > 0) {
            sent += (size_t)count;
        } else if (count == 0 || errno != EINTR) {
            /* The first one was not taken. A client over UDP asks again. */
            atomic_fetch_add_explicit(&socket->unsent, 1, memory_order_relaxed);
            sent++;
        }
    }
    batch->out_count = 0;
}
