/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The filters of a view, as data: tests in postfix over a stack of bits.
 *
 *     incidr(client_ip(), '10.0.0.0/8') && type() == 'A'      ->  CLIENT 10/8   TYPE 1   AND
 *
 * Python writes them (resolver/native/predicate.py) and keeps to the depth of the stack.
 */
#include "plan.h"

#include <string.h>

static bool holds(const struct rn_test *test, const struct rn_arrival *arrival)
{
    const struct rn_asked *asked = &arrival->asked;
    switch (test->kind) {
    case RN_TEST_TRUE:
        return true;
    case RN_TEST_CLIENT:
        return rn_sources_contain(test->sources, &arrival->client);
    case RN_TEST_LOCAL:
        return rn_sources_contain(test->sources, &arrival->local);
    case RN_TEST_TYPE:
        return asked->qtype == test->number;
    case RN_TEST_NAME:
        return asked->qname_length == test->name_length &&
               memcmp(asked->qname, test->name, test->name_length) == 0;
    case RN_TEST_UDP:
        return arrival->transport == RN_DO53_UDP || arrival->transport == RN_DOQ;
    default:
        return false;
    }
}

bool rn_predicate_holds(const struct rn_predicate *predicate, const struct rn_arrival *arrival)
{
    uint64_t stack = 0; /* the last word is bit 0 */
    for (size_t i = 0; i < predicate->count; i++) {
        const struct rn_test *test = &predicate->tests[i];
        uint64_t last = stack & 1, before = stack >> 1 & 1;
        switch (test->kind) {
        case RN_TEST_AND:
            stack = (stack >> 2 << 1) | (last & before);
            break;
        case RN_TEST_OR:
            stack = (stack >> 2 << 1) | (last | before);
            break;
        case RN_TEST_NOT:
            stack ^= 1;
            break;
        default:
            stack = stack << 1 | holds(test, arrival);
        }
    }
    return stack & 1;
}
