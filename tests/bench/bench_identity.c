// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * What identity costs: bytes for each of 50,000 living processes, nanoseconds for the life of a process (fork, exec, exit), and for telling
 * the whole story of one call: person, way in, chain of accounts. Prints "name value" lines.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "identity/became.h"
#include "identity/identity.h"

#define LIVING 50000u
#define STORM 1000000u
#define STORIES 200000u
#define DEPTH 8u

static char bytes[sizeof(struct rec_exec) + 512] __attribute__((aligned(8)));

static double now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

static double resident(void)
{
	unsigned long total, pages = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	if (!f || fscanf(f, "%lu %lu", &total, &pages) != 2)
		exit(1);
	fclose(f);
	return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

static struct rec_task task(uint32_t pid, uint64_t start, uint32_t ppid, uint64_t parent_start, uint32_t uid)
{
	return (struct rec_task){ .pid = pid,
				  .tid = pid,
				  .start_ns = start,
				  .ppid = ppid,
				  .parent_start_ns = parent_start,
				  .uid = uid,
				  .euid = uid,
				  .loginuid = 1001,
				  .sessionid = 7,
				  .user_owner = REC_UNSET_ID,
				  .exec_id = 1,
				  .ns_pid = pid,
				  .pid_ns = 1,
				  .comm = "python3" };
}

/* A program as they are: path, folder and some 120 bytes of arguments, of which no two are equal. */
static void exec(struct identity *id, struct rec_task t, const char *path)
{
	struct rec_exec *r = (void *)bytes;
	int n = snprintf(r->data, 400,
			 "%s/home/alice/projects/exports%s -m etl.jobs.nightly --database crm_%u --host db7.example.org --output "
			 "/data/exports/%u.csv",
			 path, path, t.pid, t.pid);

	r->hdr.type = REC_EXEC;
	r->hdr.ts_ns = t.start_ns + 1;
	r->task = t;
	r->exe_ino = 1;
	r->exe_mode = 0755;
	r->path_len = (uint16_t)strlen(path);
	r->cwd_len = (uint16_t)strlen("/home/alice/projects/exports");
	r->args_len = (uint16_t)(n - r->path_len - r->cwd_len);
	if (identity_exec(id, r))
		exit(1);
}

static void fork_of(struct identity *id, struct rec_task t)
{
	struct rec_fork r = {
		.hdr = { .type = REC_FORK, .ts_ns = t.start_ns }, .task = t, .maker_start_ns = t.parent_start_ns, .maker_pid = t.ppid
	};

	if (identity_fork(id, &r))
		exit(1);
}

static void end_of(struct identity *id, struct rec_task t, uint64_t ts)
{
	struct rec_exit r = { .hdr = { .type = REC_EXIT, .ts_ns = ts }, .task = t };

	identity_exit(id, &r);
}

static void living(struct identity *id)
{
	double before = resident();

	for (uint32_t pid = 2; pid < LIVING + 2; pid++) {
		fork_of(id, task(pid, pid * 1000ull, 1, 1, 1001));
		exec(id, task(pid, pid * 1000ull, 1, 1, 1001), "/usr/bin/python3.11");
	}
	printf("living_bytes %.0f\n", (resident() - before) / LIVING);
	printf("living_mib %.1f\n", (resident() - before) / (1 << 20));
	printf("living_evicted %.0f\n", (double)identity_evictions(id));
}

static void storm(struct identity *id)
{
	double began = now_ns();
	uint64_t clock = 1000000000000ull;

	for (uint32_t i = 0; i < STORM; i++) {
		struct rec_task t = task(100000 + i % 30000, clock, 1, 1, 1001);

		fork_of(id, t);
		exec(id, t, "/usr/bin/true");
		end_of(id, t, clock + 10);
		clock += 10000; /* 100,000 a second */
		if (i % 10000 == 0)
			identity_tick(id, clock);
	}
	printf("life_ns %.0f\n", (now_ns() - began) / STORM);
}

static void stories(struct identity *id)
{
	struct became chain[BECAME_MAX];
	double began;
	size_t links = 0;
	struct rec_task t;
	bool cut;

	exec(id, task(200001, 1, 1, 1, 0), "/usr/sbin/sshd");
	for (uint32_t i = 1; i <= DEPTH; i++) {
		uint32_t uid = i == 1 ? 1001 : i < DEPTH ? 1001 : 0;

		fork_of(id, task(200001 + i, 1 + i, 200000 + i, i, uid));
		exec(id, task(200001 + i, 1 + i, 200000 + i, i, uid), i == DEPTH - 1 ? "/usr/bin/sudo" : "/bin/bash");
	}
	t = task(200001 + DEPTH, 1 + DEPTH, 200000 + DEPTH, DEPTH, 0);
	began = now_ns();
	for (uint32_t i = 0; i < STORIES; i++) {
		struct story s;

		identity_call(id, &t, 100 + i);
		story_of(id, &t, &s);
		links += became_chain(id, &t, 100 + i, &s.entry, &s.person, chain, &cut);
	}
	printf("story_ns %.0f\n", (now_ns() - began) / STORIES);
	printf("story_links %.1f\n", (double)links / STORIES);
}

int main(void)
{
	struct identity *id;

	if (identity_new(&id))
		return 1;
	exec(id, task(1, 1, 0, 0, 0), "/usr/lib/systemd/systemd");
	stories(id);
	living(id);
	storm(id);
	identity_free(id);
	return 0;
}
