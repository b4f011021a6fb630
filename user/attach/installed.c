// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Libraries that are installed, here and in the roots of containers: what the loaders would find. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "attach/engine_priv.h"
#include "base/cleanup.h"

#define CACHE_MAX (16u << 20)
#define CACHE_LIBS_MAX 65536u
#define FOLDER_MAX 16384u /* entries of a folder of libraries that are read */

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
static int attach_below(struct attach *a, const char *root, const char *path)
{
	char name[REC_PATH_MAX + 64];

	if (snprintf(name, sizeof(name), "%s%s", root, path) >= (int)sizeof(name))
		return -ENAMETOOLONG;
	return attach_file(a, name, slice_cstr(path));
}

static int scan_cache_entries(struct attach *a, const char *root, struct slice cache)
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
			hooked += attach_below(a, root, path) == 1;
	}
	return hooked;
}

int scan_ld_cache(struct attach *a, const char *root)
{
	static const char magic[] = "glibc-ld.so.cache1.1";
	char name[128];
	struct buf b;
	char *at;
	int hooked = 0;

	snprintf(name, sizeof(name), "%s/etc/ld.so.cache", root);
	buf_init(&b, CACHE_MAX);
	if (!buf_read_file(&b, AT_FDCWD, name)) {
		/* Older systems put the old format before the new one. */
		at = memmem(b.ptr, b.len, magic, sizeof(magic) - 1);
		if (at && b.len - (size_t)(at - b.ptr) >= sizeof(struct cache_header))
			hooked = scan_cache_entries(a, root, slice_mem(at, b.len - (size_t)(at - b.ptr)));
	}
	buf_done(&b);
	return hooked;
}

/* Where loaders look that keep no cache: musl's, and glibc's in an image that never ran ldconfig. */
static int scan_folders(struct attach *a, const char *root)
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

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		char name[128], path[300];
		struct dirent *e;
		DIR *d;

		snprintf(name, sizeof(name), "%s%s", root, dirs[i]);
		d = opendir(name);
		for (unsigned n = 0; d && n < FOLDER_MAX && (e = readdir(d)); n++) {
			if (!strstr(e->d_name, ".so") || snprintf(path, sizeof(path), "%s/%s", dirs[i], e->d_name) >= (int)sizeof(path))
				continue;
			hooked += attach_below(a, root, path) == 1;
		}
		if (d)
			closedir(d);
	}
	return hooked;
}

/* The libraries installed where this process lives, when that is another root than ours and was not looked at before. */
int scan_root(struct attach *a, unsigned pid)
{
	char root[32];
	struct stat st, ours;
	uint64_t key;
	int hooked;

	snprintf(root, sizeof(root), "/proc/%u/root", pid);
	if (stat(root, &st) || stat("/", &ours) || (st.st_dev == ours.st_dev && st.st_ino == ours.st_ino))
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
	hooked = scan_ld_cache(a, root);
	return hooked + scan_folders(a, root);
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
