// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * YAML text -> a tree of nodes with marks, of the plain part of YAML that a configuration needs: one document, scalars,
 * lists and maps. Refused with a clear error: anchors, aliases, tags, merge keys, duplicate keys, too many nodes, too deep.
 */
#ifndef QPROV_YAML_H
#define QPROV_YAML_H

#include "base/arena.h"
#include "base/map.h"
#include "base/slice.h"
#include "config/config.h"

#define YAML_DEPTH_MAX 8
#define YAML_NODES_MAX 600000
#define YAML_SCALAR_MAX 4096

enum yaml_kind { YAML_SCALAR, YAML_LIST, YAML_MAP };

struct yaml {
	enum yaml_kind kind;
	unsigned line, column; /* from 1 */
	struct slice text;     /* scalars; free of control characters */
	bool quoted;
	struct yaml *parent;
	struct yaml *first, *last, *next; /* children, siblings */
	size_t count;
	struct slice key; /* when the parent is a map */
	unsigned key_line, key_column;
	size_t index; /* when the parent is a list, from 0 */
	struct hnode by_key;
};

/* What all readers of one file share. */
struct yaml_file {
	struct slice name;  /* as shown in errors */
	struct arena *tree; /* scratch: nodes and their texts */
	struct config_error *err;
};

/* 0, -EINVAL (err filled: line and column of the mistake) or -ENOMEM (err filled). */
int yaml_parse(const struct yaml_file *f, struct slice text, struct yaml **ret);

/* Fills err for a node, "file:line:column: tables[0].match: what"; returns -EINVAL. yaml_fail_key() points at the node's key. */
int yaml_fail(const struct yaml_file *f, const struct yaml *n, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
int yaml_fail_key(const struct yaml_file *f, const struct yaml *n, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* Fills err for a place without a node; subject stands where the key would. Returns -EINVAL. */
int yaml_fail_at(const struct yaml_file *f, size_t line, size_t column, const char *subject, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));
/* "out of memory", -ENOMEM. */
int yaml_nomem(const struct yaml_file *f);

/* "a list", "a map" or "text": what a node is, for messages. */
const char *yaml_kind_name(const struct yaml *n);

#endif
