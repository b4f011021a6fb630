// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* What may stand behind the name of a table: its alias, a sample, a point in time, hints. */
#include "sql/reader.h"

/* ---- what may stand behind a table ---- */

/* An expression of time or number: '...' and the rest up to something that cannot belong to it. */
static void point_in_time(struct reader *p)
{
	if (at(p, '(')) {
		read_group(p);
		return;
	}
	SKIP(p, KW_TIMESTAMP, KW_VERSION, KW_DATE, KW_SCN, KW_INTERVAL, KW_SYSTEM_TIME, KW_TIME, KW_TRANSACTION);
	for (;;) {
		struct name n;

		if (is_name(tok(p))) {
			read_name(p, &n);
			if (at(p, '('))
				read_group(p);
			else if (tok(p)->type == TOKEN_STRING)
				advance(p);
		} else if (at(p, '(')) {
			read_group(p);
		} else {
			advance(p);
		}
		SKIP(p, KW_DAY, KW_HOUR, KW_MINUTE, KW_SECOND);
		if (!ONE_OF(p, '-', '+', '*', '/', OP_CAST))
			return;
		advance(p);
		accept(p, KW_INTERVAL);
		if (keyword_flags(tok(p)->id) & KF_STOP) {
			partial(p);
			return;
		}
	}
}

/* FOR SYSTEM_TIME AS OF x | FROM x TO y | BETWEEN x AND y | ALL, FOR VERSION AS OF n, AS OF TIMESTAMP x, VERSION AS OF n */
static bool time_travel(struct reader *p)
{
	if (at(p, KW_FOR) && (peek_is(p, 1, KW_SYSTEM_TIME) || peek_is(p, 1, KW_VERSION) || peek_is(p, 1, KW_TIMESTAMP) ||
			      peek_is(p, 1, KW_SYSTEM_VERSION) || peek_is(p, 1, KW_PORTION) || peek_is(p, 1, KW_BUSINESS_TIME)))
		p->i += 2;
	else if (ONE_OF(p, KW_VERSION, KW_TIMESTAMP, KW_SYSTEM_TIME) && peek_is(p, 1, KW_AS) && peek_is(p, 2, KW_OF))
		advance(p);
	else if (at(p, KW_VERSIONS) && peek_is(p, 1, KW_BETWEEN))
		p->i += 2;
	else if (!(at(p, KW_AS) && peek_is(p, 1, KW_OF)))
		return false;
	if (accept(p, KW_OF) && is_name(tok(p)) && peek_is(p, 1, KW_FROM)) { /* PORTION OF period FROM x TO y */
		advance(p);
	} else if (tok_at(p, p->i - 1)->id == KW_OF && is_name(tok(p)) && peek_is(p, 1, '(')) { /* PORTION OF period (x) */
		advance(p);
		read_group(p);
		return true;
	}
	if (at(p, KW_AS) && peek_is(p, 1, KW_OF)) {
		p->i += 2;
		if (p->dialect == SQL_ORACLE && slice_ieq(tok_raw(p), SLICE("period")) &&
		    peek_is(p, 1, KW_FOR)) /* of its own time: PERIOD FOR p x */
			p->i += 3;
		point_in_time(p);
		return true;
	}
	if (accept(p, KW_ALL))
		return true;
	if (accept(p, KW_CONTAINED)) {
		accept(p, KW_IN);
		if (at(p, '('))
			read_group(p);
		return true;
	}
	if (accept(p, KW_BETWEEN) || accept(p, KW_FROM) || tok(p)->type == TOKEN_NUMBER || ONE_OF(p, KW_TIMESTAMP, KW_SCN)) {
		point_in_time(p);
		if (accept(p, KW_AND) || accept(p, KW_TO))
			point_in_time(p);
	}
	return true;
}

/* TABLESAMPLE bernoulli (10) REPEATABLE (3), SAMPLE 1/10 OFFSET 1/2, TABLESAMPLE (10 PERCENT) */
static void sample(struct reader *p)
{
	advance(p);
	SKIP(p, KW_SYSTEM, KW_BERNOULLI, KW_BLOCK, KW_ROW, KW_RESERVOIR);
	if (is_name(tok(p)) && peek_is(p, 1, '(') && !at(p, KW_WHERE))
		advance(p);
	if (at(p, '('))
		read_group(p);
	while (tok(p)->type == TOKEN_NUMBER || at(p, '/') || at(p, '%') || at(p, KW_PERCENT) || at(p, KW_ROWS))
		advance(p);
	if (at(p, KW_OFFSET) && p->dialect == SQL_CLICKHOUSE && peek(p, 1)->type == TOKEN_NUMBER) {
		p->i += 2;
		while (tok(p)->type == TOKEN_NUMBER || at(p, '/'))
			advance(p);
	}
	if (at(p, '(')) /* bernoulli (10) behind the percentage */
		read_group(p);
	while (ONE_OF(p, KW_REPEATABLE, KW_SEED) && peek_is(p, 1, '(')) {
		advance(p);
		read_group(p);
	}
}

/* USE INDEX FOR JOIN (i), FORCE KEY (i), INDEXED BY i, NOT INDEXED */
static bool index_hint(struct reader *p)
{
	if (ONE_OF(p, KW_USE, KW_FORCE, KW_IGNORE) && (peek_is(p, 1, KW_INDEX) || peek_is(p, 1, KW_KEY))) {
		p->i += 2;
		while (!at_stop(p) && !at(p, '('))
			advance(p);
		if (at(p, '('))
			skip_group(p);
		if (at(p, ',') && (peek_is(p, 1, KW_USE) || peek_is(p, 1, KW_FORCE) || peek_is(p, 1, KW_IGNORE)) &&
		    (peek_is(p, 2, KW_INDEX) || peek_is(p, 2, KW_KEY)))
			advance(p);
		return true;
	}
	if (at(p, KW_INDEXED) && peek_is(p, 1, KW_BY)) {
		p->i += 3;
		return true;
	}
	if (at(p, KW_NOT) && peek_is(p, 1, KW_INDEXED)) {
		p->i += 2;
		return true;
	}
	return false;
}

bool is_lock_hint(unsigned id)
{
	return id == KW_NOLOCK || id == KW_READUNCOMMITTED || id == KW_UPDLOCK || id == KW_HOLDLOCK || id == KW_READPAST ||
	       id == KW_TABLOCK || id == KW_TABLOCKX || id == KW_ROWLOCK || id == KW_PAGLOCK || id == KW_XLOCK || id == KW_INDEX ||
	       id == KW_FORCESEEK || id == KW_NOEXPAND || id == KW_SERIALIZABLE || id == KW_SNAPSHOT || id == KW_READCOMMITTED ||
	       id == KW_READCOMMITTEDLOCK;
}

/* WITH ORDINALITY, WITH OFFSET [AS x], WITH (hints) */
static bool with_behind_table(struct reader *p)
{
	if (peek_is(p, 1, KW_ORDINALITY)) {
		p->i += 2;
		return true;
	}
	if (peek_is(p, 1, KW_OFFSET)) {
		p->i += 2;
		accept(p, KW_AS);
		if (is_alias(p))
			advance(p);
		return true;
	}
	if (!peek_is(p, 1, '('))
		return false;
	advance(p);
	skip_group(p);
	return true;
}

/* A word and a group: AT (...), PARTITION (...) */
static bool word_and_group(struct reader *p)
{
	if (!peek_is(p, 1, '('))
		return false;
	advance(p);
	read_group(p);
	return true;
}

/* One of the things that may follow a table's name, before or behind its alias. */
static bool one_suffix(struct reader *p)
{
	switch (tok(p)->id) {
	case 0: /* a name: most often the alias */
	case ';':
	case ',':
	case ')':
	case KW_WHERE:
	case KW_SET:
	case KW_ON:
	case KW_JOIN:
		return false;
	case KW_PARTITION:
	case KW_SUBPARTITION:
	case KW_PARTITIONS:
		if (peek_is(p, 1, KW_FOR) && peek_is(p, 2, '('))
			advance(p);
		return word_and_group(p);
	case KW_TABLESAMPLE:
		sample(p);
		return true;
	case KW_SAMPLE:
		if (!peek_is(p, 1, '(') && peek(p, 1)->type != TOKEN_NUMBER && !(is_name(peek(p, 1)) && peek_is(p, 2, '(')))
			return false;
		sample(p);
		return true;
	case KW_FINAL:
		return p->dialect == SQL_CLICKHOUSE && accept(p, KW_FINAL);
	case KW_AT:
	case KW_BEFORE:
	case KW_CHANGES:
		return word_and_group(p);
	case KW_END: /* CHANGES (...) AT (...) END (...) */
		return p->dialect == SQL_SNOWFLAKE && word_and_group(p);
	case KW_WITH:
		return with_behind_table(p);
	case '(':
		if (!(p->bits & DL_BATCH) || !is_lock_hint(peek(p, 1)->id))
			return false;
		skip_group(p);
		return true;
	case KW_HOLDLOCK: /* T-SQL of old: FROM t a HOLDLOCK */
		return p->bits & DL_BATCH && accept(p, KW_HOLDLOCK);
	case KW_FOR:
		if (p->bits & DL_BATCH && peek_is(p, 1, KW_PATH)) { /* of a graph */
			p->i += 2;
			return true;
		}
		return time_travel(p);
	case KW_VERSION:
	case KW_TIMESTAMP:
	case KW_SYSTEM_TIME:
	case KW_VERSIONS:
	case KW_AS:
		return time_travel(p);
	case '@': /* Spark: t@v123, t@20240101 */
		if (!(p->bits & DL_SPARK))
			return false;
		p->i += 2;
		return true;
	case '*': /* PostgreSQL: with descendants */
		return p->bits & DL_PG && accept(p, '*');
	default:
		return index_hint(p);
	}
}

/* Names, or definitions of columns: which of a table's a new name stands for is not known. */
static void alias_columns(struct reader *p, struct sql_relation *r)
{
	if (!at(p, '('))
		return;
	skip_group(p);
	if (r)
		r->all_columns = true;
}

static struct slice read_alias(struct reader *p, struct slice name, struct sql_relation *r)
{
	bool as = accept(p, KW_AS);

	if (as && at(p, '(')) { /* a function's columns */
		alias_columns(p, r);
		return name;
	}
	if (is_alias(p) || (as && is_name(tok(p)))) {
		name = tok_name(p);
		advance(p);
		if (tok_at(p, p->i - 1)->flags & TF_UNICODE && at(p, KW_UESCAPE))
			p->i += 2;
		if (!(at(p, '(') && p->bits & DL_BATCH && is_lock_hint(peek(p, 1)->id)))
			alias_columns(p, r);
	} else if (tok(p)->type == TOKEN_STRING && (as || p->bits & DL_DQ_STRING || p->dialect == SQL_SQLITE)) {
		name = literal_value(p, tok(p));
		advance(p);
		alias_columns(p, r);
	}
	return name;
}

void read_table_suffix(struct reader *p, struct slice name, struct source **source, struct sql_relation *r)
{
	struct slice alias;
	size_t before;

	while (one_suffix(p))
		;
	before = p->i;
	alias = read_alias(p, name, r);
	while (p->i != before && one_suffix(p)) /* behind the alias, too */
		;
	*source = scope_source(p, alias, r);
	if (r && alias.ptr && alias.ptr != name.ptr)
		r->alias = alias;
}

void read_join_suffix(struct reader *p, struct source *before)
{
	struct source *inner = p->scope->sources, *s;
	size_t start = p->i;

	read_table_suffix(p, SLICE_NONE, &s, NULL);
	if (!s || !s->alias.ptr || inner == before)
		return;
	s->inner = inner;
	s->before = before;
	if (p->i > start && tok_at(p, p->i - 1)->id == ')') /* AS j (a, b): which column is which is not known */
		scope_all_columns(p, before);
}
