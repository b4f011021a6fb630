// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Changing the list of protected people: "qprov subjects". */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "config/subjects.h"

static int fail(struct config_error *err, int code, const char *path, const char *what)
{
	snprintf(err->text, sizeof(err->text), "%.300s: %s", path, what);
	return code;
}

/* A new key, complete before it has its name; an existing one is never replaced. */
static int make_key(const char *path, struct config_error *err)
{
	unsigned char key[SUBJECT_KEY_BYTES];
	char hex[2 * SUBJECT_KEY_BYTES + 2];
	_cleanup_close_ int fd = -1;
	_cleanup_free_ char *tmp = NULL;
	int r;

	if (asprintf(&tmp, "%s.XXXXXX", path) < 0) {
		tmp = NULL;
		return fail(err, -ENOMEM, path, "out of memory");
	}
	fd = mkostemp(tmp, O_CLOEXEC);
	if (fd < 0)
		return fail(err, -errno, path, strerror(errno));
	randombytes_buf(key, sizeof(key));
	sodium_bin2hex(hex, sizeof(hex), key, sizeof(key));
	hex[sizeof(hex) - 2] = '\n';
	r = write_all(fd, slice_mem(hex, sizeof(hex) - 1), NULL);
	if (!r && (fchmod(fd, 0600) < 0 || fsync(fd) < 0 || link(tmp, path) < 0))
		r = -errno;
	unlink(tmp);
	sodium_memzero(key, sizeof(key));
	sodium_memzero(hex, sizeof(hex));
	return r ? fail(err, r, path, strerror(-r)) : 0;
}

int subjects_open(const char *file, const char *key, bool create, struct subjects **ret, int *ret_lock, struct config_error *err)
{
	static const char empty[] = SUBJECTS_HEADER "\n";
	bool has_list = access(file, F_OK) == 0, has_key = access(key, F_OK) == 0;
	unsigned char bytes[SUBJECT_KEY_BYTES];
	_cleanup_close_ int lock = -1;
	int r = 0;

	if (has_list && !has_key)
		return fail(err, -ENOENT, key, "does not exist, but the list does: its hashes are of no use without their key");
	if (!has_key && !create)
		return fail(err, -ENOENT, key, "does not exist; \"qprov subjects add\" makes it");
	if (!has_key)
		r = make_key(key, err);
	if (r && r != -EEXIST)
		return r;
	lock = open(key, O_RDONLY | O_CLOEXEC);
	if (lock < 0 || flock(lock, LOCK_EX) < 0)
		return fail(err, -errno, key, strerror(errno));
	if (access(file, F_OK) == 0) {
		r = subjects_load(file, key, ret, err);
	} else {
		r = subjects_read_key(key, bytes, err);
		if (!r)
			r = subjects_parse(slice_mem(empty, sizeof(empty) - 1), file, bytes, ret, err);
		sodium_memzero(bytes, sizeof(bytes));
	}
	if (!r)
		*ret_lock = TAKE_FD(lock);
	return r;
}

static void put_line(struct buf *b, const struct subject *t)
{
	if (t->kind == SUBJECT_NETWORK)
		buf_printf(b, "network%s/%u ", t->prefix >= 256 ? "6" : "", t->prefix >= 256 ? t->prefix - 256 : t->prefix);
	else
		buf_printf(b, "%s ", subject_kind_name(t->kind));
	buf_hex(b, t->hash.v, sizeof(t->hash.v));
	buf_addc(b, ' ');
	buf_add(b, t->label);
	buf_addc(b, '\n');
}

void subject_print(const struct subject *t, struct buf *out)
{
	put_line(out, t);
}

int subjects_save(const struct subjects *s, const char *file, struct config_error *err)
{
	struct buf b;
	int r;

	buf_init(&b, SUBJECTS_FILE_MAX);
	buf_adds(&b, SUBJECTS_HEADER "\n");
	for (size_t i = 0; i < s->n; i++)
		put_line(&b, s->v[i]);
	r = b.err ? b.err : write_replace(file, buf_slice(&b));
	buf_done(&b);
	return r ? fail(err, r, file, r == -E2BIG ? "the list would be larger than 32 MiB" : strerror(-r)) : 0;
}

static int read_value(const struct subjects *s, enum subject_kind kind, struct slice value, struct subject *ret)
{
	struct subject_normal n;
	int r = subject_normal(kind, value, &n);

	if (r)
		return r;
	ret->kind = kind;
	ret->prefix = kind == SUBJECT_NETWORK ? n.prefix : 0;
	subject_hash(s->key, kind, &n, &ret->hash);
	sodium_memzero(&n, sizeof(n));
	return 0;
}

int subjects_add(struct subjects *s, enum subject_kind kind, struct slice value, struct slice label)
{
	struct subject t = { .label = label };
	int r = read_value(s, kind, value, &t);

	return r ? r : subjects_put(s, &t);
}

int subjects_remove_value(struct subjects *s, enum subject_kind kind, struct slice value)
{
	struct subject t = { 0 };
	int r = read_value(s, kind, value, &t);

	for (size_t i = 0; !r && i < s->n; i++) {
		if (s->v[i]->kind != kind || memcmp(s->v[i]->hash.v, t.hash.v, sizeof(t.hash.v)) != 0)
			continue;
		subjects_take(s, i);
		return 0;
	}
	return r ? r : -ENOENT;
}

size_t subjects_remove_label(struct subjects *s, struct slice label)
{
	size_t before = s->n;

	for (size_t i = s->n; i > 0; i--)
		if (slice_eq(s->v[i - 1]->label, label))
			subjects_take(s, i - 1);
	return before - s->n;
}
