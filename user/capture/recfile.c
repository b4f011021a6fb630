// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "base/cleanup.h"
#include "capture/recfile.h"
#include "record.h"

#define MAGIC "QPROVREC"

struct file_header {
	char magic[8];
	uint32_t abi;
	uint32_t zero;
};

struct trailer {
	uint32_t crc;
	uint32_t size;
};

struct recfile {
	FILE *file;
	int err; /* sticky */
	bool writing;
	uint64_t offset; /* of the current record */
	uint64_t next;   /* of the one after it */
	_Alignas(8) char record[RECFILE_RECORD_MAX];
};

static uint32_t record_crc(const char *p, size_t n)
{
	return (uint32_t)crc32(crc32(0, NULL, 0), (const unsigned char *)p, (unsigned int)n);
}

static bool size_ok(size_t n)
{
	return n >= sizeof(struct rec_hdr) && n <= RECFILE_RECORD_MAX && n % 8 == 0;
}

static int io_error(void)
{
	return errno ? -errno : -EIO;
}

static int new_file(int fd, const char *mode, struct recfile **ret)
{
	struct recfile *f = malloc(sizeof(*f));

	if (!f) {
		(void)close(fd);
		return -ENOMEM;
	}
	f->err = 0;
	f->writing = *mode == 'w';
	f->offset = 0;
	f->next = sizeof(struct file_header);
	f->file = fdopen(fd, mode);
	if (!f->file) {
		(void)close(fd);
		free(f);
		return -ENOMEM;
	}
	*ret = f;
	return 0;
}

static int put(struct recfile *f, const void *p, size_t n)
{
	errno = 0;
	if (!f->err && fwrite(p, 1, n, f->file) != n)
		f->err = io_error();
	return f->err;
}

int recfile_create(const char *path, struct recfile **ret)
{
	const struct file_header h = { .magic = MAGIC, .abi = REC_ABI };
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	struct recfile *f;
	int err;

	if (fd < 0)
		return -errno;
	err = new_file(fd, "w", &f);
	if (err)
		return err;
	(void)put(f, &h, sizeof(h));
	err = recfile_flush(f);
	if (err) {
		(void)recfile_close(f);
		return err;
	}
	*ret = f;
	return 0;
}

int recfile_write(struct recfile *f, struct slice record)
{
	struct trailer t = { .size = (uint32_t)record.len };
	uint32_t size;

	if (!size_ok(record.len))
		return -EINVAL;
	memcpy(&size, record.ptr, sizeof(size));
	if (size != record.len)
		return -EINVAL;
	t.crc = record_crc(record.ptr, record.len);
	(void)put(f, record.ptr, record.len);
	return put(f, &t, sizeof(t));
}

int recfile_flush(struct recfile *f)
{
	errno = 0;
	if (!f->err && fflush(f->file) != 0)
		f->err = io_error();
	return f->err;
}

/* 1: all n bytes; 0: the end came before the first; -ENODATA: after it; or the error of read(2). */
static int get(struct recfile *f, void *p, size_t n)
{
	size_t got;

	errno = 0;
	got = fread(p, 1, n, f->file);
	if (got == n)
		return 1;
	if (ferror(f->file))
		return io_error();
	return got ? -ENODATA : 0;
}

static int read_header(struct recfile *f)
{
	struct file_header h;
	int r = get(f, &h, sizeof(h));

	if (r == 0 || r == -ENODATA)
		return -EBADMSG;
	if (r < 0)
		return r;
	if (memcmp(h.magic, MAGIC, sizeof(h.magic)) != 0)
		return -EBADMSG;
	return h.abi == REC_ABI && h.zero == 0 ? 0 : -EPROTO;
}

int recfile_open(const char *path, struct recfile **ret)
{
	int fd = strcmp(path, "-") == 0 ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0) : open(path, O_RDONLY | O_CLOEXEC);
	struct recfile *f;
	int err;

	if (fd < 0)
		return -errno;
	err = new_file(fd, "r", &f);
	if (err)
		return err;
	err = read_header(f);
	if (err) {
		(void)recfile_close(f);
		return err;
	}
	*ret = f;
	return 0;
}

/* What is missing inside a record is a cut, wherever it is. */
static int get_rest(struct recfile *f, void *p, size_t n)
{
	int r = get(f, p, n);

	return r == 0 ? -ENODATA : r;
}

static int next_record(struct recfile *f, size_t *ret)
{
	struct trailer t = { 0 };
	uint32_t size;
	int r = get(f, f->record, sizeof(size));

	if (r <= 0)
		return r;
	memcpy(&size, f->record, sizeof(size));
	if (!size_ok(size))
		return -EBADMSG;
	r = get_rest(f, f->record + sizeof(size), size - sizeof(size));
	if (r > 0)
		r = get_rest(f, &t, sizeof(t));
	if (r < 0)
		return r;
	if (t.size != size || t.crc != record_crc(f->record, size))
		return -EBADMSG;
	*ret = size;
	return 1;
}

int recfile_next(struct recfile *f, struct slice *ret)
{
	size_t size = 0;
	int r;

	if (f->err)
		return f->err;
	f->offset = f->next;
	r = next_record(f, &size);
	if (r < 0)
		f->err = r;
	if (r <= 0)
		return r;
	f->next += size + sizeof(struct trailer);
	*ret = slice_mem(f->record, size);
	return 1;
}

uint64_t recfile_offset(const struct recfile *f)
{
	return f->offset;
}

int recfile_close(struct recfile *f)
{
	int err;

	if (!f)
		return 0;
	err = f->writing ? recfile_flush(f) : 0;
	errno = 0;
	if (fclose(f->file) != 0 && !err && f->writing)
		err = io_error();
	free(f);
	return err;
}
