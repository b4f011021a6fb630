// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "identity/flow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/map.h"
#include "identity/identity.h"

/* Device numbers: Linux, Documentation/admin-guide/devices.txt. */
#define MAJOR_MEM 1
#define MINOR_NULL 3
#define MAJOR_TTY 4
#define MAJOR_CONSOLE 5
#define MAJOR_PTS_FIRST 136
#define MAJOR_PTS_LAST 143

struct entry {
	struct flow f; /* first: flow_find() gives it out */
	struct hnode node, reads;
	struct list order;
	bool reading; /* reads is in the map of pipes */
	uint64_t end_ns;
	char *text; /* owns path */
};

struct reader {
	struct hnode node;
	struct list order;
	uint64_t pipe, start_ns;
	uint32_t pid;
};

struct flows {
	struct hmap processes; /* by pid */
	struct hmap pipes;     /* entries by the inode of stdin */
	struct hmap readers;   /* struct reader by inode */
	struct list order;     /* entries: the last touched at the end */
	struct list told;      /* readers */
	uint64_t evictions;
};

int flows_new(struct flows **ret)
{
	struct flows *f = calloc(1, sizeof(*f));

	if (!f)
		return -ENOMEM;
	hmap_init(&f->processes);
	hmap_init(&f->pipes);
	hmap_init(&f->readers);
	list_init(&f->order);
	list_init(&f->told);
	*ret = f;
	return 0;
}

static void forget(struct flows *f, struct entry *e)
{
	hmap_del(&f->processes, &e->node);
	if (e->reading)
		hmap_del(&f->pipes, &e->reads);
	list_del(&e->order);
	for (unsigned i = 0; i < e->f.noutputs; i++)
		free((char *)(uintptr_t)e->f.outputs[i].ptr);
	free(e->text);
	free(e);
}

static void forget_reader(struct flows *f, struct reader *r)
{
	hmap_del(&f->readers, &r->node);
	list_del(&r->order);
	free(r);
}

void flows_free(struct flows *f)
{
	if (!f)
		return;
	while (!list_empty(&f->order))
		forget(f, LIST_ENTRY(f->order.next, struct entry, order));
	while (!list_empty(&f->told))
		forget_reader(f, LIST_ENTRY(f->told.next, struct reader, order));
	hmap_done(&f->processes);
	hmap_done(&f->pipes);
	hmap_done(&f->readers);
	free(f);
}

static struct entry *find(const struct flows *f, uint32_t pid, uint64_t start_ns)
{
	for (struct hnode *n = hmap_first(&f->processes, hash_u64(pid, 0)); n; n = hmap_next(n)) {
		struct entry *e = CONTAINER_OF(n, struct entry, node);

		if (e->f.pid == pid && e->f.start_ns == start_ns)
			return e;
	}
	return NULL;
}

struct flow *flow_find(const struct flows *f, uint32_t pid, uint64_t start_ns)
{
	struct entry *e = find(f, pid, start_ns);

	return e ? &e->f : NULL;
}

static enum flow_kind kind_of(const struct rec_fd *fd)
{
	uint32_t major = fd->rdev >> 20, minor = fd->rdev & 0xfffff; /* as the kernel packs a dev_t */

	if (!(fd->flags & REC_FD_OPEN))
		return FLOW_CLOSED;
	if (fd->flags & REC_FD_PIPE)
		return FLOW_PIPE;
	switch (fd->mode & S_IFMT) {
	case S_IFREG:
		return FLOW_FILE;
	case S_IFIFO:
		return FLOW_FIFO;
	case S_IFSOCK:
		return FLOW_SOCKET;
	case S_IFCHR:
		if (major == MAJOR_MEM && minor == MINOR_NULL)
			return FLOW_NULL;
		if (major == MAJOR_TTY || major == MAJOR_CONSOLE || (major >= MAJOR_PTS_FIRST && major <= MAJOR_PTS_LAST))
			return FLOW_TERMINAL;
		return FLOW_DEVICE;
	default:
		return FLOW_OTHER;
	}
}

static struct entry *insert(struct flows *f, uint32_t pid, uint64_t start_ns)
{
	struct entry *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	if (hmap_add(&f->processes, &e->node, hash_u64(pid, 0))) {
		free(e);
		return NULL;
	}
	e->f.pid = pid;
	e->f.start_ns = start_ns;
	list_add_tail(&f->order, &e->order);
	if (f->processes.count > FLOW_PROCESSES_MAX) {
		forget(f, LIST_ENTRY(f->order.next, struct entry, order));
		f->evictions++;
	}
	return e;
}

static int set_paths(struct entry *e, struct slice in, struct slice out)
{
	char *text = malloc(in.len + out.len + 1);

	if (!text)
		return -ENOMEM;
	if (in.len)
		memcpy(text, in.ptr, in.len);
	if (out.len)
		memcpy(text + in.len, out.ptr, out.len);
	free(e->text);
	e->text = text;
	e->f.path[0] = in.len ? slice_mem(text, in.len) : SLICE_NONE;
	e->f.path[1] = out.len ? slice_mem(text + in.len, out.len) : SLICE_NONE;
	return 0;
}

int flow_stdio(struct flows *f, const struct rec_stdio *r, struct slice in, struct slice out)
{
	struct entry *e = find(f, r->pid, r->start_ns);

	if (!e)
		e = insert(f, r->pid, r->start_ns);
	if (!e || set_paths(e, in, out))
		return -ENOMEM;
	list_move_tail(&f->order, &e->order);
	if (e->reading)
		hmap_del(&f->pipes, &e->reads);
	e->reading = false;
	memcpy(e->f.fd, r->fd, sizeof(e->f.fd));
	for (int i = 0; i < 3; i++)
		e->f.kind[i] = kind_of(&r->fd[i]);
	e->f.flags = r->hdr.flags;
	e->f.peer_family = r->peer_family;
	e->f.peer_port = r->peer_port;
	e->f.peer_pid = r->peer_pid;
	memcpy(e->f.peer, r->peer, sizeof(e->f.peer));
	if (e->f.kind[0] == FLOW_PIPE) {
		if (hmap_add(&f->pipes, &e->reads, hash_u64(r->fd[0].ino, 1)))
			return -ENOMEM;
		e->reading = true;
	}
	return 0;
}

static struct reader *find_reader(const struct flows *f, uint64_t pipe)
{
	for (struct hnode *n = hmap_first(&f->readers, hash_u64(pipe, 1)); n; n = hmap_next(n)) {
		struct reader *r = CONTAINER_OF(n, struct reader, node);

		if (r->pipe == pipe)
			return r;
	}
	return NULL;
}

int flow_reader(struct flows *f, const struct rec_reader *rec)
{
	struct reader *r = find_reader(f, rec->pipe);

	if (!r) {
		r = calloc(1, sizeof(*r));
		if (!r || hmap_add(&f->readers, &r->node, hash_u64(rec->pipe, 1))) {
			free(r);
			return -ENOMEM;
		}
		r->pipe = rec->pipe;
		list_add_tail(&f->told, &r->order);
	}
	list_move_tail(&f->told, &r->order);
	r->pid = rec->pid;
	r->start_ns = rec->start_ns;
	if (f->readers.count > FLOW_PROCESSES_MAX) {
		forget_reader(f, LIST_ENTRY(f->told.next, struct reader, order));
		f->evictions++;
	}
	return 0;
}

/* A pipe is named by its inode, which the kernel gives out again: of several readers the one that was told last is meant. */
bool flow_reads(const struct flows *f, uint64_t pipe, uint32_t *ret_pid, uint64_t *ret_start_ns)
{
	const struct reader *r = find_reader(f, pipe);
	const struct entry *last = NULL;

	for (struct hnode *n = hmap_first(&f->pipes, hash_u64(pipe, 1)); n; n = hmap_next(n)) {
		const struct entry *e = CONTAINER_OF(n, struct entry, reads);

		if (e->f.fd[0].ino == pipe && (!last || e->f.start_ns > last->f.start_ns))
			last = e;
	}
	if (!last && (!r || !r->pid))
		return false;
	*ret_pid = last ? last->f.pid : r->pid;
	*ret_start_ns = last ? last->f.start_ns : r->start_ns;
	return true;
}

int flow_output(struct flows *f, const struct rec_output *r, struct slice path)
{
	struct entry *e = find(f, r->task.pid, r->task.start_ns);
	char *text;

	if (!e)
		return 0;
	e->f.more_outputs |= r->hdr.flags & REC_OUTPUT_MORE;
	if (!path.len)
		return 0;
	for (unsigned i = 0; i < e->f.noutputs; i++)
		if (slice_eq(e->f.outputs[i], path))
			return 0;
	if (e->f.noutputs == FLOW_OUTPUTS_MAX) {
		e->f.more_outputs = true;
		return 0;
	}
	text = malloc(path.len + 1);
	if (!text)
		return -ENOMEM;
	memcpy(text, path.ptr, path.len);
	if (r->hdr.flags & REC_OUTPUT_READ)
		e->f.read_too |= 1u << e->f.noutputs;
	e->f.outputs[e->f.noutputs++] = slice_mem(text, path.len);
	return 1;
}

void flow_exit(struct flows *f, uint32_t pid, uint64_t start_ns, uint64_t now_ns)
{
	struct entry *e = find(f, pid, start_ns);

	if (e)
		e->end_ns = now_ns;
}

/* From the oldest on, a few at a time: what ended long ago goes; what lives and is old moves on and makes room for the next look. */
void flow_tick(struct flows *f, uint64_t now_ns)
{
	for (unsigned i = 0; i < 256 && !list_empty(&f->order); i++) {
		struct entry *e = LIST_ENTRY(f->order.next, struct entry, order);

		if (!e->end_ns) {
			list_move_tail(&f->order, &e->order);
			continue;
		}
		if (e->end_ns > now_ns || now_ns - e->end_ns <= IDENTITY_LINGER_NS)
			return;
		forget(f, e);
	}
}

const char *flow_kind_name(enum flow_kind k)
{
	static const char *const names[] = { [FLOW_CLOSED] = "closed", [FLOW_FILE] = "file",     [FLOW_TERMINAL] = "terminal",
					     [FLOW_NULL] = "null",     [FLOW_DEVICE] = "device", [FLOW_PIPE] = "pipe",
					     [FLOW_FIFO] = "fifo",     [FLOW_SOCKET] = "socket", [FLOW_OTHER] = "other" };

	return names[k];
}

uint64_t flow_evictions(const struct flows *f)
{
	return f->evictions;
}
