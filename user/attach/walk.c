// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "attach/walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <linux/magic.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "attach/bits32.h"
#include "attach/elf.h"
#include "attach/table.h"
#include "attach/unnamed.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/regular.h"

#define NICE_LEVEL 15
#define IOPRIO_IDLE (3 << 13)
#define PATH_BYTES 4096
#define JOIN_S 1

static const char *const usual_roots[] = {
	"/usr/lib/python3*",
	"/usr/local/lib/python*",
	"/usr/lib/R",
	"/usr/local/lib/R",
	"/usr/lib/*-linux-gnu/perl*",
	"/usr/lib64/perl*",
	"/usr/lib/perl*",
	"/usr/local/lib",
	"/usr/lib/ruby",
	"/var/lib/gems",
	"/usr/lib/node_modules",
	"/usr/lib/*-linux-gnu/ruby",
	"/usr/local/share",
	"/opt",
	"/snap/*/*",
	"/var/lib/snapd/snap/*/*",
	"/var/lib/flatpak",
	"/home/*",
	"/root",
	"/srv",
	"/usr/libexec",
	"/usr/bin",
	"/usr/local/bin",
	"/usr/sbin",
	"/usr/lib/postgresql",
	"/usr/lib/jvm",
	NULL,
};

struct walk {
	pthread_t thread;
	char **roots; /* owned patterns */
	int event_fd;
	atomic_bool stop;
	pthread_mutex_t lock;
	pthread_cond_t room;
	char *queue[WALK_QUEUE_MAX];
	unsigned head, n;
	struct walk_stats stats;
	dev_t dev; /* of the folder being read */
	bool skip_dev;
	char path[PATH_BYTES];
};

static bool stopped(struct walk *w)
{
	return atomic_load_explicit(&w->stop, memory_order_relaxed);
}

/* File systems that are not a local disk's: they have no files of their own, or may hang. */
static bool is_foreign(const char *path)
{
	static const unsigned long foreign[] = {
		PROC_SUPER_MAGIC,   SYSFS_MAGIC,     CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC, DEBUGFS_MAGIC,   TRACEFS_MAGIC,
		DEVPTS_SUPER_MAGIC, NFS_SUPER_MAGIC, CIFS_SUPER_MAGIC,   SMB2_SUPER_MAGIC,    AFS_SUPER_MAGIC, FUSE_SUPER_MAGIC,
		CEPH_SUPER_MAGIC,   V9FS_MAGIC,      AUTOFS_SUPER_MAGIC, BPF_FS_MAGIC,
	};
	struct statfs s;

	if (statfs(path, &s))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(foreign); i++)
		if ((unsigned long)s.f_type == foreign[i])
			return true;
	return false;
}

static void hand_over(struct walk *w)
{
	static const uint64_t one = 1;
	char *copy = strdup(w->path);

	pthread_mutex_lock(&w->lock);
	while (w->n == WALK_QUEUE_MAX && !stopped(w))
		pthread_cond_wait(&w->room, &w->lock);
	if (copy && !stopped(w)) {
		w->queue[(w->head + w->n++) % WALK_QUEUE_MAX] = copy;
		w->stats.found++;
		copy = NULL;
	}
	pthread_mutex_unlock(&w->lock);
	free(copy);
	(void)!write(w->event_fd, &one, sizeof(one));
}

static bool mentions_any(const struct elf *e)
{
	for (size_t i = 0; i < client_families_len; i++)
		for (unsigned k = 0; k < 2 && client_families[i]->marks[k]; k++)
			if (elf_mentions(e, client_families[i]->marks[k]))
				return true;
	return false;
}

/* What is too large to be searched is told when somebody maps it. */
static bool carries_unnamed(struct elf *e)
{
	int r = unnamed_sqlite(e);

	return r == 1 || r == -ENOENT;
}

static void look_into(struct walk *w, int dir, const char *name)
{
	_cleanup_close_ int fd = open_regular(dir, name, O_NOFOLLOW, NULL);
	struct elf e;

	if (fd < 0)
		return;
	w->stats.files++;
	if (elf_open(&e, fd)) {
		if (bits32_family(fd))
			hand_over(w);
		return;
	}
	if (mentions_any(&e) || carries_unnamed(&e))
		hand_over(w);
	elf_done(&e);
}

/* Shared objects and node's add-ons by name, programs by their mode. Links lead to files that are met where they are. */
static bool is_candidate(int dir, const char *name)
{
	const char *dot = strstr(name, ".so");
	size_t n = strlen(name);
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) || !S_ISREG(st.st_mode) || st.st_size < 4096)
		return false;
	if ((dot && (dot[3] == 0 || dot[3] == '.')) || (n > 5 && !strcmp(name + n - 5, ".node")))
		return true;
	return (st.st_mode & 0111) && !strchr(name, '.');
}

static void walk_folder(struct walk *w, int parent, const char *name, size_t len, unsigned depth);

static void visit(struct walk *w, int dir, const struct dirent *e, size_t len, unsigned depth)
{
	size_t n = strlen(e->d_name);
	bool known_file = e->d_type == DT_REG;

	if (len + n + 2 > sizeof(w->path) || !strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
		return;
	w->path[len] = '/';
	memcpy(w->path + len + 1, e->d_name, n + 1);
	if (e->d_type == DT_DIR && depth < WALK_DEPTH_MAX)
		walk_folder(w, dir, e->d_name, len + 1 + n, depth + 1);
	else if ((known_file || e->d_type == DT_UNKNOWN) && is_candidate(dir, e->d_name))
		look_into(w, dir, e->d_name);
	w->path[len] = 0;
}

static void walk_folder(struct walk *w, int parent, const char *name, size_t len, unsigned depth)
{
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *e;
	struct stat st;

	if (!d) {
		if (fd >= 0)
			close(fd);
		return;
	}
	if (!fstat(fd, &st) && st.st_dev != w->dev) { /* another file system begins here */
		w->dev = st.st_dev;
		w->skip_dev = is_foreign(w->path);
	}
	w->stats.folders++;
	while (!w->skip_dev && !stopped(w) && (e = readdir(d))) {
		dev_t dev = w->dev;

		if (++w->stats.entries > WALK_ENTRIES_MAX) {
			w->stats.cut = true;
			atomic_store(&w->stop, true);
			break;
		}
		visit(w, fd, e, len, depth);
		if (w->dev != dev) { /* back from a mount point */
			w->dev = dev;
			w->skip_dev = false;
		}
	}
	closedir(d);
}

static void walk_root(struct walk *w, const char *root)
{
	struct stat st;
	size_t n = strlen(root);

	if (n >= sizeof(w->path) || stat(root, &st) || !S_ISDIR(st.st_mode))
		return;
	memcpy(w->path, root, n + 1);
	w->dev = st.st_dev;
	w->skip_dev = is_foreign(root);
	walk_folder(w, AT_FDCWD, root, n, 0);
}

static void *walk_main(void *arg)
{
	static const uint64_t one = 1;
	struct walk *w = arg;
	uint64_t began, ended;

	(void)setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), NICE_LEVEL);
	(void)syscall(SYS_ioprio_set, 1, 0, IOPRIO_IDLE);
	began = clock_ns(CLOCK_MONOTONIC);
	for (char **r = w->roots; *r && !stopped(w); r++) {
		glob_t g;

		if (glob(*r, GLOB_NOSORT, NULL, &g) == 0)
			for (size_t i = 0; i < g.gl_pathc && !stopped(w); i++)
				walk_root(w, g.gl_pathv[i]);
		globfree(&g);
	}
	ended = clock_ns(CLOCK_MONOTONIC);
	pthread_mutex_lock(&w->lock);
	w->stats.milliseconds = (ended - began) / 1000000;
	w->stats.done = true;
	pthread_mutex_unlock(&w->lock);
	(void)!write(w->event_fd, &one, sizeof(one));
	return NULL;
}

static void walk_free(struct walk *w)
{
	for (char **r = w->roots; r && *r; r++)
		free(*r);
	free(w->roots);
	while (w->n--)
		free(w->queue[w->head++ % WALK_QUEUE_MAX]);
	if (w->event_fd >= 0)
		close(w->event_fd);
	pthread_cond_destroy(&w->room);
	pthread_mutex_destroy(&w->lock);
	free(w);
}

static int copy_roots(struct walk *w, const char *below, const char *const *roots)
{
	char path[PATH_BYTES];
	size_t n = 0;

	while (roots[n])
		n++;
	w->roots = calloc(n + 1, sizeof(*w->roots));
	for (size_t i = 0; i < n && w->roots; i++) {
		if (snprintf(path, sizeof(path), "%s%s", below, roots[i]) >= (int)sizeof(path))
			return -ENAMETOOLONG;
		w->roots[i] = strdup(path);
		if (!w->roots[i])
			return -ENOMEM;
	}
	return w->roots ? 0 : -ENOMEM;
}

int walk_start(const char *below, const char *const *roots, struct walk **ret)
{
	struct walk *w = calloc(1, sizeof(*w));
	int err;

	if (!w)
		return -ENOMEM;
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->room, NULL);
	w->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	err = w->event_fd < 0 ? -errno : copy_roots(w, below, roots ? roots : usual_roots);
	if (!err)
		err = -pthread_create(&w->thread, NULL, walk_main, w);
	if (err) {
		walk_free(w);
		return err;
	}
	*ret = w;
	return 0;
}

void walk_stop(struct walk *w)
{
	struct timespec until;

	if (!w)
		return;
	atomic_store(&w->stop, true);
	pthread_mutex_lock(&w->lock);
	pthread_cond_broadcast(&w->room);
	pthread_mutex_unlock(&w->lock);
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += JOIN_S;
	/* A disk that hangs holds the thread, not the program: then its memory is left to the end of the process. */
	if (pthread_timedjoin_np(w->thread, NULL, &until) == 0)
		walk_free(w);
}

int walk_poll_fd(const struct walk *w)
{
	return w->event_fd;
}

unsigned walk_take(struct walk *w, unsigned max, walk_fn fn, void *ctx)
{
	unsigned taken = 0;
	uint64_t count, one = 1;

	(void)!read(w->event_fd, &count, sizeof(count));
	for (; taken < max; taken++) {
		char *path = NULL;

		pthread_mutex_lock(&w->lock);
		if (w->n) {
			path = w->queue[w->head];
			w->head = (w->head + 1) % WALK_QUEUE_MAX;
			w->n--;
			pthread_cond_signal(&w->room);
		}
		pthread_mutex_unlock(&w->lock);
		if (!path)
			return taken;
		fn(ctx, path);
		free(path);
	}
	(void)!write(w->event_fd, &one, sizeof(one)); /* there may be more */
	return taken;
}

void walk_stats(struct walk *w, struct walk_stats *ret)
{
	pthread_mutex_lock(&w->lock);
	*ret = w->stats;
	pthread_mutex_unlock(&w->lock);
}
