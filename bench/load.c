/* SPDX-License-Identifier: Apache-2.0 */
/* A load generator: keeps WINDOW queries in flight, checks each response, tells what came of it.
 *
 *   load udp|tcp ADDRESS PORT FILE WINDOW QUERIES MILLISECONDS RCODE ANSWERS AD RATE
 *
 * FILE holds the queries, each behind its length (2 octets), and is gone through round and round
 * until QUERIES were sent or MILLISECONDS are over (0: no bound). A response is right if it is to
 * the question, not truncated, and has this RCODE (255: NOERROR or NXDOMAIN), at least ANSWERS
 * records in its answer section and this AD bit (2: either). One line on standard output: sent right
 * wrong lost, then in ns the time from the first query to the last right response, the 50th and 99th
 * percentile of the response times, w99, and the CPU time that all this took here.
 *
 * RATE 0 is a closed loop: whoever answers is asked again, so a server that pauses is asked less. With
 * a RATE queries are due at fixed times, that many a second, and a response time counts from when the
 * query was due, sent late or not. w99 is the median of the 99th percentiles of windows of 100 ms:
 * what a client sees in most tenths of a second, on a machine that has other things to do now and then.
 *
 * Queries go over CONNECTIONS sockets. Slot I of the window belongs to socket I % CONNECTIONS; the
 * ID of its query is I with the slot's use in the upper bits, so that a late response is told from
 * a right one. One thread. Over TCP the queries of one connection are pipelined.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum {
    CONNECTIONS = 4,
    MAX_WINDOW = 4096,
    SPAN_NS = 100000000,
    BATCH = 64,
    HEADER = 12,
    MAX_QUERY = 512,
    MAX_RESPONSE = 4096,
    STREAM = 1 << 18,
};
static const uint64_t LOST_NS = 5000000000;

struct query {
    const uint8_t *octets;
    uint16_t length;
};

struct slot {
    uint64_t sent_ns; /* 0: free */
    uint32_t query;
    uint16_t use;
};

/* One socket, the free slots that belong to it, and over TCP what is half sent and half read. */
struct connection {
    int fd;
    unsigned free_count;
    uint16_t free[MAX_WINDOW];
    size_t out_length, in_length;
    uint8_t out[STREAM], in[STREAM];
};

/* One right response: how long it took, and in which window of SPAN_NS it came. */
struct response {
    uint32_t span, took_ns;
};

struct load {
    struct query *queries;
    size_t query_count;
    struct slot slots[MAX_WINDOW];
    struct connection connections[CONNECTIONS];
    unsigned window, rcode, answers, ad;
    double gap_ns; /* between the times at which queries are due; 0: whenever a slot is free */
    uint64_t sent, right, wrong, lost, to_send, begin_ns, end_ns, last_ns;
    struct response *responses;
    size_t room;
};

static void fail(const char *what) {
    fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
    exit(1);
}

static uint64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void read_queries(struct load *load, const char *path) {
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0) fail(path);
    size_t size = (size_t)ftell(file);
    uint8_t *octets = malloc(size + 1);
    rewind(file);
    if (octets == NULL || fread(octets, 1, size, file) != size) fail(path);
    fclose(file);
    load->queries = calloc(size / HEADER + 1, sizeof *load->queries);
    if (load->queries == NULL) fail("memory");
    for (size_t at = 0; at + 2 <= size;) {
        size_t length = (size_t)octets[at] << 8 | octets[at + 1];
        errno = EINVAL;
        if (length < HEADER || length > MAX_QUERY || at + 2 + length > size) fail(path);
        load->queries[load->query_count++] = (struct query){octets + at + 2, (uint16_t)length};
        at += 2 + length;
    }
    errno = ENODATA;
    if (load->query_count == 0) fail(path);
}

static void open_connections(struct load *load, int type, const char *address, const char *port) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
    if (inet_pton(AF_INET, address, &to.sin_addr) != 1) fail(address);
    for (unsigned c = 0; c < CONNECTIONS; c++) {
        int fd = socket(AF_INET, type, 0), yes = 1, room = 4 << 20;
        if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) != 0) fail(address);
        /* as root beyond the system's limit: what a client loses is no loss of the server */
        if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room) != 0)
            setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
        if (type == SOCK_STREAM) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        load->connections[c].fd = fd;
    }
    for (unsigned i = 0; i < load->window; i++) {
        struct connection *of = &load->connections[i % CONNECTIONS];
        of->free[of->free_count++] = (uint16_t)i;
    }
}

/* Returns when the next query is due. */
static uint64_t due_ns(const struct load *load) {
    return load->begin_ns + (uint64_t)((double)load->sent * load->gap_ns);
}

/* Takes a free slot for the next query and writes that query to `out`. Returns its length. */
static size_t begin(struct load *load, struct connection *on, uint8_t *out, uint64_t at_ns) {
    uint16_t i = on->free[--on->free_count];
    struct slot *slot = &load->slots[i];
    slot->sent_ns = load->gap_ns > 0 ? due_ns(load) : at_ns;
    slot->query = (uint32_t)(load->sent++ % load->query_count);
    slot->use = (uint16_t)((slot->use + 1) % (65536 / MAX_WINDOW));
    const struct query *query = &load->queries[slot->query];
    unsigned id = (unsigned)slot->use * MAX_WINDOW + i;
    memcpy(out, query->octets, query->length);
    out[0] = (uint8_t)(id >> 8);
    out[1] = (uint8_t)id;
    return query->length;
}

static void release(struct load *load, unsigned i) {
    struct connection *of = &load->connections[i % CONNECTIONS];
    load->slots[i].sent_ns = 0;
    of->free[of->free_count++] = (uint16_t)i;
}

static int is_right(const struct load *load, const uint8_t *in, size_t length, uint32_t query) {
    const struct query *asked = &load->queries[query];
    size_t question = HEADER;
    while (asked->octets[question] != 0) question += 1u + asked->octets[question];
    question += 5; /* the root, QTYPE, QCLASS */
    unsigned answers = (unsigned)in[6] << 8 | in[7], rcode = in[3] & 15u;
    int is_rcode = load->rcode == 255 ? rcode == 0 || rcode == 3 : rcode == load->rcode;
    return length >= question && memcmp(in + HEADER, asked->octets + HEADER, question - HEADER) == 0
        && (in[2] & 0x82) == 0x80 && is_rcode && answers >= load->answers
        && (load->ad > 1 || (in[3] >> 5 & 1u) == load->ad);
}

static void take(struct load *load, unsigned c, const uint8_t *in, size_t length, uint64_t at_ns) {
    if (length < HEADER) return;
    unsigned id = (unsigned)in[0] << 8 | in[1], i = id % MAX_WINDOW;
    struct slot *slot = &load->slots[i];
    if (i >= load->window || i % CONNECTIONS != c || slot->sent_ns == 0) return;
    if (slot->use != id / MAX_WINDOW) return; /* counted as lost already */
    if (is_right(load, in, length, slot->query)) {
        if (load->right == load->room) {
            load->room = load->room ? load->room * 2 : 1 << 16;
            load->responses = realloc(load->responses, load->room * sizeof *load->responses);
            if (load->responses == NULL) fail("memory");
        }
        uint64_t took = at_ns > slot->sent_ns ? at_ns - slot->sent_ns : 0;
        uint32_t span = (uint32_t)((at_ns - load->begin_ns) / SPAN_NS);
        load->responses[load->right++] =
            (struct response){span, took > UINT32_MAX ? UINT32_MAX : (uint32_t)took};
        load->last_ns = at_ns;
    } else {
        load->wrong++;
    }
    release(load, i);
}

/* Whether there is a query to send: now, or with a RATE also later. */
static int is_unfinished(const struct load *load, uint64_t at_ns) {
    return load->sent < load->to_send && at_ns < load->end_ns;
}

static int is_sending(const struct load *load, uint64_t at_ns) {
    return is_unfinished(load, at_ns) && (load->gap_ns == 0 || due_ns(load) <= at_ns);
}

static void send_datagrams(struct load *load, struct connection *on) {
    static uint8_t out[BATCH][MAX_QUERY];
    static struct mmsghdr messages[BATCH];
    static struct iovec vectors[BATCH];
    uint64_t at_ns = now();
    unsigned count = 0;
    while (count < BATCH && on->free_count && is_sending(load, at_ns)) {
        /* due queries go over the sockets in turn */
        if (load->gap_ns > 0 && &load->connections[load->sent / 4 % CONNECTIONS] != on) break;
        vectors[count] = (struct iovec){out[count], begin(load, on, out[count], at_ns)};
        messages[count].msg_hdr = (struct msghdr){.msg_iov = &vectors[count], .msg_iovlen = 1};
        count++;
    }
    for (unsigned done = 0; done < count;) {
        int sent = sendmmsg(on->fd, messages + done, count - done, 0);
        if (sent < 0 && errno != EINTR) fail("send");
        if (sent > 0) done += (unsigned)sent;
    }
}

/* Returns how many came. */
static unsigned receive_datagrams(struct load *load, unsigned c) {
    static uint8_t in[BATCH][MAX_RESPONSE];
    static struct mmsghdr messages[BATCH];
    static struct iovec vectors[BATCH];
    for (unsigned i = 0; i < BATCH; i++) {
        vectors[i] = (struct iovec){in[i], MAX_RESPONSE};
        messages[i].msg_hdr = (struct msghdr){.msg_iov = &vectors[i], .msg_iovlen = 1};
    }
    int count = recvmmsg(load->connections[c].fd, messages, BATCH, MSG_DONTWAIT, NULL);
    if (count < 0 && errno != EAGAIN && errno != EINTR) fail("receive");
    uint64_t at_ns = now();
    for (int i = 0; i < count; i++) take(load, c, in[i], messages[i].msg_len, at_ns);
    return count > 0 ? (unsigned)count : 0;
}

static void send_stream(struct load *load, struct connection *on) {
    uint64_t at_ns = now();
    while (on->free_count && on->out_length + 2 + MAX_QUERY <= STREAM && is_sending(load, at_ns)) {
        uint8_t *frame = on->out + on->out_length;
        size_t length = begin(load, on, frame + 2, at_ns);
        frame[0] = (uint8_t)(length >> 8);
        frame[1] = (uint8_t)length;
        on->out_length += 2 + length;
    }
    if (on->out_length == 0) return;
    ssize_t sent = send(on->fd, on->out, on->out_length, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) fail("send");
    if (sent <= 0) return;
    on->out_length -= (size_t)sent;
    memmove(on->out, on->out + sent, on->out_length);
}

static unsigned receive_stream(struct load *load, unsigned c) {
    struct connection *on = &load->connections[c];
    ssize_t got = recv(on->fd, on->in + on->in_length, STREAM - on->in_length, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
    if (got == 0) errno = ECONNRESET;
    if (got <= 0) fail("the server closed a connection");
    on->in_length += (size_t)got;
    uint64_t at_ns = now();
    size_t at = 0;
    unsigned count = 0;
    while (on->in_length - at >= 2) {
        size_t length = (size_t)on->in[at] << 8 | on->in[at + 1];
        if (on->in_length - at < 2 + length) break;
        take(load, c, on->in + at + 2, length, at_ns);
        at += 2 + length;
        count++;
    }
    on->in_length -= at;
    memmove(on->in, on->in + at, on->in_length);
    return count;
}

/* Gives up queries that nobody answered in time. Returns how many are in flight. */
static unsigned reap(struct load *load, uint64_t at_ns) {
    unsigned in_flight = 0;
    for (unsigned i = 0; i < load->window; i++) {
        uint64_t sent_ns = load->slots[i].sent_ns;
        if (sent_ns == 0) continue;
        if (at_ns - sent_ns > LOST_NS) {
            load->lost++;
            release(load, i);
        } else {
            in_flight++;
        }
    }
    return in_flight;
}

static void run(struct load *load, int is_udp) {
    struct pollfd polls[CONNECTIONS];
    for (;;) {
        unsigned came = 0;
        for (unsigned c = 0; c < CONNECTIONS; c++) {
            struct connection *on = &load->connections[c];
            if (is_udp) send_datagrams(load, on);
            else send_stream(load, on);
            came += is_udp ? receive_datagrams(load, c) : receive_stream(load, c);
            short more = on->out_length ? POLLIN | POLLOUT : POLLIN;
            polls[c] = (struct pollfd){.fd = on->fd, .events = more};
        }
        if (came) continue;
        uint64_t at_ns = now();
        if (reap(load, at_ns) == 0 && !is_unfinished(load, at_ns)) return;
        struct timespec rest = {.tv_nsec = SPAN_NS};
        if (load->gap_ns > 0 && is_unfinished(load, at_ns) && due_ns(load) < at_ns + SPAN_NS)
            rest.tv_nsec = due_ns(load) > at_ns ? (long)(due_ns(load) - at_ns) : 0;
        if (ppoll(polls, CONNECTIONS, &rest, NULL) < 0 && errno != EINTR) fail("poll");
    }
}

static int compare(const void *a, const void *b) {
    uint32_t x = ((const struct response *)a)->took_ns, y = ((const struct response *)b)->took_ns;
    return x < y ? -1 : x > y;
}

static int compare_numbers(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/* Sorts responses by time; returns a percentile. */
static uint32_t percentile(struct response *responses, size_t count, unsigned percent) {
    if (count == 0) return 0;
    qsort(responses, count, sizeof *responses, compare);
    return responses[(count - 1) * percent / 100].took_ns;
}

/* Returns the median of the windows' 99th percentiles; responses are in the order in which they came. */
static uint32_t windowed(struct load *load) {
    uint32_t *each = calloc(load->right + 1, sizeof *each), median = 0;
    if (each == NULL) fail("memory");
    size_t windows = 0;
    for (size_t from = 0, to; from < load->right; from = to) {
        for (to = from; to < load->right && load->responses[to].span == load->responses[from].span;)
            to++;
        each[windows++] = percentile(load->responses + from, to - from, 99);
    }
    qsort(each, windows, sizeof *each, compare_numbers);
    if (windows) median = each[windows / 2];
    free(each);
    return median;
}

int main(int argc, char **argv) {
    if (argc != 12) {
        fputs("usage: load udp|tcp ADDRESS PORT FILE WINDOW QUERIES MS RCODE ANSWERS AD RATE\n",
              stderr);
        return 2;
    }
    struct load *load = calloc(1, sizeof *load);
    if (load == NULL) fail("memory");
    int is_udp = strcmp(argv[1], "udp") == 0;
    uint64_t queries = strtoull(argv[6], NULL, 10), ms = strtoull(argv[7], NULL, 10);
    load->window = (unsigned)atoi(argv[5]);
    load->rcode = (unsigned)atoi(argv[8]);
    load->answers = (unsigned)atoi(argv[9]);
    load->ad = (unsigned)atoi(argv[10]);
    if (atoi(argv[11]) > 0) load->gap_ns = 1e9 / atoi(argv[11]);
    if (load->window < 1 || load->window > MAX_WINDOW) {
        fprintf(stderr, "load: the window is 1 to %d\n", MAX_WINDOW);
        return 2;
    }
    read_queries(load, argv[4]);
    open_connections(load, is_udp ? SOCK_DGRAM : SOCK_STREAM, argv[2], argv[3]);
    load->begin_ns = now();
    load->to_send = queries ? queries : UINT64_MAX;
    load->end_ns = ms ? load->begin_ns + ms * 1000000 : UINT64_MAX;
    run(load, is_udp);
    struct timespec cpu;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
    uint32_t w99 = windowed(load), p50 = percentile(load->responses, load->right, 50);
    printf("%llu %llu %llu %llu %llu %u %u %u %llu\n", (unsigned long long)load->sent,
           (unsigned long long)load->right, (unsigned long long)load->wrong,
           (unsigned long long)load->lost,
           (unsigned long long)(load->right ? load->last_ns - load->begin_ns : 0), p50,
           percentile(load->responses, load->right, 99), w99,
           (unsigned long long)cpu.tv_sec * 1000000000u + (unsigned long long)cpu.tv_nsec);
    return 0;
}
