// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Attaching uprobes by file offset through the plain system calls: one multi link per file where the kernel has them, else one perf event
 * and one link per site. The system's libbpf may know neither cookies nor multi links.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "base/cleanup.h"
#include "capture/internal.h"

#define CMD_LINK_CREATE 28 /* BPF_LINK_CREATE */
#define ATTACH_PERF_EVENT 41
#define ATTACH_UPROBE_MULTI 48

/* union bpf_attr of BPF_LINK_CREATE, with members newer than some systems' headers. */
struct link_attr {
	uint32_t prog_fd;
	uint32_t target_fd;
	uint32_t attach_type;
	uint32_t flags;
	union {
		struct {
			uint64_t cookie;
		} perf;
		struct {
			uint64_t path;
			uint64_t offsets;
			uint64_t ref_ctr_offsets;
			uint64_t cookies;
			uint32_t cnt;
			uint32_t flags;
			uint32_t pid;
			uint32_t pad;
		} multi;
	};
};

static uint64_t ptr_u64(const void *p)
{
	return (uint64_t)(uintptr_t)p;
}

static int link_create(const struct link_attr *attr)
{
	int fd = (int)syscall(SYS_bpf, CMD_LINK_CREATE, attr, sizeof(*attr));

	return fd < 0 ? -errno : fd;
}

int link_create_at(int prog_fd, int target_fd, uint32_t attach_type)
{
	struct link_attr attr = { .prog_fd = (uint32_t)prog_fd, .target_fd = (uint32_t)target_fd, .attach_type = attach_type };

	return link_create(&attr);
}

static int attach_multi(const struct capture *c, const char *path, const uint64_t *offsets, const uint32_t *sites, size_t n, int *ret)
{
	_cleanup_free_ uint64_t *cookies = calloc(n, sizeof(*cookies));
	struct link_attr attr = { .prog_fd = (uint32_t)bpf_program__fd(c->prog), .attach_type = ATTACH_UPROBE_MULTI };
	int fd;

	if (!cookies)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		cookies[i] = sites[i];
	attr.multi.path = ptr_u64(path);
	attr.multi.offsets = ptr_u64(offsets);
	attr.multi.cookies = ptr_u64(cookies);
	attr.multi.cnt = (uint32_t)n;
	fd = link_create(&attr);
	if (fd < 0)
		return fd;
	ret[0] = fd;
	return 0;
}

/* One perf event and its link. */
static int attach_perf(const struct capture *c, const char *path, uint64_t offset, uint32_t site, int *ret_event, int *ret_link)
{
	struct perf_event_attr pe = { .size = sizeof(pe), .type = (uint32_t)c->uprobe_type };
	struct link_attr attr = { .prog_fd = (uint32_t)bpf_program__fd(c->prog), .attach_type = ATTACH_PERF_EVENT };
	_cleanup_close_ int fd = -1;
	int link;

	pe.config1 = ptr_u64(path);
	pe.config2 = offset;
	/* All processes; the CPU named here does not matter to a uprobe with a program. */
	fd = (int)syscall(SYS_perf_event_open, &pe, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
	if (fd < 0)
		return -errno;
	attr.target_fd = (uint32_t)fd;
	attr.perf.cookie = site;
	link = link_create(&attr);
	if (link < 0)
		return link;
	*ret_event = TAKE_FD(fd);
	*ret_link = link;
	return 0;
}

static int attach_perf_all(const struct capture *c, const char *path, const uint64_t *offsets, const uint32_t *sites, size_t n, int *ret)
{
	for (size_t i = 0; i < n; i++) {
		int err = attach_perf(c, path, offsets[i], sites[i], &ret[i], &ret[n + i]);

		if (err)
			return err;
	}
	return 0;
}

static int check_offsets(const uint64_t *offsets, size_t n)
{
	if (!n || n > PROBE_SITES_MAX)
		return -EINVAL;
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < i; j++) {
			if (offsets[i] == offsets[j])
				return -EINVAL;
		}
	}
	return 0;
}

int capture_attach(struct capture *c, int fd, const uint64_t *offsets, const uint32_t *sites, size_t n, struct capture_link **ret)
{
	struct capture_link *l;
	char path[32];
	int err = check_offsets(offsets, n);

	if (err)
		return err;
	l = malloc(sizeof(*l) + 2 * n * sizeof(l->fds[0]));
	if (!l)
		return -ENOMEM;
	l->n = c->mech->multi ? 1 : 2 * n;
	for (size_t i = 0; i < l->n; i++)
		l->fds[i] = -1;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	err = c->mech->multi ? attach_multi(c, path, offsets, sites, n, l->fds) : attach_perf_all(c, path, offsets, sites, n, l->fds);
	if (err) {
		capture_detach(c, l);
		return err;
	}
	*ret = l;
	return 0;
}

static int by_value(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;

	return (x > y) - (x < y);
}

void capture_detach(struct capture *c, struct capture_link *l)
{
	if (!l)
		return;
	/* Ascending: what close_events() expects. Links are slow too, each waits for running sleepable programs. */
	qsort(l->fds, l->n, sizeof(l->fds[0]), by_value);
	if (c->mech->multi && l->fds[0] >= 0)
		close_link(c, l->fds[0]);
	else
		close_events(c, l->fds, l->n);
	free(l);
}

enum { DETACHERS_MAX = 32 };

struct detacher {
	struct capture *c;
	struct capture_link **links;
	size_t n, first, step;
	pthread_t thread;
};

static void *detacher_main(void *arg)
{
	const struct detacher *d = arg;

	for (size_t i = d->first; i < d->n; i += d->step)
		capture_detach(d->c, d->links[i]);
	return NULL;
}

void capture_detach_all(struct capture *c, struct capture_link **links, size_t n)
{
	struct detacher d[DETACHERS_MAX];
	size_t step = n < DETACHERS_MAX ? n : DETACHERS_MAX, started = 0;

	for (size_t i = 0; i < step; i++) {
		d[i] = (struct detacher){ .c = c, .links = links, .n = n, .first = i, .step = step };
		if (pthread_create(&d[i].thread, NULL, detacher_main, &d[i]))
			break;
		started++;
	}
	for (size_t i = started; i < step; i++) { /* no thread to be had: here, one after the other */
		d[i] = (struct detacher){ .c = c, .links = links, .n = n, .first = i, .step = step };
		detacher_main(&d[i]);
	}
	for (size_t i = 0; i < started; i++)
		pthread_join(d[i].thread, NULL);
}

int link_uprobe_type(void)
{
	_cleanup_fclose_ FILE *f = fopen("/sys/bus/event_source/devices/uprobe/type", "re");
	int type = -1;

	if (!f || fscanf(f, "%d", &type) != 1)
		return -1;
	return type;
}

/* What the probe of link_probe() sits on; the empty asm keeps it a function of its own. */
static __attribute__((noinline)) void probe_target(void)
{
	__asm__ volatile("");
}

int link_own_offset(uintptr_t addr, uint64_t *ret)
{
	_cleanup_fclose_ FILE *f = fopen("/proc/self/maps", "re");
	unsigned long start, end, off;
	char line[512];

	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx-%lx %*s %lx", &start, &end, &off) == 3 && addr >= start && addr < end) {
			*ret = addr - start + off;
			return 0;
		}
	}
	return -ENOENT;
}

int link_probe(struct capture *c)
{
	_cleanup_close_ int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	struct capture_link *l;
	uint64_t offset = 0;
	uint32_t site = 0;
	int err;

	if (!c->mech->multi && c->uprobe_type < 0)
		return -ENOTSUP;
	if (fd < 0)
		return -errno;
	probe_target();
	err = link_own_offset((uintptr_t)probe_target, &offset);
	if (!err)
		err = capture_attach(c, fd, &offset, &site, 1, &l);
	if (!err)
		capture_detach(c, l);
	return err;
}
