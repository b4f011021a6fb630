// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* What is known of the operations in include/op_list.h. Numbers may come from a recorded file. */
#ifndef QPROV_OP_H
#define QPROV_OP_H

#include <stdbool.h>

#include "client.h"

/* What kind of function it is, for people ("submit", "result"); several have the same. "" for a number that has no operation. */
const char *op_name(unsigned op);
/* Whether all of these OPF_* hold. False for a number that has no operation. */
bool op_is(unsigned op, unsigned flags);

#endif
