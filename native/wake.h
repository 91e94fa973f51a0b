/* SPDX-License-Identifier: Apache-2.0 */
/* The eventfd that wakes the thread at the other end of a ring; see wake.c. */
#ifndef RN_WAKE_H
#define RN_WAKE_H

/* Return a new eventfd, non-blocking and closed on exec (the caller closes it), or -1. */
int rn_wake_new(void);

/* Make it readable. Any thread; async-signal-safe. */
void rn_wake_set(int fd);

/* Make it unreadable. Any thread. */
void rn_wake_clear(int fd);

#endif
