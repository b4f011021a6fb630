// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * The reader of references, shared by its files: a token of look-ahead, scopes of CTE names and aliases, the relations found so far.
 * Errors do not stop it: they lower the certainty, and the lexical pass then looks at the whole statement again.
 */
#ifndef QPROV_PARSE_H
#define QPROV_PARSE_H

#include "sql/lex.h"

struct name { /* up to three parts */
	struct slice part[3];
	unsigned n;
};

struct cte {
	struct cte *next;
	struct slice name;
};

struct source { /* what FROM put into scope */
	struct source *next;
	struct slice alias;            /* or the name */
	struct sql_relation *relation; /* NULL: a CTE, subquery or function */
};

struct column_ref {
	struct column_ref *next;
	struct slice qualifier; /* SLICE_NONE: none */
	struct slice name;      /* SLICE_NONE: star */
};

struct scope {
	struct scope *up;
	struct cte *ctes;
	struct source *sources;
	struct column_ref *refs;
	unsigned nrefs;
};

struct parser {
	enum sql_dialect dialect;
	struct arena *arena;
	struct lexer lx;
	struct token cur, prev, before; /* before: two back */
	struct scope *scope;
	unsigned depth;
	enum sql_certainty certainty;
	struct sql_relation **relations;
	size_t nrelations, cap;
	struct sql_statement *st;
	enum sql_via via;    /* of relations that are found now */
	bool lexical_bodies; /* string constants of this statement are code: look into them */
};

/* ---- tokens ---- */
void parse_advance(struct parser *p);
bool parse_at(const struct parser *p, const char *keyword);
bool parse_at_any(const struct parser *p, const char *const *keywords);
bool parse_accept(struct parser *p, const char *keyword);
bool parse_accept_punct(struct parser *p, char c);
bool parse_end(const struct parser *p); /* of the statement */
struct token parse_peek(const struct parser *p);
void parse_skip_rest(struct parser *p);
void parse_partial(struct parser *p);
/* At an opening parenthesis: to behind its partner, reading subqueries and columns on the way. */
void parse_group(struct parser *p);
void parse_skip_words(struct parser *p, const char *const *keywords);

/* ---- names and relations ---- */
bool parse_is_name(const struct parser *p);
bool parse_name(struct parser *p, struct name *ret);
/* Adds access to the relation of that name (not to a CTE in scope when reading). NULL: a CTE, or a limit was met. */
struct sql_relation *parse_relation(struct parser *p, const struct name *n, uint32_t access);
void parse_add_column(struct parser *p, struct sql_relation *r, struct slice column);

/* ---- scopes ---- */
void scope_push(struct parser *p, struct scope *s);
void scope_pop(struct parser *p);
/* Columns to relations, then an empty scope that keeps its CTEs: the next arm of a UNION. */
void scope_resolve(struct parser *p);
void scope_cte(struct parser *p, struct slice name);
void scope_source(struct parser *p, struct slice alias, struct sql_relation *r);
void scope_ref(struct parser *p, struct slice qualifier, struct slice name);
struct sql_relation *scope_find(const struct parser *p, struct slice alias);

/* ---- queries ---- */
/* WITH ..., then the statement behind it. */
void parse_with(struct parser *p);
void parse_query(struct parser *p);
/*
 * Expressions and clauses up to the end of the statement, the closing parenthesis of the caller, or one of the stop words (NULL: none).
 * query: FROM introduces tables here (not so inside EXTRACT(x FROM y)). from: begins inside a list of tables.
 */
void parse_clauses(struct parser *p, bool query, bool from, const char *const *stop);
/* One element of FROM; access 0: decided later. */
void parse_table(struct parser *p, uint32_t access);
bool parse_query_starts(const struct token *t);
bool keyword_reserved(const struct token *t);

/* ---- statements ---- */
void parse_statement(struct parser *p);
void parse_insert(struct parser *p);
void parse_update(struct parser *p);
void parse_delete(struct parser *p);
void parse_merge(struct parser *p);
/* At INSERT, REPLACE, UPDATE, DELETE or MERGE: reads it. False: at something else. */
bool parse_dml(struct parser *p);
void parse_ddl(struct parser *p);
/* The text of a constant that is itself SQL: its relations are added. */
void parse_inner_text(struct parser *p, struct slice text);
/* Every name in the text as a possible relation; strings too. */
void parse_lexical(struct parser *p, struct slice text, unsigned depth);

#endif
