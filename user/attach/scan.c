// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Where client libraries are looked for: in every process, in the ld.so cache, among known programs, and in each new mapping. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "attach/engine_priv.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/mounts.h"

#define SEEN_SLOTS 131072 /* mappings told apart in one scan; a power of two */
#define ODBC_DRIVERS_MAX 256

struct scan {
	struct attach *a;
	uint64_t *seen; /* open addressing, 0: free */
	size_t nseen;
	int hooked;
};

static void count(struct scan *s, int r)
{
	if (r == 1)
		s->hooked++;
}

/* Whether the file was met before in this scan. A full table only costs work. */
static bool seen_before(struct scan *s, const struct watch_mapping *m)
{
	uint64_t h = hash_u64(((uint64_t)m->major << 32) | m->minor, m->ino) | 1;
	size_t i = (size_t)(h >> 1) & (SEEN_SLOTS - 1);

	for (; s->seen[i]; i = (i + 1) & (SEEN_SLOTS - 1))
		if (s->seen[i] == h)
			return true;
	if (s->nseen < SEEN_SLOTS / 2) {
		s->seen[i] = h;
		s->nseen++;
	}
	return false;
}

/* "lo-hi perms offset major:minor inode   path": an executable one? */
static bool parse_mapping(char *line, struct watch_mapping *m)
{
	uint64_t end;
	char perms[8];
	int at = 0;

	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s %*x %x:%x %" SCNu64 " %n", &m->addr, &end, perms, &m->major, &m->minor, &m->ino,
		   &at) < 6 ||
	    at == 0)
		return false;
	m->len = end - m->addr;
	m->path = slice_cstr(line + at);
	return perms[2] == 'x';
}

/*
 * map_files leads to the very file that is mapped, deleted or not, in whatever mount namespace; where it is denied the name has
 * to do, through the root of the process.
 */
static int attach_mapped(struct attach *a, const struct watch_mapping *m, struct file **ret)
{
	char name[REC_PATH_MAX + 64];
	struct fetch q = { .path = name, .pid = m->pid, .dev = makedev(m->major, m->minor) };
	struct slice path = m->path;
	struct stat st;
	int r;

	*ret = NULL;
	if (mounts_users_fuse(m->major, m->minor))
		return REFUSED_FOREIGN;
	snprintf(name, sizeof(name), "/proc/%u/map_files/%" PRIx64 "-%" PRIx64, m->pid, m->addr, m->addr + m->len);
	r = engine_file(a, &q, m, path, ret);
	if (r >= 0 || fetch_unknown(r) || !path.len || path.ptr[0] != '/' || path.len > REC_PATH_MAX)
		return r;
	snprintf(name, sizeof(name), "/proc/%u/root%.*s", m->pid, (int)path.len, path.ptr);
	if (fetch_stat(m->pid, name, &st))
		snprintf(name, sizeof(name), "%.*s", (int)path.len, path.ptr);
	if (fetch_stat(m->pid, name, &st) || st.st_ino != m->ino)
		return r;
	return engine_file(a, &q, m, path, ret);
}

/*
 * What is on another user's FUSE mount (an AppImage) is not opened, if it could be: a file with client functions may stand there. Told once
 * for a file, as far as there is room to remember that; floods are counted.
 */
static void tell_refused(struct attach *a, unsigned pid, uint64_t ino, struct slice path, int err)
{
	uint64_t key = hash_u64(slice_hash(path), ino) | 1, *slot = &a->refused[(key >> 1) % REFUSED_SLOTS];

	if (*slot == key)
		return;
	*slot = key;
	if (++a->refused_told > REFUSED_SINGLY) {
		a->refused_more++;
		return;
	}
	record_refused(&a->record, pid, path, err);
	if (a->emit && !a->record.err)
		a->emit(a->emit_ctx, buf_slice(&a->record));
}

/* What a process that ended left behind is not refused; what comes later is told then. */
static bool refused(int r, const struct file *f)
{
	return r < 0 && !f && r != -ENOENT && r != -ESRCH && r != -EINPROGRESS;
}

static void scan_process(struct scan *s, unsigned pid)
{
	_cleanup_fclose_ FILE *f = NULL;
	_cleanup_free_ char *line = NULL;
	size_t cap = 0;
	ssize_t n;
	int fd;

	s->hooked += scan_root(s->a, pid);
	fd = fetch_proc(pid, "maps");
	if (refused(fd, NULL))
		tell_refused(s->a, pid, pid, SLICE("its mappings"), fd);
	if (fd < 0)
		return;
	f = fdopen(fd, "r");
	if (!f) {
		close(fd);
		return;
	}
	while ((n = getline(&line, &cap, f)) > 0) {
		struct watch_mapping m = { .pid = pid };
		struct file *file;
		int r;

		if (line[n - 1] == '\n')
			line[n - 1] = 0;
		if (!parse_mapping(line, &m) || !m.ino || seen_before(s, &m))
			continue;
		r = attach_mapped(s->a, &m, &file);
		count(s, r);
		if (refused(r, file))
			tell_refused(s->a, pid, m.ino, m.path, r);
	}
}

static int scan_processes(struct scan *s)
{
	DIR *d = opendir("/proc");
	struct dirent *e;

	if (!d)
		return -errno;
	while ((e = readdir(d)))
		if (isdigit((unsigned char)e->d_name[0]))
			scan_process(s, (unsigned)strtoul(e->d_name, NULL, 10));
	closedir(d);
	return 0;
}

/* Programs that carry a client library of their own; others are seen when they first run. */
static void scan_programs(struct scan *s)
{
	static const char *const dirs[] = { "/usr/bin", "/usr/local/bin", "/usr/sbin", "/opt/bin" };
	static const char *const names[] = { "mariadb", "mysql", "mariadb-dump", "mysqldump", "sqlite3",
					     "psql",    "node",  "duckdb",       "sqlcipher" };
	char path[128];

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		for (size_t k = 0; k < ARRAY_SIZE(names); k++) {
			snprintf(path, sizeof(path), "%s/%s", dirs[i], names[k]);
			count(s, attach_path(s->a, path));
		}
	}
}

/* ODBC drivers are loaded by name and stand in no cache: what is installed beside the manager is known before its first use. */
static void scan_odbc(struct scan *s)
{
	static const char *const dirs[] = { "/usr/lib/x86_64-linux-gnu/odbc", "/usr/lib/aarch64-linux-gnu/odbc", "/usr/lib64/odbc",
					    "/usr/lib/odbc" };
	char path[512];
	struct dirent *e;

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		DIR *d = opendir(dirs[i]);

		for (unsigned n = 0; d && n < ODBC_DRIVERS_MAX && (e = readdir(d)); n++) {
			if (!strstr(e->d_name, ".so") || snprintf(path, sizeof(path), "%s/%s", dirs[i], e->d_name) >= (int)sizeof(path))
				continue;
			count(s, attach_path(s->a, path));
		}
		if (d)
			closedir(d);
	}
}

int attach_scan(struct attach *a)
{
	struct scan s = { .a = a };
	int err;

	s.seen = calloc(SEEN_SLOTS, sizeof(*s.seen));
	if (!s.seen)
		return -ENOMEM;
	err = scan_processes(&s);
	if (!err) {
		scan_programs(&s);
		scan_odbc(&s);
		s.hooked += scan_ld_cache(a, 0);
		attach_missing(a);
	}
	free(s.seen);
	return err ? err : s.hooked;
}

/*
 * Between the mapping and the probes statements could pass unseen: how long that was is told, once for a file. The file need not have been
 * hooked for this mapping: the walk, a sweep or another process may have come first, and still too late for this one.
 */
static void tell_delay(struct attach *a, const struct watch_mapping *m, struct file *f)
{
	if (!f || !f->families || f->late || !m->ts_ns || f->hooked_ns <= m->ts_ns)
		return;
	f->late = true;
	record_delay(&a->record, m->pid, m->path, f->hooked_ns - m->ts_ns);
	if (a->emit && !a->record.err)
		a->emit(a->emit_ctx, buf_slice(&a->record));
}

void scan_outcome(struct attach *a, const struct watch_mapping *m, struct file *f, int r)
{
	tell_delay(a, m, f);
	if (refused(r, f))
		tell_refused(a, m->pid, m->ino, m->path, r);
	a->vanished += r == -ENOENT || r == -ESRCH;
}

void attach_mapping(struct attach *a, const struct watch_mapping *m)
{
	uint64_t files = a->files.count;
	struct file *f;
	int r;

	if (!m->ino)
		return;
	a->in_use = true;
	r = attach_mapped(a, m, &f);
	a->in_use = false;
	scan_outcome(a, m, f, r);
	if (a->files.count != files) /* something new: perhaps from a container that is new, too */
		scan_root(a, m->pid);
}
