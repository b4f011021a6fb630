// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Planning and the attacher's records, without privileges. This program defines functions of client libraries itself, so it is a
 * client with a library linked in; the libraries of the machine are looked at too, where they are installed.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "attach/engine.h"
#include "base/buf.h"
#include "base/cleanup.h"

/* clang-format off */
int PQsendQuery(void *conn, const char *sql);
int PQexec(void *conn, const char *sql);
int PQexecParams(void *conn, const char *sql);
int sqlite3_prepare_v2(void *db, const char *sql, int n);
int sqlite3_reset(void *stmt);
/* clang-format on */

#ifdef __clang__
#define KEPT __attribute__((noinline, used))
#else
#define KEPT __attribute__((noinline, noclone, used))
#endif

static volatile int calls;

KEPT int PQsendQuery(void *conn, const char *sql)
{
	calls += conn != NULL;
	return sql != NULL;
}

KEPT int PQexec(void *conn, const char *sql)
{
	int r = PQsendQuery(conn, sql);

	calls++;
	return r;
}

KEPT int PQexecParams(void *conn, const char *sql)
{
	calls += 2;
	return conn && sql;
}

KEPT int sqlite3_prepare_v2(void *db, const char *sql, int n)
{
	calls += n;
	return db && sql;
}

KEPT int sqlite3_reset(void *stmt)
{
	calls += 3;
	return stmt != NULL;
}

struct heard {
	unsigned count[REC_TYPE_MAX];
	bool out_of_order;
	char missing[256];
	char sites[2048]; /* "symbol " */
	char known[2048]; /* "symbol=fields_known " */
	unsigned internal;
};

static int hear(void *ctx, struct slice record)
{
	struct heard *h = ctx;
	const struct rec_hdr *hdr = (const void *)record.ptr;
	size_t at = strlen(h->sites), k = strlen(h->known);

	assert_int_equal(hdr->size, record.len);
	assert_int_equal(hdr->size % 8, 0);
	assert_in_range(hdr->type, 1, REC_TYPE_MAX - 1);
	assert_true(hdr->ts_ns > 0);
	h->count[hdr->type]++;
	if (hdr->type != REC_LIBRARY && hdr->type != REC_COVERAGE && !h->count[REC_LIBRARY])
		h->out_of_order = true;
	if (hdr->type == REC_SITE) {
		const struct rec_site *s = (const void *)hdr;

		assert_true(s->vaddr >= s->func_vaddr && s->vaddr < s->func_vaddr + s->func_size);
		snprintf(h->sites + at, sizeof(h->sites) - at, "%.*s ", s->symbol_len, s->data);
		snprintf(h->known + k, sizeof(h->known) - k, "%.*s=%x ", s->symbol_len, s->data, s->fields_known);
	} else if (hdr->type == REC_RANGE) {
		h->internal += hdr->flags & REC_RANGE_INTERNAL;
	} else if (hdr->type == REC_COVERAGE) {
		const struct rec_coverage *c = (const void *)hdr;

		snprintf(h->missing, sizeof(h->missing), "%.*s", c->symbols_len, c->data + c->reason_len + c->path_len);
	}
	return 0;
}

static struct attach *new_attach(struct heard *h, bool rows)
{
	const struct attach_options o = { .dry_run = true, .sqlite_rows = rows };
	struct attach *a = NULL;

	memset(h, 0, sizeof(*h));
	assert_int_equal(attach_new(NULL, &o, hear, h, &a), 0);
	return a;
}

static void test_itself(void **state)
{
	struct heard h;
	struct attach *a = new_attach(&h, false);

	(void)state;
	assert_int_equal(attach_path(a, "/proc/self/exe"), 1);
	assert_false(h.out_of_order);
	assert_int_equal(h.count[REC_LIBRARY], 2);
	assert_int_equal(attach_libraries(a), 2);
	assert_int_equal(attach_sites(a), h.count[REC_SITE]);
	assert_non_null(strstr(h.sites, "PQsendQuery "));
	assert_non_null(strstr(h.sites, "PQexecParams "));    /* calls nothing we know, so it is hooked itself */
	assert_null(strstr(h.sites, "PQexec "));              /* passes through PQsendQuery */
	assert_non_null(strstr(h.known, "sqlite3_reset=0 ")); /* no accessor: unknown, not guessed */
	assert_non_null(strstr(h.missing, "sqlite3_exec"));
	assert_int_equal(h.count[REC_COVERAGE], 2);
	/* In a program only the library's own functions are internal. */
	assert_int_equal(h.internal, 2);
	assert_int_equal(attach_path(a, "/proc/self/exe"), 0);
	assert_int_equal(h.count[REC_LIBRARY], 2);
	attach_free(a);
}

static void copy_file(const char *from, const char *to)
{
	struct buf b;
	int fd = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	buf_init(&b, 256u << 20);
	assert_int_equal(buf_read_file(&b, AT_FDCWD, from), 0);
	assert_int_equal(write_all(fd, buf_slice(&b), NULL), 0);
	close(fd);
	buf_done(&b);
}

/* A file is known by what it is: touched it is not hooked again, overwritten it is looked at anew. */
static void test_change(void **state)
{
	char name[] = "/tmp/qprov-attach-XXXXXX";
	struct heard h;
	struct attach *a = new_attach(&h, false);
	int fd = mkstemp(name);

	(void)state;
	assert_true(fd >= 0);
	copy_file("/proc/self/exe", name);
	assert_int_equal(attach_path(a, name), 1);
	assert_int_equal(chmod(name, 0644), 0);
	assert_int_equal(attach_path(a, name), 0);
	assert_int_equal(attach_libraries(a), 2);
	assert_int_equal(pwrite(fd, "no longer an ELF file", 21, 0), 21);
	assert_int_equal(attach_path(a, name), 0);
	assert_int_equal(attach_libraries(a), 0);
	assert_int_equal(attach_sites(a), 0);
	copy_file("/proc/self/exe", name);
	assert_int_equal(attach_path(a, name), 1);
	assert_int_equal(ftruncate(fd, 5000), 0);
	assert_true(attach_path(a, name) <= 0);
	assert_int_equal(attach_libraries(a), 0);
	attach_free(a);
	close(fd);
	unlink(name);
}

static void test_errors(void **state)
{
	struct heard h;
	struct attach *a = new_attach(&h, false);
	const struct attach_options wet = { 0 };
	struct attach *none = NULL;

	(void)state;
	assert_int_equal(attach_new(NULL, &wet, hear, &h, &none), -EINVAL);
	assert_int_equal(attach_path(a, "/no/such/file"), -ENOENT);
	assert_int_equal(attach_path(a, "/dev/null"), 0);
	assert_int_equal(attach_path(a, "/etc/passwd"), 0);
	assert_int_equal(h.count[REC_COVERAGE], 0);
	attach_free(a);
	attach_free(NULL);
}

/* An ELF32 file with one dynamic symbol, defined or asked for: hooked is neither, told is who defines it. */
static void put_elf32(const char *path, const char *symbol, bool defined)
{
	struct {
		Elf32_Ehdr head;
		Elf32_Shdr sections[3];
		Elf32_Sym symbols[2];
		char strings[64];
	} f = { .head = { .e_type = ET_DYN,
			  .e_machine = EM_386,
			  .e_shoff = sizeof(f.head),
			  .e_shentsize = sizeof(f.sections[0]),
			  .e_shnum = 3 } };
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	memcpy(f.head.e_ident, (unsigned char[]){ 0x7f, 'E', 'L', 'F', ELFCLASS32, ELFDATA2LSB, EV_CURRENT }, 7);
	f.sections[1] = (Elf32_Shdr){
		.sh_type = SHT_DYNSYM, .sh_offset = offsetof(__typeof__(f), symbols), .sh_size = sizeof(f.symbols), .sh_link = 2
	};
	f.sections[2] = (Elf32_Shdr){ .sh_type = SHT_STRTAB, .sh_offset = offsetof(__typeof__(f), strings), .sh_size = sizeof(f.strings) };
	f.symbols[1] = (Elf32_Sym){ .st_name = 1, .st_info = ELF32_ST_INFO(STB_GLOBAL, STT_FUNC), .st_shndx = defined ? 1 : SHN_UNDEF };
	snprintf(f.strings + 1, sizeof(f.strings) - 1, "%s", symbol);
	assert_true(fd >= 0);
	assert_int_equal(write_all(fd, slice_mem(&f, sizeof(f)), NULL), 0);
	close(fd);
}

static void test_bits32(void **state)
{
	static const struct {
		const char *symbol;
		bool defined;
		unsigned told;
	} rows[] = {
		{ "sqlite3_prepare_v2", true, 1 }, { "sqlite3_prepare_v2", false, 0 }, { "PQsendQuery", true, 1 }, { "main", true, 0 }
	};
	char name[] = "/tmp/qprov-attach-XXXXXX";
	int fd = mkstemp(name);

	(void)state;
	assert_true(fd >= 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct heard h;
		struct attach *a = new_attach(&h, false);

		put_elf32(name, rows[i].symbol, rows[i].defined);
		assert_int_equal(attach_path(a, name), 0);
		assert_int_equal(h.count[REC_COVERAGE], rows[i].told);
		/* Cut anywhere it is at most not told. */
		for (off_t n = 0; n < 300; n += 3) {
			assert_int_equal(ftruncate(fd, n), 0);
			assert_int_equal(attach_path(a, name), 0);
		}
		attach_free(a);
	}
	close(fd);
	unlink(name);
}

struct real {
	const char *paths[3];
	const char *known;  /* has to be among the sites, with all offsets */
	const char *absent; /* must not be hooked: it passes through another */
	bool internal;      /* all its code is */
};

static const struct real reals[] = {
	{ { "/usr/lib/x86_64-linux-gnu/libpq.so.5", "/usr/lib64/libpq.so.5" }, "PQclear=7 ", "PQexec ", false },
	{ { "/usr/lib/x86_64-linux-gnu/libmariadb.so.3", "/usr/lib64/libmariadb.so.3" }, "mysql_store_result=3 ", "mysql_query ", false },
	{ { "/usr/bin/mariadb" }, "mysql_store_result=3 ", "mysql_real_query_start ", false },
	{ { "/usr/lib/x86_64-linux-gnu/libsqlite3.so.0", "/usr/lib64/libsqlite3.so.0" }, "sqlite3_reset=f ", "sqlite3_get_table ", true },
};

static void test_real(void **state)
{
	unsigned tried = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(reals); i++) {
		for (size_t k = 0; k < 3 && reals[i].paths[k]; k++) {
			struct heard h;
			struct attach *a;

			if (access(reals[i].paths[k], R_OK))
				continue;
			tried++;
			a = new_attach(&h, true);
			assert_int_equal(attach_path(a, reals[i].paths[k]), 1);
			if (!strstr(h.known, reals[i].known) || strstr(h.sites, reals[i].absent) || h.missing[0])
				fail_msg("%s: %s; missing %s", reals[i].paths[k], h.known, h.missing);
			assert_int_equal(h.internal > 0, reals[i].internal);
			attach_free(a);
		}
	}
	if (!tried)
		skip();
}

enum { SCANS_MAX = 50 };

static void test_scan(void **state)
{
	struct heard h;
	struct attach *a = new_attach(&h, false);
	int n = attach_scan(a);

	(void)state;
	assert_true(n >= 1); /* this program at least */
	/* What others map meanwhile is new; at last there is nothing new. */
	for (unsigned i = 0; i < SCANS_MAX && n; i++)
		n = attach_scan(a);
	assert_int_equal(n, 0);
	attach_free(a);
}

/* A file that was mapped and is gone is told, once for all of its kind. */
static void test_vanished(void **state)
{
	const struct watch_mapping m = { .pid = 0x3fffffff, .ino = 12345, .path = SLICE_INIT("/no/such/library.so") };
	struct heard h;
	struct attach *a = new_attach(&h, false);

	(void)state;
	attach_mapping(a, &m);
	attach_mapping(a, &m);
	assert_int_equal(h.count[REC_COVERAGE], 0);
	attach_sweep(a, 1);
	assert_int_equal(h.count[REC_COVERAGE], 1);
	attach_sweep(a, 10000000000ull);
	assert_int_equal(h.count[REC_COVERAGE], 1);
	attach_free(a);
}

/* The rows themselves: what the probe reads is an argument, and a row that is hooked says what it means. */
static void test_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < client_families_len; i++) {
		const struct client_family *f = client_families[i];

		assert_in_range(f->nrows, 1, ROWS_MAX);
		for (size_t k = 0; k < f->nrows; k++) {
			const struct client_row *r = &f->rows[k];

			assert_in_range(r->op, OP_OUTER, OP_COUNT - 1);
			assert_true(row_args(r) < 1u << REC_ARGS);
			if (r->flags & ROW_MARKER)
				assert_true(strstr(r->symbol, f->marks[0]) || (f->marks[1] && strstr(r->symbol, f->marks[1])));
			for (size_t m = k + 1; m < f->nrows; m++)
				assert_string_not_equal(r->symbol, f->rows[m].symbol);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),  cmocka_unit_test(test_itself),   cmocka_unit_test(test_change),
		cmocka_unit_test(test_errors), cmocka_unit_test(test_bits32),   cmocka_unit_test(test_real),
		cmocka_unit_test(test_scan),   cmocka_unit_test(test_vanished),
	};

	PQexec(NULL, NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
