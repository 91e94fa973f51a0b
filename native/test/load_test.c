/* SPDX-License-Identifier: Apache-2.0 */
/* Several threads submit, one drains, one replaces contexts; two resolver threads share a library.
 */
#include "../native.h"
#include "check.h"
#include "session.h"
#include "tests.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

enum { SUBMITTERS = 2, EACH = 2000, ROUNDS = 20 };

struct load {
    struct session session;
    struct rn_recurse *other; /* a second resolver thread on the same library */
    atomic_uint submitters;   /* numbers them */
};

static void *submit_all(void *arg)
{
    struct load *load = arg;
    uint64_t first = atomic_fetch_add(&load->submitters, 1) * (uint64_t)EACH;
    char label[16];
    for (uint64_t i = 0; i < EACH;) {
        struct rn_question batch[16];
        size_t count = 0;
        for (; count < 16 && i + count < EACH; count++) {
            snprintf(label, sizeof label, "x%u", (unsigned)((i + count) % 50));
            batch[count] = question_for(first + i + count, label);
            batch[count].context = (i + count) % 2;
        }
        i += rn_recurse_submit(load->session.recurse, batch, count);
    }
    return NULL;
}

static void *replace(void *arg)
{
    struct load *load = arg;
    char message[RN_MESSAGE_SIZE];
    const char *text = load->session.text;
    for (int i = 0; i < ROUNDS; i++) {
        struct rn_recurse *recurse = i % 2 ? load->session.recurse : load->other;
        CHECK(rn_recurse_configure(recurse, 0, text, strlen(text), text, strlen(text), message) ==
              RN_OK);
        CHECK(rn_recurse_flush(recurse, 0, message) == RN_OK);
    }
    return NULL;
}

void load_tests(void)
{
    struct load *load = calloc(1, sizeof *load);
    pthread_t threads[SUBMITTERS + 1];
    bool *seen = calloc(SUBMITTERS * EACH, sizeof *seen);
    CHECK(load && seen);
    session_start(&load->session, 256, 1000);
    load->other = rn_recurse_new(load->session.library, 16, 1000);
    CHECK(load->other);
    for (size_t i = 0; i < SUBMITTERS; i++)
        CHECK(pthread_create(&threads[i], NULL, submit_all, load) == 0);
    CHECK(pthread_create(&threads[SUBMITTERS], NULL, replace, load) == 0);
    for (size_t i = 0; i < SUBMITTERS * EACH; i++) {
        struct rn_result result = next_result(&load->session);
        CHECK(result.ticket < SUBMITTERS * EACH && !seen[result.ticket]);
        CHECK(result.rcode == 0);
        seen[result.ticket] = true;
    }
    for (size_t i = 0; i < SUBMITTERS + 1; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    CHECK(is_quiet(&load->session, 0));
    rn_recurse_free(load->other);
    session_stop(&load->session);
    free(seen);
    free(load);
}
