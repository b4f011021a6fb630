// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Reading the memory of the traced process: single values and texts. A page that is not resident yields nothing to a read that may not
 * sleep, and a page may take for ever to come: its file may be on the program's own FUSE mount. While a record is reserved nobody else's
 * leaves the ring, so what fills one never sleeps: it notes the page that was missing (page_missed()), and the sleepable program gives the
 * room back, touches that page and begins anew (bpf/thread.h). A text is read straight into the reserved ring record, of the smallest
 * size class that holds it. Nothing is read past the first page that cannot be read.
 */
#ifndef QPROV_BPF_TEXT_H
#define QPROV_BPF_TEXT_H

#include "maps.h"

#define PAGE_BYTES 4096ull
#define CLASS_SLACK 8      /* a class of S bytes reserves S + 8: the string helper wants room to see that there is more */
#define MEASURE_CHUNKS 512 /* of REC_TEXT_MAX: the true length is counted up to 32 MiB */
#define LEN_UNBOUNDED (~0ull)
#define AHEAD (256u << 10) /* what is touched at once of a long text that is not resident */

enum text_result {
	TEXT_FIT,   /* all of it is in the record */
	TEXT_LONG,  /* the class is full and there is more */
	TEXT_FAULT, /* a page could not be read; cap bytes before it were */
};

/* What is wanted, and what came. */
struct text {
	__u64 addr;
	__u64 limit; /* bytes to read at most, by the caller's length; LEN_UNBOUNDED */
	__u64 len;   /* came: bytes of the whole text, as far as is known */
	__u64 cap;   /* came: bytes that were read */
	__u64 scratch;
	bool stop_nul;
	bool wide; /* units of 16 bits, or of 32 */
	bool utf32;
	bool page; /* len is where the page of the NUL ends */
};

/* In bpf/thread.h. A global function must return a number: 0. */
int page_missed(__u64 addr, __u64 size);

/* The pages of the first and the last byte are waited for, as long as it takes. 0: they were there. */
GLOBAL int page_wait(__u64 addr, __u64 size)
{
	__u64 *n, last = addr + size - 1;
	__u32 zero = 0;
	char probe;
	long err;

	n = bpf_map_lookup_elem(&sleepers, &zero);
	if (!n)
		return 1;
	__sync_fetch_and_add(n, 1);
	err = bpf_copy_from_user(&probe, 1, (const void *)addr);
	if (!err && (addr ^ last) & ~(PAGE_BYTES - 1))
		err = bpf_copy_from_user(&probe, 1, (const void *)last);
	__sync_fetch_and_add(n, -1);
	return err != 0;
}

/* sleepable: waits for a page that is not there. Else that page is noted. */
static __always_inline long user_read(void *dst, __u32 size, __u64 addr, const bool sleepable)
{
	long err = bpf_probe_read_user(dst, size, (const void *)addr);

	if (err && sleepable)
		err = page_wait(addr, size) ? err : bpf_probe_read_user(dst, size, (const void *)addr);
	else if (err)
		page_missed(addr, size);
	return err;
}

/* While a record is reserved, whatever program it is. What fills one has no other reader. */
static __always_inline long record_read(void *dst, __u32 size, __u64 addr)
{
	return user_read(dst, size, addr, false);
}

/*
 * The same value, of which the verifier knows nothing any more: it went through memory. Loops end in as many known values as they have
 * rounds, and each would be followed through all that comes after.
 */
static __always_inline __u64 forget(struct text *t, __u64 v)
{
	volatile __u64 *mem = &t->scratch;

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
 * The slow way, after a read across the whole class failed: page by page, always from the start again, because the string helper leaves
 * nothing behind when it fails. Returns as text_read() does; *ret_n is what the copy helper gave.
 */
static __always_inline bool text_copy_pages(struct text *t, char *dst, const __u32 class_size, __u64 want, long *ret_n, __u64 *ret_good)
{
	__u64 next = (t->addr & ~(PAGE_BYTES - 1)) + PAGE_BYTES, good = 0;
	bool whole = false;

	for (__u32 i = 0; i < class_size / PAGE_BYTES + 2; i++) {
		__u64 end = next - t->addr;
		long n;

		if (end > want)
			end = want;
		end = forget(t, end);
		n = text_copy(t, dst, at_most(end, class_size + 2));
		if (n < 0)
			break;
		good = forget(t, end);
		n = forget(t, n);
		*ret_n = n;
		whole = n < (long)end || end >= want;
		if (__builtin_expect(whole, 1))
			break;
		next = forget(t, next + PAGE_BYTES);
	}
	good = forget(t, good);
	*ret_good = good;
	if (!whole)
		page_missed(t->addr + good, want - good);
	/* The failed attempt wiped the buffer: read the good part once more. */
	if (!whole && good)
		*ret_n = text_copy(t, dst, at_most(good, class_size + 2));
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

static __always_inline enum text_result text_set(struct text *t, __u64 len, __u64 cap, enum text_result result)
{
	t->len = len;
	t->cap = cap;
	return result;
}

/* Reads into dst, which has room for class_size + CLASS_SLACK bytes; sets len and cap. */
static __always_inline enum text_result text_read(struct text *t, char *dst, const __u32 class_size)
{
	__u64 want = class_size + 2, good = 0, n;
	bool whole = true;
	long got;

	if (t->limit < want)
		want = t->limit;
	if (!want)
		return text_set(t, 0, 0, TEXT_FIT);
	got = text_copy(t, dst, at_most(want, class_size + 2));
	if (got < 0)
		whole = text_copy_pages(t, dst, class_size, want, &got, &good);
	if (!whole && (!good || got < 0))
		return text_set(t, 0, 0, TEXT_FAULT);
	n = forget(t, got);
	if (t->stop_nul) {
		/* n counts the NUL, which is real unless the helper was stopped by its limit */
		if (n < (whole ? want : good) || text_last_byte(t, dst, class_size, n)) {
			n--;
			whole = true;
		} else if (!whole) {
			n = good;
		}
	}
	if (whole && n > class_size)
		return text_set(t, t->limit == LEN_UNBOUNDED ? class_size + 1 : t->limit, class_size, TEXT_LONG);
	return text_set(t, n, n, whole ? TEXT_FIT : TEXT_FAULT);
}

/*
 * The true length of a NUL-terminated text that is longer than the record: counts in chunks, with the record as scratch, then reads its
 * head again. Returns true when the end was not found (len is then a lower bound).
 */
static __always_inline bool text_measure(struct text *t, char *dst)
{
	__u64 off = REC_TEXT_MAX, limit = forget(t, t->limit), addr = forget(t, t->addr);
	bool open = true;

	for (int i = 0; i < MEASURE_CHUNKS; i++) {
		__u64 size = forget(t, at_most(limit - off, REC_TEXT_MAX + 1));
		long n;

		n = bpf_probe_read_user_str(dst, at_most(size, REC_TEXT_MAX + 1), (const void *)(addr + off));
		if (n < 0)
			page_missed(addr + off, AHEAD);
		if (n <= 0)
			break;
		/* One byte allowed is one byte overwritten by NUL: the caller's limit is reached. */
		off = forget(t, size == 1 ? limit : off + n - 1);
		if (size == 1 || n < (long)size) {
			open = false;
			break;
		}
	}
	t->len = off;
	if (bpf_probe_read_user(dst, REC_TEXT_MAX, (const void *)addr))
		t->cap = 0;
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

#define WIDE_PAGES_MAX 256 /* wide text up to a NUL is read up to 1 MiB */

struct wide_page {
	char at[PAGE_BYTES];
};

/* Verified once, and not once for each page. */
GLOBAL int wide_page_ends(struct wide_page *p, __u32 utf32)
{
	return p && text_has_wide_nul(p->at, PAGE_BYTES, utf32);
}

/*
 * Wide text that is longer than the record, up to its NUL: looks for the page it is on, with the record as scratch, then reads its head
 * again. Returns true when it was not found.
 */
static __always_inline bool text_measure_wide(struct text *t, char *dst)
{
	__u64 addr = forget(t, t->addr), at = forget(t, (addr + REC_TEXT_MAX) & ~(PAGE_BYTES - 1));
	bool open = true;

	if (addr & (t->utf32 ? 3 : 1))
		return true;
	for (int i = 0; i < WIDE_PAGES_MAX; i++) {
		if (bpf_probe_read_user(dst, PAGE_BYTES, (const void *)at)) {
			page_missed(at, AHEAD);
			break;
		}
		at = forget(t, at + PAGE_BYTES);
		if (wide_page_ends((struct wide_page *)dst, t->utf32)) {
			open = false;
			break;
		}
	}
	t->page = !open;
	if (!open)
		t->len = at - addr;
	if (bpf_probe_read_user(dst, REC_TEXT_MAX, (const void *)addr))
		t->cap = 0;
	return open;
}

/*
 * A size class, and the measuring of what is longer than the last one. Functions of their own that are not static: the verifier walks each
 * of them once, not once for every way that leads to it, and so the whole stays below its limit on older kernels too.
 */
#define TEXT_CLASS(bytes)                                                                                                                  \
	struct text_class_##bytes {                                                                                                        \
		char at[bytes + CLASS_SLACK];                                                                                              \
	};                                                                                                                                 \
	__attribute__((noinline)) int text_read_##bytes(struct text_class_##bytes *dst, struct text *t)                                    \
	{                                                                                                                                  \
		enum text_result result = dst && t ? text_read(t, dst->at, bytes) : TEXT_FAULT;                                            \
                                                                                                                                           \
		/* Wide text up to its NUL: user space finds the place, here it is enough that it is there. */                             \
		if (result == TEXT_LONG && bytes <= 4096 && t && dst && t->wide && t->limit == LEN_UNBOUNDED &&                            \
		    text_has_wide_nul(dst->at, bytes <= 4096 ? bytes : 0, t->utf32))                                                       \
			result = TEXT_FIT;                                                                                                 \
		return result;                                                                                                             \
	}

_Static_assert(REC_TEXT_MAX == 65536, "the last class");
TEXT_CLASS(512)
TEXT_CLASS(4096)
TEXT_CLASS(16384)
TEXT_CLASS(65536)

GLOBAL int text_measure_narrow(struct text_class_65536 *dst, struct text *t)
{
	return dst && t ? text_measure(t, dst->at) : 1;
}

GLOBAL int text_measure_wider(struct text_class_65536 *dst, struct text *t)
{
	return dst && t ? text_measure_wide(t, dst->at) : 1;
}

/* Is there a ';' in it? Eight bytes at a time, as above. */
static __always_inline bool text_has_end(const char *buf, const __u32 bytes)
{
	const __u64 ones = 0x0101010101010101ull, tops = 0x8080808080808080ull;
	const __u64 *w = (const __u64 *)buf;
	__u64 hit = 0;

	for (__u32 i = 0; i < bytes / 8; i++) {
		__u64 v = w[i] ^ (ones * ';');

		hit |= (v - ones) & ~v & tops;
	}
	return hit != 0;
}

GLOBAL int text_ends_512(struct text_class_512 *dst)
{
	return dst && text_has_end(dst->at, 512);
}

GLOBAL int text_ends_4096(struct text_class_4096 *dst)
{
	return dst && text_has_end(dst->at, 4096);
}

/* Does its first statement perhaps end in the bytes that were read? */
static __always_inline bool text_ends_class(char *dst, const __u32 size)
{
	if (size == 512)
		return text_ends_512((struct text_class_512 *)dst);
	return size == 4096 && text_ends_4096((struct text_class_4096 *)dst);
}

/* The common case: all there, ended by NUL, short. False: nothing was done. */
static __always_inline bool text_read_short(char *dst, struct text *t)
{
	long n;

	if (!t->stop_nul || t->limit <= 512)
		return false;
	n = bpf_probe_read_user_str(dst, 512, (const void *)t->addr);
	if (n <= 0 || n >= 512)
		return false;
	t->len = t->cap = n - 1;
	return true;
}

static __always_inline int text_read_class(char *dst, struct text *t, const __u32 size)
{
	if (size == 512)
		return text_read_512((struct text_class_512 *)dst, t);
	if (size == 4096)
		return text_read_4096((struct text_class_4096 *)dst, t);
	if (size == 16384)
		return text_read_16384((struct text_class_16384 *)dst, t);
	return text_read_65536((struct text_class_65536 *)dst, t);
}

static __always_inline int text_measure_class(char *dst, struct text *t)
{
	struct text_class_65536 *room = (struct text_class_65536 *)dst;

	return t->wide ? text_measure_wider(room, t) : text_measure_narrow(room, t);
}

#endif
