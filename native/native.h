/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole surface of the native part: what Python (resolver/ffi.py) and the C tests may call.
 *
 * It is also the manual, and what stands between the two cdef markers is what cffi reads; what
 * is too much for one file stands likewise in surface_*.h, which it includes at its end. Every
 * function returns a status unless it says what else. Ownership is told in four words: "takes" (the
 * callee frees), "borrows" (used until the call returns), "lends" (valid until the next call on the
 * same handle), "gives" (the caller frees).
 *
 *     Python thread                                   resolver thread (one per rn_recurse)
 *     rn_recurse_submit --> inbox ring, eventfd -->   libunbound contexts on one event base
 *     rn_recurse_drain  <-- outbox ring, eventfd <--  callbacks
 *
 * libunbound's contexts are made, used and deleted by their resolver thread alone.
 */
#ifndef RN_NATIVE_H
#define RN_NATIVE_H

#include <stddef.h>
#include <stdint.h>

/* cdef begin */

/*
 * 0 is done. -1 to -99 are libunbound's own errors (unbound.h, enum ub_ctx_err), the others ours.
 */
enum rn_status {
    RN_OK = 0,
    RN_ENOMEM = -101,  /* out of memory */
    RN_ESYSTEM = -102, /* the system refused a thread, a descriptor or a write */
    RN_ECREATE = -103, /* libunbound could not make a context: memory, or another libevent */
    RN_ECLOSED = -104, /* the resolver thread has ended */
    RN_EGROUP = -105,  /* no such group */
    RN_ENAME = -106,   /* not an uncompressed name in wire form */
    RN_ECONTEXT = -107, /* no such context: it is 0 or 1 */
    RN_EWIRE = -108,    /* a malformed message, or one over 65,535 octets */
    RN_EFULL = -109,    /* it does not fit */
    RN_EVALUE = -110   /* a value that makes no sense */
};

enum rn_limit {
    RN_BATCH = 256,         /* most items that one submit or drain handles */
    RN_GROUPS = 256,        /* group numbers are 0 to 255 */
    RN_MESSAGE_SIZE = 4096, /* octets that hold any message, its final 0 included */
    RN_LOG_SIZE = 65536,    /* octets that hold all that the log can hold */
    RN_DRAIN_SIZE = 131072  /* octets that hold the largest result; drain wants at least these */
};

/* What a validator says of data (RFC 4035, 4.3). */
enum rn_security { RN_INSECURE = 0, RN_BOGUS = 1, RN_SECURE = 2 };

/* One question for libunbound. The octets of qname after its length are not read. */
struct rn_question {
    uint64_t ticket;      /* the caller's own, comes back with the result */
    uint32_t group;       /* whose configuration */
    uint16_t qtype;       /* host order */
    uint16_t qclass;      /* host order */
    uint8_t context;      /* 0 or 1: which of the group's two contexts */
    uint8_t qname_length; /* octets, 1 to 255 */
    uint8_t qname[255];   /* uncompressed wire form */
};

/*
 * The head of one result. In what drain writes, wire_length octets of message and text_length
 * octets of text follow it, then 0 to 7 octets that round the record up to a multiple of 8.
 *
 * Failures have one shape, however libunbound tells them: rcode SERVFAIL and no message.
 */
struct rn_result {
    uint64_t ticket; /* the question's */
    uint32_t group;  /* the question's */
    int32_t status;  /* enum rn_status; below 0: never asked, rcode is SERVFAIL, text says why */
    uint32_t wire_length; /* octets of the message (ID 0); 0 unless libunbound gave one */
    uint16_t text_length; /* octets of the text: why bogus, or the error. Arbitrary octets, no 0 */
    uint8_t rcode;        /* RCODE (RFC 1035, 4.1.1) */
    uint8_t security;     /* enum rn_security; bogus data comes with its message */
    uint8_t context;      /* the question's */
    uint8_t ratelimited;  /* 1: libunbound's own rate limit made it fail; look at it before bogus */
    uint8_t is_answered;  /* 1: so is the query whose ticket the question came with, and that is counted */
    uint8_t unused[5];
};

/* Counters of one group number; they only grow. In flight is submitted - completed. */
struct rn_stats {
    uint64_t submitted; /* questions taken by submit */
    uint64_t completed; /* results handed to the outbox */
    uint64_t failed;    /* of these, with a status below 0 or SERVFAIL */
    uint64_t contexts;  /* contexts that exist now, those being drained included */
};

/*
 * What a process has one of, because libunbound keeps it process-global: the lock under which
 * contexts are made and deleted and configurations are read, libunbound's log, and the eventfd that
 * wakes Python.
 */
struct rn_library;

/* A resolver thread with its event base, its groups of contexts and its two rings. */
struct rn_recurse;

/* Return the version of the linked libunbound, as text. Lends, for ever. Any thread. */
const char *rn_library_version(void);

/* Return a new library, which the caller owns (rn_library_free), or NULL: no memory or descriptor.
 * A process makes one. */
struct rn_library *rn_library_new(void);

/* Free a library; takes it. NULL is harmless. Each rn_recurse on it is freed before. */
void rn_library_free(struct rn_library *library);

/* Return the eventfd (not a status) that is readable when a result or a log line has come since
 * rn_library_wake_clear. Lends: the library closes it. Any thread. */
int rn_library_wake_fd(const struct rn_library *library);

/* Make the eventfd unreadable. Called before draining results and log, never after. Any thread. */
void rn_library_wake_clear(struct rn_library *library);

/* Move all log lines to `text` (borrows; size at least RN_LOG_SIZE), each with a final newline.
 * Return the octets written (not a status). *dropped (borrows) becomes the number of lines that
 * found the log full since the last call. Any thread. */
size_t rn_library_log_drain(struct rn_library *library, char *text, size_t size, uint64_t *dropped);

/*
 * Return a new resolver thread, running, which the caller owns (rn_recurse_free), or NULL: no
 * memory, descriptor or thread. Borrows the library, for as long as the thread lives.
 *
 * capacity: most questions submitted and not yet drained, 1 to 65536. drain_ms: how long replaced
 * contexts may go on with what they have in flight, in milliseconds.
 */
struct rn_recurse *rn_recurse_new(struct rn_library *library, size_t capacity, uint32_t drain_ms);

/* End the thread and wait for it. What is in flight becomes results; what is submitted from now on
 * is not taken; drain still works. May be called again. The owner's thread only. */
void rn_recurse_close(struct rn_recurse *recurse);

/* Close and free; takes it. NULL is harmless. Results not drained are lost. The owner's thread
 * only. */
void rn_recurse_free(struct rn_recurse *recurse);

/*
 * Make the group, or replace its contexts by new ones; the old ones are asked what was submitted
 * before, and drained. Waits for the resolver thread (some ms). Any thread.
 *
 * first, second: text of unbound.conf (borrows) for context 0 and context 1; they differ where only
 * one context may track trust anchors in a file. Context 1 is made when first asked for.
 * message: RN_MESSAGE_SIZE octets (borrows), becomes what is wrong, or "".
 *
 * Returns RN_OK; RN_EGROUP: the number is over 255; RN_ENOMEM, RN_ESYSTEM, RN_ECREATE or an error
 * of libunbound: the group is as it was; RN_ECLOSED.
 */
int rn_recurse_configure(struct rn_recurse *recurse, uint32_t group, const char *first,
                         size_t first_length, const char *second, size_t second_length,
                         char *message);

/* Replace the group's contexts by new ones of the same configuration: what they cached is gone. As
 * rn_recurse_configure otherwise (borrows message), and RN_EGROUP: no such group. Any thread. */
int rn_recurse_flush(struct rn_recurse *recurse, uint32_t group, char *message);

/* Remove the group; its contexts are drained. Returns RN_OK, RN_EGROUP, RN_ECLOSED. Any thread. */
int rn_recurse_remove(struct rn_recurse *recurse, uint32_t group);

/* Take questions (borrows), from the front; at most RN_BATCH. Return how many were taken (not a
 * status): fewer when `capacity` is reached, 0 after close. Each taken one becomes one result.
 * Never waits. Any thread. */
size_t rn_recurse_submit(struct rn_recurse *recurse, const struct rn_question *questions,
                         size_t count);

/* Write finished results to out (borrows; 8-aligned, size at least RN_DRAIN_SIZE), at most RN_BATCH
 * and as many as fit. Return the octets written (not a status); 0: nothing is finished. Sets the
 * eventfd again if results are left. Never waits. One thread at a time. */
size_t rn_recurse_drain(struct rn_recurse *recurse, uint8_t *out, size_t size);

/* Set *stats (borrows). Returns RN_OK, or RN_EGROUP: the number is over 255. Any thread. */
int rn_recurse_stats(struct rn_recurse *recurse, uint32_t group, struct rn_stats *stats);

/*
 * Load a configuration (borrows) into a context of its own and finalise it, then delete it. Returns
 * RN_OK or why not, and writes what libunbound logged, or else the error's text, to message
 * (RN_MESSAGE_SIZE octets, borrows). Complaints about syntax go to descriptor 2, not there.
 *
 * Only in a process that serves nothing: a rejected text can spoil the parser of the whole process.
 */
int rn_configuration_try(const char *text, size_t length, char *message);

/*
 * Try a configuration (borrows) like that in a fork of this process, which does nothing else and
 * ends. Returns its process ID, which the caller waits for, or -1. complaints becomes its
 * descriptor 2; to the descriptor result it writes the int of the outcome, in the machine's own
 * order, and the message. Its exit status is 0 if it came to that. No signal but SIGKILL reaches it.
 *
 * Only while this process has no context, so that libunbound is in the fork as it was loaded.
 */
int rn_configuration_fork(const char *text, size_t length, int complaints, int result);

/* --- The clock. --- */

struct rn_clock;

/* Return a clock that shows the machine's time (gives), NULL: no memory. */
struct rn_clock *rn_clock_new(void);

/* Free a clock that nobody looks at any more; takes. NULL is harmless. */
void rn_clock_free(struct rn_clock *clock);

/* Have a clock show these times until it is driven again: milliseconds, 0 or more, and the seconds
 * since 1970. For tests. Any thread. */
void rn_clock_drive(struct rn_clock *clock, int64_t now_ms, int64_t wall_s);

/* --- Sockets that queries came by. --- */

struct rn_socket; /* counted references */

/* Return a socket whose descriptor is a duplicate of fd, which the caller owns (rn_socket_drop); NULL:
 * no descriptor or memory. Any thread. */
struct rn_socket *rn_socket_new(int fd);

/* Give a reference back; takes. The last one closes. Any thread. */
void rn_socket_drop(struct rn_socket *socket);

/* Return how many responses the system did not take. Any thread. */
uint64_t rn_socket_unsent(const struct rn_socket *socket);

/* cdef end */

#include "surface_chain.h"
#include "surface_engine.h"
#include "surface_flight.h"
#include "surface_lines.h"
#include "surface_observed.h"
#include "surface_plan.h"
#include "surface_store.h"

#endif
