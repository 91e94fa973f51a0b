/* SPDX-License-Identifier: Apache-2.0 */
/* The reference: sends every datagram back with QR set, in batches, and does nothing else.
 *
 *   echo ADDRESS PORT
 *
 * What a server costs above this is its own work; below it no server over these system calls gets.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { BATCH = 64, MAX_DATAGRAM = 4096 };

static void fail(const char *what) {
    fprintf(stderr, "echo: %s: %s\n", what, strerror(errno));
    exit(1);
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fputs("usage: echo ADDRESS PORT\n", stderr);
        return 2;
    }
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[2]))};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (inet_pton(AF_INET, argv[1], &at.sin_addr) != 1) fail(argv[1]);
    if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) != 0) fail(argv[1]);
    static uint8_t octets[BATCH][MAX_DATAGRAM];
    static struct sockaddr_in clients[BATCH];
    static struct iovec vectors[BATCH];
    static struct mmsghdr messages[BATCH];
    for (;;) {
        for (int i = 0; i < BATCH; i++) {
            vectors[i] = (struct iovec){octets[i], MAX_DATAGRAM};
            messages[i].msg_hdr = (struct msghdr){.msg_name = &clients[i],
                                                  .msg_namelen = sizeof clients[i],
                                                  .msg_iov = &vectors[i],
                                                  .msg_iovlen = 1};
        }
        int count = recvmmsg(fd, messages, BATCH, MSG_WAITFORONE, NULL);
        if (count < 0 && errno != EINTR) fail("receive");
        for (int i = 0; i < count; i++) {
            vectors[i].iov_len = messages[i].msg_len;
            octets[i][2] |= 0x80;
        }
        for (int done = 0; done < count;) {
            int sent = sendmmsg(fd, messages + done, (unsigned)(count - done), 0);
            if (sent < 0 && errno != EINTR) fail("send");
            if (sent > 0) done += sent;
        }
    }
}
