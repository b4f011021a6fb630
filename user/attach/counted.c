// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Probes on functions that are called for each row. They cost each row of every program that uses the library, so they are there only
 * when somebody asked: a row of a sensitive table is on its way.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "attach/engine_priv.h"
#include "base/cleanup.h"
#include "base/log.h"

int counted_keep(struct file *f, int fd, const struct counted *c)
{
	int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	if (own < 0)
		return -errno;
	f->counted = *c;
	f->counted.fd = own;
	return 0;
}

static void take_out(struct attach *a, struct counted *c, uint8_t number)
{
	if (!c->link)
		return;
	capture_detach(a->c, c->link);
	c->link = NULL;
	capture_taken_forget(a->c, number); /* what ends unseen must not be added to by the next one on its connection */
}

void counted_release(struct attach *a, struct file *f)
{
	if (!f->counted.n)
		return;
	take_out(a, &f->counted, f->number);
	close(f->counted.fd);
	f->counted = (struct counted){ .fd = -1 };
}

static struct file *file_of(const struct attach *a, uint32_t library)
{
	for (struct hnode *n = hmap_walk(&a->files, NULL); n; n = hmap_walk(&a->files, n)) {
		struct file *f = CONTAINER_OF(n, struct file, node);

		for (uint32_t i = 0; i < f->families; i++)
			if (f->libraries[i] == library)
				return f;
	}
	return NULL;
}

int attach_count(struct attach *a, uint32_t library, uint64_t now_ns)
{
	struct file *f = file_of(a, library);
	struct counted *c;

	if (!f || !f->counted.n)
		return -ENOENT;
	c = &f->counted;
	c->until_ns = now_ns + ATTACH_COUNT_NS;
	if (c->link)
		return 0;
	log_debug("rows are counted in %s", slice_quote(slice_cstr(f->path)));
	return capture_attach(a->c, c->fd, c->offsets, c->sites, c->n, &c->link);
}

void counted_sweep(struct attach *a, uint64_t now_ns)
{
	for (struct hnode *n = hmap_walk(&a->files, NULL); n; n = hmap_walk(&a->files, n)) {
		struct file *f = CONTAINER_OF(n, struct file, node);

		if (f->counted.link && now_ns >= f->counted.until_ns)
			take_out(a, &f->counted, f->number);
	}
}
