// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Path, working directory and arguments of a program: one block, shared by a process and the children it forked. Immutable. */
#ifndef QPROV_IMAGE_H
#define QPROV_IMAGE_H

#include "base/slice.h"

struct image {
	unsigned refs;
	size_t bytes;      /* of the whole block */
	struct slice path; /* SLICE_NONE when empty, as the others */
	struct slice cwd;
	struct slice args;
	char data[];
};

/* data: path, cwd, args. One reference for the caller; NULL without memory. */
struct image *image_new(const char *data, size_t path_len, size_t cwd_len, size_t args_len);
/* Takes NULL. */
struct image *image_ref(struct image *i);
/* Takes NULL. The bytes that became free: 0 while others hold it. */
size_t image_unref(struct image *i);

#endif
