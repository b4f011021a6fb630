// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * The redactor over foreign bytes. What is marked once is marked again when it was overwritten, or is a '*' already; and no table that the
 * SQL reader found disappears, unless the statement then counts as not understood.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "redact/redact.h"

static bool found(const struct sql_result *r, struct slice name)
{
	for (size_t s = 0; s < r->nstatements; s++)
		for (size_t i = 0; i < r->statements[s].nrelations; i++)
			if (slice_eq(r->statements[s].relations[i].name, name))
				return true;
	return false;
}

static bool has_quotes(struct slice s)
{
	return s.len && (memchr(s.ptr, '\'', s.len) || memchr(s.ptr, '"', s.len));
}

static void check_tables(const struct sql_result *before, const struct sql_result *after)
{
	if (after->certainty != SQL_PARSED || before->certainty != SQL_PARSED)
		return;
	for (size_t s = 0; s < before->nstatements; s++)
		for (size_t i = 0; i < before->statements[s].nrelations; i++) {
			const struct sql_relation *rel = &before->statements[s].relations[i];

			/* A string in the place of a name, with quotes in it, is read as a statement, and may hold a secret. */
			if (has_quotes(rel->name))
				continue;
			if (rel->via <= SQL_VIA_DYNAMIC && !found(after, rel->name))
				abort();
		}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = { (const char *)data, size };
	const struct sql_result *before, *after;
	struct sql_options o = { .dialect = SQL_ANSI };
	unsigned char *hide;
	struct arena arena;
	char *copy;

	if (size > 20000)
		return 0;
	arena_init(&arena, 256u << 20);
	hide = arena_alloc(&arena, size + 1);
	copy = arena_alloc(&arena, size + 1);
	if (!hide || !copy)
		abort();
	if (size)
		memcpy(copy, data, size);
	redact_mark_args(text, hide, &arena);
	redact_fill(copy, size, hide);
	for (size_t i = 0; i < size; i++)
		if (hide[i] && copy[i] && copy[i] != '*' && copy[i] != '\'')
			abort();
	if (size)
		o.dialect = (enum sql_dialect)(data[0] % SQL_DIALECTS);
	if (sql_analyze(&o, text, &arena, &before) == 0 && sql_analyze(&o, redact_sql(o.dialect, text, &arena), &arena, &after) == 0)
		check_tables(before, after);
	arena_done(&arena);
	return 0;
}
