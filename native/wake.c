/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The eventfd that wakes the thread at the other end of a ring.
 *
 * Set twice is set once: the counter says nothing but "look". The only failures left are EAGAIN (it
 * is readable already, or unreadable already), which are what was asked for, and EINTR.
 */
#include "wake.h"

#include <errno.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

int rn_wake_new(void)
{
    return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
}

void rn_wake_set(int fd)
{
    const uint64_t one = 1;
    while (write(fd, &one, sizeof one) < 0 && errno == EINTR)
        ;
}

void rn_wake_clear(int fd)
{
    uint64_t count;
    while (read(fd, &count, sizeof count) < 0 && errno == EINTR)
        ;
}
