// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Questions to the child, with real processes, sockets and files; logind's and utmp's files are written here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utmpx.h>

#include <cmocka.h>

#include "decode/decode.h"
#include "identity/lookup.h"
#include "identity/lookup_answer.h"
#include "identity/packages.h"
#include "identity/procfs.h"

#define SECOND 1000000000ull

static struct lookup *lookup;
static char kept[1 << 16] __attribute__((aligned(8)));
static struct decoded got;
static unsigned answers;

static int keep(void *ctx, struct slice record)
{
	(void)ctx;
	memcpy(kept, record.ptr, record.len);
	assert_int_equal(decode_record(slice_mem(kept, record.len), &got), 0);
	answers++;
	return 0;
}

/* Asks and waits for the answer; false: there is none. */
static bool ask(const struct lookup_request *q)
{
	unsigned before = answers;

	assert_int_equal(lookup_ask(lookup, q, 1), 0);
	for (int n = 0; n == 0;) {
		struct pollfd p = { .fd = lookup_poll_fd(lookup), .events = POLLIN };

		assert_int_equal(poll(&p, 1, 20000), 1);
		n = lookup_read(lookup, keep, NULL, 2);
		assert_true(n >= 0);
	}
	return answers > before;
}

static int setup(void **state)
{
	(void)state;
	return lookup_new(&lookup);
}

static int teardown(void **state)
{
	(void)state;
	lookup_free(lookup);
	return 0;
}

static uint64_t start_of(pid_t pid)
{
	struct procfs p;
	struct procfs_stat s = { .ppid = 0 };
	int dir;

	assert_int_equal(procfs_open(&p), 0);
	dir = procfs_dir(&p, (uint32_t)pid);
	assert_int_equal(procfs_stat(&p, dir, &s), 0);
	close(dir);
	procfs_close(&p);
	return s.start_ns;
}

/* cat with this variable in its environment; it ends when the returned descriptor is closed. */
static pid_t spawn(const char *variable, int *ret_fd)
{
	int fds[2], ready[2];
	pid_t pid;
	char c;

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		char *const argv[] = { (char *)(uintptr_t) "cat", NULL }, *const env[] = { (char *)(uintptr_t)variable, NULL };

		dup2(fds[0], 0);
		execve("/bin/cat", argv, env);
		_exit(1);
	}
	close(fds[0]);
	close(ready[1]);
	assert_int_equal(read(ready[0], &c, 1), 0); /* closed by the exec */
	close(ready[0]);
	*ret_fd = fds[1];
	return pid;
}

static void reap(pid_t pid, int fd)
{
	close(fd);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void test_user(void **state)
{
	struct lookup_request q = { .kind = LOOKUP_USER };

	(void)state;
	assert_true(ask(&q));
	assert_int_equal(got.type, REC_USER);
	assert_int_equal(got.user->uid, 0);
	assert_true(slice_eq(got.str[0], SLICE("root")));
	q.uid = 4000000001u;
	assert_null(getpwuid(q.uid));
	assert_true(ask(&q));
	assert_int_equal(got.str[0].len, 0);
}

static bool has_group(struct slice names, struct slice want)
{
	while (names.len) {
		struct slice name = slice_head(names, strnlen(names.ptr, names.len));

		if (slice_eq(name, want))
			return true;
		names = slice_skip(names, name.len + 1);
	}
	return false;
}

/* As NSS has them on this machine: the primary group, and each that names the account as a member. */
static void test_groups(void **state)
{
	struct lookup_request q = { .kind = LOOKUP_GROUPS };
	const struct passwd *root = getpwuid(0);
	const struct group *g;

	(void)state;
	assert_true(ask(&q));
	assert_int_equal(got.type, REC_GROUPS);
	assert_int_equal(got.groups->uid, 0);
	assert_int_equal(got.hdr->flags, 0);
	g = getgrgid(root->pw_gid);
	assert_true(has_group(got.str[0], slice_cstr(g->gr_name)));
	setgrent();
	while ((g = getgrent()))
		for (char **m = g->gr_mem; *m; m++)
			if (strcmp(*m, root->pw_name) == 0)
				assert_true(has_group(got.str[0], slice_cstr(g->gr_name)));
	endgrent();
	assert_true(got.str[0].len && got.str[0].ptr[got.str[0].len - 1] == 0);
	q.uid = 4000000001u;
	assert_false(ask(&q)); /* nobody: groups stay unknown */
}

static void test_file(void **state)
{
	struct lookup_request q = { .kind = LOOKUP_FILE, .pid = (uint32_t)getpid() };
	char want[65] = "";
	struct stat st;
	FILE *f;

	(void)state;
	assert_int_equal(stat("/proc/self/exe", &st), 0);
	q.ino = st.st_ino;
	q.dev = 77;
	q.ctime_ns = (uint64_t)st.st_ctim.tv_sec * SECOND + (uint64_t)st.st_ctim.tv_nsec;
	assert_true(ask(&q));
	assert_int_equal(got.type, REC_FILE);
	assert_int_equal(got.file->ino, q.ino);
	assert_int_equal(got.file->dev, 77);
	assert_true(got.str[0].len >= 16); /* gcc writes a build id here */
	f = popen("sha256sum < /proc/$PPID/exe", "r");
	assert_int_equal(fscanf(f, "%64s", want), 1);
	pclose(f);
	assert_true(slice_eq(got.str[1], slice_cstr(want)));
	q.pid = 0x7ffffffe; /* it has ended: by its path */
	assert_false(ask(&q));
	assert_true(readlink("/proc/self/exe", q.path, sizeof(q.path) - 1) > 0);
	assert_true(ask(&q));
	assert_true(slice_eq(got.str[1], slice_cstr(want)));
	q.ctime_ns++; /* another version of the file */
	assert_false(ask(&q));
	q.pid = (uint32_t)getpid();
	assert_false(ask(&q));
}

static void put_file(const char *dir, const char *name, const char *text)
{
	char path[200];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static int owner(struct packages *p, const char *path, const char *want)
{
	char name[PACKAGES_NAME_MAX] = "";
	int r = packages_owner(p, slice_cstr(path), name);

	if (r == 0)
		assert_string_equal(name, want);
	return r;
}

static void test_packages(void **state)
{
	char dir[] = "/tmp/qprov-lookup-XXXXXX", command[120];
	struct timespec then[2] = { { .tv_sec = 1000 }, { .tv_sec = 1000 } };
	struct packages *p;

	(void)state;
	assert_int_equal(packages_new("/nonexistent", &p), 0);
	assert_int_equal(owner(p, "/usr/bin/psql", ""), -ENODATA);
	packages_free(p);
	assert_non_null(mkdtemp(dir));
	assert_int_equal(packages_new(dir, &p), 0);
	assert_int_equal(owner(p, "/usr/bin/psql", ""), -ENODATA); /* no lists: not dpkg's machine, whatever else made the folder */
	put_file(dir, "libpq5:amd64.list", "/.\n/usr\n/usr/lib/libpq.so.5\n");
	put_file(dir, "psql.list", "/usr\n/usr/bin\n/usr/bin/psql\n/bin/old");
	put_file(dir, "psql.md5sums", "/usr/bin/other\n");
	put_file(dir, "empty.list", "");
	assert_int_equal(utimensat(AT_FDCWD, dir, then, 0), 0);
	assert_int_equal(owner(p, "/usr/bin/psql", "psql"), 0);
	assert_int_equal(owner(p, "/usr/lib/libpq.so.5", "libpq5"), 0);
	assert_int_equal(owner(p, "/usr/bin/old", "psql"), 0); /* listed before /bin was a link */
	assert_int_equal(owner(p, "/usr/bin/other", ""), -ENOENT);
	assert_int_equal(owner(p, "/usr/bin/psq", ""), -ENOENT);
	assert_int_equal(owner(p, "/usr/bin/psql2", ""), -ENOENT);
	assert_int_equal(owner(p, "", ""), -ENOENT);
	put_file(dir, "new.list", "/usr/bin/other\n"); /* changes the folder's time */
	assert_int_equal(owner(p, "/usr/bin/other", "new"), 0);
	packages_free(p);
	packages_free(NULL);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	assert_int_equal(system(command), 0);
}

/* This machine's own cat, and a file of no package: this test. */
static void test_package(void **state)
{
	struct lookup_request q = { .kind = LOOKUP_PACKAGE };
	struct stat st;
	int fd;
	pid_t pid;

	(void)state;
	if (access("/var/lib/dpkg/info/coreutils.list", R_OK))
		skip();
	pid = spawn("A=1", &fd);
	q.pid = (uint32_t)pid;
	strcpy(q.path, "/usr/bin/cat");
	assert_int_equal(stat("/bin/cat", &st), 0);
	q.ino = st.st_ino;
	q.dev = 77;
	q.ctime_ns = (uint64_t)st.st_ctim.tv_sec * SECOND + (uint64_t)st.st_ctim.tv_nsec;
	assert_true(ask(&q));
	assert_int_equal(got.type, REC_PACKAGE);
	assert_int_equal(got.package->dev, 77);
	assert_true(slice_eq(got.str[0], SLICE("coreutils")));
	strcpy(q.path, "/usr/bin/env"); /* of the same package, but not what runs */
	assert_false(ask(&q));
	strcpy(q.path, "/usr/bin/cat");
	q.ctime_ns++;
	assert_false(ask(&q));
	q.ctime_ns--;
	reap(pid, fd);
	assert_true(ask(&q)); /* it has ended; the file is still what it was */
	assert_int_equal(stat("/proc/self/exe", &st), 0);
	q.pid = (uint32_t)getpid();
	q.ino = st.st_ino;
	q.ctime_ns = (uint64_t)st.st_ctim.tv_sec * SECOND + (uint64_t)st.st_ctim.tv_nsec;
	memset(q.path, 0, sizeof(q.path));
	assert_true(readlink("/proc/self/exe", q.path, sizeof(q.path) - 1) > 0);
	assert_true(ask(&q));
	assert_int_equal(got.str[0].len, 0);
}

static void test_claim(void **state)
{
	int fd;
	pid_t pid = spawn("JPY_SESSION_NAME=/home/a/leak.ipynb", &fd);
	struct lookup_request q = { .kind = LOOKUP_CLAIM, .pid = (uint32_t)pid, .start_ns = start_of(pid) + 5 };

	(void)state;
	assert_true(ask(&q));
	assert_int_equal(got.type, REC_CLAIM);
	assert_int_equal(got.claim->pid, pid);
	assert_true(slice_eq(got.str[0], SLICE("/home/a/leak.ipynb")));
	q.start_ns += 20000000; /* another process of this pid */
	assert_false(ask(&q));
	reap(pid, fd);
}

static void test_process(void **state)
{
	int fd;
	pid_t pid = spawn("A=1", &fd);
	struct lookup_request q = { .kind = LOOKUP_PROCESS, .pid = (uint32_t)pid, .start_ns = start_of(pid) };

	(void)state;
	assert_true(ask(&q));
	assert_int_equal(got.type, REC_PROC);
	assert_int_equal(got.exec->task.pid, pid);
	assert_true(slice_ends(got.str[0], SLICE("cat")));
	q.start_ns += SECOND;
	assert_false(ask(&q));
	reap(pid, fd);
	assert_false(ask(&q));
}

static void test_cgroup(void **state)
{
	struct lookup_request q = { .kind = LOOKUP_CGROUP, .pid = (uint32_t)getpid() };
	struct procfs p;
	int dir;
	char want[REC_CGROUP_MAX];
	struct slice path;

	(void)state;
	assert_int_equal(procfs_open(&p), 0);
	dir = procfs_dir(&p, q.pid);
	path = procfs_cgroup(&p, dir);
	assert_true(path.len && path.len < sizeof(want));
	memcpy(want, path.ptr, path.len);
	q.cgroup_id = procfs_cgroup_id(&p, path);
	assert_true(q.cgroup_id);
	assert_true(ask(&q));
	assert_int_equal(got.type, REC_CGROUP);
	assert_true(slice_eq(got.str[0], slice_mem(want, path.len)));
	q.cgroup_id++;
	assert_false(ask(&q));
	close(dir);
	procfs_close(&p);
}

/* A connected pair on loopback; the accepted end is handed to a child that plays sshd. */
static void test_socket(void **state)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int server = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), conn, fd;
	struct lookup_request q = { .kind = LOOKUP_SESSION, .sessionid = 7, .way = REC_WAY_SSH, .ndoors = 1 };
	static const uint8_t loopback[16] = { [10] = 0xff, 0xff, 127, 0, 0, 1 };
	socklen_t len = sizeof(a);
	pid_t pid;

	(void)state;
	fcntl(server, F_SETFD, FD_CLOEXEC);
	assert_int_equal(bind(server, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(server, 1), 0);
	assert_int_equal(getsockname(server, (struct sockaddr *)&a, &len), 0);
	assert_int_equal(connect(client, (struct sockaddr *)&a, sizeof(a)), 0);
	conn = accept(server, NULL, NULL); /* inherited by the child */
	assert_int_equal(getsockname(client, (struct sockaddr *)&a, &len), 0);
	pid = spawn("SSH_CONNECTION=203.0.113.9 1 192.0.2.1 22", &fd);
	close(conn);
	q.pid = q.doors[0] = (uint32_t)pid;
	assert_true(ask(&q));
	assert_int_equal(got.type, REC_SESSION);
	assert_int_equal(got.session->source, REC_SOURCE_SOCKET);
	assert_int_equal(got.session->port, ntohs(a.sin_port));
	assert_memory_equal(got.session->addr, loopback, 16);
	assert_int_equal(got.session->sessionid, 7);
	q.ndoors = 0; /* only its environment is left */
	assert_true(ask(&q));
	assert_int_equal(got.session->source, REC_SOURCE_ENVIRON);
	assert_int_equal(got.session->addr[12], 203);
	reap(pid, fd);
	close(client);
	close(server);
	assert_true(ask(&q)); /* nothing at all is an answer too: it need not be asked again */
	assert_int_equal(got.session->source, REC_SOURCE_NONE);
}

static void test_logind_and_utmp(void **state)
{
	char dir[] = "/tmp/qprov-lookup-XXXXXX", sessions[100], utmp[100], command[120];
	struct lookup_request q = { .kind = LOOKUP_SESSION, .sessionid = 17, .entry_pid = 4711, .pid = 0x7ffffffe };
	struct lookup_places places = { sessions, "/nonexistent", utmp };
	struct utmpx u = { .ut_type = USER_PROCESS, .ut_pid = 4711, .ut_line = "pts/5", .ut_host = "lab.example" };
	struct buf out;

	(void)state;
	buf_init(&out, 1 << 16);
	assert_non_null(mkdtemp(dir));
	snprintf(sessions, sizeof(sessions), "%s/sessions", dir);
	snprintf(utmp, sizeof(utmp), "%s/utmp", dir);
	assert_int_equal(mkdir(sessions, 0700), 0);
	put_file(sessions, "3", "UID=1\nAUDIT=16\nREMOTE_HOST=10.0.0.1\n");
	put_file(sessions, "c2",
		 "# x\nUID=1001\nUSER=alice\nREMOTE=1\nREMOTE_HOST=2001:db8::5\nSERVICE=sshd\nTTY=pts/4\nLEADER=99\nAUDIT=17\n");
	put_file(sessions, "17.ref", "");
	put_file(dir, "utmp", "");
	utmpxname(utmp);
	setutxent();
	((char *)u.ut_addr_v6)[0] = 10;
	((char *)u.ut_addr_v6)[3] = 9;
	assert_non_null(pututxline(&u));
	endutxent();

	assert_int_equal(lookup_session(&q, &places, &out), 0);
	keep(NULL, buf_slice(&out));
	assert_int_equal(got.session->source, REC_SOURCE_LOGIND);
	assert_int_equal(got.session->uid, 1001);
	assert_int_equal(got.session->addr[0], 0x20);
	assert_true(slice_eq(got.str[1], SLICE("sshd")) && slice_eq(got.str[2], SLICE("c2")) && slice_eq(got.str[3], SLICE("pts/4")));
	q.sessionid = REC_UNSET_ID; /* by its leader then, and neither file has it: utmp does */
	assert_int_equal(lookup_session(&q, &places, &out), 0);
	keep(NULL, buf_slice(&out));
	assert_int_equal(got.session->source, REC_SOURCE_UTMP);
	assert_int_equal(got.session->addr[12], 10);
	assert_int_equal(got.session->uid, REC_UNSET_ID);
	assert_true(slice_eq(got.str[0], SLICE("lab.example")) && slice_eq(got.str[3], SLICE("pts/5")));
	put_file(sessions, "3", "UID=4294967295\nLEADER=4711\nREMOTE_HOST=not an address\nTTY="); /* torn and odd */
	assert_int_equal(lookup_session(&q, &places, &out), 0);
	keep(NULL, buf_slice(&out));
	assert_int_equal(got.session->source, REC_SOURCE_LOGIND);
	assert_int_equal(got.session->uid, REC_UNSET_ID);
	assert_int_equal(got.session->addr[15], 0);
	buf_done(&out);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	assert_int_equal(system(command), 0);
}

/* As auditd writes them, with what it adds behind the quote. */
#define LOGIN(s, kind, exe, ses, addr, res)                                                                                                \
	"type=" kind " msg=audit(" s ".120:45): pid=99 uid=0 auid=1001 ses=" ses                                                           \
	" subj=unconfined msg='op=login acct=\"alice\" exe=\"" exe "\" hostname=lab.example addr=" addr " terminal=ssh res=" res           \
	"'\035UID=\"root\" AUID=\"alice\"\n"
static bool audit_tells(const char *dir, const char *file, const char *log, struct audit_login *ret)
{
	char path[200];

	put_file(dir, file, log);
	snprintf(path, sizeof(path), "%s/audit.log", dir);
	return lookup_audit(path, 17, 2000, ret) == 0;
}

static void test_audit(void **state)
{
	char dir[] = "/tmp/qprov-lookup-XXXXXX", command[120], path[200];
	struct audit_login l;
	static const char good[] = LOGIN("2001", "USER_LOGIN", "/usr/sbin/sshd", "17", "192.0.2.7", "success");
	static const char *const others[] = {
		"", LOGIN("2001", "USER_LOGIN", "/usr/sbin/sshd", "17", "192.0.2.7", "failed"),
		LOGIN("2001", "USER_LOGIN", "/usr/sbin/sshd", "170", "192.0.2.7", "success"),
		LOGIN("2001", "USER_LOGIN", "/usr/sbin/sshd", "17", "?", "success"),
		LOGIN("1999", "USER_LOGIN", "/usr/sbin/sshd", "17", "192.0.2.7", "success"), /* of the boot before */
		LOGIN("2001", "USER_START", "/usr/bin/sudo", "17", "192.0.2.7", "success"),
		LOGIN("2001", "USER_END", "/usr/sbin/sshd", "17", "192.0.2.7", "success"),
		/* An account's name cannot play a record: it stands in hex when it has a space or a quote in it. */
		"type=USER_LOGIN msg=audit(2001.1:1): pid=9 uid=1001 auid=1001 ses=17 msg='exe=\"/usr/sbin/sshd\" "
		"addr=192.0.2.7 "
		"res=success'\n",
		"type=USER_LOGIN msg=audit(2001.1:1): ses=17 \n", "type=USER_LOGIN ses=17 msg='\n",
		"type=USER_LOGIN msg=audit(2001.1:1): pid=9 uid=0 ses=17 msg='exe=\"/usr/sbin/sshd\" addr=192.0.2.7 "
		"res=success'", /* still
				   being
				   written
				 */
	};

	(void)state;
	assert_non_null(mkdtemp(dir));
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_false(audit_tells(dir, "audit.log", others[i], &l));
	assert_true(audit_tells(dir, "audit.log", good, &l));
	assert_string_equal(l.addr, "192.0.2.7");
	assert_int_equal(l.way, REC_WAY_SSH);
	for (size_t cut = 0; cut < strlen(good); cut++) { /* at every length, and in front of a whole one */
		char log[1024];

		snprintf(log, sizeof(log), "%.*s", (int)cut, good);
		assert_false(audit_tells(dir, "audit.log", log, &l));
		snprintf(log, sizeof(log), "%.*s\n%s", (int)cut, good, good);
		assert_true(audit_tells(dir, "audit.log", log, &l));
	}
	assert_false(audit_tells(dir, "audit.log", "", &l));
	assert_true(audit_tells(dir, "audit.log.1",
				LOGIN("2001", "USER_START", "/usr/lib/openssh/sshd-session", "17", "2001:db8::7", "success"), &l));
	assert_string_equal(l.addr, "2001:db8::7");
	snprintf(path, sizeof(path), "%s/audit.log.1", dir);
	assert_int_equal(chmod(path, 0666), 0); /* anybody could have written that */
	assert_int_equal(lookup_audit(path, 17, 2000, &l), -ENOENT);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	assert_int_equal(system(command), 0);
}

/* A child that does not answer in time is replaced; the questions are lost and told. */
static void test_patience(void **state)
{
	struct lookup_request q = { .kind = LOOKUP_USER };
	int fd = lookup_poll_fd(lookup);

	(void)state;
	assert_int_equal(lookup_ask(lookup, &q, SECOND), 0);
	assert_int_equal(lookup_ask(lookup, &q, SECOND), 0);
	assert_int_equal(lookup_tick(lookup, SECOND + LOOKUP_PATIENCE_NS - 1), 0);
	assert_int_equal(lookup_tick(lookup, SECOND + LOOKUP_PATIENCE_NS), 2);
	assert_int_equal(lookup_poll_fd(lookup), fd);
	assert_true(ask(&q));
	assert_int_equal(got.type, REC_USER);
}

static void test_never_waits(void **state)
{
	struct lookup_request q = { .kind = LOOKUP_USER };
	int r = 0;

	(void)state;
	for (unsigned i = 0; i < 100000 && r == 0; i++)
		r = lookup_ask(lookup, &q, 1);
	assert_int_equal(r, -EAGAIN);
}

static void test_passwd(void **state)
{
	char dir[] = "/tmp/qprov-lookup-XXXXXX", path[100], command[120];
	struct passwd_names *p;

	(void)state;
	assert_int_equal(passwd_names_new("/etc/passwd", &p), 0);
	assert_true(slice_eq(passwd_name(p, 0, 1), SLICE("root")));
	assert_true(slice_eq(passwd_name(p, 1, 1), SLICE("daemon")));
	assert_int_equal(passwd_name(p, 4000000001u, 1).len, 0);
	passwd_names_free(p);
	passwd_names_free(NULL);

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/passwd", dir);
	assert_int_equal(passwd_names_new(path, &p), 0);
	assert_int_equal(passwd_name(p, 7, SECOND).len, 0);
	put_file(dir, "passwd", "x:x:7:7::/:/bin/sh\n");
	assert_int_equal(passwd_name(p, 7, SECOND + PASSWD_LOOK_NS - 1).len, 0); /* not looked at again yet */
	assert_true(slice_eq(passwd_name(p, 7, SECOND + PASSWD_LOOK_NS), SLICE("x")));
	assert_int_equal(unlink(path), 0);
	assert_true(slice_eq(passwd_name(p, 7, SECOND + PASSWD_LOOK_NS), SLICE("x")));
	assert_int_equal(passwd_name(p, 7, 2 * SECOND).len, 0);
	passwd_names_free(p);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	assert_int_equal(system(command), 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_user),     T(test_groups),          T(test_file),     T(test_claim),       T(test_process), T(test_socket),
		T(test_cgroup),   T(test_logind_and_utmp), T(test_patience), T(test_never_waits), T(test_passwd),  T(test_audit),
		T(test_packages), T(test_package),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
