// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* /etc/passwd, see passwd(5). A local file: no directory service is asked. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "identity/lookup.h"

#define PASSWD_BYTES_MAX (4u << 20)

struct passwd_names {
	struct buf text;
	char *path;
	uint64_t looked_ns; /* 0: never */
	struct timespec mtime;
	ino_t ino;
};

int passwd_names_new(const char *path, struct passwd_names **ret)
{
	struct passwd_names *p = calloc(1, sizeof(*p));

	if (!p || !(p->path = strdup(path))) {
		free(p);
		return -ENOMEM;
	}
	buf_init(&p->text, PASSWD_BYTES_MAX);
	*ret = p;
	return 0;
}

void passwd_names_free(struct passwd_names *p)
{
	if (!p)
		return;
	buf_done(&p->text);
	free(p->path);
	free(p);
}

static void refresh(struct passwd_names *p, uint64_t now_ns)
{
	struct stat st;

	if (p->looked_ns && now_ns - p->looked_ns < PASSWD_LOOK_NS)
		return;
	p->looked_ns = now_ns;
	if (stat(p->path, &st)) {
		buf_clear(&p->text);
		p->ino = 0;
		return;
	}
	if (st.st_ino == p->ino && st.st_mtim.tv_sec == p->mtime.tv_sec && st.st_mtim.tv_nsec == p->mtime.tv_nsec)
		return;
	buf_clear(&p->text);
	if (buf_read_file(&p->text, AT_FDCWD, p->path))
		buf_clear(&p->text);
	p->ino = st.st_ino;
	p->mtime = st.st_mtim;
}

/* The text up to the next colon; rest begins behind it. */
static struct slice field(struct slice *rest)
{
	const char *colon = rest->len ? memchr(rest->ptr, ':', rest->len) : NULL;
	struct slice f = colon ? slice_head(*rest, (size_t)(colon - rest->ptr)) : *rest;

	*rest = slice_skip(*rest, f.len + 1);
	return f;
}

struct slice passwd_name(struct passwd_names *p, uint32_t uid, uint64_t now_ns)
{
	struct slice rest;

	refresh(p, now_ns);
	rest = buf_slice(&p->text);
	while (rest.len) {
		struct slice line = slice_line(&rest), name;
		uint64_t id;

		name = field(&line);
		field(&line);
		if (name.len && slice_u64(field(&line), &id) == 0 && id == uid)
			return name;
	}
	return SLICE_NONE;
}
