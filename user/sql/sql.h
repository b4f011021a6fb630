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
	SQL_MYSQL,
	SQL_MARIADB,
	SQL_SQLITE,
	SQL_TSQL,
	SQL_ORACLE,
	SQL_HIVE,
	SQL_SPARK,
	SQL_DATABRICKS,
	SQL_IMPALA,
	SQL_TRINO,
	SQL_ATHENA,
	SQL_SNOWFLAKE,
	SQL_BIGQUERY,
	SQL_REDSHIFT,
	SQL_DUCKDB,
	SQL_CLICKHOUSE,
	SQL_DIALECTS
};

struct sql_options {
	enum sql_dialect dialect;
	bool truncated;       /* the end of the text is missing */
	bool ansi_quotes;     /* MySQL: "x" is a name (sql_mode ANSI_QUOTES) */
	bool no_backslash;    /* MySQL: backslash is plain in strings (sql_mode NO_BACKSLASH_ESCAPES) */
	bool strings_unknown; /* the mode of the session is not known: strings are read both ways */
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
		  SQL_COPY_OUT = 512,   /* COPY ... TO, together with SQL_READ */
		  SQL_COPY_IN = 1024,   /* COPY ... FROM, LOAD DATA, together with SQL_INSERT */
		  SQL_TEMPORARY = 2048, /* CREATE TEMP, together with SQL_CREATE */
		  SQL_GRANT = 4096,     /* GRANT, REVOKE: neither read nor written */
		  SQL_WRITES = SQL_INSERT | SQL_UPDATE | SQL_DELETE | SQL_TRUNCATE | SQL_CREATE | SQL_ALTER | SQL_DROP,
};

enum sql_via { /* how a relation was found; the best way wins */
	       SQL_VIA_NAME,
	       SQL_VIA_DYNAMIC, /* inside constant text that is executed, or in a body kept for later */
	       SQL_VIA_LITERAL, /* a string constant names it */
	       SQL_VIA_LEXICAL, /* by the second pass over a statement not fully understood */
};

enum sql_use { /* bits */
	       SQL_USE_OUTPUT = 1,
	       SQL_USE_FILTER = 2, /* WHERE, ON, HAVING, GROUP BY, ORDER BY ... */
	       SQL_USE_WRITE = 4,
	       SQL_USE_AMBIGUOUS = 8, /* could belong to several relations of its scope */
};

struct sql_column {
	struct slice name;
	uint32_t use; /* enum sql_use */
};

enum sql_behind { /* how a later stage came to a relation that the text does not name */
		  SQL_BEHIND_NOTHING,
		  SQL_BEHIND_VIEW,      /* views: of the policy */
		  SQL_BEHIND_PARTITION, /* partitions: of the policy */
		  SQL_BEHIND_SESSION,   /* what was named was made from it in this session */
		  SQL_BEHIND_MEMORY,    /* the same, made to stay, in any session the agent saw */
};

/* Unquoted names folded to lower case, quoted ones decoded and kept. Absent parts are SLICE_NONE. */
struct sql_relation {
	struct slice server; /* parts of the name in front of the catalog, joined by dots */
	struct slice catalog;
	struct slice schema;
	struct slice name;
	struct slice alias;         /* the last one */
	struct slice link;          /* database link, linked server, connection of dblink */
	uint32_t access;            /* enum sql_access */
	enum sql_via via;           /* access of VIA_LITERAL and VIA_LEXICAL is a guess: SQL_READ */
	struct sql_column *columns; /* resolved to this relation where the scope allows it; sorted, unique */
	size_t ncolumns;
	bool all_columns; /* '*' or 't.*', or the columns could not be told */
	/* Never set by sql_analyze(): */
	enum sql_behind behind;
	struct slice through; /* what was named instead, when behind something */
	bool hidden;          /* a temporary relation of the session has this name, and may stand for it */
};

/* col = x, col IN (x, ...), col = ANY (ARRAY[x, ...]), col LIKE x without a wildcard, each also in casts and parentheses. One for each x.
 */
struct sql_predicate {
	int relation; /* index into relations, -1: unknown */
	struct slice column;
	struct slice value; /* the literal, decoded; SLICE_NONE: a parameter */
	unsigned parameter; /* number of the bind parameter, from 1; 0: a literal */
	bool string;        /* the literal is a string */
};

struct sql_literal {
	struct slice value; /* decoded */
	bool string;
	bool between;   /* BETWEEN the literal before it AND this one, or another range of both */
	bool symmetric; /* of a range: either of both may be its begin */
	bool count;     /* of rows: LIMIT, OFFSET */
};

struct sql_call { /* names as those of relations */
	struct slice catalog;
	struct slice schema;
	struct slice name;
	bool procedure; /* CALL, EXEC */
};

enum sql_file_kind {
	SQL_FILE,
	SQL_URL,
	SQL_PROGRAM, /* a command line */
	SQL_STAGE,   /* of Snowflake: @stage/path */
	SQL_REMOTE,  /* a connection string */
};

struct sql_file {
	struct slice path; /* SLICE_NONE: STDIN or STDOUT */
	enum sql_file_kind kind;
	bool write;
	bool client; /* read or written on the client's side: LOCAL, STDIN, STDOUT */
};

enum sql_setting_kind {
	SQL_SET_SEARCH_PATH,
	SQL_SET_DATABASE, /* USE */
	SQL_SET_ROLE,
	SQL_SET_USER, /* SESSION AUTHORIZATION, EXECUTE AS */
	SQL_SET_SQL_MODE,
	SQL_SET_STRINGS, /* standard_conforming_strings */
	SQL_ATTACH,      /* name: the schema, value: the file */
	SQL_DETACH,
	SQL_DISCARD_ALL, /* also RESET ALL */
	SQL_TX_BEGIN,
	SQL_TX_COMMIT,
	SQL_TX_ROLLBACK,
};

struct sql_setting {
	enum sql_setting_kind kind;
	struct slice name;  /* as written, decoded */
	struct slice value; /* decoded; several elements joined by ", "; SLICE_NONE: a value that is no constant, or none */
	bool reset;         /* RESET, or to DEFAULT or NONE; COMMIT and ROLLBACK: AND CHAIN, another transaction begins */
	bool local;         /* for this transaction only; ROLLBACK: TO a savepoint, it goes on */
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
	size_t partial_at;              /* of a partial statement: byte offset in the whole text of the first thing not understood */
	struct sql_relation *relations; /* unique by (server, catalog, schema, name, link); CTE names and aliases are never here */
	size_t nrelations;
	struct sql_predicate *predicates;
	size_t npredicates;
	struct sql_literal *literals;
	size_t nliterals;
	struct sql_call *calls; /* unique */
	size_t ncalls;
	struct sql_file *files;
	size_t nfiles;
	struct sql_setting *settings;
	size_t nsettings;
	struct slice moved_to; /* ALTER .. SET SCHEMA: where to; ALTER SCHEMA .. RENAME TO: what it is called now, moved_from before */
	struct slice moved_from;
	struct sql_call routine;  /* CREATE FUNCTION, PROCEDURE: what is made; the relations are those of its body */
	struct sql_call *dropped; /* routines that are dropped; of overloaded ones only when all are */
	size_t ndropped;
	bool predicates_cut, literals_cut, calls_cut, files_cut, settings_cut; /* there were more than the limit */
	enum sql_session session;
	bool cursor; /* session is about a cursor, not about a prepared statement */
	bool holds;  /* the cursor outlives its transaction (WITH HOLD) */
	struct slice session_name;
	struct slice session_body; /* SQL text within the analysed string */
};

struct sql_result {
	struct sql_statement *statements; /* empty ones are left out */
	size_t nstatements;
	enum sql_certainty certainty; /* the worst of all */
	struct slice masked;  /* literals as ?, lists of literals collapsed, comments dropped, white space single, at most SQL_MASKED_MAX */
	uint64_t fingerprint; /* equal for statements that differ only in literals, white space, comments, keyword case, list length */
	size_t steps;         /* work beyond reading each token once: grows with the length of the text and no faster, whatever it is */
	bool lossy;           /* the text held invalid UTF-8 or NUL bytes (kept as they are in names; U+FFFD in masked) */
};

/* Of one statement; what is beyond is left out, and the member ..._cut set. */
#define SQL_PREDICATES_MAX 4096
#define SQL_LITERALS_MAX 16384
#define SQL_CALLS_MAX 256
#define SQL_FILES_MAX 64
#define SQL_SETTINGS_MAX 64

#define SQL_DEPTH_MAX 1000      /* nested parentheses or subqueries; beyond it: partial, and the lexical pass */
#define SQL_RELATIONS_MAX 4096  /* per statement; beyond it: partial */
#define SQL_STATEMENTS_MAX 4096 /* per string; beyond it the rest is one partial statement read lexically */
#define SQL_MASKED_MAX 65536

/*
 * Analyses text; all memory of the result is in arena or points into text. Of a truncated text the certainty is
 * SQL_TRUNCATED at best. Returns 0, or -ENOMEM when the arena is full: *ret then is a result with
 * certainty SQL_PARTIAL and no statements, so that the caller still fails closed.
 */
int sql_analyze(const struct sql_options *options, struct slice text, struct arena *arena, const struct sql_result **ret);

/* "postgres", "mysql", ... -> dialect; also accepts other names of systems (greenplum, presto, ...). -EINVAL when unknown. */
int sql_dialect_parse(struct slice name, enum sql_dialect *ret);
const char *sql_dialect_name(enum sql_dialect d);
/* What a column is used for, by name: SQL_USE_OUTPUT "output", ... */
#define SQL_USES 4
struct sql_use_name {
	uint32_t use;
	const char *name;
};
extern const struct sql_use_name sql_uses[SQL_USES];
const char *sql_via_name(enum sql_via v);
/* "view", "partition", "session", "memory"; NULL for nothing. */
const char *sql_behind_name(enum sql_behind b);
const char *sql_certainty_name(enum sql_certainty c);
/* One word for a set of access bits ("read", "insert", ...; the strongest one first when several). */
const char *sql_access_name(uint32_t access);

#endif
