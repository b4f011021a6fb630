// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#ifndef QPROV_MASK_H
#define QPROV_MASK_H

#include "sql/sql.h"

/*
 * The masked text (at most SQL_MASKED_MAX bytes, memory in arena) and the fingerprint of the whole text; see struct sql_result. lossy: the
 * text held bytes that are no UTF-8, or NUL. 0 or -ENOMEM.
 */
int mask_text(enum sql_dialect dialect, struct slice text, struct arena *arena, struct slice *ret, uint64_t *ret_fingerprint,
	      bool *ret_lossy);

#endif
