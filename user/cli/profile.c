// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "cli/profile.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "decode/encode.h"

#define CARRIERS_MAX 256 /* executables remembered */
#define MAPS_MAX 65536   /* lines of a process's mappings that are read */

/* What was found in an executable; it is searched once for each state of the file. */
struct carrier {
	uint64_t dev, ino, size;
	struct timespec ctime;
	uint32_t flags;   /* REC_PROFILE_STATIC, REC_PROFILE_CARRIES */
	const char *kind; /* a constant, or NULL */
};

struct profiler {
	struct attach *a;
	struct carrier carriers[CARRIERS_MAX];
	size_t next;
};

struct look {
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
};

static const struct mark marks[] = {
	{ { "\xff Go buildinf:", NULL }, "go" },
	{ { "mysql_native_password", "_mysql_client_plugin_declaration_" }, NULL },
	{ { "SCRAM-SHA-256-PLUS", "PGSSLMODE" }, NULL },
	{ { "SQLite format 3", "sqlite_master" }, NULL },
	{ { "duckdb_settings", "duckdb_tables" }, NULL },
	{ { "freetds.conf", "TDSVER" }, NULL },
	{ { "/rustc/", "tokio" }, "rust" },
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

/* pread into memory of our own: a mapped file could be cut under our hands. */
static void search(int fd, size_t size, struct carrier *c)
{
	_cleanup_free_ char *data = NULL;
	size_t have = 0;

	if (size > PROFILE_EXE_MAX)
		size = PROFILE_EXE_MAX;
	data = malloc(size ? size : 1);
	while (data && have < size) {
		ssize_t n = pread(fd, data + have, size - have, (off_t)have);

		if (n <= 0)
			break;
		have += (size_t)n;
	}
	if (!data)
		return;
	if (is_static(data, have))
		c->flags |= REC_PROFILE_STATIC;
	for (size_t i = 0; i < ARRAY_SIZE(marks); i++) {
		if (!holds(data, have, marks[i].text[0]) || !holds(data, have, marks[i].text[1]))
			continue;
		if (!marks[i].kind)
			c->flags |= REC_PROFILE_CARRIES;
		else if (!c->kind)
			c->kind = marks[i].kind;
	}
}

static const struct carrier *look_at_executable(struct profiler *p, int fd, const struct stat *st)
{
	struct carrier *c;

	for (size_t i = 0; i < CARRIERS_MAX; i++) {
		c = &p->carriers[i];
		if (c->ino == st->st_ino && c->dev == st->st_dev && c->size == (uint64_t)st->st_size &&
		    c->ctime.tv_sec == st->st_ctim.tv_sec && c->ctime.tv_nsec == st->st_ctim.tv_nsec)
			return c;
	}
	c = &p->carriers[p->next++ % CARRIERS_MAX];
	*c = (struct carrier){ .dev = st->st_dev, .ino = st->st_ino, .size = (uint64_t)st->st_size, .ctime = st->st_ctim };
	search(fd, (size_t)st->st_size, c);
	return c;
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

/* "lo-hi perms offset major:minor inode   path" */
static void look_at_mapping(struct profiler *p, uint32_t pid, char *line, struct look *l)
{
	char perms[8], name[96];
	uint64_t lo, hi, ino;
	uint32_t systems;
	struct stat st;
	int at = 0;

	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s %*x %*s %" SCNu64 " %n", &lo, &hi, perms, &ino, &at) < 4 || !at || !ino)
		return;
	if (perms[2] != 'x')
		return;
	line[strcspn(line, "\n")] = 0;
	if (!l->kind)
		l->kind = runtime_of(line + at);
	snprintf(name, sizeof(name), "/proc/%u/map_files/%" PRIx64 "-%" PRIx64, pid, lo, hi);
	if (stat(name, &st))
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
	size_t cap = 0, n = 0;
	char name[64];

	snprintf(name, sizeof(name), "/proc/%u/maps", pid);
	f = fopen(name, "re");
	while (f && n < MAPS_MAX && getline(&line, &cap, f) > 0) {
		look_at_mapping(p, pid, line, l);
		n++;
	}
	return n > 0;
}

int profile_record(struct profiler *p, uint32_t pid, uint64_t start_ns, uint64_t ts_ns, struct buf *out)
{
	struct rec_profile r = { .hdr = { .type = REC_PROFILE, .ts_ns = ts_ns }, .pid = pid, .start_ns = start_ns };
	_cleanup_close_ int fd = -1;
	struct look l = { 0 };
	char name[64], exe[REC_PATH_MAX];
	struct slice str[2];
	ssize_t n;
	struct stat st;

	snprintf(name, sizeof(name), "/proc/%u/exe", pid);
	n = readlink(name, exe, sizeof(exe));
	fd = open(name, O_RDONLY | O_CLOEXEC);
	if (!look_at_mappings(p, pid, &l) || fd < 0 || fstat(fd, &st)) {
		l.flags |= REC_PROFILE_GONE;
	} else if (!l.systems) {
		const struct carrier *c = look_at_executable(p, fd, &st);

		l.flags |= c->flags;
		if (!l.kind)
			l.kind = c->kind;
	}
	r.systems = l.systems;
	r.flags = l.flags | (l.systems ? REC_PROFILE_HOOKED : 0);
	str[0] = slice_cstr(l.kind ? l.kind : "");
	str[1] = n > 0 ? slice_mem(exe, (size_t)n) : SLICE("");
	return encode_record(out, &r, str, 2);
}
