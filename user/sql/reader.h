// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * The reader of references, shared by its files: how one moves over the tokens, and what is told on the way. Errors do not stop it: they
 * lower the certainty, and the lexical pass then looks at the whole statement again.
 */
#ifndef QPROV_READER_H
#define QPROV_READER_H

#include "sql/reader_state.h"

/*
 * Work beyond reading each token once: what is read again, compared one by one, looked at ahead. It has a limit that grows with the length
 * of the text and no faster; beyond it there are no more tokens, the statement is partial, and the lexical pass reads the rest.
 */
enum { SPEND_FREE = 65536, SPEND_PER_BYTE = 8 };
void reader_exhaust(struct reader *p);

static inline void spend(struct reader *p, size_t n)
{
	if (p->exhausted)
		return;
	p->spent += n;
	if (p->spent > p->may_spend)
		reader_exhaust(p);
}

/* Nested too deep to go on: partial, and nothing more is read of the statement. Balanced by leave(). */
bool too_deep(struct reader *p);

static inline void leave(struct reader *p)
{
	p->depth--;
}

/* ---- tokens ---- */
void tokens_fill(struct reader *p, size_t upto);
/* At the beginning of a statement: the tokens before it are forgotten, but for a few. */
void tokens_trim(struct reader *p);

/* More of them, or the last one, which stands for the end. One that is forgotten: partial, and nothing more is read. */
const struct token *tokens_beyond(struct reader *p, size_t i);
/* Of the '(' there: index of its ')', 0: none, or no '('. */
size_t partner(struct reader *p, size_t i);

static inline const struct token *tok_at(struct reader *p, size_t i)
{
	size_t at = i - p->tokens.base;

	return at < p->tokens.n ? &p->tokens.v[at] : tokens_beyond(p, i);
}

static inline const struct token *tok(struct reader *p)
{
	return tok_at(p, p->i);
}

static inline const struct token *peek(struct reader *p, size_t n)
{
	return tok_at(p, p->i + n);
}

static inline bool at(struct reader *p, unsigned id)
{
	return tok(p)->id == id;
}

static inline bool peek_is(struct reader *p, size_t n, unsigned id)
{
	return peek(p, n)->id == id;
}

static inline bool at_end(struct reader *p)
{
	return tok(p)->type == TOKEN_END;
}

static inline void advance(struct reader *p)
{
	if (tok(p)->type != TOKEN_END)
		p->i++;
}

/* Back to a token to read it again, or on to one. */
static inline void move_to(struct reader *p, size_t i)
{
	spend(p, p->i > i ? p->i - i + 8 : 0);
	if (!p->exhausted)
		p->i = i;
}

static inline bool accept(struct reader *p, unsigned id)
{
	if (!at(p, id))
		return false;
	p->i++;
	return true;
}

/* Snowflake: SHOW TABLES ->> SELECT ... FROM $1: one statement flows into the next. */
static inline bool at_flow(struct reader *p)
{
	return p->dialect == SQL_SNOWFLAKE && at(p, OP_OTHER) && slice_eq(lex_raw(p->text, tok(p)), SLICE("->>"));
}

static inline struct slice tok_raw(struct reader *p)
{
	return lex_raw(p->text, tok(p));
}

/* The current token is one of these words or signs; ids ends with 0. */
static inline bool reader_one_of(struct reader *p, const uint16_t *ids)
{
	unsigned id = tok(p)->id;

	if (!id) /* a name */
		return false;
	for (; *ids; ids++)
		if (*ids == id)
			return true;
	return false;
}

#define IDS(...)                                                                                                                           \
	({                                                                                                                                 \
		static const uint16_t ids_[] = { __VA_ARGS__, 0 };                                                                         \
		ids_;                                                                                                                      \
	})
#define ONE_OF(p, ...) reader_one_of(p, IDS(__VA_ARGS__))
#define SKIP(p, ...) reader_skip(p, IDS(__VA_ARGS__))
void reader_skip(struct reader *p, const uint16_t *ids);
/* Of the statement: ';', the end, or a closing parenthesis. */
bool at_stop(struct reader *p);
bool at_statement_end(struct reader *p);
/* T-SQL, where no semicolon is needed: the next statement begins here, and no word of this one. */
bool next_in_batch(struct reader *p);
static inline bool is_name(const struct token *t)
{
	return t->type == TOKEN_WORD || t->type == TOKEN_QUOTED;
}

/* Oracle: MODEL DIMENSION BY (a) MEASURES (b) RULES (...) */
bool at_model(struct reader *p);
/* T-SQL: a name and a colon: GOTO leads there. */
static inline bool at_batch_label(struct reader *p)
{
	return p->bits & DL_BATCH && peek_is(p, 1, ':') && tok(p)->type == TOKEN_WORD && !(p->i && tok_at(p, p->i - 1)->id == '.');
}
/* A name that is no word of the grammar here: may follow without AS. */
bool is_alias(struct reader *p);
/* At '(': behind its partner, unread. */
void skip_group(struct reader *p);
/* FROM, JOIN, INTO, TABLE or UPDATE, and a name; SELECT. */
bool names_table_behind(struct reader *p);
/* Over a word of which nothing is known: partial, when a table's name seems to stand behind it, or a query begins. */
void skip_word(struct reader *p);
/* To the end of the statement, in the same way. */
void skip_rest(struct reader *p);
/* The same, or to where the next one of a batch begins. */
void skip_to_next(struct reader *p);
/* Over a word that names nothing, whatever it is; at '(' of a query over that, which is read. */
void pass_word(struct reader *p);
/* To the end of the statement, where FROM, INTO and the like name no table. */
void skip_known_rest(struct reader *p);
/* IF EXISTS, IF NOT EXISTS */
void skip_if_exists(struct reader *p);
void partial(struct reader *p);
void dynamic(struct reader *p);
/* The statement takes every table of a database: which, is not in its words. */
void whole_database(struct reader *p);
/* Upper-case words as the operation. */
void set_operation(struct reader *p, const char *verb, const char *object);
struct slice upper(struct reader *p, struct slice s);

/* ---- names and relations ---- */
struct slice tok_name(struct reader *p); /* of the current token */
bool read_name(struct reader *p, struct name *ret);
/* As a name of a relation: strings where the dialect takes them, database links, dashes of BigQuery. */
bool read_relation_name(struct reader *p, struct name *ret);
/* DuckDB: FROM 'x.csv' reads a file, FROM 't' a table. */
bool looks_like_file(struct slice s);
void skip_leading_dots(struct reader *p);
static inline struct slice last_part(const struct name *n)
{
	return n->part[n->n - 1];
}

struct sql_relation *add_relation(struct reader *p, const struct name *n, uint32_t access);
/* NULL: a CTE of that name is in scope, or a limit was met. */
struct sql_relation *add_read(struct reader *p, const struct name *n, uint32_t access);
void add_column(struct reader *p, struct sql_relation *r, struct slice name, uint32_t use);
/* Reads a name, adds it. */
struct sql_relation *read_target(struct reader *p, uint32_t access);
void name_of_text(struct reader *p, struct slice text, struct name *ret);

/* ---- what else a statement holds: facts.c ---- */
/* NULL: at the limit. */
struct sql_literal *add_literal(struct reader *p, const struct token *t);
/* One that a function makes of constants. */
void add_text(struct reader *p, struct slice text);
struct slice literal_value(struct reader *p, const struct token *t);
void add_call(struct reader *p, const struct name *n, bool procedure);
/* A function or procedure that the statement drops. */
void add_dropped(struct reader *p, const struct name *n);
/* The function or procedure that the statement makes. */
void set_routine(struct reader *p, const struct name *n);
void add_file(struct reader *p, struct slice path, enum sql_file_kind kind, bool write, bool client);
/* A file or a URL by the look of it; a token that is a string, a parameter or a stage. */
void add_file_token(struct reader *p, const struct token *t, bool write, bool client);
void add_setting(struct reader *p, struct sql_setting s);
/* nth: of the parameters between here and value. */
struct predicate *add_predicate(struct reader *p, struct slice column, const struct token *value, unsigned nth);

/* ---- variables ---- */
/* The value behind the current token was looked at; whole: it is all known and certain. */
void set_variable(struct reader *p, struct slice name, struct slice text, bool whole);
/* It hides one of the same name. */
void declare_variable(struct reader *p, struct slice name);
/* A routine runs: those of a package may be written to. */
void variables_called(struct reader *p);
/* MySQL: a routine may run: the function, if it is none of the server's own, or what a view or a trigger behind a relation calls. */
void relation_used(struct reader *p, struct slice schema, struct slice name, uint32_t access);
void function_used(struct reader *p, const struct name *n);
/* Named by the token i, which is a part of a text. */
struct slice get_variable(struct reader *p, struct slice name, size_t i, bool *ret_certain);
/* It has a text. */
bool is_variable(struct reader *p, struct slice name);
void variables_occur(struct reader *p, size_t end);
/* Up to that token: variables that are named there may be written to there. */
static inline void variables_pass(struct reader *p, size_t end)
{
	size_t have = p->tokens.base + p->tokens.n;

	if (p->vars.n)
		variables_occur(p, end);
	else if (!p->exhausted && (end < have ? end : have) > p->vars.seen)
		p->vars.seen = end < have ? end : have;
}
/* Not by this token. */
void mark_read(struct reader *p, size_t i);
/* All may have been written to. */
void variables_lost(struct reader *p);
void block_begin(struct reader *p, struct block *b, bool loop);
void block_end(struct reader *p, const struct block *b);
/* Statements that run some other time; the value is for routine_end(). */
unsigned routine_begin(struct reader *p);
void routine_end(struct reader *p, unsigned outer);
void variables_label(struct reader *p);
void variables_jump(struct reader *p);
/* An expression that writes to no variable, but where functions can. */
void read_condition(struct reader *p);

/* ---- scopes ---- */
void scope_push(struct reader *p, struct scope *s);
void scope_pop(struct reader *p);
/* Columns to relations, then an empty scope that keeps its CTEs. */
void scope_resolve(struct reader *p);
void scope_cte(struct reader *p, struct slice name, bool quoted);
bool scope_is_cte(struct reader *p, const struct name *n);
/* Those of the scope that is left. */
void scope_forget_ctes(struct reader *p);
struct source *scope_source(struct reader *p, struct slice alias, struct sql_relation *r);
/* Any column of those that came behind that one may be used. */
void scope_all_columns(struct reader *p, const struct source *before);
struct source *scope_find(struct reader *p, struct slice alias);
/* r was named alias.x: perhaps not a relation. */
void scope_path(struct reader *p, struct slice alias, struct sql_relation *r);
struct column_ref *scope_ref(struct reader *p, struct slice qualifier, struct slice name, uint32_t use);

/* ---- expressions ---- */
enum expr_flags {
	EX_COMMA = 1,   /* a comma ends it */
	EX_OUTPUT = 2,  /* columns are output, not filter */
	EX_WRITE = 4,   /* columns are written: left sides of SET */
	EX_LIST = 8,    /* list of a SELECT: '*' is a star, names behind values are aliases */
	EX_GROUP = 16,  /* begins inside an opened parenthesis, ends at its partner */
	EX_ASSIGN = 32, /* a SET list: what stands before '=' is written */
	EX_COUNT = 64,  /* how many rows: LIMIT, TOP */
};
void read_expr(struct reader *p, unsigned flags);
/* At '(': an expression or a query up to behind its partner. */
void read_group(struct reader *p);
/* At '(' behind a function's name. */
void read_arguments(struct reader *p, const struct name *function);
bool starts_query(const struct token *t);
bool starts_statement(struct reader *p);

/* ---- queries ---- */
void read_query(struct reader *p);
void read_query_body(struct reader *p);
void read_select(struct reader *p);
/* At '(': queries or tables in any number of parentheses; alias: names may follow. */
void read_paren(struct reader *p, bool from, uint32_t access);
void read_with(struct reader *p);
bool at_set_operator(struct reader *p);
void read_tail(struct reader *p);
/* What begins none for sure is told apart at once. */
static inline bool begins_clause(const struct token *t)
{
	return t->id > KW_NOT_ONE || t->id == OP_PIPE;
}

/* Clauses of a SELECT from FROM on. */
void read_clauses(struct reader *p);
void read_into(struct reader *p);
/* Behind FROM. */
void read_from(struct reader *p, uint32_t access);
struct source *read_from_item(struct reader *p, uint32_t access);
void read_joins(struct reader *p, uint32_t access);
bool at_join(struct reader *p);
void read_table_suffix(struct reader *p, struct slice name, struct source **source, struct sql_relation *r);
/* The same behind a join or query in parentheses; before: the newest source in front of it. */
void read_join_suffix(struct reader *p, struct source *before);
void read_table_function(struct reader *p, const struct name *n);
/* MATCH ... of a graph, up to the token there: its queries, and its labels as names that tables may have. */
void read_graph_pattern(struct reader *p, size_t end);
/* At the '(' of a table function: the table that its arguments name, if it reads one. */
void table_of_arguments(struct reader *p, struct slice function);
/* ClickHouse, at the '(' of merge('db', '^t$'): tables by a pattern. */
void read_merged(struct reader *p);
bool is_lock_hint(unsigned id); /* T-SQL: FROM t (NOLOCK) */
void read_column_names(struct reader *p, struct sql_relation *r, uint32_t use);

/* ---- statements ---- */
void read_statement(struct reader *p);
bool read_dml(struct reader *p);
void read_returning(struct reader *p, struct sql_relation *target);
void read_create(struct reader *p);
void read_alter(struct reader *p);
void read_drop(struct reader *p);
void read_table_definition(struct reader *p);
/* Another statement of utility.c; false: not known. */
bool read_utility(struct reader *p);
bool read_session(struct reader *p);
bool read_more_utilities(struct reader *p);
void read_copy(struct reader *p, bool client);
/* psql's \copy, the text behind the backslash. */
void read_client_copy(struct reader *p, struct slice text);
void read_routine(struct reader *p, const char *verb, const char *kind);
void read_trigger(struct reader *p, const char *verb);
/* Statements of a body up to its END, or one statement. */
void read_body(struct reader *p);
void read_block_statements(struct reader *p);
bool read_procedural(struct reader *p);

/* ---- text that is SQL ---- */
/* The current tokens as constant text: strings, ||, +, CONCAT, format(), variables; what is not known becomes \001. False: no text at all.
 */
bool read_constant(struct reader *p, struct slice *ret, bool *ret_whole);
/* The same, of tokens that the caller then reads again, or linear work would double with each level of nesting. */
bool look_at_constant(struct reader *p, struct slice *ret, bool *ret_whole);
/* Over an argument, which says nothing about the text. */
void pass_argument(struct reader *p);
/* At the '(' of a function: the text that it makes of constants. False: not one that is known, nothing is read. */
bool read_computed(struct reader *p, struct slice function, struct slice *ret, bool *ret_whole);
/* -1: none */
int hex_digit(char c);
/* At the '(' of any function: what it makes of constants becomes a literal of the statement. */
void computed_literal(struct reader *p, const struct name *n);
/* At a string behind which || and a function stand. */
void computed_chain(struct reader *p);
/* EXECUTE and its kin at the text: read as SQL, or dynamic. */
void read_dynamic(struct reader *p);
void read_inner(struct reader *p, struct slice text, bool body);
/* The string token as SQL. */
void read_inner_token(struct reader *p, const struct token *t, bool body);
void read_lexical(struct reader *p, struct slice text, enum sql_via via, unsigned depth);
void literal_names(struct reader *p, const struct token *t);

#endif
