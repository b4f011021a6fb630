// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* The asking side, and the child's loop. One datagram for each question, one for each answer. */
#include "identity/lookup.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/serve.h"
#include "identity/lookup_answer.h"

#define OPEN_MAX_QUESTIONS 256
#define NICE 5
#define LEFT_MAX 8 /* children that hang and do not even end; with so many the next one is waited for */

struct lookup {
	int fd;
	pid_t child; /* 0: none */
	pid_t left[LEFT_MAX];
	unsigned nleft;
	unsigned open;        /* questions without an answer */
	uint64_t progress_ns; /* the last answer, or the first question after all were answered */
	char answer[LOOKUP_ANSWER_MAX] __attribute__((aligned(8)));
};

static void child_main(int fd)
{
	struct rec_hdr none = { .size = sizeof(none) };
	struct lookup_request q;
	struct buf out;

	buf_init(&out, LOOKUP_ANSWER_MAX);
	while (recv(fd, &q, sizeof(q), 0) == (ssize_t)sizeof(q)) {
		struct slice answer = lookup_answer(&q, &out) ? slice_mem(&none, sizeof(none)) : buf_slice(&out);

		if (send(fd, answer.ptr, answer.len, MSG_NOSIGNAL) < 0)
			break;
	}
	_exit(0);
}

static int start(struct lookup *l)
{
	int fds[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds))
		return -errno;
	pid = fork();
	if (pid < 0) {
		int err = -errno;

		close(fds[0]);
		close(fds[1]);
		return err;
	}
	if (pid == 0) {
		serve_begin(fds[1], "qprov-lookup", NICE);
		child_main(SERVE_FD);
	}
	close(fds[1]);
	/* The descriptor that is polled stays the same when the child is replaced. */
	if (l->fd >= 0) {
		(void)dup3(fds[0], l->fd, O_CLOEXEC);
		close(fds[0]);
	} else {
		l->fd = fds[0];
	}
	l->child = pid;
	l->open = 0;
	return 0;
}

/* Not waited for: what it reads may be on a FUSE mount of somebody who does not answer, and then it does not end either. */
static void stop(struct lookup *l)
{
	if (l->child <= 0)
		return;
	kill(l->child, SIGKILL);
	l->left[l->nleft++] = l->child;
	l->child = 0;
}

static void reap(struct lookup *l)
{
	for (unsigned i = 0; i < l->nleft;)
		if (waitpid(l->left[i], NULL, WNOHANG) != 0)
			l->left[i] = l->left[--l->nleft];
		else
			i++;
}

int lookup_new(struct lookup **ret)
{
	struct lookup *l = calloc(1, sizeof(*l));
	int r;

	if (!l)
		return -ENOMEM;
	l->fd = -1;
	r = start(l);
	if (r) {
		free(l);
		return r;
	}
	*ret = l;
	return 0;
}

void lookup_free(struct lookup *l)
{
	if (!l)
		return;
	close(l->fd); /* it ends, having nothing to read */
	if (l->child > 0)
		kill(l->child, SIGKILL);
	free(l);
}

int lookup_poll_fd(const struct lookup *l)
{
	return l->fd;
}

int lookup_ask(struct lookup *l, const struct lookup_request *q, uint64_t now_ns)
{
	if (l->open >= OPEN_MAX_QUESTIONS || send(l->fd, q, sizeof(*q), MSG_DONTWAIT | MSG_NOSIGNAL) != (ssize_t)sizeof(*q))
		return -EAGAIN;
	if (l->open++ == 0)
		l->progress_ns = now_ns;
	return 0;
}

int lookup_read(struct lookup *l, int (*emit)(void *ctx, struct slice record), void *ctx, uint64_t now_ns)
{
	int answers = 0;
	ssize_t n;

	while (l->open && (n = recv(l->fd, l->answer, sizeof(l->answer), MSG_DONTWAIT)) > 0) {
		const struct rec_hdr *h = (const void *)l->answer;
		int r;

		l->open--;
		l->progress_ns = now_ns;
		answers++;
		if ((size_t)n < sizeof(*h) || !h->type)
			continue;
		r = emit(ctx, slice_mem(l->answer, (size_t)n));
		if (r < 0)
			return r;
	}
	return answers;
}

unsigned lookup_tick(struct lookup *l, uint64_t now_ns)
{
	unsigned lost = l->open;
	bool ended = l->child <= 0 || waitpid(l->child, NULL, WNOHANG) == l->child;

	reap(l);
	if (!ended && (!l->open || now_ns - l->progress_ns < LOOKUP_PATIENCE_NS || l->nleft == LEFT_MAX))
		return 0;
	if (!ended)
		stop(l);
	(void)start(l);
	return lost;
}
