// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* The masked text and the fingerprint, built from the tokens as they are read. */
#ifndef QPROV_MASK_H
#define QPROV_MASK_H

#include "sql/lex.h"

/* "?, ?, ?" becomes "?": what was seen of a list. */
enum mask_list {
	NO_LIST,
	LIST_VALUE, /* the last token was a literal */
	LIST_COMMA, /* a literal, then a comma that is not written yet */
};

struct mask {
	const char *text;
	char *out;
	size_t len, cap;
	uint64_t hash;
	unsigned before; /* how the last token stands: enum glue of mask.c */
	size_t end;      /* where it ended in the text */
	enum mask_list list;
	bool lossy; /* bytes that are no UTF-8 */
};

/* Memory in arena. 0 or -ENOMEM. */
int mask_init(struct mask *m, struct arena *arena, struct slice text);
void mask_token(struct mask *m, const struct token *t);

#endif
