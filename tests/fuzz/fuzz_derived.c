// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Kept relations with any content behind a header that fits it: refused, or written again they give the same bytes. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/pack.h"
#include "pipeline/session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sessions *s;
	struct buf file, out;
	size_t start;
	int err;

	if (!size || sessions_new(&s))
		return 0;
	buf_init(&file, 64u << 20);
	buf_init(&out, 64u << 20);
	start = pack_begin(&file, "QPROVDER");
	buf_add(&file, slice_mem(data + 1, size - 1));
	pack_end(&file, start, 1, data[0]);
	err = file.err ? file.err : sessions_load(s, buf_slice(&file));
	if (err >= 0 && sessions_evictions(s) == 0) {
		sessions_save(s, NULL, err == 0, &out);
		if (out.err || out.len != file.len || memcmp(out.ptr, file.ptr, out.len) != 0)
			abort();
		sessions_forget(s, SLICE("t"));
	}
	buf_done(&out);
	buf_done(&file);
	sessions_free(s);
	return 0;
}
