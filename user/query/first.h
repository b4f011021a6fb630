// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#ifndef QPROV_FIRST_H
#define QPROV_FIRST_H

#include "base/slice.h"

/*
 * Bytes of the first statement of a SQLite text, with its ';'. 0: it is not certain where it ends (the text is cut before that, or it may
 * be a trigger, whose body has statements of its own). By the rules of tokenize.c and complete.c of SQLite.
 */
size_t first_statement(struct slice text);

#endif
