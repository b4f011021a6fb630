// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * storm SECONDS THREADS        as many processes as they can make, by vfork, clone3 and threads between them; prints their number
 * storm as PID UID PROGRAM...  PROGRAM as that account, with that login uid and that pid, when it is free; ends with its status
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS_MAX 64
#define TRIES 1000

static atomic_bool over;

static pid_t clone_flags(uint64_t flags, pid_t pid)
{
	struct clone_args a = { .flags = flags, .exit_signal = SIGCHLD };

	if (pid) {
		a.set_tid = (uint64_t)(uintptr_t)&pid;
		a.set_tid_size = 1;
	}
	return (pid_t)syscall(SYS_clone3, &a, sizeof(a));
}

static void *nothing(void *arg)
{
	return arg;
}

static int wait_for(pid_t pid)
{
	int status = 0;

	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return 126;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 125;
}

/* Of eight processes one shares files and folder with us; a thread is none. */
static void *make_many(void *arg)
{
	unsigned long *made = arg;
	pthread_t t;

	while (!over) {
		pid_t pid = *made % 8 == 7 ? clone_flags(CLONE_FILES | CLONE_FS, 0) : vfork();

		if (pid == 0)
			_exit(0);
		if (wait_for(pid))
			exit(1);
		if (++*made % 64 == 0 && (pthread_create(&t, NULL, nothing, NULL) || pthread_join(t, NULL)))
			exit(1);
	}
	return NULL;
}

static int storm(unsigned seconds, unsigned threads)
{
	static unsigned long made[THREADS_MAX];
	pthread_t t[THREADS_MAX];
	unsigned long sum = 0;

	if (!threads || threads > THREADS_MAX)
		return 2;
	for (unsigned i = 0; i < threads; i++)
		if (pthread_create(&t[i], NULL, make_many, &made[i]))
			return 1;
	while (seconds)
		seconds = sleep(seconds);
	over = true;
	for (unsigned i = 0; i < threads; i++) {
		pthread_join(t[i], NULL);
		sum += made[i];
	}
	printf("%lu\n", sum);
	return 0;
}

static int become(const char *uid)
{
	int fd = open("/proc/self/loginuid", O_WRONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : write(fd, uid, strlen(uid));

	(void)close(fd);
	return n < 0 ? -1 : setuid((uid_t)strtoul(uid, NULL, 10));
}

int main(int argc, char **argv)
{
	pid_t pid = -1;

	if (argc == 3)
		return storm((unsigned)atoi(argv[1]), (unsigned)atoi(argv[2]));
	if (argc < 5 || strcmp(argv[1], "as"))
		return 2;
	/* Numbers go round: somebody else's process may have it for a moment. */
	for (int i = 0; i < TRIES && pid < 0 && (!i || errno == EEXIST); i++) {
		if (i)
			usleep(10000);
		pid = clone_flags(0, (pid_t)atoi(argv[2]));
	}
	if (pid == 0) {
		if (!become(argv[3]))
			execv(argv[4], argv + 4);
		_exit(127);
	}
	return wait_for(pid);
}
