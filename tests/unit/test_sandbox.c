// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Containers and applications that the unified control group does not tell of: texts of /proc/PID/cgroup as hosts with the older
 * hierarchies have them, flatpak's file, and a process that lives in a root folder with one.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "decode/decode.h"
#include "identity/lookup_answer.h"
#include "identity/person.h"
#include "identity/procfs.h"
#include "identity/sandbox.h"

#define HEX64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define ALL(path) "12:pids:" path "\n4:memory:" path "\n3:cpu,cpuacct:" path "\n1:name=systemd:" path "\n"

static const struct {
	const char *text, *container, *runtime, *snap;
} texts[] = {
	/* the cgroupfs driver beside systemd with both hierarchies; docker's with systemd */
	{ ALL("/docker/" HEX64) "0::/system.slice/containerd.service\n", HEX64, "docker", NULL },
	{ ALL("/system.slice/docker-" HEX64 ".scope"), HEX64, "docker", NULL },
	{ "13:misc:/\n" ALL("/docker/" HEX64 "/docker/f" HEX64 "/docker/" HEX64), HEX64, "docker", NULL },
	/* podman of root with systemd and without; a rootless one has no group of its own here */
	{ ALL("/machine.slice/libpod-" HEX64 ".scope") "0::/\n", HEX64, "podman", NULL },
	{ ALL("/libpod_parent/libpod-" HEX64), HEX64, "podman", NULL },
	{ ALL("/libpod_parent/libpod-conmon-" HEX64), NULL, NULL, NULL },
	{ "4:memory:/user.slice/user-1000.slice/session-2.scope\n1:name=systemd:/user.slice/user-1000.slice/session-2.scope\n", NULL, NULL,
	  NULL },
	/* kubelet with its own driver (who runs it is not said), with systemd's, and with systemd's names only; ctr; CRI-O */
	{ ALL("/kubepods/burstable/pod2c2f0f9c-0000-4d3e-9c4b-000000000001/" HEX64), HEX64, NULL, NULL },
	{ ALL("/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod2c2f.slice/cri-containerd-" HEX64 ".scope"), HEX64,
	  "containerd", NULL },
	{ ALL("/system.slice/containerd.service/kubepods-burstable-pod2c2f.slice:cri-containerd:" HEX64), HEX64, "containerd", NULL },
	{ ALL("/default/" HEX64), HEX64, "containerd", NULL },
	{ ALL("/kubepods.slice/kubepods-pod2c2f.slice/crio-" HEX64 ".scope"), HEX64, "cri-o", NULL },
	/* LXC until 3.0, from 3.1 on, from 4.0.1 on; what watches a container is none */
	{ ALL("/lxc/box"), "box", "lxc", NULL },
	{ ALL("/lxc.payload/box"), "box", "lxc", NULL },
	{ ALL("/lxc.payload.box/user.slice") "0::/lxc.payload.box/init.scope\n", "box", "lxc", NULL },
	{ ALL("/lxc.monitor/box"), NULL, NULL, NULL },
	/* systemd-nspawn as a unit and by hand */
	{ ALL("/machine.slice/systemd-nspawn@web.service") "0::/machine.slice/systemd-nspawn@web.service\n", "web", "systemd-nspawn",
	  NULL },
	{ "4:memory:/machine.slice\n1:name=systemd:/machine.slice/machine-web.scope/init.scope\n", "web", "systemd-machined", NULL },
	/* snaps: the freezer, or a unit */
	{ "7:freezer:/snap.dbeaver-ce\n1:name=systemd:/user.slice/user-1000.slice/session-2.scope\n0::/user.slice/user-1000.slice/"
	  "session-2.scope\n",
	  NULL, NULL, "dbeaver-ce" },
	{ "1:name=systemd:/system.slice/snap.mysql.server.service\n", NULL, NULL, "mysql" },
	/* nothing, and what is broken */
	{ "0::/\n", NULL, NULL, NULL },
	{ "", NULL, NULL, NULL },
	{ "4:memory\n:::\n\n9:/docker/" HEX64 "\n", NULL, NULL, NULL },
	{ "1:name=systemd:/docker/" HEX64, HEX64, "docker", NULL }, /* without a last newline */
	/* the unified one goes first */
	{ ALL("/docker/" HEX64) "0::/lxc.payload.box\n", "box", "lxc", NULL },
};

static void expect(struct slice got, const char *want)
{
	assert_true(slice_eq(got, want ? slice_cstr(want) : SLICE_NONE));
}

static void test_older_hierarchies(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		size_t len = strlen(texts[i].text);
		struct cgroup_facts f;

		cgroup_parse(cgroup_choose(slice_cstr(texts[i].text)), &f);
		if (!slice_eq(f.container, texts[i].container ? slice_cstr(texts[i].container) : SLICE_NONE))
			print_error("row %zu: %.*s\n", i, (int)f.container.len, f.container.ptr);
		expect(f.container, texts[i].container);
		expect(f.snap, texts[i].snap);
		assert_true(f.runtime == texts[i].runtime || (f.runtime && texts[i].runtime && !strcmp(f.runtime, texts[i].runtime)));
		for (size_t n = 0; n < len; n++) { /* no truncation is read beyond its end */
			char *cut = malloc(n + 1);

			memcpy(cut, texts[i].text, n);
			(void)cgroup_choose(slice_mem(cut, n));
			free(cut);
		}
	}
}

static const char info[] = "[Application]\nname=io.dbeaver.DBeaverCommunity\nruntime=runtime/org.freedesktop.Sdk/x86_64/23.08\n\n"
			   "[Instance]\ninstance-id=2754118912\ninstance-path=/home/a/.var/app/io.dbeaver.DBeaverCommunity\nname=other\n";

static void test_flatpak_info(void **state)
{
	struct flatpak_info f;

	(void)state;
	sandbox_parse_flatpak(slice_cstr(info), &f);
	expect(f.app, "io.dbeaver.DBeaverCommunity");
	expect(f.instance, "2754118912");
	sandbox_parse_flatpak(SLICE("name=a\ninstance-id=1\n[Runtime]\nname=b\n"), &f);
	expect(f.app, NULL);
	expect(f.instance, NULL);
	for (size_t n = 0; n < sizeof(info); n++) {
		char *cut = malloc(n + 1);

		memcpy(cut, info, n);
		sandbox_parse_flatpak(slice_mem(cut, n), &f);
		free(cut);
	}
}

/* ---- a process in a root folder of its own ---- */

enum form { FORM_FILE, FORM_LINK, FORM_FIFO, FORM_FOLDER };

static void make_info(enum form form)
{
	int fd;

	if (form == FORM_LINK && symlink("/elsewhere", "/.flatpak-info"))
		_exit(1);
	if (form == FORM_FIFO && mkfifo("/.flatpak-info", 0644))
		_exit(1);
	if (form == FORM_FOLDER && mkdir("/.flatpak-info", 0755))
		_exit(1);
	fd = form == FORM_LINK   ? open("/elsewhere", O_WRONLY | O_CREAT, 0644)
	     : form == FORM_FILE ? open("/.flatpak-info", O_WRONLY | O_CREAT, 0644)
				 : -1;
	if (fd >= 0 && write(fd, info, sizeof(info) - 1) < 0)
		_exit(1);
}

static pid_t sandboxed(enum form form, int *ret_fd)
{
	int hold[2], ready[2];
	pid_t pid;
	char c;

	assert_int_equal(pipe2(hold, O_CLOEXEC), 0);
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		close(hold[1]);
		if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
		    mount("none", "/mnt", "tmpfs", 0, NULL) || chroot("/mnt") || chdir("/"))
			_exit(1);
		make_info(form);
		_exit(write(ready[1], "r", 1) != 1 || read(hold[0], &c, 1) != 0);
	}
	close(hold[0]);
	close(ready[1]);
	if (read(ready[0], &c, 1) != 1)
		fail_msg("this test makes a mount namespace: it needs root");
	close(ready[0]);
	*ret_fd = hold[1];
	return pid;
}

static uint64_t start_of(pid_t pid)
{
	struct procfs_stat s = { .ppid = 0 };
	struct procfs p;
	int dir;

	assert_int_equal(procfs_open(&p), 0);
	dir = procfs_dir(&p, (uint32_t)pid);
	assert_int_equal(procfs_stat(&p, dir, &s), 0);
	close(dir);
	procfs_close(&p);
	return s.start_ns;
}

static void test_live(void **state)
{
	(void)state;
	for (enum form form = FORM_FILE; form <= FORM_FOLDER; form++) {
		int fd, status, r;
		pid_t pid = sandboxed(form, &fd);
		struct lookup_request q = { .kind = LOOKUP_SANDBOX, .pid = (uint32_t)pid, .start_ns = start_of(pid) };
		struct buf out;
		struct decoded d;

		buf_init(&out, LOOKUP_ANSWER_MAX);
		r = lookup_answer(&q, &out);
		if (form == FORM_FILE) {
			assert_int_equal(r, 0);
			assert_int_equal(decode_record(buf_slice(&out), &d), 0);
			assert_int_equal(d.type, REC_SANDBOX);
			assert_int_equal(d.sandbox->pid, pid);
			expect(d.str[1], "io.dbeaver.DBeaverCommunity");
			expect(d.str[2], "2754118912");
		} else if (!r) { /* this test itself may run in a container */
			assert_int_equal(decode_record(buf_slice(&out), &d), 0);
			expect(d.str[1], NULL);
		}
		q.start_ns += 20000000; /* another process of this pid */
		assert_int_equal(lookup_answer(&q, &out), -ESRCH);
		buf_done(&out);
		close(fd);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
	}
}

/* ---- in the table of processes ---- */

static void call(struct identity *id, struct rec_task *t, uint32_t pid, uint32_t ppid, uint32_t mnt_ns)
{
	*t = (struct rec_task){ .pid = pid,
				.tid = pid,
				.start_ns = pid * 100,
				.ppid = ppid,
				.parent_start_ns = ppid * 100,
				.mnt_ns = mnt_ns,
				.loginuid = REC_UNSET_ID,
				.sessionid = REC_UNSET_ID,
				.user_owner = REC_UNSET_ID };
	assert_int_equal(identity_call(id, t, 1), 0);
}

/* What is known of one process holds for its descendants in the same mount namespace, and makes nobody a person. */
static void test_inherited(void **state)
{
	const struct slice str[3] = { SLICE("/user.slice/user-1001.slice/docker-" HEX64 ".scope"), SLICE("org.app"), SLICE("42") };
	struct rec_sandbox r = { .pid = 10, .start_ns = 1000 };
	struct identity *id;
	struct rec_task t;
	struct story s;

	(void)state;
	assert_int_equal(identity_new(&id), 0);
	call(id, &t, 1, 0, 7);
	call(id, &t, 10, 1, 8);
	assert_int_equal(identity_host_mounts(id), 7);
	assert_int_equal(identity_sandbox(id, &r, str), 0);
	for (uint32_t pid = 11; pid < 14; pid++)
		call(id, &t, pid, pid - 1, 8);
	story_of(id, &t, &s);
	expect(s.group.container, HEX64);
	expect(s.group.flatpak, "org.app");
	expect(s.group.flatpak_instance, "42");
	assert_true(s.group.has_owner); /* the path lies below a user's own: a claim */
	assert_int_equal(s.person.method, PERSON_NONE);
	call(id, &t, 14, 13, 9);
	story_of(id, &t, &s);
	expect(s.group.container, NULL);
	expect(s.group.flatpak, NULL);
	identity_free(id);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_older_hierarchies),
		cmocka_unit_test(test_flatpak_info),
		cmocka_unit_test(test_live),
		cmocka_unit_test(test_inherited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
