// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Text from outside on a terminal: names of programs, tables and files are chosen by those who are watched. */
#ifndef QPROV_SCREEN_H
#define QPROV_SCREEN_H

#include "base/buf.h"

/*
 * Length of the valid UTF-8 sequence at the start of n > 0 bytes; 0: none (overlong forms, surrogates, beyond U+10FFFF too).
 */
size_t utf8_length(const unsigned char *s, size_t n);

/*
 * Appends the text in one line, without anything a terminal obeys: control characters (C0, DEL, C1), bytes that are not UTF-8, and what
 * turns the direction of writing or ends a line become \xNN or \u{N}.
 */
void screen_add(struct buf *out, struct slice text);

#endif
