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
#include "policy/explain.h"

enum { LONG_ID = 5, PARTS_MAX = 1024, SEVERITY_SUBJECT = 73 };

struct search {
	struct judgement *j;
	const struct subjects *list;
	const struct policy_value *value;
	bool on_sensitive; /* the statement touches something sensitive */
	bool any_id;       /* what was not understood may be a predicate */
	size_t hashes;
};

static int found(struct search *s, const struct subject *t)
{
	struct policy_verdict *v = &s->j->v;

	for (size_t i = 0; i < v->nsubjects; i++)
		if (v->subjects[i] == t)
			return 0;
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

static int look_up(struct search *s, enum subject_kind kind, const struct subject_normal *n)
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

static int try_address(struct search *s, struct slice v)
{
	const struct subject_prefixes *p = &s->list->prefixes;
	struct subject_normal address, net;
	bool four;
	int err = 0;

	if (subject_normal(SUBJECT_IP, v, &address))
		return 0;
	four = address.text[0] == '4';
	if (s->list->count[SUBJECT_IP])
		err = look_up(s, SUBJECT_IP, &address);
	for (size_t i = 0; !err && i < (four ? p->n4 : p->n6); i++) {
		subject_network(&address, four ? p->v4[i] : p->v6[i], &net);
		err = look_up(s, SUBJECT_NETWORK, &net);
	}
	return err;
}

/* A network written out: the listed networks that hold all of it. */
static int try_network(struct search *s, struct slice v)
{
	const struct subject_prefixes *p = &s->list->prefixes;
	struct subject_normal n, wider;
	bool four;
	int err = 0;

	if (!s->list->count[SUBJECT_NETWORK] || subject_normal(SUBJECT_NETWORK, v, &n))
		return 0;
	four = n.text[0] == '4';
	for (size_t i = 0; !err && i < (four ? p->n4 : p->n6); i++) {
		unsigned bits = four ? p->v4[i] : p->v6[i];

		if (bits > (four ? n.prefix : n.prefix - 256))
			continue;
		subject_network(&n, bits, &wider);
		err = look_up(s, SUBJECT_NETWORK, &wider);
	}
	return err;
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

	if (!s->on_sensitive)
		return false;
	for (size_t i = 0; i < v.len; i++)
		number &= v.ptr[i] >= '0' && v.ptr[i] <= '9';
	return s->any_id || !number || v.len >= LONG_ID || (s->value->predicate && predicate_counts(s));
}

static int try_plain(struct search *s, enum subject_kind kind, struct slice v)
{
	struct subject_normal n;

	if (!s->list->count[kind] || subject_normal(kind, v, &n))
		return 0;
	return look_up(s, kind, &n);
}

static int try_value(struct search *s, struct slice v)
{
	int err;

	v = slice_trim(v);
	while (s->value->string && v.len && v.ptr[0] == '%') /* LIKE */
		v = slice_skip(v, 1);
	while (s->value->string && v.len && v.ptr[v.len - 1] == '%')
		v = slice_head(v, v.len - 1);
	if (v.len == 0 || v.len > SUBJECT_VALUE_MAX)
		return 0;
	err = id_counts(s, v) ? try_plain(s, SUBJECT_ID, v) : 0;
	if (!err)
		err = try_plain(s, SUBJECT_EMAIL, v);
	if (!err)
		err = try_plain(s, SUBJECT_PHONE, v);
	if (!err)
		err = try_plain(s, SUBJECT_NAME, v);
	if (!err && (s->list->count[SUBJECT_IP] || s->list->prefixes.n4 || s->list->prefixes.n6))
		err = try_address(s, v);
	return err ? err : try_network(s, v);
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
			err = try_value(s, slice_head(v, n));
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
		if (v.ptr[i] && strchr("{[(,;|\"'<=\n", v.ptr[i]))
			return true;
	return false;
}

int judge_subjects(struct judgement *j)
{
	struct search s = { .j = j, .list = j->p->config->subjects };
	int err = 0;

	if (!s.list || !s.list->n || !j->q->nvalues)
		return 0;
	for (size_t i = 0; i < j->q->n && !s.on_sensitive; i++)
		s.on_sensitive = j->v.tables[i].sensitive;
	s.any_id = j->q->certainty != SQL_PARSED || j->q->cut;
	for (size_t i = 0; i < j->q->nvalues && !err; i++) {
		s.value = &j->q->values[i];
		err = try_value(&s, s.value->value);
		if (!err && s.value->string && has_parts(s.value->value))
			err = try_parts(&s, s.value->value);
	}
	return err;
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
