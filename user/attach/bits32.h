// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Client libraries for 32-bit programs. Their calls are not read (arguments lie on the stack, pointers have 4 bytes), but they are told. */
#ifndef QPROV_BITS32_H
#define QPROV_BITS32_H

#include "attach/table.h"

#define BITS32_BYTES_MAX (64u << 20) /* of a file, what is looked through */

/*
 * Whether the file is an ELF32 file that defines a function by which a client library is known: its family, NULL where it is none, or
 * cannot be read. By its section headers; the file is hostile, nothing in it is believed.
 */
const struct client_family *bits32_family(int fd);

#endif
