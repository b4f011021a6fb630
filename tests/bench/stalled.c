// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * stalled FILE UID GID OFFSET SERVER: why nothing on a user's FUSE mount is probed. FILE is mapped by that user and opened for us by a
 * child with his ids, so that a probe could be put in by the descriptor. Then the SERVER of the filesystem stands still for a second, with
 * no page of FILE in memory, and we try; meanwhile somebody else forks. Needs root. Prints how long both took, in ms. Forks of the whole
 * machine may wait that long, so it is in no test.
 */
#include <fcntl.h>
#include <grp.h>
#include <linux/perf_event.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

union passed {
	struct cmsghdr h;
	char bytes[CMSG_SPACE(sizeof(int))];
};

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void pause_ms(long ms)
{
	nanosleep(&(struct timespec){ .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 }, NULL);
}

/* The user maps the file, without a look at its bytes, and hands it over. */
static void be_user(const char *file, uid_t uid, gid_t gid, int sock)
{
	char c = 0;
	struct iovec io = { &c, 1 };
	union passed u = { .h = { .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int)) } };
	struct msghdr m = { .msg_iov = &io, .msg_iovlen = 1, .msg_control = u.bytes, .msg_controllen = sizeof(u.bytes) };
	struct stat st;
	int fd;

	if (setgroups(0, NULL) || setresgid(gid, gid, gid) || setresuid(uid, uid, uid))
		_exit(1);
	fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) || mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0) == MAP_FAILED)
		_exit(1);
	memcpy(CMSG_DATA(&u.h), &fd, sizeof(fd));
	if (sendmsg(sock, &m, 0) != 1)
		_exit(1);
	pause();
}

static int take_file(int sock)
{
	char c;
	struct iovec io = { &c, 1 };
	union passed u;
	struct msghdr m = { .msg_iov = &io, .msg_iovlen = 1, .msg_control = u.bytes, .msg_controllen = sizeof(u.bytes) };
	int fd = -1;

	if (recvmsg(sock, &m, 0) == 1 && CMSG_FIRSTHDR(&m))
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(fd));
	return fd;
}

static int put_probe(int fd, uint64_t offset)
{
	struct perf_event_attr a = { .size = sizeof(a) };
	char path[32];
	FILE *f = fopen("/sys/bus/event_source/devices/uprobe/type", "re");

	if (!f || fscanf(f, "%u", &a.type) != 1)
		return -1;
	fclose(f);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	a.config1 = (uintptr_t)path;
	a.config2 = offset;
	return (int)syscall(SYS_perf_event_open, &a, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
}

static void drop_caches(void)
{
	int fd = open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC);

	(void)!write(fd, "1", 1); /* a server of ill will invalidates them by itself */
	close(fd);
}

/* Waits for its turn, forks, and tells. */
static void forker(int gate)
{
	double began;
	char c;
	pid_t pid;

	(void)!read(gate, &c, 1);
	began = now_ms();
	pid = fork();
	if (pid == 0)
		_exit(0);
	waitpid(pid, NULL, 0);
	printf("an-unrelated-fork %.0f\n", now_ms() - began);
	fflush(stdout);
	_exit(0);
}

static void prober(int gate, int fd, uint64_t offset)
{
	double began;
	char c;

	(void)!read(gate, &c, 1);
	began = now_ms();
	if (put_probe(fd, offset) < 0)
		perror("probe");
	printf("the-probe %.0f\n", now_ms() - began);
	fflush(stdout);
	_exit(0);
}

int main(int argc, char **argv)
{
	int sp[2], gate[2][2], fd;
	pid_t user, child[2], server = argc == 6 ? atoi(argv[5]) : 0;

	if (server <= 1 || socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, sp) || pipe(gate[0]) || pipe(gate[1]))
		return 2;
	user = fork();
	if (user == 0)
		be_user(argv[1], (uid_t)atoi(argv[2]), (gid_t)atoi(argv[3]), sp[1]);
	close(sp[1]); /* what fails there is an end here */
	fd = take_file(sp[0]);
	for (int i = 0; i < 2 && fd >= 0; i++) {
		child[i] = fork();
		if (child[i] == 0 && i == 0)
			prober(gate[0][0], fd, strtoull(argv[4], NULL, 0));
		if (child[i] == 0)
			forker(gate[1][0]);
	}
	if (fd >= 0 && !kill(server, SIGSTOP)) {
		drop_caches();
		for (int i = 0; i < 2; i++) {
			(void)!write(gate[i][1], "", 1);
			pause_ms(i ? 800 : 200);
		}
		kill(server, SIGCONT);
		for (int i = 0; i < 2; i++)
			waitpid(child[i], NULL, 0);
	}
	kill(user, SIGKILL);
	return fd < 0;
}
