// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* qprov subjects add | remove | list: the list of protected people. Values come on stdin only: arguments can be seen by everyone. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "cli/cli.h"
#include "config/subjects.h"

#define INPUT_MAX (32u << 20)

static const char usage_text[] =
	"usage: qprov subjects add --label LABEL [--kind KIND] [options] < VALUES\n"
	"       qprov subjects remove [--kind KIND] [options] < VALUES\n"
	"       qprov subjects remove --label LABEL [options]\n"
	"       qprov subjects list [--count] [options]\n"
	"\n"
	"Identifiers of protected people, kept as keyed hashes only. Values are read from stdin, one a line.\n"
	"\n"
	"  -l, --label LABEL  what events call them: letters, digits, '.', '_', '-'\n"
	"  -k, --kind KIND    id, email, phone, ip, network or name (guessed from each value when left out)\n"
	"      --count        how many of each label and kind\n"
	"  -f, --file FILE    the list (default " SUBJECTS_DEFAULT_PATH ")\n"
	"      --key FILE     its key (default: the list's name and " SUBJECTS_KEY_SUFFIX "); made by the first add\n"
	"  -h, --help         this text\n"
	"\n"
	"A running agent reads the list again on SIGHUP. Exit: 0 fine; 1 remove found nothing; 2 wrong usage or files.\n";

struct request {
	const char *file, *key;
	char *own_key;
	struct slice label;
	enum subject_kind kind;
	bool has_kind, count, help;
};

static int usage_error(const char *what)
{
	fprintf(stderr, "qprov subjects: %s\n%s", what, usage_text);
	return EXIT_USAGE;
}

static int complain(const char *what)
{
	fprintf(stderr, "qprov subjects: %s\n", what);
	return EXIT_USAGE;
}

enum { OPT_COUNT = 256, OPT_KEY };

static int set_option(struct request *r, int option)
{
	switch (option) {
	case 'l':
		r->label = slice_cstr(optarg);
		return subject_label_valid(r->label) ? 0 : usage_error("a label has 1 to 64 letters, digits, '.', '_' and '-'");
	case 'k':
		r->has_kind = true;
		return subject_kind_parse(slice_cstr(optarg), &r->kind) ? usage_error("no such kind") : 0;
	case 'f':
		r->file = optarg;
		return 0;
	case OPT_KEY:
		r->key = optarg;
		return 0;
	case OPT_COUNT:
		r->count = true;
		return 0;
	case 'h':
		r->help = true;
		return 0;
	default:
		fputs(usage_text, stderr);
		return EXIT_USAGE;
	}
}

static int read_options(int argc, char **argv, struct request *r)
{
	static const struct option options[] = {
		{ "label", required_argument, NULL, 'l' },
		{ "kind", required_argument, NULL, 'k' },
		{ "file", required_argument, NULL, 'f' },
		{ "key", required_argument, NULL, OPT_KEY },
		{ "count", no_argument, NULL, OPT_COUNT },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int option, code;

	optind = 0; /* a second look at an argument vector: glibc wants 0 to start afresh */
	while ((option = getopt_long(argc, argv, "l:k:f:h", options, NULL)) != -1) {
		code = set_option(r, option);
		if (code)
			return code;
	}
	if (optind < argc)
		return usage_error("values are read from stdin, not from arguments, which every user of the host can see");
	if (!r->key && asprintf(&r->own_key, "%s" SUBJECTS_KEY_SUFFIX, r->file) < 0) {
		r->own_key = NULL;
		return complain("out of memory");
	}
	if (!r->key)
		r->key = r->own_key;
	return 0;
}

struct tally {
	size_t lines, done, there;
	size_t kinds[SUBJECT_KINDS];
};

/* Nothing of a value is ever printed, only where it stands. */
static int refuse(size_t line, enum subject_kind kind, int err)
{
	if (err == -EINVAL)
		fprintf(stderr, "qprov subjects: line %zu: not a valid %s; nothing was changed\n", line, subject_kind_name(kind));
	else
		fprintf(stderr, "qprov subjects: line %zu: %s; nothing was changed\n", line,
			err == -E2BIG ? "the list holds 200000 identifiers, its limit" : strerror(-err));
	return EXIT_USAGE;
}

static int each_value(struct subjects *s, const struct request *r, struct slice in, bool add, struct tally *t)
{
	while (in.len) {
		struct slice v = slice_trim(slice_line(&in));
		enum subject_kind kind;
		int err;

		t->lines++;
		if (!v.len)
			continue;
		kind = r->has_kind ? r->kind : subject_guess(v);
		err = add ? subjects_add(s, kind, v, r->label) : subjects_remove_value(s, kind, v);
		if (err == -EEXIST || err == -ENOENT)
			t->there++;
		else if (err)
			return refuse(t->lines, kind, err);
		else
			t->kinds[kind]++;
		t->done += !err;
	}
	return 0;
}

static int read_stdin(struct buf *b)
{
	for (;;) {
		char *to = buf_reserve(b, 4096);
		ssize_t n = to ? read(STDIN_FILENO, to, 4096) : -1;

		if (!to)
			return complain("too much on stdin");
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return complain(strerror(errno));
		if (n == 0)
			return 0;
		b->len += (size_t)n;
	}
}

static int change(struct subjects *s, const struct request *r, bool add, struct tally *t)
{
	struct buf in;
	int code;

	if (!add && r->label.ptr) {
		t->done = subjects_remove_label(s, r->label);
		return 0;
	}
	if (isatty(STDIN_FILENO))
		fputs("one value a line, end with Ctrl-D:\n", stderr);
	buf_init(&in, INPUT_MAX);
	code = read_stdin(&in);
	if (!code)
		code = each_value(s, r, buf_slice(&in), add, t);
	if (in.ptr)
		sodium_memzero(in.ptr, in.cap);
	buf_done(&in);
	return code;
}

static void tell(const struct tally *t, bool add)
{
	const char *sep = " (";

	printf("%s %zu", add ? "added" : "removed", t->done);
	for (unsigned k = 0; k < SUBJECT_KINDS; k++) {
		if (!t->kinds[k])
			continue;
		printf("%s%zu %s", sep, t->kinds[k], subject_kind_name((enum subject_kind)k));
		sep = ", ";
	}
	printf("%s", sep[0] == ',' ? ")" : "");
	if (t->there)
		printf(", %zu %s", t->there, add ? "were there already" : "were not there");
	putchar('\n');
}

static int run_change(const struct request *r, bool add)
{
	_cleanup_close_ int lock = -1;
	struct config_error err;
	struct subjects *s;
	struct tally t = { 0 };
	int code;

	if (subjects_open(r->file, r->key, add, &s, &lock, &err))
		return complain(err.text);
	code = change(s, r, add, &t);
	if (!code && subjects_save(s, r->file, &err))
		code = complain(err.text);
	subjects_free(s);
	if (code)
		return code;
	tell(&t, add);
	return !add && !t.done ? EXIT_FINDINGS : EXIT_FINE;
}

static int by_label(const void *a, const void *b)
{
	const struct subject *x = *(struct subject *const *)a, *y = *(struct subject *const *)b;
	int r = slice_cmp(x->label, y->label);

	return r ? r : (x->kind > y->kind) - (x->kind < y->kind);
}

static void print_counts(struct subjects *s)
{
	size_t n;

	if (s->n)
		qsort(s->v, s->n, sizeof(struct subject *), by_label);
	for (size_t i = 0; i < s->n; i += n) {
		const struct subject *t = s->v[i];

		for (n = 1; i + n < s->n && by_label(&s->v[i], &s->v[i + n]) == 0; n++)
			;
		printf("%.*s %s %zu\n", (int)t->label.len, t->label.ptr, subject_kind_name(t->kind), n);
	}
	printf("total %zu\n", s->n);
}

static int run_list(const struct request *r)
{
	_cleanup_close_ int lock = -1;
	struct config_error err;
	struct subjects *s;
	struct buf b;

	if (subjects_open(r->file, r->key, false, &s, &lock, &err))
		return complain(err.text);
	if (r->count) {
		print_counts(s);
	} else {
		buf_init(&b, SUBJECTS_FILE_MAX);
		for (size_t i = 0; i < s->n; i++)
			subject_print(s->v[i], &b);
		fwrite(b.ptr, 1, b.len, stdout);
		buf_done(&b);
	}
	subjects_free(s);
	return EXIT_FINE;
}

static int run(const char *verb, const struct request *r)
{
	if (strcmp(verb, "add") == 0)
		return r->label.ptr ? run_change(r, true) : usage_error("add needs --label");
	if (strcmp(verb, "remove") == 0)
		return run_change(r, false);
	return strcmp(verb, "list") == 0 ? run_list(r) : usage_error("add, remove or list?");
}

int cmd_subjects(int argc, char **argv)
{
	struct request r = { .file = SUBJECTS_DEFAULT_PATH };
	int code;

	if (argc < 2 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "--help") == 0) {
		fputs(usage_text, argc < 2 ? stderr : stdout);
		return argc < 2 ? EXIT_USAGE : EXIT_FINE;
	}
	code = read_options(argc - 1, argv + 1, &r);
	if (!code && r.help)
		fputs(usage_text, stdout);
	else if (!code)
		code = run(argv[1], &r);
	free(r.own_key);
	if (fflush(stdout) || ferror(stdout))
		return complain("cannot write to stdout");
	return code;
}
