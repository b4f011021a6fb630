// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Database files, known by their first bytes. */
#ifndef QPROV_FORMATS_H
#define QPROV_FORMATS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

#define FORMAT_BYTES 16

/* Index of the format a file with this head has; 0: none we know. */
uint16_t format_of(const char head[FORMAT_BYTES]);
/* "sqlite", ...; NULL for 0. */
const char *format_system(uint16_t format);
/*
 * Does the process' path lead to a database, or to a file that SQLite keeps beside one ("-journal", "-wal", "-shm")? A file of that name
 * without a database is none.
 */
bool format_is_database(uint32_t pid, struct slice path);

#endif
