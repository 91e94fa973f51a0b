/* SPDX-License-Identifier: Apache-2.0 */
/* A client's query, read; see asked.c. The rules are those of resolver/query.py, case by case. */
#ifndef RN_ASKED_H
#define RN_ASKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    RN_HEADER_SIZE = 12,
    RN_NAME_SIZE = 256,   /* octets that hold any name in wire form */
    RN_OPTIONS_MAX = 64,  /* EDNS options in one query; more is FORMERR */
    RN_MESSAGE_MAX = 65535,
    RN_LONG = 1024, /* octets; no resolver sends a query of so many: those have little room, together */
    RN_UDP_SIZE_MIN = 512 /* RFC 6891, 6.2.3 */
};

/* Bits of the header's second word, in host order. */
enum {
    RN_QR = 0x8000,
    RN_AA = 0x0400,
    RN_TC = 0x0200,
    RN_RD = 0x0100,
    RN_RA = 0x0080,
    RN_AD = 0x0020,
    RN_CD = 0x0010
};

enum rn_reading {
    RN_READ_QUERY,   /* all fields are set */
    RN_READ_REFUSAL, /* `rcode` says how it is turned down; the question only if has_question */
    RN_READ_NOTHING  /* not to be answered at all: too short, or a response */
};

struct rn_asked {
    const uint8_t *octets; /* borrowed: the message; its QNAME as sent begins at RN_HEADER_SIZE */
    uint16_t length;       /* of the message */
    uint16_t id;
    uint16_t flags; /* the header's second word as it came */
    uint16_t qtype;
    uint16_t qclass;
    uint16_t rcode; /* of a refusal: NOTIMP, FORMERR, BADVERS (16) */
    uint16_t payload_size; /* what the client sent; 0 without EDNS */
    uint16_t edns_flags;
    uint8_t version;
    uint8_t option_count;
    bool has_question;
    bool has_edns;
    bool is_do; /* the DO bit of its OPT */
    uint8_t qname_length;
    uint16_t options_at;     /* where the OPT record's options begin in the message, if there are any */
    uint16_t options_length; /* their octets */
    uint16_t options[RN_OPTIONS_MAX]; /* their codes, in their order */
    uint8_t qname[RN_NAME_SIZE];      /* lower-case; the octets behind it are not set */
};

/* Read a message (borrows, for as long as *asked is used) of any octets. Never fails otherwise. */
enum rn_reading rn_asked_read(struct rn_asked *asked, const uint8_t *octets, size_t length);

#endif
