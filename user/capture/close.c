// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Taking probes out: by processes that do nothing else, because it may take long, and for ever. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "capture/internal.h"

#define CLOSERS_MAX 4      /* processes that close perf events side by side */
#define READY_WAIT_MS 1000 /* for a child that closes what is not its own */
#define QUIET_LOOKS 3      /* 10 ms: more than a program needs that does not wait */
#define LOOK_NS 5000000
#define CLOSE_WAIT_MS 300 /* for a multi link; it takes tens of milliseconds, and for ever while a program is held in its probe */

static void close_all(const int *fds, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (fds[i] >= 0)
			(void)close(fds[i]);
	}
}

/*
 * While a program is held in its probe by its memory nothing is taken out: on older kernels that would hold a lock which others want, see
 * ARCHITECTURE.md. None begins to wait any more in these probes, their specifications are gone; some looks in a row find those that were
 * under way.
 */
static void wait_awake(const struct capture *c, unsigned looks)
{
	for (unsigned quiet = 0; c->sleepers && quiet < looks; quiet = *c->sleepers ? 0 : quiet + 1)
		if (quiet || *c->sleepers)
			(void)nanosleep(&(struct timespec){ .tv_nsec = LOOK_NS }, NULL);
}

/*
 * Keeps every step-th descriptor and nothing else: whatever it held would live as long as it does. The parent must not be the last
 * holder, so the closer waits at the gate (which is then its descriptor 0) until the parent has closed its own copies.
 */
static void closer_main(const struct capture *c, const int *fds, size_t n, size_t k, size_t step, int gate)
{
	int low = 1;
	char byte;

	if (dup2(gate, 0) < 0)
		_exit(1);
	for (size_t i = k; i < n; i += step) {
		if (fds[i] < low) /* opened in ascending order, else the parent's close is the last one */
			continue;
		if (fds[i] > low)
			(void)syscall(SYS_close_range, low, fds[i] - 1, 0);
		low = fds[i] + 1;
	}
	(void)syscall(SYS_close_range, low, ~0u, 0);
	(void)!write(0, "", 1); /* ready */
	while (read(0, &byte, 1) < 0 && errno == EINTR)
		;
	wait_awake(c, QUIET_LOOKS);
	for (size_t i = k; i < n; i += step) {
		wait_awake(c, 1);
		(void)close(fds[i]);
	}
	_exit(0);
}

/*
 * What is forked has a copy of every link, and may be its last holder when it lets go. So one thread at a time forks, until its closers
 * hold nothing but theirs, and closes its own copies meanwhile.
 */
static pthread_mutex_t forking = PTHREAD_MUTEX_INITIALIZER;

static void wait_ready(int gate, size_t closers)
{
	struct pollfd p = { .fd = gate, .events = POLLIN };
	char c;

	for (size_t i = 0; i < closers; i++)
		if (poll(&p, 1, READY_WAIT_MS) != 1 || read(gate, &c, 1) != 1)
			return;
}

/* Children of a child that ends at once: nobody has to reap them. They wait at gate[0] until gate[1] is closed. */
static void start_closers(const struct capture *c, const int *fds, size_t n, size_t closers, const int gate[2])
{
	pid_t pid = fork();

	if (pid == 0) {
		for (size_t k = 0; k < closers; k++) {
			if (fork() == 0)
				closer_main(c, fds, n, k, closers, gate[0]);
		}
		_exit(0);
	}
	if (pid < 0)
		return;
	(void)waitpid(pid, NULL, 0);
	wait_ready(gate[1], closers);
}

static int make_gate(int gate[2])
{
	return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, gate);
}

/*
 * A perf event of a uprobe takes 0.25 to 0.5 s to close on newer kernels, and with a program held in its probe for ever: processes that do
 * nothing else have the last word. Only where none can be started it is ours.
 */
void close_events(const struct capture *c, const int *fds, size_t n)
{
	int gate[2] = { -1, -1 };

	for (; n && fds[0] < 0; n--) /* never opened; they are sorted */
		fds++;
	if (!n)
		return;
	pthread_mutex_lock(&forking);
	if (make_gate(gate) == 0)
		start_closers(c, fds, n, n < CLOSERS_MAX ? n : CLOSERS_MAX, gate);
	close_all(fds, n);
	pthread_mutex_unlock(&forking);
	close_all(gate, 2); /* it opens */
}

/*
 * The kernel waits for every program that is in the probe, and one may be held there by its own memory (bpf/text.h). So a process of our
 * own waits for it, and we for that process, but not for long: it closes a pipe, numbered above the link, when it is through.
 */
void close_link(const struct capture *c, int link)
{
	int gate[2] = { -1, -1 }, done[2] = { -1, -1 }, kept[2] = { link, -1 };
	struct pollfd p;

	pthread_mutex_lock(&forking);
	if (make_gate(gate) == 0 && pipe2(done, O_CLOEXEC) == 0)
		kept[1] = fcntl(done[1], F_DUPFD_CLOEXEC, link + 1);
	if (kept[1] >= 0)
		start_closers(c, kept, ARRAY_SIZE(kept), 1, gate);
	(void)close(link); /* without such a process this is the one that waits */
	pthread_mutex_unlock(&forking);
	p = (struct pollfd){ .fd = done[0], .events = POLLIN };
	close_all((const int[]){ kept[1], done[1], gate[0], gate[1] }, 4); /* the gate opens */
	(void)poll(&p, 1, kept[1] >= 0 ? CLOSE_WAIT_MS : 0);
	close_all(&done[0], 1);
}
