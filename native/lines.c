/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines of the log, made of events that a ring gave.
 *
 *     records  [event a][event b][event c]    ->    out  [line of a\n][line of c\n]
 *              [event b]  left to Python
 *
 *     block -> rule, rule, rule    the first one whose zone the name is below
 *                 `-> program: field, field, literal n octets..., field
 *
 * A rule knows how long its line may become, so that room is looked at once for each line.
 *
 * Threads: any, one at a time. Limits: RN_LINE_MAX octets a line.
 */
#include "native.h"

#include "fields.h"
#include "fold.h"
#include "plan.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGNMENT = 8 };

struct rule {
    struct rule *next;
    size_t most; /* octets of its line, without what it starts with */
    size_t program_length;
    uint8_t classes;
    bool is_whole;
    bool is_ours; /* it has a program */
    uint8_t zone_length;
    uint8_t zone[RN_NAME_SIZE];
    uint8_t program[];
};

struct block {
    struct rule *rules;
    uint8_t left; /* enum rn_lines_left */
};

struct rn_lines {
    struct rn_words words[RN_WORDS];
    uint32_t plan;
    uint32_t count;
    struct block blocks[];
};

struct rn_lines *rn_lines_new(uint32_t plan, uint32_t blocks)
{
    if (blocks > UINT16_MAX)
        return NULL;
    struct rn_lines *lines = calloc(1, sizeof *lines + blocks * sizeof lines->blocks[0]);
    if (lines) {
        lines->plan = plan;
        lines->count = blocks;
    }
    return lines;
}

void rn_lines_free(struct rn_lines *lines)
{
    if (!lines)
        return;
    for (uint32_t i = 0; i < lines->count; i++) {
        while (lines->blocks[i].rules) {
            struct rule *rule = lines->blocks[i].rules;
            lines->blocks[i].rules = rule->next;
            free(rule);
        }
    }
    for (unsigned i = 0; i < RN_WORDS; i++)
        free(lines->words[i].words);
    free(lines);
}

int rn_lines_set_words(struct rn_lines *lines, int of, const uint16_t *numbers,
                       const uint8_t *lengths, const char *text, size_t count)
{
    if (of < 0 || of >= RN_WORDS || count == 0 || count > UINT16_MAX)
        return RN_EVALUE;
    struct rn_words made = {.words = calloc(count, sizeof *made.words), .count = count};
    if (!made.words)
        return RN_ENOMEM;
    for (size_t i = 0; i < count; i++) {
        if (lengths[i] > RN_WORD_MAX || (i > 0 && numbers[i] <= numbers[i - 1])) {
            free(made.words);
            return RN_EVALUE;
        }
        made.words[i].number = numbers[i];
        made.words[i].length = lengths[i];
        memcpy(made.words[i].text, text, lengths[i]);
        text += lengths[i];
        if (numbers[i] < RN_WORDS_NEAR)
            made.near[numbers[i]] = (uint16_t)(i + 1);
    }
    free(lines->words[of].words);
    lines->words[of] = made;
    return RN_OK;
}

/* Return the most octets that a program writes; 0: it is none. */
static size_t most_of(const uint8_t *program, size_t length)
{
    size_t most = 1; /* the newline */
    for (size_t at = 0; at < length;) {
        unsigned field = program[at++];
        if (field == RN_LINE_LITERAL) {
            if (at == length || program[at] > length - at - 1)
                return 0;
            most += program[at];
            at += 1U + program[at];
        } else {
            size_t size = rn_field_size(field);
            if (!size)
                return 0;
            most += size;
        }
        if (most > RN_LINE_MAX)
            return 0;
    }
    return most;
}

int rn_lines_add_rule(struct rn_lines *lines, const struct rn_line_rule *rule)
{
    size_t length = rule->program ? rule->program_length : 0;
    size_t most = most_of(rule->program, length);
    if (rule->block >= lines->count || rule->zone_length > RN_NAME_SIZE - 1 ||
        rn_name_length(rule->zone, rule->zone_length) != rule->zone_length || !rule->zone_length ||
        !most || most > RN_LINE_MAX - RN_LINE_START_MAX)
        return RN_EVALUE;
    struct rule *made = malloc(sizeof *made + length);
    if (!made)
        return RN_ENOMEM;
    *made = (struct rule){.most = most,
                          .program_length = length,
                          .classes = rule->classes,
                          .is_whole = rule->is_whole != 0,
                          .is_ours = rule->program != NULL,
                          .zone_length = (uint8_t)rule->zone_length};
    memcpy(made->zone, rule->zone, rule->zone_length);
    if (length)
        memcpy(made->program, rule->program, length);
    struct rule **last = &lines->blocks[rule->block].rules;
    while (*last)
        last = &(*last)->next;
    *last = made;
    return RN_OK;
}

int rn_lines_leave(struct rn_lines *lines, uint32_t block, int left)
{
    if (block >= lines->count || left < RN_LEFT_NONE || left > RN_LEFT_ALL)
        return RN_EVALUE;
    lines->blocks[block].left = (uint8_t)left;
    return RN_OK;
}

static const struct rule *rule_of(const struct block *block, const struct rn_line_event *event)
{
    const struct rule *rule = block->rules;
    while (rule &&
           !rn_name_is_below(event->name, event->it.qname_length, rule->zone, rule->zone_length))
        rule = rule->next;
    return rule;
}

/* Whether all of a line can be written here. */
static bool is_ready(const struct rule *rule, const struct rn_line_event *event)
{
    for (size_t at = 0; at < rule->program_length;) {
        unsigned field = rule->program[at++];
        if (field == RN_LINE_LITERAL)
            at += 1U + rule->program[at];
        else if (!rn_field_is_ready(field, event))
            return false;
    }
    return true;
}

/* Write a line, its end too; there is room. Return where it ends. */
static char *write_line(const struct rn_lines *lines, const struct rule *rule,
                        const struct rn_line_event *event, char *out)
{
    for (size_t at = 0; at < rule->program_length;) {
        unsigned field = rule->program[at++];
        if (field == RN_LINE_LITERAL) {
            size_t length = rule->program[at++];
            memcpy(out, rule->program + at, length);
            out += length;
            at += length;
        } else {
            out = rn_field_write(field, event, lines->words, out);
        }
    }
    *out++ = '\n';
    return out;
}

/* Read the record at the front of octets; name (borrows, RN_NAME_SIZE): for its QNAME. Return
 * whether it is whole, and has a name. */
static bool read_event(struct rn_line_event *event, const uint8_t *octets, uint8_t *name)
{
    memcpy(&event->it, octets, sizeof event->it);
    event->query = octets + sizeof event->it;
    event->name = name;
    size_t length = event->it.query_length, name_length = event->it.qname_length;
    if (length > event->it.size - sizeof event->it || RN_HEADER_SIZE + name_length > length)
        return false;
    rn_fold(name, event->query + RN_HEADER_SIZE, name_length);
    return name_length > 0 && rn_name_length(name, name_length) == name_length;
}

/* Whether a record is to be left to Python; its line is made, or is nobody's. */
static bool is_left(const struct block *block, const struct rn_event *event)
{
    return block->left == RN_LEFT_ALL || (block->left == RN_LEFT_FAILURES && event->failure);
}

static uint32_t size_at(const uint8_t *record)
{
    uint32_t size;
    memcpy(&size, record + offsetof(struct rn_event, size), sizeof size);
    return size;
}

void rn_lines_make(const struct rn_lines *lines, uint8_t *records, size_t length, const char *start,
                   size_t start_length, char *out, size_t size, struct rn_lined *lined)
{
    assert(size >= RN_LINE_MAX && start_length <= RN_LINE_START_MAX);
    char *to = out;
    *lined = (struct rn_lined){0};
    while (length - lined->read >= sizeof(struct rn_event)) {
        uint8_t name[RN_NAME_SIZE];
        struct rn_line_event event;
        uint8_t *record = records + lined->read;
        uint32_t octets = size_at(record);
        if (octets < sizeof event.it || octets % ALIGNMENT || octets > length - lined->read)
            break;
        bool is_whole = read_event(&event, record, name), is_told = true;
        if (event.it.plan != lines->plan)
            return;
        const struct block *block =
            event.it.block < lines->count ? &lines->blocks[event.it.block] : NULL;
        const struct rule *rule = is_whole && block ? rule_of(block, &event) : NULL;
        if (!block || !block->rules) {
            is_told = false;
        } else if (rule && (rule->classes >> (event.it.response_class & 7) & 1)) {
            is_told = rule->is_ours && is_ready(rule, &event);
            if (is_told) {
                if (start_length + rule->most > size - (size_t)(to - out))
                    return;
                if (!rule->is_whole) {
                    memcpy(to, start, start_length);
                    to += start_length;
                }
                to = write_line(lines, rule, &event, to);
                lined->count++;
                lined->size = (size_t)(to - out);
            }
        }
        lined->read += octets;
        if (is_whole && (!is_told || is_left(block, &event.it))) {
            if (is_told)
                record[offsetof(struct rn_event, bits)] |= RN_EVENT_TOLD;
            memmove(records + lined->left, record, octets);
            lined->left += octets;
        }
    }
    lined->read = length; /* no record begins with what is left: no ring gives such */
}
