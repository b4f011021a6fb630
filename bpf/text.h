// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Reading the memory of the traced process: single values and texts. A page that is not resident yields nothing to a read that may not
 * sleep, so the sleepable program touches it first. A text is read straight into the reserved ring record, of the smallest size class
 * that holds it. Nothing is read past the first page that cannot be read.
 */
#ifndef QPROV_BPF_TEXT_H
#define QPROV_BPF_TEXT_H

#include "maps.h"

#define PAGE_BYTES 4096ull
#define CLASS_SLACK 8      /* a class of S bytes reserves S + 8: the string helper wants room to see that there is more */
#define MEASURE_CHUNKS 256 /* of REC_TEXT_MAX: the true length is counted up to 16 MiB */
#define LEN_UNBOUNDED (~0ull)

enum text_result {
	TEXT_FIT,   /* all of it is in the record */
	TEXT_LONG,  /* the class is full and there is more */
	TEXT_FAULT, /* a page could not be read; cap_len bytes before it were */
};

/* What is wanted. What came goes into the record at once: the verifier follows values on the stack, not there. */
struct text {
	__u64 addr;
	__u64 limit; /* bytes to read at most, by the caller's length; LEN_UNBOUNDED */
	bool stop_nul;
	bool wide; /* units of 16 bits, or of 32 */
	bool utf32;
};

static __always_inline long user_read(void *dst, __u32 size, __u64 addr, const bool sleepable)
{
	long err = bpf_probe_read_user(dst, size, (const void *)addr);

	if (err && sleepable)
		err = bpf_copy_from_user(dst, size, (const void *)addr);
	return err;
}

/*
 * The same value, of which the verifier knows nothing any more: it went through memory. Loops end in as many known values as they have
 * rounds, and each would be followed through all that comes after.
 */
static __always_inline __u64 forget(struct rec_call *r, __u64 v)
{
	volatile __u64 *mem = &r->fields[0]; /* free until call_fill() */

	*mem = v;
	return *mem;
}

/* v, seen by the verifier to be at most max; the barriers keep the compiler from comparing something derived from v instead. */
static __always_inline __u64 at_most(__u64 v, const __u64 max)
{
	barrier_var(v);
	if (v > max)
		v = max;
	barrier_var(v);
	return v;
}

static __always_inline long text_copy(const struct text *t, char *dst, __u64 size)
{
	if (t->stop_nul)
		return bpf_probe_read_user_str(dst, size, (const void *)t->addr);
	return bpf_probe_read_user(dst, size, (const void *)t->addr) ? -14 : (long)size;
}

/*
 * The slow way, after a read across the whole class failed: page by page, touching each one, always from the start again, because
 * the string helper leaves nothing behind when it fails. Returns as text_read() does; *ret_n is what the copy helper gave.
 */
static __always_inline bool text_copy_pages(const struct text *t, struct rec_call *r, const __u32 class_size, __u64 want, long *ret_n,
					    __u64 *ret_good, const bool sleepable)
{
	__u64 page = t->addr & ~(PAGE_BYTES - 1), good = 0;
	bool whole = false;
	char probe;

	for (__u32 i = 0; i < class_size / PAGE_BYTES + 2; i++) {
		__u64 end = page + PAGE_BYTES - t->addr;
		long n;

		if (sleepable && bpf_copy_from_user(&probe, 1, (const void *)(i ? page : t->addr)))
			break;
		if (end > want)
			end = want;
		end = forget(r, end);
		n = text_copy(t, r->text, at_most(end, class_size + 2));
		if (n < 0)
			break;
		good = forget(r, end);
		n = forget(r, n);
		*ret_n = n;
		if (n < (long)end || end >= want) {
			whole = true;
			break;
		}
		page = forget(r, page + PAGE_BYTES);
	}
	good = forget(r, good);
	*ret_good = good;
	/* The failed attempt wiped the buffer: read the good part once more. */
	if (!whole && good)
		*ret_n = text_copy(t, r->text, at_most(good, class_size + 2));
	return whole;
}

/* The string helper replaces the last byte it was allowed by NUL: fetch the true one. True when it is a NUL. */
static __always_inline bool text_last_byte(const struct text *t, char *dst, const __u32 class_size, __u64 n)
{
	__u64 last = at_most(n - 1, class_size + 1);

	if (bpf_probe_read_user(dst + last, 1, (const void *)(t->addr + last)))
		return true;
	return dst[last] == 0;
}

static __always_inline enum text_result text_set(struct rec_call *r, __u64 len, __u32 cap, enum text_result result)
{
	r->text_len = len;
	r->cap_len = cap;
	return result;
}

/* Reads into r->text, which has room for class_size + CLASS_SLACK bytes; sets text_len and cap_len. */
static __always_inline enum text_result text_read(const struct text *t, struct rec_call *r, const __u32 class_size, const bool sleepable)
{
	__u64 want = class_size + 2, good = 0, n;
	bool whole = true;
	long got;

	if (t->limit < want)
		want = t->limit;
	if (!want)
		return text_set(r, 0, 0, TEXT_FIT);
	got = text_copy(t, r->text, at_most(want, class_size + 2));
	if (got < 0)
		whole = text_copy_pages(t, r, class_size, want, &got, &good, sleepable);
	if (!whole && (!good || got < 0))
		return text_set(r, 0, 0, TEXT_FAULT);
	n = forget(r, got);
	if (t->stop_nul) {
		/* n counts the NUL, which is real unless the helper was stopped by its limit */
		if (n < (whole ? want : good) || text_last_byte(t, r->text, class_size, n)) {
			n--;
			whole = true;
		} else if (!whole) {
			n = good;
		}
	}
	if (whole && n > class_size)
		return text_set(r, t->limit == LEN_UNBOUNDED ? class_size + 1 : t->limit, class_size, TEXT_LONG);
	return text_set(r, n, n, whole ? TEXT_FIT : TEXT_FAULT);
}

/*
 * The true length of a NUL-terminated text that is longer than the record: counts in chunks, with the record as scratch, then reads its
 * head again. Returns true when the end was not found (text_len is then a lower bound).
 */
static __always_inline bool text_measure(const struct text *t, struct rec_call *r, const bool sleepable)
{
	__u64 off = REC_TEXT_MAX, limit = forget(r, t->limit), addr = forget(r, t->addr);
	bool open = true;
	char probe;

	for (int i = 0; i < MEASURE_CHUNKS; i++) {
		__u64 size = forget(r, at_most(limit - off, REC_TEXT_MAX + 1));
		long n;

		if (sleepable)
			bpf_copy_from_user(&probe, 1, (const void *)(addr + off));
		n = bpf_probe_read_user_str(r->text, at_most(size, REC_TEXT_MAX + 1), (const void *)(addr + off));
		if (n <= 0)
			break;
		/* One byte allowed is one byte overwritten by NUL: the caller's limit is reached. */
		off = forget(r, size == 1 ? limit : off + n - 1);
		if (size == 1 || n < (long)size) {
			open = false;
			break;
		}
	}
	r->text_len = off;
	if (bpf_probe_read_user(r->text, REC_TEXT_MAX, (const void *)addr))
		r->cap_len = 0;
	return open;
}

/* Is there a NUL of 16 or 32 bits in the first bytes? Eight bytes at a time and without a branch, so that the verifier walks it once. */
static __always_inline bool text_has_wide_nul(const char *buf, const __u32 bytes, bool utf32)
{
	const __u64 ones = utf32 ? 0x0000000100000001ull : 0x0001000100010001ull;
	const __u64 tops = utf32 ? 0x8000000080000000ull : 0x8000800080008000ull;
	const __u64 *w = (const __u64 *)buf;
	__u64 hit = 0;

	for (__u32 i = 0; i < bytes / 8; i++) {
		__u64 v = w[i];

		hit |= (v - ones) & ~v & tops;
	}
	return hit != 0;
}

#endif
