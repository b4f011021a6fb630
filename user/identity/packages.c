// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "identity/packages.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"

#define LIST_BYTES_MAX (16u << 20) /* of one package */
#define SUFFIX ".list"

struct owned {
	uint32_t hash; /* of a path */
	uint32_t list; /* index into names */
};

struct packages {
	char *folder;
	struct timespec mtime; /* of the folder, when it was read */
	bool read;
	char **names; /* of the lists, without their suffix */
	uint32_t nnames;
	struct owned *paths; /* by hash */
	size_t npaths, cap;
	struct buf text;
};

int packages_new(const char *folder, struct packages **ret)
{
	struct packages *p = calloc(1, sizeof(*p));

	if (!p || !(p->folder = strdup(folder))) {
		free(p);
		return -ENOMEM;
	}
	buf_init(&p->text, LIST_BYTES_MAX);
	*ret = p;
	return 0;
}

static void forget(struct packages *p)
{
	for (uint32_t i = 0; i < p->nnames; i++)
		free(p->names[i]);
	free(p->names);
	free(p->paths);
	p->names = NULL;
	p->paths = NULL;
	p->nnames = 0;
	p->npaths = p->cap = 0;
	p->read = false;
}

void packages_free(struct packages *p)
{
	if (!p)
		return;
	forget(p);
	buf_done(&p->text);
	free(p->folder);
	free(p);
}

static uint32_t hash_path(struct slice path)
{
	return (uint32_t)slice_hash(path);
}

static int add_path(struct packages *p, struct slice path)
{
	if (p->npaths == p->cap) {
		size_t cap = p->cap ? 2 * p->cap : 1u << 16;
		struct owned *more = cap <= PACKAGES_PATHS_MAX ? realloc(p->paths, cap * sizeof(*more)) : NULL;

		if (!more)
			return -E2BIG;
		p->paths = more;
		p->cap = cap;
	}
	p->paths[p->npaths++] = (struct owned){ hash_path(path), p->nnames - 1 };
	return 0;
}

static int add_list(struct packages *p, int dir, const char *file)
{
	struct slice rest;
	int r;

	buf_clear(&p->text);
	r = buf_read_file(&p->text, dir, file);
	if (r)
		return r == -ENOENT ? 0 : r; /* the package was just removed */
	if (p->nnames == PACKAGES_MAX || !(p->names[p->nnames] = strndup(file, strlen(file) - strlen(SUFFIX))))
		return -E2BIG;
	p->nnames++;
	for (rest = buf_slice(&p->text); rest.len && !r;)
		r = add_path(p, slice_line(&rest));
	return r;
}

static int by_hash(const void *a, const void *b)
{
	const struct owned *x = a, *y = b;

	return x->hash < y->hash ? -1 : x->hash > y->hash;
}

static int read_lists(struct packages *p)
{
	DIR *d = opendir(p->folder);
	struct dirent *e;
	int r = 0;

	if (!d)
		return -ENODATA;
	p->names = calloc(PACKAGES_MAX, sizeof(*p->names));
	if (!p->names)
		r = -ENOMEM;
	while (!r && (e = readdir(d)))
		if (slice_ends(slice_cstr(e->d_name), SLICE(SUFFIX)))
			r = add_list(p, dirfd(d), e->d_name);
	closedir(d);
	if (r)
		return r;
	if (p->npaths)
		qsort(p->paths, p->npaths, sizeof(*p->paths), by_hash);
	return p->nnames ? 0 : -ENODATA;
}

/* dpkg replaces lists by rename, so the folder's time tells. */
static int refresh(struct packages *p)
{
	struct stat st;
	int r;

	if (stat(p->folder, &st))
		return -ENODATA;
	if (p->read && st.st_mtim.tv_sec == p->mtime.tv_sec && st.st_mtim.tv_nsec == p->mtime.tv_nsec)
		return p->nnames ? 0 : -ENODATA;
	forget(p);
	r = read_lists(p);
	if (r)
		forget(p);
	p->read = true;
	p->mtime = st.st_mtim;
	return r == -E2BIG ? -ENODATA : r;
}

/* Hashes may meet: the list itself has the word. */
static bool list_has(struct packages *p, const char *name, struct slice path)
{
	char file[512];
	struct slice rest;

	buf_clear(&p->text);
	if (snprintf(file, sizeof(file), "%s/%s" SUFFIX, p->folder, name) >= (int)sizeof(file) || buf_read_file(&p->text, AT_FDCWD, file))
		return false;
	for (rest = buf_slice(&p->text); rest.len;)
		if (slice_eq(slice_line(&rest), path))
			return true;
	return false;
}

static int find(struct packages *p, struct slice path, char name[PACKAGES_NAME_MAX])
{
	uint32_t hash = hash_path(path);
	size_t lo = 0, hi = p->npaths;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (p->paths[mid].hash < hash)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < p->npaths && p->paths[lo].hash == hash; lo++) {
		const char *list = p->names[p->paths[lo].list];

		if (!list_has(p, list, path))
			continue;
		snprintf(name, PACKAGES_NAME_MAX, "%.*s", (int)strcspn(list, ":"), list); /* "libc6:amd64" */
		return 0;
	}
	return -ENOENT;
}

int packages_owner(struct packages *p, struct slice path, char name[PACKAGES_NAME_MAX])
{
	static const struct slice usr = SLICE_INIT("/usr/");
	int r = refresh(p);

	if (r)
		return r;
	r = find(p, path, name);
	/* /bin became a link to /usr/bin; older packages still list what they have under /bin. */
	if (r == -ENOENT && slice_starts(path, usr))
		r = find(p, slice_skip(path, usr.len - 1), name);
	return r;
}
