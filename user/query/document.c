// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * MongoDB: collections, and commands that are documents. Its driver builds no text, so a collection is told as a relation. Of a document
 * the first bytes are seen, which hold what the command is and, unless its name is long, the collection it is about: 56 where the document
 * lies in the bson_t itself, else 32. Source: bson-types.h of libbson 1.23, bsonspec.org 1.1, and MongoDB's manual for the commands.
 */
#include <string.h>

#include "base/cleanup.h"
#include "base/pack.h"
#include "query/layer.h"

/* A bson_t: flags, length, and with the first flag the document. */
enum { LEN_AT = 4, BYTES_AT = 8, INLINE = 1 };
/* A document: its length, then the type and the name of the first element. */
enum { TYPE_AT = 4, KEY_AT = 5 };
enum { FIELD_BYTES = 8 * REC_FIELDS };
enum { TYPE_DOUBLE = 1, TYPE_STRING = 2, TYPE_BOOL = 8, TYPE_INT32 = 16, TYPE_INT64 = 18 };

/* Commands whose value is the name of a collection, and what they do to it. The others are told under their own name. */
static const struct {
	const char *verb;
	enum client_op op;
	bool more; /* other collections may stand in what is not seen */
} verbs[] = {
	{ "find", OP_LAYER_SELECT, false },          { "count", OP_LAYER_SELECT, false },    { "distinct", OP_LAYER_SELECT, false },
	{ "aggregate", OP_LAYER_SELECT, true },      { "mapReduce", OP_LAYER_SELECT, true }, { "mapreduce", OP_LAYER_SELECT, true },
	{ "insert", OP_LAYER_INSERT, false },        { "update", OP_LAYER_UPDATE, false },   { "findAndModify", OP_LAYER_UPDATE, false },
	{ "findandmodify", OP_LAYER_UPDATE, false }, { "delete", OP_LAYER_DELETE, false },   { "drop", OP_LAYER_DELETE, false },
};

static void add_relation(struct buf *b, enum client_op op, struct slice database, struct slice name)
{
	buf_add(b, op == OP_LAYER_INSERT   ? SLICE("INSERT INTO ")
		   : op == OP_LAYER_UPDATE ? SLICE("UPDATE ")
		   : op == OP_LAYER_DELETE ? SLICE("DELETE FROM ")
					   : SLICE("SELECT * FROM "));
	if (database.len) {
		buf_add_quoted(b, database, '"');
		buf_addc(b, '.');
	}
	buf_add_quoted(b, name, '"');
	if (op == OP_LAYER_INSERT)
		buf_add(b, SLICE(" VALUES (?)"));
	else if (op == OP_LAYER_UPDATE)
		buf_add(b, SLICE(" SET document = ?"));
}

int layer_collection(struct query *q, const struct call *c)
{
	struct slice symbol = slice_cstr(c->site->symbol), database = SLICE_NONE, name = c->text;
	const char *dot = slice_starts(symbol, SLICE("mongoc_bulkwrite_")) && name.len ? memchr(name.ptr, '.', name.len) : NULL;
	struct buf b;

	if (dot) { /* "database.collection" */
		database = slice_head(name, (size_t)(dot - name.ptr));
		name = slice_mem(dot + 1, name.len - database.len - 1);
	}
	buf_init(&b, LAYER_TEXT_ROOM);
	add_relation(&b, c->site->op, database, name);
	/* A pipeline may look other collections up. */
	return layer_tell(q, c, &b, slice_eq(symbol, SLICE("mongoc_collection_aggregate")));
}

static uint32_t number_at(struct slice s, size_t at)
{
	uint32_t v;

	memcpy(&v, s.ptr + at, sizeof(v));
	return v;
}

/* Up to the NUL, which has to be there. */
static bool string_at(struct slice s, size_t at, struct slice *ret)
{
	const char *end = at < s.len ? memchr(s.ptr + at, 0, s.len - at) : NULL;

	if (!end || end == s.ptr + at)
		return false;
	*ret = slice_mem(s.ptr + at, (size_t)(end - (s.ptr + at)));
	return true;
}

/* What is seen of the document, in the bson_t or in the fields; nothing where the lengths of both do not agree. */
static struct slice head_of(const struct call *c, uint8_t fields[static FIELD_BYTES])
{
	struct slice t = c->name, head = SLICE_NONE;
	uint64_t v;

	if (t.len < BYTES_AT)
		return SLICE_NONE;
	if (number_at(t, 0) & INLINE) {
		head = slice_mem(t.ptr + BYTES_AT, t.len - BYTES_AT);
	} else {
		for (unsigned i = 0; i < REC_FIELDS && call_field(c, i, &v); i++) {
			memcpy(fields + 8 * i, &v, 8);
			head = slice_mem((const char *)fields, 8 * (i + 1));
		}
	}
	return head.len > KEY_AT && number_at(head, 0) == number_at(t, LEN_AT) ? head : SLICE_NONE;
}

/* The first element, when it is a name with a number or with a string. */
static bool first_element(struct slice s, struct slice *ret_verb, struct slice *ret_name)
{
	size_t value;
	uint8_t type;

	if (!string_at(s, KEY_AT, ret_verb))
		return false;
	type = (uint8_t)s.ptr[TYPE_AT];
	value = KEY_AT + ret_verb->len + 1;
	*ret_name = SLICE_NONE;
	if (type == TYPE_STRING)
		return value + 4 < s.len && string_at(s, value + 4, ret_name) && number_at(s, value) == ret_name->len + 1;
	return type == TYPE_DOUBLE || type == TYPE_BOOL || type == TYPE_INT32 || type == TYPE_INT64;
}

static void add_call(struct buf *b, struct slice verb, struct slice name)
{
	buf_add(b, SLICE("CALL "));
	buf_add_quoted(b, verb, '"');
	buf_addc(b, '(');
	if (name.len)
		buf_add_quoted(b, name, '\'');
	buf_addc(b, ')');
}

int layer_document(struct query *q, const struct call *c)
{
	struct slice verb, name;
	uint8_t fields[FIELD_BYTES];
	bool known = first_element(head_of(c, fields), &verb, &name);
	size_t i = 0;
	struct buf b;

	if (layer_nested(c)) /* how the library does what is told already */
		return 0;
	buf_init(&b, LAYER_TEXT_ROOM);
	while (known && name.len && i < ARRAY_SIZE(verbs) && !slice_eq(verb, slice_cstr(verbs[i].verb)))
		i++;
	if (known && name.len && i < ARRAY_SIZE(verbs)) {
		add_relation(&b, verbs[i].op, c->text, name);
		return layer_tell(q, c, &b, verbs[i].more);
	}
	add_call(&b, known ? verb : slice_cstr(c->site->symbol), known ? name : SLICE_NONE);
	/* All of a database: aggregate, dropDatabase. */
	known = known && !slice_eq(verb, SLICE("aggregate")) && !slice_eq(verb, SLICE("dropDatabase"));
	return layer_tell(q, c, &b, !known);
}
