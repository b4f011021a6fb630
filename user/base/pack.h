// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Files that keep state over restarts: a header (magic of 8 bytes, version, number of entries, bytes behind it, SHA-256 of those), then
 * entries. Numbers are little-endian 64 bit, texts a length and their bytes. Read as foreign input: every length is checked.
 */
#ifndef QPROV_PACK_H
#define QPROV_PACK_H

#include "base/buf.h"

void pack_u64(struct buf *out, uint64_t v);
void pack_text(struct buf *out, struct slice s);
/* The header, to be filled in by pack_end() with what this returns. out->err tells failure of all of them. */
size_t pack_begin(struct buf *out, const char magic[8]);
void pack_end(struct buf *out, size_t start, uint64_t version, uint64_t entries);

/* bad is sticky: zeros and empty texts come after it. */
struct unpack {
	struct slice in;
	bool bad;
	uint64_t version, entries;
};

/* 0, or -EBADMSG: another file, a later version, more than max entries, or damaged. */
int unpack_open(struct unpack *u, struct slice file, const char magic[8], uint64_t version_max, uint64_t entries_max);
uint64_t unpack_u64(struct unpack *u);
uint64_t unpack_max(struct unpack *u, uint64_t max);
/* Points into the file; SLICE_NONE for a text of no bytes. */
struct slice unpack_text(struct unpack *u, size_t max);

#endif
