// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * What is decoded of a connection from the libraries of this machine. With files as arguments: prints what is decoded in those, for a look
 * at the builds of other releases.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "attach/plan.h"
#include "attach/unnamed.h"
#include "base/buf.h"
#include "base/cleanup.h"

static const char *const item_names[CONN_ITEMS] = { "id", "socket", "tls", "database", "user", "host", "parameters", "file", "rows" };

/* The plan of the family in the file; false when there is none. */
static bool plan_of(const char *path, const char *family, struct plan *ret)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool found = false;
	struct elf e;

	if (fd < 0 || elf_open(&e, fd))
		return false;
	unnamed_sqlite(&e);
	for (size_t i = 0; i < client_families_len && !found; i++) {
		if (family && strcmp(client_families[i]->name, family))
			continue;
		found = plan_make(&e, client_families[i], false, ret) == 1;
		if (found)
			plan_done(ret);
	}
	elf_done(&e);
	return found;
}

static void print_items(const struct plan *p)
{
	const struct conn_spec *s = &p->conn;
	const struct value_layout *v = &p->value;

	for (unsigned i = 0; i < CONN_ITEMS; i++) {
		const struct conn_chain *c = &s->item[i];

		if (c->kind == CONN_NONE)
			continue;
		printf(" %s=", item_names[i]);
		for (unsigned k = 0; k < c->steps; k++) {
			if (k == c->index_at)
				printf("[*(%#x)*%d]", (unsigned)c->index_off, c->index_mult);
			printf("%s%#x", k ? "->" : "", (unsigned)c->off[k]);
		}
	}
	if (s->mem.stride)
		printf(" values=%#x count=%#x,%u stride=%u flags=%u z=%u n=%u", s->mem.array, s->mem.count, s->mem.count_size,
		       s->mem.stride, s->mem.flags, s->mem.z, s->mem.n);
	if (s->taken)
		printf(" taken=%#x", s->taken - 1);
	if (v->known)
		printf(" type=%d->%#x null=%#x number=%#x text=%#x->%#x", v->type_at, (unsigned)v->type, (unsigned)v->null,
		       (unsigned)v->number, (unsigned)v->text_at, (unsigned)v->text);
	printf("\n");
}

static const char *first(const char *const *paths, const char *family, struct plan *ret)
{
	for (; *paths; paths++)
		if (plan_of(*paths, family, ret))
			return *paths;
	return NULL;
}

#define DIRS(file) ((const char *const[]){ "/usr/lib/x86_64-linux-gnu/" file, "/usr/lib64/" file, "/usr/lib/" file, NULL })

static unsigned known(const struct conn_spec *s)
{
	unsigned bits = 0;

	for (unsigned i = 0; i < CONN_ITEMS; i++)
		bits |= (s->item[i].kind != CONN_NONE) << i;
	return bits;
}

static unsigned sites_with_conn(const struct plan *p)
{
	unsigned n = 0;

	for (size_t i = 0; i < p->nsites; i++)
		n += p->sites[i].conn;
	return n;
}

static void test_libpq(void **state)
{
	static struct plan p;

	(void)state;
	assert_non_null(first(DIRS("libpq.so.5"), "libpq", &p));
	assert_true(p.has_conn);
	print_items(&p);
	assert_int_equal(known(&p.conn), (1 << CONN_FILE) - 1);
	assert_int_equal(p.conn.item[CONN_HOST].steps, 2);
	assert_int_equal(p.conn.item[CONN_HOST].index_at, 1);
	/* The socket, the backend's number and the flag are different members. */
	assert_int_not_equal(p.conn.item[CONN_SOCKET].off[0], p.conn.item[CONN_ID].off[0]);
	assert_true(sites_with_conn(&p) >= 4);
	assert_int_not_equal(p.conn.errors, 0);
	assert_int_not_equal(p.conn.taken, 0);
	for (size_t i = 0; i < p.nsites; i++)
		if (p.sites[i].spec.flags & PROBE_TAKEN)
			assert_int_equal(p.sites[i].spec.taken, p.conn.taken - 1);
}

static void test_mysql(void **state)
{
	static struct plan p;

	(void)state;
	assert_non_null(first(DIRS("libmariadb.so.3"), "mysql", &p));
	print_items(&p);
	assert_int_equal(known(&p.conn), (1 << CONN_PARAMS) - 1);
	assert_true(sites_with_conn(&p) >= 5);
	for (size_t i = 0; i < p.nsites; i++) {
		if (!strcmp(p.sites[i].row->symbol, "mysql_stmt_execute")) {
			assert_true(p.sites[i].conn);
			assert_true(p.sites[i].spec.conn_off > 0);
		}
	}
}

static void test_sqlite(void **state)
{
	static struct plan p;

	(void)state;
	assert_non_null(first(DIRS("libsqlite3.so.0"), "sqlite", &p));
	print_items(&p);
	assert_int_equal(known(&p.conn), 1 << CONN_FILE);
	assert_int_equal(p.conn.item[CONN_FILE].steps, 5);
	assert_int_not_equal(p.conn.mem.stride, 0);
	if (first(((const char *const[]){ "/usr/lib/R/site-library/RSQLite/libs/RSQLite.so", NULL }), "sqlite", &p)) {
		print_items(&p);
		assert_int_not_equal(p.conn.mem.stride, 0);
	}
}

/* SQLite before 3.20 has fewer counters in a statement: what stands behind them is none. */
static void test_old_sqlite(void **state)
{
	static const char newest[] = "sqlite3_prepare_v3";
	static struct plan p;
	struct buf b;
	int fd = memfd_create("old", MFD_CLOEXEC);
	char path[32];

	(void)state;
	buf_init(&b, 64u << 20);
	for (const char *const *dir = DIRS("libsqlite3.so.0"); *dir && !b.len; dir++)
		if (buf_read_file(&b, AT_FDCWD, *dir))
			b.len = 0;
	assert_true(fd >= 0 && b.len);
	for (char *at = b.ptr; (at = memmem(at, b.len - (size_t)(at - b.ptr), newest, sizeof(newest))); at++)
		at[sizeof(newest) - 2] = 'X';
	assert_int_equal(write_all(fd, buf_slice(&b), NULL), 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	for (int old = 0; old < 2; old++) {
		bool found = false;

		if (old)
			assert_true(plan_of(path, "sqlite", &p));
		else
			assert_non_null(first(DIRS("libsqlite3.so.0"), "sqlite", &p));
		for (size_t i = 0; i < p.nsites; i++) {
			if (p.sites[i].row->op != OP_LITE_RESET)
				continue;
			assert_int_equal(p.sites[i].fields_known & 1, !old);
			found = true;
		}
		assert_true(found);
	}
	buf_done(&b);
	close(fd);
}

/* ---- the symbolic machine on hand-made code ---- */

static ssize_t code_read(void *ctx, uint64_t vaddr, void *buf, size_t n)
{
	const uint8_t *code = ctx;

	if (vaddr >= 64)
		return -1;
	if (n > 64 - vaddr)
		n = 64 - vaddr;
	memcpy(buf, code + vaddr, n);
	return (ssize_t)n;
}

static bool no_stub(void *ctx, uint64_t vaddr, uint64_t *ret)
{
	(void)ctx, (void)vaddr, (void)ret;
	return false;
}

struct sample {
	const char *name;
	uint8_t code[64];
	enum chain_form form;
	int steps; /* 0: not to be told */
	int32_t off[CONN_STEPS];
};

static const struct sample samples[] = {
	{ "one load", { 0x48, 0x8b, 0x47, 0x48, 0xc3 }, CHAIN_RETURN_64, 1, { 0x48 } },
	{ "two loads", { 0x48, 0x8b, 0x47, 0x48, 0x48, 0x8b, 0x40, 0x08, 0xc3 }, CHAIN_RETURN_64, 2, { 0x48, 8 } },
	{ "state compared, then the load",
	  { 0x8b, 0x47, 0x10, 0x85, 0xc0, 0x75, 0x04, 0x8b, 0x47, 0x20, 0xc3, 0xc3 },
	  CHAIN_RETURN_32,
	  1,
	  { 0x20 } },
	{ "second socket absent",
	  { 0x8b, 0x47, 0x10, 0x83, 0xf8, 0xff, 0x74, 0x01, 0xc3, 0x8b, 0x47, 0x20, 0xc3 },
	  CHAIN_RETURN_32,
	  1,
	  { 0x20 } },
	{ "a byte", { 0x0f, 0xb6, 0x47, 0x33, 0xc3 }, CHAIN_RETURN_8, 1, { 0x33 } },
	{ "a byte is no pointer", { 0x0f, 0xb6, 0x47, 0x33, 0xc3 }, CHAIN_RETURN_64, 0, { 0 } },
	{ "through a call",
	  { 0xe8, 0x04, 0, 0, 0, 0x48, 0x8b, 0x00, 0xc3, 0x48, 0x8b, 0x47, 0x18, 0xc3 },
	  CHAIN_RETURN_64,
	  2,
	  { 0x18, 0 } },
	{ "a call that cannot be followed",
	  { 0x55, 0x53, 0x48, 0x89, 0xfb, 0xe8, 0x00, 0x10, 0, 0, 0x48, 0x8b, 0x43, 0x18, 0x5b, 0x5d, 0xc3 },
	  CHAIN_RETURN_64,
	  1,
	  { 0x18 } },
	{ "what such a call returned is nothing", { 0xe8, 0x00, 0x10, 0, 0, 0xc3 }, CHAIN_RETURN_64, 0, { 0 } },
	{ "too deep",
	  { 0x48, 0x8b, 0x07, 0x48, 0x8b, 0x00, 0x48, 0x8b, 0x00, 0x48, 0x8b, 0x00, 0x48, 0x8b, 0x00, 0x48, 0x8b, 0x00, 0xc3 },
	  CHAIN_RETURN_64,
	  0,
	  { 0 } },
	{ "second pointer",
	  { 0x48, 0x8b, 0x3f, 0x48, 0x85, 0xff, 0x74, 0x01, 0x90, 0x48, 0x8b, 0x7f, 0x38, 0xc3 },
	  CHAIN_SECOND,
	  2,
	  { 0, 0x38 } },
	{ "no end", { 0xeb, 0xfe }, CHAIN_RETURN_64, 0, { 0 } },
	{ "calls itself", { 0xe8, 0xfb, 0xff, 0xff, 0xff, 0xc3 }, CHAIN_RETURN_64, 0, { 0 } },
	{ "negative", { 0x48, 0x8b, 0x47, 0xf8, 0xc3 }, CHAIN_RETURN_64, 0, { 0 } },
	{ "an address", { 0x48, 0x8d, 0x87, 0x9a, 0, 0, 0, 0xc3 }, CHAIN_ADDRESS, 1, { 0x9a } },
	{ "a switch of nobody knows what, both ways the same",
	  { 0x8b, 0x05, 0x00, 0x10, 0, 0, 0x85, 0xc0, 0x75, 0x01, 0x90, 0x48, 0x8b, 0x07, 0x8b, 0x80, 0xe0, 0, 0, 0, 0xc3 },
	  CHAIN_ROWS,
	  2,
	  { 0, 0xe0 } },
	{ "one way ends in no answer",
	  { 0x48, 0x8b, 0x07, 0x80, 0x78, 0x08, 0x01, 0x74, 0x05, 0x48, 0x8b, 0x40, 0x28, 0xc3, 0x31, 0xc0, 0xc3 },
	  CHAIN_ROWS,
	  2,
	  { 0, 0x28 } },
	{ "two ways, two answers",
	  { 0x48, 0x8b, 0x07, 0x80, 0x78, 0x08, 0x01, 0x74, 0x05, 0x48, 0x8b, 0x40, 0x28, 0xc3, 0x90, 0x48, 0x8b, 0x40, 0x30, 0xc3 },
	  CHAIN_ROWS,
	  0,
	  { 0 } },
	{ "the switch is no way for others",
	  { 0x8b, 0x05, 0x00, 0x10, 0, 0, 0x85, 0xc0, 0x75, 0x01, 0x90, 0x48, 0x8b, 0x07, 0xc3 },
	  CHAIN_RETURN_64,
	  0,
	  { 0 } },
	{ "stored through the second argument", { 0x48, 0x8b, 0x87, 0x98, 0, 0, 0, 0x48, 0x89, 0x06, 0xc3 }, CHAIN_ROWS_OUT, 1, { 0x98 } },
	{ "stored somewhere else", { 0x48, 0x8b, 0x87, 0x98, 0, 0, 0, 0x48, 0x89, 0x46, 0x08, 0xc3 }, CHAIN_ROWS_OUT, 0, { 0 } },
	{ "for ever both ways", { 0x8b, 0x05, 0x00, 0x10, 0, 0, 0x85, 0xc0, 0x75, 0xf6, 0xeb, 0xf4 }, CHAIN_ROWS, 0, { 0 } },
	{ "copied into what stands behind it",
	  { 0x83, 0x7f, 0x10, 0x05, 0x77, 0x0a, 0x8b, 0x87, 0x44, 3, 0, 0, 0x89, 0x87, 0x48, 3, 0, 0, 0xc3 },
	  CHAIN_COPIED,
	  1,
	  { 0x344 } },
	{ "copied somewhere else", { 0x8b, 0x47, 0x44, 0x89, 0x47, 0x4c, 0xc3 }, CHAIN_COPIED, 0, { 0 } },
	{ "two ways that copy different things",
	  { 0x83, 0x7f, 0x10, 0x05, 0x77, 0x07, 0x8b, 0x47, 0x44, 0x89, 0x47, 0x48, 0xc3, 0x8b, 0x47, 0x54, 0x89, 0x47, 0x58, 0xc3 },
	  CHAIN_COPIED,
	  0,
	  { 0 } },
	{ "a frame, left, and the return",
	  { 0x55, 0x48, 0x89, 0xe5, 0x57, 0x31, 0xff, 0x48, 0xb8, 1,    2,    3,    4,   5,
	    6,    7,    8,    0x48, 0x8b, 0x7d, 0xf8, 0xc9, 0x48, 0x8b, 0x47, 0x48, 0xc3 },
	  CHAIN_RETURN_64,
	  1,
	  { 0x48 } },
	{ "what it points to is nothing of the file",
	  { 0x48, 0x8b, 0x47, 0x20, 0x48, 0x8d, 0x0d, 0, 0x10, 0,    0,    0x48, 0x39, 0x08,
	    0x74, 0x08, 0x48, 0x8b, 0x80, 0xd8, 0,    0, 0,    0xc3, 0x31, 0xc0, 0xc3 },
	  CHAIN_RETURN_64,
	  2,
	  { 0x20, 0xd8 } },
	{ "nor is an address of the file told", { 0x48, 0x8d, 0x05, 0, 0x10, 0, 0, 0xc3 }, CHAIN_RETURN_64, 0, { 0 } },
	{ "a list that is none", { 0x48, 0x8b, 0x47, 0x48, 0xc3 }, CHAIN_LIST, 0, { 0 } },
	{ "the first byte, then somewhere else", { 0x0f, 0xb6, 0x7f, 0x05, 0xe9, 0x00, 0x10, 0, 0 }, CHAIN_FIRST_8, 1, { 5 } },
	{ "a pointer away",
	  { 0x48, 0x85, 0xff, 0x74, 0x0b, 0x48, 0x8b, 0x07, 0x0f, 0xb6, 0x78, 0x09, 0xe9, 0x00, 0x10, 0, 0, 0xc3 },
	  CHAIN_FIRST_8,
	  2,
	  { 0, 9 } },
	{ "no byte", { 0x48, 0x8b, 0x07, 0xc3 }, CHAIN_FIRST_8, 0, { 0 } },
	{ "an address in what it holds, the stack being guarded",
	  { 0x48, 0x83, 0xec, 0x18, 0x64, 0x48, 0x8b, 0x04, 0x25, 0x28, 0,    0,    0,    0x48, 0x89, 0x44, 0x24, 0x08,
	    0x80, 0x7f, 0x08, 0,    0x75, 0x1e, 0x48, 0x8b, 0x47, 0x20, 0x48, 0x83, 0xc0, 0x10, 0x48, 0x8b, 0x54, 0x24,
	    0x08, 0x64, 0x48, 0x2b, 0x14, 0x25, 0x28, 0,    0,    0,    0x75, 0x05, 0x48, 0x83, 0xc4, 0x18, 0xc3, 0xcc },
	  CHAIN_INSIDE,
	  2,
	  { 0x20, 0x10 } },
	{ "an address in the argument itself", { 0x48, 0x8d, 0x47, 0x10, 0xc3 }, CHAIN_INSIDE, 0, { 0 } },
};

static void test_samples(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		const struct sample *s = &samples[i];
		struct chain_code code = { .read = code_read, .stub = no_stub, .ctx = (void *)s->code };
		struct conn_chain c = { .kind = CONN_STRING };
		int err = chain_decode(&code, 0, s->form, &c);

		if ((err ? 0 : c.steps) != s->steps)
			fail_msg("%s: %d steps, not %d", s->name, err ? 0 : c.steps, s->steps);
		for (int k = 0; k < s->steps; k++)
			if (c.off[k] != s->off[k])
				fail_msg("%s: step %d at %#x", s->name, k, (unsigned)c.off[k]);
	}
}

/* FreeTDS: its libraries count the rows themselves; DB-Library knows its socket and its database. */
static void test_freetds(void **state)
{
	static struct plan p;

	(void)state;
	assert_non_null(first(DIRS("libsybdb.so.5"), "dblib", &p));
	print_items(&p);
	assert_int_equal(known(&p.conn), 1 << CONN_ID | 1 << CONN_SOCKET | 1 << CONN_DATABASE | 1 << CONN_ROWS);
	assert_int_equal(p.conn.item[CONN_SOCKET].steps, 3);
	assert_non_null(first(DIRS("libct.so.4"), "ctlib", &p));
	print_items(&p);
	assert_int_equal(known(&p.conn), 1 << CONN_ROWS);
	assert_int_equal(p.conn.item[CONN_ROWS].steps, 3);
	assert_non_null(first(DIRS("odbc/libtdsodbc.so"), "odbc", &p));
	print_items(&p);
	assert_int_equal(known(&p.conn), 1 << CONN_ROWS);
	/* The manager calls the driver's function: it has no counter of its own. */
	assert_non_null(first(DIRS("libodbc.so.2"), "odbc", &p));
	assert_int_equal(known(&p.conn), 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_old_sqlite), cmocka_unit_test(test_samples), cmocka_unit_test(test_libpq),
		cmocka_unit_test(test_mysql),      cmocka_unit_test(test_sqlite),  cmocka_unit_test(test_freetds),
	};

	for (int i = 1; i < argc; i++) {
		static struct plan p;

		if (plan_of(argv[i], NULL, &p)) {
			printf("%s:", argv[i]);
			print_items(&p);
		}
	}
	return argc > 1 ? 0 : cmocka_run_group_tests(tests, NULL, NULL);
}
