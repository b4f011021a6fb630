// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * The configuration: YAML (libyaml) -> struct config, checked. Every mistake names file, line, column, key and what
 * would be right. Owns all its memory in one block of arenas; read-only after loading.
 */
#ifndef QPROV_CONFIG_H
#define QPROV_CONFIG_H

#include "base/arena.h"
#include "base/slice.h"
#include "client.h"
#include "record.h"

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

/* A function or procedure whose call is a finding by itself. */
struct config_function {
	struct slice match; /* [catalog.][schema.]function with globs */
	struct config_strings systems;
	struct config_strings tags;
	unsigned severity;
	struct slice file;
	unsigned line;
};

/* Bits for when.operations; the values are those of enum sql_access. */
enum config_operation {
	CONFIG_OP_READ = 1,
	CONFIG_OP_INSERT = 2,
	CONFIG_OP_UPDATE = 4,
	CONFIG_OP_DELETE = 8,
	CONFIG_OP_TRUNCATE = 16,
	CONFIG_OP_CREATE = 32,
	CONFIG_OP_ALTER = 64,
	CONFIG_OP_DROP = 128,
	CONFIG_OP_LOCK = 256,
	CONFIG_OP_COPY_OUT = 512,
	CONFIG_OP_COPY_IN = 1024,
	CONFIG_OP_WRITE = CONFIG_OP_INSERT | CONFIG_OP_UPDATE | CONFIG_OP_DELETE | CONFIG_OP_TRUNCATE | CONFIG_OP_CREATE | CONFIG_OP_ALTER |
			  CONFIG_OP_DROP,
};

/* Bits for files[].kinds; 1 << enum sql_file_kind. */
enum config_path_kind {
	CONFIG_KIND_FILE = 1,
	CONFIG_KIND_URL = 2,
	CONFIG_KIND_PROGRAM = 4,
	CONFIG_KIND_STAGE = 8,
	CONFIG_KIND_REMOTE = 16
};

enum { CONFIG_FILE_READ = 1, CONFIG_FILE_WRITE = 2 };

/* A file, URL, program or stage that a statement reads or writes. */
struct config_path {
	struct slice match; /* glob over the whole path, URL or command line */
	unsigned kinds;     /* enum config_path_kind; 0: any */
	unsigned access;    /* CONFIG_FILE_READ | CONFIG_FILE_WRITE */
	unsigned side;      /* 0: either, 1: on the client, 2: on the server */
	struct config_strings tags;
	unsigned severity;
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
	struct config_strings group;     /* globs on the names of the human's groups */
	struct config_strings script;    /* globs on the absolute path of what an interpreter runs, or the name of a module */
	uint32_t sessions;               /* 1 << enum rec_way: how the session came in; 0: any */
	struct config_strings tables;    /* table globs */
	struct config_strings functions; /* globs on [schema.]function */
	struct config_strings files;     /* globs on paths */
	struct config_strings subjects;  /* globs on labels of protected people */
	struct config_strings database;  /* globs: named in the statement, or chosen in the session */
	struct config_strings server;    /* globs: host as the client named it, address, address:port, or socket path */
	struct config_strings role;      /* globs: what SET ROLE or SET SESSION AUTHORIZATION made of the session */
	uint32_t operations;             /* enum config_operation; 0: any */
	bool has_min_rows, has_max_rows;
	uint64_t min_rows, max_rows;
	bool has_star, star;     /* SELECT * or whole rows of a sensitive table */
	bool has_export, export; /* what is read goes to a file, a program or another table */
	bool has_hours;
	unsigned hours_from, hours_to; /* minutes of the day, UTC; from > to goes over midnight */
	unsigned days;                 /* bit 0 Monday; 0: any */
	int64_t expires_s;             /* the rule ends with this second, since 1970; 0: never */
	struct slice reason;           /* why the rule is there, for people */
	enum config_action action;
	struct slice file;
	unsigned line;
};

/* How often may one person touch a table (or, per_subject, ask about the same protected person) within a window? 0: no limit. */
struct config_threshold {
	struct slice name;
	struct config_strings user;   /* globs on the human's name, "unset"; empty: everybody */
	struct config_strings tables; /* globs; empty: every sensitive one */
	uint64_t queries, rows;
	uint64_t subjects; /* different ones */
	unsigned days;     /* 1..400, today included; 0: hours */
	unsigned hours;    /* 1..168, this one included; 0: days */
	bool per_subject;
	unsigned severity;
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

#define CONFIG_LIBRARIES_MAX 16
#define CONFIG_PROBES_MAX 64
#define CONFIG_EXPORTS_MAX 4
#define CONFIG_PROBE_REGISTERS REC_ARGS /* arguments passed in registers */
#define CONFIG_PROBE_ARGUMENTS 8        /* and two on the stack */

enum config_length { CONFIG_LENGTH_INT, CONFIG_LENGTH_SHORT, CONFIG_LENGTH_SIZE };

/* One function of a library of the site's own. Arguments count from 0; -1: none. */
struct config_probe {
	struct slice symbol;
	unsigned op; /* enum client_op, one of OP_LAYER_* */
	int handle, text, length;
	unsigned length_type; /* enum config_length; an int or short that is negative means "to the NUL" */
	unsigned encoding;    /* enum rec_encoding; lengths of wide texts count characters */
	bool optional;        /* its absence is worth no record */
};

struct config_library {
	struct slice name;
	struct slice system;                      /* db.system.name */
	unsigned dialect;                         /* enum client_system whose SQL it speaks; SYSTEM_OTHER: any */
	struct slice exports[CONFIG_EXPORTS_MAX]; /* a library mentions all of these, too */
	size_t nexports;
	struct config_probe *functions;
	size_t nfunctions;
};

struct config {
	struct config_table *tables;
	size_t ntables;
	struct config_function *functions;
	size_t nfunctions;
	struct config_path *paths; /* files: */
	size_t npaths;
	struct config_view *views;
	size_t nviews;
	struct config_view *partitions; /* name: the parent, bases: its parts */
	size_t npartitions;
	struct config_rule *rules;
	size_t nrules;
	struct config_threshold *thresholds;
	size_t nthresholds;
	bool asks_groups;             /* some rule has group: */
	struct slice state;           /* the file that keeps repetition; SLICE_NONE: none, it begins anew with each start */
	enum config_action uncertain; /* default alert */
	enum config_action mentions;  /* a string constant names a sensitive table; default log */
	struct slice subjects_file;   /* SLICE_NONE: no protected people */
	struct slice subjects_key;
	struct subjects *subjects; /* what the two hold, see config/subjects.h; NULL: none */
	bool mask_literals;        /* default true ("mask"); "keep" is false */
	bool all_queries;          /* default false */
	bool connections;          /* default false */
	bool sqlite_rows;          /* default false: count every sqlite3_step */
	bool mysql_rows;           /* default false: count every mysql_stmt_fetch */
	bool expedite;             /* default true: no waiting for grace periods, capture/hurry.h */
	uint64_t max_statement;    /* default and at most 16 MiB */
	uint64_t ring_bytes;       /* capture.ring, default 32 MiB, power of two: room for a statement of max_statement and more */
	unsigned heartbeat_s;      /* default 60 */
	struct config_floor floor;
	struct config_library *libraries; /* probes: */
	size_t nlibraries;
	struct config_sink *sinks;
	size_t nsinks;
	char hash[65];     /* SHA-256 of all files read, hex */
	struct slice file; /* the main file */
	struct arena arena;
};

struct config_error {
	char text[1024]; /* "file:line:column: key: what; what would be right" */
};

#define CONFIG_FILE_MAX (16u << 20) /* a file; qprov catalog writes large ones */
#define CONFIG_LIST_MAX 65536u      /* texts of one list */
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
/* The word for an enum rec_way in rules; NULL: there is none. */
const char *config_session_name(unsigned way);
/* Whether the rows under probes: are the same: those take effect at the start only. */
bool config_same_probes(const struct config *a, const struct config *b);

#endif
