// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* From a name or a mapping to the open file, whose storage may take its time. */
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "attach/engine_priv.h"
#include "base/mounts.h"

/* What is remembered of a file whose storage takes its time. */
struct seen {
	uint32_t pid; /* who has mapped it; 0: nobody */
	uint64_t ino, ts_ns;
	size_t path_len;
	char path[REC_PATH_MAX];
};

static void on_late(void *ctx, const void *tag, int r, struct fetched *open)
{
	const struct seen *s = tag;
	struct attach *a = ctx;
	struct watch_mapping m = { .pid = s->pid, .ino = s->ino, .ts_ns = s->ts_ns, .path = slice_mem(s->path, s->path_len) };
	struct file *f = NULL;

	r = r ? r : engine_take(a, open, m.path, &f);
	if (m.pid)
		scan_outcome(a, &m, f, r);
	else if (r == -ETIMEDOUT)
		engine_emit_coverage(a, "its storage does not answer", 0, m.path, SLICE_NONE);
}

/* Never met by the numbers that the mapping has, which are those of stat(2) on most of our own filesystems: no need to ask before opening.
 */
static bool is_new(const struct attach *a, const struct watch_mapping *m)
{
	struct stat st = { .st_ino = m ? m->ino : 0 };

	if (!m || !mounts_local(m->major, m->minor))
		return false;
	st.st_dev = makedev(m->major, m->minor);
	return !engine_find(a, &st);
}

int engine_file(struct attach *a, struct fetch *q, const struct watch_mapping *m, struct slice path, struct file **ret)
{
	struct seen s = { .path_len = 0 };
	struct fetched open;
	int r;

	*ret = NULL;
	q->what = FETCH_STAT;
	r = is_new(a, m) ? -EINPROGRESS : fetch(q, &open);
	if (r && !fetch_unknown(r))
		return r;
	if (!r && !S_ISREG(open.st.st_mode))
		return 0;
	*ret = r ? NULL : engine_find(a, &open.st);
	if (*ret && engine_unchanged(*ret, &open.st))
		return 0;
	*ret = NULL;
	path = slice_head(path, sizeof(s.path));
	if (m) {
		s.pid = m->pid;
		s.ino = m->ino;
		s.ts_ns = m->ts_ns;
	}
	s.path_len = path.len;
	memcpy(s.path, path.ptr, path.len);
	q->what = FETCH_OPEN;
	q->max = FETCH_COPY_MAX;
	r = fetch_or_later(q, &open, on_late, a, slice_mem(&s, offsetof(struct seen, path) + path.len));
	if (r)
		return r == -EINVAL || r == -EISDIR ? 0 : r; /* another one by now */
	r = engine_take(a, &open, path, ret);
	fetched_done(&open);
	return r;
}

int engine_name(struct attach *a, uint32_t pid, const char *name, struct slice path)
{
	struct fetch q = { .path = name, .pid = pid, .user = FETCH_NOBODY };
	struct file *f;
	int r = engine_file(a, &q, NULL, path, &f);

	/* Our own limits; what is not there, or no longer, or not for us, is no news. Floods are counted with those that are mapped. */
	if ((r == -EMFILE || r == -ENFILE || r == -ENOMEM || r == -EBUSY) && ++a->refused_told > REFUSED_SINGLY)
		a->refused_more++;
	else if (r == -EMFILE || r == -ENFILE || r == -ENOMEM || r == -EBUSY)
		engine_emit_coverage(a, "cannot be opened", r, path, SLICE_NONE);
	return r;
}

int attach_path(struct attach *a, const char *path)
{
	return engine_name(a, 0, path, slice_cstr(path));
}
