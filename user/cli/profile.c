// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "cli/profile.h"

#include <elf.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fetch.h"
#include "base/mounts.h"
#include "decode/encode.h"

#define CARRIERS_MAX 4096           /* executables remembered; one takes the place of another with the same hash */
#define SEARCH_SHARE_NS 50000000ull /* of a second, that goes into searching executables; what is over has to wait for its next start */
#define MAPPED_MAX 4096
#define MAPPED_GAP_NS 1000000000ull /* a pid whose mappings are further apart may be another process */
#define MAPS_MAX 65536              /* lines of a process's mappings that are read */

/* What was found in an executable; it is searched once for each state of the file. */
struct carrier {
	uint64_t dev, ino, size;
	struct timespec ctime;
	uint32_t flags;   /* REC_PROFILE_STATIC, REC_PROFILE_CARRIES */
	const char *kind; /* a constant, or NULL */
	bool files;       /* what it carries reads files and no socket */
};

/* What the mappings of a process told of it. */
struct mapped {
	uint32_t pid, systems;
	uint64_t last_ns;
	const char *kind;
};

struct profiler {
	struct attach *a;
	struct carrier carriers[CARRIERS_MAX];
	uint64_t second, spent_ns;
	struct mapped mapped[MAPPED_MAX]; /* by pid */
};

struct look {
	struct slice exe; /* its path */
	bool foreign;     /* which stands on a user's own filesystem */
	uint32_t systems, flags;
	const char *kind;
};

/* Interpreters and run-times by the name of a mapped file. */
struct runtime {
	const char *prefix; /* of the file's name */
	const char *kind;
};

static const struct runtime runtimes[] = {
	{ "libjvm.so", "java" },  { "libpython", "python" },
	{ "python", "python" },   { "node", "node" },
	{ "libnode.so", "node" }, { "bun", "bun" },
	{ "deno", "deno" },       { "ruby", "ruby" },
	{ "libruby", "ruby" },    { "perl", "perl" },
	{ "libperl.so", "perl" }, { "php", "php" },
	{ "libR.so", "r" },       { "libcoreclr.so", "dotnet" },
	{ "beam.smp", "erlang" }, { "lua", "lua" },
	{ "julia", "julia" },
};

/* Bytes that give away what an executable without symbols carries inside. */
struct mark {
	const char *text[2]; /* both, when there are two */
	const char *kind;    /* a language, or NULL: a client library */
	bool files;          /* ... that reads files */
	const char *symbol;  /* named by programs that merely load that library */
};

static const struct mark marks[] = {
	{ { "\xff Go buildinf:", NULL }, "go", false, NULL },
	{ { "mysql_native_password", "_mysql_client_plugin_declaration_" }, NULL, false, NULL },
	{ { "SCRAM-SHA-256-PLUS", "PGSSLMODE" }, NULL, false, NULL },
	{ { "SQLite format 3", "sqlite_master" }, NULL, true, "sqlite3_" },
	{ { "duckdb_settings", "duckdb_tables" }, NULL, true, "duckdb_query" },
	{ { "freetds.conf", "TDSVER" }, NULL, false, NULL },
	{ { "/rustc/", "tokio" }, "rust", false, NULL },
};

int profiler_new(struct attach *a, struct profiler **ret)
{
	struct profiler *p = calloc(1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	p->a = a;
	*ret = p;
	return 0;
}

void profiler_free(struct profiler *p)
{
	free(p);
}

static bool holds(const char *data, size_t n, const char *text)
{
	return !text || memmem(data, n, text, strlen(text));
}

/* Without an interpreter nothing is loaded into it: libraries are inside or nowhere. */
static bool is_static(const char *data, size_t n)
{
	const Elf64_Ehdr *h = (const void *)data;

	if (n < sizeof(*h) || memcmp(data, ELFMAG, SELFMAG) || h->e_phentsize != sizeof(Elf64_Phdr) || h->e_phoff > n ||
	    (n - h->e_phoff) / sizeof(Elf64_Phdr) < h->e_phnum)
		return false;
	for (unsigned i = 0; i < h->e_phnum; i++) {
		Elf64_Phdr p;

		memcpy(&p, data + h->e_phoff + i * sizeof(p), sizeof(p));
		if (p.p_type == PT_INTERP)
			return false;
	}
	return true;
}

/* The library is named in its table of symbols: as something that is loaded, or it would have been hooked. */
static bool merely_loads(int fd, const char *symbol)
{
	struct elf e;
	bool found;

	if (elf_open(&e, fd))
		return false;
	found = elf_mentions(&e, symbol);
	elf_done(&e);
	return found;
}

static void search(int fd, size_t size, struct carrier *c)
{
	_cleanup_free_ char *data = NULL;
	size_t have;

	data = read_head(fd, size < PROFILE_EXE_MAX ? size : PROFILE_EXE_MAX, &have);
	if (!data)
		return;
	if (is_static(data, have))
		c->flags |= REC_PROFILE_STATIC;
	for (size_t i = 0; i < ARRAY_SIZE(marks); i++) {
		if (!holds(data, have, marks[i].text[0]) || !holds(data, have, marks[i].text[1]))
			continue;
		if (!marks[i].kind && marks[i].symbol && merely_loads(fd, marks[i].symbol))
			continue;
		if (!marks[i].kind) {
			c->flags |= REC_PROFILE_CARRIES;
			c->files |= marks[i].files;
		} else if (!c->kind)
			c->kind = marks[i].kind;
	}
}

/* NULL: too much was searched in this second. */
static const struct carrier *look_at_executable(struct profiler *p, int fd, const struct stat *st)
{
	uint64_t key = hash_u64(hash_u64(st->st_dev, st->st_ino), (uint64_t)st->st_ctim.tv_nsec), now = clock_ns(CLOCK_MONOTONIC);
	struct carrier *c = &p->carriers[key % CARRIERS_MAX];

	if (c->ino == st->st_ino && c->dev == st->st_dev && c->size == (uint64_t)st->st_size && c->ctime.tv_sec == st->st_ctim.tv_sec &&
	    c->ctime.tv_nsec == st->st_ctim.tv_nsec)
		return c;
	if (p->second != now / 1000000000u) {
		p->second = now / 1000000000u;
		p->spent_ns = 0;
	}
	if (p->spent_ns > SEARCH_SHARE_NS)
		return NULL;
	*c = (struct carrier){ .dev = st->st_dev, .ino = st->st_ino, .size = (uint64_t)st->st_size, .ctime = st->st_ctim };
	search(fd, (size_t)st->st_size, c);
	p->spent_ns += clock_ns(CLOCK_MONOTONIC) - now;
	return c;
}

enum profile_file profile_file(struct profiler *p, int fd, const struct stat *st)
{
	const struct carrier *c = look_at_executable(p, fd, st);

	if (!c)
		return PROFILE_LATER;
	return c->files ? PROFILE_CARRIES_FILES : PROFILE_PLAIN;
}

static const char *runtime_of(const char *path)
{
	const char *name = strrchr(path, '/');

	name = name ? name + 1 : path;
	for (size_t i = 0; i < ARRAY_SIZE(runtimes); i++)
		if (!strncmp(name, runtimes[i].prefix, strlen(runtimes[i].prefix)))
			return runtimes[i].kind;
	return NULL;
}

void profile_mapping(struct profiler *p, const struct watch_mapping *m)
{
	struct mapped *e = &p->mapped[m->pid % MAPPED_MAX];
	struct stat st = { .st_dev = makedev(m->major, m->minor), .st_ino = m->ino };
	char path[256];

	if (e->pid != m->pid || m->ts_ns > e->last_ns + MAPPED_GAP_NS)
		*e = (struct mapped){ .pid = m->pid };
	e->last_ns = m->ts_ns;
	e->systems |= attach_systems(p->a, &st);
	if (e->kind || m->path.len >= sizeof(path))
		return;
	memcpy(path, m->path.ptr, m->path.len);
	path[m->path.len] = 0;
	e->kind = runtime_of(path);
}

/* "lo-hi perms offset major:minor inode   path" */
static void look_at_mapping(struct profiler *p, uint32_t pid, char *line, struct look *l)
{
	char perms[8], name[96];
	uint64_t lo, hi, ino;
	unsigned dev[2];
	uint32_t systems;
	struct stat st;
	int at = 0;

	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s %*x %x:%x %" SCNu64 " %n", &lo, &hi, perms, &dev[0], &dev[1], &ino, &at) < 6 || !at ||
	    !ino)
		return;
	if (perms[2] != 'x')
		return;
	line[strcspn(line, "\n")] = 0;
	if (!l->kind)
		l->kind = runtime_of(line + at);
	if (mounts_users_fuse(dev[0], dev[1])) {
		l->foreign |= slice_eq(slice_cstr(line + at), l->exe);
		return;
	}
	snprintf(name, sizeof(name), "/proc/%u/map_files/%" PRIx64 "-%" PRIx64, pid, lo, hi);
	if (fetch_stat(pid, name, &st))
		return;
	systems = attach_systems(p->a, &st);
	l->systems |= systems;
	if (systems && perms[1] == 'w')
		l->flags |= REC_PROFILE_EXEC;
}

static bool look_at_mappings(struct profiler *p, uint32_t pid, struct look *l)
{
	_cleanup_fclose_ FILE *f = NULL;
	_cleanup_free_ char *line = NULL;
	int fd = fetch_proc(pid, "maps");
	size_t cap = 0, n = 0;

	f = fd >= 0 ? fdopen(fd, "r") : NULL;
	if (fd >= 0 && !f)
		close(fd);
	while (f && n < MAPS_MAX && getline(&line, &cap, f) > 0) {
		look_at_mapping(p, pid, line, l);
		n++;
	}
	return n > 0;
}

int profile_record(struct profiler *p, uint32_t pid, uint64_t start_ns, uint64_t ts_ns, struct buf *out)
{
	struct rec_profile r = { .hdr = { .type = REC_PROFILE, .ts_ns = ts_ns }, .pid = pid, .start_ns = start_ns };
	char name[64], exe[REC_PATH_MAX];
	struct fetch q = { .what = FETCH_OPEN, .path = name, .max = FETCH_COPY_MAX, .pid = pid };
	struct fetched open = { .fd = -1, .content = -1 };
	struct look l = { 0 };
	struct slice str[2];
	bool mapped;
	ssize_t n;

	snprintf(name, sizeof(name), "/proc/%u/exe", pid);
	n = readlink(name, exe, sizeof(exe));
	l.exe = n > 0 ? slice_mem(exe, (size_t)n) : SLICE("");
	mapped = look_at_mappings(p, pid, &l);
	if (!mapped || l.foreign || fetch(&q, &open)) {
		const struct mapped *e = &p->mapped[pid % MAPPED_MAX];

		if (e->pid == pid && e->last_ns >= start_ns) {
			l.systems |= e->systems;
			l.kind = l.kind ? l.kind : e->kind;
		}
		l.flags |= REC_PROFILE_GONE;
	} else if (!l.systems) {
		const struct carrier *c = look_at_executable(p, open.content, &open.st);

		l.flags |= c ? c->flags : 0;
		if (!l.kind && c)
			l.kind = c->kind;
	}
	fetched_done(&open);
	r.systems = l.systems;
	r.flags = l.flags | (l.systems ? REC_PROFILE_HOOKED : 0);
	str[0] = slice_cstr(l.kind ? l.kind : "");
	str[1] = l.exe;
	return encode_record(out, &r, str, 2);
}
