// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* What a probe costs by the kind of instruction it stands on: functions whose first instruction is known. "name ns" a line. */
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#define TIMES 20000
#define ROUNDS 7

#define FUNC(name, code)                                                                                                                   \
	__asm__(".text\n.globl f_" #name "\n.type f_" #name ",@function\nf_" #name ":\n" code "\nret\n.size f_" #name ", .-f_" #name       \
		"\n");                                                                                                                     \
	void f_##name(void)

#ifdef __x86_64__
FUNC(push, "push %rbp\npop %rbp");
FUNC(nop, "nop");
FUNC(nop5, "nopl 0(%rax,%rax,1)");
FUNC(endbr64, "endbr64");
FUNC(sub, "sub $8, %rsp\nadd $8, %rsp");
FUNC(mov, "mov %rdi, %rax");
FUNC(xor, "xor %eax, %eax");
FUNC(test, "test %rdi, %rdi");
#else
FUNC(nop, "nop");
#endif

struct func {
	const char *name;
	void (*fn)(void);
};

static const struct func funcs[] = {
#ifdef __x86_64__
	{ "push", f_push }, { "nop5", f_nop5 }, { "endbr64", f_endbr64 }, { "sub", f_sub },
	{ "mov", f_mov },   { "xor", f_xor },   { "test", f_test },
#endif
	{ "nop", f_nop },
};

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

int main(void)
{
	for (size_t i = 0; i < sizeof(funcs) / sizeof(*funcs); i++) {
		uint64_t least = UINT64_MAX;

		for (int r = 0; r < ROUNDS; r++) {
			uint64_t t = now_ns();

			for (int k = 0; k < TIMES; k++)
				funcs[i].fn();
			t = now_ns() - t;
			if (t < least)
				least = t;
		}
		printf("%s %.1f\n", funcs[i].name, (double)least / TIMES);
	}
	return 0;
}
