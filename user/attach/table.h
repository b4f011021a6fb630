// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * The client table: one row for each exported function of a database client library that submits, prepares, runs or ends a
 * statement. To teach qprov another library, add rows (and accessors, where results lie in private structures).
 */
#ifndef QPROV_TABLE_H
#define QPROV_TABLE_H

#include <stdbool.h>

#include "attach/accessor.h"
#include "attach/conn.h"
#include "client.h"
#include "record.h"

#define ROW_INNER_MAX 3

/* Numbers of accessor functions; 0: none. */
enum accessor_id {
	ACC_NONE,
	ACC_PG_NTUPLES,
	ACC_PG_STATUS,
	ACC_PG_TAG,
	ACC_MY_AFFECTED,
	ACC_MY_ERRNO,
	ACC_MY_ROWS,
	ACC_MY_STMT_AFFECTED,
	ACC_MY_STMT_ERRNO,
	ACC_MY_STMT_CONN,
	ACC_MY_STMT_PARAMS,
	ACC_MY_STMT_STATE,
	ACC_LITE_SQL,
	ACC_LITE_DB,
	ACC_LITE_RUN,
	ACC_LITE_ROW,
	ACC_MONGO_NAME,
	ACC_COUNT
};

struct accessor_row {
	const char *symbol;
	enum accessor_form form;
	uint8_t kind; /* enum probe_field of the value */
	uint8_t index;
	const char *needs; /* NULL, or the row of a function that is as old as this index is */
};

#define ROW_OUTER 1       /* hooked only when its body calls none of `inner`; otherwise just its extent is told */
#define ROW_ESSENTIAL 2   /* its absence in a library of the family is worth a coverage record */
#define ROW_MARKER 4      /* defines the family: a file with this function is a client library */
#define ROW_EACH 8        /* called for each row: only where the family's rows are counted so (capture.sqlite_rows, mysql_rows) */
#define ROW_TAKE_COUNT 16 /* there: fetch the count */
#define ROW_PREFIX 512    /* symbol is the beginning of the (mangled) name */
#define ROW_TEXT_AT 1024  /* the text's pointer lies in *args[text_arg], at offset 0 (std::string) */
#define ROW_CONN 256      /* args[handle] is the connection, or conn_acc leads from it there */
#define ROW_COUNTED 4096  /* called for each row: its probe is there only when and where it is asked for (attach_count()) */
#define ROW_COUNTS 2048   /* field 0 is the number of rows so far: CONN_ROWS of the family's connection rows, from args[handle] on */
#define ROW_AT 8192       /* field 1 is the handle, at *args[handle] */
#define ROW_TAKEN 16384   /* PROBE_TAKEN, where conn_spec.taken is known; without it nothing else is asked for but the count of calls */
#define ROW_DOCUMENT 32   /* args[name_arg] is a bson_t: fields are the first bytes of the document it points to, if it does */
#define ROW_OBJECT 32768  /* args[2] is a value: fields and text are what struct value_layout finds in it */

struct client_row {
	const char *symbol;
	const char *label; /* how it is called in events; NULL: by its symbol */
	uint16_t op;       /* enum client_op */
	uint16_t flags;    /* ROW_* */
	uint8_t handle;    /* number of the argument that is the connection or statement; nearly always 0 */
	uint8_t text;      /* enum probe_text */
	int8_t text_arg;
	int8_t len_arg;             /* used by the PROBE_TEXT_*LEN* and UTF16 kinds; -1: none */
	int8_t name_arg;            /* used when named or name_acc is set */
	bool named;                 /* args[name_arg] is a string */
	uint8_t text_acc;           /* enum accessor_id: the text's pointer lies in *args[text_arg] */
	uint8_t name_acc;           /* the name lies in *args[name_arg] */
	uint8_t conn_acc;           /* ROW_CONN: the connection lies in *args[handle] */
	uint8_t fields[REC_FIELDS]; /* enum accessor_id of fields in *args[0] */
	uint32_t probe_flags;
	uint16_t only;     /* PROBE_ONLY: of args[only_arg] */
	uint32_t only_set; /* PROBE_ONLY_SET */
	uint8_t only_arg;
	uint8_t also_args;                /* bit i: args[i] tells something as it is */
	uint8_t params;                   /* enum probe_params */
	const char *inner[ROW_INNER_MAX]; /* functions of the table that this one is known to call */
};

/* A library of a family that mentions this symbol or library is of this system. The first hit counts. */
struct family_variant {
	const char *mention;
	const char *name;
	uint16_t system;
};

#define FAMILY_NEEDS_MAX 4

struct client_family {
	const char *name;
	const char *marks[2]; /* each marker symbol holds one: files that mention none are passed over; NULL: the markers themselves */
	const char *prefix;   /* of all its functions; set where the library's calls to itself are to be told apart */
	uint16_t system;      /* enum client_system */
	const struct client_row *rows;
	size_t nrows;
	const struct conn_row *conn; /* NULL: it has no connections, or nothing is known of them */
	size_t nconn;
	const char *needs[FAMILY_NEEDS_MAX];   /* symbols that a library of the family mentions */
	const char *lacks;                     /* NULL, or one that none of them does */
	const struct family_variant *variants; /* NULL, or ended by one without a mention */
	const char *own_system;                /* rows of the configuration: the database system's name */
};

extern const struct client_family *const client_families[];
extern const size_t client_families_len;
extern const struct accessor_row accessor_rows[ACC_COUNT];

#define ROWS_MAX 96 /* rows of a family at most */

/* Bit i: the probe of this row reads integer argument i. */
unsigned row_args(const struct client_row *r);

#endif
