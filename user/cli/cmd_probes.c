// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* qprov probes: which client libraries are here, where their probes would go, and what is missing. Attaches nothing. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "attach/engine.h"
#include "base/log.h"
#include "base/op.h"
#include "cli/canary.h"
#include "cli/cli.h"
#include "cli/probes_try.h"
#include "cli/uncovered.h"
#include "event/json.h"

struct view {
	bool json;
	unsigned libraries;
	struct buf line;
};

static void usage(FILE *to)
{
	fputs("usage: qprov probes [--json] [--try] [-c FILE] [FILE...]\n\n"
	      "Lists the client libraries in use or installed (or in the given files), and for each hooked function\n"
	      "the place of its probe: entry or entry+N, the instruction there, whether the kernel emulates it (cheap)\n"
	      "or single-steps it (dear), and what is read. Attaches nothing; without root it sees what you may see.\n"
	      "As root, without FILE, it also names processes that hold a connection to a database, or a database file,\n"
	      "and map no such library.\n\n"
	      "  --json    one object a line\n"
	      "  --try     attach for a moment, call each function that takes a harmless call, and tell which probes fired\n"
	      "  -c FILE   look for the libraries under probes: of this configuration, too\n",
	      to);
}

static unsigned fields_wanted(const struct client_row *r)
{
	unsigned mask = 0;

	for (unsigned i = 0; i < REC_FIELDS; i++)
		mask |= r->fields[i] ? 1u << i : 0;
	return mask;
}

/* What the row wants to read from private structures and this file does not give away. */
static bool offsets_unknown(const struct plan_site *s)
{
	if ((fields_wanted(s->row) & ~(unsigned)s->fields_known) || (s->row->name_acc && s->spec.name_arg < 0))
		return true;
	return (s->row->text_acc || s->row->flags & ROW_OBJECT) && s->spec.text == PROBE_TEXT_NONE;
}

static void json_site(struct json *j, const struct plan_site *s)
{
	json_open(j, NULL, '{');
	json_cstr(j, "symbol", (s->row->label ? s->row->label : s->row->symbol));
	json_cstr(j, "operation", op_name(s->row->op));
	json_uint(j, "offset", s->prologue.offset);
	json_cstr(j, "instruction", s->prologue.insn);
	json_boolean(j, "emulated", s->prologue.cheap);
	json_boolean(j, "offsets_known", !offsets_unknown(s));
	json_close(j, '}');
}

static void print_json(struct view *v, struct slice path, const struct plan *p)
{
	struct json j;

	buf_clear(&v->line);
	json_init(&j, &v->line);
	json_open(&j, NULL, '{');
	json_str(&j, "path", path);
	json_cstr(&j, "family", p->name);
	json_boolean(&j, "canary", canary_may_try(slice_cstr(p->name), path));
	json_open(&j, "functions", '[');
	for (size_t i = 0; i < p->nsites; i++)
		json_site(&j, &p->sites[i]);
	json_close(&j, ']');
	json_cstr(&j, "missing", p->missing);
	json_close(&j, '}');
	buf_addc(&v->line, '\n');
	if (!v->line.err)
		fwrite(v->line.ptr, 1, v->line.len, stdout);
}

static void print_text(struct slice path, const struct plan *p)
{
	printf("%s  %s: %zu functions%s\n", p->name, slice_quote(path), p->nsites,
	       canary_may_try(slice_cstr(p->name), path) ? ", tried by a canary when the agent attaches them" : "");
	for (size_t i = 0; i < p->nsites; i++) {
		const struct plan_site *s = &p->sites[i];
		char place[24] = "entry";

		if (s->prologue.offset)
			snprintf(place, sizeof(place), "entry+%u", s->prologue.offset);
		printf("  %-30s %-8s %-9s %-8s %s%s\n", (s->row->label ? s->row->label : s->row->symbol), op_name(s->row->op), place,
		       s->prologue.insn, s->prologue.cheap ? "cheap" : "dear", offsets_unknown(s) ? "  offsets unknown" : "");
	}
	if (p->missing[0])
		printf("  missing: %s\n", p->missing);
}

static void show(void *ctx, struct slice path, const struct plan *p)
{
	struct view *v = ctx;

	v->libraries++;
	if (v->json)
		print_json(v, path, p);
	else
		print_text(path, p);
}

/* What cannot be hooked is a result of this command too; missing symbols were shown with their library. */
static int on_record(void *ctx, struct slice record)
{
	const struct view *v = ctx;
	struct rec_coverage c;
	struct slice reason, path;

	if (record.len < sizeof(c))
		return 0;
	memcpy(&c, record.ptr, sizeof(c));
	if (c.hdr.type != REC_COVERAGE || c.symbols_len)
		return 0;
	reason = slice_head(slice_skip(record, sizeof(c)), c.reason_len);
	path = slice_head(slice_skip(record, sizeof(c) + c.reason_len), c.path_len);
	if (!v->json)
		printf("not hooked  %s: %s\n", slice_quote(path), slice_quote(reason));
	return 0;
}

static int look(struct attach *a, int n, char **files)
{
	int failed = 0, err;

	if (n == 0) {
		err = attach_scan(a);
		if (err < 0)
			log_error("cannot look through /proc: %s", strerror(-err));
		return err < 0 ? EXIT_DENIED : EXIT_FINE;
	}
	for (int i = 0; i < n; i++) {
		err = attach_path(a, files[i]);
		if (err < 0) {
			log_error("%s: %s", slice_quote(slice_cstr(files[i])), strerror(-err));
			failed = EXIT_FINDINGS;
		} else if (err == 0) {
			log_info("%s: no client library, or the same file as before", slice_quote(slice_cstr(files[i])));
		}
	}
	return failed;
}

int cmd_probes(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' }, { "try", no_argument, NULL, 't' }, { "help", no_argument, NULL, 'h' }, { 0 }
	};
	struct attach_options ao = { .dry_run = true };
	struct config_error cerr;
	struct config *config = NULL;
	struct view v = { 0 };
	struct attach *a = NULL;
	bool try = false;
	int c, err;

	optind = 1;
	while ((c = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
		if (c == 'c' && !config && config_load(optarg, &config, &cerr)) {
			log_error("%s", cerr.text);
			return EXIT_USAGE;
		}
		if (c == 'c')
			continue;
		if (c == 'j') {
			v.json = true;
			continue;
		}
		if (c == 't') {
			try = true;
			continue;
		}
		usage(c == 'h' ? stdout : stderr);
		config_free(config);
		return c == 'h' ? EXIT_FINE : EXIT_USAGE;
	}
	if (try) {
		err = probes_try(config, argc - optind, argv + optind, v.json);
		config_free(config);
		return err;
	}
	ao.config = config;
	err = attach_new(NULL, &ao, on_record, &v, &a);
	config_free(config);
	if (err) {
		log_error("probes: %s", strerror(-err));
		return EXIT_DENIED;
	}
	buf_init(&v.line, 1u << 20);
	attach_observe(a, show, &v);
	err = look(a, argc - optind, argv + optind);
	if (!v.json && !err && !v.libraries)
		puts("no client library found");
	if (!err && argc == optind && geteuid() == 0) {
		int r = uncovered_print(a, v.json);

		if (r < 0)
			log_warn("connections that pass by the libraries cannot be told: %s", strerror(-r));
	}
	attach_free(a);
	buf_done(&v.line);
	return err;
}
