// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Repetition: who touched which sensitive table, and whom it was about, how often, how many rows, first and last, by days and, where a
 * threshold asks for hours, by hours. One entry for each person and table, and one more for each protected subject of it. How many
 * different subjects there were is exact up to REPETITION_SEEN_MAX and estimated beyond it: adaptive sampling (Wegman; P. Flajolet, "On
 * adaptive sampling", Computing 43, 1990) keeps those whose hash ends in a number of zero bits, one bit more each time there are too many,
 * so that each one kept stands for 2^bits. The standard error is 1.2 / sqrt(REPETITION_SEEN_MAX), 5.3 %. HyperLogLog (Flajolet and others,
 * 2007) would take a sixteenth of the memory, but cannot tell how many there were in a window: here each one kept has its last hour.
 * Bounded: the entry that was longest unseen is forgotten and counted. Time is the wall time of the records, never the clock. The whole can
 * be written out and read again (repetition_save(), repetition_load()), so that a restart forgets nothing.
 */
#ifndef QPROV_REPETITION_H
#define QPROV_REPETITION_H

#include "base/buf.h"
#include "config/config.h"
#include "sql/sql.h"

#define REPETITION_ENTRIES_MAX 8192
#define REPETITION_BYTES_MAX (8u << 20) /* of the whole, as written out */
#define REPETITION_DAYS_MAX 400         /* older days are forgotten; totals stay */
#define REPETITION_HOURS_MAX 168        /* the same for hours */
#define REPETITION_SEEN_MAX 512         /* different subjects of one person and table that are kept */
#define REPETITION_SUBJECTS_MAX 64      /* of one access; there are no more in a verdict */
#define REPETITION_NAME_MAX 64
#define REPETITION_TABLE_MAX 200
#define REPETITION_THRESHOLDS_MAX 64

struct repetition;

struct repetition_who {
	bool human; /* uid is the person's, by whatever evidence; else there is none, and it is what the process ran as */
	uint32_t uid;
	struct slice name; /* as known now; SLICE_NONE keeps the last one */
};

struct repetition_bucket {
	uint32_t at; /* days, or hours, since 1970 UTC */
	uint32_t queries;
	uint64_t rows;
};

struct repetition_entry {
	bool human;
	uint32_t uid;
	struct slice name;    /* of the person; SLICE_NONE: never known */
	struct slice system;  /* "postgresql" */
	struct slice table;   /* [database.]name: however the schema was written, it is one table */
	struct slice subject; /* SLICE_NONE: the entry of the table */
	uint64_t queries, rows;
	uint64_t first_ns, last_ns;            /* wall time */
	const struct repetition_bucket *days;  /* ascending */
	const struct repetition_bucket *hours; /* the same, only as far back as thresholds ask */
	unsigned ndays, nhours;
	uint64_t subjects;       /* different ones, of the entry of a table */
	bool subjects_estimated; /* about so many */
	uint64_t period_queries; /* since the last hour that was told */
	uint64_t period_rows;
};

/* What a window holds. */
struct repetition_window {
	uint64_t queries, rows, subjects;
	bool subjects_estimated;
};

int repetition_new(struct repetition **ret);
void repetition_free(struct repetition *r);

struct repetition_access {
	struct repetition_who who;
	struct slice system, table;
	const struct sql_relation *relation; /* what patterns on tables are compared with */
	uint64_t rows;
	uint64_t wall_ns;
	const struct slice *subjects; /* ids of protected people this was about */
	size_t nsubjects;
};

typedef void (*repetition_fn)(void *ctx, const struct repetition_entry *e, const struct config_threshold *t,
			      const struct repetition_window *w);

/*
 * Counts one access. fn is called for each threshold that is crossed by it: once, and again each time the value has doubled or was below in
 * between. 0 or -ENOMEM.
 */
int repetition_add(struct repetition *r, const struct repetition_access *a, const struct config *c, repetition_fn fn, void *ctx);
/* fn (threshold and window NULL) for each entry of a table that has counted since the last call, in a fixed order. Number of them. */
size_t repetition_period(struct repetition *r, repetition_fn fn, void *ctx);
/* fn (threshold and window NULL) for the entries of the subjects of one of a table, in order of their names. */
void repetition_subjects(const struct repetition *r, const struct repetition_entry *table, repetition_fn fn, void *ctx);
/* The window of a threshold at that time: so many days, today included, or so many hours, this one included. */
void repetition_window(const struct repetition_entry *e, const struct config_threshold *t, uint64_t wall_ns, struct repetition_window *ret);

/* Appends the whole; last: nothing will be counted any more before it is read again. out->err tells failure. */
void repetition_save(const struct repetition *r, bool last, struct buf *out);
/*
 * Into an empty one. 0; 1: all is read, but it was not the last state of what wrote it; -EBADMSG (damaged, or of another version: it stays
 * empty) or -ENOMEM.
 */
int repetition_load(struct repetition *r, struct slice in);

uint64_t repetition_evictions(const struct repetition *r);
size_t repetition_count(const struct repetition *r);
/* Counts changes: what was saved at the same number needs not to be saved again. */
uint64_t repetition_changes(const struct repetition *r);

#endif
