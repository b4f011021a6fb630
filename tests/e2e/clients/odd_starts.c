// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Odd ways to start a program or to become somebody else: odd_starts WAY PROGRAM ARG...
 *   thread        exec in a thread that is not the leader, while another one runs
 *   zombie        the leader thread ends, another one goes on and forks
 *   vfork         vfork and exec
 *   clone-parent  clone with CLONE_PARENT: the parent is the caller's parent
 *   clone3        clone3 with new user and pid namespaces
 *   seteuid UID   seteuid before the exec
 *   setuid UID    setuid in a child, exec in its child
 *   storm N       N processes by vfork, nothing else (PROGRAM is not run)
 * It ends with the status of the program.
 */
#include <linux/sched.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static char **program;

static void run(void)
{
	execv(program[0], program);
	_exit(127);
}

static int wait_for(pid_t pid)
{
	int status = 0;

	if (pid < 0 || waitpid(pid, &status, __WALL) < 0)
		return 126;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 125;
}

static void *exec_thread(void *arg)
{
	(void)arg;
	run();
	return NULL;
}

static void *idle_thread(void *arg)
{
	while (pause() < 0)
		;
	return arg;
}

/* The leader is a zombie by then; the process ends with this thread. */
static void *last_thread(void *arg)
{
	pid_t pid;

	pthread_join(*(pthread_t *)arg, NULL);
	pid = fork();
	if (pid == 0)
		run();
	_exit(wait_for(pid));
}

static pid_t short_life(void)
{
	pid_t pid = vfork();

	if (pid == 0)
		_exit(0);
	return pid;
}

static int storm(unsigned long n)
{
	for (unsigned long i = 0; i < n; i++)
		if (wait_for(short_life()))
			return 1;
	return 0;
}

static pid_t clone_flags(uint64_t flags, int signal)
{
	struct clone_args a = { .flags = flags, .exit_signal = (uint64_t)signal };

	return (pid_t)syscall(SYS_clone3, &a, sizeof(a));
}

static int in_child_as(uid_t uid)
{
	pid_t pid = fork();

	if (pid == 0) {
		if (setuid(uid))
			_exit(124);
		pid = fork();
		if (pid == 0)
			run();
		_exit(wait_for(pid));
	}
	return wait_for(pid);
}

int main(int argc, char **argv)
{
	pthread_t t, self = pthread_self();
	pid_t pid;

	if (argc < 3)
		return 2;
	program = argv + 2;
	if (!strcmp(argv[1], "storm"))
		return storm(strtoul(argv[2], NULL, 10));
	if (!strcmp(argv[1], "thread")) {
		pthread_create(&t, NULL, idle_thread, NULL);
		pthread_create(&t, NULL, exec_thread, NULL);
		for (;;)
			pause();
	}
	if (!strcmp(argv[1], "zombie")) {
		pthread_create(&t, NULL, last_thread, &self);
		pthread_exit(NULL);
	}
	if (!strcmp(argv[1], "vfork")) {
		pid = vfork();
		if (pid == 0)
			run();
		return wait_for(pid);
	}
	if (!strcmp(argv[1], "clone-parent")) {
		/* Our parent reaps it. */
		pid = clone_flags(CLONE_PARENT, 0);
		if (pid == 0)
			run();
		return pid < 0;
	}
	if (!strcmp(argv[1], "clone3")) {
		pid = clone_flags(CLONE_NEWUSER | CLONE_NEWPID, SIGCHLD);
		if (pid == 0)
			run();
		return wait_for(pid);
	}
	program = argv + 3;
	if (!strcmp(argv[1], "setuid"))
		return in_child_as((uid_t)strtoul(argv[2], NULL, 10));
	if (!strcmp(argv[1], "seteuid") && seteuid((uid_t)strtoul(argv[2], NULL, 10)) == 0)
		run();
	return 2;
}
