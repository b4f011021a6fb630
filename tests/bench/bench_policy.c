// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * What a policy costs: nanoseconds for one question (a join of a sensitive table and another one, asked by a person with a program) with N
 * sensitive tables and N rules, compiled and tried one after the other as "policy test" does, and what compiling takes. The rule
 * that decides is the last one. And what it takes to come from a view to its tables. Prints "name value" lines.
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "config/config.h"
#include "policy/explain.h"

#define ROUNDS 7
#define QUESTIONS 20000u
#define FILE_ENTRIES 1000u
#define EXPANSIONS 1000u
#define NAIVE_STEPS 200000u /* rules tried in one round */

static double now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

/* Entries from..to of n. Patterns as they are: names, beginnings, ends, middles; two people and a program in each rule. */
static void put_policy(struct buf *out, unsigned from, unsigned to, unsigned n)
{
	static const char *const forms[] = { "crm.t%u_x", "t%u_*", "*.*_%ut", "*_m%um_*" };

	buf_clear(out);
	buf_adds(out, "tables:\n");
	for (unsigned i = from; i < to; i++) {
		buf_adds(out, "  - {match: \"");
		buf_printf(out, i + 1 == n ? "crm.people%u" : forms[i % 4], i);
		buf_adds(out, "\"}\n");
	}
	buf_adds(out, "rules:\n");
	for (unsigned i = from; i < to; i++) {
		buf_printf(out, "  - {name: r%u, when: {user: [u%u, \"team%u-*\"], exe: /usr/bin/*, tables: \"", i, i % 500, i);
		buf_printf(out, i + 1 == n ? "*.people*" : forms[i % 4], i);
		buf_printf(out, "\", operations: read}, action: %s}\n", i + 1 == n ? "log" : i % 2 ? "alert" : "log");
	}
}

static void put_file(const char *name, struct slice text)
{
	FILE *f = fopen(name, "w");

	if (!f || fwrite(text.ptr, 1, text.len, f) != text.len || fclose(f))
		exit(1);
}

/* In files of policy.d, as a site with so many would have it. */
static struct config *load(const char *dir, unsigned n)
{
	struct config_error e;
	struct config *c;
	struct buf text;
	char path[256];

	buf_init(&text, 4 << 20);
	snprintf(path, sizeof(path), "%s/policy.d", dir);
	(void)mkdir(path, 0700);
	for (unsigned i = 0; i < n; i += FILE_ENTRIES) {
		put_policy(&text, i, i + FILE_ENTRIES < n ? i + FILE_ENTRIES : n, n);
		snprintf(path, sizeof(path), "%s/policy.d/%06u.yaml", dir, i);
		put_file(path, buf_slice(&text));
	}
	snprintf(path, sizeof(path), "%s/qprov.yaml", dir);
	put_file(path, SLICE("uncertain: alert\n"));
	buf_done(&text);
	if (config_load(path, &c, &e)) {
		fprintf(stderr, "%s\n", e.text);
		exit(1);
	}
	return c;
}

static double ask(const struct policy *p, const struct policy_question *q, unsigned times, struct buf *steps)
{
	double best = 1e18;
	struct arena arena;

	arena_init(&arena, 64 << 20);
	for (unsigned round = 0; round < ROUNDS; round++) {
		double began = now_ns(), took;

		for (unsigned i = 0; i < times; i++) {
			struct judgement j = { .p = p, .q = q, .arena = &arena, .out = steps };

			if (policy_judge(&j) || j.v.action != POLICY_LOG)
				exit(1);
			arena_reset(&arena);
			if (steps)
				buf_clear(steps);
		}
		took = (now_ns() - began) / times;
		best = took < best ? took : best;
	}
	arena_done(&arena);
	return best;
}

static void measure(const char *dir, unsigned n)
{
	struct sql_relation relations[] = {
		{ .schema = SLICE_INIT("crm"), .access = SQL_READ, .all_columns = true },
		{ .schema = SLICE_INIT("crm"), .name = SLICE_INIT("orders"), .access = SQL_READ, .all_columns = true },
	};
	struct policy_who who = { .has_loginuid = true, .exe = SLICE_INIT("/usr/bin/psql"), .comm = SLICE_INIT("psql") };
	struct policy_question q = { .system = SLICE_INIT("postgresql"), .relations = relations, .n = 2, .who = &who };
	char user[32], table[32];
	struct config *c = load(dir, n);
	struct policy *p;
	struct buf steps;
	size_t before;
	double began;

	buf_init(&steps, 64 << 20);
	snprintf(user, sizeof(user), "team%u-alice", n - 1);
	snprintf(table, sizeof(table), "people%u", n - 1);
	who.user = slice_cstr(user);
	relations[0].name = slice_cstr(table);
	before = mallinfo2().uordblks + mallinfo2().hblkhd;
	began = now_ns();
	if (policy_new(c, &p))
		exit(1);
	printf("compile_ms_%u %.2f\n", n, (now_ns() - began) / 1e6);
	printf("bytes_%u %zu\n", n, mallinfo2().uordblks + mallinfo2().hblkhd - before);
	printf("ask_ns_%u %.0f\n", n, ask(p, &q, QUESTIONS, NULL));
	printf("naive_ns_%u %.0f\n", n, ask(p, &q, NAIVE_STEPS / n + 1, &steps));
	policy_free(p);
	config_free(c);
	buf_done(&steps);
}

static struct config *views_of(unsigned n)
{
	struct config_error e;
	struct config *c;
	struct buf text;

	buf_init(&text, 16 << 20);
	buf_adds(&text, "tables: [{match: b0}]\nviews:\n");
	for (unsigned i = 0; i < n; i += 4)
		buf_printf(&text, "  v%u: [b%u, b%u, b%u, b%u]\n", i, i, i + 1, i + 2, i + 3);
	if (config_parse(buf_slice(&text), "views.yaml", &c, &e)) {
		fprintf(stderr, "%s\n", e.text);
		exit(1);
	}
	buf_done(&text);
	return c;
}

/* A statement that names one view of four tables, where the policy has views of n tables. */
static void measure_views(unsigned n)
{
	struct sql_relation r = { .name = SLICE_INIT("v0"), .access = SQL_READ, .all_columns = true }, *v;
	struct config *c = views_of(n);
	double best = 1e18;
	struct arena arena;
	struct policy *p;
	size_t found = 0;

	if (policy_new(c, &p))
		exit(1);
	arena_init(&arena, 64 << 20);
	for (unsigned round = 0; round < ROUNDS; round++) {
		double began = now_ns(), took;

		for (unsigned i = 0; i < EXPANSIONS; i++) {
			arena_reset(&arena);
			if (policy_expand(p, &r, 1, NULL, 0, &arena, &v, &found) || found != 5)
				exit(1);
		}
		took = (now_ns() - began) / EXPANSIONS;
		best = took < best ? took : best;
	}
	printf("expand_ns_%u %.0f\nexpand_bytes_%u %zu\n", n, best, n, arena.total);
	arena_done(&arena);
	policy_free(p);
	config_free(c);
}

/* In an empty folder. */
int main(int argc, char **argv)
{
	static const unsigned sizes[] = { 1, 100, 10000 }, bases[] = { 4, 4000, 60000 };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		measure(argc > 1 ? argv[1] : ".", sizes[i]);
	for (size_t i = 0; i < sizeof(bases) / sizeof(bases[0]); i++)
		measure_views(bases[i]);
	return 0;
}
