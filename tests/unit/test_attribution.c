// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* What is concluded from the tree: way in, person, chain of accounts, control group, script, Common Process ID. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "identity/became.h"
#include "identity/cpid.h"
#include "identity/image.h"
#include "identity/person.h"
#include "identity/script.h"

#define ALICE 1001u
#define BOB 1002u
#define NONE REC_UNSET_ID

static struct identity *id;
static uint64_t now = 1000;
static uint64_t group; /* of the tasks that are made */

static int setup(void **state)
{
	(void)state;
	group = 0;
	return identity_new(&id);
}

static int teardown(void **state)
{
	(void)state;
	identity_free(id);
	return 0;
}

/* A process as the next record shows it. */
struct proc {
	uint32_t pid, ppid, uid, euid, session, login;
};

static struct rec_task task_of(struct proc p)
{
	struct rec_task t = { .pid = p.pid, .tid = p.pid, .start_ns = p.pid * 100, .ppid = p.ppid, .parent_start_ns = p.ppid * 100 };

	t.uid = t.suid = p.uid;
	t.euid = p.euid;
	t.loginuid = p.login;
	t.sessionid = p.session;
	t.user_owner = NONE;
	t.cgroup_id = group;
	t.exec_id = 1;
	memcpy(t.comm, "x", 2);
	return t;
}

static void exec_with(struct proc p, const char *path, uint32_t owner, uint16_t mode)
{
	struct rec_exec *r = calloc(1, sizeof(*r) + strlen(path));

	r->hdr.type = REC_EXEC;
	r->hdr.ts_ns = now++;
	r->task = task_of(p);
	r->exe_ino = p.pid;
	r->exe_uid = owner;
	r->exe_mode = mode;
	r->exe_nlink = 1;
	r->path_len = (uint16_t)strlen(path);
	memcpy(r->data, path, strlen(path));
	assert_int_equal(identity_exec(id, r), 0);
	free(r);
}

static void exec(struct proc p, const char *path)
{
	exec_with(p, path, 0, 0755);
}

static void fork_by(struct proc p, uint32_t maker)
{
	struct rec_fork r = { .hdr = { .type = REC_FORK, .ts_ns = now++ }, .task = task_of(p) };

	r.maker_pid = maker;
	r.maker_start_ns = maker * 100;
	assert_int_equal(identity_fork(id, &r), 0);
}

static struct story story(struct proc p)
{
	struct rec_task t = task_of(p);
	struct story s;

	story_of(id, &t, &s);
	return s;
}

static void expect_chain(struct proc p, const char *want)
{
	static const char *const names[] = { "root", "alice", "bob" };
	struct became chain[BECAME_MAX];
	struct rec_task t = task_of(p);
	struct story s = story(p);
	char got[512] = "";
	bool cut;
	size_t n = became_chain(id, &t, now++, &s.entry, &s.person, chain, &cut);

	for (size_t i = 0; i < n; i++) {
		snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%s%s%s", i ? " (" : "",
			 i ? (chain[i].program[0] ? chain[i].program : "?") : "", i ? ") " : "",
			 chain[i].uid == 0 ? names[0] : names[chain[i].uid - 1000]);
	}
	assert_string_equal(got, want);
}

/* sshd, its monitor, the user's sshd, the login shell. */
static void ssh_login(uint32_t session, uint32_t login)
{
	exec((struct proc){ 10, 1, 0, 0, NONE, NONE }, "/usr/sbin/sshd");
	fork_by((struct proc){ 11, 10, 0, 0, NONE, NONE }, 10);
	fork_by((struct proc){ 12, 11, 0, 0, session, login }, 11);
	fork_by((struct proc){ 13, 12, ALICE, ALICE, session, login }, 12);
	exec((struct proc){ 13, 12, ALICE, ALICE, session, login }, "/bin/bash");
}

static void test_ssh(void **state)
{
	struct proc p = { 14, 13, ALICE, ALICE, 7, ALICE };
	struct story s;

	(void)state;
	ssh_login(7, ALICE);
	fork_by(p, 13);
	exec(p, "/usr/bin/psql");
	s = story(p);
	assert_int_equal(s.entry.way, REC_WAY_SSH);
	assert_int_equal(s.entry.leader->pid, 13);
	assert_int_equal(s.person.method, PERSON_LOGINUID);
	assert_int_equal(s.person.uid, ALICE);
	expect_chain(p, "alice");
}

static void test_ssh_without_loginuid(void **state)
{
	struct proc p = { 14, 13, 0, 0, NONE, NONE };
	struct story s;

	(void)state;
	ssh_login(NONE, NONE);
	fork_by((struct proc){ 14, 13, ALICE, ALICE, NONE, NONE }, 13);
	exec((struct proc){ 14, 13, ALICE, 0, NONE, NONE }, "/usr/bin/sudo");
	exec(p, "/usr/bin/psql");
	s = story(p);
	assert_int_equal(s.entry.way, REC_WAY_SSH);
	assert_int_equal(s.person.method, PERSON_SESSION_LEADER);
	assert_int_equal(s.person.uid, ALICE);
	assert_string_equal(s.person.confidence, "high");
	expect_chain(p, "alice (sudo) root");
}

static struct rec_task call_by(struct proc p, uint32_t exec_id)
{
	struct rec_task t = task_of(p);

	t.exec_id = exec_id;
	assert_int_equal(identity_call(id, &t, now++), 0);
	return t;
}

static void expect_login(struct proc p, enum person_method method, uint32_t uid, const char *confidence, uint32_t loginuid)
{
	struct rec_task t = task_of(p);
	struct story s = story(p);

	assert_int_equal(s.person.method, method);
	assert_int_equal(s.person.uid, uid);
	assert_string_equal(s.person.confidence ? s.person.confidence : "", confidence);
	assert_int_equal(identity_loginuid(id, &t), loginuid);
}

/* Whose login uid is unset may set it to anything: then it says nothing, and the way in is still the one it was. */
static void test_login_claimed(void **state)
{
	const struct proc shell = { 13, 12, ALICE, ALICE, NONE, NONE }, child = { 14, 13, ALICE, ALICE, NONE, NONE };
	const struct proc bob = { 14, 13, ALICE, ALICE, 9, BOB }, below = { 15, 14, ALICE, ALICE, 9, BOB };

	(void)state;
	ssh_login(NONE, NONE);
	fork_by(child, 13);
	call_by(bob, 1);
	expect_login(bob, PERSON_SESSION_LEADER, ALICE, "high", NONE);
	assert_int_equal(story(bob).entry.way, REC_WAY_SSH);
	fork_by(below, 14);
	exec(below, "/usr/bin/psql");
	expect_login(below, PERSON_SESSION_LEADER, ALICE, "high", NONE);
	expect_login(shell, PERSON_SESSION_LEADER, ALICE, "high", NONE);
}

/* The same between fork and exec, before a setuid program, and where the child gets another parent than its maker. */
static void test_login_claimed_unseen(void **state)
{
	const struct proc before = { 14, 13, ALICE, ALICE, NONE, NONE }, psql = { 14, 13, ALICE, ALICE, 9, BOB };
	const struct proc sudo = { 16, 13, ALICE, 0, 10, BOB }, cloned = { 17, 12, ALICE, ALICE, 11, BOB };

	(void)state;
	ssh_login(NONE, NONE);
	fork_by(before, 13);
	exec(psql, "/usr/bin/psql");
	expect_login(psql, PERSON_SESSION_LEADER, ALICE, "high", NONE);
	fork_by((struct proc){ 16, 13, ALICE, ALICE, NONE, NONE }, 13);
	exec(sudo, "/usr/bin/sudo");
	expect_login(sudo, PERSON_SESSION_LEADER, ALICE, "high", NONE);
	fork_by(cloned, 13);
	assert_int_equal(identity_login_proof(id, 11), LOGIN_CLAIMED);
}

/* Where the records between are missing nothing is certain, and no rule may rely on it; a session that was known before stays so. */
static void test_login_unproven(void **state)
{
	const struct proc orphan = { 20, 1, ALICE, ALICE, 12, BOB }, later = { 21, 1, ALICE, ALICE, 7, ALICE };

	(void)state;
	exec((struct proc){ 1, 0, 0, 0, NONE, NONE }, "/usr/lib/systemd/systemd");
	ssh_login(7, ALICE);
	call_by(orphan, 1);
	expect_login(orphan, PERSON_LOGINUID, BOB, "medium", NONE);
	call_by(later, 1);
	expect_login(later, PERSON_LOGINUID, ALICE, "certain", ALICE);
	fork_by((struct proc){ 22, 10, 0, 0, NONE, NONE }, 10);
	call_by((struct proc){ 22, 10, ALICE, ALICE, 13, BOB }, 2); /* its exec was lost */
	assert_int_equal(identity_login_proof(id, 13), LOGIN_UNPROVEN);
}

/* What is forgotten is not believed afterwards. */
static void test_logins_forgotten(void **state)
{
	struct logins l;

	(void)state;
	logins_init(&l);
	assert_int_equal(logins_note(&l, 1, LOGIN_PROVEN), 0);
	assert_int_equal(logins_note(&l, 2, LOGIN_CLAIMED), 0);
	assert_int_equal(logins_note(&l, 2, LOGIN_PROVEN), 0);
	assert_int_equal(logins_proof(&l, 2), LOGIN_CLAIMED);
	for (uint32_t i = 3; i <= LOGINS_MAX + 1; i++)
		assert_int_equal(logins_note(&l, i, LOGIN_PROVEN), 0);
	assert_int_equal(logins_proof(&l, 1), LOGIN_PROVEN);
	assert_int_equal(l.evictions, 0);
	assert_int_equal(logins_note(&l, LOGINS_MAX + 2, LOGIN_PROVEN), 0);
	assert_int_equal(logins_proof(&l, 2), LOGIN_UNPROVEN);
	assert_int_equal(l.evictions, 1);
	assert_int_equal(l.map.count, LOGINS_MAX);
	logins_done(&l);
}

static void test_sudo_su(void **state)
{
	struct proc p = { 17, 16, BOB, BOB, 7, ALICE };

	(void)state;
	ssh_login(7, ALICE);
	fork_by((struct proc){ 14, 13, ALICE, ALICE, 7, ALICE }, 13);
	exec((struct proc){ 14, 13, ALICE, 0, 7, ALICE }, "/usr/bin/sudo");
	fork_by((struct proc){ 15, 14, 0, 0, 7, ALICE }, 14);
	exec((struct proc){ 15, 14, 0, 0, 7, ALICE }, "/usr/bin/su");
	fork_by((struct proc){ 16, 15, 0, 0, 7, ALICE }, 15);
	exec((struct proc){ 16, 15, BOB, BOB, 7, ALICE }, "/bin/sh");
	fork_by(p, 16);
	exec(p, "/usr/bin/psql");
	expect_chain(p, "alice (sudo) root (su) bob");
	p.euid = 0; /* seteuid(0) in the process itself */
	expect_chain(p, "alice (sudo) root (su) bob (psql) root");
}

/* The parent's changes after it made the child are none of the child's. */
static void test_change_after_fork(void **state)
{
	struct proc p = { 15, 14, ALICE, ALICE, 7, ALICE };

	(void)state;
	ssh_login(7, ALICE);
	fork_by((struct proc){ 14, 13, ALICE, ALICE, 7, ALICE }, 13);
	exec((struct proc){ 14, 13, ALICE, ALICE, 7, ALICE }, "/bin/bash");
	fork_by(p, 14);
	exec((struct proc){ 14, 13, 0, 0, 7, ALICE }, "/usr/bin/other");
	expect_chain(p, "alice");
}

static void test_call_shows_setuid(void **state)
{
	struct proc p = { 14, 13, ALICE, ALICE, 7, ALICE };
	struct rec_task t;

	(void)state;
	ssh_login(7, ALICE);
	fork_by(p, 13);
	exec(p, "/usr/bin/tool");
	p.uid = p.euid = BOB;
	t = task_of(p);
	assert_int_equal(identity_call(id, &t, now++), 0);
	expect_chain(p, "alice (tool) bob");
}

static void test_not_a_door(void **state)
{
	struct proc p = { 14, 13, ALICE, ALICE, NONE, NONE };

	(void)state;
	exec_with((struct proc){ 13, 1, ALICE, ALICE, NONE, NONE }, "/home/alice/sshd", ALICE, 0755);
	fork_by(p, 13);
	exec(p, "/usr/bin/psql");
	assert_int_equal(story(p).entry.way, REC_WAY_UNKNOWN);
	/* root's own file, but run by alice herself */
	exec((struct proc){ 13, 1, ALICE, ALICE, NONE, NONE }, "/usr/sbin/sshd");
	assert_int_equal(story(p).entry.way, REC_WAY_UNKNOWN);
	assert_int_equal(story(p).person.method, PERSON_NONE);
	/* one that everybody may change */
	exec_with((struct proc){ 13, 1, 0, 0, NONE, NONE }, "/usr/sbin/sshd", 0, 0777);
	assert_int_equal(story(p).entry.way, REC_WAY_UNKNOWN);
}

/* Restarted by hand from somebody's session: the daemon's later logins are sessions of their own. */
static void test_sessions_are_apart(void **state)
{
	struct proc p = { 33, 32, BOB, BOB, 9, BOB };

	(void)state;
	ssh_login(7, ALICE);
	exec((struct proc){ 30, 13, 0, 0, 7, ALICE }, "/usr/sbin/cron");
	fork_by((struct proc){ 32, 30, 0, 0, 9, BOB }, 30);
	fork_by(p, 32);
	exec(p, "/bin/sh");
	assert_int_equal(story(p).entry.way, REC_WAY_CRON);
	assert_int_equal(story(p).person.uid, BOB);
}

static void test_session_table(void **state)
{
	struct rec_session r = {
		.entry_pid = 13, .entry_start_ns = 1300, .sessionid = 7, .uid = NONE, .way = REC_WAY_SSH, .source = REC_SOURCE_SOCKET
	};
	struct slice str[4] = { SLICE("far.example"), SLICE("sshd"), SLICE("7"), SLICE("pts/0") };
	struct proc p = { 50, 1, ALICE, ALICE, 7, ALICE };
	struct story s;

	(void)state;
	r.addr[10] = r.addr[11] = 0xff;
	r.addr[12] = 10;
	r.addr[15] = 3;
	assert_int_equal(identity_session(id, &r, str), 0);
	/* the tree is cut: its parent is init */
	exec(p, "/usr/bin/psql");
	s = story(p);
	assert_int_equal(s.entry.way, REC_WAY_SSH);
	assert_null(s.entry.leader);
	assert_non_null(s.entry.address);
	assert_true(slice_eq(s.entry.session->host, SLICE("far.example")));
	p.session = 8;
	exec(p, "/usr/bin/psql");
	assert_int_equal(story(p).entry.way, REC_WAY_UNKNOWN);
}

static void test_order_of_evidence(void **state)
{
	struct proc p = { 50, 1, BOB, BOB, NONE, NONE };
	struct rec_task t = task_of(p);
	struct rec_session r = { .sessionid = NONE, .uid = ALICE };
	struct slice str[4] = { SLICE_NONE, SLICE_NONE, SLICE_NONE, SLICE_NONE };
	struct story s;

	(void)state;
	exec(p, "/usr/bin/psql");
	story_of(id, &t, &s);
	assert_int_equal(s.person.method, PERSON_NONE);
	assert_int_equal(s.person.uid, NONE);
	t.user_owner = ALICE;
	story_of(id, &t, &s);
	assert_int_equal(s.person.method, PERSON_CONTAINER_OWNER);
	t.cgroup_id = 5;
	assert_int_equal(identity_cgroup(id, 5, SLICE("/user.slice/user-1001.slice/user@1001.service/app.slice/x.scope")), 0);
	story_of(id, &t, &s);
	assert_int_equal(s.person.method, PERSON_USER_UNIT);
	assert_int_equal(s.person.uid, ALICE);
	t.sessionid = r.sessionid = 4;
	assert_int_equal(identity_session(id, &r, str), 0);
	story_of(id, &t, &s);
	assert_int_equal(s.person.method, PERSON_LOGIND);
	t.loginuid = 0; /* root who logged in as root is known to be so */
	story_of(id, &t, &s);
	assert_int_equal(s.person.method, PERSON_LOGINUID);
	assert_int_equal(s.person.uid, 0);
}

/* The program of a new process of init's, in a group of its own. */
static struct proc unit_of(uint32_t pid, uint64_t id_of_group, const char *path, uint32_t account)
{
	struct proc p = { pid, 1, 0, 0, NONE, NONE };

	exec((struct proc){ 1, 0, 0, 0, NONE, NONE }, "/usr/lib/systemd/systemd");
	assert_int_equal(identity_cgroup(id, id_of_group, slice_cstr(path)), 0);
	fork_by(p, 1);
	group = id_of_group;
	exec(p, "/usr/lib/systemd/systemd-executor");
	p.uid = p.euid = account;
	exec(p, "/usr/bin/psql");
	return p;
}

/* alice -> sudo -> systemd-run: the service manager starts it, and its unit's name tells the pid of systemd-run. */
static void test_systemd_run(void **state)
{
	struct proc asker = { 60, 14, 0, 0, 7, ALICE };
	struct story s;

	(void)state;
	exec(asker, "/usr/bin/systemd-run");
	s = story(unit_of(61, 21, "/system.slice/run-p60-i61.service", BOB));
	assert_int_equal(s.person.method, PERSON_SYSTEMD_RUN);
	assert_int_equal(s.person.uid, ALICE);
	assert_int_equal(s.entry.way, REC_WAY_UNIT);
	expect_chain((struct proc){ 61, 1, BOB, BOB, NONE, NONE }, "alice (systemd) bob");
	fork_by((struct proc){ 62, 1, BOB, BOB, NONE, NONE }, 61); /* what it starts is alice's too */
	assert_int_equal(story((struct proc){ 62, 1, BOB, BOB, NONE, NONE }).person.uid, ALICE);

	/* Another name, another program, one of the user's own, a pid that somebody took later: none of them says anything. */
	assert_int_equal(story(unit_of(63, 22, "/system.slice/run-u60.service", BOB)).person.method, PERSON_NONE);
	assert_int_equal(story(unit_of(64, 23, "/system.slice/run-p999-i1.service", BOB)).person.method, PERSON_NONE);
	group = 0;
	exec((struct proc){ 65, 14, ALICE, ALICE, 7, ALICE }, "/usr/bin/psql");
	assert_int_equal(story(unit_of(66, 24, "/system.slice/run-p65-i1.service", BOB)).person.method, PERSON_NONE);
	group = 0;
	exec_with((struct proc){ 67, 14, ALICE, ALICE, 7, ALICE }, "/home/alice/systemd-run", ALICE, 0755);
	assert_int_equal(story(unit_of(68, 25, "/system.slice/run-p67-i1.service", BOB)).person.method, PERSON_NONE);
	group = 0;
	exec((struct proc){ 70, 14, ALICE, ALICE, 7, ALICE }, "/usr/bin/systemd-run");
	assert_int_equal(story(unit_of(69, 26, "/system.slice/run-p70-i1.service", BOB)).person.method, PERSON_NONE);
}

/* alice -> sudo -> systemd-nspawn, which unsets the login uid of what it starts. */
static void test_nspawn(void **state)
{
	struct proc sudo = { 60, 13, 0, 0, 7, ALICE }, nspawn = { 61, 60, 0, 0, 7, ALICE }, stub = { 62, 61, 0, 0, 7, ALICE },
		    sh = { 63, 62, 0, 0, NONE, NONE };
	struct story s;

	(void)state;
	ssh_login(7, ALICE);
	exec(sudo, "/usr/bin/sudo");
	exec(nspawn, "/usr/bin/systemd-nspawn");
	fork_by(stub, 61);
	fork_by(sh, 62);
	exec(sh, "/bin/sh");
	s = story(sh);
	assert_int_equal(s.person.method, PERSON_CONTAINER_OWNER);
	assert_int_equal(s.person.uid, ALICE);
	assert_string_equal(s.person.confidence, "high");
	assert_int_equal(s.entry.way, REC_WAY_SSH);
	assert_int_equal(s.entry.sessionid, 7);
	/* Another program that does so is not followed. */
	exec(nspawn, "/usr/bin/other");
	fork_by((struct proc){ 64, 61, 0, 0, 7, ALICE }, 61);
	exec((struct proc){ 64, 61, 0, 0, NONE, NONE }, "/usr/bin/psql");
	assert_int_equal(story((struct proc){ 64, 61, 0, 0, NONE, NONE }).person.method, PERSON_ORIGIN);
}

/* machinectl shell: the unit is left for a session's, but it began there. */
static void test_machinectl(void **state)
{
	struct proc p = unit_of(61, 21, "/system.slice/system-container\\x2dshell.slice/container-shell@1.service", BOB);

	(void)state;
	assert_int_equal(story(p).entry.way, REC_WAY_MACHINECTL);
	group = 22;
	assert_int_equal(identity_cgroup(id, 22, SLICE("/user.slice/user-1002.slice/session-9.scope")), 0);
	exec(p, "/usr/bin/psql");
	assert_int_equal(story(p).entry.way, REC_WAY_MACHINECTL);
}

/* PAM opens a session for the account that su changes to: whose it is says nothing of who it is. */
static void test_session_of_su(void **state)
{
	struct proc p = unit_of(61, 21, "/system.slice/job.service", 0), su = { 62, 61, 0, 0, NONE, NONE },
		    sh = { 63, 62, 0, 0, NONE, NONE };

	(void)state;
	fork_by(su, p.pid);
	exec(su, "/usr/bin/su");
	assert_int_equal(identity_cgroup(id, 22, SLICE("/user.slice/user-1002.slice/session-c2.scope")), 0);
	group = 22;
	fork_by(sh, 62);
	sh.uid = sh.euid = BOB;
	exec(sh, "/bin/bash");
	assert_int_equal(story(sh).person.method, PERSON_NONE);
	/* A display manager that we do not know: its session is evidence. */
	group = 23;
	fork_by((struct proc){ 64, 61, 0, 0, 7, ALICE }, 61);
	exec((struct proc){ 64, 61, 0, 0, NONE, NONE }, "/usr/bin/psql");
	exec((struct proc){ 64, 61, 0, 0, NONE, NONE }, "/usr/sbin/some-greeter");
	group = 22;
	exec((struct proc){ 64, 61, BOB, BOB, NONE, NONE }, "/bin/bash");
	assert_int_equal(story((struct proc){ 64, 61, BOB, BOB, NONE, NONE }).person.method, PERSON_USER_UNIT);
}

/* Root is nobody by weaker evidence, and a service under its own account has no person. */
static void test_never_root(void **state)
{
	struct proc p = { 51, 50, 0, 0, NONE, NONE };
	struct rec_task t = task_of(p);
	struct story s;

	(void)state;
	exec((struct proc){ 50, 1, 0, 0, NONE, NONE }, "/usr/sbin/sshd");
	fork_by(p, 50);
	exec(p, "/bin/bash");
	t.user_owner = 0;
	t.cgroup_id = 6;
	assert_int_equal(identity_cgroup(id, 6, SLICE("/user.slice/user-0.slice/session-1.scope")), 0);
	story_of(id, &t, &s);
	assert_int_equal(s.entry.way, REC_WAY_SSH);
	assert_int_equal(s.person.method, PERSON_NONE);
}

static void test_lost_exec(void **state)
{
	struct proc p = { 14, 13, ALICE, ALICE, 7, ALICE };
	struct rec_task t = task_of(p);
	const struct process *known;

	(void)state;
	exec(p, "/usr/bin/psql");
	assert_int_equal(identity_call(id, &t, now++), 0);
	assert_false(identity_process(id, 14, 1400)->lost);
	t.exec_id = 2;
	assert_int_equal(identity_call(id, &t, now++), 0);
	known = identity_process(id, 14, 1400);
	assert_true(known->lost);
	assert_false(known->known);
	assert_int_equal(known->path.len, 0);
	t.pid = 99; /* nothing at all was seen of it */
	assert_int_equal(identity_call(id, &t, now++), 0);
	assert_true(identity_process(id, 99, 1400)->lost);
}

static void test_clone_parent(void **state)
{
	(void)state;
	exec((struct proc){ 20, 1, ALICE, ALICE, 7, ALICE }, "/bin/maker");
	fork_by((struct proc){ 21, 1, ALICE, ALICE, 7, ALICE }, 20); /* its parent is init, its program the maker's */
	assert_true(slice_eq(identity_process(id, 21, 2100)->path, SLICE("/bin/maker")));
}

static void test_pid_taken_again(void **state)
{
	struct rec_task t = task_of((struct proc){ 20, 1, ALICE, ALICE, 7, ALICE });

	(void)state;
	exec((struct proc){ 20, 1, ALICE, ALICE, 7, ALICE }, "/bin/old");
	t.start_ns = 999999;
	assert_int_equal(identity_call(id, &t, now++), 0); /* the exit of the old one was lost */
	identity_tick(id, now + IDENTITY_LINGER_NS + 10);
	assert_null(identity_process(id, 20, 2000));
	assert_non_null(identity_process(id, 20, 999999));
}

/* ---- control groups ---- */

struct group_row {
	const char *path, *container, *runtime, *unit, *slice, *session, *snap, *flatpak;
	uint32_t owner;
};

#define HEX64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct group_row groups[] = {
	{ "/", NULL, NULL, NULL, NULL, NULL, NULL, NULL, NONE },
	{ "", NULL, NULL, NULL, NULL, NULL, NULL, NULL, NONE },
	{ "/user.slice/user-1001.slice/session-3.scope", NULL, NULL, "session-3.scope", "user-1001.slice", "3", NULL, NULL, ALICE },
	{ "/user.slice/user-1001.slice/user@1001.service/app.slice/app-x.scope", NULL, NULL, "app-x.scope", "app.slice", NULL, NULL, NULL,
	  ALICE },
	{ "/user.slice/user-1001.slice/user@1001.service/user-1002.slice/user@1002.service/x.scope", NULL, NULL, "x.scope",
	  "user-1002.slice", NULL, NULL, NULL, ALICE }, /* names of her choice, below her own */
	{ "/user.slice/user-abc.slice", NULL, NULL, NULL, "user-abc.slice", NULL, NULL, NULL, NONE },
	{ "/user.slice/user-4294967295.slice", NULL, NULL, NULL, "user-4294967295.slice", NULL, NULL, NULL, NONE },
	{ "/system.slice/docker-" HEX64 ".scope", HEX64, "docker", "docker-" HEX64 ".scope", "system.slice", NULL, NULL, NULL, NONE },
	{ "/docker/" HEX64, HEX64, "docker", NULL, NULL, NULL, NULL, NULL, NONE },
	{ "/system.slice/docker-short.scope", NULL, NULL, "docker-short.scope", "system.slice", NULL, NULL, NULL, NONE },
	{ "/user.slice/user-1001.slice/user@1001.service/user.slice/libpod-" HEX64 ".scope/container", HEX64, "podman",
	  "libpod-" HEX64 ".scope", "user.slice", NULL, NULL, NULL, ALICE },
	{ "/kubepods.slice/kubepods-pod1.slice/cri-containerd-" HEX64 ".scope", HEX64, "containerd", "cri-containerd-" HEX64 ".scope",
	  "kubepods-pod1.slice", NULL, NULL, NULL, NONE },
	{ "/kubepods/besteffort/pod1/" HEX64, HEX64, NULL, NULL, NULL, NULL, NULL, NULL, NONE },
	{ "/machine.slice/systemd-nspawn@web.service/payload", "web", "systemd-nspawn", "systemd-nspawn@web.service", "machine.slice", NULL,
	  NULL, NULL, NONE },
	{ "/machine.slice/machine-web.scope/payload", "web", "systemd-nspawn", "machine-web.scope", "machine.slice", NULL, NULL, NULL,
	  NONE },
	{ "/machine.slice/machine-qemu.scope/libvirt", "qemu", "systemd-machined", "machine-qemu.scope", "machine.slice", NULL, NULL, NULL,
	  NONE },
	{ "/lxc.payload.box/system.slice/ssh.service", "box", "lxc", "ssh.service", "system.slice", NULL, NULL, NULL, NONE },
	{ "/lxc/box", "box", "lxc", NULL, NULL, NULL, NULL, NULL, NONE },
	{ "/user.slice/user-1001.slice/user@1001.service/app.slice/snap.dbeaver-ce.dbeaver-ce-1-2-3.scope", NULL, NULL,
	  "snap.dbeaver-ce.dbeaver-ce-1-2-3.scope", "app.slice", NULL, "dbeaver-ce", NULL, ALICE },
	{ "/user.slice/user-1001.slice/user@1001.service/app.slice/app-flatpak-io.dbeaver.DBeaverCommunity-4711.scope", NULL, NULL,
	  "app-flatpak-io.dbeaver.DBeaverCommunity-4711.scope", "app.slice", NULL, NULL, "io.dbeaver.DBeaverCommunity", ALICE },
};

static void expect_slice(struct slice got, const char *want)
{
	assert_true(slice_eq(got, want ? slice_cstr(want) : SLICE_NONE));
}

static void test_groups(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
		const struct group_row *g = &groups[i];
		struct cgroup_facts f;

		cgroup_parse(slice_cstr(g->path), &f);
		expect_slice(f.container, g->container);
		assert_true(f.runtime == g->runtime || (f.runtime && g->runtime && strcmp(f.runtime, g->runtime) == 0));
		expect_slice(f.unit, g->unit);
		expect_slice(f.slice, g->slice);
		expect_slice(f.session, g->session);
		expect_slice(f.snap, g->snap);
		expect_slice(f.flatpak, g->flatpak);
		assert_int_equal(f.has_owner ? f.owner : NONE, g->owner);
		for (size_t n = 0; n < strlen(g->path); n++) /* no truncation is read beyond its end */
			cgroup_parse(slice_mem(g->path, n), &f);
	}
}

/* ---- scripts ---- */

static const struct {
	const char *path;
	struct slice args;
	enum script_kind kind;
	const char *name;
} scripts[] = {
	{ "/usr/bin/psql", SLICE_INIT("psql\0-f\0x.sql\0"), SCRIPT_NONE, NULL },
	{ "/usr/bin/python3.11", SLICE_INIT("python3\0pull.py\0-x\0"), SCRIPT_FILE, "pull.py" },
	{ "/usr/bin/python3.11", SLICE_INIT("python3\0-u\0-W\0ignore\0/opt/pull.py\0"), SCRIPT_FILE, "/opt/pull.py" },
	{ "/usr/bin/python3", SLICE_INIT("python3\0-Xdev\0-Wonce\0a.py\0"), SCRIPT_FILE, "a.py" },
	{ "/usr/bin/python3", SLICE_INIT("python3\0-m\0crm.export\0--all\0"), SCRIPT_MODULE, "crm.export" },
	{ "/usr/bin/python3", SLICE_INIT("python3\0-mcrm\0"), SCRIPT_MODULE, "crm" },
	{ "/usr/bin/python3", SLICE_INIT("python3\0-Ic\0import os\0a.py\0"), SCRIPT_INLINE, NULL },
	{ "/usr/bin/python3", SLICE_INIT("python3\0"), SCRIPT_STDIN, NULL },
	{ "/usr/bin/python3", SLICE_INIT("python3\0-\0x\0"), SCRIPT_STDIN, NULL },
	{ "/usr/bin/python3-config", SLICE_INIT("python3-config\0x\0"), SCRIPT_NONE, NULL },
	{ "/usr/bin/python3", SLICE_INIT("python3\0-m\0ipykernel_launcher\0-f\0/run/kernel-1b2c-3.json\0"), SCRIPT_NOTEBOOK,
	  "/run/kernel-1b2c-3.json" },
	{ "/usr/bin/python3", SLICE_INIT("python3\0-m\0ipykernel\0--f=/run/kernel-9.json\0"), SCRIPT_NOTEBOOK, "/run/kernel-9.json" },
	{ "/usr/lib/R/bin/exec/R", SLICE_INIT("R\0--slave\0-e\0IRkernel::main()\0--args\0/run/kernel-5.json\0"), SCRIPT_NOTEBOOK,
	  "/run/kernel-5.json" },
	{ "/usr/bin/python3", SLICE_INIT("python3\0read.py\0kernel-5.json\0"), SCRIPT_FILE, "read.py" },
	{ "/usr/lib/R/bin/exec/R", SLICE_INIT("R\0--no-echo\0--no-restore\0--file=pull.R\0--args\0a\0"), SCRIPT_FILE, "pull.R" },
	{ "/usr/lib/R/bin/Rscript", SLICE_INIT("Rscript\0--vanilla\0pull.R\0"), SCRIPT_FILE, "pull.R" },
	{ "/usr/bin/perl5.36", SLICE_INIT("perl\0-I\0lib\0pull.pl\0"), SCRIPT_FILE, "pull.pl" },
	{ "/usr/bin/perl", SLICE_INIT("perl\0-e\0print\0"), SCRIPT_INLINE, NULL },
	{ "/usr/bin/node", SLICE_INIT("node\0--require\0x.js\0srv.js\0"), SCRIPT_FILE, "srv.js" },
	{ "/usr/bin/java", SLICE_INIT("java\0-Xmx1g\0-cp\0a.jar\0org.x.Main\0"), SCRIPT_MODULE, "org.x.Main" },
	{ "/usr/bin/java", SLICE_INIT("java\0-jar\0dbeaver.jar\0"), SCRIPT_FILE, "dbeaver.jar" },
	{ "/usr/bin/dash", SLICE_INIT("/bin/sh\0./export.sh\0"), SCRIPT_FILE, "./export.sh" },
	{ "/usr/bin/bash", SLICE_INIT("bash\0-xec\0psql\0"), SCRIPT_INLINE, NULL },
	{ "/usr/bin/bash", SLICE_INIT("bash\0--\0-x.sh\0"), SCRIPT_FILE, "-x.sh" },
	{ "/usr/bin/bash", SLICE_INIT("-bash\0"), SCRIPT_STDIN, NULL },
	{ "/usr/bin/python3", SLICE_INIT("python3\0-m\0"), SCRIPT_MODULE, NULL },
	{ "/usr/bin/python3", SLICE_INIT("python3\0-W"), SCRIPT_STDIN, NULL },
	/* joined letters, and values that stand behind them */
	{ "/usr/bin/python3.13t", SLICE_INIT("python3\0-uBE\0pull.py\0"), SCRIPT_FILE, "pull.py" },
	{ "/usr/bin/python3.11", SLICE_INIT("python3\0-cprint(1)\0a.py\0"), SCRIPT_INLINE, NULL },
	{ "/usr/bin/pypy3", SLICE_INIT("pypy3\0-m\0crm.export\0"), SCRIPT_MODULE, "crm.export" },
	{ "/usr/bin/pypy3.9", SLICE_INIT("pypy3\0-u\0pull.py\0"), SCRIPT_FILE, "pull.py" },
	{ "/usr/bin/perl", SLICE_INIT("perl\0-lane\0print $F[0]\0data.txt\0"), SCRIPT_INLINE, NULL },
	{ "/usr/bin/perl", SLICE_INIT("perl\0-i.bake\0-Mstrict\0-w\0-Ilib\0pull.pl\0"), SCRIPT_FILE, "pull.pl" },
	{ "/usr/bin/perl", SLICE_INIT("perl\0-0777\0-F:\0pull.pl\0"), SCRIPT_FILE, "pull.pl" },
	{ "/usr/bin/ruby3.1", SLICE_INIT("ruby\0-rsequel\0-W:no-experimental\0pull.rb\0"), SCRIPT_FILE, "pull.rb" },
	{ "/usr/bin/ruby3.1", SLICE_INIT("ruby\0-ne\0puts $_\0x\0"), SCRIPT_INLINE, NULL },
	{ "/usr/bin/node", SLICE_INIT("node\0-pe\0run()\0"), SCRIPT_INLINE, NULL },
	{ "/usr/bin/node", SLICE_INIT("node\0--import\0./hook.mjs\0--max-old-space-size=4096\0srv.mjs\0"), SCRIPT_FILE, "srv.mjs" },
	{ "/usr/bin/php8.2", SLICE_INIT("php\0-d\0memory_limit=1G\0pull.php\0"), SCRIPT_FILE, "pull.php" },
	{ "/usr/bin/php8.2", SLICE_INIT("php\0-S\0localhost:80\0-t\0www\0router.php\0"), SCRIPT_FILE, "router.php" },
	{ "/usr/bin/java", SLICE_INIT("java\0--add-opens\0java.base/java.nio=ALL-UNNAMED\0-jar\0etl.jar\0"), SCRIPT_FILE, "etl.jar" },
	{ "/usr/bin/java", SLICE_INIT("java\0--source\00017\0Pull.java\0"), SCRIPT_FILE, "Pull.java" },
	{ "/usr/lib/R/bin/exec/R", SLICE_INIT("R\0--no-save\0--args\0x.R\0"), SCRIPT_STDIN, NULL },
	{ "/usr/bin/julia", SLICE_INIT("julia\0--project=etl\0-t\0004\0pull.jl\0"), SCRIPT_FILE, "pull.jl" },
	/* shells */
	{ "/usr/bin/bash", SLICE_INIT("bash\0-euo\0pipefail\0export.sh\0"), SCRIPT_FILE, "export.sh" },
	{ "/usr/bin/bash", SLICE_INIT("bash\0+x\0+O\0extglob\0export.sh\0"), SCRIPT_FILE, "export.sh" },
	{ "/usr/bin/bash", SLICE_INIT("bash\0-s\0--\0db7\0"), SCRIPT_STDIN, NULL },
	{ "/usr/bin/bash", SLICE_INIT("bash\0-lc\0psql\0"), SCRIPT_INLINE, NULL },
	{ "/bin/busybox", SLICE_INIT("/bin/sh\0/opt/export.sh\0"), SCRIPT_FILE, "/opt/export.sh" },
	{ "/bin/busybox", SLICE_INIT("busybox\0ash\0-c\0psql\0"), SCRIPT_INLINE, NULL },
	{ "/bin/busybox", SLICE_INIT("busybox\0vi\0x.sh\0"), SCRIPT_NONE, NULL },
	{ "/bin/busybox", SLICE_INIT("-sh\0"), SCRIPT_STDIN, NULL },
	/* what "#!/usr/bin/env -S python3 -u", pipx run and uv run come to: the program they run in the end */
	{ "/home/a/.venv/bin/python3.12", SLICE_INIT("python3\0-u\0./pull.py\0--all\0"), SCRIPT_FILE, "./pull.py" },
	{ "/home/a/.cache/pipx/f0/bin/python3.12", SLICE_INIT("/home/a/.cache/pipx/f0/bin/python\0/home/a/.cache/pipx/f0/bin/csvkit\0x\0"),
	  SCRIPT_FILE, "/home/a/.cache/pipx/f0/bin/csvkit" },
};

static void test_scripts(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(scripts); i++) {
		struct process p = { .path = slice_cstr(scripts[i].path), .args = scripts[i].args };
		struct script s;

		script_of(&p, &s);
		assert_int_equal(s.kind, scripts[i].kind);
		expect_slice(s.name, scripts[i].name);
		if (i == 10)
			assert_true(slice_eq(s.kernel_id, SLICE("1b2c-3")));
		for (size_t n = 0; n < scripts[i].args.len; n++) { /* at every truncation, in memory of that size */
			char *copy = malloc(n + 1);

			memcpy(copy, scripts[i].args.ptr, n);
			p.args = slice_mem(copy, n);
			script_of(&p, &s);
			free(copy);
		}
	}
}

/* The example of the specification. */
static void test_cpid(void **state)
{
	char text[CPID_TEXT];

	(void)state;
	assert_int_equal(cpid(SLICE("2899dae4-4fa4-4eef-95b6-6bc95325f61a"), 4026532263u, 55558ull * 10000000u + 9999999u, 29, text), 0);
	assert_memory_equal(text, "b770a0ed-8463-822c-b5f6-30d9081ddbd9", CPID_TEXT);
	assert_true(cpid(SLICE("boot"), 1, 1, 1, text) < 0);
	assert_true(cpid(SLICE("2899dae4-4fa4-4eef-95b6-6bc95325f61a0"), 1, 1, 1, text) < 0);
	assert_true(cpid(SLICE("2899dae4-4fa4-4eef-95b6-6bc95325f61a"), 0, 1, 1, text) < 0);
}

/* What rules compare: absolute where it can be. */
static void test_script_path(void **state)
{
	static const struct {
		const char *path, *cwd;
		struct slice args;
		const char *want;
	} rows[] = {
		{ "/usr/bin/python3.11", "/home/alice", SLICE_INIT("python3\0/opt/x.py\0"), "/opt/x.py" },
		{ "/usr/bin/python3.11", "/home/alice", SLICE_INIT("python3\0x.py\0"), "/home/alice/x.py" },
		{ "/usr/bin/python3.11", "/home/alice", SLICE_INIT("python3\0./x.py\0"), "/home/alice/x.py" },
		{ "/usr/bin/python3.11", "/home/alice", SLICE_INIT("python3\0../x.py\0"), "/home/alice/../x.py" },
		{ "/usr/bin/python3.11", "/", SLICE_INIT("python3\0x.py\0"), "/x.py" },
		{ "/usr/bin/python3.11", "", SLICE_INIT("python3\0x.py\0"), "" },
		{ "/usr/bin/python3.11", "/home/alice", SLICE_INIT("python3\0-m\0etl.pull\0"), "etl.pull" },
		{ "/usr/bin/python3.11", "/home/alice", SLICE_INIT("python3\0-c\0pass\0"), "" },
	};
	struct arena arena;

	(void)state;
	arena_init(&arena, 1 << 20);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct process p = { .path = slice_cstr(rows[i].path), .args = rows[i].args, .cwd = slice_cstr(rows[i].cwd) };
		struct script s;

		script_of(&p, &s);
		expect_slice(script_path(id, &p, &s, &arena), rows[i].want);
	}
	arena_done(&arena);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_ssh),
		T(test_ssh_without_loginuid),
		T(test_login_claimed),
		T(test_login_claimed_unseen),
		T(test_login_unproven),
		T(test_logins_forgotten),
		T(test_sudo_su),
		T(test_change_after_fork),
		T(test_call_shows_setuid),
		T(test_not_a_door),
		T(test_sessions_are_apart),
		T(test_session_table),
		T(test_order_of_evidence),
		T(test_never_root),
		T(test_systemd_run),
		T(test_nspawn),
		T(test_machinectl),
		T(test_session_of_su),
		T(test_lost_exec),
		T(test_clone_parent),
		T(test_pid_taken_again),
		T(test_groups),
		T(test_scripts),
		T(test_script_path),
		T(test_cpid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
