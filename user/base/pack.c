// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "base/pack.h"

#include <errno.h>
#include <string.h>

#include <sodium.h>

struct header {
	char magic[8];
	uint64_t version;
	uint64_t entries;
	uint64_t bytes;
	unsigned char sha256[crypto_hash_sha256_BYTES];
};

void pack_u64(struct buf *out, uint64_t v)
{
	unsigned char b[8];

	for (int i = 0; i < 8; i++)
		b[i] = (unsigned char)(v >> (8 * i));
	buf_add(out, slice_mem(b, sizeof(b)));
}

void pack_text(struct buf *out, struct slice s)
{
	pack_u64(out, s.len);
	buf_add(out, s);
}

size_t pack_begin(struct buf *out, const char magic[8])
{
	struct header h = { .version = 0 };
	size_t start = out->len;

	memcpy(h.magic, magic, sizeof(h.magic));
	buf_add(out, slice_mem(&h, sizeof(h)));
	return start;
}

void pack_end(struct buf *out, size_t start, uint64_t version, uint64_t entries)
{
	unsigned char sha256[crypto_hash_sha256_BYTES];
	size_t body = start + sizeof(struct header);
	struct buf head;

	if (out->err)
		return;
	crypto_hash_sha256(sha256, (const unsigned char *)out->ptr + body, out->len - body);
	head = (struct buf){ .ptr = out->ptr + start, .len = 8, .cap = sizeof(struct header), .max = sizeof(struct header) };
	pack_u64(&head, version);
	pack_u64(&head, entries);
	pack_u64(&head, out->len - body);
	buf_add(&head, slice_mem(sha256, sizeof(sha256)));
}

int unpack_open(struct unpack *u, struct slice file, const char magic[8], uint64_t version_max, uint64_t entries_max)
{
	struct unpack r = { .in = slice_skip(file, sizeof(((struct header *)NULL)->magic)) };
	struct slice body = slice_skip(file, sizeof(struct header));
	unsigned char sha256[crypto_hash_sha256_BYTES];
	uint64_t bytes;

	if (file.len < sizeof(struct header) || memcmp(file.ptr, magic, 8) != 0)
		return -EBADMSG;
	r.version = unpack_u64(&r);
	r.entries = unpack_max(&r, entries_max);
	bytes = unpack_u64(&r);
	if (r.bad || !r.version || r.version > version_max || bytes != body.len)
		return -EBADMSG;
	crypto_hash_sha256(sha256, (const unsigned char *)body.ptr, body.len);
	if (memcmp(sha256, r.in.ptr, sizeof(sha256)) != 0)
		return -EBADMSG;
	r.in = body;
	*u = r;
	return 0;
}

uint64_t unpack_u64(struct unpack *u)
{
	uint64_t v = 0;

	if (u->in.len < 8) {
		u->bad = true;
		return 0;
	}
	for (int i = 7; i >= 0; i--)
		v = v << 8 | (unsigned char)u->in.ptr[i];
	u->in = slice_skip(u->in, 8);
	return v;
}

uint64_t unpack_max(struct unpack *u, uint64_t max)
{
	uint64_t v = unpack_u64(u);

	if (v <= max)
		return v;
	u->bad = true;
	return 0;
}

struct slice unpack_text(struct unpack *u, size_t max)
{
	size_t n = unpack_max(u, max);
	struct slice s;

	if (n > u->in.len) {
		u->bad = true;
		return SLICE_NONE;
	}
	s = n ? slice_head(u->in, n) : SLICE_NONE;
	u->in = slice_skip(u->in, n);
	return s;
}
