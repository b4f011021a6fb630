// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "config/yaml.h"

#include <errno.h>
#include <string.h>

#include <yaml.h>

#include "base/cleanup.h"

struct build {
	const struct yaml_file *f;
	struct slice text;
	yaml_parser_t parser;
	struct hmap keys; /* of all maps; the hash includes the map */
	struct yaml *root;
	struct yaml *open; /* the innermost list or map being read */
	struct yaml *key;  /* a map's key waiting for its value */
	unsigned depth;
	size_t nodes;
};

/* libyaml gives reader errors (bad UTF-8, control characters) as a byte offset. */
static void place_of(struct slice text, size_t offset, size_t *line, size_t *column)
{
	*line = *column = 1;
	for (size_t i = 0; i < offset && i < text.len; i++) {
		if (text.ptr[i] == '\n') {
			(*line)++;
			*column = 1;
		} else if (((unsigned char)text.ptr[i] & 0xc0) != 0x80) {
			(*column)++;
		}
	}
}

static char byte_at(struct slice text, size_t line, size_t column)
{
	for (size_t i = 0; i < text.len; i++) {
		if (line == 0 && column-- == 0)
			return text.ptr[i];
		if (text.ptr[i] == '\n' && line-- == 0)
			break;
	}
	return 0;
}

static int fail_syntax(struct build *b)
{
	const yaml_parser_t *p = &b->parser;
	const char *problem = p->problem ? p->problem : "unreadable";
	const yaml_mark_t *m = &p->problem_mark;
	size_t line, column;

	if (p->error == YAML_MEMORY_ERROR)
		return yaml_nomem(b->f);
	if (p->error == YAML_READER_ERROR) {
		place_of(b->text, p->problem_offset, &line, &column);
		return yaml_fail_at(b->f, line, column, "YAML", "%s; the file must be UTF-8 text without control characters", problem);
	}
	if (byte_at(b->text, m->line, m->column) == '\t')
		return yaml_fail_at(b->f, m->line + 1, m->column + 1, "YAML", "a tab character; indent with spaces");
	if (p->context && strcmp(p->context, "while scanning an alias") == 0)
		return yaml_fail_at(b->f, p->context_mark.line + 1, p->context_mark.column + 1, "YAML",
				    "a value that begins with *; put it in quotes, such as \"*.user_ip_log\"");
	return yaml_fail_at(b->f, m->line + 1, m->column + 1, "YAML", "%s%s%s; check quotes, brackets and indentation here and just before",
			    p->context ? p->context : "", p->context ? ": " : "", problem);
}

static struct yaml *new_node(struct build *b, enum yaml_kind kind, const yaml_event_t *e)
{
	struct yaml *n = arena_alloc(b->f->tree, sizeof(*n));

	if (!n)
		return NULL;
	n->kind = kind;
	n->line = (unsigned)e->start_mark.line + 1;
	n->column = (unsigned)e->start_mark.column + 1;
	b->nodes++;
	return n;
}

static void link_node(struct build *b, struct yaml *n)
{
	struct yaml *up = b->open;

	n->parent = up;
	if (!up) {
		b->root = n;
		return;
	}
	if (b->key) {
		n->key = b->key->text;
		n->key_line = b->key->line;
		n->key_column = b->key->column;
		b->key = NULL;
	}
	n->index = up->count++;
	if (up->last)
		up->last->next = n;
	else
		up->first = n;
	up->last = n;
}

/* A control character in a name or path could forge a line of a log or cut a path short. */
static int check_text(struct build *b, const struct yaml *n)
{
	if (n->text.len > YAML_SCALAR_MAX)
		return yaml_fail_at(b->f, n->line, n->column, "YAML", "a value of %zu bytes; at most %u are allowed", n->text.len,
				    YAML_SCALAR_MAX);
	for (size_t i = 0; i < n->text.len; i++) {
		unsigned char c = (unsigned char)n->text.ptr[i];

		if (c < 0x20 || c == 0x7f)
			return yaml_fail_at(b->f, n->line, n->column, "YAML",
					    "a value with a control character (byte 0x%02x); write it on one line, without escapes", c);
	}
	return 0;
}

static int take_key(struct build *b, struct yaml *n)
{
	uint64_t hash = hash_u64((uintptr_t)b->open, slice_hash(n->text));
	struct hnode *h;

	for (h = hmap_first(&b->keys, hash); h; h = hmap_next(h)) {
		const struct yaml *other = CONTAINER_OF(h, struct yaml, by_key);

		if (other->parent == b->open && slice_eq(other->text, n->text))
			return yaml_fail_at(b->f, n->line, n->column, slice_quote(n->text),
					    "duplicate key, first given in line %u; give each key once", other->line);
	}
	if (slice_eq(n->text, SLICE("<<")))
		return yaml_fail_at(b->f, n->line, n->column, "\"<<\"", "merge keys are not supported; write the keys out");
	n->parent = b->open;
	b->key = n;
	return hmap_add(&b->keys, &n->by_key, hash) ? yaml_nomem(b->f) : 0;
}

static int on_scalar(struct build *b, const yaml_event_t *e)
{
	struct yaml *n = new_node(b, YAML_SCALAR, e);
	int err;

	if (!n)
		return yaml_nomem(b->f);
	n->quoted = e->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	n->text = arena_dup(b->f->tree, slice_mem(e->data.scalar.value, e->data.scalar.length));
	if (!n->text.ptr)
		return yaml_nomem(b->f);
	err = check_text(b, n);
	if (err)
		return err;
	if (b->open && b->open->kind == YAML_MAP && !b->key)
		return take_key(b, n);
	link_node(b, n);
	return 0;
}

static int on_open(struct build *b, enum yaml_kind kind, const yaml_event_t *e)
{
	struct yaml *n;
	size_t line = e->start_mark.line + 1, column = e->start_mark.column + 1;

	if (b->depth == YAML_DEPTH_MAX)
		return yaml_fail_at(b->f, line, column, "YAML", "nested deeper than %u levels; no key needs that", YAML_DEPTH_MAX);
	if (b->open && b->open->kind == YAML_MAP && !b->key)
		return yaml_fail_at(b->f, line, column, "YAML", "a list or map as a key; keys are plain text");
	n = new_node(b, kind, e);
	if (!n)
		return yaml_nomem(b->f);
	link_node(b, n);
	b->open = n;
	b->depth++;
	return 0;
}

static int refuse_decoration(struct build *b, const yaml_event_t *e, const yaml_char_t *anchor, const yaml_char_t *tag)
{
	size_t line = e->start_mark.line + 1, column = e->start_mark.column + 1;

	if (anchor)
		return yaml_fail_at(b->f, line, column, "YAML",
				    "anchors (&%.64s) are not supported; write the value out where it is needed", (const char *)anchor);
	if (tag)
		return yaml_fail_at(b->f, line, column, "YAML", "tags (%s) are not supported; write the plain value",
				    slice_quote(slice_cstr((const char *)tag)));
	return 0;
}

/* One event; *done is set by the end of the stream. */
static int on_event(struct build *b, const yaml_event_t *e, bool *done)
{
	int err = 0;

	if (b->nodes >= YAML_NODES_MAX)
		return yaml_fail_at(b->f, e->start_mark.line + 1, e->start_mark.column + 1, "YAML",
				    "more than %u values; spread them over files in policy.d", YAML_NODES_MAX);
	switch (e->type) {
	case YAML_STREAM_END_EVENT:
		*done = true;
		return 0;
	case YAML_DOCUMENT_START_EVENT:
		if (b->root)
			return yaml_fail_at(b->f, e->start_mark.line + 1, e->start_mark.column + 1, "YAML",
					    "a second document (---); a file holds one");
		return 0;
	case YAML_ALIAS_EVENT:
		return yaml_fail_at(b->f, e->start_mark.line + 1, e->start_mark.column + 1, "YAML",
				    "aliases (*%.64s) are not supported; write the value out, or quote it when the star is meant",
				    (const char *)e->data.alias.anchor);
	case YAML_SCALAR_EVENT:
		err = refuse_decoration(b, e, e->data.scalar.anchor, e->data.scalar.tag);
		return err ? err : on_scalar(b, e);
	case YAML_SEQUENCE_START_EVENT:
		err = refuse_decoration(b, e, e->data.sequence_start.anchor, e->data.sequence_start.tag);
		return err ? err : on_open(b, YAML_LIST, e);
	case YAML_MAPPING_START_EVENT:
		err = refuse_decoration(b, e, e->data.mapping_start.anchor, e->data.mapping_start.tag);
		return err ? err : on_open(b, YAML_MAP, e);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		b->open = b->open->parent;
		b->depth--;
		return 0;
	default:
		return 0;
	}
}

static int build_tree(struct build *b)
{
	bool done = false;
	int err = 0;

	yaml_parser_set_input_string(&b->parser, (const unsigned char *)b->text.ptr, b->text.len);
	/* Without this a file could choose UTF-16, and columns would not be what an editor shows. */
	yaml_parser_set_encoding(&b->parser, YAML_UTF8_ENCODING);
	while (!done && !err) {
		yaml_event_t e;

		if (!yaml_parser_parse(&b->parser, &e))
			return fail_syntax(b);
		err = on_event(b, &e, &done);
		yaml_event_delete(&e);
	}
	if (!err && !b->root)
		err = yaml_fail_at(b->f, 1, 1, "YAML", "the file is empty; give at least one key, such as tables:");
	return err;
}

int yaml_parse(const struct yaml_file *f, struct slice text, struct yaml **ret)
{
	struct build b = { .f = f, .text = text.ptr ? text : SLICE("") };
	int err;

	if (!yaml_parser_initialize(&b.parser))
		return yaml_nomem(f);
	hmap_init(&b.keys);
	err = build_tree(&b);
	hmap_done(&b.keys);
	yaml_parser_delete(&b.parser);
	if (!err)
		*ret = b.root;
	return err;
}
