// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "identity/script.h"

#include <string.h>

#include "base/cleanup.h"
#include "identity/entry.h"

#define ARGS_LOOK 64
#define SCRIPT_ANCESTORS 3

/* How a language reads its options. Lists are separated and enclosed by spaces. */
struct language {
	struct slice program;      /* of the executable's name, which may go on with a version ("python3.11", "node18") */
	const char *inline_opts;   /* the rest is text of a program */
	const char *module_opts;   /* takes a module or class */
	const char *file_opts;     /* takes the file, as "-f FILE" or "--file=FILE" */
	const char *value_opts;    /* takes something else */
	const char *attached_opts; /* of joined letters: what stands behind it is its value, if anything does */
	const char *stdin_opts;    /* the program comes by stdin, whatever follows */
	bool letters;              /* single letters may be joined: "-Ic TEXT" */
	bool class_name;           /* the first plain argument is a class */
	bool plus;                 /* options may begin with a plus sign */
};

#define SHELL(name, values)                                                                                                                \
	{                                                                                                                                  \
		SLICE_INIT(name), " -c ", " ", " ", values, " ", " -s ", true, false, true                                                 \
	}

static const struct language languages[] = {
	{ SLICE_INIT("python"), " -c ", " -m ", " ", " -W -X --check-hash-based-pycs ", " ", " ", true, false, false },
	{ SLICE_INIT("pypy"), " -c ", " -m ", " ", " -W -X ", " ", " ", true, false, false },
	{ SLICE_INIT("Rscript"), " -e ", " ", " ", " ", " ", " ", false, false, false },
	{ SLICE_INIT("R"), " -e ", " ", " -f --file ", " -g --gui -d --debugger --encoding ", " ", " --args ", false, false, false },
	{ SLICE_INIT("perl"), " -e -E ", " ", " ", " -I ", " -M -m -i -F -x -D -C -V ", " ", true, false, false },
	{ SLICE_INIT("ruby"), " -e ", " ", " ", " -I -r -C -E ", " -i -F -x -K -T -W ", " ", true, false, false },
	{ SLICE_INIT("node"), " -e --eval -p --print -pe ", " ", " ",
	  " -r --require --import --loader --experimental-loader -C --conditions --env-file ", " ", " ", false, false, false },
	{ SLICE_INIT("php"), " -r -R -B -E ", " ", " -f --file -F ", " -d -c -z -S -t ", " ", " ", false, false, false },
	{ SLICE_INIT("java"), " ", " -m --module ", " -jar ",
	  " -cp -classpath --class-path -p --module-path --add-modules --add-opens --add-exports --add-reads --patch-module "
	  "--upgrade-module-path "
	  "--limit-modules --enable-native-access --source ",
	  " ", " ", false, true, false },
	SHELL("bash", " -o -O --rcfile --init-file "),
	SHELL("dash", " -o "),
	SHELL("sh", " -o "),
	SHELL("ash", " -o "),
	SHELL("zsh", " -o "),
	SHELL("ksh", " -o "),
	{ SLICE_INIT("lua"), " -e ", " ", " ", " -l ", " ", " ", false, false, false },
	{ SLICE_INIT("luajit"), " -e ", " ", " ", " -l ", " ", " ", false, false, false },
	{ SLICE_INIT("julia"), " -e --eval -E --print ", " -m --module ", " ", " -L --load -J --sysimage -p --procs -t --threads -C -H ",
	  " ", " ", false, false, false },
};

static const char *const kinds[] = { NULL, "file", "module", "inline", "stdin", "notebook" };

_Static_assert(ARRAY_SIZE(kinds) == SCRIPT_NOTEBOOK + 1, "a name for each kind");

const char *script_kind_name(enum script_kind kind)
{
	return kinds[kind];
}

static const struct language *language_of(struct slice program)
{
	for (size_t i = 0; i < ARRAY_SIZE(languages); i++) {
		struct slice rest;

		if (!slice_starts(program, languages[i].program))
			continue;
		rest = slice_skip(program, languages[i].program.len);
		while (rest.len && ((*rest.ptr >= '0' && *rest.ptr <= '9') || *rest.ptr == '.' || *rest.ptr == '-'))
			rest = slice_skip(rest, 1);
		/* builds of Python: with checks, for threads without a lock, with malloc of its own */
		if (!rest.len || slice_eq(rest, SLICE("d")) || slice_eq(rest, SLICE("t")) || slice_eq(rest, SLICE("m")))
			return &languages[i];
	}
	return NULL;
}

/* Is opt, up to an equals sign, in the list? */
static bool in_list(const char *list, struct slice opt)
{
	for (const char *s = list; (s = memmem(s, strlen(s), opt.ptr, opt.len)); s++)
		if (s > list && s[-1] == ' ' && s[opt.len] == ' ')
			return true;
	return false;
}

static struct slice next_arg(struct slice *rest)
{
	struct slice arg = slice_head(*rest, strnlen(rest->ptr, rest->len));

	*rest = slice_skip(*rest, arg.len + 1);
	return arg;
}

static void set(struct script *s, enum script_kind kind, struct slice name)
{
	s->kind = kind;
	s->name = name;
}

/* "-Ic": the letter decides, and what stands behind it, or the next argument, is its value. True: decided. */
static bool joined_letters(const struct language *l, struct slice arg, struct slice *rest, struct script *s)
{
	for (size_t i = 1; i < arg.len; i++) {
		char opt[2] = { '-', arg.ptr[i] };
		struct slice o = slice_mem(opt, 2), value = slice_skip(arg, i + 1);

		if (in_list(l->inline_opts, o)) {
			set(s, SCRIPT_INLINE, SLICE_NONE);
			return true;
		}
		if (in_list(l->module_opts, o)) {
			set(s, SCRIPT_MODULE, value.len ? value : rest->len ? next_arg(rest) : SLICE_NONE);
			return true;
		}
		if (in_list(l->stdin_opts, o))
			return true;
		if (in_list(l->value_opts, o)) {
			if (!value.len && rest->len)
				next_arg(rest);
			return false;
		}
		if (in_list(l->attached_opts, o))
			return false;
	}
	return false;
}

/* An option. True: it said what is run. */
static bool option(const struct language *l, struct slice arg, struct slice *rest, struct script *s)
{
	size_t eq = 0;
	struct slice name;

	while (eq < arg.len && arg.ptr[eq] != '=')
		eq++;
	name = slice_head(arg, eq);
	if (l->letters && arg.len > 1 && arg.ptr[1] != '-')
		return joined_letters(l, arg, rest, s);
	if (in_list(l->inline_opts, name)) {
		set(s, SCRIPT_INLINE, SLICE_NONE);
		return true;
	}
	if (in_list(l->stdin_opts, name))
		return true;
	if (in_list(l->module_opts, name) || in_list(l->file_opts, name)) {
		set(s, in_list(l->module_opts, name) ? SCRIPT_MODULE : SCRIPT_FILE,
		    eq < arg.len ? slice_skip(arg, eq + 1)
		    : rest->len  ? next_arg(rest)
				 : SLICE_NONE);
		return true;
	}
	if (in_list(l->value_opts, name) && eq == arg.len && rest->len)
		next_arg(rest);
	return false;
}

static void parse(const struct language *l, struct slice rest, struct script *s)
{
	for (unsigned i = 0; rest.len && i < ARGS_LOOK; i++) {
		struct slice arg = next_arg(&rest);

		if (slice_eq(arg, SLICE("-")))
			return;
		if (slice_eq(arg, SLICE("--"))) {
			if (rest.len)
				set(s, SCRIPT_FILE, next_arg(&rest));
			return;
		}
		if (arg.len && *arg.ptr == '+' && l->plus) {
			if (arg.len == 2 && (arg.ptr[1] == 'o' || arg.ptr[1] == 'O') && rest.len)
				next_arg(&rest);
			continue;
		}
		if (arg.len && *arg.ptr == '-') {
			if (option(l, arg, &rest, s))
				return;
			continue;
		}
		if (arg.len) {
			set(s, l->class_name && !slice_ends(arg, SLICE(".java")) ? SCRIPT_MODULE : SCRIPT_FILE, arg);
			return;
		}
	}
}

/* ".../kernel-UUID.json": the file that tells a Jupyter kernel its ports. */
static bool connection_file(struct slice arg, struct slice *ret_id)
{
	size_t at = arg.len;
	struct slice base;

	while (at > 0 && arg.ptr[at - 1] != '/')
		at--;
	base = slice_skip(arg, at);
	if (!slice_starts(base, SLICE("kernel-")) || !slice_ends(base, SLICE(".json")) || base.len <= strlen("kernel-.json"))
		return false;
	*ret_id = slice_mem(base.ptr + strlen("kernel-"), base.len - strlen("kernel-.json"));
	return true;
}

/* python -m ipykernel_launcher -f FILE, R -e IRkernel::main() --args FILE, ... */
static void look_for_kernel(struct slice rest, struct script *s)
{
	bool kernel = false;

	for (unsigned i = 0; rest.len && i < ARGS_LOOK; i++) {
		struct slice arg = next_arg(&rest);
		size_t eq = 0;

		if (memmem(arg.ptr, arg.len, "kernel", strlen("kernel")) && !slice_ends(arg, SLICE(".json")))
			kernel = true; /* ipykernel_launcher, ipykernel, IRkernel::main(), xpython's own */
		while (eq < arg.len && arg.ptr[eq] != '=')
			eq++;
		if (slice_starts(arg, SLICE("-")) && eq < arg.len)
			arg = slice_skip(arg, eq + 1);
		if (kernel && connection_file(arg, &s->kernel_id)) {
			set(s, SCRIPT_NOTEBOOK, arg);
			return;
		}
	}
}

/* Of busybox, which is many programs: by the name it was called by, or by its first argument. Takes those from args. */
static struct slice applet(struct slice *args)
{
	struct slice name = next_arg(args);

	for (size_t i = name.len; i > 0; i--) {
		if (name.ptr[i - 1] == '/') {
			name = slice_skip(name, i);
			break;
		}
	}
	if (slice_eq(name, SLICE("busybox")) && args->len)
		name = next_arg(args);
	return slice_starts(name, SLICE("-")) ? slice_skip(name, 1) : name; /* a login shell */
}

void script_of(const struct process *p, struct script *ret)
{
	const struct language *l;
	struct slice rest = p->args;

	*ret = (struct script){ .kind = SCRIPT_NONE };
	if (!rest.len)
		return;
	if (slice_eq(entry_program(p), SLICE("busybox"))) {
		l = language_of(applet(&rest));
	} else {
		l = language_of(entry_program(p));
		next_arg(&rest); /* its own name */
	}
	if (!l)
		return;
	ret->kind = SCRIPT_STDIN;
	parse(l, rest, ret);
	look_for_kernel(rest, ret);
}

const struct process *script_find(const struct identity *id, const struct process *p, const struct process *leader, struct script *ret)
{
	for (unsigned i = 0; p && i <= SCRIPT_ANCESTORS; i++, p = identity_parent(id, p)) {
		script_of(p, ret);
		if (ret->kind != SCRIPT_NONE && (i == 0 || ret->kind == SCRIPT_FILE || ret->kind == SCRIPT_MODULE))
			return p;
		if (p == leader)
			break;
	}
	ret->kind = SCRIPT_NONE;
	return NULL;
}

struct slice script_path(const struct identity *id, const struct process *p, const struct script *s, struct arena *arena)
{
	struct slice name = s->name, notebook = s->kind == SCRIPT_NOTEBOOK ? identity_notebook(id, p) : SLICE_NONE;
	char *path;

	if (notebook.len)
		name = notebook;
	if (!name.len || s->kind == SCRIPT_MODULE || *name.ptr == '/')
		return name.len ? name : SLICE_NONE;
	if (s->kind != SCRIPT_FILE && s->kind != SCRIPT_NOTEBOOK)
		return SLICE_NONE;
	if (slice_starts(name, SLICE("./")))
		name = slice_skip(name, 2);
	path = p->cwd.len ? arena_alloc(arena, p->cwd.len + name.len + 1) : NULL;
	if (!path)
		return SLICE_NONE;
	memcpy(path, p->cwd.ptr, p->cwd.len);
	path[p->cwd.len] = '/';
	memcpy(path + p->cwd.len + 1, name.ptr, name.len);
	if (p->cwd.len == 1) /* the root directory */
		return slice_mem(path + 1, name.len + 1);
	return slice_mem(path, p->cwd.len + 1 + name.len);
}
