// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "evidence/summary.h"

#include "event/line.h"

#define SUBJECTS_SHOWN 20

struct draft {
	struct json j;
	struct buf b;
	const struct repetition *repetition;
	unsigned subjects; /* written */
	unsigned left_out;
	char bytes[EVENT_LINE_MAX];
};

static void begin(struct draft *d, const struct event_context *ctx, uint64_t ts_ns, struct line_kind kind, unsigned severity,
		  struct slice message)
{
	struct line_head h = { .kind = kind, .ts_ns = ts_ns, .severity = severity, .message = message };

	h.id = h.sequence = *ctx->sequence + 1;
	line_buf(&d->b, d->bytes, sizeof(d->bytes) - 2); /* the newline, and "below" */
	json_init(&d->j, &d->b);
	line_begin(&d->j, ctx, &h, NULL);
}

static unsigned end(struct draft *d, const struct event_context *ctx, struct buf *out)
{
	json_close(&d->j, '}');
	json_close(&d->j, '}');
	return line_end(&d->b, ctx, out);
}

static void add_person(const struct repetition_entry *e, struct buf *out)
{
	if (!e->human)
		buf_adds(out, "unknown human (");
	if (e->name.len) {
		buf_add(out, line_cut(e->name, REPETITION_NAME_MAX));
	} else {
		buf_adds(out, "uid ");
		buf_addu(out, e->uid);
	}
	if (!e->human)
		buf_addc(out, ')');
}

static void add_count(struct buf *out, uint64_t n, const char *one, const char *many)
{
	buf_addu(out, n);
	buf_adds(out, n == 1 ? one : many);
}

/* "slow drip: alice, public.user_ip_log: 312 queries, 4120 rows, 2 protected people in 120 days" */
static void add_sentence(const struct repetition_entry *e, const struct config_threshold *t, const struct repetition_window *w,
			 struct buf *out)
{
	if (t) {
		buf_add(out, line_cut(t->name, 64));
		buf_adds(out, ": ");
	}
	add_person(e, out);
	buf_adds(out, ", ");
	buf_add(out, line_cut(e->table, 100));
	if (e->subject.len) {
		buf_adds(out, ", about ");
		buf_add(out, line_cut(e->subject, REPETITION_NAME_MAX));
	}
	buf_adds(out, ": ");
	add_count(out, w ? w->queries : e->period_queries, " query, ", " queries, ");
	add_count(out, w ? w->rows : e->period_rows, " row", " rows");
	if (w && w->subjects) {
		buf_adds(out, w->subjects_estimated ? ", about " : ", ");
		add_count(out, w->subjects, " protected person", " protected people");
	}
	if (t) {
		buf_adds(out, " in ");
		add_count(out, t->hours ? t->hours : t->days, t->hours ? " hour" : " day", t->hours ? " hours" : " days");
	} else {
		buf_adds(out, " since the last summary; ");
		add_count(out, e->queries, " query in all", " queries in all");
	}
}

static void write_times(struct json *j, const struct repetition_entry *e)
{
	json_time(j, "first_seen", e->first_ns);
	json_time(j, "last_seen", e->last_ns);
}

static void write_subject(void *ctx, const struct repetition_entry *e, const struct config_threshold *t, const struct repetition_window *w)
{
	struct draft *d = ctx;

	(void)t;
	(void)w;
	if (d->subjects == SUBJECTS_SHOWN) {
		d->left_out++;
		return;
	}
	if (d->subjects++ == 0)
		json_open(&d->j, "subjects", '[');
	json_open(&d->j, NULL, '{');
	json_str_max(&d->j, "id", e->subject, REPETITION_NAME_MAX * 2);
	json_uint(&d->j, "queries", e->queries);
	json_uint(&d->j, "rows", e->rows);
	write_times(&d->j, e);
	json_close(&d->j, '}');
}

static void write_subjects(struct draft *d, const struct repetition_entry *e)
{
	if (e->subject.len) {
		write_subject(d, e, NULL, NULL);
		json_close(&d->j, ']');
		return;
	}
	if (!e->subjects)
		return;
	json_uint(&d->j, "subjects_distinct", e->subjects);
	if (e->subjects_estimated)
		json_boolean(&d->j, "subjects_estimated", true);
	repetition_subjects(d->repetition, e, write_subject, d);
	if (d->subjects)
		json_close(&d->j, ']');
	if (d->left_out)
		json_boolean(&d->j, "subjects_truncated", true);
}

static void write_window(struct json *j, const struct config_threshold *t, const struct repetition_window *w)
{
	json_open(j, "window", '{');
	json_uint(j, t->hours ? "hours" : "days", t->hours ? t->hours : t->days);
	json_uint(j, "queries", w->queries);
	json_uint(j, "rows", w->rows);
	json_uint(j, "subjects", w->subjects);
	if (w->subjects_estimated)
		json_boolean(j, "subjects_estimated", true);
	json_close(j, '}');
	json_open(j, "threshold", '{');
	if (t->queries)
		json_uint(j, "queries", t->queries);
	if (t->rows)
		json_uint(j, "rows", t->rows);
	if (t->subjects)
		json_uint(j, "subjects", t->subjects);
	json_cstr(j, "per", t->per_subject ? "subject" : "table");
	json_close(j, '}');
}

static void write_person(struct json *j, const struct repetition_entry *e)
{
	if (!e->human)
		return;
	json_open(j, "user", '{');
	json_id(j, "id", e->uid);
	line_opt(j, "name", e->name, REPETITION_NAME_MAX * 2);
	json_close(j, '}');
}

static void write_rule(struct json *j, const struct config_threshold *t)
{
	json_open(j, "rule", '{');
	line_opt(j, "name", t->name, LINE_NAME_MAX);
	line_opt(j, "ruleset", t->file, 200);
	json_close(j, '}');
}

unsigned summary_line(const struct event_context *ctx, uint64_t ts_ns, const struct repetition *r, const struct repetition_entry *e,
		      const struct config_threshold *t, const struct repetition_window *w, struct buf *out)
{
	struct line_kind kind = { t ? "alert" : "metric", "database", "info", t ? "threshold" : "summary", NULL, "qprov.summary" };
	struct draft d = { .repetition = r };
	char bytes[LINE_MESSAGE_MAX * 2];
	struct buf message;

	line_buf(&message, bytes, sizeof(bytes));
	add_sentence(e, t, w, &message);
	begin(&d, ctx, ts_ns, kind, t ? t->severity : 0, buf_slice(&message));
	write_person(&d.j, e);
	if (t)
		write_rule(&d.j, t);
	json_open(&d.j, "qprov", '{');
	json_cstr(&d.j, "schema", EVENT_SCHEMA);
	json_open(&d.j, "summary", '{');
	if (!e->human)
		json_id(&d.j, "uid", e->uid);
	line_opt(&d.j, "system", e->system, REPETITION_NAME_MAX * 2);
	json_str_max(&d.j, "table", e->table, REPETITION_TABLE_MAX * 2);
	json_uint(&d.j, "queries", e->queries);
	json_uint(&d.j, "rows", e->rows);
	write_times(&d.j, e);
	if (!t) {
		json_open(&d.j, "period", '{');
		json_uint(&d.j, "queries", e->period_queries);
		json_uint(&d.j, "rows", e->period_rows);
		json_close(&d.j, '}');
	} else {
		write_window(&d.j, t, w);
	}
	write_subjects(&d, e);
	json_close(&d.j, '}');
	return end(&d, ctx, out);
}

unsigned summary_state(const struct event_context *ctx, uint64_t ts_ns, const char *what, bool lost, struct slice file, struct slice why,
		       struct buf *out)
{
	struct line_kind kind = { "event", "host", lost ? "error" : "info", lost ? "state_lost" : "state_behind", NULL, "qprov.summary" };
	char bytes[LINE_MESSAGE_MAX];
	struct buf message;
	struct draft d = { 0 };

	line_buf(&message, bytes, sizeof(bytes));
	buf_adds(&message, what);
	buf_adds(&message, lost ? " begins anew: " : " goes on from an older state: ");
	buf_add(&message, line_cut(why, 128));
	begin(&d, ctx, ts_ns, kind, 0, buf_slice(&message));
	json_open(&d.j, "qprov", '{');
	json_cstr(&d.j, "schema", EVENT_SCHEMA);
	json_open(&d.j, "state", '{');
	line_opt(&d.j, "file", file, LINE_PATH_MAX);
	line_opt(&d.j, "error", why, 256);
	json_close(&d.j, '}');
	return end(&d, ctx, out);
}
