// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* rules[].when, and the other conditions of a rule. */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "config/schema.h"

enum { COMM_MAX = 15 };

static int set_user(struct load *l, const struct yaml *n, void *target)
{
	struct config_rule *r = target;

	return value_texts(l, n, "a user name or a pattern of them, or unset", &r->user);
}

static int check_uid(struct load *l, const struct yaml *n)
{
	uint64_t v;

	if (slice_u64(n->text, &v) == 0 && v < UINT32_MAX)
		return 0;
	if (slice_eq(n->text, SLICE("4294967295")))
		return yaml_fail(&l->f, n, "4294967295 is no user; give user: unset where nobody has logged in");
	return yaml_fail(&l->f, n, "%s is not a uid; give a decimal number (names go into user:)", slice_quote(n->text));
}

/* Globs on an absolute path: anything else could never match, and the rule would silently do nothing. */
static int check_exe(struct load *l, const struct yaml *n)
{
	if (n->text.ptr[0] == '/' || n->text.ptr[0] == '*' || n->text.ptr[0] == '?')
		return 0;
	return yaml_fail(&l->f, n, "%s is not an absolute path; give the whole path, or a pattern such as */NAME", slice_quote(n->text));
}

static int check_comm(struct load *l, const struct yaml *n)
{
	size_t least = 0;

	for (size_t i = 0; i < n->text.len; i++)
		least += n->text.ptr[i] != '*';
	if (least <= COMM_MAX)
		return 0;
	return yaml_fail(&l->f, n, "%s can never match; the kernel keeps %d bytes of a command name, give those, or use exe",
			 slice_quote(n->text), COMM_MAX);
}

static int check_tables(struct load *l, const struct yaml *n)
{
	return schema_check_pattern(l, n, n->text);
}

static int read_checked(struct load *l, const struct yaml *n, const char *wanted, int (*check)(struct load *, const struct yaml *),
			struct config_strings *ret)
{
	int err = value_texts(l, n, wanted, ret);

	for (const struct yaml *i = n->kind == YAML_LIST ? n->first : n; i && !err; i = n->kind == YAML_LIST ? i->next : NULL)
		err = check(l, i);
	return err;
}

static int set_uid(struct load *l, const struct yaml *n, void *target)
{
	struct config_rule *r = target;

	return read_checked(l, n, "a decimal uid", check_uid, &r->uid);
}

static int set_exe(struct load *l, const struct yaml *n, void *target)
{
	struct config_rule *r = target;

	return read_checked(l, n, "an executable's path, or a pattern of them", check_exe, &r->exe);
}

static int set_comm(struct load *l, const struct yaml *n, void *target)
{
	struct config_rule *r = target;

	return read_checked(l, n, "a command name, or a pattern of them", check_comm, &r->comm);
}

static int set_group(struct load *l, const struct yaml *n, void *target)
{
	struct config_rule *r = target;

	l->c->asks_groups = true;
	return value_texts(l, n, "a group's name, or a pattern of them", &r->group);
}

/* As exe; without any slash it is the name of a module. */
static int check_script(struct load *l, const struct yaml *n)
{
	if (n->text.ptr[0] == '/' || n->text.ptr[0] == '*' || n->text.ptr[0] == '?' || !memchr(n->text.ptr, '/', n->text.len))
		return 0;
	return yaml_fail(&l->f, n, "%s is not an absolute path; give the whole path, a pattern such as */NAME, or a module's name",
			 slice_quote(n->text));
}

static int set_script(struct load *l, const struct yaml *n, void *target)
{
	struct config_rule *r = target;

	return read_checked(l, n, "a script's path, or a pattern of them", check_script, &r->script);
}

static int set_tables(struct load *l, const struct yaml *n, void *target)
{
	struct config_rule *r = target;

	return read_checked(l, n, "a table or a pattern of them", check_tables, &r->tables);
}

static int set_functions(struct load *l, const struct yaml *n, void *target)
{
	struct config_rule *r = target;

	return read_checked(l, n, "a function or a pattern of them", check_tables, &r->functions);
}

static int set_files(struct load *l, const struct yaml *n, void *target)
{
	struct config_rule *r = target;

	return value_texts(l, n, "a path or a pattern of them", &r->files);
}

static int set_subjects(struct load *l, const struct yaml *n, void *target)
{
	struct config_rule *r = target;

	return value_texts(l, n, "a label of protected people, or *", &r->subjects);
}

static int set_database(struct load *l, const struct yaml *n, void *target)
{
	struct config_rule *r = target;

	return value_texts(l, n, "a database or a pattern of them", &r->database);
}

static int set_server(struct load *l, const struct yaml *n, void *target)
{
	struct config_rule *r = target;

	return value_texts(l, n, "a server's name, address or address:port, or a pattern of them", &r->server);
}

static int set_role(struct load *l, const struct yaml *n, void *target)
{
	struct config_rule *r = target;

	return value_texts(l, n, "a role or a pattern of them", &r->role);
}

static int set_words(struct load *l, const struct yaml *n, const struct config_word *words, const char *wanted, unsigned *ret)
{
	struct config_strings unused;
	unsigned all = 0;
	int err = value_texts(l, n, wanted, &unused);

	for (const struct yaml *i = n->kind == YAML_LIST ? n->first : n; i && !err; i = n->kind == YAML_LIST ? i->next : NULL) {
		unsigned one;

		err = value_word(l, i, words, &one);
		all |= err ? 0 : one;
	}
	if (!err)
		*ret = all;
	return err;
}

/* The words of process.entry_leader.entry_meta.type in events. */
static const struct config_word sessions[] = {
	{ "sshd", 1 << REC_WAY_SSH },
	{ "console", 1 << REC_WAY_CONSOLE },
	{ "display", 1 << REC_WAY_DISPLAY },
	{ "cron", 1 << REC_WAY_CRON },
	{ "at", 1 << REC_WAY_AT },
	{ "unit", 1 << REC_WAY_UNIT },
	{ "container", 1 << REC_WAY_CONTAINER },
	{ "sudo", 1 << REC_WAY_SUDO },
	{ "machinectl", 1 << REC_WAY_MACHINECTL },
	{ "multiplexer", 1 << REC_WAY_MULTIPLEXER },
	{ NULL, 0 },
};

const char *config_session_name(unsigned way)
{
	for (const struct config_word *w = sessions; w->name; w++)
		if (w->value == 1u << way)
			return w->name;
	return NULL;
}

static int set_session(struct load *l, const struct yaml *n, void *target)
{
	struct config_rule *r = target;

	return set_words(l, n, sessions, "a way in, such as sshd", &r->sessions);
}

static int set_operations(struct load *l, const struct yaml *n, void *target)
{
	static const struct config_word words[] = {
		{ "read", CONFIG_OP_READ },
		{ "write", CONFIG_OP_WRITE },
		{ "insert", CONFIG_OP_INSERT },
		{ "update", CONFIG_OP_UPDATE },
		{ "delete", CONFIG_OP_DELETE },
		{ "truncate", CONFIG_OP_TRUNCATE },
		{ "create", CONFIG_OP_CREATE },
		{ "alter", CONFIG_OP_ALTER },
		{ "drop", CONFIG_OP_DROP },
		{ "lock", CONFIG_OP_LOCK },
		{ "copy_out", CONFIG_OP_COPY_OUT },
		{ "copy_in", CONFIG_OP_COPY_IN },
		{ NULL, 0 },
	};
	struct config_rule *r = target;

	return set_words(l, n, words, "an operation, such as read", &r->operations);
}

static int set_min_rows(struct load *l, const struct yaml *n, void *target)
{
	struct config_rule *r = target;

	r->has_min_rows = true;
	return value_number(l, n, 1, UINT64_MAX, &r->min_rows);
}

static int set_max_rows(struct load *l, const struct yaml *n, void *target)
{
	struct config_rule *r = target;

	r->has_max_rows = true;
	return value_number(l, n, 0, UINT64_MAX, &r->max_rows);
}

static int set_star(struct load *l, const struct yaml *n, void *target)
{
	struct config_rule *r = target;

	r->has_star = true;
	return value_bool(l, n, &r->star);
}

static int set_export(struct load *l, const struct yaml *n, void *target)
{
	struct config_rule *r = target;

	r->has_export = true;
	return value_bool(l, n, &r->export);
}

/* "08:00" at the start of s: minutes of the day, 24:00 included. */
static bool read_clock(struct slice s, unsigned *ret)
{
	uint64_t h, m;

	if (s.len != 5 || s.ptr[2] != ':' || slice_u64(slice_head(s, 2), &h) || slice_u64(slice_skip(s, 3), &m) || m > 59 ||
	    h * 60 + m > 24 * 60)
		return false;
	*ret = (unsigned)(h * 60 + m);
	return true;
}

static int set_hours(struct load *l, const struct yaml *n, void *target)
{
	struct config_rule *r = target;
	struct slice s = n->kind == YAML_SCALAR ? n->text : SLICE_NONE;

	if (s.len != 11 || s.ptr[5] != '-' || !read_clock(slice_head(s, 5), &r->hours_from) ||
	    !read_clock(slice_skip(s, 6), &r->hours_to) || r->hours_from == r->hours_to)
		return yaml_fail(&l->f, n,
				 "%s is no span of the day; give one such as \"08:00-18:00\" (UTC; \"22:00-06:00\" goes over midnight)",
				 s.ptr ? slice_quote(s) : yaml_kind_name(n));
	r->has_hours = true;
	return 0;
}

static int set_days(struct load *l, const struct yaml *n, void *target)
{
	static const struct config_word words[] = { { "mon", 1 },  { "tue", 2 },  { "wed", 4 },       { "thu", 8 },      { "fri", 16 },
						    { "sat", 32 }, { "sun", 64 }, { "weekdays", 31 }, { "weekend", 96 }, { NULL, 0 } };
	struct config_rule *r = target;

	return set_words(l, n, words, "a day, such as mon", &r->days);
}

/* Days since 1970-01-01 of a date of the Gregorian calendar (Howard Hinnant, "chrono-compatible low-level date algorithms"). */
static int64_t days_from_civil(int64_t y, unsigned m, unsigned d)
{
	int64_t era;
	unsigned yoe, doy;

	y -= m <= 2;
	era = y / 400;
	yoe = (unsigned)(y - era * 400);
	doy = (153 * (m > 2 ? m - 3 : m + 9) + 2) / 5 + d - 1;
	return era * 146097 + (int64_t)(yoe * 365 + yoe / 4 - yoe / 100 + doy) - 719468;
}

int schema_day(struct load *l, const struct yaml *n, int64_t *ret)
{
	static const unsigned char length[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	struct slice s = n->kind == YAML_SCALAR ? n->text : SLICE_NONE;
	uint64_t y, m, d;

	if (s.len != 10 || s.ptr[4] != '-' || s.ptr[7] != '-' || slice_u64(slice_head(s, 4), &y) ||
	    slice_u64(slice_mem(s.ptr + 5, 2), &m) || slice_u64(slice_skip(s, 8), &d) || y < 1970 || m < 1 || m > 12 || d < 1 ||
	    d > length[m - 1] || (m == 2 && d == 29 && (y % 4 || (y % 100 == 0 && y % 400))))
		return yaml_fail(&l->f, n, "%s is no date; give the last day on which the rule holds, such as 2027-03-31",
				 s.ptr ? slice_quote(s) : yaml_kind_name(n));
	*ret = (days_from_civil((int64_t)y, (unsigned)m, (unsigned)d) + 1) * 86400 - 1;
	return 0;
}

static const struct config_key when_keys[] = {
	{ "user", set_user, false },
	{ "uid", set_uid, false },
	{ "exe", set_exe, false },
	{ "comm", set_comm, false },
	{ "group", set_group, false },
	{ "script", set_script, false },
	{ "session", set_session, false },
	{ "tables", set_tables, false },
	{ "functions", set_functions, false },
	{ "files", set_files, false },
	{ "subjects", set_subjects, false },
	{ "operations", set_operations, false },
	{ "star", set_star, false },
	{ "export", set_export, false },
	{ "min_rows", set_min_rows, false },
	{ "max_rows", set_max_rows, false },
	{ "database", set_database, false },
	{ "server", set_server, false },
	{ "role", set_role, false },
	{ "hours", set_hours, false },
	{ "days", set_days, false },
	{ NULL, NULL, false },
};

int schema_when(struct load *l, const struct yaml *n, void *target)
{
	int err = value_map(l, n, when_keys, target, "when");

	if (!err && n->count == 0)
		return yaml_fail(
			&l->f, n,
			"empty; give user, group, exe, tables or another condition, or leave when out for a rule that always matches");
	return err;
}
