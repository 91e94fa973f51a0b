/* SPDX-License-Identifier: Apache-2.0 */
/* Lanes and Python join while contexts and plans are replaced and deadlines pass: each that waits is
 * answered once, and nothing is left behind. */
#include "check.h"
#include "house.h"
#include "tests.h"

#include <poll.h>
#include <pthread.h>
#include <string.h>

enum { JOINERS = 2, EACH = 1500, CHAIN = 1500, ROUNDS = 15, LOOPBACK = 0x7F000001 };

struct load {
    struct house house;
    atomic_uint joiners; /* numbers them */
    atomic_uint joined;
};

static void name(char label[16], unsigned number)
{
    static const char kinds[] = "xxxnxfxx";
    snprintf(label, 16, "%c%u", kinds[number % 8], number % 61);
}

/* Each joiner has clients of its own, and does not run far ahead of what they have received. */
static void *join_all(void *arg)
{
    struct load *load = arg;
    unsigned joiner = atomic_fetch_add(&load->joiners, 1);
    unsigned outstanding = 0, client = joiner;
    char label[16];
    uint8_t reply[RN_REPLY_ROOM];
    for (unsigned i = 0; i < EACH; i++) {
        uint64_t ticket;
        name(label, i * 7 + joiner);
        if (house_join(&load->house, client, LOOPBACK, label, i, i % 2, &ticket) != RN_JOINED)
            continue;
        atomic_fetch_add(&load->joined, 1);
        if (++outstanding < 64)
            continue;
        for (; outstanding > 0; outstanding--)
            CHECK(house_receive(&load->house, client, reply) >= RN_HEADER_SIZE);
    }
    for (; outstanding > 0; outstanding--)
        CHECK(house_receive(&load->house, client, reply) >= RN_HEADER_SIZE);
    CHECK(house_is_quiet(&load->house, client));
    return NULL;
}

static struct rn_flight_question chain_question(const struct load *load, unsigned number)
{
    char label[16];
    name(label, number);
    struct rn_question asked = question_for(0, label);
    struct rn_flight_question made = {.client = {.octets = {127, 0, 0, 1}, .family = 4},
                                      .upstream = load->house.upstream,
                                      .qtype = 1,
                                      .qclass = 1,
                                      .renew = (uint8_t)(number % 3),
                                      .qname_length = asked.qname_length};
    memcpy(made.qname, asked.qname, asked.qname_length);
    return made;
}

/* What Python does: joins, now and then parts, and drains. */
static void *join_as_python(void *arg)
{
    struct load *load = arg;
    uint64_t newest = 0;
    for (unsigned i = 0; i < CHAIN; i++) {
        struct rn_flight_question question = chain_question(load, i);
        if (rn_flights_join(load->house.flights, &question, HOUSE_NOW_MS) == RN_JOINED) {
            newest = question.number > newest ? question.number : newest;
            if (i % 5 == 0)
                rn_flights_part(load->house.flights, &question);
        }
        while (!is_quiet(&load->house.session, 0)) {
            struct rn_result result = next_result(&load->house.session);
            CHECK(result.ticket != 0 && result.ticket <= newest);
        }
    }
    return NULL;
}

static void *replace(void *arg)
{
    struct load *load = arg;
    char message[RN_MESSAGE_SIZE];
    struct rn_recurse *recurse = load->house.session.recurse;
    const char *text = load->house.session.text;
    for (int i = 0; i < ROUNDS; i++) {
        CHECK(rn_recurse_configure(recurse, 0, text, strlen(text), text, strlen(text), message) ==
              RN_OK);
        CHECK(rn_recurse_flush(recurse, 0, message) == RN_OK);
        house_set_plan(&load->house);
        struct rn_flight_shown shown[16];
        CHECK(rn_flights_show(load->house.flights, shown, 16) <= 16);
    }
    return NULL;
}

void flight_load_tests(void)
{
    struct load *load = calloc(1, sizeof *load);
    pthread_t threads[JOINERS + 2];
    CHECK(load);
    struct rn_flight_limits limits = HOUSE_LIMITS;
    limits.slots = 20;
    house_start(&load->house, &limits);
    for (size_t i = 0; i < JOINERS; i++)
        CHECK(pthread_create(&threads[i], NULL, join_all, load) == 0);
    CHECK(pthread_create(&threads[JOINERS], NULL, join_as_python, load) == 0);
    CHECK(pthread_create(&threads[JOINERS + 1], NULL, replace, load) == 0);
    for (size_t i = 0; i < JOINERS + 2; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    CHECK(atomic_load(&load->joined) == JOINERS * EACH);
    house_settle(&load->house);
    CHECK(house_counts(&load->house).waiters == 0 && house_counts(&load->house).begun == 0);
    house_stop(&load->house);
    free(load);
}
