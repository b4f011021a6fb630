// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* One ring per CPU of perf mmap2 records. The kernel writes at data_head, we free up to data_tail. */
#include <errno.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "capture/watch.h"

#define RING_PAGES 32 /* per CPU, a power of two: about 1,000 mappings */
#define CPUS_MAX 4096
#define RECORD_MAX 65536 /* perf_event_header.size has 16 bits */

struct cpu_ring {
	int fd;
	struct perf_event_mmap_page *page;
};

struct watch {
	int epoll_fd;
	size_t n, map_bytes, data_bytes;
	uint64_t lost;
	char *record; /* one that wraps around the end of its ring */
	struct cpu_ring cpu[];
};

/* PERF_RECORD_MMAP2 after its header, with the inode rather than a build id. */
struct mmap2_body {
	uint32_t pid, tid;
	uint64_t addr, len, pgoff;
	uint32_t major, minor;
	uint64_t ino, generation;
	uint32_t prot, flags;
	char path[];
};

static int ring_open(struct watch *w, struct cpu_ring *r, int cpu)
{
	struct perf_event_attr a = {
		.size = sizeof(a),
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_DUMMY,
		.mmap = 1, /* executable mappings; mmap_data would add the others */
		.mmap2 = 1,
		.sample_type = PERF_SAMPLE_TIME, /* with sample_id_all: the time stands at the end of each record */
		.sample_id_all = 1,
		.use_clockid = 1,
		.clockid = CLOCK_BOOTTIME,
		/* At each record: the kernel counts nothing but samples for wakeup_events, and wakes at half of the ring without a mark. */
		.watermark = 1,
		.wakeup_watermark = 1,
	};
	struct epoll_event ev = { .events = EPOLLIN };
	void *p;

	r->fd = (int)syscall(SYS_perf_event_open, &a, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);
	if (r->fd < 0)
		return -errno;
	p = mmap(NULL, w->map_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, r->fd, 0);
	if (p == MAP_FAILED)
		return -errno;
	r->page = p;
	return epoll_ctl(w->epoll_fd, EPOLL_CTL_ADD, r->fd, &ev) < 0 ? -errno : 0;
}

/* A CPU that is offline has no ring; a machine without any is an error. */
static int rings_open(struct watch *w, size_t cpus)
{
	for (size_t i = 0; i < cpus; i++) {
		struct cpu_ring *r = &w->cpu[w->n];
		int err;

		r->fd = -1;
		err = ring_open(w, r, (int)i);
		if (err == -ENODEV)
			continue;
		w->n++; /* half open too: watch_free() closes what is there */
		if (err)
			return err;
	}
	return w->n ? 0 : -ENODEV;
}

int watch_new(struct watch **ret)
{
	long page = sysconf(_SC_PAGESIZE), cpus = sysconf(_SC_NPROCESSORS_CONF);
	struct watch *w;
	int err;

	if (page < 1 || cpus < 1 || cpus > CPUS_MAX)
		return -EINVAL;
	w = calloc(1, sizeof(*w) + (size_t)cpus * sizeof(w->cpu[0]));
	if (!w)
		return -ENOMEM;
	w->data_bytes = RING_PAGES * (size_t)page;
	w->map_bytes = w->data_bytes + (size_t)page;
	w->record = malloc(RECORD_MAX);
	w->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	err = !w->record ? -ENOMEM : w->epoll_fd < 0 ? -errno : rings_open(w, (size_t)cpus);
	if (err) {
		watch_free(w);
		return err;
	}
	*ret = w;
	return 0;
}

void watch_free(struct watch *w)
{
	if (!w)
		return;
	for (size_t i = 0; i < w->n; i++) {
		if (w->cpu[i].page)
			(void)munmap(w->cpu[i].page, w->map_bytes);
		if (w->cpu[i].fd >= 0)
			(void)close(w->cpu[i].fd);
	}
	if (w->epoll_fd >= 0)
		(void)close(w->epoll_fd);
	free(w->record);
	free(w);
}

int watch_poll_fd(const struct watch *w)
{
	return w->epoll_fd;
}

static void on_mmap2(const char *body, size_t len, watch_fn fn, void *ctx)
{
	const struct mmap2_body *b = (const void *)body;
	struct watch_mapping m;
	uint64_t ts_ns = 0;

	if (len < sizeof(*b))
		return;
	if (!(b->prot & PROT_EXEC) || !b->ino)
		return;
	if (len >= sizeof(*b) + sizeof(ts_ns)) {
		len -= sizeof(ts_ns);
		memcpy(&ts_ns, body + len, sizeof(ts_ns));
	}
	m = (struct watch_mapping){
		.ts_ns = ts_ns,
		.pid = b->pid,
		.addr = b->addr,
		.len = b->len,
		.ino = b->ino,
		.major = b->major,
		.minor = b->minor,
		.generation = b->generation,
		.path = slice_mem(b->path, strnlen(b->path, len - sizeof(*b))),
	};
	fn(ctx, &m);
}

static void on_record(struct watch *w, const struct perf_event_header *h, watch_fn fn, void *ctx)
{
	const char *body = (const char *)(h + 1);
	size_t len = h->size - sizeof(*h);
	uint64_t lost;

	switch (h->type) {
	case PERF_RECORD_MMAP2:
		on_mmap2(body, len, fn, ctx);
		break;
	case PERF_RECORD_LOST: /* id, number */
		if (len < 2 * sizeof(lost))
			break;
		memcpy(&lost, body + sizeof(lost), sizeof(lost));
		w->lost += lost;
		break;
	default:
		break;
	}
}

static void ring_drain(struct watch *w, struct cpu_ring *r, watch_fn fn, void *ctx)
{
	const char *data = (const char *)r->page + (w->map_bytes - w->data_bytes);
	uint64_t head = __atomic_load_n(&r->page->data_head, __ATOMIC_ACQUIRE);
	uint64_t tail = r->page->data_tail;

	while (tail < head) {
		size_t at = tail & (w->data_bytes - 1), left = w->data_bytes - at;
		const struct perf_event_header *h = (const void *)(data + at); /* records are aligned to 8: a header never wraps */

		if (h->size < sizeof(*h) || h->size > head - tail)
			break;
		tail += h->size;
		if (h->size > left) {
			memcpy(w->record, h, left);
			memcpy(w->record + left, data, h->size - left);
			h = (const void *)w->record;
		}
		on_record(w, h, fn, ctx);
		__atomic_store_n(&r->page->data_tail, tail, __ATOMIC_RELEASE);
	}
}

void watch_drain(struct watch *w, watch_fn fn, void *ctx)
{
	for (size_t i = 0; i < w->n; i++)
		ring_drain(w, &w->cpu[i], fn, ctx);
}

uint64_t watch_lost(const struct watch *w)
{
	return w->lost;
}
