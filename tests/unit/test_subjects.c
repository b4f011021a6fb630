// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Protected people: normal forms, the list and its key, what is found in literals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "config/subjects.h"
#include "policy/policy.h"
#include "tree.inc.c"

static const unsigned char key[SUBJECT_KEY_BYTES] = { 1, 2, 3 };

/* Two ways to write a value: the same person, or not; b NULL: a is no value of this kind. */
static void test_normal_forms(void **state)
{
	static const struct {
		enum subject_kind kind;
		const char *a, *b;
		bool same;
	} rows[] = {
		{ SUBJECT_ID, "42", "042", true },
		{ SUBJECT_ID, "42", "+42", true },
		{ SUBJECT_ID, "42", "43", false },
		{ SUBJECT_ID, "0", "00", true },
		{ SUBJECT_ID, "Alice", "alice", true },
		{ SUBJECT_ID, "550E8400-E29B", "550e8400-e29b", true },
		{ SUBJECT_ID, "", NULL, false },
		{ SUBJECT_ID, "  ", NULL, false },
		{ SUBJECT_EMAIL, "A.B@Example.ORG", " a.b@example.org ", true },
		{ SUBJECT_EMAIL, "a@b", "a@c", false },
		{ SUBJECT_EMAIL, "no address", NULL, false },
		{ SUBJECT_EMAIL, "@x", NULL, false },
		{ SUBJECT_EMAIL, "x@", NULL, false },
		{ SUBJECT_PHONE, "+49 (151) 123-45/67", "0049151 1234567", true },
		{ SUBJECT_PHONE, "+491511234567", "491511234567", true },
		{ SUBJECT_PHONE, "+491511234567", "01511234567", false },
		{ SUBJECT_PHONE, "12345", NULL, false },
		{ SUBJECT_PHONE, "1234567890123456", NULL, false },
		{ SUBJECT_PHONE, "+49 151 x", NULL, false },
		{ SUBJECT_PHONE, "+49 (0)151 1234567", "+491511234567", true },
		{ SUBJECT_PHONE, "(+49) 151.123.45.67", "+491511234567", true },
		{ SUBJECT_PHONE, "(0049) 151/1234567", "+491511234567", true },
		{ SUBJECT_PHONE, "TEL:+49-151-1234567;ext=12", "+491511234567", true },
		{ SUBJECT_PHONE, "+49 151 1234567 ext. 12", "+491511234567", true },
		{ SUBJECT_PHONE, "+49 151 1234567x12", "+491511234567", true },
		{ SUBJECT_PHONE, "+49\u00a0151\u20111234567", "+491511234567", true },
		{ SUBJECT_PHONE, "(0)30 123456", "030123456", true },
		{ SUBJECT_PHONE, "\uff0b\uff14\uff19 151 1234567", "+491511234567", true },
		{ SUBJECT_EMAIL, "mailto:A@B.org", "a@b.org", true },
		{ SUBJECT_EMAIL, "J\u00dcRGEN@example.org", "ju\u0308rgen@example.org", true },
		{ SUBJECT_ID, "\uff14\uff12", "42", true },
		{ SUBJECT_NAME, "J\u00fcrgen M\u00dcLLER", "jurgen muller", true },
		{ SUBJECT_NAME, "Ju\u0308rgen\u00a0Mu\u0308ller", "J\u00fcrgen  M\u00fcller", true },
		{ SUBJECT_NAME, "Gro\u00df", "GROSS", true },
		{ SUBJECT_NAME, "\u0430nna", "anna", false }, /* Cyrillic a */
		{ SUBJECT_NAME, "\u200b", NULL, false },
		{ SUBJECT_IP, "10.1.2.3", "::ffff:10.1.2.3", true },
		{ SUBJECT_IP, "10.1.2.3", "167838211", true },
		{ SUBJECT_IP, "10.1.2.3", "10.1.2.3/32", true },
		{ SUBJECT_IP, "10.1.2.3", "::ffff:0a01:0203", true },
		{ SUBJECT_IP, "2001:DB8::1", "2001:0db8:0:0::1/128", true },
		{ SUBJECT_IP, "10.1.2.3", "10.1.2.4", false },
		{ SUBJECT_IP, "10.1.2", NULL, false },
		{ SUBJECT_IP, "4294967296", NULL, false },
		{ SUBJECT_IP, "10.0.0.0/8", NULL, false },
		{ SUBJECT_NETWORK, "10.1.2.3/8", "10.0.0.0/8", true },
		{ SUBJECT_NETWORK, "10.0.0.0/8", "10.0.0.0/9", false },
		{ SUBJECT_NETWORK, "::ffff:10.0.0.0/104", "10.0.0.0/8", true },
		{ SUBJECT_NETWORK, "2001:db8:ffff::/32", "2001:db8::/32", true },
		{ SUBJECT_NETWORK, "0.0.0.0/0", "10.0.0.0/0", true },
		{ SUBJECT_NETWORK, "10.0.0.0/33", NULL, false },
		{ SUBJECT_NETWORK, "::/129", NULL, false },
		{ SUBJECT_NETWORK, "10/8", NULL, false },
		{ SUBJECT_NAME, "Maria \t Muster", "maria muster", true },
		{ SUBJECT_NAME, "Maria Muster", "mariamuster", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct subject_normal a, b;
		struct subject_hash x, y;
		int r = subject_normal(rows[i].kind, slice_cstr(rows[i].a), &a);

		if ((r == 0) != (rows[i].b != NULL))
			fail_msg("%s: %d", rows[i].a, r);
		if (!rows[i].b)
			continue;
		assert_int_equal(subject_normal(rows[i].kind, slice_cstr(rows[i].b), &b), 0);
		subject_hash(key, rows[i].kind, &a, &x);
		subject_hash(key, rows[i].kind, &b, &y);
		if ((memcmp(x.v, y.v, sizeof(x.v)) == 0) != rows[i].same)
			fail_msg("%s and %s", rows[i].a, rows[i].b);
	}
}

/* Another key, another kind: another hash. */
static void test_hash(void **state)
{
	unsigned char other[SUBJECT_KEY_BYTES] = { 9 };
	struct subject_normal n;
	struct subject_hash a, b, c;

	(void)state;
	assert_int_equal(subject_normal(SUBJECT_ID, SLICE("a@b"), &n), 0);
	subject_hash(key, SUBJECT_ID, &n, &a);
	subject_hash(key, SUBJECT_EMAIL, &n, &b);
	subject_hash(other, SUBJECT_ID, &n, &c);
	assert_memory_not_equal(a.v, b.v, sizeof(a.v));
	assert_memory_not_equal(a.v, c.v, sizeof(a.v));
}

static void test_guess(void **state)
{
	static const struct {
		const char *value;
		enum subject_kind kind;
	} rows[] = {
		{ "42", SUBJECT_ID },      { "a@b.c", SUBJECT_EMAIL },        { "+49151123456", SUBJECT_PHONE }, { "10.0.0.1", SUBJECT_IP },
		{ "fe80::1", SUBJECT_IP }, { "10.0.0.0/8", SUBJECT_NETWORK }, { "Maria Muster", SUBJECT_NAME },  { "maria", SUBJECT_ID }
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(subject_guess(slice_cstr(rows[i].value)), rows[i].kind);
}

static void test_bad_lists(void **state)
{
#define HEX32 "00112233445566778899aabbccddeeff"
	static const struct {
		const char *text, *error;
	} rows[] = {
		{ "", "list:1:1: not a list of subjects; its first line is \"" SUBJECTS_HEADER "\"" },
		{ "id " HEX32 " a\n", "list:1:1: not a list of subjects; its first line is \"" SUBJECTS_HEADER "\"" },
		{ SUBJECTS_HEADER "\nage " HEX32 " a\n",
		  "list:2:1: no such kind; give id, email, phone, ip, network/BITS, network6/BITS or name" },
		{ SUBJECTS_HEADER "\nnetwork/33 " HEX32 " a\n",
		  "list:2:1: no such kind; give id, email, phone, ip, network/BITS, network6/BITS or name" },
		{ SUBJECTS_HEADER "\nnetwork " HEX32 " a\n",
		  "list:2:1: no such kind; give id, email, phone, ip, network/BITS, network6/BITS or name" },
		{ SUBJECTS_HEADER "\n\nid 0011 a\n",
		  "list:3:1: no hash of 32 hexadecimal digits; let \"qprov subjects add\" write the file" },
		{ SUBJECTS_HEADER "\nid " HEX32 "\n", "list:2:1: no label; it has 1 to 64 letters, digits, '.', '_' and '-'" },
		{ SUBJECTS_HEADER "\nid " HEX32 " a b\n", "list:2:1: no label; it has 1 to 64 letters, digits, '.', '_' and '-'" },
		{ SUBJECTS_HEADER "\nid " HEX32 " a\nid " HEX32 " b\n", "list:3:1: the same identifier twice; take one out" },
	};
	struct subjects *s;
	struct config_error e;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_true(subjects_parse(slice_cstr(rows[i].text), "list", key, &s, &e) < 0);
		assert_string_equal(e.text, rows[i].error);
	}
	assert_int_equal(subjects_parse(SLICE(SUBJECTS_HEADER "\n# x\nid " HEX32 " a\nemail " HEX32 " a\n"), "list", key, &s, &e), 0);
	assert_int_equal(s->n, 2);
	subjects_free(s);
}

/* add, save, load, remove; the key's mode. */
static void test_files(void **state)
{
	const char *dir = tree_make();
	char list[64], secret[64];
	struct config_error e;
	struct subjects *s;
	struct stat st;
	int lock;

	(void)state;
	assert_non_null(dir);
	snprintf(list, sizeof(list), "%s/subjects", dir);
	snprintf(secret, sizeof(secret), "%s/subjects.key", dir);
	assert_int_equal(subjects_open(list, secret, false, &s, &lock, &e), -ENOENT);
	assert_int_equal(subjects_open(list, secret, true, &s, &lock, &e), 0);
	assert_int_equal(subjects_add(s, SUBJECT_EMAIL, SLICE("alice@example.org"), SLICE("a")), 0);
	assert_int_equal(subjects_add(s, SUBJECT_EMAIL, SLICE("ALICE@example.org"), SLICE("b")), -EEXIST);
	assert_int_equal(subjects_add(s, SUBJECT_EMAIL, SLICE("alice"), SLICE("b")), -EINVAL);
	assert_int_equal(subjects_add(s, SUBJECT_NETWORK, SLICE("10.0.0.0/8"), SLICE("b")), 0);
	assert_int_equal(subjects_save(s, list, &e), 0);
	subjects_free(s);
	close(lock);
	assert_int_equal(stat(secret, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(stat(list, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);

	assert_int_equal(subjects_open(list, secret, true, &s, &lock, &e), 0);
	assert_int_equal(s->n, 2);
	assert_int_equal(subjects_remove_value(s, SUBJECT_EMAIL, SLICE("alice@example.org")), 0);
	assert_int_equal(subjects_remove_value(s, SUBJECT_EMAIL, SLICE("alice@example.org")), -ENOENT);
	assert_int_equal(subjects_remove_label(s, SLICE("b")), 1);
	assert_int_equal(s->n, 0);
	subjects_free(s);
	close(lock);

	assert_int_equal(chmod(secret, 0640), 0);
	assert_int_equal(subjects_load(list, secret, &s, &e), -EINVAL);
	assert_non_null(strstr(e.text, "others may read the key; chmod 0600 it"));
	unlink(secret);
	assert_int_equal(subjects_open(list, secret, true, &s, &lock, &e), -ENOENT);
}

struct fixture {
	struct config *c;
	struct policy *p;
	struct arena arena;
};

static void setup(struct fixture *f, struct slice yaml)
{
	static const char empty[] = SUBJECTS_HEADER "\n";
	struct config_error e;
	struct subjects *s;

	if (config_parse(yaml, "t.yaml", &f->c, &e) || subjects_parse(slice_mem(empty, sizeof(empty) - 1), "list", key, &s, &e))
		fail_msg("%s", e.text);
	assert_int_equal(subjects_add(s, SUBJECT_ID, SLICE("42"), SLICE("short")), 0);
	assert_int_equal(subjects_add(s, SUBJECT_ID, SLICE("1234567"), SLICE("long")), 0);
	assert_int_equal(subjects_add(s, SUBJECT_EMAIL, SLICE("alice@example.org"), SLICE("mail")), 0);
	assert_int_equal(subjects_add(s, SUBJECT_PHONE, SLICE("+49 151 1234567"), SLICE("phone")), 0);
	assert_int_equal(subjects_add(s, SUBJECT_IP, SLICE("2001:db8::1"), SLICE("ip")), 0);
	assert_int_equal(subjects_add(s, SUBJECT_IP, SLICE("192.0.2.77"), SLICE("four")), 0);
	assert_int_equal(subjects_add(s, SUBJECT_NETWORK, SLICE("10.20.0.0/16"), SLICE("net")), 0);
	assert_int_equal(subjects_add(s, SUBJECT_NAME, SLICE("Maria Muster"), SLICE("name")), 0);
	f->c->subjects = s;
	assert_int_equal(policy_new(f->c, &f->p), 0);
	arena_init(&f->arena, 64 << 20);
}

static void teardown(struct fixture *f)
{
	policy_free(f->p);
	config_free(f->c);
	arena_done(&f->arena);
}

static struct policy_verdict ask(struct fixture *f, const struct policy_value *v, size_t n, bool sensitive, enum sql_certainty c)
{
	static const struct policy_who nobody;
	struct sql_relation relations[] = { { .name = SLICE("posts"), .access = SQL_READ }, { .name = SLICE("log"), .access = SQL_READ } };
	struct policy_question q = {
		.relations = relations, .n = sensitive ? 2 : 1, .values = v, .nvalues = n, .certainty = c, .who = &nobody
	};
	struct policy_verdict verdict;

	assert_int_equal(policy_match(f->p, &q, &f->arena, &verdict), 0);
	return verdict;
}

/* One literal; log is sensitive (relation 1), posts (0) is not. */
static void test_found(void **state)
{
	static const struct {
		const char *value;
		bool string, sensitive, predicate;
		int relation;
		const char *label; /* NULL: nobody */
	} rows[] = {
		{ "alice@example.org", true, false, false, -1, "mail" },
		{ "Alice@Example.org ", true, true, true, 1, "mail" },
		{ "%alice@example.org%", true, false, false, -1, "mail" },
		{ "bob@example.org", true, true, false, -1, NULL },
		{ "{bob@x.y,alice@example.org}", true, false, false, -1, "mail" },
		{ "[\"alice@example.org\"]", true, false, false, -1, "mail" },
		{ "0049 151 1234567", true, false, false, -1, "phone" },
		{ "491511234567", false, false, false, -1, "phone" },
		{ "2001:db8:0::1", true, false, false, -1, "ip" },
		{ "10.20.30.40", true, false, false, -1, "net" },
		{ "::ffff:10.20.30.40", true, false, false, -1, "net" },
		{ "169090600", false, false, false, -1, "net" }, /* 10.20.30.40 */
		{ "169148416", false, false, false, -1, NULL },  /* 10.21.0.0 */
		{ "10.21.0.1", true, false, false, -1, NULL },
		{ "10.20.128.0/17", true, false, false, -1, "net" },
		{ "10.0.0.0/8", true, false, false, -1, NULL },
		{ "maria  MUSTER", true, false, false, -1, "name" },
		{ "42", false, true, true, 1, "short" },
		{ "42", false, true, true, -1, "short" },
		{ "42", false, true, true, 0, NULL },
		{ "42", false, true, false, -1, NULL },
		{ "42", false, false, true, 0, NULL },
		{ "1234567", false, true, false, -1, "long" },
		{ "1234567", false, false, false, -1, NULL },
		{ "01234567", true, true, false, -1, "long" },
		{ "2001:db8::/116", true, false, false, -1, "ip" },
		{ "2001:db8::/115", true, false, false, -1, NULL }, /* too wide to try each */
		{ "192.0.2.64/26", true, false, false, -1, "four" },
		{ "192.0.2.0/26", true, false, false, -1, NULL },
		{ "192.0.2.%", true, false, false, -1, "four" },
		{ "192.0.2.7%", true, false, false, -1, "four" },
		{ "192.0.2.8%", true, false, false, -1, NULL },
		{ "192.0.2.", true, false, false, -1, NULL }, /* no LIKE */
		{ "10.20.%", true, false, false, -1, "net" },
		{ "10.20.30.%", true, false, false, -1, "net" },
		{ "10.%", true, false, false, -1, NULL },
		{ "::ffff:192.0.2.77", true, false, false, -1, "four" },
		{ "::ffff:192.0.2.64/122", true, false, false, -1, "four" },
		{ "{\"mail\":\"alice\\u0040example.org\"}", true, false, false, -1, "mail" },
		{ "{\"id\":1234567}", true, true, false, -1, "long" },
		{ "{\"id\": 1234567}", true, true, false, -1, "long" },
		{ "[\"M\\u0061ria\\u00a0Muster\"]", true, false, false, -1, "name" },
		{ "please look up alice@example.org today", true, false, false, -1, "mail" },
		{ "please look up alice2@example.org today", true, false, false, -1, NULL },
		{ "M\u00e1ria MUSTER", true, false, false, -1, "name" },
	};
	struct fixture f;

	(void)state;
	setup(&f, SLICE("tables: [{match: log, severity: low}]\n"));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct policy_value v = { .value = slice_cstr(rows[i].value),
					  .string = rows[i].string,
					  .predicate = rows[i].predicate,
					  .relation = rows[i].relation };
		struct policy_verdict got = ask(&f, &v, 1, rows[i].sensitive, SQL_PARSED);

		if ((got.nsubjects != 0) != (rows[i].label != NULL))
			fail_msg("row %zu, %s: %zu found", i, rows[i].value, got.nsubjects);
		if (!rows[i].label)
			continue;
		if (!slice_eq(got.subjects[0]->label, slice_cstr(rows[i].label)))
			fail_msg("row %zu: %s", i, slice_quote(got.subjects[0]->label));
		assert_int_equal(got.action, POLICY_ALERT);
		assert_true(slice_eq(got.rule, SLICE("protected subject")));
	}
	teardown(&f);
}

/* What was not understood may be a predicate. */
static void test_uncertain_id(void **state)
{
	struct policy_value v = { .value = SLICE("42"), .relation = -1 };
	struct fixture f;

	(void)state;
	setup(&f, SLICE("tables: [{match: log}]\n"));
	assert_int_equal(ask(&f, &v, 1, true, SQL_PARTIAL).nsubjects, 1);
	assert_int_equal(ask(&f, &v, 1, true, SQL_PARSED).nsubjects, 0);
	teardown(&f);
}

/* An allowance that does not name subjects does not cover them; one that does must cover all. */
static void test_rules(void **state)
{
	static const struct policy_value mail = { .value = SLICE("alice@example.org"), .string = true, .relation = -1 };
	static const struct policy_value both[] = { { .value = SLICE("alice@example.org"), .string = true, .relation = -1 },
						    { .value = SLICE("10.20.1.1"), .string = true, .relation = -1 } };
	static const struct {
		const char *rule;
		enum policy_action none, one, two;
	} rows[] = {
		{ "{name: r, when: {tables: log}, action: log}", POLICY_LOG, POLICY_ALERT, POLICY_ALERT },
		{ "{name: r, action: log}", POLICY_LOG, POLICY_LOG, POLICY_LOG },
		{ "{name: r, when: {subjects: mail}, action: ignore}", POLICY_ALERT, POLICY_ALERT, POLICY_ALERT },
		{ "{name: r, when: {subjects: mail, tables: log}, action: log}", POLICY_ALERT, POLICY_LOG, POLICY_ALERT },
		{ "{name: r, when: {subjects: \"*\", tables: log}, action: log}", POLICY_ALERT, POLICY_LOG, POLICY_LOG },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct fixture f;
		char yaml[200];

		snprintf(yaml, sizeof(yaml), "tables: [{match: log}]\nrules: [%s]\n", rows[i].rule);
		setup(&f, slice_cstr(yaml));
		if (ask(&f, NULL, 0, true, SQL_PARSED).action != rows[i].none ||
		    ask(&f, &mail, 1, true, SQL_PARSED).action != rows[i].one || ask(&f, both, 2, true, SQL_PARSED).action != rows[i].two)
			fail_msg("row %zu", i);
		teardown(&f);
	}
}

/* BETWEEN two addresses; a range too wide to try each is told on a sensitive relation. */
static void test_ranges(void **state)
{
	static const struct {
		const char *from, *to;
		bool between, sensitive, found, cut;
	} rows[] = {
		{ "192.0.2.1", "192.0.2.99", true, false, true, false },
		{ "192.0.2.77", "192.0.2.77", true, false, true, false },
		{ "192.0.2.1", "192.0.2.76", true, false, false, false },
		{ "192.0.2.78", "192.0.3.9", true, false, false, false },
		{ "192.0.2.99", "192.0.2.1", true, false, false, false },
		{ "192.0.2.1", "192.0.2.99", false, false, false, false },
		{ "191.0.0.0", "193.0.0.0", true, false, false, false },
		{ "191.0.0.0", "193.0.0.0", true, true, false, true },
		{ "::", "ffff::", true, true, false, true },
		{ "192.0.2.1", "2001:db8::2", true, true, false, false },
		{ "2001:db8::", "2001:db8::9", true, false, true, false },
	};
	struct fixture f;

	(void)state;
	setup(&f, SLICE("tables: [{match: log}]\n"));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct policy_value v[] = {
			{ .value = slice_cstr(rows[i].from), .string = true, .relation = -1 },
			{ .value = slice_cstr(rows[i].to), .string = true, .relation = -1, .between = rows[i].between }
		};
		struct policy_verdict got = ask(&f, v, 2, rows[i].sensitive, SQL_PARSED);

		if ((got.nsubjects != 0) != rows[i].found || got.cut != rows[i].cut)
			fail_msg("row %zu: %zu found, cut %d", i, got.nsubjects, got.cut);
	}
	teardown(&f);
}

/* A list from before names were folded: what was found then is found now. */
static void test_old_list(void **state)
{
	static const struct {
		enum subject_kind kind;
		const char *value, *old;
	} rows[] = { { SUBJECT_NAME, "J\u00fcrgen M\u00dcLLER", "j\u00fcrgen m\u00dcller" },
		     { SUBJECT_PHONE, "+49 (0)151 1234567", "4901511234567" } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct subject_normal n, plain;

		assert_int_equal(subject_normal_plain(rows[i].kind, slice_cstr(rows[i].value), &plain), 0);
		assert_true(slice_eq(slice_mem(plain.text, plain.len), slice_cstr(rows[i].old)));
		assert_int_equal(subject_normal(rows[i].kind, slice_cstr(rows[i].value), &n), 0);
		assert_false(slice_eq(slice_mem(n.text, n.len), slice_cstr(rows[i].old)));
	}
	assert_int_equal(subject_normal_plain(SUBJECT_NAME, SLICE("Maria Muster"), &(struct subject_normal){ 0 }), -EINVAL);
	assert_int_equal(subject_normal_plain(SUBJECT_PHONE, SLICE("+491511234567"), &(struct subject_normal){ 0 }), -EINVAL);
}

/* More people than are told: how many different ones is exact. */
static void test_many(void **state)
{
	enum { PEOPLE = 200 };
	struct policy_value v[2 * PEOPLE];
	char text[PEOPLE][32];
	struct fixture f;
	struct policy_verdict got;

	(void)state;
	setup(&f, SLICE("tables: [{match: log}]\n"));
	for (size_t i = 0; i < PEOPLE; i++) {
		snprintf(text[i], sizeof(text[i]), "p%zu@example.org", i);
		assert_int_equal(subjects_add(f.c->subjects, SUBJECT_EMAIL, slice_cstr(text[i]), SLICE("many")), 0);
		v[i] = v[PEOPLE + i] = (struct policy_value){ .value = slice_cstr(text[i]), .string = true, .relation = -1 };
	}
	got = ask(&f, v, 2 * PEOPLE, false, SQL_PARSED);
	assert_int_equal(got.nsubjects, POLICY_SUBJECTS_MAX);
	assert_int_equal(got.more_subjects, PEOPLE - POLICY_SUBJECTS_MAX);
	teardown(&f);
}

/* Thousands of literals stay within the limit, and beyond it the event says so. */
static void test_limit(void **state)
{
	enum { MANY = POLICY_SUBJECT_HASHES / 2 };
	struct policy_value *v = calloc(MANY, sizeof(*v));
	struct policy_verdict got;
	struct fixture f;

	(void)state;
	assert_non_null(v);
	for (size_t i = 0; i < MANY; i++)
		v[i] = (struct policy_value){ .value = SLICE("nobody@example.org"), .string = true, .relation = -1 };
	setup(&f, SLICE("tables: [{match: log}]\n"));
	got = ask(&f, v, MANY, false, SQL_PARSED);
	assert_true(got.cut);
	assert_int_equal(got.action, POLICY_ALERT);
	assert_true(slice_eq(got.rule, SLICE("uncertain statement")));
	teardown(&f);
	free(v);
}

/* Parts that are of no kind cost time as well. */
static void test_many_parts(void **state)
{
	enum { PARTS = 1024, VALUES = POLICY_SUBJECT_HASHES / PARTS + 8 };
	static const char empty[] = SUBJECTS_HEADER "\n";
	struct policy_value *v = calloc(VALUES, sizeof(*v));
	char text[2 * PARTS];
	struct config_error e;
	struct fixture f;

	(void)state;
	assert_non_null(v);
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = i % 2 ? ',' : 'a';
	for (size_t i = 0; i < VALUES; i++)
		v[i] = (struct policy_value){ .value = slice_mem(text, sizeof(text)), .string = true, .relation = -1 };
	assert_int_equal(config_parse(SLICE("tables: [{match: log}]\n"), "t.yaml", &f.c, &e), 0);
	assert_int_equal(subjects_parse(slice_mem(empty, sizeof(empty) - 1), "list", key, &f.c->subjects, &e), 0);
	assert_int_equal(subjects_add(f.c->subjects, SUBJECT_EMAIL, SLICE("alice@example.org"), SLICE("mail")), 0);
	assert_int_equal(policy_new(f.c, &f.p), 0);
	arena_init(&f.arena, 64 << 20);
	assert_false(ask(&f, v, VALUES / 2, false, SQL_PARSED).cut);
	assert_true(ask(&f, v, VALUES, false, SQL_PARSED).cut);
	teardown(&f);
	free(v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_normal_forms),
		cmocka_unit_test(test_hash),
		cmocka_unit_test(test_guess),
		cmocka_unit_test(test_bad_lists),
		cmocka_unit_test_teardown(test_files, tree_remove),
		cmocka_unit_test(test_found),
		cmocka_unit_test(test_uncertain_id),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_old_list),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_many_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
