/* SPDX-License-Identifier: Apache-2.0 */
/* A name's wire form as text that libunbound reads back to the same octets; see name.c. */
#ifndef RN_NAME_H
#define RN_NAME_H

#include <stddef.h>
#include <stdint.h>

/* 255 octets of name, each at most four characters, and the final 0. */
enum { RN_NAME_TEXT_SIZE = 1024 };

/* Write the presentation form of an uncompressed name (borrows, any octets) to text (borrows,
 * RN_NAME_TEXT_SIZE). Returns RN_OK, or RN_ENAME: a label over 63 octets, no root label, octets
 * after it, or a length of 0 or over 255. Any thread. */
int rn_name_to_text(const uint8_t *name, size_t length, char *text);

#endif
