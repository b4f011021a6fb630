// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Included by the tests that need it: a test is one file and one program. */
#include "records.h"

#include <string.h>

#include "decode/encode.h"

static uint64_t test_site_vaddr[PROBE_SITES_MAX];

static struct rec_task test_task(uint32_t tid)
{
	return (struct rec_task){ .pid = 100,
				  .tid = tid ? tid : 100,
				  .start_ns = 5,
				  .ppid = 1,
				  .uid = 1001,
				  .gid = 1001,
				  .euid = 1001,
				  .loginuid = 1001,
				  .sessionid = 7,
				  .comm = "psql" };
}

static struct slice encoded(struct buf *b, const void *fixed, const struct slice *str, unsigned n)
{
	if (!b->max)
		buf_init(b, 1 << 20);
	return encode_record(b, fixed, str, n) ? SLICE_NONE : buf_slice(b);
}

struct slice test_hello(void)
{
	static struct buf b;
	struct rec_hello r = { .hdr = { .type = REC_HELLO, .ts_ns = 1 }, .wall_offset_ns = 1700000000000000000ull, .abi = REC_ABI };
	struct slice s[6] = { SLICE("host"), SLICE("machine"), SLICE("boot"), SLICE("agent"), SLICE("0.1"), SLICE("6.1") };

	return encoded(&b, &r, s, 6);
}

struct slice test_library(uint32_t id, const char *path, const char *family)
{
	static struct buf b;
	struct rec_library r = { .hdr = { .type = REC_LIBRARY }, .library = id };
	struct slice s[3] = { slice_cstr(path), SLICE(""), slice_cstr(family) };

	return encoded(&b, &r, s, 3);
}

struct slice test_site(uint32_t site, uint32_t library, enum client_op op, enum client_system system, const char *symbol, uint64_t vaddr)
{
	static struct buf b;
	struct rec_site r = { .hdr = { .type = REC_SITE },
			      .site = site,
			      .library = library,
			      .vaddr = vaddr,
			      .func_vaddr = vaddr,
			      .func_size = 0x100,
			      .op = (uint16_t)op,
			      .system = (uint16_t)system,
			      .fields_known = 0xf };
	struct slice s = slice_cstr(symbol);

	test_site_vaddr[site] = vaddr;
	return encoded(&b, &r, &s, 1);
}

struct slice test_wide_site(uint32_t site, uint32_t library, enum client_op op, enum client_system system, const char *symbol,
			    uint64_t vaddr, enum rec_encoding encoding)
{
	struct slice raw = test_site(site, library, op, system, symbol, vaddr);

	((struct rec_site *)(void *)(uintptr_t)raw.ptr)->encoding = (uint8_t)encoding;
	return raw;
}

struct slice test_range(uint32_t library, const char *symbol, uint64_t vaddr, uint64_t size)
{
	static struct buf b;
	struct rec_range r = {
		.hdr = { .type = REC_RANGE, .flags = symbol ? 0 : REC_RANGE_INTERNAL }, .library = library, .vaddr = vaddr, .size = size
	};
	struct slice s = symbol ? slice_cstr(symbol) : SLICE("");

	return encoded(&b, &r, &s, 1);
}

struct slice test_code(uint32_t library, uint64_t vaddr, uint64_t size)
{
	static struct buf b;
	struct rec_range r = { .hdr = { .type = REC_RANGE, .flags = REC_RANGE_CODE }, .library = library, .vaddr = vaddr, .size = size };
	struct slice s = SLICE("");

	return encoded(&b, &r, &s, 1);
}

struct slice test_call(const struct test_call *c)
{
	static _Alignas(8) char out[sizeof(struct rec_call) + REC_TEXT_MAX];
	struct rec_call *r = (struct rec_call *)(void *)out;
	size_t len = c->bytes ? c->bytes : c->text ? strlen(c->text) : 0;

	memset(out, 0, sizeof(out));
	r->hdr = (struct rec_hdr){ .type = REC_CALL, .ts_ns = c->ts_ns, .size = (uint32_t)((sizeof(*r) + len + 7) & ~7ul) };
	r->task = test_task(c->tid);
	r->site = c->site;
	r->ip = TEST_BIAS + test_site_vaddr[c->site];
	r->ret_addr = c->from ? TEST_BIAS + c->from : 0x400123;
	r->args[0] = c->arg0;
	r->args[1] = c->arg1;
	r->args[2] = c->arg2;
	r->args[3] = c->arg3;
	r->args[5] = c->arg5;
	r->args[4] = c->arg4;
	r->hdr.flags = (uint16_t)(c->outer << REC_CALL_OUTER_SHIFT);
	for (unsigned i = 0; i < sizeof(r->frame); i++)
		r->frame[i] = (uint8_t)(c->frame >> (8 * i));
	memcpy(r->fields, c->fields, sizeof(r->fields));
	r->field_ok = c->field_ok;
	r->text_status = c->status ? c->status : c->text ? REC_TEXT_FULL : REC_TEXT_NONE;
	r->text_len = r->cap_len = (uint32_t)len;
	if (c->name) {
		r->name_len = (uint8_t)(c->name_bytes ? c->name_bytes : strlen(c->name));
		memcpy(r->name, c->name, r->name_len);
	}
	if (len)
		memcpy(r->text, c->text, len);
	return slice_mem(out, r->hdr.size);
}

struct slice test_conn(uint64_t ts_ns, uint64_t conn, uint64_t id, const char *database, const char *user)
{
	static struct rec_conn r;

	r = (struct rec_conn){ .hdr = { .type = REC_CONN, .ts_ns = ts_ns, .size = sizeof(r) },
			       .task = test_task(0),
			       .conn = conn,
			       .id = id,
			       .family = 2,
			       .tls = REC_TLS_YES,
			       .local_port = 50000,
			       .remote_port = 5432,
			       .local = { 127, 0, 0, 1 },
			       .remote = { 192, 0, 2, 7 },
			       .host = "db7",
			       .application = "psql" };
	strncpy(r.database, database, sizeof(r.database) - 1);
	strncpy(r.user, user, sizeof(r.user) - 1);
	return slice_mem(&r, sizeof(r));
}

struct slice test_exit(uint64_t ts_ns)
{
	static struct rec_exit r;

	r = (struct rec_exit){ .hdr = { .type = REC_EXIT, .ts_ns = ts_ns, .size = sizeof(r) }, .task = test_task(0) };
	return slice_mem(&r, sizeof(r));
}

struct slice test_tick(uint64_t ts_ns)
{
	static struct rec_tick r;

	r = (struct rec_tick){ .hdr = { .type = REC_TICK, .ts_ns = ts_ns, .size = sizeof(r) }, .wall_offset_ns = 1700000000000000000ull };
	return slice_mem(&r, sizeof(r));
}

struct slice test_exec(uint64_t ts_ns, const char *path, const char *args)
{
	static struct buf b;
	struct rec_exec r = { .hdr = { .type = REC_EXEC, .ts_ns = ts_ns }, .task = test_task(0) };
	struct slice s[3] = { slice_cstr(path), SLICE("/home/alice"), slice_mem(args, strlen(args) + 1) };

	return encoded(&b, &r, s, 3);
}
