// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * A slice is a borrowed (pointer, length) view of bytes. It owns nothing and need not end in NUL.
 * {NULL, 0} is "absent"; a non-NULL pointer with length 0 is "empty".
 */
#ifndef QPROV_SLICE_H
#define QPROV_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct slice {
	const char *ptr;
	size_t len;
};

/* A slice of a string literal, usable in static initialisers. */
#define SLICE_INIT(lit)                                                                                                                    \
	{                                                                                                                                  \
		(lit), sizeof(lit) - 1                                                                                                     \
	}
#define SLICE(lit) ((struct slice)SLICE_INIT(lit))
#define SLICE_NONE ((struct slice){ NULL, 0 })

/* View of a NUL-terminated string; NULL gives SLICE_NONE. */
struct slice slice_cstr(const char *s);
static inline struct slice slice_mem(const void *ptr, size_t len)
{
	return (struct slice){ ptr, len };
}

static inline bool slice_eq(struct slice a, struct slice b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* Equal when ASCII letters are compared without case. */
bool slice_ieq_bytes(const char *a, const char *b, size_t n);
static inline bool slice_ieq(struct slice a, struct slice b)
{
	if (a.len != b.len || (a.len && (a.ptr[0] ^ b.ptr[0]) & ~0x20)) /* most differ in the first letter */
		return false;
	return slice_ieq_bytes(a.ptr, b.ptr, a.len);
}

/* The same, to any of a list that ends in NULL. */
bool slice_ieq_any(struct slice s, const char *const *list);
/* The same, to any of n words in small letters and in the order of strcmp(3). */
bool slice_ieq_sorted(struct slice s, const char *const *sorted, size_t n);
/* Whether word, in small letters, is somewhere in s, whatever stands around it. */
bool slice_imentions(struct slice s, struct slice word);
/* Byte-wise order, shorter first on a common prefix: <0, 0, >0. */
int slice_cmp(struct slice a, struct slice b);
bool slice_starts(struct slice s, struct slice prefix);
bool slice_ends(struct slice s, struct slice suffix);
/* Without leading and trailing ASCII white space. */
struct slice slice_trim(struct slice s);
/* At most n first bytes. */
static inline struct slice slice_head(struct slice s, size_t n)
{
	if (s.len > n)
		s.len = n;
	return s;
}

/* Without the n first bytes; empty when n is larger. */
static inline struct slice slice_skip(struct slice s, size_t n)
{
	if (n > s.len)
		n = s.len;
	if (n) {
		s.ptr += n;
		s.len -= n;
	}
	return s;
}

/* Takes the first line off rest: it is given without its newline; what follows is left, nothing after the last one. */
struct slice slice_line(struct slice *rest);

/* Decimal number over the whole slice. 0, -EINVAL (not a number) or -ERANGE. */
int slice_u64(struct slice s, uint64_t *ret);

/* Keyless 64-bit hash for in-memory tables; seeded once per process against flooding. */
uint64_t slice_hash(struct slice s);
uint64_t hash_u64(uint64_t a, uint64_t b);

/*
 * Shell-style match of text against pattern: '*' any run, '?' one byte, everything else literal.
 * fold: compare ASCII letters without case. Linear in len(pattern) * len(text) at worst, no recursion.
 */
bool slice_glob(struct slice pattern, struct slice text, bool fold);

/* A printable form of foreign bytes for log messages; static storage of 8 rotating buffers, cut at 200 bytes. */
const char *slice_quote(struct slice s);

#endif
