// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "capture/hurry.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"

#define EXPEDITED "/sys/kernel/rcu_expedited"
#define SLICE_NS 200000 /* the kernel takes 0.1 to 100 ms */
#define RESET_ON_FORK 1 /* SCHED_FLAG_RESET_ON_FORK */

struct hurry {
	int fd;   /* of EXPEDITED */
	int pipe; /* its end tells the child that we are gone */
	pid_t child;
	volatile int *on; /* shared with the child */
};

/* Of sched_setattr(2), first version. */
struct sched_attr_v0 {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};

/* The first character of a file; 0: there is none. */
static char first_of(const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	char c;

	return fd >= 0 && read(fd, &c, 1) == 1 ? c : 0;
}

static bool has_cpus(const char *path)
{
	char c = first_of(path);

	return c >= '0' && c <= '9'; /* "\n" or "(null)": none */
}

/* Somebody else's hurry is over soon. */
static bool expedited(void)
{
	for (int i = 0; i < 10 && first_of(EXPEDITED) == '1'; i++)
		nanosleep(&(struct timespec){ .tv_nsec = 5000000 }, NULL);
	return first_of(EXPEDITED) != '0';
}

static void set(int fd, char value)
{
	(void)!pwrite(fd, &value, 1, 0);
}

/* Signals that end the agent, or all of its unit, must not end the watch before it. */
static void watch_main(int fd, int pipe, const volatile int *on)
{
	char c;

	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	prctl(PR_SET_NAME, "qprov-hurry");
	if (dup2(pipe, 0) < 0 || dup2(fd, 1) < 0)
		_exit(1);
	syscall(SYS_close_range, 2u, ~0u, 0u);
	while (read(0, &c, 1) < 0 && errno == EINTR)
		;
	if (*on)
		set(1, '0');
	_exit(0);
}

static int start_watch(struct hurry *h)
{
	int fds[2];

	h->on = mmap(NULL, sizeof(*h->on), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (h->on == MAP_FAILED || pipe2(fds, O_CLOEXEC))
		return -errno;
	h->child = fork();
	if (h->child == 0) {
		int fd = fcntl(h->fd, F_DUPFD, 3), end = fcntl(fds[0], F_DUPFD, 3);

		if (fd < 0 || end < 0)
			_exit(1);
		watch_main(fd, end, h->on);
	}
	(void)close(fds[0]);
	h->pipe = fds[1];
	return h->child < 0 ? -errno : 0;
}

int hurry_new(struct hurry **ret)
{
	struct hurry *h;
	int err = 0;

	if (expedited() || first_of("/sys/kernel/rcu_normal") == '1' || has_cpus("/sys/devices/system/cpu/nohz_full") ||
	    has_cpus("/sys/devices/system/cpu/isolated"))
		return -ENOTSUP;
	h = calloc(1, sizeof(*h));
	if (!h)
		return -ENOMEM;
	h->pipe = -1;
	h->on = MAP_FAILED;
	h->fd = open(EXPEDITED, O_RDWR | O_CLOEXEC);
	err = h->fd < 0 ? -errno : start_watch(h);
	if (err) {
		hurry_free(h);
		return err;
	}
	*ret = h;
	return 0;
}

/* What somebody else set meanwhile stays. */
void hurry_begin(struct hurry *h)
{
	char now;

	if (!h || pread(h->fd, &now, 1, 0) != 1 || now != '0')
		return;
	*h->on = 1;
	set(h->fd, '1');
}

void hurry_end(struct hurry *h)
{
	if (!h || !*h->on)
		return;
	set(h->fd, '0');
	*h->on = 0;
}

void hurry_free(struct hurry *h)
{
	if (!h)
		return;
	if (h->pipe >= 0)
		(void)close(h->pipe);
	while (h->child > 0 && waitpid(h->child, NULL, 0) < 0 && errno == EINTR)
		;
	if (h->fd >= 0)
		(void)close(h->fd);
	if (h->on != MAP_FAILED)
		(void)munmap((void *)(uintptr_t)h->on, sizeof(*h->on));
	free(h);
}

int hurry_priority(int nice)
{
	struct sched_attr_v0 a = { .size = sizeof(a), .flags = RESET_ON_FORK, .nice = nice, .runtime = SLICE_NS };

	return syscall(SYS_sched_setattr, 0, &a, 0) ? -errno : 0;
}
