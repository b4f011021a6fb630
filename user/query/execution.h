// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* An execution: one run of one client call's SQL text, with what is known of its result. The output of the query stage. */
#ifndef QPROV_EXECUTION_H
#define QPROV_EXECUTION_H

#include "base/slice.h"
#include "client.h"
#include "record.h"

/* What is known of a connection. Empty or 0: unknown, or not there. */
struct db_connection {
	uint64_t id;     /* the server's number for it: backend process (PostgreSQL), thread (MySQL): the key to the server's log */
	uint16_t family; /* AF_INET, AF_INET6, AF_UNIX; 0: unknown */
	enum rec_conn_tls tls;
	uint16_t local_port, remote_port;
	uint8_t local[16], remote[16]; /* IPv4: the first four bytes */
	struct slice database, user;
	struct slice host;        /* as the client named it */
	struct slice application; /* application_name, when the connection was met */
	struct slice path;        /* of the server's UNIX socket; SQLite, DuckDB: the database file */
	struct slice source;      /* ODBC: the name of the data source */
};

#define EXECUTION_PARAMETERS_MAX PARAMS_MAX

enum parameter_kind {
	PARAMETER_UNKNOWN, /* could not be read, or of a type that is not known */
	PARAMETER_NULL,
	PARAMETER_NUMBER, /* decimal */
	PARAMETER_STRING,
	PARAMETER_BYTES, /* as they are */
};

/* A bound value, as text where its type is known. */
struct parameter {
	struct slice value;
	enum parameter_kind kind;
	bool cut; /* only the beginning was captured */
};

/* What became of a COPY from or to the client. */
enum copy_state {
	COPY_NONE, /* it is none */
	COPY_RUNNING,
	COPY_DONE,
	COPY_FAILED,
	COPY_BROKEN_OFF, /* the process or the connection ended before it */
};

struct copy {
	enum copy_state state;
	bool in;       /* from the client */
	bool given_up; /* by the client: PQputCopyEnd with a message */
	bool again;    /* told before, as running */
	bool rows_at_least;
	bool has_bytes; /* that the client handed over, or took */
	bool at_least;
	uint64_t bytes;
	uint64_t calls; /* out: of the function that takes a row, so far */
	uint64_t taken; /* out: rows that it was seen to hand out, with a header and a trailer where they come by themselves */
	bool sees_rows; /* out: it is seen when it does */
	bool over;      /* out: no further call belongs to this COPY */
	uint64_t parts; /* COPYs of the text that are over */
	struct {
		uint64_t calls, taken, bytes;
	} before; /* out: of the COPYs of the text before this one */
};

enum outcome { OUTCOME_UNKNOWN, OUTCOME_SUCCESS, OUTCOME_FAILURE };

struct execution {
	struct rec_task task;
	uint64_t start_ns; /* CLOCK_BOOTTIME of the call */
	uint64_t end_ns;   /* of the entry of the call that freed or read the result; 0: unknown */
	uint64_t gone_ns;  /* the process had ended when this was told; 0: it had not */
	enum client_system system;
	struct slice system_name; /* "postgresql", "mysql", "mariadb", "sqlite" */
	struct slice text;        /* SLICE_NONE: never seen (prepared before us, or unreadable) */
	uint64_t text_len;        /* true length */
	bool text_len_at_least;
	bool truncated;
	bool unreadable;
	bool synthetic;                     /* the text stands for a call that has none */
	bool inner;                         /* the library called itself, by the return address; no call of the program's has this text */
	bool prepared;                      /* ran through a prepared statement */
	bool text_unknown;                  /* prepared before we watched: certainty dynamic */
	uint64_t connection;                /* address of the connection object, 0 unknown; with the process a key for session state */
	const struct db_connection *conn;   /* NULL: nothing known */
	struct slice source;                /* the data source that a layer around it names */
	const struct parameter *parameters; /* number i + 1 of the statement */
	size_t nparameters;
	size_t parameters_total; /* more than nparameters: the others were not captured */
	enum outcome outcome;
	bool has_rows;
	uint64_t rows;            /* returned or affected */
	struct slice status_code; /* SQLSTATE or error number as text; SLICE_NONE unknown */
	struct slice command_tag; /* "SELECT 3" */
	struct slice statement;   /* libpq: the name of what is prepared or runs; "" is the unnamed one, SLICE_NONE: it has no name */
	struct copy copy;
	uint32_t library_id;     /* REC_LIBRARY */
	struct slice library;    /* path */
	struct slice symbol;     /* outermost client function */
	const struct slice *via; /* inner functions */
	size_t nvia;
};

#endif
