// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* SQLite's functions in a file that does not name them: the system's library with its names changed, whole, cut, and full of lies. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3ext.h>

#include "attach/plan.h"
#include "attach/unnamed.h"
#include "attach/unwind.h"
#include "base/buf.h"
#include "base/cleanup.h"

#define LIES 400

#define PLACE(name)                                                                                                                        \
	{                                                                                                                                  \
		"sqlite3_" #name, offsetof(struct sqlite3_api_routines, name) / sizeof(void (*)(void))                                     \
	}

static const struct {
	const char *name;
	size_t index;
} places[] = {
	PLACE(close),         PLACE(data_count),       PLACE(db_handle),   PLACE(errmsg),       PLACE(exec),         PLACE(finalize),
	PLACE(get_table),     PLACE(prepare),          PLACE(prepare16),   PLACE(reset),        PLACE(step),         PLACE(value_blob),
	PLACE(value_int64),   PLACE(prepare_v2),       PLACE(sql),         PLACE(prepare16_v2), PLACE(blob_open),    PLACE(backup_init),
	PLACE(close_v2),      PLACE(stmt_status),      PLACE(db_filename), PLACE(prepare_v3),   PLACE(prepare16_v3), PLACE(clear_bindings),
	PLACE(create_module), PLACE(create_module_v2), PLACE(open),
#if SQLITE_VERSION_NUMBER >= 3039000
	PLACE(deserialize),   PLACE(serialize),
#endif
};

/* The order of the table is the one of SQLite's own header. */
static void test_places(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		size_t k = 0;

		while (k < unnamed_functions_len && strcmp(unnamed_functions[k].name, places[i].name))
			k++;
		if (k == unnamed_functions_len)
			fail_msg("%s is not looked for", places[i].name);
		assert_int_equal(unnamed_functions[k].index, places[i].index);
	}
#if SQLITE_VERSION_NUMBER >= 3039000
	assert_int_equal(unnamed_functions_len, ARRAY_SIZE(places));
#endif
}

static const char *const paths[] = { "/usr/lib/x86_64-linux-gnu/libsqlite3.so.0", "/usr/lib64/libsqlite3.so.0",
				     "/usr/lib/libsqlite3.so.0" };

struct copy {
	struct buf bytes; /* with other names */
	int named, fd;
};

static int load(void **state)
{
	static struct copy c;

	buf_init(&c.bytes, 64u << 20);
	c.named = -1;
	for (size_t i = 0; i < ARRAY_SIZE(paths) && c.named < 0; i++)
		c.named = open(paths[i], O_RDONLY | O_CLOEXEC);
	c.fd = memfd_create("renamed", MFD_CLOEXEC);
	*state = &c;
	if (c.named < 0)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(paths) && !c.bytes.len; i++)
		if (buf_read_file(&c.bytes, AT_FDCWD, paths[i]))
			c.bytes.len = 0;
	for (char *p = c.bytes.ptr; (p = memmem(p, c.bytes.len - (size_t)(p - c.bytes.ptr), "sqlite3", 7)); p += 7)
		p[2] = 'y';
	return c.fd < 0 || write_all(c.fd, buf_slice(&c.bytes), NULL);
}

static int unload(void **state)
{
	struct copy *c = *state;

	close(c->named);
	close(c->fd);
	buf_done(&c->bytes);
	return 0;
}

struct sought {
	const char *name;
	struct elf_symbol found;
};

static bool seek(void *ctx, const struct elf_symbol *s)
{
	struct sought *k = ctx;

	if (strcmp(s->name, k->name))
		return true;
	k->found = *s;
	return false;
}

/* The same functions at the same places as by their names. */
static void test_renamed(void **state)
{
	struct copy *c = *state;
	struct elf named, renamed;

	if (c->named < 0)
		skip();
	assert_int_equal(elf_open(&named, c->named), 0);
	assert_int_equal(unnamed_sqlite(&named), 0); /* they have names */
	assert_int_equal(elf_open(&renamed, c->fd), 0);
	assert_int_equal(unnamed_sqlite(&renamed), 1);
	for (size_t i = 0; i < unnamed_functions_len; i++) {
		struct sought a = { .name = unnamed_functions[i].name }, b = a;

		elf_each_function(&named, seek, &a);
		elf_each_function(&renamed, seek, &b);
		if (!a.found.vaddr || a.found.vaddr != b.found.vaddr || a.found.size != b.found.size)
			fail_msg("%s: at %#lx, %lu bytes; found at %#lx, %lu bytes", a.name, a.found.vaddr, a.found.size, b.found.vaddr,
				 b.found.size);
	}
	elf_done(&named);
	elf_done(&renamed);
}

static const struct client_family *sqlite_family(void)
{
	for (size_t i = 0; i < client_families_len; i++)
		if (!strcmp(client_families[i]->name, "sqlite"))
			return client_families[i];
	fail();
	return NULL;
}

/* All that is hooked in the named one is hooked in the other, in the same way, and SQLite's calls to itself are told apart. */
static void test_plan(void **state)
{
	struct copy *c = *state;
	struct elf named, renamed;
	size_t internal = 0;
	struct plan a, b;

	if (c->named < 0)
		skip();
	assert_int_equal(elf_open(&named, c->named), 0);
	assert_int_equal(elf_open(&renamed, c->fd), 0);
	assert_int_equal(unnamed_sqlite(&renamed), 1);
	assert_int_equal(plan_make(&named, sqlite_family(), true, &a), 1);
	assert_int_equal(plan_make(&renamed, sqlite_family(), true, &b), 1);
	assert_string_equal(b.missing, "");
	assert_true(plan_fingerprint(&a) == plan_fingerprint(&b));
	for (size_t i = 0; i < b.nranges; i++)
		internal += b.ranges[i].internal;
	assert_in_range(internal, 50, 500); /* the reader of the schema, ALTER TABLE, VACUUM, full text search, ... */
	plan_done(&a);
	plan_done(&b);
	elf_done(&named);
	elf_done(&renamed);
}

static void survive(int fd)
{
	struct elf e;
	struct plan p;

	if (elf_open(&e, fd))
		return;
	unnamed_sqlite(&e);
	if (plan_make(&e, sqlite_family(), true, &p) == 1) {
		for (size_t i = 0; i < p.nsites; i++)
			assert_true(p.sites[i].offset < e.size);
		plan_done(&p);
	}
	elf_done(&e);
}

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

/* Words all over the file are others: relocations, the table, the unwinder's entries, code. */
static void test_lies(void **state)
{
	static const uint32_t values[] = { 0, 1, 4, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffff0 };
	struct copy *c = *state;
	uint32_t seed = 1;

	if (c->named < 0)
		skip();
	for (size_t i = 0; i < LIES; i++) {
		size_t at = next_random(&seed) % (c->bytes.len / 4 - 64) * 4, n = 1 + next_random(&seed) % 64;

		for (size_t k = 0; k < n; k++) {
			uint32_t v = i % 3 ? values[(i + k) % ARRAY_SIZE(values)] : next_random(&seed);

			assert_int_equal(pwrite(c->fd, &v, sizeof(v), (off_t)(at + k * 4)), sizeof(v));
		}
		if (i % 8 == 0)
			survive(c->fd);
	}
	for (size_t n = c->bytes.len; n > 4096; n -= n / 8) {
		assert_int_equal(ftruncate(c->fd, (off_t)n), 0);
		survive(c->fd);
	}
	assert_int_equal(lseek(c->fd, 0, SEEK_SET), 0);
	assert_int_equal(write_all(c->fd, buf_slice(&c->bytes), NULL), 0);
}

/* The unwinder's entries, at any length and with any byte changed. */
static void test_unwind(void **state)
{
	static const uint8_t table[] = {
		20, 0, 0, 0, 0,  0, 0, 0, 1,    'z', 'R', 0, 1,    0x78, 16, 1, 0x1b, 12, 7, 8, 144, 1, 0, 0, /* a common entry */
		20, 0, 0, 0, 28, 0, 0, 0, 0x40, 0,   0,   0, 0x30, 0,    0,  0, 0,    0,  0, 0, 0,   0, 0, 0, /* 0x1060 to 0x1090 */
		20, 0, 0, 0, 52, 0, 0, 0, 0x00, 1,   0,   0, 0x08, 0,    0,  0, 0,    0,  0, 0, 0,   0, 0, 0, /* 0x1138 to 0x1140 */
		0,  0, 0, 0,
	};
	struct extent *x;
	uint32_t seed = 7;
	size_t n;

	(void)state;
	assert_int_equal(unwind_functions(table, sizeof(table), 0x1000, &x, &n), 0);
	assert_int_equal(n, 2);
	assert_int_equal(x[0].begin, 0x1060);
	assert_int_equal(x[0].size, 0x30);
	assert_non_null(extent_at(x, n, 0x1138));
	assert_null(extent_at(x, n, 0x1061));
	free(x);
	for (size_t i = 0; i < 20000; i++) {
		size_t len = next_random(&seed) % (sizeof(table) + 1);
		uint8_t *copy = malloc(len + 1); /* of that very length: a byte too far is found */

		assert_non_null(copy);
		memcpy(copy, table, len);
		for (size_t k = next_random(&seed) % 4; len && k; k--)
			copy[next_random(&seed) % len] = (uint8_t)next_random(&seed);
		copy = realloc(copy, len ? len : 1);
		assert_int_equal(unwind_functions(copy, len, 0x1000, &x, &n), 0);
		free(x);
		free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places), cmocka_unit_test(test_renamed), cmocka_unit_test(test_plan),
		cmocka_unit_test(test_unwind), cmocka_unit_test(test_lies),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
