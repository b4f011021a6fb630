// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "sql/name_hash.h"

#include <string.h>
#include <sys/random.h>

/* Before main: constant afterwards. Without randomness some constants: right still, if predictable, and spend() limits what that costs. */
static uint64_t seed[3] = { 0x9e3779b97f4a7c15ull, 0xd6e8feb86659fd93ull, 0xa0761d6478bd642full };

static void __attribute__((constructor)) take_seed(void)
{
	uint64_t random[3];

	if (getrandom(random, sizeof(random), GRND_NONBLOCK) == sizeof(random))
		memcpy(seed, random, sizeof(seed));
}

static uint64_t load8(const char *s)
{
	uint64_t v;

	memcpy(&v, s, 8);
	return v;
}

static uint64_t load4(const char *s)
{
	uint32_t v;

	memcpy(&v, s, 4);
	return v;
}

__extension__ typedef unsigned __int128 wide;

/* Both halves of the product: each bit depends on all bits of both factors ("folded multiply"). */
static uint64_t mix(uint64_t a, uint64_t b)
{
	const wide m = (wide)a * b;

	return (uint64_t)m ^ (uint64_t)(m >> 64);
}

uint64_t name_hash(uint64_t before, struct slice s)
{
	uint64_t h = before ^ seed[0], first = 0, last = 0, len = s.len;

	for (; s.len > 16; s = slice_skip(s, 16))
		h = mix(load8(s.ptr) ^ seed[1], load8(s.ptr + 8) ^ h);
	if (s.len >= 8) {
		first = load8(s.ptr);
		last = load8(s.ptr + s.len - 8);
	} else if (s.len >= 4) {
		first = load4(s.ptr);
		last = load4(s.ptr + s.len - 4);
	} else if (s.len) {
		first = (uint64_t)(unsigned char)s.ptr[0] | (uint64_t)(unsigned char)s.ptr[s.len / 2] << 8 |
			(uint64_t)(unsigned char)s.ptr[s.len - 1] << 16;
	}
	return mix(mix(first ^ seed[1], last ^ h) ^ seed[2], len ^ seed[1]);
}

uint64_t name_hash_folded(struct slice s)
{
	uint64_t h = 0;

	do {
		char lower[64];
		size_t n = s.len < sizeof(lower) ? s.len : sizeof(lower);

		for (size_t i = 0; i < n; i++)
			lower[i] = s.ptr[i] >= 'A' && s.ptr[i] <= 'Z' ? (char)(s.ptr[i] + 32) : s.ptr[i];
		h = name_hash(h, slice_mem(lower, n));
		s = slice_skip(s, n);
	} while (s.len);
	return h;
}
