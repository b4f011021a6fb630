// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "base/op.h"

#include <stddef.h>

static const struct {
	const char *name;
	unsigned flags;
} ops[OP_COUNT] = {
#define OP(name, number, shown, flags) [number] = { shown, flags },
#include "op_list.h"
#undef OP
};

const char *op_name(unsigned op)
{
	return op < OP_COUNT && ops[op].name ? ops[op].name : "";
}

bool op_is(unsigned op, unsigned flags)
{
	return op < OP_COUNT && ops[op].name && (ops[op].flags & flags) == flags;
}
