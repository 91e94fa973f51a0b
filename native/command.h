/* SPDX-License-Identifier: Apache-2.0 */
/* Orders to a resolver thread, waited for; see command.c. */
#ifndef RN_COMMAND_H
#define RN_COMMAND_H

#include "context.h"
#include "native.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

enum rn_command_kind { RN_CONFIGURE, RN_FLUSH, RN_REMOVE, RN_STOP };

/* It stands on the stack of the thread that waits for it. */
struct rn_command {
    enum rn_command_kind kind;
    uint32_t group;
    struct rn_text texts[2]; /* RN_CONFIGURE; borrowed from the waiting thread */
    char *message;           /* RN_MESSAGE_SIZE octets, or NULL for REMOVE and STOP */
    int status;
    bool is_done;
    struct rn_command *next;
};

struct rn_commands {
    pthread_mutex_t lock;
    pthread_cond_t done; /* some command is done */
    struct rn_command *first;
    struct rn_command *last;
    bool is_closed;
};

/* Make an empty queue in *commands (borrows). */
void rn_commands_init(struct rn_commands *commands);

/* Release it; nobody uses it any more. */
void rn_commands_destroy(struct rn_commands *commands);

/* Queue a command (borrows), wake the thread and wait; return its status, or RN_ECLOSED. Any thread
 * but the resolver thread. */
int rn_commands_run(struct rn_commands *commands, struct rn_command *command, int wake_fd);

/* Return the oldest command (lends, until rn_commands_finish), or NULL. The resolver thread. */
struct rn_command *rn_commands_take(struct rn_commands *commands);

/* Say that a taken command is done. The resolver thread. */
void rn_commands_finish(struct rn_commands *commands, struct rn_command *command, int status);

/* Take no more commands; those waiting end with RN_ECLOSED. The resolver thread. */
void rn_commands_close(struct rn_commands *commands);

#endif
