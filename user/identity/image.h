// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* A program: its file, path, working directory and arguments; one block, shared by a process and the children it forked. Immutable. */
#ifndef QPROV_IMAGE_H
#define QPROV_IMAGE_H

#include "base/slice.h"
#include "record.h"

/* The file that is executed, as it was at the exec. */
struct exe {
	uint64_t ino; /* 0: not known */
	uint64_t ctime_ns;
	uint32_t dev;
	uint32_t uid, gid;
	uint32_t nlink; /* 0: deleted, or a memfd */
	uint16_t mode;
};

struct image {
	unsigned refs;
	size_t bytes; /* of the whole block */
	struct exe exe;
	enum rec_way door;
	struct slice path; /* SLICE_NONE when empty, as the others */
	struct slice cwd;
	struct slice args;
	char data[];
};

/* Of REC_EXEC or REC_PROC, with at most args_max bytes of its arguments. One reference for the caller; NULL without memory. */
struct image *image_new(const struct rec_exec *r, size_t args_max);
/* Takes NULL. */
struct image *image_ref(struct image *i);
/* Takes NULL. The bytes that became free: 0 while others hold it. */
size_t image_unref(struct image *i);

#endif
