// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Recorded files: the raw records of a run, for replay. A header of 16 bytes ("QPROVREC", ABI, 0), then each record as it is,
 * followed by a trailer of 8 bytes: CRC-32 of the record, and its size again. What is damaged is told with its place, never skipped.
 */
#ifndef QPROV_RECFILE_H
#define QPROV_RECFILE_H

#include "base/slice.h"

#define RECFILE_RECORD_MAX (128u << 10)

struct recfile;

/* A new file, mode 0600. 0, -EEXIST or another error of open(2)/write(2). */
int recfile_create(const char *path, struct recfile **ret);
/* Buffered. -EINVAL: not a record (its size is not in its header, or too large); else the error of write(2), which is sticky. */
int recfile_write(struct recfile *f, struct slice record);
/* Writes out what is buffered. */
int recfile_flush(struct recfile *f);

/* 0; -EBADMSG: not a recorded file; -EPROTO: recorded by an incompatible version; or the error of open(2). "-" is standard input. */
int recfile_open(const char *path, struct recfile **ret);
/*
 * The next record, valid until the next call. 1; 0 at the end; -EBADMSG: damaged, -ENODATA: cut off inside a record, both for the record at
 * recfile_offset(), beyond which nothing is read; else the error of read(2).
 */
int recfile_next(struct recfile *f, struct slice *ret);
/* Byte offset of the record that recfile_next() delivered last, or failed on. */
uint64_t recfile_offset(const struct recfile *f);

/* Flushes and closes; NULL is fine. The first error of writing. */
int recfile_close(struct recfile *f);

#endif
