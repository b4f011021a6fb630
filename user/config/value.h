// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Typed values out of yaml nodes, and the walk over a map by a table of keys. Texts that are kept are copied into the
 * configuration's arena. All return 0, -EINVAL or -ENOMEM with the error filled; outputs untouched on failure.
 */
#ifndef QPROV_VALUE_H
#define QPROV_VALUE_H

#include "config/yaml.h"

/* One configuration being filled from one file. */
struct load {
	struct yaml_file f;
	struct config *c;
	struct slice file; /* f.name, copied into the configuration */
	bool fragment;     /* a file of policy.d: tables, views and rules only */
};

/* One key of a map: what its value fills. Tables of them end with a NULL name. */
struct config_key {
	const char *name;
	int (*set)(struct load *l, const struct yaml *value, void *target);
	bool main_only; /* not in policy.d */
};

/* A word and what it stands for; tables end with a NULL name. */
struct config_word {
	const char *name;
	unsigned value;
};

/* Hands every key of map to its handler. what: "a table", for messages. */
int value_map(struct load *l, const struct yaml *map, const struct config_key *keys, void *target, const char *what);
/* The child with this key, or NULL. */
const struct yaml *value_get(const struct yaml *map, const char *key);

int value_text(struct load *l, const struct yaml *n, const char *wanted, struct slice *ret);
/* A text or a non-empty list of texts. */
int value_texts(struct load *l, const struct yaml *n, const char *wanted, struct config_strings *ret);
int value_bool(struct load *l, const struct yaml *n, bool *ret);
/* One of the words; the error lists them all. */
int value_word(struct load *l, const struct yaml *n, const struct config_word *words, unsigned *ret);
/* Bytes: 4096, 64KiB, 16MiB, 1GiB. */
int value_size(struct load *l, const struct yaml *n, uint64_t min, uint64_t max, uint64_t *ret);
/* Seconds: 60s, 5m, 1h. */
int value_seconds(struct load *l, const struct yaml *n, unsigned min, unsigned max, unsigned *ret);
int value_number(struct load *l, const struct yaml *n, uint64_t min, uint64_t max, uint64_t *ret);

/* Appends a zeroed element to an array of the configuration's arena; NULL when out of memory. */
void *value_push(struct arena *a, void *array, size_t *n, size_t size);

/* The name nearest to s by edits among names (stride bytes apart, NULL-terminated), or NULL when none is near. */
const char *value_nearest(struct slice s, const void *names, size_t stride);

#endif
