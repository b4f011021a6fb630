// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* What tells the dialects apart, as bits: how text is cut into tokens, and the few places where the same words mean other things. */
#ifndef QPROV_DIALECT_H
#define QPROV_DIALECT_H

#include "sql/sql.h"

enum dialect_bits {
	/* tokens */
	DL_BACKTICK = 1 << 0,       /* `x` is a name */
	DL_BRACKET = 1 << 1,        /* [x] is a name */
	DL_DQ_STRING = 1 << 2,      /* "x" is a string */
	DL_BACKSLASH = 1 << 3,      /* backslash escapes in strings */
	DL_NESTED = 1 << 4,         /* block comments nest */
	DL_HASH = 1 << 5,           /* # begins a comment */
	DL_DOLLAR = 1 << 6,         /* $tag$ ... $tag$ */
	DL_DIGIT_NAMES = 1 << 7,    /* names may begin with a digit */
	DL_UNICODE_SPACE = 1 << 8,  /* no-break space and its kin are white space */
	DL_RAW = 1 << 9,            /* r'..', """...""" */
	DL_SLASHES = 1 << 10,       /* // begins a comment */
	DL_EXECUTABLE = 1 << 11,    /* comments that run */
	DL_DASH_SPACE = 1 << 12,    /* -- is a comment only before white space */
	DL_AT_VARIABLE = 1 << 13,   /* @x is a variable */
	DL_ESCAPE_PREFIX = 1 << 14, /* E'..' and U&'..' */
	/* meaning */
	DL_INTO_TABLE = 1 << 15,         /* SELECT ... INTO t makes a table */
	DL_IMPLICIT_RECURSION = 1 << 16, /* a CTE may name itself without RECURSIVE */
	DL_ARRAY_PATH = 1 << 17,         /* FROM t, t.items */
	DL_EXACT_CTE = 1 << 18,          /* names of CTEs are compared byte by byte */
	DL_UPPER = 1 << 19,              /* unquoted names stand for upper case */
	DL_BATCH = 1 << 20,              /* statements need no semicolon between them */
	DL_MYSQL = 1 << 21,              /* MySQL and MariaDB */
	DL_SPARK = 1 << 22,              /* Hive and its family */
	DL_PG = 1 << 23,                 /* PostgreSQL's grammar */
	DL_FROM_FIRST = 1 << 24,         /* FROM t SELECT ... */
	DL_LOOSE_SPACE = 1 << 25,        /* a no-break space at the edge of a word is white space */
};

uint32_t dialect_bits(enum sql_dialect d);

#endif
