// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * What a site asks for lies mostly in one object, the result or the statement that is its argument. A read of user memory costs the traced
 * program about the same for 4 bytes as for 400, so all of it is read at once.
 */
#ifndef QPROV_ATTACH_BLOCK_H
#define QPROV_ATTACH_BLOCK_H

#include "record.h"

/* Sets block_* of a site whose other members are set; mem: where SQLite's bound values are, or NULL. One read alone makes no block. */
void block_plan(struct probe_spec *spec, const struct mem_layout *mem);

#endif
