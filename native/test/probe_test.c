/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked in forks: each case in one of its own, for a bad text can spoil a parser. */
#include "../native.h"
#include "check.h"
#include "tests.h"

#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unbound.h>
#include <unistd.h>

static const struct {
    const char *text;
    int status;
    const char *said; /* part of the message, "" for an empty one */
} texts[] = {
    {"", RN_OK, ""},
    {"server:\n  do-ip6: no\nstub-zone:\n  name: a\n  stub-addr: 192.0.2.1@53\n", RN_OK, ""},
    {"server:\n  no-such-option: 1\n", UB_SYNTAX, "syntax error"},
    {"server:\n  stub-addr: 192.0.2.1\n", UB_SYNTAX, "syntax error"},
    {"stub-zone:\n  name: a\n  stub-addr: not-an-ip\n", UB_INITFAIL, "not-an-ip"},
    {"server:\n  trust-anchor-file: /nonexistent/file\n", UB_INITFAIL, "/nonexistent/file"},
};

/* Have a fork try a text, and hold what came of it against what is wanted. */
static void try_text(const char *text, int status, const char *said)
{
    char message[RN_MESSAGE_SIZE] = "";
    int how;
    int found = -1;
    int ends[2];
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC); /* libunbound's parser complains there */
    CHECK(nowhere >= 0 && pipe(ends) == 0);
    pid_t child = rn_configuration_fork(text, strlen(text), nowhere, ends[1]);
    CHECK(child > 0);
    close(ends[1]);
    close(nowhere);
    CHECK(read(ends[0], &found, sizeof found) == sizeof found);
    size_t length = 0;
    for (ssize_t more; (more = read(ends[0], message + length, sizeof message - 1 - length)) > 0;)
        length += (size_t)more;
    close(ends[0]);
    CHECK(waitpid(child, &how, 0) == child && how == 0);
    if (found != status)
        fprintf(stderr, "%s: status %d\n", text, found);
    CHECK(found == status);
    CHECK(*said ? strstr(message, said) != NULL : message[0] == '\0');
}

void probe_tests(void)
{
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        try_text(texts[i].text, texts[i].status, texts[i].said);
    CHECK(rn_configuration_fork("", 0, -1, -1) > 0); /* it can say nothing, and ends */
    int how;
    CHECK(wait(&how) > 0 && WIFEXITED(how) && WEXITSTATUS(how) == 70);
    CHECK(rn_library_version()[0] >= '1');
}
