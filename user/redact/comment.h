// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Secrets in comments of SQL. */
#ifndef QPROV_REDACT_COMMENT_H
#define QPROV_REDACT_COMMENT_H

#include "base/slice.h"

/* The text between two tokens: blanks and comments. Marks secrets in hide, as redact_mark_text() does, but never what ends or begins a
 * comment. */
void redact_mark_comment(struct slice text, unsigned char *hide);

#endif
