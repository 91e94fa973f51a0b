/* SPDX-License-Identifier: Apache-2.0 */
/* Names become text in which only our own dots have a meaning (RFC 1035, 5.1). */
#include "../name.h"

#include "../native.h"
#include "check.h"
#include "tests.h"

#include <string.h>

static const struct {
    const char *wire;
    size_t length;
    const char *text; /* NULL: refused */
} cases[] = {
    {"\0", 1, "."},
    {"\3org\0", 5, "org."},
    {"\7example\3org\0", 13, "example.org."},
    {"\3a-b\0", 5, "a\\045b."},
    {"\4_dns\0", 6, "\\095dns."},
    {"\3a.b\1c\0", 7, "a\\046b.c."},
    {"\1\\\1\"\0", 5, "\\092.\\034."},
    {"\2\0\377\0", 4, "\\000\\255."},
    {"\1Q\0", 3, "Q."},
    {"", 0, NULL},
    {"\3org", 4, NULL},          /* no root label */
    {"\3or", 3, NULL},           /* a label beyond the end */
    {"\3org\0\0", 6, NULL},      /* octets behind the root label */
    {"\0\3org\0", 6, NULL},      /* and here too */
    {"\300\14\0", 3, NULL},      /* a compression pointer */
    {"\100aaaaaaaa\0", 10, NULL} /* a label of 64 octets */
};

static void longest(char octet, size_t text_length)
{
    uint8_t wire[256];
    char text[RN_NAME_TEXT_SIZE];
    size_t at = 0;
    static const uint8_t labels[] = {63, 63, 63, 61};
    for (size_t i = 0; i < sizeof labels; i++) {
        wire[at++] = labels[i];
        memset(wire + at, octet, labels[i]);
        at += labels[i];
    }
    wire[at++] = 0;
    CHECK(at == 255);
    CHECK(rn_name_to_text(wire, 255, text) == RN_OK);
    CHECK(strlen(text) == text_length);
    wire[at] = 0;
    CHECK(rn_name_to_text(wire, 256, text) == RN_ENAME);
}

void name_tests(void)
{
    char text[RN_NAME_TEXT_SIZE];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        /* A copy of the exact length, so that a read beyond it is seen. */
        uint8_t *wire = malloc(cases[i].length ? cases[i].length : 1);
        CHECK(wire);
        memcpy(wire, cases[i].wire, cases[i].length);
        int status = rn_name_to_text(wire, cases[i].length, text);
        CHECK(status == (cases[i].text ? RN_OK : RN_ENAME));
        CHECK(!cases[i].text || strcmp(text, cases[i].text) == 0);
        free(wire);
    }
    longest('a', 254);
    longest('*', 4 * 250 + 4);
}
