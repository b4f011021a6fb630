// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "identity/image.h"

#include <stdlib.h>
#include <string.h>

#include "identity/door.h"

static struct slice part(const char *p, size_t len)
{
	return len ? (struct slice){ p, len } : SLICE_NONE;
}

struct image *image_new(const struct rec_exec *r, size_t args_max)
{
	size_t args_len = r->args_len < args_max ? r->args_len : args_max, n = (size_t)r->path_len + r->cwd_len + args_len;
	struct image *i = malloc(sizeof(*i) + n);

	if (!i)
		return NULL;
	if (n)
		memcpy(i->data, r->data, n);
	i->refs = 1;
	i->bytes = sizeof(*i) + n;
	i->exe = (struct exe){ r->exe_ino, r->exe_ctime_ns, r->exe_dev, r->exe_uid, r->exe_gid, r->exe_nlink, r->exe_mode };
	i->path = part(i->data, r->path_len);
	i->cwd = part(i->data + r->path_len, r->cwd_len);
	i->args = part(i->data + r->path_len + r->cwd_len, args_len);
	i->door = door_of(i->path, &i->exe);
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
