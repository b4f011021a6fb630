// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Cost of one call, in ns (median of rounds), by kind of first instruction: without a probe, with one whose program returns at once (the
 * floor: our own process is skipped), and with the full record of a statement of 40 bytes. Needs root.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "capture/capture.h"

#define ROUNDS 15
#define CALLS 2000

typedef void (*fn_t)(const char *);

#define TARGET(name, insns)                                                                                                                \
	void name(const char *);                                                                                                           \
	__attribute__((naked, noinline)) void name(const char *s __attribute__((unused)))                                                  \
	{                                                                                                                                  \
		__asm__ volatile(insns "\n\tret");                                                                                         \
	}

TARGET(first_push, "push %rbp\n\tpop %rbp")
TARGET(first_nop, "nop")
TARGET(first_endbr, "endbr64")
TARGET(first_sub, "sub $8, %rsp\n\tadd $8, %rsp")

static const struct {
	const char *name;
	fn_t fn;
} kinds[] = { { "push", first_push }, { "nop", first_nop }, { "endbr64", first_endbr }, { "sub", first_sub } };

static double now_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int drop(void *ctx, struct slice r)
{
	(void)ctx;
	(void)r;
	return 0;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double measure(fn_t fn, struct capture *c)
{
	static const char text[] = "SELECT name, email FROM customers WHERE 1";
	double v[ROUNDS];

	for (int r = 0; r < ROUNDS; r++) {
		double t = now_ns();

		for (int i = 0; i < CALLS; i++)
			fn(text);
		v[r] = (now_ns() - t) / CALLS;
		if (c)
			(void)capture_drain(c, drop, NULL);
	}
	qsort(v, ROUNDS, sizeof(v[0]), by_value);
	return v[ROUNDS / 2];
}

static uint64_t own_offset(uintptr_t at)
{
	_cleanup_fclose_ FILE *f = fopen("/proc/self/maps", "re");
	unsigned long start, end, off;
	char line[512];

	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx-%lx %*s %lx", &start, &end, &off) == 3 && at >= start && at < end)
			return at - start + off;
	}
	return 0;
}

/* ret[i]: ns per call of kind i with probes; skip: our process is not recorded. */
static int measure_probed(uint32_t skip, double *ret)
{
	const struct capture_options o = { .skip_pid = skip };
	const struct probe_spec spec = { .text = PROBE_TEXT_NUL, .len_arg = -1, .name_arg = -1, .text_off = -1 };
	_cleanup_close_ int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	struct capture_error err = { "" };
	struct capture *c;
	int r = capture_open(&o, &c, &err);

	if (r) {
		(void)fprintf(stderr, "bench_probe: %s\n", err.text);
		return r;
	}
	for (size_t i = 0; !r && i < ARRAY_SIZE(kinds); i++) {
		uint64_t off = own_offset((uintptr_t)kinds[i].fn);
		uint32_t site = (uint32_t)capture_spec_add(c, &spec);
		struct capture_link *l = NULL;

		r = capture_attach(c, fd, &off, &site, 1, &l);
		if (!r)
			ret[i] = measure(kinds[i].fn, c);
		capture_detach(c, l);
	}
	(void)printf("%s\n", capture_mechanism(c));
	capture_close(c);
	return r;
}

int main(void)
{
	double none[ARRAY_SIZE(kinds)], floor_ns[ARRAY_SIZE(kinds)], full[ARRAY_SIZE(kinds)];

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		none[i] = measure(kinds[i].fn, NULL);
	if (measure_probed((uint32_t)getpid(), floor_ns) || measure_probed(0, full))
		return 3;
	(void)printf("%-8s %10s %10s %10s %8s\n", "first", "no probe", "floor", "qprov", "ratio");
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		(void)printf("%-8s %10.1f %10.1f %10.1f %8.2f\n", kinds[i].name, none[i], floor_ns[i], full[i], full[i] / floor_ns[i]);
	return 0;
}
