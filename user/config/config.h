// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * The configuration: YAML (libyaml) -> struct config, checked. Every mistake names file, line, column, key and what
 * would be right. Owns all its memory in one block of arenas; read-only after loading.
 */
#ifndef QPROV_CONFIG_H
#define QPROV_CONFIG_H

#include "base/arena.h"
#include "base/slice.h"

struct config_strings {
	struct slice *v;
	size_t n;
};

struct config_table {
	struct slice match; /* [catalog.][schema.]relation with globs, as written */
	struct config_strings systems;
	struct config_strings columns;
	struct config_strings tags;
	unsigned severity; /* 21, 47 (default), 73, 99 */
	struct slice file;
	unsigned line;
};

struct config_view {
	struct slice name;
	struct config_strings bases;
};

enum config_action { CONFIG_ALERT, CONFIG_LOG, CONFIG_IGNORE };

/* Empty lists and has_* = false: not asked for. A rule matches when everything asked for matches. */
struct config_rule {
	struct slice name;
	struct config_strings user; /* globs on the human's name; "unset" matches an unset loginuid */
	struct config_strings uid;  /* decimal real uids */
	struct config_strings exe;  /* globs on the executable's path */
	struct config_strings comm;
	struct config_strings tables; /* table globs */
	enum config_action action;
	struct slice file;
	unsigned line;
};

enum config_sink_kind { CONFIG_SINK_STDOUT, CONFIG_SINK_FILE };

struct config_sink {
	enum config_sink_kind kind;
	struct slice path;
	uint64_t max_bytes; /* rotation size, default 64 MiB */
	unsigned keep;      /* rotated files kept, default 10 */
};

/* A place where a database listens: a port, or (port 0) a glob on the path of a UNIX socket. */
struct config_endpoint {
	uint16_t port;
	struct slice path;
	struct slice system; /* "postgresql" */
};

/* Connections that pass through no hooked library; ports and sockets come on top of the built-in ones. */
struct config_floor {
	bool enabled;     /* default true */
	bool files;       /* default true: database files too */
	unsigned grace_s; /* default 2: how long a connection may be without a captured statement */
	struct config_endpoint *ports;
	size_t nports;
	struct config_endpoint *sockets;
	size_t nsockets;
};

struct config {
	struct config_table *tables;
	size_t ntables;
	struct config_view *views;
	size_t nviews;
	struct config_rule *rules;
	size_t nrules;
	enum config_action uncertain; /* default alert */
	bool mask_literals;           /* default true ("mask"); "keep" is false */
	bool all_queries;             /* default false */
	bool sqlite_rows;             /* default false: count every sqlite3_step */
	uint64_t max_statement;       /* default 65536; at most 65536 in this version */
	uint64_t ring_bytes;          /* capture.ring, default 16 MiB, power of two */
	unsigned heartbeat_s;         /* default 60 */
	struct config_floor floor;
	struct config_sink *sinks;
	size_t nsinks;
	char hash[65];     /* SHA-256 of all files read, hex */
	struct slice file; /* the main file */
	struct arena arena;
};

struct config_error {
	char text[1024]; /* "file:line:column: key: what; what would be right" */
};

#define CONFIG_FILE_MAX (1u << 20)
#define CONFIG_DEFAULT_PATH "/etc/qprov/qprov.yaml"

/*
 * Loads path and, when it is a file in a directory with a policy.d/ beside it, every policy.d/ *.yaml in name order (tables, views,
 * rules are appended). path NULL: CONFIG_DEFAULT_PATH, and when that does not exist the built-in default (no tables, all_queries
 * true, uncertain alert) so that a first run shows something. 0; -EINVAL with err filled; -ENOENT and other I/O errors
 * with err filled.
 */
int config_load(const char *path, struct config **ret, struct config_error *err);
/* The same for text already in memory; file is the name used in errors. */
int config_parse(struct slice text, const char *file, struct config **ret, struct config_error *err);
void config_free(struct config *c);

#endif
