// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "cli/options.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"

enum { EVERY = USE_RUN | USE_TRACE | USE_REPLAY, VIEW = USE_TRACE | USE_REPLAY };

static int set_str(struct slice *to, const char *v)
{
	*to = slice_cstr(v);
	return to->len ? 0 : -EINVAL;
}

static int set_num(uint64_t *to, const char *v)
{
	return slice_u64(slice_cstr(v), to);
}

static int set_id(uint32_t *to, bool *has, const char *v)
{
	uint64_t n;

	if (slice_u64(slice_cstr(v), &n) || n > UINT32_MAX)
		return -EINVAL;
	*to = (uint32_t)n;
	*has = true;
	return 0;
}

static int opt_config(struct options *o, const char *v)
{
	o->config = v;
	return 0;
}

static int opt_record(struct options *o, const char *v)
{
	o->record = v;
	return 0;
}

static int opt_pid(struct options *o, const char *v)
{
	return set_id(&o->filter.pid, &o->filter.has_pid, v);
}

static int opt_user(struct options *o, const char *v)
{
	return set_str(&o->filter.user, v);
}

static int opt_euid(struct options *o, const char *v)
{
	const struct passwd *pw;

	if (!set_id(&o->filter.euid, &o->filter.has_euid, v))
		return 0;
	pw = getpwnam(v);
	if (!pw)
		return -ENOENT;
	o->filter.euid = pw->pw_uid;
	o->filter.has_euid = true;
	return 0;
}

static int opt_comm(struct options *o, const char *v)
{
	return set_str(&o->filter.comm, v);
}

static int opt_table(struct options *o, const char *v)
{
	return set_str(&o->filter.table, v);
}

static int opt_db(struct options *o, const char *v)
{
	return set_str(&o->filter.db, v);
}

static int opt_lib(struct options *o, const char *v)
{
	return set_str(&o->filter.lib, v);
}

static int opt_min_rows(struct options *o, const char *v)
{
	o->filter.has_min_rows = true;
	return set_num(&o->filter.min_rows, v);
}

static int opt_sensitive(struct options *o, const char *v)
{
	(void)v;
	o->filter.sensitive = true;
	return 0;
}

static int opt_failed(struct options *o, const char *v)
{
	(void)v;
	o->filter.failed = true;
	return 0;
}

static int opt_duration(struct options *o, const char *v)
{
	return set_num(&o->duration_s, v) || !o->duration_s ? -EINVAL : 0;
}

static int opt_count(struct options *o, const char *v)
{
	return set_num(&o->count, v) || !o->count ? -EINVAL : 0;
}

static int opt_output(struct options *o, const char *v)
{
	o->output_set = true;
	if (!strcmp(v, "json"))
		o->output = OUTPUT_JSON;
	else if (!strcmp(v, "pretty"))
		o->output = OUTPUT_PRETTY;
	else
		return -EINVAL;
	return 0;
}

static int opt_json(struct options *o, const char *v)
{
	(void)v;
	return opt_output(o, "json");
}

static int opt_quiet(struct options *o, const char *v)
{
	(void)v;
	o->quiet = true;
	return 0;
}

static int opt_verbose(struct options *o, const char *v)
{
	(void)v;
	o->verbose = true;
	return 0;
}

static int opt_help(struct options *o, const char *v)
{
	(void)v;
	o->help = true;
	return 0;
}

struct option_row {
	const char *shortopt, *longopt;
	const char *arg; /* NULL: none */
	unsigned use;
	int (*set)(struct options *o, const char *v);
	const char *help;
};

static const struct option_row rows[] = {
	{ "-c", "--config", "FILE", USE_RUN | USE_REPLAY, opt_config, "configuration (default /etc/qprov/qprov.yaml; none: every query)" },
	{ NULL, "--config", "FILE", USE_TRACE, opt_config, "configuration: what is sensitive (default as for run)" },
	{ NULL, "--record", "FILE", USE_RUN | USE_TRACE, opt_record, "keep the raw records too (a new file; unmasked SQL, no passwords)" },
	{ "-p", "--pid", "PID", VIEW, opt_pid, "only this process" },
	{ "-u", "--user", "USER", VIEW, opt_user, "only this human: login name, loginuid, or 'unset'" },
	{ NULL, "--euid", "USER", VIEW, opt_euid, "only this effective user" },
	{ "-c", "--comm", "COMM", USE_TRACE, opt_comm, "only processes of this name (glob)" },
	{ NULL, "--comm", "COMM", USE_REPLAY, opt_comm, "only processes of this name (glob)" },
	{ NULL, "--table", "GLOB", VIEW, opt_table, "only statements on such a table: name or schema.name" },
	{ NULL, "--db", "GLOB", VIEW, opt_db, "only this database system or catalog" },
	{ NULL, "--lib", "NAME", VIEW, opt_lib, "only calls of this library (part of its path)" },
	{ NULL, "--min-rows", "N", VIEW, opt_min_rows, "only when at least N rows came back" },
	{ NULL, "--sensitive", NULL, VIEW, opt_sensitive, "only what the policy alerts on or logs" },
	{ "-x", "--failed", NULL, VIEW, opt_failed, "only statements that failed" },
	{ "-d", "--duration", "SECONDS", USE_RUN | USE_TRACE, opt_duration, "end after so long" },
	{ "-n", "--count", "COUNT", VIEW, opt_count, "end after so many events" },
	{ "-o", "--output", "FORMAT", VIEW, opt_output, "pretty or json" },
	{ NULL, "--json", NULL, VIEW, opt_json, "the same as -o json" },
	{ "-q", "--quiet", NULL, EVERY, opt_quiet, "log errors only" },
	{ "-v", "--verbose", NULL, EVERY, opt_verbose, "log more" },
	{ "-h", "--help", NULL, EVERY, opt_help, "this text" },
};

static const struct option_row *find_row(const char *name, size_t len, enum option_use use)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct option_row *r = &rows[i];

		if (!(r->use & use))
			continue;
		if ((r->shortopt && strlen(r->shortopt) == len && !strncmp(r->shortopt, name, len)) ||
		    (strlen(r->longopt) == len && !strncmp(r->longopt, name, len)))
			return r;
	}
	return NULL;
}

/* One option at argv[*i]; steps *i over a separate value. */
static int parse_one(char **argv, int argc, int *i, enum option_use use, struct options *o)
{
	const char *word = argv[*i];
	const char *eq = word[1] == '-' ? strchr(word, '=') : NULL;
	const struct option_row *r = find_row(word, eq ? (size_t)(eq - word) : strlen(word), use);
	const char *v = eq ? eq + 1 : NULL;

	if (!r) {
		log_error("unknown option %s; --help lists them", slice_quote(slice_cstr(word)));
		return -EINVAL;
	}
	if (!r->arg && v) {
		log_error("%s takes no value", r->longopt);
		return -EINVAL;
	}
	if (r->arg && !v) {
		if (*i + 1 >= argc) {
			log_error("%s needs a value: %s", word, r->arg);
			return -EINVAL;
		}
		v = argv[++*i];
	}
	if (r->set(o, v)) {
		log_error("%s: %s is not a valid %s (%s)", r->longopt, slice_quote(slice_cstr(v)), r->arg, r->help);
		return -EINVAL;
	}
	return 0;
}

int options_parse(int argc, char **argv, enum option_use use, struct options *ret)
{
	struct options o = { 0 };

	for (int i = 1; i < argc; i++) {
		if (argv[i][0] == '-' && argv[i][1]) {
			int r = parse_one(argv, argc, &i, use, &o);

			if (r)
				return r;
		} else if (use == USE_REPLAY && !o.file) {
			o.file = argv[i];
		} else {
			log_error("unexpected argument %s; --help shows the usage", slice_quote(slice_cstr(argv[i])));
			return -EINVAL;
		}
	}
	if (use == USE_REPLAY && !o.file && !o.help) {
		log_error("replay needs a recorded file; 'qprov run --record FILE' makes one");
		return -EINVAL;
	}
	log_set_level(o.quiet ? LOG_LEVEL_ERROR : o.verbose ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO);
	*ret = o;
	return 0;
}

void options_help(enum option_use use)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct option_row *r = &rows[i];
		char left[40];

		if (!(r->use & use))
			continue;
		snprintf(left, sizeof(left), "%s%s%s%s%s", r->shortopt ? r->shortopt : "  ", r->shortopt ? ", " : "  ", r->longopt,
			 r->arg ? " " : "", r->arg ? r->arg : "");
		printf("  %-24s %s\n", left, r->help);
	}
}
