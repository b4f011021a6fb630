// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* INSERT, UPDATE, DELETE, MERGE: which of the named relations is written. */
#include "sql/reader.h"

/* LOW_PRIORITY, OR REPLACE, TOP (5): between the verb and the target. */
static void skip_modifiers(struct reader *p)
{
	for (;;) {
		if (at(p, KW_OR) && is_name(peek(p, 1))) {
			p->i += 2;
		} else if (at(p, KW_TOP) && (peek_is(p, 1, '(') || peek(p, 1)->type == TOKEN_NUMBER)) {
			advance(p);
			if (at(p, '('))
				read_group(p);
			else
				advance(p);
			accept(p, KW_PERCENT);
		} else if (ONE_OF(p, KW_LOW_PRIORITY, KW_HIGH_PRIORITY, KW_DELAYED, KW_QUICK, KW_IGNORE, KW_HISTORY) &&
			   !peek_is(p, 1, '.') && !peek_is(p, 1, KW_SET)) {
			advance(p);
		} else {
			return;
		}
	}
}

/* Sources that nothing was decided for are read. */
static void rest_is_read(struct reader *p)
{
	for (struct source *s = p->scope->sources; s; s = s->next)
		if (!s->decided && s->relation) {
			s->relation->access |= SQL_READ;
			s->decided = true;
		}
}

static void decide(struct source *s, uint32_t access)
{
	s->decided = true;
	if (s->relation)
		s->relation->access |= access;
}

/* BigQuery and Spanner: THEN RETURN [WITH ACTION [AS a]] list */
static bool at_then_return(struct reader *p)
{
	return at(p, KW_THEN) && (peek_is(p, 1, KW_RETURN) || peek_is(p, 1, KW_RETURNING));
}

/* RETURNING list, OUTPUT list INTO t (columns): at the word. */
void read_returning(struct reader *p, struct sql_relation *target)
{
	bool output = at(p, KW_OUTPUT);

	advance(p);
	if (at(p, KW_WITH) && peek_is(p, 1, KW_ACTION)) {
		p->i += 2;
		if (accept(p, KW_AS))
			advance(p);
		else if (is_name(tok(p)) && is_name(peek(p, 1)))
			advance(p);
	}
	read_expr(p, EX_LIST | EX_OUTPUT);
	if (at(p, KW_INTO) && output) {
		advance(p);
		if (tok(p)->type == TOKEN_PARAM) {
			advance(p);
		} else {
			read_target(p, SQL_INSERT);
		}
		if (at(p, '('))
			skip_group(p);
		if (at(p, KW_OUTPUT))
			read_returning(p, target);
	} else if (at(p, KW_BULK) || at(p, KW_INTO)) {
		bool pl = p->pl;

		p->pl = true;
		read_clauses(p);
		p->pl = pl;
	}
	if (target && output)
		target->all_columns = true;
}

/* ---- INSERT ---- */

/* ON CONFLICT (a) WHERE ... DO UPDATE SET ..., ON DUPLICATE KEY UPDATE ... */
static void on_conflict(struct reader *p, struct sql_relation *target)
{
	bool updates = false;

	while (at(p, KW_ON)) {
		advance(p);
		while (!at_stop(p) && !ONE_OF(p, KW_UPDATE, KW_NOTHING, KW_IGNORE, KW_REPLACE, KW_RETURNING)) {
			if (at(p, '('))
				read_group(p);
			else if (at(p, KW_WHERE)) {
				advance(p);
				read_expr(p, 0);
			} else {
				advance(p);
			}
		}
		if (accept(p, KW_UPDATE)) {
			updates = true;
			accept(p, KW_SET);
			read_expr(p, EX_LIST | EX_ASSIGN);
			if (accept(p, KW_WHERE))
				read_expr(p, 0);
		} else {
			SKIP(p, KW_NOTHING, KW_IGNORE, KW_REPLACE);
		}
	}
	if (target && updates)
		target->access |= SQL_UPDATE;
}

/* OVERWRITE [LOCAL] DIRECTORY 'path' ... SELECT */
static bool insert_directory(struct reader *p)
{
	bool local = at(p, KW_LOCAL);

	if (!at(p, KW_DIRECTORY) && !(local && peek_is(p, 1, KW_DIRECTORY)))
		return false;
	p->i += local ? 2 : 1;
	if (tok(p)->type == TOKEN_STRING) {
		add_file_token(p, tok(p), true, local);
		advance(p);
	}
	while (!at_stop(p) && !starts_query(tok(p)) && !at(p, KW_FROM) && !at(p, KW_TABLE)) {
		if (at(p, '(') && (starts_query(peek(p, 1))))
			break;
		if (at(p, '('))
			skip_group(p);
		else
			advance(p);
	}
	return true;
}

static struct sql_relation *insert_target(struct reader *p)
{
	struct name n;

	if (at(p, '(')) { /* Oracle: INTO (SELECT ...) */
		size_t before = p->nrelations;

		if (starts_query(peek(p, 1))) {
			read_group(p);
			for (size_t i = before; i < p->nrelations; i++)
				p->relations[i]->access |= SQL_INSERT;
			return NULL;
		}
	}
	if (accept(p, KW_FUNCTION) || (ONE_OF(p, KW_OPENROWSET, KW_OPENQUERY, KW_OPENDATASOURCE) && peek_is(p, 1, '('))) {
		if (!read_name(p, &n) || !at(p, '(')) {
			partial(p);
			return NULL;
		}
		read_table_function(p, &n);
		if (accept(p, '.'))
			return read_target(p, SQL_INSERT);
		return NULL;
	}
	if (tok(p)->type == TOKEN_PARAM) {
		if (!(p->bits & DL_BATCH) || *tok_raw(p).ptr != '@')
			dynamic(p);
		advance(p);
		return NULL;
	}
	return read_target(p, SQL_INSERT);
}

static bool insert_columns_follow(struct reader *p)
{
	return at(p, '(') && !starts_query(peek(p, 1)) && !peek_is(p, 1, '(') && !(peek_is(p, 1, KW_FROM) && p->bits & DL_FROM_FIRST);
}

/* What the rows come from, and what stands behind them. */
static void insert_source(struct reader *p, struct sql_relation *target)
{
	size_t before = p->i - 1;

	while (p->i != before) {
		before = p->i;
		if (at(p, KW_DEFAULT) && peek_is(p, 1, KW_VALUES)) {
			p->i += 2;
		} else if (at(p, KW_OVERRIDING)) {
			p->i += 3;
		} else if (at(p, KW_BY) && peek_is(p, 1, KW_NAME)) {
			p->i += 2;
		} else if (at(p, KW_BY) && peek_is(p, 1, KW_POSITION)) {
			p->i += 2;
		} else if (ONE_OF(p, KW_EXEC, KW_EXECUTE, KW_CALL)) {
			read_utility(p);
		} else if (at(p, KW_REPLACE) && (peek_is(p, 1, KW_WHERE) || peek_is(p, 1, KW_USING))) {
			p->i += 2;
			read_expr(p, 0);
		} else if (at(p, KW_SET)) {
			advance(p);
			read_expr(p, EX_LIST | EX_ASSIGN);
		} else if (at(p, KW_OUTPUT) || at(p, KW_RETURNING) || at(p, KW_RETURN) || at_then_return(p)) {
			accept(p, KW_THEN);
			read_returning(p, target);
		} else if (at(p, KW_ON)) {
			on_conflict(p, target);
		} else if (at(p, KW_AS) && (is_name(peek(p, 1)) && !starts_query(peek(p, 1)))) { /* row alias of MySQL */
			p->i += 2;
			if (at(p, '('))
				skip_group(p);
		} else if (at(p, KW_LOG) && peek_is(p, 1, KW_ERRORS)) {
			p->i += 2;
			if (accept(p, KW_INTO))
				read_target(p, SQL_INSERT);
			if (at(p, '('))
				skip_group(p);
			if (accept(p, KW_REJECT))
				p->i += 2;
		} else if (at(p, KW_FROM) && (peek_is(p, 1, KW_INFILE))) {
			p->i += 2;
			if (tok(p)->type == TOKEN_STRING) {
				add_file_token(p, tok(p), false, true);
				advance(p);
			}
			if (accept(p, KW_COMPRESSION))
				advance(p);
		} else if (at(p, KW_FORMAT) && p->dialect == SQL_CLICKHOUSE) { /* data follow */
			skip_rest(p);
		} else if (at(p, KW_SETTINGS) && p->dialect == SQL_CLICKHOUSE) {
			read_clauses(p);
		} else if (at(p, KW_VALUE) || at(p, KW_VALUES)) {
			advance(p);
			read_expr(p, 0);
		} else if (at(p, KW_WITH) && peek_is(p, 1, '(')) {
			advance(p);
			skip_group(p);
		} else if (at(p, KW_ROW) && p->dialect == SQL_BIGQUERY) {
			advance(p);
		} else if (starts_query(tok(p)) || ONE_OF(p, KW_TABLE, '(') || (at(p, KW_FROM) && p->bits & DL_FROM_FIRST)) {
			read_query(p);
		} else if (at(p, KW_PARTITION) && peek_is(p, 1, '(')) { /* Impala: (columns) PARTITION (...) */
			advance(p);
			read_group(p);
		} else if (at(p, KW_AS) && starts_query(peek(p, 1))) {
			advance(p);
		} else if (at(p, KW_OPTION)) {
			read_clauses(p);
		} else if (ONE_OF(p, KW_LIMIT, KW_ORDER, KW_WHERE) && p->bits & (DL_SPARK | DL_FROM_FIRST)) {
			read_clauses(p);
		} else {
			return;
		}
	}
}

/* [INTO] t [PARTITION (...)] [alias] [(columns)] */
static struct sql_relation *insert_head(struct reader *p)
{
	struct sql_relation *r;

	accept(p, KW_OVERWRITE);
	accept(p, KW_INTO);
	if (at(p, KW_OVERWRITE))
		advance(p);
	if (insert_directory(p))
		return NULL;
	if (at(p, KW_TABLE) && !peek_is(p, 1, '('))
		advance(p);
	r = insert_target(p);
	if (at(p, KW_PARTITION) && peek_is(p, 1, KW_BY)) { /* ClickHouse: INTO FUNCTION s3(...) PARTITION BY a */
		p->i += 2;
		read_expr(p, EX_COMMA);
	}
	if (at(p, KW_IF) && peek_is(p, 1, KW_EXISTS))
		p->i += 2;
	while (ONE_OF(p, KW_PARTITION, KW_SUBPARTITION) || (at(p, KW_WITH) && peek_is(p, 1, '(') && !is_name(peek(p, 2))) || at(p, '@')) {
		if (at(p, '@')) {
			p->i += 2;
			continue;
		}
		advance(p);
		accept(p, KW_FOR);
		if (at(p, '('))
			read_group(p);
	}
	if (at(p, KW_WITH) && peek_is(p, 1, '(')) { /* hints of T-SQL */
		advance(p);
		skip_group(p);
	}
	if (at(p, KW_IF) && peek_is(p, 1, KW_NOT)) /* Hive: PARTITION (..) IF NOT EXISTS */
		p->i += 3;
	if (at(p, KW_AS) && is_name(peek(p, 1)) && !starts_query(peek(p, 1)))
		p->i += 2;
	else if (is_alias(p) && !ONE_OF(p, KW_FORMAT, KW_SETTINGS, KW_BY, KW_VALUE, KW_OVERRIDING, KW_DEFAULT, KW_LOG, KW_ROW) &&
		 (peek_is(p, 1, '(') || peek_is(p, 1, KW_VALUES) || peek_is(p, 1, KW_SELECT) || peek_is(p, 1, KW_SET)))
		advance(p);
	if (insert_columns_follow(p))
		read_column_names(p, r, SQL_USE_WRITE);
	else if (r)
		r->all_columns = true;
	if (at(p, KW_PARTITION) && peek_is(p, 1, '(')) { /* Impala: behind the columns */
		advance(p);
		read_group(p);
	}
	if (at(p, '[') && peek_is(p, 2, ']')) /* Impala: [SHUFFLE] */
		p->i += 3;
	return r;
}

/* INSERT ALL|FIRST [WHEN c THEN] INTO t (a) VALUES (b) [INTO ...] [ELSE ...] SELECT ... */
static void insert_all(struct reader *p)
{
	advance(p);
	for (;;) {
		if (at(p, KW_WHEN)) {
			advance(p);
			read_expr(p, 0);
			accept(p, KW_THEN);
		} else if (accept(p, KW_ELSE)) {
			;
		} else if (at(p, KW_INTO)) {
			insert_head(p);
			if (at(p, KW_VALUES)) {
				advance(p);
				if (at(p, '('))
					read_group(p);
			}
			if (at(p, KW_LOG) && peek_is(p, 1, KW_ERRORS)) {
				p->i += 2;
				if (accept(p, KW_INTO))
					read_target(p, SQL_INSERT);
				if (at(p, '('))
					skip_group(p);
				if (accept(p, KW_REJECT))
					p->i += 2;
			}
		} else {
			break;
		}
	}
	if (starts_query(tok(p)) || at(p, '('))
		read_query(p);
	else
		partial(p);
}

static void read_insert(struct reader *p)
{
	struct sql_relation *r;
	struct scope s;

	advance(p);
	scope_push(p, &s);
	skip_modifiers(p);
	if (ONE_OF(p, KW_ALL, KW_FIRST) && (peek_is(p, 1, KW_INTO) || peek_is(p, 1, KW_WHEN))) {
		insert_all(p);
		scope_pop(p);
		return;
	}
	if (at(p, KW_OVERWRITE) && (peek_is(p, 1, KW_ALL) || peek_is(p, 1, KW_FIRST))) { /* Snowflake */
		advance(p);
		insert_all(p);
		scope_pop(p);
		return;
	}
	r = insert_head(p);
	scope_source(p, r ? r->name : SLICE_NONE, r);
	insert_source(p, r);
	scope_pop(p);
}

/* ---- UPDATE ---- */

/* Which sources SET assigns to, by the qualifier of each column; a bare column may be any one's. */
static bool assigned(struct reader *p, size_t set, size_t end, struct slice alias)
{
	unsigned depth = 0;
	bool start = true;

	for (size_t i = set; i < end; i++) {
		const struct token *t = tok_at(p, i);

		if (start && is_name(t)) {
			unsigned n = 0;
			struct slice q = SLICE_NONE;

			while (tok_at(p, i + 1)->id == '.' && is_name(tok_at(p, i + 2)) && n++ < NAME_PARTS) {
				q = lex_name(p->text, tok_at(p, i), '\\', p->arena);
				i += 2;
			}
			if (!q.ptr || slice_ieq(q, alias))
				return true;
			start = false;
			continue;
		}
		if (t->id == '(' || t->id == ')')
			depth += t->id == '(' ? 1 : -1u;
		start = depth == 0 && t->id == ',';
	}
	return false;
}

/* T-SQL and Snowflake: UPDATE a SET ... FROM t a JOIN ...: the target may be an alias of FROM, or the same table named again. */
static void target_by_alias(struct reader *p, const struct name *n, uint32_t access)
{
	struct source *s;

	for (s = p->scope->sources; s; s = s->next) {
		if (!s->alias.ptr || !s->relation || !slice_ieq(s->alias, last_part(n)))
			continue;
		if (p->bits & DL_BATCH || p->dialect == SQL_IMPALA ? n->n == 1 || slice_ieq(s->relation->name, last_part(n))
								   : n->n == 1 && !slice_ieq(s->relation->name, last_part(n))) {
			decide(s, access);
			return;
		}
	}
	s = scope_source(p, last_part(n), p->bits & DL_BATCH && scope_is_cte(p, n) ? NULL : add_relation(p, n, access));
	if (s)
		s->decided = true;
}

static void set_list(struct reader *p)
{
	read_expr(p, EX_LIST | EX_ASSIGN);
}

/* FROM, WHERE, RETURNING ... behind SET or the target. */
static void rest_of_dml(struct reader *p)
{
	size_t before = p->i - 1;

	while (p->i != before) {
		before = p->i;
		if (at(p, KW_FROM)) {
			advance(p);
			read_from(p, 0);
		} else if (at(p, KW_USING)) {
			advance(p);
			read_from(p, 0);
		} else if (at(p, KW_ON) && peek_is(p, 1, KW_CLUSTER)) { /* ClickHouse */
			p->i += 3;
		} else if (at(p, KW_WHERE) || (at(p, KW_ORDER) && peek_is(p, 1, KW_BY)) || at(p, KW_LIMIT) || at(p, KW_OPTION) ||
			   at(p, KW_OFFSET) || (at(p, KW_SETTINGS) && p->dialect == SQL_CLICKHOUSE)) {
			size_t i = p->i;

			read_clauses(p);
			if (p->i == i)
				return;
		} else if (at(p, KW_RETURNING) || at(p, KW_OUTPUT) || at(p, KW_RETURN) || at_then_return(p)) {
			accept(p, KW_THEN);
			read_returning(p, NULL);
		} else if (at(p, KW_LOG) && peek_is(p, 1, KW_ERRORS)) {
			p->i += 2;
			if (accept(p, KW_INTO))
				read_target(p, SQL_INSERT);
			if (at(p, '('))
				skip_group(p);
			if (accept(p, KW_REJECT))
				p->i += 2;
		} else if (at(p, KW_BEFORE) && peek_is(p, 1, KW_SYSTEM_TIME)) { /* MariaDB: DELETE HISTORY */
			p->i += 2;
			accept(p, KW_TRANSACTION);
			read_expr(p, 0);
		} else if (at_join(p)) {
			read_joins(p, 0);
		} else {
			return;
		}
	}
}

static size_t count_sources(const struct reader *p)
{
	size_t n = 0;

	for (struct source *s = p->scope->sources; s; s = s->next)
		n++;
	return n;
}

/* UPDATE a SET ... where the name may be an alias of the FROM behind it: at SET then. */
static bool only_a_name(struct reader *p, struct name *n)
{
	size_t back = p->i;

	if (!(p->bits & DL_BATCH) && p->dialect != SQL_SNOWFLAKE && p->dialect != SQL_ANSI && p->dialect != SQL_IMPALA)
		return false;
	if (is_name(tok(p)) && read_relation_name(p, n)) {
		if (at(p, KW_WITH) && peek_is(p, 1, '(')) {
			advance(p);
			skip_group(p);
		}
		if (at(p, KW_SET))
			return true;
	}
	p->i = back;
	return false;
}

static void read_update(struct reader *p)
{
	struct name n = { .n = 0 };
	struct source *last;
	struct scope s;
	size_t set, tables;

	advance(p);
	if (at(p, KW_STATISTICS)) { /* T-SQL: UPDATE STATISTICS t */
		advance(p);
		read_target(p, SQL_ALTER);
		skip_rest(p);
		return;
	}
	skip_modifiers(p);
	scope_push(p, &s);
	if (only_a_name(p, &n)) {
		advance(p);
		set_list(p);
		rest_of_dml(p);
		target_by_alias(p, &n, SQL_UPDATE);
		rest_is_read(p);
		scope_pop(p);
		return;
	}
	p->target = true;
	read_from(p, 0);
	p->target = false;
	tables = count_sources(p);
	if (at(p, KW_FROM)) { /* Teradata: UPDATE t FROM u SET ... */
		for (struct source *src = s.sources; src; src = src->next)
			decide(src, SQL_UPDATE);
		advance(p);
		read_from(p, SQL_READ);
	}
	last = s.sources;
	if (!at(p, KW_SET)) {
		partial(p);
		if (tables == 1)
			decide(s.sources, SQL_UPDATE);
		rest_is_read(p);
		scope_pop(p);
		return;
	}
	advance(p);
	set = p->i;
	set_list(p);
	for (struct source *src = last; src; src = src->next)
		if (tables == 1 || (src->alias.ptr && assigned(p, set, p->i, src->alias)))
			decide(src, SQL_UPDATE);
	rest_of_dml(p);
	rest_is_read(p);
	scope_pop(p);
}

/* ---- DELETE ---- */

enum { TARGETS_MAX = 64 };

static size_t delete_targets(struct reader *p, struct name *v)
{
	size_t n = 0;

	do {
		if (n == TARGETS_MAX) {
			partial(p);
			break;
		}
		if (!read_relation_name(p, &v[n]))
			break;
		if (at(p, '.') && peek_is(p, 1, '*')) /* t.* */
			p->i += 2;
		n++;
	} while (accept(p, ','));
	return n;
}

/* DELETE a, b FROM t a JOIN ...; DELETE FROM a USING t a JOIN ...: at the list of tables. */
static void delete_by_alias(struct reader *p, const struct name *targets, size_t n)
{
	read_from(p, 0);
	for (size_t i = 0; i < n; i++) {
		struct source *s = targets[i].n == 1 ? scope_find(p, targets[i].part[0]) : NULL;

		if (s && s->relation) {
			decide(s, SQL_DELETE);
			continue;
		}
		s = scope_find(p, last_part(&targets[i])); /* DELETE s.t FROM s.t */
		if (s && s->relation && slice_ieq(s->relation->name, last_part(&targets[i])))
			decide(s, SQL_DELETE);
		else if (!s)
			add_relation(p, &targets[i], SQL_DELETE);
	}
}

static void read_delete(struct reader *p)
{
	struct name *targets;
	struct scope s;
	size_t n = 0, back;

	advance(p);
	skip_modifiers(p);
	scope_push(p, &s);
	targets = arena_array(p->arena, TARGETS_MAX, sizeof(*targets));
	if (!targets) {
		partial(p);
		scope_pop(p);
		return;
	}
	if (ONE_OF(p, KW_OPENQUERY, KW_OPENROWSET, KW_OPENDATASOURCE) && peek_is(p, 1, '(')) {
		read_from_item(p, 0);
	} else if (!accept(p, KW_FROM)) {
		n = delete_targets(p, targets);
		if (at(p, KW_OUTPUT))
			read_returning(p, NULL);
		if (at(p, KW_WITH) && peek_is(p, 1, '(')) {
			advance(p);
			skip_group(p);
		}
		if (n && accept(p, KW_FROM)) {
			delete_by_alias(p, targets, n);
		} else if (n == 1) {
			struct sql_relation *r =
				p->bits & DL_BATCH && scope_is_cte(p, &targets[0]) ? NULL : add_relation(p, &targets[0], SQL_DELETE);

			if (is_alias(p))
				scope_source(p, tok_name(p), r), advance(p);
			else
				scope_source(p, last_part(&targets[0]), r);
		} else {
			partial(p);
		}
	} else {
		back = p->i;
		if (!at(p, '(') && !at(p, KW_ONLY))
			n = delete_targets(p, targets);
		if (n && p->bits & (DL_MYSQL | DL_EXECUTABLE) && at(p, KW_USING)) {
			advance(p);
			delete_by_alias(p, targets, n);
		} else if (n == 1 && p->bits & DL_BATCH && (at(p, KW_FROM) || at(p, KW_OUTPUT) || (at(p, KW_WITH) && peek_is(p, 1, '(')))) {
			if (at(p, KW_WITH)) {
				advance(p);
				skip_group(p);
			}
			if (at(p, KW_OUTPUT))
				read_returning(p, NULL);
			if (accept(p, KW_FROM)) {
				delete_by_alias(p, targets, n);
			} else {
				struct sql_relation *r = scope_is_cte(p, &targets[0]) ? NULL : add_relation(p, &targets[0], SQL_DELETE);

				scope_source(p, last_part(&targets[0]), r);
			}
		} else { /* not that form: back to the one table */
			struct source *src;

			p->i = back;
			p->target = !(p->bits & DL_BATCH);
			src = read_from_item(p, 0);
			p->target = false;
			if (src)
				decide(src, SQL_DELETE);
			else
				for (struct source *x = s.sources; x; x = x->next)
					decide(x, SQL_DELETE);
		}
	}
	for (struct source *x = s.sources; x; x = x->next)
		if (x->relation && x->relation->access & SQL_DELETE)
			x->decided = true;
	rest_of_dml(p);
	rest_is_read(p);
	scope_pop(p);
}

/* ---- MERGE ---- */

static void merge_insert(struct reader *p, struct sql_relation *target)
{
	accept(p, KW_INTO);
	if (at(p, '('))
		read_column_names(p, target, SQL_USE_WRITE);
	else if (target)
		target->all_columns = true;
	if (at(p, KW_OVERRIDING))
		p->i += 3;
	if (at(p, KW_VALUES) || at(p, KW_ROW) || at(p, '*') || at(p, KW_DEFAULT)) {
		advance(p);
		accept(p, KW_VALUES);
		if (at(p, '('))
			read_group(p);
	}
	if (at(p, KW_WHERE)) {
		advance(p);
		read_expr(p, 0);
	}
}

static void merge_action(struct reader *p, struct sql_relation *target)
{
	uint32_t access = 0;

	if (accept(p, KW_INSERT)) {
		access = SQL_INSERT;
		merge_insert(p, target);
	} else if (accept(p, KW_UPDATE)) {
		access = SQL_UPDATE;
		accept(p, KW_ALL);
		if (at(p, KW_BY) && peek_is(p, 1, KW_NAME))
			p->i += 2;
		accept(p, KW_SET);
		if (accept(p, '*')) {
			if (at(p, KW_EXCEPT) && peek_is(p, 1, '(')) { /* Databricks: SET * EXCEPT (a) */
				advance(p);
				skip_group(p);
			}
		} else if (!at(p, KW_WHEN)) {
			read_expr(p, EX_LIST | EX_ASSIGN);
		}
		if (accept(p, KW_WHERE))
			read_expr(p, 0);
		if (at(p, KW_DELETE)) { /* Oracle: UPDATE SET ... DELETE WHERE ... */
			access |= SQL_DELETE;
			advance(p);
			if (accept(p, KW_WHERE))
				read_expr(p, 0);
		}
	} else if (accept(p, KW_DELETE)) {
		access = SQL_DELETE;
	} else if (at(p, KW_DO)) {
		p->i += 2; /* DO NOTHING */
	} else if (at(p, KW_ERROR) || at(p, KW_RAISE)) {
		read_expr(p, 0);
	} else {
		partial(p);
		skip_rest(p);
	}
	if (target)
		target->access |= access;
}

static void read_merge(struct reader *p)
{
	struct sql_relation *target = NULL;
	struct source *first;
	struct scope s;

	advance(p);
	skip_modifiers(p);
	accept(p, KW_INTO);
	scope_push(p, &s);
	p->target = !(p->bits & DL_BATCH);
	first = read_from_item(p, 0);
	p->target = false;
	if (first) {
		target = first->relation;
		first->decided = true;
	}
	if (!accept(p, KW_USING)) {
		partial(p);
	} else {
		read_from_item(p, SQL_READ);
		read_joins(p, SQL_READ);
	}
	if (accept(p, KW_ON))
		read_expr(p, 0);
	while (accept(p, KW_WHEN)) {
		SKIP(p, KW_NOT, KW_MATCHED, KW_BY, KW_SOURCE, KW_TARGET);
		if (accept(p, KW_AND) || !at(p, KW_THEN))
			read_expr(p, 0);
		if (!accept(p, KW_THEN))
			partial(p);
		merge_action(p, target);
	}
	if (target && !(target->access & SQL_WRITES))
		target->access |= SQL_UPDATE;
	rest_of_dml(p);
	rest_is_read(p);
	scope_pop(p);
}

bool read_dml(struct reader *p)
{
	switch (tok(p)->id) {
	case KW_REPLACE:
		if (peek_is(p, 1, '('))
			return false;
		if (p->bits & DL_SPARK && (peek_is(p, 1, KW_TABLE) || peek_is(p, 1, KW_VIEW))) {
			read_create(p);
			return true;
		}
		/* fall through */
	case KW_INSERT:
	case KW_UPSERT:
		read_insert(p);
		return true;
	case KW_UPDATE:
		read_update(p);
		return true;
	case KW_DELETE:
		read_delete(p);
		return true;
	case KW_MERGE:
		read_merge(p);
		return true;
	default:
		return false;
	}
}
