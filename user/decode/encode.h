// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* The other direction, for records that user space adds to the stream: fixed part plus strings, padded to 8 bytes. */
#ifndef QPROV_ENCODE_H
#define QPROV_ENCODE_H

#include "base/buf.h"
#include "record.h"

/*
 * Clears out and builds one record in it: fixed is the filled-in struct (hdr.type and hdr.ts_ns set, hdr.size is computed), str are
 * the n strings in the record's order; each is cut at 65,535 bytes and its length stored. 0, -EINVAL (wrong number of strings) or -ENOMEM.
 */
int encode_record(struct buf *out, const void *fixed, const struct slice *str, unsigned n);

#endif
