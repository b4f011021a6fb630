// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* The one form of a configuration error: file:line:column: key: what is wrong; what would be right. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "config/yaml.h"

/* "tables[0].when.uid", from the root down; recursion is bounded by YAML_DEPTH_MAX. */
static void add_path(struct buf *b, const struct yaml *n)
{
	struct slice key = slice_head(n->key, 64);

	if (!n->parent)
		return;
	add_path(b, n->parent);
	if (n->parent->kind == YAML_LIST) {
		buf_printf(b, "[%zu]", n->index);
		return;
	}
	if (b->len)
		buf_addc(b, '.');
	for (size_t i = 0; i < key.len; i++) {
		unsigned char c = (unsigned char)key.ptr[i];

		/* A key may be any text; what cannot stand in a path as it is goes in quotes. */
		if (c <= ' ' || c >= 0x7f || c == ':' || c == '"' || c == '\\') {
			buf_adds(b, slice_quote(key));
			return;
		}
	}
	buf_add(b, key);
}

__attribute__((format(printf, 5, 0))) static void fail(const struct yaml_file *f, size_t line, size_t column, const char *subject,
						       const char *fmt, va_list ap)
{
	char what[sizeof(f->err->text) / 2];

	vsnprintf(what, sizeof(what), fmt, ap);
	snprintf(f->err->text, sizeof(f->err->text), "%.*s:%zu:%zu: %.160s: %s", (int)slice_head(f->name, 260).len, f->name.ptr, line,
		 column, subject, what);
}

__attribute__((format(printf, 4, 0))) static void fail_node(const struct yaml_file *f, const struct yaml *n, bool at_key, const char *fmt,
							    va_list ap)
{
	struct buf path;

	buf_init(&path, 4096);
	add_path(&path, n);
	if (path.len == 0)
		buf_adds(&path, "YAML");
	buf_addc(&path, 0);
	fail(f, at_key ? n->key_line : n->line, at_key ? n->key_column : n->column, path.err ? "?" : path.ptr, fmt, ap);
	buf_done(&path);
}

int yaml_fail(const struct yaml_file *f, const struct yaml *n, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fail_node(f, n, false, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

int yaml_fail_key(const struct yaml_file *f, const struct yaml *n, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fail_node(f, n, true, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

int yaml_fail_at(const struct yaml_file *f, size_t line, size_t column, const char *subject, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fail(f, line, column, subject, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

int yaml_nomem(const struct yaml_file *f)
{
	snprintf(f->err->text, sizeof(f->err->text), "%.*s: out of memory", (int)slice_head(f->name, 300).len, f->name.ptr);
	return -ENOMEM;
}

const char *yaml_kind_name(const struct yaml *n)
{
	if (n->kind == YAML_SCALAR)
		return n->text.len || n->quoted ? "text" : "nothing";
	return n->kind == YAML_LIST ? "a list" : "a map";
}
