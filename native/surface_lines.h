/* SPDX-License-Identifier: Apache-2.0 */
/* The surface's part on lines of the log, made of events (surface_observed.h) by lines.c. Read
 * native.h first. */
#ifndef RN_SURFACE_LINES_H
#define RN_SURFACE_LINES_H

#include <stddef.h>
#include <stdint.h>

/* cdef begin */

struct rn_lines; /* how the lines of one plan look: rules of its blocks, and words for numbers */

enum rn_line_limit {
    RN_LINE_MAX = 16384,    /* octets of the longest line, its end and what it starts with too */
    RN_LINE_START_MAX = 64, /* octets of what lines start with */
    RN_WORD_MAX = 31        /* octets of a word */
};

/* What a line is put together of (resolver.engine.observed.Field has the same words, and tells what
 * they are). */
enum rn_line_field {
    RN_LINE_LITERAL, /* in a program: one octet that says how many follow, and these */
    RN_LINE_TYPE,
    RN_LINE_CLASS,
    RN_LINE_NAME,
    RN_LINE_PROTO,
    RN_LINE_REMOTE,
    RN_LINE_LOCAL,
    RN_LINE_PORT,
    RN_LINE_SIZE,
    RN_LINE_RCODE,
    RN_LINE_RSIZE,
    RN_LINE_DURATION,
    RN_LINE_RFLAGS,
    RN_LINE_BUFSIZE,
    RN_LINE_DO,
    RN_LINE_ID,
    RN_LINE_HOST,
    RN_LINE_LOCAL_HOST,
    RN_LINE_JSON_NAME,
    RN_LINE_JSON_RCODE,
    RN_LINE_JSON_RFLAGS,
    RN_LINE_JSON_DURATION,
    RN_LINE_JSON_PLUGIN,
    RN_LINE_FIELDS
};

/* Numbers that have words. What has none is TYPE1234, CLASS1234, 1234, and none for who answered.
 */
enum rn_words_of { RN_WORDS_TYPES, RN_WORDS_CLASSES, RN_WORDS_RCODES, RN_WORDS_PLUGINS, RN_WORDS };

/* Which events of a block are left to Python though their lines are made: other observers want
 * them. */
enum rn_lines_left { RN_LEFT_NONE, RN_LEFT_FAILURES, RN_LEFT_ALL };

/* Queries at or below a name whose response is of some classes, and their line. */
struct rn_line_rule {
    const uint8_t *zone;    /* lower-case wire form */
    const uint8_t *program; /* octets: an enum rn_line_field each; NULL: Python makes these lines */
    size_t zone_length;
    size_t program_length;
    uint32_t block;   /* its number in the plan */
    uint8_t classes;  /* a bit (1 << enum rn_class) each */
    uint8_t is_whole; /* nothing stands in front of it */
};

/* What became of records. */
struct rn_lined {
    size_t read;  /* octets of records that are done with */
    size_t left;  /* octets of those that are left to Python: they stand in front */
    size_t size;  /* octets of the lines */
    size_t count; /* lines */
};

/* Return lines without rules (gives) for a plan (the number of its ledger) of so many blocks. NULL:
 * no memory, or too many. Any thread, as all of these, one at a time. */
struct rn_lines *rn_lines_new(uint32_t plan, uint32_t blocks);

/* Free them (takes). NULL is harmless. */
void rn_lines_free(struct rn_lines *lines);

/* Say what numbers are called. of: enum rn_words_of. numbers, lengths, text (borrows all): so many
 * numbers, rising, the octets of each one's word, and all words without anything between. Return
 * RN_OK, RN_ENOMEM, RN_EVALUE: a word is too long, or numbers do not rise. */
int rn_lines_set_words(struct rn_lines *lines, int of, const uint16_t *numbers,
                       const uint8_t *lengths, const char *text, size_t count);

/* Add a rule behind the others of its block (borrows; all is copied). The first one counts whose
 * name a query is at or below. Return RN_OK, RN_ENOMEM, RN_EVALUE: no such block, no name, or no
 * program; a line of it could be longer than RN_LINE_MAX. */
int rn_lines_add_rule(struct rn_lines *lines, const struct rn_line_rule *rule);

/* Say which events of a block others want (enum rn_lines_left); nobody, if nothing is said. Those
 * of a block without rules are left all. Return RN_OK, RN_EVALUE: no such block. */
int rn_lines_leave(struct rn_lines *lines, uint32_t block, int left);

/*
 * Make the lines of what rn_events_drain gave: `length` octets of whole records (borrows, altered:
 * what is left to Python moves to the front). Stops before an event of another plan, and where
 * `out` (borrows, `size` octets, at least RN_LINE_MAX) may have no room for another line: read is
 * less than length then. Lines end in a newline and begin with `start` (borrows, at most
 * RN_LINE_START_MAX octets), those of rules that are whole do not. An event of which a line was
 * made, or that no rule wants, has RN_EVENT_TOLD where it is left. *lined (borrows) says what came
 * out.
 */
void rn_lines_make(const struct rn_lines *lines, uint8_t *records, size_t length, const char *start,
                   size_t start_length, char *out, size_t size, struct rn_lined *lined);

/* cdef end */

#endif
