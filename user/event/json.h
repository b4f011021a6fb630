// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Append-only JSON writer over a struct buf: keeps track of commas, escapes everything, takes slices. Depth at most 16. */
#ifndef QPROV_JSON_H
#define QPROV_JSON_H

#include "base/buf.h"

struct json {
	struct buf *out;
	unsigned depth;
	uint32_t filled; /* bit per depth: a comma is due */
	bool lossy;      /* some string held invalid UTF-8, replaced by U+FFFD */
};

void json_init(struct json *j, struct buf *out);
/* key NULL inside arrays. */
void json_open(struct json *j, const char *key, char bracket); /* '{' or '[' */
void json_close(struct json *j, char bracket);                 /* '}' or ']' */
void json_str(struct json *j, const char *key, struct slice v);
/* The same, cut between characters so that at most max bytes stand between the quotes; returns the bytes of v taken. */
size_t json_str_max(struct json *j, const char *key, struct slice v, size_t max);
void json_cstr(struct json *j, const char *key, const char *v);
void json_uint(struct json *j, const char *key, uint64_t v);
/* The number as a string: ids. */
void json_id(struct json *j, const char *key, uint64_t v);
void json_boolean(struct json *j, const char *key, bool v);
void json_null(struct json *j, const char *key);
/* "2026-11-23T18:42:07.318204551Z" from nanoseconds since 1970 (UTC). */
void json_time(struct json *j, const char *key, uint64_t wall_ns);

#endif
