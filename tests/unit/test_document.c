// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* MongoDB's commands: documents as they lie in memory, whole, cut at every length, and with lengths that lie. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "query/query.h"
#include "feed.inc.c"
#include "records.inc.c"

enum { CLIENT, DATABASE, WATCH, DROP, DROP_WITH_OPTS, BULK, AGGREGATE };

struct seen {
	char text[256]; /* of the last execution; "?" behind it: more may stand in what was not seen */
	unsigned n;
	struct query *q;
};

static void on_execution(void *ctx, const struct execution *x)
{
	struct seen *s = ctx;

	s->n++;
	snprintf(s->text, sizeof(s->text), "%.*s%s", (int)x->text.len, x->text.ptr, x->text_unknown ? "?" : "");
}

static void begin(struct seen *s)
{
	static const struct {
		enum client_op op;
		const char *symbol;
	} sites[] = {
		[CLIENT] = { OP_LAYER_DOCUMENT, "mongoc_client_command_simple" },
		[DATABASE] = { OP_LAYER_DOCUMENT, "mongoc_database_command_simple" },
		[WATCH] = { OP_LAYER_DOCUMENT, "mongoc_client_watch" },
		[DROP] = { OP_LAYER_DELETE, "mongoc_collection_drop" },
		[DROP_WITH_OPTS] = { OP_LAYER_DELETE, "mongoc_collection_drop_with_opts" },
		[BULK] = { OP_LAYER_UPDATE, "mongoc_bulkwrite_append_updateone" },
		[AGGREGATE] = { OP_LAYER_SELECT, "mongoc_collection_aggregate" },
	};

	memset(s, 0, sizeof(*s));
	assert_int_equal(query_new(on_execution, s, &s->q), 0);
	feed(s->q, test_library(0, "/lib/libmongoc-1.0.so.0", "mongoc"));
	for (uint32_t i = 0; i < ARRAY_SIZE(sites); i++)
		feed(s->q, test_site(i, 0, sites[i].op, SYSTEM_MONGODB, sites[i].symbol, 0x1000 + 0x1000 * i));
}

static const char *end(struct seen *s, unsigned n)
{
	query_finish(s->q);
	query_free(s->q);
	assert_int_equal(s->n, n);
	return s->text;
}

/* {verb: value, ...}: a string, or with NULL the type alone. */
struct document {
	uint8_t bytes[128];
	uint32_t len;
};

static struct document document(const char *verb, uint8_t type, const char *value)
{
	struct document d = { .len = 4 };
	uint32_t n = value ? (uint32_t)strlen(value) + 1 : 0;

	d.bytes[d.len++] = type;
	memcpy(d.bytes + d.len, verb, strlen(verb) + 1);
	d.len += (uint32_t)strlen(verb) + 1;
	if (value) {
		memcpy(d.bytes + d.len, &n, 4);
		memcpy(d.bytes + d.len + 4, value, n);
	}
	d.len += value ? 4 + n : 8;
	d.bytes[d.len++] = 0;
	memcpy(d.bytes, &d.len, 4);
	return d;
}

/* As the probe saw it: in the bson_t, so many bytes of that, or away from it, so many fields. */
static const char *inside(uint32_t site, const struct document *d, size_t seen_bytes, uint32_t len)
{
	static struct seen s;
	char t[8 + sizeof(d->bytes)] = { 1 };
	struct test_call c = { .site = site, .frame = 1000, .arg0 = 1, .ts_ns = 1000, .name = t, .name_bytes = seen_bytes };

	begin(&s);
	c.text = site == CLIENT ? "crm" : NULL;
	memcpy(t + 4, &len, 4);
	memcpy(t + 8, d->bytes, sizeof(d->bytes));
	feed(s.q, test_call(&c));
	return end(&s, 1);
}

static const char *away(const struct document *d, unsigned fields, uint32_t len)
{
	static struct seen s;
	char t[REC_NAME_LEN] = { 0 };
	struct test_call c = { .site = DATABASE, .frame = 1000, .arg0 = 1, .ts_ns = 1000, .name = t, .name_bytes = sizeof(t) };

	begin(&s);
	memcpy(t + 4, &len, 4);
	for (unsigned i = 0; i < fields; i++) {
		memcpy(&c.fields[i], d->bytes + 8 * i, 8);
		c.field_ok |= (uint8_t)(1u << i);
	}
	feed(s.q, test_call(&c));
	return end(&s, 1);
}

static void test_commands(void **state)
{
	static const struct {
		const char *verb;
		uint8_t type;
		const char *value, *want;
	} cases[] = {
		{ "find", 2, "user_ip_log", "SELECT * FROM \"crm\".\"user_ip_log\"" },
		{ "aggregate", 2, "posts", "SELECT * FROM \"crm\".\"posts\"?" },
		{ "mapReduce", 2, "posts", "SELECT * FROM \"crm\".\"posts\"?" },
		{ "insert", 2, "t", "INSERT INTO \"crm\".\"t\" VALUES (?)" },
		{ "findAndModify", 2, "t", "UPDATE \"crm\".\"t\" SET document = ?" },
		{ "delete", 2, "a\"b", "DELETE FROM \"crm\".\"a\"\"b\"" },
		{ "create", 2, "it's", "CALL \"create\"('it''s')" },
		{ "ping", 16, NULL, "CALL \"ping\"()" },
		{ "getMore", 18, NULL, "CALL \"getMore\"()" },
		{ "aggregate", 16, NULL, "CALL \"aggregate\"()?" },
		{ "dropDatabase", 16, NULL, "CALL \"dropDatabase\"()?" },
		{ "explain", 3, NULL, "CALL \"mongoc_client_command_simple\"()?" }, /* a command in a command */
		{ "find", 2, "", "CALL \"mongoc_client_command_simple\"()?" },
		{ "", 2, "t", "CALL \"mongoc_client_command_simple\"()?" },
		{ "a_verb_that_leaves_no_room_for_more_of_what_is_seen", 2, "t", "CALL \"mongoc_client_command_simple\"()?" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct document d = document(cases[i].verb, cases[i].type, cases[i].value);

		assert_string_equal(inside(CLIENT, &d, REC_NAME_LEN, d.len), cases[i].want);
	}
}

/* The whole name, or none. */
static void test_cut(void **state)
{
	struct document d = document("find", 2, "user_ip_log");
	size_t whole = 8 + 5 + 5 + 4 + 12;

	(void)state;
	for (size_t n = 1; n <= REC_NAME_LEN; n++)
		assert_string_equal(inside(DATABASE, &d, n, d.len),
				    n < whole ? "CALL \"mongoc_database_command_simple\"()?" : "SELECT * FROM \"user_ip_log\"");
	for (unsigned n = 0; n <= REC_FIELDS; n++)
		assert_string_equal(away(&d, n, d.len),
				    n < REC_FIELDS ? "CALL \"mongoc_database_command_simple\"()?" : "SELECT * FROM \"user_ip_log\"");
	d = document("find", 2, "a_name_of_more_than_18_bytes");
	assert_string_equal(away(&d, REC_FIELDS, d.len), "CALL \"mongoc_database_command_simple\"()?");
}

/* Lengths that do not agree: what lies there is no document. */
static void test_lies(void **state)
{
	struct document d = document("find", 2, "user_ip_log");
	uint32_t n = 5;

	(void)state;
	assert_string_equal(inside(DATABASE, &d, REC_NAME_LEN, d.len + 1), "CALL \"mongoc_database_command_simple\"()?");
	assert_string_equal(away(&d, REC_FIELDS, d.len + 1), "CALL \"mongoc_database_command_simple\"()?");
	memcpy(d.bytes + 10, &n, 4);
	assert_string_equal(inside(DATABASE, &d, REC_NAME_LEN, d.len), "CALL \"mongoc_database_command_simple\"()?");
}

static void call(struct seen *s, uint32_t site, uint64_t frame, const char *text)
{
	struct test_call c = { .site = site, .frame = frame, .arg0 = 1, .text = text, .ts_ns = 1000 + site };

	feed(s->q, test_call(&c));
}

static void test_others(void **state)
{
	static struct seen s;

	(void)state;
	begin(&s);
	call(&s, WATCH, 1000, NULL);
	assert_string_equal(end(&s, 1), "CALL \"mongoc_client_watch\"()?");
	begin(&s);
	call(&s, BULK, 1000, "crm.user_ip_log");
	assert_string_equal(end(&s, 1), "UPDATE \"crm\".\"user_ip_log\" SET document = ?");
	begin(&s);
	call(&s, AGGREGATE, 1000, "posts");
	assert_string_equal(end(&s, 1), "SELECT * FROM \"posts\"?");
	/* A function that ends in a jump to another one is told once; two collections are two. */
	begin(&s);
	call(&s, DROP, 1000, "t");
	call(&s, DROP_WITH_OPTS, 1000, "t");
	assert_string_equal(end(&s, 1), "DELETE FROM \"t\"");
	begin(&s);
	call(&s, DROP, 1000, "t");
	call(&s, DROP_WITH_OPTS, 1000, "u");
	assert_string_equal(end(&s, 2), "DELETE FROM \"u\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_commands),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_lies),
		cmocka_unit_test(test_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
