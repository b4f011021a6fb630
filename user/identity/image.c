// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "identity/image.h"

#include <stdlib.h>
#include <string.h>

static struct slice part(const char *p, size_t len)
{
	return len ? (struct slice){ p, len } : SLICE_NONE;
}

struct image *image_new(const char *data, size_t path_len, size_t cwd_len, size_t args_len)
{
	size_t n = path_len + cwd_len + args_len;
	struct image *i = malloc(sizeof(*i) + n);

	if (!i)
		return NULL;
	if (n)
		memcpy(i->data, data, n);
	i->refs = 1;
	i->bytes = sizeof(*i) + n;
	i->path = part(i->data, path_len);
	i->cwd = part(i->data + path_len, cwd_len);
	i->args = part(i->data + path_len + cwd_len, args_len);
	return i;
}

struct image *image_ref(struct image *i)
{
	if (i)
		i->refs++;
	return i;
}

size_t image_unref(struct image *i)
{
	size_t bytes;

	if (!i || --i->refs)
		return 0;
	bytes = i->bytes;
	free(i);
	return bytes;
}
