// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Any bytes as code: the decoder stays within them, a probe lies within them, an offset within its limit. First byte: arguments read. */
#include <stdlib.h>

#include "attach/accessor.h"
#include "attach/prologue.h"
#include "attach/x86.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct x86_insn insn;
	struct prologue p;
	int32_t off;

	if (size == 0)
		return 0;
	prologue_choose(data + 1, size - 1, data[0] & 63, &p);
	if (p.offset && (p.offset >= size - 1 || p.offset >= PROLOGUE_BYTES || p.sp_delta < 0))
		abort();
	if (!x86_decode(data + 1, size - 1, &insn) && (insn.len == 0 || insn.len > size - 1 || insn.len > X86_INSN_MAX))
		abort();
	for (unsigned form = ACCESSOR_RETURN_32; form <= ACCESSOR_INDEX_32; form++)
		if (!accessor_decode(data + 1, size - 1, (enum accessor_form)form, 6, &off) && (off < 0 || off >= ACCESSOR_OFFSET_MAX))
			abort();
	return 0;
}
