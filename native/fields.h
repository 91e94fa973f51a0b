/* SPDX-License-Identifier: Apache-2.0 */
/* The values of a line of the log, written from an event; see fields.c. */
#ifndef RN_FIELDS_H
#define RN_FIELDS_H

#include "surface_lines.h"
#include "surface_observed.h"

#include <stdbool.h>

/* Words by number; numbers below RN_WORDS_NEAR are found at once. */
enum { RN_WORDS_NEAR = 272 };
struct rn_word {
    uint16_t number;
    uint8_t length;
    char text[RN_WORD_MAX];
};
struct rn_words {
    struct rn_word *words;
    size_t count;
    uint16_t near[RN_WORDS_NEAR]; /* the place of its word, + 1; 0: it has none */
};

/* An event of which a line is made. */
struct rn_line_event {
    struct rn_event it;
    const uint8_t *query; /* it.query_length octets */
    const uint8_t *name;  /* lower-case: it.qname_length octets that are a name */
};

/* Return the most octets that a field takes; 0: it is none. */
size_t rn_field_size(unsigned field);

/* Whether all its values can be written here: no interface's name is needed, no number too big. */
bool rn_field_is_ready(unsigned field, const struct rn_line_event *event);

/* Write a field's value to out (borrows) and return where it ends: rn_field_size octets are there,
 * all of which may be altered. words: one for each enum rn_words_of. */
char *rn_field_write(unsigned field, const struct rn_line_event *event,
                     const struct rn_words *words, char *out);

#endif
