// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "config/value.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"

enum { LIST_TEXT_MAX = 512 };

const struct yaml *value_get(const struct yaml *map, const char *key)
{
	for (const struct yaml *n = map->first; n; n = n->next)
		if (slice_eq(n->key, slice_cstr(key)))
			return n;
	return NULL;
}

void *value_push(struct arena *a, void *array, size_t *n, size_t size)
{
	char *to = array;

	/* Room doubles whenever the count is a power of two; the arena keeps the old copies until the end. */
	if ((*n & (*n - 1)) == 0) {
		to = arena_array(a, *n ? *n * 2 : 1, size);
		if (!to)
			return NULL;
		if (*n)
			memcpy(to, array, *n * size);
	}
	(*n)++;
	return to;
}

/* "a, b or c" of the names in a table, those of policy.d only when fragment. */
static void list_keys(char *out, size_t size, const struct config_key *keys, bool fragment)
{
	size_t n = 0;

	out[0] = 0;
	for (; keys->name; keys++) {
		if (fragment && keys->main_only)
			continue;
		n += (size_t)snprintf(out + n, size - n, "%s%s", n ? ", " : "", keys->name);
		if (n >= size)
			return;
	}
}

static int fail_unknown_key(struct load *l, const struct yaml *n, const struct config_key *keys, const char *what)
{
	const char *near = value_nearest(n->key, &keys->name, sizeof(*keys));
	char known[LIST_TEXT_MAX];

	list_keys(known, sizeof(known), keys, l->fragment);
	if (near)
		return yaml_fail_key(&l->f, n, "unknown key in %s; did you mean \"%s\"? (known: %s)", what, near, known);
	return yaml_fail_key(&l->f, n, "unknown key in %s; known are %s", what, known);
}

int value_map(struct load *l, const struct yaml *map, const struct config_key *keys, void *target, const char *what)
{
	if (map->kind != YAML_MAP) {
		char known[LIST_TEXT_MAX];

		list_keys(known, sizeof(known), keys, l->fragment);
		return yaml_fail(&l->f, map, "%s, but %s is a map; its keys are %s", yaml_kind_name(map), what, known);
	}
	for (const struct yaml *n = map->first; n; n = n->next) {
		const struct config_key *k = keys;
		int err;

		while (k->name && !slice_eq(n->key, slice_cstr(k->name)))
			k++;
		if (!k->name)
			return fail_unknown_key(l, n, keys, what);
		if (l->fragment && k->main_only)
			return yaml_fail_key(&l->f, n,
					     "not allowed in policy.d; put it into the main file (here: tables, functions, files, views, "
					     "partitions, rules, thresholds)");
		err = k->set(l, n, target);
		if (err)
			return err;
	}
	return 0;
}

int value_text(struct load *l, const struct yaml *n, const char *wanted, struct slice *ret)
{
	struct slice s;

	if (n->kind != YAML_SCALAR || n->text.len == 0)
		return yaml_fail(&l->f, n, "%s; give %s", n->kind == YAML_SCALAR ? "empty" : yaml_kind_name(n), wanted);
	if (slice_trim(n->text).len != n->text.len)
		return yaml_fail(&l->f, n, "white space around %s; take it away", slice_quote(n->text));
	s = arena_dup(&l->c->arena, n->text);
	if (!s.ptr)
		return yaml_nomem(&l->f);
	*ret = s;
	return 0;
}

int value_texts(struct load *l, const struct yaml *n, const char *wanted, struct config_strings *ret)
{
	struct config_strings s = { .n = n->kind == YAML_LIST ? n->count : 1 };
	const struct yaml *item = n->kind == YAML_LIST ? n->first : n;

	if (n->kind == YAML_MAP)
		return yaml_fail(&l->f, n, "a map; give %s, or a list of them", wanted);
	if (s.n == 0)
		return yaml_fail(&l->f, n, "an empty list; give %s, or leave the key out", wanted);
	if (s.n > CONFIG_LIST_MAX)
		return yaml_fail(&l->f, n, "a list of %zu; at most %u are allowed", s.n, CONFIG_LIST_MAX);
	s.v = arena_array(&l->c->arena, s.n, sizeof(*s.v));
	if (!s.v)
		return yaml_nomem(&l->f);
	for (size_t i = 0; i < s.n; i++, item = item->next) {
		int err = value_text(l, item, wanted, &s.v[i]);

		if (err)
			return err;
	}
	*ret = s;
	return 0;
}

int value_bool(struct load *l, const struct yaml *n, bool *ret)
{
	bool yes = n->kind == YAML_SCALAR && !n->quoted && slice_eq(n->text, SLICE("true"));

	if (!yes && (n->kind != YAML_SCALAR || n->quoted || !slice_eq(n->text, SLICE("false"))))
		return yaml_fail(&l->f, n, "%s; give true or false (without quotes)",
				 n->kind == YAML_SCALAR ? slice_quote(n->text) : yaml_kind_name(n));
	*ret = yes;
	return 0;
}

int value_word(struct load *l, const struct yaml *n, const struct config_word *words, unsigned *ret)
{
	const char *near = NULL;
	char all[LIST_TEXT_MAX];
	size_t len = 0;

	all[0] = 0;
	for (const struct config_word *w = words; w->name; w++) {
		if (n->kind == YAML_SCALAR && slice_eq(n->text, slice_cstr(w->name))) {
			*ret = w->value;
			return 0;
		}
		if (len < sizeof(all))
			len += (size_t)snprintf(all + len, sizeof(all) - len, "%s%s", len ? " | " : "", w->name);
	}
	if (n->kind != YAML_SCALAR)
		return yaml_fail(&l->f, n, "%s; give one of %s", yaml_kind_name(n), all);
	near = value_nearest(n->text, &words->name, sizeof(*words));
	if (near)
		return yaml_fail(&l->f, n, "unknown value %s; did you mean \"%s\"? (known: %s)", slice_quote(n->text), near, all);
	return yaml_fail(&l->f, n, "unknown value %s; give one of %s", slice_quote(n->text), all);
}

int value_number(struct load *l, const struct yaml *n, uint64_t min, uint64_t max, uint64_t *ret)
{
	uint64_t v;

	if (n->kind != YAML_SCALAR || slice_u64(n->text, &v) || v < min || v > max)
		return yaml_fail(&l->f, n, "%s; give a whole number from %" PRIu64 " to %" PRIu64,
				 n->kind == YAML_SCALAR ? slice_quote(n->text) : yaml_kind_name(n), min, max);
	*ret = v;
	return 0;
}

struct unit {
	struct slice suffix;
	uint64_t factor;
};

/* Number and suffix; the first unit whose suffix ends the text decides. */
static bool read_units(struct slice s, const struct unit *units, size_t nunits, uint64_t *ret)
{
	for (size_t i = 0; i < nunits; i++) {
		uint64_t v;

		if (!slice_ends(s, units[i].suffix))
			continue;
		return slice_u64(slice_head(s, s.len - units[i].suffix.len), &v) == 0 && !__builtin_mul_overflow(v, units[i].factor, ret);
	}
	return false;
}

/* The largest unit that divides evenly, as a person would write it. */
static const char *show_size(uint64_t v, char *out, size_t size)
{
	static const char *const names[] = { "", "KiB", "MiB", "GiB", "TiB" };
	unsigned i = 0;

	while (v && v % 1024 == 0 && i < 4) {
		v /= 1024;
		i++;
	}
	snprintf(out, size, "%" PRIu64 "%s", v, names[i]);
	return out;
}

int value_size(struct load *l, const struct yaml *n, uint64_t min, uint64_t max, uint64_t *ret)
{
	static const struct unit units[] = {
		{ SLICE_INIT("KiB"), 1ull << 10 },
		{ SLICE_INIT("MiB"), 1ull << 20 },
		{ SLICE_INIT("GiB"), 1ull << 30 },
		{ SLICE_INIT(""), 1 },
	};
	char low[32], high[32];
	uint64_t v;

	show_size(min, low, sizeof(low));
	show_size(max, high, sizeof(high));
	if (n->kind != YAML_SCALAR || !read_units(n->text, units, ARRAY_SIZE(units), &v))
		return yaml_fail(&l->f, n, "%s is not a size; give bytes, KiB, MiB or GiB, such as 64KiB (%s to %s)",
				 n->kind == YAML_SCALAR ? slice_quote(n->text) : yaml_kind_name(n), low, high);
	if (v < min || v > max)
		return yaml_fail(&l->f, n, "%s is out of range; give %s to %s", slice_quote(n->text), low, high);
	*ret = v;
	return 0;
}

int value_seconds(struct load *l, const struct yaml *n, unsigned min, unsigned max, unsigned *ret)
{
	static const struct unit units[] = {
		{ SLICE_INIT("s"), 1 },
		{ SLICE_INIT("m"), 60 },
		{ SLICE_INIT("h"), 3600 },
	};
	uint64_t v;

	if (n->kind != YAML_SCALAR || !read_units(n->text, units, ARRAY_SIZE(units), &v))
		return yaml_fail(&l->f, n, "%s is not a time; give seconds, minutes or hours, such as 60s, 5m or 1h",
				 n->kind == YAML_SCALAR ? slice_quote(n->text) : yaml_kind_name(n));
	if (v < min || v > max)
		return yaml_fail(&l->f, n, "%s is out of range; give %us to %us", slice_quote(n->text), min, max);
	*ret = (unsigned)v;
	return 0;
}
