// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* probes: rows of the site's own for libraries that qprov does not know. */
#include <string.h>

#include "config/schema.h"

enum { SYMBOL_MAX = 200, SYSTEM_NAME_MAX = 32, NO_ARGUMENT = -1 };

static const struct config_word operations[] = {
	{ "submit", OP_LAYER_SUBMIT },   { "run", OP_LAYER_RUN },
	{ "prepare", OP_LAYER_PREPARE }, { "execute", OP_LAYER_EXECUTE },
	{ "append", OP_LAYER_APPEND },   { "create", OP_LAYER_CREATE },
	{ "bind", OP_LAYER_BIND },       { "procedure", OP_LAYER_RPC },
	{ "calls", OP_LAYER_CALLS },     { "result", OP_LAYER_RESULT },
	{ "error", OP_LAYER_ERROR },     { "end", OP_LAYER_END },
	{ "close", OP_LAYER_CLOSE },     { NULL, 0 },
};

static bool needs_text(unsigned op)
{
	return op == OP_LAYER_SUBMIT || op == OP_LAYER_RUN || op == OP_LAYER_PREPARE || op == OP_LAYER_APPEND || op == OP_LAYER_CREATE ||
	       op == OP_LAYER_RPC;
}

/* A name as C has it, or as C++ and Rust mangle theirs. */
static int read_symbol(struct load *l, const struct yaml *n, struct slice *ret)
{
	struct slice s;
	int err = value_text(l, n, "the name of an exported function, such as acme_query", &s);

	if (err)
		return err;
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] <= ' ' || s.ptr[i] > '~')
			return yaml_fail(&l->f, n, "%s is no symbol; give the name of an exported function, such as acme_query",
					 slice_quote(s));
	if (s.len > SYMBOL_MAX)
		return yaml_fail(&l->f, n, "a symbol of %zu bytes; at most %d", s.len, SYMBOL_MAX);
	*ret = s;
	return 0;
}

static int set_symbol(struct load *l, const struct yaml *n, void *target)
{
	return read_symbol(l, n, &((struct config_probe *)target)->symbol);
}

static int set_operation(struct load *l, const struct yaml *n, void *target)
{
	return value_word(l, n, operations, &((struct config_probe *)target)->op);
}

/* Arguments are counted from 0. */
static int read_argument(struct load *l, const struct yaml *n, unsigned max, int *ret)
{
	uint64_t v;
	int err = value_number(l, n, 0, max, &v);

	if (!err)
		*ret = (int)v;
	return err;
}

static int set_handle(struct load *l, const struct yaml *n, void *target)
{
	return read_argument(l, n, CONFIG_PROBE_REGISTERS - 1, &((struct config_probe *)target)->handle);
}

static int set_text(struct load *l, const struct yaml *n, void *target)
{
	return read_argument(l, n, CONFIG_PROBE_ARGUMENTS - 1, &((struct config_probe *)target)->text);
}

static int set_length(struct load *l, const struct yaml *n, void *target)
{
	return read_argument(l, n, CONFIG_PROBE_ARGUMENTS - 1, &((struct config_probe *)target)->length);
}

static int set_length_type(struct load *l, const struct yaml *n, void *target)
{
	static const struct config_word words[] = {
		{ "int", CONFIG_LENGTH_INT }, { "short", CONFIG_LENGTH_SHORT }, { "size", CONFIG_LENGTH_SIZE }, { NULL, 0 }
	};

	return value_word(l, n, words, &((struct config_probe *)target)->length_type);
}

static int set_encoding(struct load *l, const struct yaml *n, void *target)
{
	static const struct config_word words[] = { { "utf-8", REC_UTF8 }, { "utf-16", REC_UTF16 }, { "utf-32", REC_UTF32 }, { NULL, 0 } };

	return value_word(l, n, words, &((struct config_probe *)target)->encoding);
}

static int set_optional(struct load *l, const struct yaml *n, void *target)
{
	return value_bool(l, n, &((struct config_probe *)target)->optional);
}

static const struct config_key function_keys[] = {
	{ "symbol", set_symbol, false },     { "operation", set_operation, false }, { "handle", set_handle, false },
	{ "text", set_text, false },         { "length", set_length, false },       { "length_type", set_length_type, false },
	{ "encoding", set_encoding, false }, { "optional", set_optional, false },   { NULL, NULL, false },
};

static int check_function(struct load *l, const struct yaml *n, const struct config_probe *p)
{
	if (!p->symbol.ptr)
		return yaml_fail(&l->f, n, "a function without symbol; give the name of the exported function");
	if (p->op == OP_NONE)
		return yaml_fail(&l->f, n, "a function without operation; give what its call means, such as submit");
	if (needs_text(p->op) && p->text == NO_ARGUMENT)
		return yaml_fail(&l->f, n, "a function that takes a statement, without text; give the number of that argument, from 0");
	if (!needs_text(p->op) && (p->text != NO_ARGUMENT || p->length != NO_ARGUMENT))
		return yaml_fail(&l->f, n, "text or length of a function that takes no statement; take them out");
	if (p->length != NO_ARGUMENT && p->length == p->text)
		return yaml_fail(&l->f, n, "text and length are the same argument");
	return 0;
}

static int set_functions(struct load *l, const struct yaml *n, void *target)
{
	struct config_library *lib = target;

	if (n->kind != YAML_LIST || !n->count || n->count > CONFIG_PROBES_MAX)
		return yaml_fail(&l->f, n,
				 "%s%s; give a list of 1 to %d functions, such as - {symbol: acme_query, operation: submit, text: 1}",
				 n->kind == YAML_LIST && !n->count ? "an empty list" : yaml_kind_name(n),
				 n->kind == YAML_LIST && n->count > CONFIG_PROBES_MAX ? " that is too long" : "", CONFIG_PROBES_MAX);
	for (const struct yaml *i = n->first; i; i = i->next) {
		struct config_probe p = { .text = NO_ARGUMENT, .length = NO_ARGUMENT }, *v;
		int err = value_map(l, i, function_keys, &p, "a function");

		if (!err)
			err = check_function(l, i, &p);
		for (size_t k = 0; !err && k < lib->nfunctions; k++)
			if (slice_eq(lib->functions[k].symbol, p.symbol))
				err = yaml_fail(&l->f, i, "the same symbol as functions[%zu]; give each once", k);
		if (err)
			return err;
		v = value_push(&l->c->arena, lib->functions, &lib->nfunctions, sizeof(*v));
		if (!v)
			return yaml_nomem(&l->f);
		lib->functions = v;
		v[lib->nfunctions - 1] = p;
	}
	return 0;
}

static int set_library(struct load *l, const struct yaml *n, void *target)
{
	return value_text(l, n, "a name for the library, such as acme", &((struct config_library *)target)->name);
}

static int set_system(struct load *l, const struct yaml *n, void *target)
{
	struct config_library *lib = target;
	int err = value_text(l, n, "the name of the database system, such as vertica", &lib->system);

	for (size_t i = 0; !err && i < lib->system.len; i++) {
		char c = lib->system.ptr[i];

		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_') || lib->system.len > SYSTEM_NAME_MAX)
			return yaml_fail(&l->f, n,
					 "%s is not the name of a system; give at most %d of a-z, 0-9, dot and underscore, such as vertica",
					 slice_quote(lib->system), SYSTEM_NAME_MAX);
	}
	return err;
}

static int set_dialect(struct load *l, const struct yaml *n, void *target)
{
	static const struct config_word words[] = {
		{ "ansi", SYSTEM_OTHER }, { "postgresql", SYSTEM_POSTGRESQL }, { "mysql", SYSTEM_MYSQL },   { "sqlite", SYSTEM_SQLITE },
		{ "tsql", SYSTEM_MSSQL }, { "oracle", SYSTEM_ORACLE },         { "duckdb", SYSTEM_DUCKDB }, { NULL, 0 },
	};

	return value_word(l, n, words, &((struct config_library *)target)->dialect);
}

static int set_exports(struct load *l, const struct yaml *n, void *target)
{
	struct config_library *lib = target;
	const struct yaml *first = n->kind == YAML_LIST ? n->first : n;

	if (n->kind == YAML_LIST && n->count > CONFIG_EXPORTS_MAX)
		return yaml_fail(&l->f, n, "a list that is too long; give at most %d symbols", CONFIG_EXPORTS_MAX);
	for (const struct yaml *i = first; i; i = n->kind == YAML_LIST ? i->next : NULL) {
		int err = read_symbol(l, i, &lib->exports[lib->nexports]);

		if (err)
			return err;
		lib->nexports++;
	}
	return 0;
}

static const struct config_key library_keys[] = {
	{ "library", set_library, false }, { "system", set_system, false },       { "dialect", set_dialect, false },
	{ "exports", set_exports, false }, { "functions", set_functions, false }, { NULL, NULL, false },
};

static int check_library(struct load *l, const struct yaml *n, const struct config_library *lib)
{
	if (!lib->name.ptr)
		return yaml_fail(&l->f, n, "a library without a name; give library: such as acme");
	if (!lib->system.ptr)
		return yaml_fail(&l->f, n, "a library without system; give the database's name, such as vertica");
	if (!lib->nfunctions)
		return yaml_fail(&l->f, n, "a library without functions; give a list of what it exports");
	for (size_t i = 0; i < lib->nfunctions; i++)
		if (needs_text(lib->functions[i].op))
			return 0;
	return yaml_fail(&l->f, n, "no function that takes a statement; give one with operation submit, run, prepare, append or create");
}

int schema_probes(struct load *l, const struct yaml *n, void *target)
{
	struct config *c = target;

	if (n->kind != YAML_LIST || n->count > CONFIG_LIBRARIES_MAX)
		return yaml_fail(&l->f, n,
				 "%s%s; give a list of at most %d libraries, such as - {library: acme, system: vertica, functions: [...]}",
				 yaml_kind_name(n), n->kind == YAML_LIST ? " that is too long" : "", CONFIG_LIBRARIES_MAX);
	for (const struct yaml *i = n->first; i; i = i->next) {
		struct config_library lib = { .dialect = SYSTEM_OTHER }, *v;
		int err = value_map(l, i, library_keys, &lib, "a library");

		if (!err)
			err = check_library(l, i, &lib);
		if (err)
			return err;
		v = value_push(&c->arena, c->libraries, &c->nlibraries, sizeof(*v));
		if (!v)
			return yaml_nomem(&l->f);
		c->libraries = v;
		v[c->nlibraries - 1] = lib;
	}
	return 0;
}

static bool same_function(const struct config_probe *a, const struct config_probe *b)
{
	return slice_eq(a->symbol, b->symbol) && a->op == b->op && a->handle == b->handle && a->text == b->text && a->length == b->length &&
	       a->length_type == b->length_type && a->encoding == b->encoding && a->optional == b->optional;
}

static bool same_library(const struct config_library *a, const struct config_library *b)
{
	bool same = slice_eq(a->name, b->name) && slice_eq(a->system, b->system) && a->dialect == b->dialect &&
		    a->nexports == b->nexports && a->nfunctions == b->nfunctions;

	for (size_t i = 0; same && i < a->nexports; i++)
		same = slice_eq(a->exports[i], b->exports[i]);
	for (size_t i = 0; same && i < a->nfunctions; i++)
		same = same_function(&a->functions[i], &b->functions[i]);
	return same;
}

bool config_same_probes(const struct config *a, const struct config *b)
{
	bool same = a->nlibraries == b->nlibraries;

	for (size_t i = 0; same && i < a->nlibraries; i++)
		same = same_library(&a->libraries[i], &b->libraries[i]);
	return same;
}
