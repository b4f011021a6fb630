// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* The object of bpf/floor.h, loaded once for each program: what one kernel lacks must not take the others along. */
#include <errno.h>
#include <fcntl.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "../../bpf/counters.h"
#include "base/cleanup.h"
#include "capture/floor.h"
#include "capture/internal.h"

#define ATTACH_CGROUP_UNIX_CONNECT 49 /* BPF_CGROUP_UNIX_CONNECT; newer than some systems' headers */
#define LOOK_BYTES (256u << 10)

extern const char qprov_floor_start[], qprov_floor_end[];

struct part {
	const char *program;
	const char *name;
};

static const struct part parts[FLOOR_PARTS] = {
	[FLOOR_TCP] = { "on_tcp_state", "TCP connections (sock:inet_sock_set_state)" },
	[FLOOR_URING] = { "on_uring", "io_uring (io_uring:io_uring_create)" },
	[FLOOR_UNIX] = { "on_unix_peer", "connections to UNIX sockets by the server's name of it (fentry, CONFIG_SECURITY_NETWORK)" },
	[FLOOR_PATH] = { "on_unix_connect", "connections to UNIX sockets (cgroup connect_unix, Linux 6.7)" },
	[FLOOR_LOOK] = { "look", "open sockets and files (task_file iterator)" },
	[FLOOR_OPEN] = { "on_open", "files opened for writing and closed at once (fentry, CONFIG_SECURITY)" },
};

struct floor {
	struct bpf_object *obj[FLOOR_PARTS];
	struct bpf_link *link[FLOOR_PARTS];
	int cgroup_link; /* of FLOOR_PATH */
	int error[FLOOR_PARTS];
	int ports_fd, quiet_fd;
	struct capture *c;
	char *look;
};

/* Maps of the same name are the same map, in the main object and in all of ours. */
static int share_maps(struct floor *f, struct bpf_object *obj)
{
	struct bpf_map *m;

	bpf_object__for_each_map(m, obj)
	{
		const char *name = bpf_map__name(m);
		int fd;

		if (strstr(name, ".rodata"))
			continue;
		fd = bpf_object__find_map_fd_by_name(f->c->obj, name);
		for (size_t i = 0; i < FLOOR_PARTS && fd < 0; i++)
			if (f->obj[i] && f->obj[i] != obj)
				fd = bpf_object__find_map_fd_by_name(f->obj[i], name);
		if (fd >= 0 && bpf_map__reuse_fd(m, fd))
			return -EINVAL;
	}
	return 0;
}

static struct bpf_program *choose(struct bpf_object *obj, enum floor_part part)
{
	struct bpf_program *p, *found = NULL;

	bpf_object__for_each_program(p, obj)
	{
		bool wanted = strcmp(bpf_program__name(p), parts[part].program) == 0;

		(void)bpf_program__set_autoload(p, wanted);
		if (wanted)
			found = p;
	}
	if (found && part == FLOOR_PATH)
		(void)bpf_program__set_expected_attach_type(found, (enum bpf_attach_type)ATTACH_CGROUP_UNIX_CONNECT);
	return found;
}

/* The root of the unified hierarchy, wherever it is mounted. */
static int open_cgroup_root(void)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	struct mntent *m;
	int fd = -ENOENT;

	while (mounts && fd < 0 && (m = getmntent(mounts))) {
		if (strcmp(m->mnt_type, "cgroup2"))
			continue;
		fd = open(m->mnt_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0)
			fd = -errno;
	}
	if (mounts)
		endmntent(mounts);
	return fd;
}

static int attach_cgroup(struct floor *f, const struct bpf_program *p)
{
	_cleanup_close_ int cgroup = open_cgroup_root();

	if (cgroup < 0)
		return cgroup;
	f->cgroup_link = link_create_at(bpf_program__fd(p), cgroup, ATTACH_CGROUP_UNIX_CONNECT);
	return f->cgroup_link < 0 ? f->cgroup_link : 0;
}

static int attach_part(struct floor *f, enum floor_part part, const struct bpf_program *p)
{
	struct bpf_link *link;
	int err;

	if (part == FLOOR_PATH)
		return attach_cgroup(f, p);
	link = part == FLOOR_LOOK ? bpf_program__attach_iter(p, NULL) : bpf_program__attach(p);
	err = (int)libbpf_get_error(link);
	if (!link && !err)
		err = -errno;
	if (!err)
		f->link[part] = link;
	return err;
}

static int load_part(struct floor *f, enum floor_part part)
{
	struct bpf_object_open_opts opts = { .sz = sizeof(opts), .object_name = "qprov_floor" };
	size_t size = (size_t)((uintptr_t)qprov_floor_end - (uintptr_t)qprov_floor_start);
	struct bpf_object *obj = bpf_object__open_mem(qprov_floor_start, size, &opts);
	struct bpf_program *p;
	int err = (int)libbpf_get_error(obj);

	if (err)
		return err;
	f->obj[part] = obj;
	p = choose(obj, part);
	err = p ? share_maps(f, obj) : -ENOEXEC;
	if (!err)
		err = capture_set_constants(obj, (uint32_t)getpid(), f->c->text_max);
	if (!err)
		err = bpf_object__load(obj);
	if (!err)
		err = attach_part(f, part, p);
	if (err) {
		bpf_object__close(obj);
		f->obj[part] = NULL;
	}
	return err;
}

int floor_new(struct capture *c, struct floor **ret)
{
	struct floor *f = calloc(1, sizeof(*f));
	bool any = false;

	if (!f)
		return -ENOMEM;
	f->c = c;
	f->cgroup_link = f->ports_fd = f->quiet_fd = -1;
	f->look = malloc(LOOK_BYTES);
	if (!f->look) {
		floor_free(f);
		return -ENOMEM;
	}
	for (unsigned i = 0; i < FLOOR_PARTS; i++) {
		if (i == FLOOR_PATH && f->obj[FLOOR_UNIX])
			continue;
		f->error[i] = load_part(f, (enum floor_part)i);
		if (f->error[i])
			continue;
		any = true;
		if (f->ports_fd < 0)
			f->ports_fd = bpf_object__find_map_fd_by_name(f->obj[i], "ports");
		if (f->quiet_fd < 0)
			f->quiet_fd = bpf_object__find_map_fd_by_name(f->obj[i], "quiet_paths");
	}
	if (!any) {
		int err = f->error[FLOOR_TCP];

		floor_free(f);
		return err;
	}
	*ret = f;
	return 0;
}

void floor_free(struct floor *f)
{
	if (!f)
		return;
	if (f->cgroup_link >= 0)
		(void)close(f->cgroup_link);
	for (unsigned i = 0; i < FLOOR_PARTS; i++)
		if (f->link[i])
			(void)bpf_link__destroy(f->link[i]);
	for (unsigned i = 0; i < FLOOR_PARTS; i++)
		bpf_object__close(f->obj[i]);
	free(f->look);
	free(f);
}

bool floor_has(const struct floor *f, enum floor_part part)
{
	return f && f->obj[part];
}

int floor_error(const struct floor *f, enum floor_part part)
{
	return f->error[part];
}

const char *floor_part_name(enum floor_part part)
{
	return parts[part].name;
}

int floor_port(struct floor *f, uint16_t port)
{
	uint32_t key = port, one = 1;

	return f->ports_fd >= 0 && bpf_map_update_elem(f->ports_fd, &key, &one, BPF_ANY) < 0 ? -errno : 0;
}

void floor_quiet(struct floor *f, struct slice path)
{
	struct floor_path key = { .len = (uint32_t)path.len };
	uint32_t one = 1;

	if (f->quiet_fd < 0 || path.len > sizeof(key.path))
		return;
	memcpy(key.path, path.ptr, path.len);
	(void)bpf_map_update_elem(f->quiet_fd, &key, &one, BPF_ANY);
}

void floor_unquiet(struct floor *f)
{
	struct floor_path key;

	while (f->quiet_fd >= 0 && bpf_map_get_next_key(f->quiet_fd, NULL, &key) == 0)
		if (bpf_map_delete_elem(f->quiet_fd, &key) < 0)
			break;
}

/* Whole records at the front of the buffer; what is left over stays for the next read. */
static int deliver_look(char *data, size_t *have, capture_fn fn, void *ctx)
{
	size_t at = 0;
	int n = 0, r;

	while (*have - at >= sizeof(struct rec_hdr)) {
		const struct rec_hdr *h = (const void *)(data + at);

		if (h->size < sizeof(*h) || h->size % 8 || h->size > LOOK_BYTES)
			return -EBADMSG;
		if (h->size > *have - at)
			break;
		r = fn(ctx, slice_mem(data + at, h->size));
		if (r < 0)
			return r;
		at += h->size;
		n++;
	}
	memmove(data, data + at, *have - at);
	*have -= at;
	return n;
}

int floor_look(struct floor *f, capture_fn fn, void *ctx)
{
	_cleanup_close_ int fd = -1;
	size_t have = 0;
	int n = 0, r;

	if (!floor_has(f, FLOOR_LOOK))
		return -ENOTSUP;
	fd = bpf_iter_create(bpf_link__fd(f->link[FLOOR_LOOK]));
	if (fd < 0)
		return -errno;
	for (;;) {
		ssize_t got = read(fd, f->look + have, LOOK_BYTES - have);

		if (got < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (got <= 0)
			return got < 0 ? -errno : n;
		have += (size_t)got;
		r = deliver_look(f->look, &have, fn, ctx);
		if (r < 0)
			return r;
		n += r;
	}
}
