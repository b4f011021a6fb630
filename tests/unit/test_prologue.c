// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* The instruction reader: where probes go, by the form of a function's first instructions, and what accessors give away. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "attach/accessor.h"
#include "attach/prologue.h"
#include "attach/x86.h"
#include "base/cleanup.h"

#define A(...) { __VA_ARGS__ }, sizeof((uint8_t[])A_(__VA_ARGS__))
#define A_(...)                                                                                                                            \
	{                                                                                                                                  \
		__VA_ARGS__                                                                                                                \
	}

struct choice {
	const char *name;
	uint8_t code[48];
	size_t n;
	unsigned args;
	unsigned offset;
	int sp_delta;
	bool cheap;
	const char *insn;
};

static const struct choice choices[] = {
	{ "push rbp", A(0x55, 0x48, 0x89, 0xe5), 3, 0, 0, true, "push" },
	{ "push r12", A(0x41, 0x54, 0x55), 3, 0, 0, true, "push" },
	{ "push with another prefix is stepped", A(0x40, 0x55, 0x55, 0xc3), 3, 2, 8, true, "push" },
	{ "nop", A(0x90, 0xc3), 3, 0, 0, true, "nop" },
	{ "66 nop", A(0x66, 0x90, 0xc3), 3, 0, 0, true, "nop" },
	{ "pause is no nop", A(0xf3, 0x90, 0x55), 3, 0, 0, false, "other" },
	{ "long nop is passed over", A(0x0f, 0x1f, 0x44, 0, 0, 0x55), 3, 5, 0, true, "push" },
	{ "endbr64, push", A(0xf3, 0x0f, 0x1e, 0xfa, 0x55), 3, 4, 0, true, "push" },
	{ "endbr64 alone", A(0xf3, 0x0f, 0x1e, 0xfa, 0xc3), 3, 0, 0, false, "endbr64" },
	{ "mov $1,%edx; jmp, edx not read", A(0xba, 1, 0, 0, 0, 0xe9, 0xa6, 0xeb, 0xff, 0xff), 3, 5, 0, true, "jmp" },
	{ "mov $1,%edx; jmp, edx read", A(0xba, 1, 0, 0, 0, 0xe9, 0xa6, 0xeb, 0xff, 0xff), 7, 0, 0, false, "mov" },
	{ "mov %rsi,%rdx; push, rdx read", A(0x48, 0x89, 0xf2, 0x55), 7, 0, 0, false, "mov" },
	{ "sub $16,%rsp; mov %rcx,%r9; mov $128,%ecx; push %r8",
	  A(0x48, 0x83, 0xec, 0x10, 0x49, 0x89, 0xc9, 0xb9, 0x80, 0, 0, 0, 0x41, 0x50, 0x45), 7, 12, 16, true, "push" },
	{ "sub $0x100,%rsp; push", A(0x48, 0x81, 0xec, 0, 1, 0, 0, 0x53), 3, 7, 256, true, "push" },
	{ "sub of a register from rsp", A(0x48, 0x29, 0xc4, 0x53), 3, 0, 0, false, "sub" },
	{ "and $-16,%rsp; push", A(0x48, 0x83, 0xe4, 0xf0, 0x53), 3, 0, 0, false, "other" },
	{ "test %rdi,%rdi; je", A(0x48, 0x85, 0xff, 0x74, 0x5b, 0x55), 1, 3, 0, true, "jcc" },
	{ "test; je rel32", A(0x48, 0x85, 0xff, 0x0f, 0x84, 0x87, 0, 0, 0, 0x55), 1, 3, 0, true, "jcc" },
	{ "xor %eax,%eax; test; je", A(0x31, 0xc0, 0x48, 0x85, 0xff, 0x74, 0x06), 1, 5, 0, true, "jcc" },
	{ "xor %esi,%esi; jmp, esi read", A(0x31, 0xf6, 0xe9, 0, 1, 0, 0), 3, 0, 0, false, "xor" },
	{ "mov (%rdi),%rdi; push", A(0x48, 0x8b, 0x3f, 0x55), 1, 0, 0, false, "mov" },
	{ "lea 8(%rdi),%rsi; push, rsi not read", A(0x48, 0x8d, 0x77, 0x08, 0x55), 1, 4, 0, true, "push" },
	{ "or $0x80,%cl; jmp, rcx read", A(0x80, 0xc9, 0x80, 0xe9, 0, 1, 0, 0), 8, 0, 0, false, "other" },
	{ "mov %sil,.. under REX; dh is not rsi", A(0x40, 0x88, 0xc6, 0x55), 2, 0, 0, false, "mov" },
	{ "movq $0,(%rsi); test %rdi,%rdi; je", A(0x48, 0xc7, 0x06, 0, 0, 0, 0, 0x48, 0x85, 0xff, 0x74, 0x4a, 0x55), 5, 10, 0, true,
	  "jcc" },
	{ "movl $0,(%rdi); push", A(0xc7, 0x07, 0, 0, 0, 0, 0x55), 5, 6, 0, true, "push" },
	{ "store; push", A(0x48, 0x89, 0x7c, 0x24, 0xf8, 0x55), 1, 5, 0, true, "push" },
	{ "call", A(0xe8, 0, 1, 0, 0), 3, 0, 0, true, "call" },
	{ "jmp rel8", A(0xeb, 0x40), 3, 0, 0, true, "jmp" },
	{ "16-bit jump is refused", A(0x66, 0xe9, 0, 1, 0, 0, 0x55), 3, 0, 0, false, "other" },
	{ "pop ends the search", A(0x5d, 0x55), 3, 0, 0, false, "pop" },
	{ "ret", A(0xc3, 0x55), 3, 0, 0, false, "ret" },
	{ "jmp *(%rip)", A(0xff, 0x25, 0, 0, 0, 0, 0x55), 3, 0, 0, false, "jmp" },
	{ "unknown after known", A(0x48, 0x85, 0xff, 0x0f, 0x05, 0x55), 1, 0, 0, false, "test" },
	{ "branch back onto the probe", A(0x48, 0x85, 0xff, 0x55, 0x90, 0xeb, 0xfc), 1, 0, 0, false, "test" },
	{ "branch back onto the entry", A(0x48, 0x85, 0xff, 0x55, 0x90, 0xeb, 0xf9), 1, 3, 0, true, "push" },
	{ "far branch back onto the probe", A(0x48, 0x85, 0xff, 0x55, 0xe9, 0xfa, 0xff, 0xff, 0xff), 1, 0, 0, false, "test" },
	{ "conditional far branch back", A(0x48, 0x85, 0xff, 0x55, 0x0f, 0x85, 0xf9, 0xff, 0xff, 0xff), 1, 0, 0, false, "test" },
	{ "cut short", A(0x48, 0x85), 1, 0, 0, false, "other" },
};

static void test_choices(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(choices); i++) {
		const struct choice *c = &choices[i];
		struct prologue p;

		prologue_choose(c->code, c->n, c->args, &p);
		if (p.offset != c->offset || p.sp_delta != c->sp_delta || p.cheap != c->cheap || strcmp(p.insn, c->insn))
			fail_msg("%s: +%u sp %d %s %s", c->name, p.offset, p.sp_delta, p.insn, p.cheap ? "cheap" : "dear");
	}
}

struct access {
	const char *name;
	uint8_t code[64];
	size_t n;
	enum accessor_form form;
	int index;
	int off; /* -1: not to be told */
};

static const struct access accesses[] = {
	{ "PQresultStatus", A(0x48, 0x85, 0xff, 0x74, 0x0b, 0x8b, 0x47, 0x28, 0xc3), ACCESSOR_RETURN_32, 0, 0x28 },
	{ "after endbr64", A(0xf3, 0x0f, 0x1e, 0xfa, 0x48, 0x85, 0xff, 0x74, 0x0b, 0x8b, 0x47, 0x28, 0xc3), ACCESSOR_RETURN_32, 0, 0x28 },
	{ "jne to the load", A(0x48, 0x85, 0xff, 0x75, 0x03, 0x31, 0xc0, 0xc3, 0x8b, 0x47, 0x28, 0xc3), ACCESSOR_RETURN_32, 0, 0x28 },
	{ "with a frame", A(0x55, 0x48, 0x89, 0xe5, 0x8b, 0x47, 0x28, 0x5d, 0xc3), ACCESSOR_RETURN_32, 0, 0x28 },
	{ "a copied argument", A(0x48, 0x89, 0xfa, 0x8b, 0x42, 0x28, 0xc3), ACCESSOR_RETURN_32, 0, 0x28 },
	{ "PQntuples", A(0x48, 0x85, 0xff, 0x74, 0x0b, 0x8b, 0x07, 0xc3), ACCESSOR_RETURN_32, 0, 0 },
	{ "PQcmdStatus", A(0x31, 0xd2, 0x48, 0x8d, 0x47, 0x2c, 0x48, 0x85, 0xff, 0x48, 0x0f, 0x44, 0xc2, 0xc3), ACCESSOR_ADDRESS, 0, 0x2c },
	{ "mysql_errno", A(0x31, 0xc0, 0x48, 0x85, 0xff, 0x74, 0x06, 0x8b, 0x87, 0x90, 0, 0, 0, 0xc3), ACCESSOR_RETURN_32, 0, 0x90 },
	{ "sqlite3_sql", A(0x48, 0x85, 0xff, 0x74, 0x0b, 0x48, 0x8b, 0x87, 0xf8, 0, 0, 0, 0xc3), ACCESSOR_RETURN_64, 0, 0xf8 },
	{ "32 bits are not 64", A(0x8b, 0x47, 0x28, 0xc3), ACCESSOR_RETURN_64, 0, -1 },
	{ "64 bits cut to 32", A(0x48, 0x8b, 0x47, 0x28, 0x89, 0xc0, 0xc3), ACCESSOR_RETURN_64, 0, -1 },
	{ "sign-extended", A(0x48, 0x63, 0x47, 0x28, 0xc3), ACCESSOR_RETURN_64, 0, -1 },
	{ "two loads", A(0x48, 0x8b, 0x47, 0x28, 0x48, 0x8b, 0x00, 0xc3), ACCESSOR_RETURN_64, 0, -1 },
	{ "changed after the load", A(0x8b, 0x47, 0x28, 0x83, 0xc0, 0x01, 0xc3), ACCESSOR_RETURN_32, 0, -1 },
	{ "an unknown condition", A(0x85, 0xf6, 0x74, 0x02, 0x8b, 0x07, 0x8b, 0x47, 0x28, 0xc3), ACCESSOR_RETURN_32, 0, -1 },
	{ "a call in between", A(0xe8, 0, 0, 0, 0, 0x8b, 0x47, 0x28, 0xc3), ACCESSOR_RETURN_32, 0, -1 },
	{ "thread-local", A(0x64, 0x8b, 0x47, 0x28, 0xc3), ACCESSOR_RETURN_32, 0, -1 },
	{ "relative to the code", A(0x8b, 0x05, 0x28, 0, 0, 0, 0xc3), ACCESSOR_RETURN_32, 0, -1 },
	{ "misaligned", A(0x8b, 0x47, 0x29, 0xc3), ACCESSOR_RETURN_32, 0, -1 },
	{ "negative", A(0x8b, 0x47, 0xf8, 0xc3), ACCESSOR_RETURN_32, 0, -1 },
	{ "no end", A(0xeb, 0xfe), ACCESSOR_RETURN_32, 0, -1 },
	{ "jump out", A(0xeb, 0x40), ACCESSOR_RETURN_32, 0, -1 },
	{ "sqlite3_data_count", A(0x48, 0x85, 0xff, 0x74, 0x1b, 0x48, 0x83, 0xbf, 0xa0, 0, 0, 0, 0x00, 0x74, 0x11), ACCESSOR_FIRST_64, 0,
	  0xa0 },
	{ "mysql_stmt_fetch_column", A(0xf3, 0x0f, 0x1e, 0xfa, 0x55, 0x48, 0x89, 0xf8, 0x8b, 0x47, 0x50, 0x83, 0xf8, 0x04),
	  ACCESSOR_FIRST_32, 0, 0x50 },
	{ "mysql_stmt_fetch_column by cmp", A(0x64, 0x4c, 0x8b, 0x14, 0x25, 0x28, 0, 0, 0, 0x83, 0xbf, 0xa8, 0, 0, 0, 0x03),
	  ACCESSOR_FIRST_32, 0, 0xa8 },
	{ "sqlite3_data_count by mov", A(0x48, 0x8b, 0x87, 0xa0, 0, 0, 0, 0x48, 0x85, 0xc0), ACCESSOR_FIRST_64, 0, 0xa0 },
	{ "sqlite3_stmt_status",
	  A(0x55, 0x53, 0x48, 0x89, 0xfb, 0x48, 0x83, 0xec, 0x18, 0x64, 0x48, 0x8b, 0x04, 0x25, 0x28, 0, 0, 0, 0x48, 0x89, 0x44, 0x24, 0x08,
	    0x31, 0xc0, 0x83, 0xfe, 0x63, 0x74, 0x3a, 0x48, 0x63, 0xf6, 0x48, 0x83, 0xc6, 0x34, 0x8b, 0x04, 0xb7, 0x85, 0xd2),
	  ACCESSOR_INDEX_32, 6, 0xe8 },
	{ "stmt_status, displacement in the load", A(0x48, 0x63, 0xf6, 0x8b, 0x84, 0xb7, 0xd0, 0, 0, 0, 0xc3), ACCESSOR_INDEX_32, 6, 0xe8 },
	{ "not an array", A(0x8b, 0x47, 0x28, 0xc3), ACCESSOR_INDEX_32, 6, -1 },
	{ "an array of another width", A(0x48, 0x63, 0xf6, 0x8b, 0x04, 0xf7, 0xc3), ACCESSOR_INDEX_32, 6, -1 },
};

static void test_accessors(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(accesses); i++) {
		const struct access *a = &accesses[i];
		int32_t off = -1;
		int err = accessor_decode(a->code, a->n, a->form, (unsigned)a->index, &off);

		if (off != a->off || (err == 0) != (a->off >= 0))
			fail_msg("%s: %d, offset %d", a->name, err, off);
	}
}

/* Every code of both tables, at every length, at the end of a page behind which nothing is mapped. */
static void test_every_length(void **state)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uint8_t *p = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *at;
	struct prologue c;
	struct x86_insn insn;
	int32_t off;

	(void)state;
	assert_ptr_not_equal(p, MAP_FAILED);
	assert_int_equal(mprotect(p + page, page, PROT_NONE), 0);
	for (size_t i = 0; i < ARRAY_SIZE(choices); i++) {
		for (size_t n = 0; n <= choices[i].n; n++) {
			at = p + page - n;
			memcpy(at, choices[i].code, n);
			prologue_choose(at, n, 63, &c);
			assert_true(c.offset == 0 || c.offset < n);
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(accesses); i++) {
		for (size_t n = 0; n <= accesses[i].n; n++) {
			at = p + page - n;
			memcpy(at, accesses[i].code, n);
			accessor_decode(at, n, accesses[i].form, 6, &off);
			if (!x86_decode(at, n, &insn))
				assert_in_range(insn.len, 1, n);
		}
	}
	munmap(p, 2 * page);
}

static void test_registers(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 6; i++)
		assert_int_equal(x86_reg_arg(x86_arg_reg(i)), i);
	assert_int_equal(x86_reg_arg(X86_RAX), -1);
	assert_int_equal(x86_reg_arg(X86_NONE), -1);
	assert_int_equal(x86_arg_reg(6), X86_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_choices),
		cmocka_unit_test(test_accessors),
		cmocka_unit_test(test_every_length),
		cmocka_unit_test(test_registers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
