// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * A hash of names for tables that live as long as a statement. Its seed is the process's own, so that who writes the statements cannot
 * choose names that meet in a slot; it is no cryptographic hash, and who walks over such a meeting counts the steps (spend()).
 */
#ifndef QPROV_NAME_HASH_H
#define QPROV_NAME_HASH_H

#include "base/slice.h"

/* Of the bytes, and of what was hashed before: 0, or a hash. */
uint64_t name_hash(uint64_t before, struct slice s);
/* The same for names that differ in the case of ASCII letters only. */
uint64_t name_hash_folded(struct slice s);

#endif
