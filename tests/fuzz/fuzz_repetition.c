// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* A state file with any content behind a header that fits it: it is refused, or written again it gives the same bytes. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "evidence/repetition.h"

#define HEADER (8 + 3 * 8 + crypto_hash_sha256_BYTES)

static void put(unsigned char *p, uint64_t v)
{
	for (int i = 0; i < 8; i++)
		p[i] = (unsigned char)(v >> (8 * i));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned char *file;
	struct repetition *r;
	struct buf out;
	int loaded;

	if (!size)
		return 0;
	file = malloc(HEADER + size);
	if (!file || repetition_new(&r))
		abort();
	memcpy(file, "QPROVREP", 8);
	put(file + 8, data[0] & 0x80 ? 1 : 2); /* version */
	put(file + 16, data[0] & 0x7f);        /* entries */
	put(file + 24, size - 1);
	crypto_hash_sha256(file + 32, data + 1, size - 1);
	memcpy(file + HEADER, data + 1, size - 1);
	buf_init(&out, 64u << 20);
	loaded = repetition_load(r, slice_mem(file, HEADER + size - 1));
	if (loaded >= 0 && repetition_evictions(r) == 0 && !(data[0] & 0x80)) {
		repetition_save(r, loaded == 0, &out);
		if (out.err || out.len != HEADER + size - 1 || memcmp(out.ptr, file, out.len) != 0)
			abort();
	}
	buf_done(&out);
	repetition_free(r);
	free(file);
	return 0;
}
