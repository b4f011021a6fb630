// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* SQL within SQL: constant text that is executed, functions that take a query or a name as text. */
#include <string.h>

#include "base/cleanup.h"
#include "sql/reader.h"

enum { INNER_MAX = 8, PIECES_MAX = 256 };

/* ---- reading text as SQL ---- */

/* Snowflake: a function's text may be one value. */
static bool is_expression(struct reader *p)
{
	return !starts_statement(p) && !starts_query(tok(p)) && !at(p, '(') && !at(p, KW_BEGIN) && !at(p, KW_DECLARE);
}

static void inner_statements(struct reader *in, bool body)
{
	while (!at_end(in)) {
		size_t start = in->i;

		if (accept(in, ';'))
			continue;
		if (body && in->dialect == SQL_SNOWFLAKE && !start && is_expression(in))
			read_expr(in, 0);
		else
			read_statement(in);
		if (!at_statement_end(in) && !(starts_statement(in) && (body || in->bits & DL_BATCH))) {
			partial(in);
			skip_rest(in);
		}
		if (in->i == start)
			advance(in);
	}
	if (in->tokens.cut || in->tokens.open || in->lx.open_comment)
		partial(in);
}

void read_inner(struct reader *p, struct slice text, bool body)
{
	struct reader in = *p;
	struct scope s;

	if (p->inner >= INNER_MAX || p->depth + 64 >= SQL_DEPTH_MAX || text.len > UINT32_MAX / 2) {
		dynamic(p);
		return;
	}
	in.text = text;
	in.tokens = (struct tokens){ .v = NULL };
	in.mask = NULL;
	in.i = 0;
	in.inner++;
	in.depth += 32;
	in.scope = NULL;
	in.procedural = body;
	in.pl = body && !(p->bits & DL_BATCH);
	if (in.via < SQL_VIA_DYNAMIC)
		in.via = SQL_VIA_DYNAMIC;
	lex_init(&in.lx, p->options, text);
	in.lx.bits = p->lx.bits;
	in.lx.as_comment = p->lx.as_comment;
	in.lx.holes = p->lx.holes || (text.len && memchr(text.ptr, 1, text.len));
	scope_push(&in, &s);
	tokens_fill(&in, 0);
	inner_statements(&in, body);
	scope_pop(&in);
	p->certainty = in.certainty;
	if (p->certainty != SQL_PARSED && !p->partial_at)
		p->partial_at = tok(p)->off;
	p->relations = in.relations;
	p->nrelations = in.nrelations;
	p->relations_cap = in.relations_cap;
	p->slots = in.slots;
	p->nslots = in.nslots;
	p->predicates = in.predicates;
	p->variables = in.variables;
	p->nvariables = in.nvariables;
	p->lx.version_dependent |= in.lx.version_dependent;
}

void read_inner_token(struct reader *p, const struct token *t, bool body)
{
	read_inner(p, literal_value(p, t), body);
}

/* ---- constants ---- */

struct pieces {
	struct slice v[PIECES_MAX];
	size_t n;
	bool text, whole;
};

static void piece(struct pieces *c, struct slice s)
{
	if (c->n < PIECES_MAX)
		c->v[c->n++] = s;
	else
		c->whole = false;
}

static void hole(struct pieces *c)
{
	piece(c, SLICE("\001"));
	c->whole = false;
}

static void read_pieces(struct reader *p, struct pieces *c, bool list);

/* CHR(117), CHAR(117, 115) */
static void characters(struct reader *p, struct pieces *c)
{
	advance(p);
	while (!at_stop(p)) {
		uint64_t v;
		char *out = arena_alloc(p->arena, 2);

		if (tok(p)->type == TOKEN_NUMBER && !slice_u64(tok_raw(p), &v) && v && v < 128 && out) {
			out[0] = (char)v;
			piece(c, slice_mem(out, 1));
			c->text = true;
		} else {
			hole(c);
		}
		advance(p);
		if (at(p, KW_USING))
			p->i += 2;
		if (!accept(p, ','))
			break;
	}
	if (!accept(p, ')'))
		hole(c);
}

/* format('... %I ... %L', a, b): the arguments are put in as they are. */
static void formatted(struct reader *p, struct pieces *c)
{
	struct pieces args = { .whole = true };
	struct slice f = SLICE_NONE;
	size_t next = 0;

	advance(p);
	if (tok(p)->type == TOKEN_STRING) {
		f = literal_value(p, tok(p));
		advance(p);
	}
	while (accept(p, ',')) {
		struct slice one;
		bool whole = false;

		if (!read_constant(p, &one, &whole) || !whole) {
			one = SLICE("\001");
			read_expr(p, EX_COMMA);
		}
		piece(&args, one);
	}
	if (!accept(p, ')') || !f.ptr) {
		hole(c);
		return;
	}
	c->text = true;
	while (f.len) {
		const char *pc = memchr(f.ptr, '%', f.len);
		size_t n = pc ? (size_t)(pc - f.ptr) : f.len;

		piece(c, slice_mem(f.ptr, n));
		f = slice_skip(f, n);
		if (!f.len)
			break;
		f = slice_skip(f, 1);
		while (f.len > 1 && ((*f.ptr >= '0' && *f.ptr <= '9') || *f.ptr == '$' || *f.ptr == '-')) {
			if (*f.ptr >= '1' && *f.ptr <= '9' && f.ptr[1] == '$')
				next = (size_t)(*f.ptr - '1');
			f = slice_skip(f, 1);
		}
		if (f.len && *f.ptr == '%') {
			piece(c, SLICE("%"));
		} else if (f.len && *f.ptr == 'L') {
			piece(c, SLICE("NULL"));
			next++;
		} else {
			struct slice a = next < args.n ? args.v[next] : SLICE("\001");

			if (slice_eq(a, SLICE("\001")))
				c->whole = false;
			if (f.len && *f.ptr == 'I' && !slice_eq(a, SLICE("\001"))) {
				piece(c, SLICE("\""));
				piece(c, a);
				piece(c, SLICE("\""));
			} else {
				piece(c, a);
			}
			next++;
		}
		f = slice_skip(f, 1);
	}
}

static void skip_call(struct reader *p, struct pieces *c)
{
	hole(c);
	if (at(p, '('))
		read_group(p);
}

static void name_piece(struct reader *p, struct pieces *c)
{
	struct slice text;
	struct name n;

	if (!read_name(p, &n)) {
		advance(p);
		hole(c);
		return;
	}
	if (!at(p, '(')) {
		text = n.n == 1 ? get_variable(p, n.part[0]) : SLICE_NONE;
		if (text.ptr) {
			piece(c, text);
			c->text = true;
		} else {
			hole(c);
		}
		return;
	}
	switch (keyword_of(last_part(&n))) {
	case KW_CONCAT:
		advance(p);
		read_pieces(p, c, true);
		if (!accept(p, ')'))
			hole(c);
		return;
	case KW_FORMAT:
		formatted(p, c);
		return;
	case KW_CHR:
	case KW_CHAR:
	case KW_NCHAR:
		characters(p, c);
		return;
	case KW_QUOTE_IDENT:
	case KW_QUOTENAME:
	case KW_TO_CHAR:
	case KW_TRIM:
	case KW_LOWER:
	case KW_CAST:
	case KW_CONVERT:
		advance(p);
		if (is_name(tok(p)) && keyword_of(last_part(&n)) == KW_CONVERT) { /* CONVERT(type, value) */
			while (!at_stop(p) && !at(p, ','))
				at(p, '(') ? skip_group(p) : advance(p);
			accept(p, ',');
		}
		read_pieces(p, c, false);
		while (!at_stop(p))
			at(p, '(') ? skip_group(p) : advance(p);
		accept(p, ')');
		return;
	default:
		skip_call(p, c);
	}
}

static void read_pieces(struct reader *p, struct pieces *c, bool list)
{
	for (;;) {
		const struct token *t = tok(p);

		if (t->type == TOKEN_STRING) {
			piece(c, literal_value(p, t));
			c->text = true;
			advance(p);
		} else if (t->type == TOKEN_NUMBER) {
			piece(c, tok_raw(p));
			advance(p);
		} else if (t->type == TOKEN_PARAM) {
			struct slice v = get_variable(p, tok_raw(p));

			if (v.ptr) {
				piece(c, v);
				c->text = true;
			} else {
				hole(c);
			}
			advance(p);
		} else if (t->id == '(') {
			if (starts_query(peek(p, 1))) {
				read_group(p);
				hole(c);
			} else {
				advance(p);
				read_pieces(p, c, false);
				if (!accept(p, ')')) {
					hole(c);
					return;
				}
			}
		} else if (is_name(t) && !(keyword_flags(t->id) & (KF_STOP | KF_OP)) && !starts_statement(p)) {
			name_piece(p, c);
		} else {
			hole(c);
			return;
		}
		while (at(p, OP_CAST)) {
			struct name n;

			advance(p);
			read_name(p, &n);
			if (at(p, '('))
				skip_group(p);
		}
		if (at(p, OP_CONCAT) || at(p, '+') || at(p, '&') || (list && at(p, ',')))
			advance(p);
		else if (tok(p)->type != TOKEN_STRING)
			return;
	}
}

bool read_constant(struct reader *p, struct slice *ret, bool *ret_whole)
{
	struct pieces *c;
	size_t len = 0, o = 0;
	char *out;

	if (p->depth + 16 >= SQL_DEPTH_MAX)
		return false;
	c = arena_alloc(p->arena, sizeof(*c));
	if (!c)
		return false;
	c->whole = true;
	p->depth += 4;
	read_pieces(p, c, false);
	p->depth -= 4;
	if (!c->text)
		return false;
	if (c->n == 1) {
		*ret = c->v[0];
		*ret_whole = c->whole;
		return true;
	}
	for (size_t i = 0; i < c->n; i++)
		len += c->v[i].len;
	out = arena_alloc(p->arena, len + 1);
	if (!out)
		return false;
	for (size_t i = 0; i < c->n; i++) {
		memcpy(out + o, c->v[i].ptr, c->v[i].len);
		o += c->v[i].len;
	}
	*ret = slice_mem(out, len);
	*ret_whole = c->whole;
	return true;
}

/* EXECUTE text [INTO x] [USING a, b] */
void read_dynamic(struct reader *p)
{
	struct slice text;
	bool whole;

	if (!read_constant(p, &text, &whole)) {
		dynamic(p);
	} else {
		read_inner(p, text, false);
		if (!whole)
			dynamic(p);
	}
	if (!at_stop(p) && !at(p, ',') && !(p->bits & DL_BATCH) && !ONE_OF(p, KW_INTO, KW_USING, KW_LOOP, KW_BULK, KW_RETURNING))
		read_expr(p, EX_COMMA);
	while (ONE_OF(p, KW_INTO, KW_USING, KW_BULK, KW_RETURNING, KW_RETURN)) {
		bool pl = p->pl;

		if (at(p, KW_USING)) {
			advance(p);
			read_expr(p, 0);
			continue;
		}
		if (at(p, KW_RETURNING) || at(p, KW_RETURN)) {
			advance(p);
			continue;
		}
		p->pl = true;
		read_clauses(p);
		p->pl = pl;
	}
}

/* ---- functions that take text ---- */

static bool looks_like_sql(struct slice s)
{
	static const struct slice verbs[] = { SLICE_INIT("select"), SLICE_INIT("insert"), SLICE_INIT("update"), SLICE_INIT("delete"),
					      SLICE_INIT("with"),   SLICE_INIT("merge"),  SLICE_INIT("table"),  SLICE_INIT("copy"),
					      SLICE_INIT("create"), SLICE_INIT("drop"),   SLICE_INIT("exec"),   SLICE_INIT("replace") };

	s = slice_trim(s);
	while (s.len && *s.ptr == '(')
		s = slice_trim(slice_skip(s, 1));
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		if (s.len > verbs[i].len + 1 && slice_ieq(slice_head(s, verbs[i].len), verbs[i]) &&
		    !lex_is_word((unsigned char)s.ptr[verbs[i].len]))
			return true;
	return false;
}

static void literal_relation(struct reader *p, struct slice text, enum sql_via how)
{
	enum sql_via via = p->via;
	struct sql_relation *r;
	struct name n;

	name_of_text(p, text, &n);
	if (!n.n)
		return;
	if (p->via < how)
		p->via = how;
	r = add_relation(p, &n, SQL_READ);
	if (r)
		r->all_columns = true;
	p->via = via;
}

/* A constant that is SQL, perhaps in pieces: its names are possible ones. */
static void literal_sql(struct reader *p, const struct token *t)
{
	struct slice text = literal_value(p, t), all;
	size_t back = p->i;
	bool whole;

	if ((peek_is(p, 1, OP_CONCAT) || peek_is(p, 1, '+')) && tok(p) == t && read_constant(p, &all, &whole))
		text = all;
	p->i = back;
	read_lexical(p, text, SQL_VIA_LITERAL, 0);
}

/* A string constant that is SQL, or stands where a name is meant. */
void literal_names(struct reader *p, const struct token *t)
{
	struct slice body = lex_body(p->text, t);

	if (peek_is(p, 1, OP_CAST) && peek_is(p, 2, KW_REGCLASS)) {
		literal_relation(p, literal_value(p, t), SQL_VIA_LITERAL);
		return;
	}
	if (body.len < 8 || t->flags & TF_BYTES || p->via == SQL_VIA_LITERAL)
		return;
	switch (body.ptr[0] | 0x20) {
	case 's':
	case 'i':
	case 'u':
	case 'd':
	case 'w':
	case 'm':
	case ' ':
	case '(':
	case '\n' | 0x20:
		if (looks_like_sql(body))
			literal_sql(p, t);
		break;
	default:
		break;
	}
}

/* The arguments of the call at '(': each that is constant text, by what to do with it. */
static void text_arguments(struct reader *p, bool query, bool first_only, enum sql_via how)
{
	size_t back = p->i, end = tok(p)->match;

	advance(p);
	while (p->i < end) {
		struct slice text;
		size_t start = p->i;
		bool whole;

		if (tok(p)->type == TOKEN_STRING || is_name(tok(p)) || at(p, '(') || at(p, '[')) {
			accept(p, '[');
			if (read_constant(p, &text, &whole)) {
				if (query && looks_like_sql(text)) {
					read_inner(p, text, false);
					if (!whole)
						dynamic(p);
				} else if (!query) {
					if (whole)
						literal_relation(p, text, how);
					else
						dynamic(p);
				}
			} else if (query && back + 1 == start && !is_name(tok_at(p, start))) {
				dynamic(p);
			} else if (!query && tok_at(p, start)->type != TOKEN_NUMBER && start == back + 1) {
				dynamic(p);
			}
		}
		while (p->i < end && !at(p, ','))
			at(p, '(') && tok(p)->match ? skip_group(p) : advance(p);
		if (first_only)
			break;
		advance(p);
	}
	p->i = back;
}

static void file_arguments(struct reader *p, bool client)
{
	size_t end = tok(p)->match;

	for (size_t i = p->i + 1; i < end; i++)
		if (tok_at(p, i)->type == TOKEN_STRING) {
			struct slice s = lex_body(p->text, tok_at(p, i));

			if (s.len > 2 && (memchr(s.ptr, '/', s.len) || memchr(s.ptr, '.', s.len)))
				add_file_token(p, tok_at(p, i), false, client);
		}
}

static struct slice first_text(struct reader *p)
{
	return peek(p, 1)->type == TOKEN_STRING || is_name(peek(p, 1)) ? lex_name(p->text, peek(p, 1), '\\', p->arena) : SLICE_NONE;
}

/* CONTAINSTABLE(t, ...), CHANGETABLE(CHANGES t, ...), PREDICT(MODEL = @m, DATA = t AS d) */
static void named_argument(struct reader *p, size_t at_token)
{
	size_t back = p->i;
	struct name n;

	p->i = at_token;
	if (is_name(tok(p)) && read_relation_name(p, &n)) {
		struct sql_relation *r = add_read(p, &n, SQL_READ);

		if (r)
			r->all_columns = true;
	}
	p->i = back;
}

void read_arguments(struct reader *p, const struct name *n)
{
	struct slice link = p->link;

	add_call(p, n, false);
	switch (keyword_of(last_part(n))) {
	case KW_DBLINK:
	case KW_DBLINK_EXEC:
	case KW_DBLINK_OPEN:
	case KW_DBLINK_SEND_QUERY:
	case KW_OPENQUERY:
	case KW_OPENROWSET:
	case KW_EXTERNAL_QUERY:
	case KW_POSTGRES_QUERY:
	case KW_MYSQL_QUERY:
	case KW_SQLITE_QUERY:
		p->link = first_text(p);
		if (looks_like_sql(p->link))
			p->link = SLICE("");
		if (keyword_of(last_part(n)) != KW_OPENQUERY)
			add_file(p, p->link, SQL_REMOTE, false, false);
		text_arguments(p, true, false, SQL_VIA_DYNAMIC);
		p->link = link;
		break;
	case KW_QUERY_TO_XML:
	case KW_QUERY_TO_XML_AND_XMLSCHEMA:
	case KW_QUERY_TO_XMLSCHEMA:
	case KW_TS_STAT:
	case KW_CROSSTAB:
	case KW_GETXML:
	case KW_GETXMLTYPE:
	case KW_QUERY:
	case KW_SYSTEM_QUERY:
		text_arguments(p, true, false, SQL_VIA_DYNAMIC);
		break;
	case KW_TABLE_TO_XML:
	case KW_TABLE_TO_XMLSCHEMA:
	case KW_TABLE_TO_XML_AND_XMLSCHEMA:
		text_arguments(p, false, true, SQL_VIA_DYNAMIC);
		break;
	case KW_QUERY_TABLE:
		text_arguments(p, false, false, SQL_VIA_DYNAMIC);
		break;
	case KW_IDENTIFIER:
		if (p->dialect == SQL_SNOWFLAKE || p->bits & DL_SPARK || p->dialect == SQL_ANSI)
			text_arguments(p, false, true, SQL_VIA_DYNAMIC);
		break;
	case KW_TO_REGCLASS:
	case KW_PG_TABLE_SIZE:
	case KW_PG_RELATION_SIZE:
	case KW_PG_TOTAL_RELATION_SIZE:
	case KW_TABLE_CHANGES:
	case KW_OBJECT_ID:
	case KW_DICTGET:
	case KW_DICTHAS:
	case KW_DICTGETORDEFAULT:
	case KW_PRAGMA_TABLE_INFO:
	case KW_PRAGMA_TABLE_XINFO:
	case KW_PRAGMA_INDEX_LIST:
	case KW_PRAGMA_FOREIGN_KEY_LIST:
		text_arguments(p, false, true, SQL_VIA_LITERAL);
		break;
	case KW_JOINGET:
	case KW_JOINGETORNULL:
		if (is_name(peek(p, 1)))
			named_argument(p, p->i + 1);
		else
			text_arguments(p, false, true, SQL_VIA_LITERAL);
		break;
	case KW_PG_READ_FILE:
	case KW_PG_READ_BINARY_FILE:
	case KW_PG_LS_DIR:
	case KW_LO_IMPORT:
	case KW_LOAD_FILE:
	case KW_LOAD_EXTENSION:
	case KW_READFILE:
	case KW_BFILENAME:
		for (size_t i = p->i + 1; i < tok(p)->match && i < p->i + 8; i++)
			if (tok_at(p, i)->type == TOKEN_STRING)
				add_file_token(p, tok_at(p, i), false, false);
		break;
	case KW_LO_EXPORT:
	case KW_WRITEFILE:
		for (size_t i = p->i + 1; i < tok(p)->match && i < p->i + 8; i++)
			if (tok_at(p, i)->type == TOKEN_STRING)
				add_file_token(p, tok_at(p, i), true, false);
		break;
	default:
		break;
	}
}

/* remote('host', db, t), mysql('host', 'db', 't', ...): the names of tables elsewhere. */
static void remote_arguments(struct reader *p)
{
	struct name n = { .n = 0 };
	size_t end = tok(p)->match;
	enum sql_via via = p->via;

	if (peek(p, 1)->type == TOKEN_STRING)
		add_file(p, literal_value(p, peek(p, 1)), SQL_REMOTE, false, false);
	for (size_t i = p->i + 2; i < end && n.n < 2; i++) {
		const struct token *t = tok_at(p, i);

		if (is_name(t) || t->type == TOKEN_STRING)
			n.part[n.n++] = lex_name(p->text, t, '\\', p->arena);
		else if (t->id != ',' && t->id != '.')
			break;
	}
	if (!n.n)
		return;
	p->via = via < SQL_VIA_LITERAL ? SQL_VIA_LITERAL : via;
	add_relation(p, &n, SQL_READ);
	p->via = via;
}

/* ClickHouse: merge('db', '^t$'): tables by a pattern. */
static void merged(struct reader *p)
{
	const struct token *t = tok_at(p, tok(p)->match - 1);
	struct slice s;

	dynamic(p);
	if (t->type != TOKEN_STRING)
		return;
	s = literal_value(p, t);
	if (s.len && *s.ptr == '^')
		s = slice_skip(s, 1);
	if (s.len && s.ptr[s.len - 1] == '$')
		s.len--;
	literal_relation(p, s, SQL_VIA_LITERAL);
}

void read_table_function(struct reader *p, const struct name *n)
{
	if (!n) { /* TABLE(...), ROWS FROM (...) */
		if (peek(p, 1)->type == TOKEN_STRING && peek_is(p, 2, ')') && p->dialect == SQL_SNOWFLAKE) {
			struct name named;

			name_of_text(p, literal_value(p, peek(p, 1)), &named);
			if (named.n)
				add_read(p, &named, SQL_READ);
		} else if (peek(p, 1)->type == TOKEN_PARAM && peek_is(p, 2, ')')) {
			dynamic(p);
		}
		if (p->bits & (DL_SPARK | DL_FROM_FIRST) || p->dialect == SQL_TRINO) {
			if (is_name(peek(p, 1)) && peek_is(p, 2, ')'))
				named_argument(p, p->i + 1);
		}
		read_group(p);
		return;
	}
	read_arguments(p, n);
	switch (keyword_of(last_part(n))) {
	case KW_CONTAINSTABLE:
	case KW_FREETEXTTABLE:
	case KW_SEMANTIC_VIEW: /* Snowflake */
		named_argument(p, p->i + 1);
		break;
	case KW_CHANGETABLE:
		named_argument(p, p->i + 2);
		break;
	case KW_MERGE:
		if (p->dialect == SQL_CLICKHOUSE && tok(p)->match > p->i)
			merged(p);
		break;
	case KW_PREDICT:
		for (size_t i = p->i + 1; i < tok(p)->match && i < p->i + 12; i++)
			if (tok_at(p, i)->id == KW_DATA && tok_at(p, i + 1)->id == '=')
				named_argument(p, i + 2);
		break;
	case KW_REMOTE:
	case KW_REMOTESECURE:
	case KW_CLUSTER:
	case KW_CLUSTERALLREPLICAS:
	case KW_MYSQL:
	case KW_POSTGRESQL:
	case KW_MONGODB:
	case KW_SQLITE_SCAN:
	case KW_POSTGRES_SCAN:
	case KW_MYSQL_SCAN:
		if (n->n == 1)
			remote_arguments(p);
		break;
	default:
		file_arguments(p, false);
		break;
	}
	read_group(p);
}
