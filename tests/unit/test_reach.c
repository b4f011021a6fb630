// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* What belongs to SQLite in a file without symbols: by calls, and by the tables of modules; and what looks like one and is the host's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "attach/reach.h"
#include "base/cleanup.h"

#define CODE 0x1000 /* where the first function begins; each has STEP bytes */
#define STEP 0x40
#define DATA 0x9000
#define FUNCTIONS 64

enum {
	OPEN,         /* a function of the table, names INITS */
	MAKER,        /* sqlite3_create_module_v2: only jumps */
	CREATE,       /* to here */
	INIT,         /* registers MODULE */
	OTHER_INIT,   /* registers others, which are none */
	NO_INIT,      /* in the same table, registers nothing */
	HOST,         /* nobody calls it */
	HOST_INIT,    /* behind the table's end */
	CALLED,       /* by a method */
	PREPARE,      /* is asked for */
	METHODS = 16, /* of MODULE; more of other modules behind */
	HOSTS = 40,
};

enum { INITS = 0x100, MODULE = 0x200, TOO_NEW = 0x300, NO_FILTER = 0x400, NO_POINTER = 0x500, UNREGISTERED = 0x600, DATA_BYTES = 0x800 };

static struct {
	uint8_t code[FUNCTIONS * STEP], data[DATA_BYTES];
	size_t used[FUNCTIONS];
	struct extent x[FUNCTIONS];
	uint8_t flags[FUNCTIONS];
} file;

static uint64_t at(unsigned function)
{
	return CODE + function * STEP;
}

static void put(unsigned function, const void *bytes, size_t n)
{
	memcpy(file.code + function * STEP + file.used[function], bytes, n);
	file.used[function] += n;
}

static void branch(unsigned from, uint8_t opcode, unsigned to)
{
	int32_t v = (int32_t)(at(to) - (at(from) + file.used[from] + 5));

	put(from, &opcode, 1);
	put(from, &v, 4);
}

/* lea rdx, [rip + ...], or mov edx, ... */
static void name(unsigned from, uint64_t place, bool absolute)
{
	int32_t v = (int32_t)(DATA + place - (absolute ? 0 : at(from) + file.used[from] + 7));

	put(from, absolute ? "\xba" : "\x48\x8d\x15", absolute ? 1 : 3);
	put(from, &v, 4);
}

static void word(uint64_t place, uint64_t v)
{
	memcpy(file.data + place, &v, 8);
}

static void module(uint64_t place, uint32_t version, unsigned n, unsigned first)
{
	word(place, version);
	for (unsigned i = 0; i < n; i++)
		word(place + 8 + 8 * i, i % 5 ? at(first + i % 3) : 0); /* xCreate, xOpen, xColumn, ... may not all be NULL */
}

static const uint8_t *code_of(const void *ctx, const struct extent *f)
{
	(void)ctx;
	return file.code + (f->begin - CODE);
}

static uint64_t no_stub(const void *ctx, uint64_t vaddr)
{
	(void)ctx, (void)vaddr;
	return 0;
}

static const uint8_t *data_of(const void *ctx, uint64_t vaddr, size_t *ret_left)
{
	(void)ctx;
	if (vaddr < DATA || vaddr >= DATA + DATA_BYTES)
		return NULL;
	*ret_left = DATA + DATA_BYTES - (size_t)vaddr;
	return file.data + (vaddr - DATA);
}

static void follow(bool with_makers)
{
	const uint64_t makers[] = { at(MAKER) }, begin[] = { at(OPEN), at(PREPARE) }, called[] = { 0, at(PREPARE) };
	const struct reach r = { .functions = file.x,
				 .nfunctions = FUNCTIONS,
				 .code = code_of,
				 .stub = no_stub,
				 .data = data_of,
				 .makers = makers,
				 .nmakers = with_makers };

	memset(file.flags, 0, sizeof(file.flags));
	assert_int_equal(reach_from(&r, begin, called, 2, file.flags), 0);
}

static void build(bool absolute)
{
	memset(&file, 0, sizeof(file));
	memset(file.code, 0x90, sizeof(file.code));
	for (unsigned i = 0; i < FUNCTIONS; i++)
		file.x[i] = (struct extent){ at(i), STEP };
	file.x[MAKER].size = 8;
	name(OPEN, INITS - 8, absolute); /* the place before the table */
	word(INITS - 8, 7);
	word(INITS, at(INIT));
	word(INITS + 8, at(NO_INIT));
	word(INITS + 16, at(OTHER_INIT));
	word(INITS + 24, 0);
	word(INITS + 32, at(HOST_INIT));
	branch(MAKER, 0xe9, CREATE);
	name(INIT, MODULE, absolute);
	branch(INIT, 0xe8, CREATE); /* the compiler left out the jump between */
	module(MODULE, 2, 22, METHODS);
	branch(METHODS, 0xe8, CALLED);
	branch(METHODS, 0xe8, PREPARE);
	name(OTHER_INIT, TOO_NEW, absolute);
	name(OTHER_INIT, NO_FILTER, absolute);
	name(OTHER_INIT, NO_POINTER, absolute);
	branch(OTHER_INIT, 0xe8, MAKER);
	module(TOO_NEW, 5, 24, HOSTS);
	module(NO_FILTER, 1, 19, HOSTS + 4);
	word(NO_FILTER + 8 + 8 * 7, 0);
	module(NO_POINTER, 3, 23, HOSTS + 8);
	word(NO_POINTER + 8 + 8 * 22, at(HOST) + 1);
	name(NO_INIT, UNREGISTERED, absolute);
	module(UNREGISTERED, 1, 19, HOSTS + 12);
	branch(HOST_INIT, 0xe8, MAKER);
	branch(HOST, 0xe8, PREPARE);
}

static void test_modules(void **state)
{
	(void)state;
	for (int absolute = 0; absolute < 2; absolute++) {
		build(absolute);
		/* In a module of this form the fifth, tenth, ... pointer is NULL; these three may not be. */
		word(MODULE + 8 + 8 * 5, at(METHODS));
		word(MODULE + 8 + 8 * 10, at(METHODS));
		word(NO_FILTER + 8 + 8 * 5, at(HOSTS + 4));
		word(NO_FILTER + 8 + 8 * 10, at(HOSTS + 4));
		word(NO_POINTER + 8 + 8 * 5, at(HOSTS + 8));
		word(NO_POINTER + 8 + 8 * 10, at(HOSTS + 8));
		word(TOO_NEW + 8 + 8 * 5, at(HOSTS));
		word(TOO_NEW + 8 + 8 * 10, at(HOSTS));
		follow(true);
		for (unsigned i = 0; i < FUNCTIONS; i++) {
			bool own = i <= PREPARE && i != NO_INIT && i != HOST && i != HOST_INIT && i != MAKER;

			own |= i == MAKER || (i >= METHODS && i < METHODS + 3);
			if (!(file.flags[i] & REACH_REACHED) != !own)
				fail_msg("function %u is %sreached", i, own ? "not " : "");
		}
		assert_true(file.flags[METHODS] & REACH_CALLS);
		follow(false);
		assert_false(file.flags[INIT] & REACH_REACHED);
	}
}

/* One that lacks what each module has, at whichever place. */
static void test_incomplete(void **state)
{
	static const unsigned needed[] = { 1, 2, 3, 5, 6, 7, 8, 9, 10, 11 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(needed); i++) {
		build(false);
		word(MODULE + 8 + 8 * 5, at(METHODS));
		word(MODULE + 8 + 8 * 10, at(METHODS));
		word(MODULE + 8 + 8 * needed[i], 0);
		follow(true);
		assert_false(file.flags[METHODS] & REACH_REACHED);
	}
}

/* What ends in a jump returns to whoever called it: that one asks, then. */
static void test_jumps(void **state)
{
	enum { CALLER = 50, JUMPS, JUMPS_ON };

	(void)state;
	build(false);
	branch(OPEN, 0xe8, CALLER);
	branch(CALLER, 0xe8, JUMPS);
	branch(JUMPS, 0xe9, JUMPS_ON);
	branch(JUMPS_ON, 0xe9, PREPARE);
	follow(true);
	for (unsigned i = CALLER; i <= JUMPS_ON; i++)
		assert_true(file.flags[i] & REACH_CALLS);
	assert_false(file.flags[OPEN] & REACH_CALLS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_modules),
		cmocka_unit_test(test_incomplete),
		cmocka_unit_test(test_jumps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
