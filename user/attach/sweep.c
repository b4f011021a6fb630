// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * What happened to the hooked files since: replaced by another file of the same name, overwritten in place, gone. Cheap: one stat for each;
 * the mappings of all processes are read only when a file is no longer where it was found, and it loses its probes when nobody
 * maps it either, twice in a row. A new ld.so.cache is read again, so that a library that was just installed is hooked before its first
 * use.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attach/engine_priv.h"
#include "base/cleanup.h"
#include "base/log.h"

#define SWEEP_NS 2000000000ull
#define ABSENT_SWEEPS 2
#define LD_CACHE "/etc/ld.so.cache"

struct sweep {
	struct file **absent; /* by inode number */
	size_t nabsent;
	char **changed; /* names of files to look at again; owned */
	size_t nchanged;
};

static int by_ino(const void *a, const void *b)
{
	uint64_t x = (*(struct file *const *)a)->id.ino, y = (*(struct file *const *)b)->id.ino;

	return (x > y) - (x < y);
}

/* The inode number alone decides: overlays and subvolumes show another device in the mappings than stat does. */
static void mark_mapped(struct sweep *s, uint64_t ino)
{
	size_t lo = 0, hi = s->nabsent;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (s->absent[mid]->id.ino < ino)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < s->nabsent && s->absent[lo]->id.ino == ino; lo++)
		s->absent[lo]->mapped = true;
}

/* False: that is not known. */
static bool mark_mapped_by(struct sweep *s, const char *pid)
{
	_cleanup_fclose_ FILE *f = NULL;
	_cleanup_free_ char *line = NULL;
	int fd = fetch_proc((uint32_t)strtoul(pid, NULL, 10), "maps");
	char perms[8];
	size_t cap = 0;
	uint64_t ino;

	if (fd < 0)
		return !fetch_unknown(fd);
	f = fdopen(fd, "r");
	if (!f)
		close(fd);
	while (f && getline(&line, &cap, f) > 0)
		if (sscanf(line, "%*s %7s %*s %*s %" SCNu64, perms, &ino) == 2 && ino && perms[2] == 'x')
			mark_mapped(s, ino);
	return f != NULL;
}

static void mark_all_mapped(struct sweep *s)
{
	DIR *d = opendir("/proc");
	bool known = d != NULL;
	struct dirent *e;

	qsort(s->absent, s->nabsent, sizeof(s->absent[0]), by_ino);
	for (size_t i = 0; i < s->nabsent; i++)
		s->absent[i]->mapped = false;
	while (d && (e = readdir(d)))
		if (isdigit((unsigned char)e->d_name[0]))
			known &= mark_mapped_by(s, e->d_name);
	if (d)
		closedir(d);
	for (size_t i = 0; i < s->nabsent && !known; i++)
		s->absent[i]->mapped = true; /* in doubt it is */
}

static void look_at(struct sweep *s, struct file *f)
{
	struct fetch q = { .what = FETCH_STAT, .path = f->path, .user = f->owner, .dev = f->id.dev };
	int r = !f->aside && f->path && f->path[0] == '/' ? 0 : -ENOENT;
	struct fetched seen = { .fd = -1 };
	const struct stat *st = &seen.st;
	bool there, same;

	if (!r)
		r = fetch(&q, &seen);
	if (fetch_unknown(r)) /* its storage does not answer now */
		return;
	there = !r;
	same = there && f->id.dev == st->st_dev && f->id.ino == st->st_ino;
	if (!same)
		s->absent[s->nabsent++] = f;
	else
		f->absent = 0;
	if (there && (!same || f->size != (uint64_t)st->st_size || f->ctime.tv_sec != st->st_ctim.tv_sec ||
		      f->ctime.tv_nsec != st->st_ctim.tv_nsec)) {
		s->changed[s->nchanged] = strdup(f->path);
		s->nchanged += s->changed[s->nchanged] != NULL;
	}
}

static void drop_unused(struct attach *a, struct sweep *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->nabsent; i++) {
		struct file *f = s->absent[i];

		f->absent = f->mapped ? 0 : f->absent + 1;
		if (f->absent >= ABSENT_SWEEPS)
			s->absent[n++] = f;
	}
	for (size_t i = 0; i < n; i++)
		log_debug("no longer used: %s", slice_quote(slice_cstr(s->absent[i]->path)));
	if (n)
		engine_unhook_all(a, s->absent, n);
	for (size_t i = 0; i < n; i++)
		engine_forget(a, s->absent[i]);
}

static void sweep_files(struct attach *a)
{
	struct sweep s = { .absent = calloc(a->hooked + 1, sizeof(s.absent[0])), .changed = calloc(a->hooked + 1, sizeof(s.changed[0])) };

	for (struct hnode *n = hmap_walk(&a->files, NULL); n && s.absent && s.changed; n = hmap_walk(&a->files, n)) {
		struct file *f = CONTAINER_OF(n, struct file, node);

		if (f->families)
			look_at(&s, f);
	}
	if (s.nabsent) {
		mark_all_mapped(&s);
		drop_unused(a, &s);
	}
	for (size_t i = 0; i < s.nchanged; i++) {
		(void)attach_path(a, s.changed[i]); /* what fails has left a record */
		free(s.changed[i]);
	}
	free(s.absent);
	free(s.changed);
}

/* The first sight of the file only remembers it: attach_scan() has just read it. */
static void sweep_ld_cache(struct attach *a)
{
	struct stat st;
	bool first = !a->cache_ctime.tv_sec;

	if (stat(LD_CACHE, &st) || (st.st_ctim.tv_sec == a->cache_ctime.tv_sec && st.st_ctim.tv_nsec == a->cache_ctime.tv_nsec))
		return;
	a->cache_ctime = st.st_ctim;
	if (!first)
		scan_ld_cache(a, 0);
}

static void tell_number(struct attach *a, uint64_t *n, const char *what)
{
	char text[128];

	if (!*n)
		return;
	snprintf(text, sizeof(text), "%llu %s", (unsigned long long)*n, what);
	*n = 0;
	engine_emit_coverage(a, text, 0, SLICE_NONE, SLICE_NONE);
}

/* One record for all: what was mapped, used and removed within milliseconds comes in floods or not at all. */
void sweep_tell_uncounted(struct attach *a)
{
	tell_number(a, &a->vanished, "mapped files were gone before they could be looked at");
	tell_number(a, &a->refused_more, "more files cannot be opened");
	tell_number(a, &a->forgotten, "files without client functions forgotten to make room: looked at again when next used");
	a->refused_told = 0;
}

void attach_sweep(struct attach *a, uint64_t now_ns)
{
	if (now_ns < a->next_sweep_ns)
		return;
	a->next_sweep_ns = now_ns + SWEEP_NS;
	sweep_tell_uncounted(a);
	sweep_ld_cache(a);
	sweep_files(a);
	counted_sweep(a, now_ns);
}
