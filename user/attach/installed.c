// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Libraries that are installed, here and in the roots of containers: what the loaders would find. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "attach/engine_priv.h"
#include "base/cleanup.h"

#define CACHE_MAX (16u << 20)
#define CACHE_LIBS_MAX 65536u
#define FOLDER_BYTES (4u << 20) /* of the names in a folder of libraries */
#define CACHE "/etc/ld.so.cache"
#define ROOT_OF "/proc/%u/root"

struct cache_header { /* of glibc's ld.so.cache, format 1.1; then the entries, then strings */
	char magic[20];
	uint32_t nlibs;
	uint32_t strings;
	uint32_t unused[5];
};

struct cache_entry {
	int32_t flags;
	uint32_t key;
	uint32_t value; /* position of the path from the header */
	uint32_t osversion;
	uint64_t hwcap;
};

_Static_assert(sizeof(struct cache_header) == 48, "cache_header");
_Static_assert(sizeof(struct cache_entry) == 24, "cache_entry");

/* A name from the cache below root, as the processes that live there would find it. */
static int attach_below(struct attach *a, unsigned pid, const char *path)
{
	char name[REC_PATH_MAX + 64];

	if (!pid)
		return attach_path(a, path);
	if (snprintf(name, sizeof(name), ROOT_OF "%s", pid, path) >= (int)sizeof(name))
		return -ENAMETOOLONG;
	return engine_name(a, pid, name, slice_cstr(path));
}

static int scan_cache_entries(struct attach *a, unsigned pid, struct slice cache)
{
	struct cache_header h;
	uint32_t n;
	int hooked = 0;

	memcpy(&h, cache.ptr, sizeof(h));
	n = h.nlibs < CACHE_LIBS_MAX ? h.nlibs : CACHE_LIBS_MAX;
	for (uint32_t i = 0; i < n && (uint64_t)(i + 1) * sizeof(struct cache_entry) <= cache.len - sizeof(h); i++) {
		struct cache_entry e;
		const char *path;

		memcpy(&e, cache.ptr + sizeof(h) + i * sizeof(e), sizeof(e));
		if (e.value >= cache.len)
			continue;
		path = cache.ptr + e.value;
		if (path[0] == '/' && memchr(path, 0, cache.len - e.value))
			hooked += attach_below(a, pid, path) == 1;
	}
	return hooked;
}

static int read_cache(unsigned pid, struct buf *b)
{
	char name[64] = CACHE;
	struct fetch q = { .what = FETCH_OPEN, .path = name, .max = CACHE_MAX, .pid = pid, .user = FETCH_NOBODY };
	struct fetched f;
	int r;

	if (pid)
		snprintf(name, sizeof(name), ROOT_OF CACHE, pid);
	r = fetch(&q, &f);
	if (!r)
		r = buf_read_fd(b, f.content);
	fetched_done(&f);
	return r;
}

int scan_ld_cache(struct attach *a, unsigned pid)
{
	static const char magic[] = "glibc-ld.so.cache1.1";
	struct buf b;
	char *at;
	int hooked = 0;

	buf_init(&b, CACHE_MAX);
	if (!read_cache(pid, &b)) {
		/* Older systems put the old format before the new one. */
		at = memmem(b.ptr, b.len, magic, sizeof(magic) - 1);
		if (at && b.len - (size_t)(at - b.ptr) >= sizeof(struct cache_header))
			hooked = scan_cache_entries(a, pid, slice_mem(at, b.len - (size_t)(at - b.ptr)));
	}
	buf_done(&b);
	return hooked;
}

static int scan_folder(struct attach *a, unsigned pid, const char *dir)
{
	char name[128], path[300];
	struct fetch q = { .what = FETCH_LIST, .path = name, .pid = pid };
	struct fetched f;
	struct buf names;
	int hooked = 0;

	snprintf(name, sizeof(name), ROOT_OF "%s", pid, dir);
	if (fetch(&q, &f))
		return 0;
	buf_init(&names, FOLDER_BYTES);
	(void)buf_read_fd(&names, f.fd);
	for (size_t at = 0; at < names.len; at += strlen(names.ptr + at) + 1) {
		if (strstr(names.ptr + at, ".so") && snprintf(path, sizeof(path), "%s/%s", dir, names.ptr + at) < (int)sizeof(path))
			hooked += attach_below(a, pid, path) == 1;
	}
	buf_done(&names);
	fetched_done(&f);
	return hooked;
}

/* Where loaders look that keep no cache: musl's, and glibc's in an image that never ran ldconfig. */
static int scan_folders(struct attach *a, unsigned pid)
{
	static const char *const dirs[] = { "/lib",
					    "/usr/lib",
					    "/usr/local/lib",
					    "/lib64",
					    "/usr/lib64",
					    "/lib/x86_64-linux-gnu",
					    "/usr/lib/x86_64-linux-gnu",
					    "/lib/aarch64-linux-gnu",
					    "/usr/lib/aarch64-linux-gnu" };
	int hooked = 0;

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
		hooked += scan_folder(a, pid, dirs[i]);
	return hooked;
}

/* The libraries installed where this process lives, when that is another root than ours and was not looked at before. */
int scan_root(struct attach *a, unsigned pid)
{
	char root[32];
	struct stat st, ours;
	uint64_t key;
	int hooked;

	snprintf(root, sizeof(root), ROOT_OF, pid);
	if (fetch_stat(pid, root, &st) || stat("/", &ours) || (st.st_dev == ours.st_dev && st.st_ino == ours.st_ino))
		return 0;
	key = hash_u64(st.st_dev, st.st_ino);
	for (size_t i = 0; i < a->nroots; i++)
		if (a->roots[i] == key)
			return 0;
	/* More roots than can be told apart: the oldest half is forgotten, and looked at again when it shows up. */
	if (a->nroots == ROOTS_MAX) {
		a->nroots /= 2;
		memmove(a->roots, a->roots + a->nroots, a->nroots * sizeof(a->roots[0]));
	}
	a->roots[a->nroots++] = key;
	if (a->nnew_roots < NEW_ROOTS_MAX)
		a->new_roots[a->nnew_roots++] = pid;
	hooked = scan_ld_cache(a, pid);
	return hooked + scan_folders(a, pid);
}

bool attach_new_root(struct attach *a, unsigned *ret_pid)
{
	if (!a->nnew_roots)
		return false;
	*ret_pid = a->new_roots[0];
	a->nnew_roots--;
	memmove(a->new_roots, a->new_roots + 1, a->nnew_roots * sizeof(a->new_roots[0]));
	return true;
}
