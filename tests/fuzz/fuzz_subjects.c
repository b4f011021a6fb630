// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Any bytes as a list of protected people, and as a value of each kind: what is accepted has one normal form. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "config/subjects.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void as_value(struct slice v)
{
	for (unsigned k = 0; k < SUBJECT_KINDS; k++) {
		struct subject_normal n, again;

		if (subject_normal((enum subject_kind)k, v, &n))
			continue;
		require(n.len > 0 && n.len <= sizeof(n.text));
		if (k == SUBJECT_IP || k == SUBJECT_NETWORK)
			continue; /* bytes, not text */
		require(subject_normal((enum subject_kind)k, slice_mem(n.text, n.len), &again) == 0);
		require(again.len == n.len && memcmp(again.text, n.text, n.len) == 0);
	}
	require(subject_guess(v) < SUBJECT_KINDS);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned char key[SUBJECT_KEY_BYTES] = { 7 };
	struct slice text = slice_mem(data, size);
	struct config_error e;
	struct subjects *s;

	as_value(text);
	if (subjects_parse(text, "fuzz", key, &s, &e) == 0) {
		for (size_t i = 0; i < s->n; i++)
			require(subjects_find(s, s->v[i]->kind, &s->v[i]->hash) == s->v[i]);
		while (s->n)
			subjects_take(s, s->n / 2);
		require(s->map.count == 0);
		subjects_free(s);
	}
	return 0;
}
