// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Protected people in the literals and parameters of a statement: each value is brought into the normal form of each kind it could be of,
 * hashed with the key, and looked up. A short number says little by itself: an id counts where a column of a sensitive relation is compared
 * with it, and a long one or a word anywhere in a statement on a sensitive relation; everything else counts anywhere.
 */
#include <errno.h>
#include <string.h>

#include <sodium.h>

#include "base/cleanup.h"
#include "policy/literals.h"
#include "policy/subject_forms.h"
#include "policy/subject_search.h"

enum {
	LONG_ID = 5,
	PARTS_MAX = 1024,
	SEVERITY_SUBJECT = 73,
};

/* Each once, also those beyond the limit: a bit for each of the list. */
static int is_new(struct search *s, const struct subject *t, bool *ret)
{
	unsigned char bit = (unsigned char)(1u << (t->number % 8));

	if (!s->seen) {
		s->seen = arena_alloc(s->j->arena, s->list->made / 8 + 1);
		if (!s->seen)
			return -ENOMEM;
		memset(s->seen, 0, s->list->made / 8 + 1);
	}
	*ret = !(s->seen[t->number / 8] & bit);
	s->seen[t->number / 8] |= bit;
	return 0;
}

static int found(struct search *s, const struct subject *t)
{
	struct policy_verdict *v = &s->j->v;
	bool fresh = false;
	int err = is_new(s, t, &fresh);

	if (err || !fresh)
		return err;
	if (v->nsubjects == POLICY_SUBJECTS_MAX) {
		v->more_subjects++;
		return 0;
	}
	if (!v->subjects) {
		v->subjects = arena_array(s->j->arena, POLICY_SUBJECTS_MAX, sizeof(*v->subjects));
		if (!v->subjects)
			return -ENOMEM;
	}
	v->subjects[v->nsubjects++] = t;
	cause_note(&s->j->cause, "protected subject", s->j->p->config->file, SEVERITY_SUBJECT);
	if (s->j->out)
		explain_subject(s->j, t);
	return 0;
}

int subject_look_up(struct search *s, enum subject_kind kind, const struct subject_normal *n)
{
	const struct subject *t;
	struct subject_hash h;

	if (++s->hashes > POLICY_SUBJECT_HASHES) {
		s->j->v.cut = true;
		return 0;
	}
	subject_hash(s->list->key, kind, n, &h);
	t = subjects_find(s->list, kind, &h);
	return t ? found(s, t) : 0;
}

/* Is the column's relation, or what is behind it, sensitive? */
static bool predicate_counts(const struct search *s)
{
	const struct policy_question *q = s->j->q;
	int at = s->value->relation;

	if (at < 0 || (size_t)at >= q->n || s->j->v.tables[at].sensitive)
		return true;
	for (size_t i = 0; i < q->n; i++)
		if (s->j->v.tables[i].sensitive && slice_eq(q->relations[i].through, q->relations[at].name))
			return true;
	return false;
}

static bool id_counts(const struct search *s, struct slice v)
{
	bool number = true;

	if (!s->on_sensitive || (s->value->count && !s->any_id))
		return false;
	for (size_t i = 0; i < v.len; i++)
		number &= v.ptr[i] >= '0' && v.ptr[i] <= '9';
	return s->any_id || !number || v.len >= LONG_ID || (s->value->predicate && predicate_counts(s));
}

static int try_plain(struct search *s, enum subject_kind kind, struct slice v)
{
	struct subject_normal n;
	int err = 0;

	if (!s->list->count[kind])
		return 0;
	if (subject_normal(kind, v, &n) == 0)
		err = subject_look_up(s, kind, &n);
	if (!err && subject_normal_plain(kind, v, &n) == 0)
		err = subject_look_up(s, kind, &n);
	return err;
}

static int try_value(struct search *s, struct slice v)
{
	bool addresses = s->list->count[SUBJECT_IP] || s->list->prefixes.n4 || s->list->prefixes.n6, begins = false;
	int err;

	if (++s->tries > POLICY_SUBJECT_HASHES) {
		s->j->v.cut = true;
		return 0;
	}
	v = slice_trim(v);
	while (s->value->string && v.len && strchr("%*^", v.ptr[0])) /* LIKE, GLOB, regular expressions */
		v = slice_skip(v, 1);
	for (; s->value->string && v.len && strchr("%*$", v.ptr[v.len - 1]); begins = true)
		v = slice_head(v, v.len - 1);
	if (v.len == 0 || v.len > SUBJECT_VALUE_MAX)
		return 0;
	err = id_counts(s, v) ? try_plain(s, SUBJECT_ID, v) : 0;
	if (!err)
		err = try_plain(s, SUBJECT_EMAIL, v);
	if (!err)
		err = try_plain(s, SUBJECT_PHONE, v);
	if (!err && s->value->string) /* nobody is called a number */
		err = try_plain(s, SUBJECT_NAME, v);
	if (!err && addresses)
		err = subject_try_address(s, v);
	if (!err && addresses && begins)
		err = subject_try_beginning(s, v);
	return err ? err : subject_try_network(s, v);
}

static int try_words(struct search *s, struct slice v)
{
	int err = 0;

	while (v.len && !err) {
		const char *blank = memchr(v.ptr, ' ', v.len);
		struct slice word = slice_head(v, blank ? (size_t)(blank - v.ptr) : v.len);

		v = slice_skip(v, word.len + 1);
		if (word.len && memchr(word.ptr, '@', word.len))
			err = try_plain(s, SUBJECT_EMAIL, word);
		else if (word.len >= LONG_ID && word.ptr[0] >= '0' && word.ptr[0] <= '9' && id_counts(s, word))
			err = try_plain(s, SUBJECT_ID, word);
	}
	return err;
}

/* One code unit of JSON, \\uXXXX, as UTF-8 (what is no letter of the basic plane stays as it is). 0: it is none. */
static size_t unescape_unit(struct slice v, char *out)
{
	unsigned code = 0;

	if (v.len < 6 || v.ptr[1] != 'u')
		return 0;
	for (size_t i = 2; i < 6; i++) {
		char c = v.ptr[i];
		int d = c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;

		if (d < 0)
			return 0;
		code = code << 4 | (unsigned)d;
	}
	if (code < 0x80) {
		out[0] = (char)code;
		return 1;
	}
	if (code >= 0xd800 && code < 0xe000)
		return 0;
	if (code >= 0x800) {
		out[0] = (char)(0xe0 | code >> 12);
		out[1] = (char)(0x80 | (code >> 6 & 0x3f));
		out[2] = (char)(0x80 | (code & 0x3f));
		return 3;
	}
	out[0] = (char)(0xc0 | code >> 6);
	out[1] = (char)(0x80 | (code & 0x3f));
	return 2;
}

/* JSON's escapes read; they only get shorter. Length. */
static size_t unescape(struct slice v, char *out)
{
	size_t n = 0, units;

	while (v.len) {
		units = v.ptr[0] == '\\' ? unescape_unit(v, out + n) : 0;
		if (!units) {
			if (v.ptr[0] == '\\' && v.len > 1) /* \\/ and the like */
				v = slice_skip(v, 1);
			out[n++] = v.ptr[0];
		}
		v = slice_skip(v, units ? 6 : 1);
		n += units;
	}
	return n;
}

/* A part of a list: as it is, behind the colon of JSON, with JSON's escapes read, and what words of it are addresses of mail. */
static int try_part(struct search *s, struct slice v)
{
	char plain[SUBJECT_VALUE_MAX];
	int err = try_value(s, v);

	if (!err && v.len > 1 && v.ptr[0] == ':' && v.ptr[1] != ':')
		err = try_value(s, slice_skip(v, 1));
	if (!err && memchr(v.ptr, '\\', v.len))
		err = try_value(s, slice_mem(plain, unescape(v, plain)));
	if (!err && memchr(v.ptr, '@', v.len) && memchr(v.ptr, ' ', v.len))
		err = try_words(s, v);
	return err;
}

/* A number and what stands behind it in v; SLICE_NONE: none. */
static struct slice take_number(struct slice *v)
{
	struct slice number;
	size_t n = 0;

	*v = slice_trim(*v);
	while (n < v->len && v->ptr[n] >= '0' && v->ptr[n] <= '9')
		n++;
	number = slice_head(*v, n);
	*v = slice_trim(slice_skip(*v, n));
	return number;
}

/* Ranges within one string: '[1,9)', '{[1,2],[5,9]}'. */
static int try_ranges(struct search *s, struct slice v)
{
	int err = 0;

	while (v.len && !err) {
		bool open = *v.ptr == '[' || *v.ptr == '(';
		struct slice from, to;

		v = slice_skip(v, 1);
		if (!open)
			continue;
		from = take_number(&v);
		if (!from.len || !v.len || *v.ptr != ',')
			continue;
		v = slice_skip(v, 1);
		to = take_number(&v);
		if (to.len && v.len && (*v.ptr == ')' || *v.ptr == ']'))
			err = subject_try_between(s, from, to);
	}
	return err;
}

/* The value in the other notations that it may be in. */
static int try_forms(struct search *s, struct slice v)
{
	char text[SUBJECT_VALUE_MAX];
	struct slice plain = form_integer(v, text);
	int err = plain.len && !slice_eq(plain, v) ? try_value(s, plain) : 0;

	plain = err ? SLICE_NONE : form_hex(v, text);
	if (plain.len)
		err = try_value(s, plain);
	plain = err || !s->value->string ? SLICE_NONE : form_pattern(v, text);
	if (plain.len)
		err = try_value(s, plain);
	if (err || !s->value->string || !s->list->count[SUBJECT_NAME])
		return err;
	plain = form_swapped(v, text);
	if (plain.len)
		err = try_plain(s, SUBJECT_NAME, plain);
	for (unsigned swapped = 0; swapped < 2 && !err; swapped++) {
		plain = form_words(v, swapped, text);
		if (plain.len)
			err = try_plain(s, SUBJECT_NAME, plain);
	}
	return err;
}

/* Arrays, JSON and lists within one string: '{1,2}', '["a","b"]', 'a;b'. */
static int try_parts(struct search *s, struct slice v)
{
	static const char marks[] = "{}[]()<>,;|\"'=\t\n\r";
	size_t parts = 0;

	while (v.len) {
		size_t n = 0;
		int err;

		while (n < v.len && (!v.ptr[n] || !strchr(marks, v.ptr[n])))
			n++;
		if (n && n <= SUBJECT_VALUE_MAX) {
			if (++parts > PARTS_MAX) {
				s->j->v.cut = true;
				return 0;
			}
			err = try_part(s, slice_head(v, n));
			if (err)
				return err;
		}
		v = slice_skip(v, n + 1);
	}
	return 0;
}

static bool has_parts(struct slice v)
{
	for (size_t i = 0; i < v.len; i++)
		if (v.ptr[i] && strchr("{[(,;|\"'<=\n@", v.ptr[i]))
			return true;
	return false;
}

/* Strings that stand beside each other, or are put together by an operator, as far as they have come. */
struct run {
	char text[SUBJECT_VALUE_MAX];
	size_t len;
	bool full;
};

static int try_joined(struct search *s, struct run *r)
{
	struct slice v = s->value->value;

	if (!s->value->joined)
		r->len = r->full = 0;
	r->full |= v.len > sizeof(r->text) - r->len;
	if (r->full)
		return 0;
	if (v.len)
		memcpy(r->text + r->len, v.ptr, v.len);
	r->len += v.len;
	return s->value->joined ? try_value(s, slice_mem(r->text, r->len)) : 0;
}

static int try_all_forms(struct search *s)
{
	struct slice v = s->value->value;
	int err = try_value(s, v);

	if (!err)
		err = try_forms(s, v);
	if (err || !s->value->string)
		return err;
	if (v.len && (memchr(v.ptr, '[', v.len) || memchr(v.ptr, '(', v.len)) && s->on_sensitive)
		err = try_ranges(s, v);
	if (!err && has_parts(v))
		err = try_parts(s, v);
	else if (!err && v.len && memchr(v.ptr, ' ', v.len))
		err = try_words(s, v);
	return err;
}

static int try_between(struct search *s, struct slice from, struct slice to)
{
	int err = subject_try_between(s, from, to);

	return err || !s->value->symmetric ? err : subject_try_between(s, to, from);
}

/* A list that was too long to be kept is read again, value by value: any of them may be compared with. */
static int try_whole(const struct search *begun, const struct policy_text *t)
{
	struct search s = *begun;
	struct literals all;
	struct policy_value v;
	int err = 0;

	s.any_id = true;
	s.value = &v;
	literals_init(&all, t);
	while (!err && s.hashes <= POLICY_SUBJECT_HASHES && s.tries <= POLICY_SUBJECT_HASHES && literals_next(&all, &v))
		err = try_all_forms(&s);
	literals_done(&all);
	return err;
}

int judge_subjects(struct judgement *j)
{
	struct search s = { .j = j, .list = j->p->config->subjects };
	struct run run = { .len = 0 };
	int err = 0;

	if (!s.list || !s.list->n || !j->q->nvalues)
		return 0;
	for (size_t i = 0; i < j->q->n && !s.on_sensitive; i++)
		s.on_sensitive = j->v.tables[i].sensitive;
	s.any_id = j->q->certainty != SQL_PARSED || j->q->cut;
	for (size_t i = 0; i < j->q->nvalues && !err; i++) {
		s.value = &j->q->values[i];
		err = try_all_forms(&s);
		if (!err && s.value->between && i)
			err = try_between(&s, j->q->values[i - 1].value, s.value->value);
		if (!err)
			err = try_joined(&s, &run);
	}
	return err || !j->q->whole ? err : try_whole(&s, j->q->whole);
}

bool policy_has_subjects(const struct policy *p)
{
	return p->config->subjects && p->config->subjects->n;
}

bool policy_text_hash(const struct policy *p, struct slice text, unsigned char ret[16])
{
	static const char what[] = "text";
	const struct subjects *s = p->config->subjects;
	crypto_generichash_state st;

	if (!s)
		return false;
	crypto_generichash_init(&st, s->key, sizeof(s->key), 16);
	crypto_generichash_update(&st, (const unsigned char *)what, sizeof(what));
	if (text.len)
		crypto_generichash_update(&st, (const unsigned char *)text.ptr, text.len);
	crypto_generichash_final(&st, ret, 16);
	return true;
}
