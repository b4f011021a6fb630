// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* The files that were looked at, and the look into one. */
#include <errno.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "attach/bits32.h"
#include "attach/engine_priv.h"
#include "attach/own.h"
#include "attach/unnamed.h"
#include "base/cleanup.h"
#include "base/fetch.h"
#include "base/log.h"

int attach_new(struct capture *c, const struct attach_options *o, attach_emit_fn emit, void *ctx, struct attach **ret)
{
	struct attach *a;

	if (!c && !o->dry_run)
		return -EINVAL;
	a = calloc(1, sizeof(*a));
	if (!a)
		return -ENOMEM;
	a->c = c;
	a->options = *o;
	a->emit = emit;
	a->emit_ctx = ctx;
	hmap_init(&a->files);
	buf_init(&a->record, 64 * 1024);
	arena_init(&a->arena, OWN_BYTES_MAX);
	if (o->config && own_families(&a->arena, o->config, &a->own, &a->nown)) {
		attach_free(a);
		return -ENOMEM;
	}
	a->options.config = NULL;
	*ret = a;
	return 0;
}

void attach_observe(struct attach *a, attach_plan_fn fn, void *ctx)
{
	a->observe = fn;
	a->observe_ctx = ctx;
}

void attach_hurry(struct attach *a, struct hurry *h)
{
	a->hurry = h;
}

uint32_t attach_libraries(const struct attach *a)
{
	return a->libraries;
}

uint32_t attach_sites(const struct attach *a)
{
	return a->sites;
}

void engine_forget(struct attach *a, struct file *f)
{
	engine_unhook(a, f);
	hmap_del(&a->files, &f->node);
	free(f);
}

/* At the end: no records any more, and all links at once. */
static void detach_everything(struct attach *a)
{
	struct file **files = calloc(a->files.count ? a->files.count : 1, sizeof(struct file *));
	size_t n = 0;

	a->emit = NULL;
	for (struct hnode *e = hmap_walk(&a->files, NULL); e && files; e = hmap_walk(&a->files, e)) {
		struct file *f = CONTAINER_OF(e, struct file, node);

		if (f->link)
			files[n++] = f;
	}
	if (n)
		engine_unhook_all(a, files, n);
	free(files);
}

void attach_detach(struct attach *a)
{
	if (!a)
		return;
	sweep_tell_uncounted(a);
	detach_everything(a);
}

void attach_free(struct attach *a)
{
	struct hnode *n, *next;

	if (!a)
		return;
	detach_everything(a);
	for (n = hmap_walk(&a->files, NULL); n; n = next) {
		struct file *f = CONTAINER_OF(n, struct file, node);

		next = hmap_walk(&a->files, n);
		engine_unhook(a, f);
		free(f);
	}
	hmap_done(&a->files);
	buf_done(&a->record);
	arena_done(&a->arena);
	free(a);
}

struct file *engine_find(const struct attach *a, const struct stat *st)
{
	struct hnode *n = hmap_first(&a->files, hash_u64(st->st_dev, st->st_ino));

	for (; n; n = hmap_next(n)) {
		struct file *f = CONTAINER_OF(n, struct file, node);

		if (f->id.dev == st->st_dev && f->id.ino == st->st_ino && !f->aside)
			return f;
	}
	return NULL;
}

bool engine_unchanged(const struct file *f, const struct stat *st)
{
	return f->size == (uint64_t)st->st_size && f->ctime.tv_sec == st->st_ctim.tv_sec && f->ctime.tv_nsec == st->st_ctim.tv_nsec;
}

uint32_t attach_systems(const struct attach *a, const struct stat *st)
{
	const struct file *f = engine_find(a, st);

	return f ? f->systems : 0;
}

/* Files without probes are only remembered to save work: when there are too many, all of them are forgotten. */
static void forget_unhooked(struct attach *a)
{
	struct hnode *n, *next;

	for (n = hmap_walk(&a->files, NULL); n; n = next) {
		struct file *f = CONTAINER_OF(n, struct file, node);

		next = hmap_walk(&a->files, n);
		if (f->families)
			continue;
		hmap_del(&a->files, n);
		free(f);
		a->forgotten++;
	}
}

static struct file *remember(struct attach *a, const struct stat *st)
{
	struct file *f = engine_find(a, st);

	if (!f) {
		if (a->files.count >= ATTACH_FILES_MAX)
			forget_unhooked(a);
		f = calloc(1, sizeof(*f));
		if (!f)
			return NULL;
		f->id = (struct file_id){ .dev = st->st_dev, .ino = st->st_ino };
		if (hmap_add(&a->files, &f->node, hash_u64(st->st_dev, st->st_ino))) {
			free(f);
			return NULL;
		}
	}
	f->ctime = st->st_ctim;
	f->size = (uint64_t)st->st_size;
	f->owner = st->st_uid;
	return f;
}

static int add_plan(struct attach *a, struct job *j, const struct client_family *f)
{
	int r;

	if (j->nplans == FAMILIES_MAX) {
		engine_emit_coverage(a, "more client libraries in one file than are hooked", 0, j->path, slice_cstr(f->name));
		return 0;
	}
	r = plan_make(&j->elf, f, f->system == SYSTEM_MYSQL ? a->options.mysql_rows : a->options.sqlite_rows, &j->plans[j->nplans]);
	if (r > 0)
		j->nplans++;
	return r;
}

/* Before the plans: a stripped copy of SQLite gets its names back, or is told. */
static void find_unnamed(struct attach *a, struct job *j)
{
	int err = unnamed_sqlite(&j->elf);

	if (err < 0)
		engine_emit_coverage(a, "a library inside whose functions have no names", err == -ENOENT ? 0 : err, j->path,
				     SLICE("sqlite"));
}

static int make_plans(struct attach *a, struct job *j)
{
	struct plan_markers m = { .n = 0 };

	for (size_t i = 0; i < client_families_len; i++)
		m.families[m.n++] = client_families[i];
	for (size_t i = 0; i < a->nown && m.n < PLAN_FAMILIES_MAX; i++)
		m.families[m.n++] = &a->own[i];
	find_unnamed(a, j);
	plan_find_markers(&j->elf, &m);
	for (size_t i = 0; i < m.n; i++) {
		int r = m.found[i] ? add_plan(a, j, m.families[i]) : 0;

		if (r < 0)
			return r;
		if (r > 0 && i >= client_families_len)
			a->own_found |= 1ull << (i - client_families_len);
	}
	return 0;
}

void attach_missing(struct attach *a)
{
	for (size_t i = 0; i < a->nown; i++) {
		struct buf symbols;

		if (a->own_found & (1ull << i))
			continue;
		buf_init(&symbols, REC_PATH_MAX);
		buf_adds(&symbols, a->own[i].name);
		buf_addc(&symbols, ':');
		for (size_t k = 0; k < a->own[i].nrows; k++) {
			buf_addc(&symbols, ' ');
			buf_adds(&symbols, a->own[i].rows[k].symbol);
		}
		engine_emit_coverage(a, "no library with the configured functions found yet", 0, SLICE_NONE, buf_slice(&symbols));
		buf_done(&symbols);
	}
}

static uint64_t job_fingerprint(const struct job *j)
{
	uint64_t h = slice_hash(slice_mem(j->elf.build_id, j->elf.build_id_len));

	for (size_t i = 0; i < j->nplans; i++)
		h = hash_u64(h, plan_fingerprint(&j->plans[i]));
	return h | 1;
}

static int work(struct attach *a, struct job *j, struct file *f)
{
	uint64_t fingerprint;
	int err = make_plans(a, j);

	if (err || !j->nplans) {
		engine_unhook(a, f);
		return err;
	}
	fingerprint = job_fingerprint(j);
	if (f->families && f->fingerprint == fingerprint)
		return 0; /* touched, linked or renamed, but the same code */
	engine_unhook(a, f);
	err = engine_hook(a, j, f, fingerprint);
	return err ? err : 1;
}

/* What the file is really called: the loader's names are links, and versions stand in the real one. */
static struct slice real_path(int fd, struct slice path, char *text, size_t size)
{
	char name[32];
	ssize_t n;

	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	n = readlink(name, text, size);
	return n > 0 && n < (ssize_t)size && text[0] == '/' ? slice_mem(text, (size_t)n) : path;
}

static void tell_bits32(struct attach *a, int fd, struct slice path)
{
	const struct client_family *f = bits32_family(fd);

	if (f)
		engine_emit_coverage(a, "a client library for 32-bit programs, which are not hooked", 0, path, slice_cstr(f->name));
}

/* An open file, as far as this state of it was not looked at before. */
static int look_at(struct attach *a, const struct fetched *open, struct slice path, struct file *f)
{
	char real[REC_PATH_MAX];
	struct job *j = calloc(1, sizeof(*j));
	int err;

	if (!j) {
		f->ctime = (struct timespec){ 0 }; /* not looked at yet */
		return -ENOMEM;
	}
	j->fd = open->fd;
	j->path = path = real_path(open->fd, path, real, sizeof(real));
	err = elf_open(&j->elf, open->content);
	if (!err) {
		err = work(a, j, f);
		for (size_t i = 0; i < j->nplans; i++)
			plan_done(&j->plans[i]);
		elf_done(&j->elf);
		if (err < 0)
			engine_emit_coverage(a, "not hooked", err, path, SLICE_NONE);
	} else {
		engine_unhook(a, f); /* it may have been overwritten: probes in other code would hurt */
		if (err != -ENOEXEC)
			engine_emit_coverage(a, "unreadable ELF file", err, path, SLICE_NONE);
		else
			tell_bits32(a, open->content, path);
	}
	free(j);
	return err == -ENOEXEC ? 0 : err;
}

/*
 * The first change of a file on an overlay may have copied it up from a layer below. The copy goes by the same number, but it is another
 * file for the kernel: probes in the old one do not cover it, and who has mapped the old one still runs that. So both are hooked.
 */
static bool set_aside(const struct fetched *open, struct file *f)
{
	struct statfs fs;

	/* What had to be copied is no file of a disk of ours. */
	if (!f->families || f->copied || open->content != open->fd || fstatfs(open->fd, &fs) || fs.f_type != OVERLAYFS_SUPER_MAGIC)
		return false;
	f->aside = true;
	return true;
}

int engine_take(struct attach *a, const struct fetched *open, struct slice path, struct file **ret)
{
	const struct stat *st = &open->st;
	bool aside;

	*ret = engine_find(a, st);
	if (*ret && engine_unchanged(*ret, st))
		return 0;
	aside = *ret && set_aside(open, *ret);
	*ret = remember(a, st);
	if (*ret && aside)
		(*ret)->copied = true;
	return *ret ? look_at(a, open, path, *ret) : -ENOMEM;
}
