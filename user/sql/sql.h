// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * SQL text -> references: which relations each statement of a string reads and writes, what was not understood, the
 * masked text and the fingerprint. A reader of references, not a grammar: it knows the structure around names and steps
 * over expressions. Never fails on bad SQL: what is not understood lowers the certainty. Linear in the length of the text.
 */
#ifndef QPROV_SQL_H
#define QPROV_SQL_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/slice.h"

enum sql_dialect {
	SQL_ANSI, /* unknown: a tolerant union */
	SQL_POSTGRES,
	SQL_MYSQL, /* and MariaDB */
	SQL_SQLITE,
	SQL_DIALECTS
};

enum sql_certainty { /* worst wins */
		     SQL_PARSED,
		     SQL_PARTIAL, /* something in it was not understood */
		     SQL_DYNAMIC, /* runs text we cannot see */
		     SQL_TRUNCATED,
		     SQL_UNREADABLE,
};

enum sql_access { /* bits */
		  SQL_READ = 1,
		  SQL_INSERT = 2,
		  SQL_UPDATE = 4,
		  SQL_DELETE = 8,
		  SQL_TRUNCATE = 16,
		  SQL_CREATE = 32,
		  SQL_ALTER = 64,
		  SQL_DROP = 128,
		  SQL_LOCK = 256,
		  SQL_COPY_OUT = 512, /* COPY ... TO, together with SQL_READ */
		  SQL_COPY_IN = 1024, /* COPY ... FROM, LOAD DATA, together with SQL_INSERT */
		  SQL_LEXICAL = 2048, /* only found by the lexical second pass of a statement not fully understood */
		  SQL_WRITES = SQL_INSERT | SQL_UPDATE | SQL_DELETE | SQL_TRUNCATE | SQL_CREATE | SQL_ALTER | SQL_DROP,
};

/* Unquoted names folded to lower case, quoted ones decoded and kept. Absent parts are SLICE_NONE. */
struct sql_relation {
	struct slice catalog;
	struct slice schema;
	struct slice name;
	uint32_t access;       /* enum sql_access */
	struct slice *columns; /* resolved to this relation where the scope allows it; sorted, unique */
	size_t ncolumns;
	bool all_columns; /* '*' or 't.*', or the columns could not be told */
};

/* What a statement does to the session's named texts. */
enum sql_session {
	SQL_SESSION_NONE,
	SQL_SESSION_PREPARE, /* name := body (PREPARE, DECLARE CURSOR); body SLICE_NONE when dynamic */
	SQL_SESSION_EXECUTE, /* runs name (EXECUTE, FETCH, MOVE) */
	SQL_SESSION_FORGET,  /* DEALLOCATE, CLOSE; name SLICE_NONE: all */
};

struct sql_statement {
	struct slice operation; /* upper case: SELECT, INSERT, UPDATE, DELETE, MERGE, COPY, CREATE TABLE, BEGIN, SET ... */
	enum sql_certainty certainty;
	struct sql_relation *relations; /* unique by (catalog, schema, name); CTE names and aliases are never here */
	size_t nrelations;
	enum sql_session session;
	bool cursor; /* session is about a cursor, not about a prepared statement */
	struct slice session_name;
	struct slice session_body; /* SQL text within the analysed string */
};

struct sql_result {
	struct sql_statement *statements; /* empty ones are left out */
	size_t nstatements;
	enum sql_certainty certainty; /* the worst of all */
	struct slice masked;  /* literals as ?, lists of literals collapsed, comments dropped, white space single, at most SQL_MASKED_MAX */
	uint64_t fingerprint; /* equal for statements that differ only in literals, white space, comments, keyword case, list length */
	bool lossy;           /* the text held invalid UTF-8 or NUL bytes (kept as they are in names; U+FFFD in masked) */
};

#define SQL_DEPTH_MAX 1000      /* nested parentheses or subqueries; beyond it: partial, and the lexical pass */
#define SQL_RELATIONS_MAX 4096  /* per statement; beyond it: partial */
#define SQL_STATEMENTS_MAX 4096 /* per string; beyond it the rest is one partial statement read lexically */
#define SQL_MASKED_MAX 65536

/*
 * Analyses text; all memory of the result is in arena or points into text. truncated: the end of the text is missing
 * (certainty becomes SQL_TRUNCATED at best). Returns 0, or -ENOMEM when the arena is full: *ret then is a result with
 * certainty SQL_PARTIAL and no statements, so that the caller still fails closed.
 */
int sql_analyze(enum sql_dialect dialect, struct slice text, bool truncated, struct arena *arena, const struct sql_result **ret);

/* "postgres", "mysql", ... -> dialect; also accepts the labels of other systems (mapped to the nearest). -EINVAL when unknown. */
int sql_dialect_parse(struct slice name, enum sql_dialect *ret);
const char *sql_certainty_name(enum sql_certainty c);
/* One word for a set of access bits ("read", "insert", ...; the strongest one first when several). */
const char *sql_access_name(uint32_t access);

#endif
