// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * All literals of a text, one after the other, in memory for one: where a statement holds more of them than its reader keeps (a list of
 * 200,000 people is one).
 */
#ifndef QPROV_LITERALS_H
#define QPROV_LITERALS_H

#include "policy/policy.h"
#include "sql/lex.h"

struct literals {
	struct slice text;
	struct lexer lexer;
	struct arena arena; /* one value */
};

void literals_init(struct literals *l, const struct policy_text *t);
void literals_done(struct literals *l);
/* The next string or number; it is valid until the next call. false: the end. */
bool literals_next(struct literals *l, struct policy_value *ret);

#endif
