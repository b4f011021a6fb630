// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* How a statement ran: by which function, through which cursor, as which COPY. */
#include "event/line.h"

void line_probe(struct json *j, const struct execution *x)
{
	size_t start;

	if (!x->library.len && !x->symbol.len)
		return;
	json_open(j, "probe", '{');
	line_opt(j, "library", x->library, LINE_PATH_MAX);
	line_opt(j, "symbol", x->symbol, 100);
	if (x->nvia) {
		json_open(j, "via", '[');
		start = j->out->len;
		for (size_t i = 0; i < x->nvia && j->out->len - start < 200; i++)
			json_str_max(j, NULL, x->via[i], 64);
		json_close(j, ']');
	}
	json_close(j, '}');
}

void line_cursor(struct json *j, const struct event_cursor *c)
{
	if (!c)
		return;
	json_open(j, "cursor", '{');
	line_opt(j, "name", c->name, LINE_NAME_MAX);
	json_uint(j, "fetches", c->fetches);
	if (c->end)
		json_cstr(j, "end", c->end);
	if (c->declared_in.len) {
		json_str(j, "declared_in", c->declared_in);
		json_uint(j, "all_fetches", c->all_fetches);
		json_uint(j, "all_rows", c->all_rows);
	}
	json_close(j, '}');
}

void line_copy(struct json *j, const struct copy *c)
{
	static const char *const states[] = { "", "running", "done", "failed", "broken_off" };

	if (c->state == COPY_NONE)
		return;
	json_open(j, "copy", '{');
	json_cstr(j, "direction", c->in ? "in" : "out");
	json_cstr(j, "state", states[c->state]);
	if (c->has_bytes)
		json_uint(j, "bytes", c->bytes);
	if (c->has_bytes && c->at_least)
		json_boolean(j, "bytes_at_least", true);
	if (c->rows_at_least)
		json_boolean(j, "rows_at_least", true);
	if (c->given_up)
		json_boolean(j, "given_up", true);
	if (c->again)
		json_boolean(j, "again", true);
	json_close(j, '}');
}
