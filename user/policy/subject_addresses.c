// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Addresses, networks and ranges against listed addresses and networks. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "policy/subject_search.h"

#define RANGE_MAX 4096u /* addresses or ids of a range that are looked for: about a millisecond */

/* Every address from first to last: what is kept of people are hashes, so a range is looked for one by one. */
static int try_range(struct search *s, const struct subject_normal *first, uint64_t n)
{
	struct subject_normal a = *first;
	int err = 0;

	if (n > RANGE_MAX) {
		s->j->v.cut |= s->on_sensitive; /* it may hold anybody */
		return 0;
	}
	for (; n && !err; n--) {
		err = subject_look_up(s, SUBJECT_IP, &a);
		for (size_t i = a.len; i-- > 1;) {
			a.text[i] = (char)((unsigned char)a.text[i] + 1);
			if (a.text[i])
				break;
		}
	}
	return err;
}

int subject_try_address(struct search *s, struct slice v)
{
	const struct subject_prefixes *p = &s->list->prefixes;
	struct subject_normal address, net;
	bool four;
	int err = 0;

	if (subject_normal(SUBJECT_IP, v, &address))
		return 0;
	four = address.text[0] == '4';
	if (s->list->count[SUBJECT_IP])
		err = subject_look_up(s, SUBJECT_IP, &address);
	for (size_t i = 0; !err && i < (four ? p->n4 : p->n6); i++) {
		subject_network(&address, four ? p->v4[i] : p->v6[i], &net);
		err = subject_look_up(s, SUBJECT_NETWORK, &net);
	}
	return err;
}

/* A network written out: the listed networks that hold all of it, and the listed addresses in it. */
int subject_try_network(struct search *s, struct slice v)
{
	const struct subject_prefixes *p = &s->list->prefixes;
	struct subject_normal n, wider;
	bool four;
	int err = 0;

	if ((!s->list->count[SUBJECT_NETWORK] && !s->list->count[SUBJECT_IP]) || subject_normal(SUBJECT_NETWORK, v, &n))
		return 0;
	four = n.text[0] == '4';
	if (s->list->count[SUBJECT_IP]) {
		unsigned host = four ? 32 - n.prefix : 128 - (n.prefix - 256);

		err = try_range(s, &n, host < 63 ? 1ull << host : UINT64_MAX);
	}
	for (size_t i = 0; !err && i < (four ? p->n4 : p->n6); i++) {
		unsigned bits = four ? p->v4[i] : p->v6[i];

		if (bits > (four ? n.prefix : n.prefix - 256))
			continue;
		subject_network(&n, bits, &wider);
		err = subject_look_up(s, SUBJECT_NETWORK, &wider);
	}
	return err;
}

/* LIKE '10.20.%', '10.20.30.%', '10.20.30.4%': the addresses that begin so. v: without the sign. */
int subject_try_beginning(struct search *s, struct slice v)
{
	char text[24];
	size_t dots = 0;
	int err = 0;

	if (v.len < 2 || v.len > 15)
		return 0;
	for (size_t i = 0; i < v.len; i++) {
		dots += v.ptr[i] == '.';
		if (v.ptr[i] != '.' && (v.ptr[i] < '0' || v.ptr[i] > '9'))
			return 0;
	}
	if (dots && v.ptr[v.len - 1] == '.') {
		snprintf(text, sizeof(text), "%.*s%s/%zu", (int)v.len, v.ptr, &"0.0.0"[2 * (dots - 1)], dots * 8);
		return dots > 3 ? 0 : subject_try_network(s, slice_cstr(text));
	}
	for (int i = 0; dots == 3 && i < 256 && !err; i++) {
		size_t before = (size_t)((const char *)memrchr(v.ptr, '.', v.len) - v.ptr) + 1;

		snprintf(text, sizeof(text), "%.*s%d", (int)before, v.ptr, i);
		if (slice_starts(slice_cstr(text), v))
			err = subject_try_address(s, slice_cstr(text));
	}
	return err;
}

/* Ids that are numbers, one by one as well. */
static int try_ids(struct search *s, struct slice from, struct slice to)
{
	struct subject_normal id;
	uint64_t a, b;
	int err = 0;

	if (!s->on_sensitive || !s->list->count[SUBJECT_ID] || slice_u64(from, &a) || slice_u64(to, &b) || a > b)
		return 0;
	if (b - a >= RANGE_MAX) {
		s->j->v.cut = true;
		return 0;
	}
	for (uint64_t i = 0; i <= b - a && !err; i++) {
		char text[24];
		int len = snprintf(text, sizeof(text), "%" PRIu64, a + i);

		if (subject_normal(SUBJECT_ID, slice_mem(text, (size_t)len), &id) == 0)
			err = subject_look_up(s, SUBJECT_ID, &id);
	}
	return err;
}

/* BETWEEN two ids, or two addresses. */
int subject_try_between(struct search *s, struct slice from, struct slice to)
{
	struct subject_normal a, b;
	uint64_t n = 0;
	int err = try_ids(s, from, to);

	if (err)
		return err;
	if (!s->list->count[SUBJECT_IP] || subject_normal(SUBJECT_IP, from, &a) || subject_normal(SUBJECT_IP, to, &b) || a.len != b.len)
		return 0;
	if (memcmp(a.text, b.text, a.len) > 0)
		return 0; /* holds nothing */
	for (size_t i = 1; i < a.len; i++) {
		if (n > RANGE_MAX << 8)
			return try_range(s, &a, UINT64_MAX);
		n = (n << 8) + (unsigned char)b.text[i] - (unsigned char)a.text[i];
	}
	return try_range(s, &a, n + 1);
}
