// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * What must not be written, whatever the configuration says: passwords, tokens and keys in command lines and in SQL. The functions mark
 * bytes; the caller overwrites or replaces them. In command lines they err on the side of hiding. In SQL only what can never name
 * a relation is marked, string constants and the words that stand in their place, so that nobody hides a table behind the word PASSWORD.
 */
#ifndef QPROV_REDACT_H
#define QPROV_REDACT_H

#include "base/buf.h"
#include "record.h"
#include "sql/sql.h"

#define REDACT_SHOWN "***"
#define REDACT_DEPTH_MAX 4 /* command lines within command lines, statements within string constants */

/* hide[i] is set for each byte that must not be shown; it has the length of the text and is zeroed by the caller. */
enum {
	REDACT_SHOW = 0,
	REDACT_HIDE = 1,
	REDACT_HIDE_BARE = 2, /* a word of SQL: a string constant takes its place */
};

/* May the text hold a secret at all? Cheap; false is certain. */
bool redact_hint(struct slice text);
/* Connection strings and URIs, key=value, key: value, headers, well-known tokens. */
void redact_mark_text(struct slice text, unsigned char *hide);
/* Only tokens that are known by how they begin. */
void redact_mark_tokens(struct slice text, unsigned char *hide);
/* PASSWORD '..', IDENTIFIED BY, OPTIONS (password ..), CREDENTIALS, PRAGMA key, ATTACH .. KEY, keys of encryption functions, conninfo. */
void redact_mark_sql(enum sql_dialect dialect, struct slice text, unsigned char *hide, struct arena *arena);
/* One command line, as a shell reads it. */
void redact_mark_line(struct slice line, unsigned char *hide, struct arena *arena);
/* NUL-separated arguments. */
void redact_mark_args(struct slice args, unsigned char *hide, struct arena *arena);

/* Does the text of a word end in "password", "token", "secret_key" ...? Length of that ending, or 0. */
size_t redact_word(struct slice word);

/* Overwrites what is marked with '*', so that all lengths stay; a bare word becomes a constant. Returns whether anything changed. */
bool redact_fill(char *text, size_t n, const unsigned char *hide);
/* Appends the text, each marked run as REDACT_SHOWN. */
void redact_replace(struct slice text, const unsigned char *hide, struct buf *out);
/* The statement without its secrets: text itself, or a copy in arena. Closed on failure: an empty slice when there is no memory. */
struct slice redact_sql(enum sql_dialect dialect, struct slice text, struct arena *arena);

/*
 * Records: REC_EXEC, REC_PROC and REC_CALL without the secrets in arguments and text, before they are recorded or understood. Which
 * dialect a call is in is learnt from REC_SITE. A scrubber belongs to one stream of records.
 */
struct scrubber;

int scrubber_new(struct scrubber **ret);
void scrubber_free(struct scrubber *s);
/*
 * The same record, or a clean copy valid until the next call. SLICE_NONE: no memory, the record must not be used. texts: statements as
 * well, for what is written down; the pipeline itself takes their secrets out where it knows how the session reads strings, and
 * notices when more than a secret would go.
 */
struct slice scrub(struct scrubber *s, struct slice record, bool texts);

#endif
