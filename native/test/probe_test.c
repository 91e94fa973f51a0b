/* SPDX-License-Identifier: Apache-2.0 */
/* What a child process asks: each case in a process of its own, for a bad text can spoil a parser.
 */
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

static void try_text(const char *text, int status, const char *said)
{
    char message[RN_MESSAGE_SIZE];
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    CHECK(nowhere >= 0);
    dup2(nowhere, 2); /* libunbound's parser complains there */
    close(nowhere);
    if (rn_configuration_try(text, strlen(text), message) != status)
        _exit(2);
    if (*said ? !strstr(message, said) : message[0] != '\0')
        _exit(3);
    _exit(0);
}

void probe_tests(void)
{
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        int how;
        pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0)
            try_text(texts[i].text, texts[i].status, texts[i].said);
        CHECK(waitpid(child, &how, 0) == child);
        if (how != 0)
            fprintf(stderr, "configuration %zu: status %x\n", i, (unsigned)how);
        CHECK(how == 0);
    }
    CHECK(rn_option_probe("qname-minimisation:", "yes") == RN_OK);
    CHECK(rn_option_probe("no-such-option:", "yes") == UB_SYNTAX);
    CHECK(rn_library_version()[0] >= '1');
}
