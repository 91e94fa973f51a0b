/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Orders to a resolver thread, waited for.
 *
 * Contexts belong to the resolver thread, so making and replacing them happens there; the caller
 * waits, because it must hear whether libunbound accepted the configuration. A list of commands
 * that stand on the stacks of the waiting threads: nothing is allocated, nothing can be lost.
 */
#include "command.h"

#include "wake.h"

void rn_commands_init(struct rn_commands *commands)
{
    *commands =
        (struct rn_commands){.lock = PTHREAD_MUTEX_INITIALIZER, .done = PTHREAD_COND_INITIALIZER};
}

void rn_commands_destroy(struct rn_commands *commands)
{
    pthread_cond_destroy(&commands->done);
    pthread_mutex_destroy(&commands->lock);
}

int rn_commands_run(struct rn_commands *commands, struct rn_command *command, int wake_fd)
{
    command->next = NULL;
    command->is_done = false;
    pthread_mutex_lock(&commands->lock);
    if (commands->is_closed) {
        pthread_mutex_unlock(&commands->lock);
        return RN_ECLOSED;
    }
    if (commands->last)
        commands->last->next = command;
    else
        commands->first = command;
    commands->last = command;
    rn_wake_set(wake_fd);
    while (!command->is_done)
        pthread_cond_wait(&commands->done, &commands->lock);
    pthread_mutex_unlock(&commands->lock);
    return command->status;
}

struct rn_command *rn_commands_take(struct rn_commands *commands)
{
    pthread_mutex_lock(&commands->lock);
    struct rn_command *command = commands->first;
    if (command) {
        commands->first = command->next;
        if (!commands->first)
            commands->last = NULL;
    }
    pthread_mutex_unlock(&commands->lock);
    return command;
}

void rn_commands_finish(struct rn_commands *commands, struct rn_command *command, int status)
{
    pthread_mutex_lock(&commands->lock);
    command->status = status;
    command->is_done = true;
    pthread_cond_broadcast(&commands->done);
    pthread_mutex_unlock(&commands->lock);
}

void rn_commands_close(struct rn_commands *commands)
{
    struct rn_command *command;
    pthread_mutex_lock(&commands->lock);
    commands->is_closed = true;
    pthread_mutex_unlock(&commands->lock);
    while ((command = rn_commands_take(commands)))
        rn_commands_finish(commands, command, RN_ECLOSED);
}
