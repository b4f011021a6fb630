// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Hand-made records for the tests of what stands behind capture. */
#ifndef QPROV_TEST_RECORDS_H
#define QPROV_TEST_RECORDS_H

#include "base/buf.h"
#include "client.h"
#include "record.h"

#define TEST_BIAS 0x7f0000000000ull

struct test_call {
	uint32_t site;
	uint32_t tid;
	uint64_t ts_ns;
	uint64_t arg0;
	uint64_t from;    /* return address within the library; 0: the application */
	const char *text; /* NULL: the site has none */
	const char *name;
	uint64_t fields[REC_FIELDS];
	uint8_t field_ok;
	uint8_t status;    /* REC_TEXT_*; 0 with text: full */
	uint64_t frame;    /* depth of the stack: the smaller, the deeper; 0: unknown */
	size_t bytes;      /* of a text that is not a string; 0: up to its NUL */
	size_t name_bytes; /* the same of the name */
	uint64_t arg1, arg2, arg3, arg4, arg5;
	unsigned outer; /* 1 + the layers under way around it; 0: not known */
};

/* Each gives a record in static memory, valid until the next call of the same function. */
struct slice test_hello(void);
struct slice test_library(uint32_t id, const char *path, const char *family);
/* A site whose function begins at vaddr and is 0x100 long. */
struct slice test_site(uint32_t site, uint32_t library, enum client_op op, enum client_system system, const char *symbol, uint64_t vaddr);
/* The same with another encoding of its text. */
struct slice test_wide_site(uint32_t site, uint32_t library, enum client_op op, enum client_system system, const char *symbol,
			    uint64_t vaddr, enum rec_encoding encoding);
/* The extent [vaddr, vaddr + size); symbol NULL: internal. */
struct slice test_range(uint32_t library, const char *symbol, uint64_t vaddr, uint64_t size);
/* All code of the library's file. */
struct slice test_code(uint32_t library, uint64_t vaddr, uint64_t size);
struct slice test_call(const struct test_call *c);
/* A TCP connection from 127.0.0.1:50000 to 192.0.2.7:5432 with that backend, encrypted. */
struct slice test_conn(uint64_t ts_ns, uint64_t conn, uint64_t id, const char *database, const char *user);
struct slice test_exit(uint64_t ts_ns);
struct slice test_tick(uint64_t ts_ns);
struct slice test_exec(uint64_t ts_ns, const char *path, const char *args);

#endif
