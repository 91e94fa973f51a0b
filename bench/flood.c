/* SPDX-License-Identifier: Apache-2.0 */
/* A flood: sends datagrams at a rate and never waits; whatever comes back is counted and forgotten.
 *
 *   flood ADDRESS PORT FILE RATE COUNT
 *
 * FILE holds datagrams of any content, each behind its length (2 octets), and is gone through round
 * and round until COUNT were sent, RATE a second, over SOCKETS sockets in turn. IDs are as in FILE.
 * One line on standard output: how many were sent, how long that took in ns, how many came back.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { SOCKETS = 16, BATCH = 32, TICK_NS = 1000000, MAX_DATAGRAM = 65535 };

static void fail(const char *what) {
    fprintf(stderr, "flood: %s: %s\n", what, strerror(errno));
    exit(1);
}

static uint64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static uint8_t *read_all(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0) fail(path);
    *size = (size_t)ftell(file);
    uint8_t *octets = malloc(*size + 1);
    rewind(file);
    if (octets == NULL || fread(octets, 1, *size, file) != *size) fail(path);
    fclose(file);
    errno = ENODATA;
    if (*size < 2) fail(path);
    return octets;
}

/* Returns how many datagrams wait on a socket; they are dropped. */
static uint64_t drain(int fd) {
    static uint8_t octets[MAX_DATAGRAM];
    uint64_t count = 0;
    while (recv(fd, octets, 0, MSG_DONTWAIT | MSG_TRUNC) >= 0) count++;
    return count;
}

int main(int argc, char **argv) {
    if (argc != 6) {
        fputs("usage: flood ADDRESS PORT FILE RATE COUNT\n", stderr);
        return 2;
    }
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[2]))};
    if (inet_pton(AF_INET, argv[1], &to.sin_addr) != 1) fail(argv[1]);
    size_t size, at = 0;
    uint8_t *octets = read_all(argv[3], &size);
    double gap_ns = 1e9 / atof(argv[4]);
    uint64_t count = strtoull(argv[5], NULL, 10), sent = 0, back = 0;
    int sockets[SOCKETS];
    for (int i = 0; i < SOCKETS; i++) {
        sockets[i] = socket(AF_INET, SOCK_DGRAM, 0);
        if (sockets[i] < 0 || connect(sockets[i], (struct sockaddr *)&to, sizeof to) != 0)
            fail(argv[1]);
    }
    uint64_t begin_ns = now();
    while (sent < count) {
        int fd = sockets[sent / BATCH % SOCKETS];
        struct mmsghdr messages[BATCH];
        struct iovec vectors[BATCH];
        uint64_t due = (uint64_t)((double)(now() - begin_ns) / gap_ns) + 1;
        unsigned ready = 0;
        if (due > count) due = count;
        for (; ready < BATCH && sent + ready < due; ready++) {
            size_t length = (size_t)octets[at] << 8 | octets[at + 1];
            if (at + 2 + length > size) length = size - at - 2;
            vectors[ready] = (struct iovec){octets + at + 2, length};
            messages[ready].msg_hdr =
                (struct msghdr){.msg_iov = &vectors[ready], .msg_iovlen = 1};
            at += 2 + length;
            if (at + 2 > size) at = 0;
        }
        if (ready == 0) {
            for (int i = 0; i < SOCKETS; i++) back += drain(sockets[i]);
            nanosleep(&(struct timespec){.tv_nsec = TICK_NS}, NULL);
            continue;
        }
        int done = sendmmsg(fd, messages, ready, 0);
        if (done < 0 && errno != ECONNREFUSED && errno != EINTR && errno != ENOBUFS) fail("send");
        sent += ready; /* what the system did not take is lost on the way, as elsewhere */
        if (sent / BATCH % SOCKETS == 0) back += drain(fd);
    }
    uint64_t took_ns = now() - begin_ns;
    for (int i = 0; i < SOCKETS; i++) back += drain(sockets[i]);
    printf("%llu %llu %llu\n", (unsigned long long)sent, (unsigned long long)took_ns,
           (unsigned long long)back);
    return 0;
}
