// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* An expression while it is read; shared by the files of expressions. */
#ifndef QPROV_EXPR_H
#define QPROV_EXPR_H

#include "sql/reader.h"

struct expr {
	unsigned flags; /* enum expr_flags */
	unsigned depth; /* open parentheses, brackets, braces */
	unsigned cases; /* open CASEs */
	bool operand;   /* the last thing was a value: a name that follows is an alias */
	bool start;     /* of an element of the list */
};

/* What a column read here is for: enum sql_use. */
uint32_t column_use(const struct expr *e);
/* The name of a column, read from the token first on: it, and the constant it is compared with. */
void read_column(struct reader *p, struct expr *e, const struct name *n, size_t first);
/* A query begins n tokens on. */
bool query_at(struct reader *p, size_t n);
/* The word is a column's name, by what follows it. */
bool names_column(struct reader *p);
/* The word, one that ends an expression in some places only, ends it here. */
bool maybe_stops(struct reader *p, const struct expr *e);
/* Words with a meaning of their own inside expressions. True: done. */
bool special_word(struct reader *p, struct expr *e);
/* FROM, JOIN or INTO inside the parentheses of an expression, and not EXTRACT(year FROM a) or its kin. */
bool misplaced(struct reader *p);
/* 'name'::regclass: at the cast. */
void read_cast(struct reader *p);
/* At TABLE: it is an argument, f(1, TABLE t); and reads it. */
bool names_table(struct reader *p, const struct expr *e);
void table_argument(struct reader *p, struct expr *e);

#endif
