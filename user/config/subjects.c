// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* The two files of protected people: key and list. */
#include "config/subjects.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "base/buf.h"
#include "base/cleanup.h"

#define MEMORY_MAX (128u << 20)

static int fail(struct config_error *err, int code, const char *path, size_t line, const char *what)
{
	if (line)
		snprintf(err->text, sizeof(err->text), "%.300s:%zu:1: %s", path, line, what);
	else
		snprintf(err->text, sizeof(err->text), "%.300s: %s", path, what);
	return code;
}

static bool read_hex(struct slice hex, unsigned char *to, size_t n)
{
	size_t len;

	return hex.len == 2 * n && sodium_hex2bin(to, n, hex.ptr, hex.len, NULL, &len, NULL) == 0 && len == n;
}

void subjects_free(struct subjects *s)
{
	if (!s)
		return;
	sodium_memzero(s->key, sizeof(s->key));
	hmap_done(&s->map);
	arena_done(&s->arena);
	free(s);
}

static uint64_t node_hash(enum subject_kind kind, const struct subject_hash *h)
{
	uint64_t v;

	memcpy(&v, h->v, sizeof(v)); /* a keyed hash: as good as random */
	return v ^ (uint64_t)kind;
}

const struct subject *subjects_find(const struct subjects *s, enum subject_kind kind, const struct subject_hash *h)
{
	for (struct hnode *n = hmap_first(&s->map, node_hash(kind, h)); n; n = hmap_next(n)) {
		const struct subject *t = CONTAINER_OF(n, struct subject, node);

		if (t->kind == kind && memcmp(t->hash.v, h->v, sizeof(h->v)) == 0)
			return t;
	}
	return NULL;
}

/* The next word of a line; the words are parted by one blank. */
static struct slice take_word(struct slice *rest)
{
	const char *blank = rest->len ? memchr(rest->ptr, ' ', rest->len) : NULL;
	struct slice word = slice_head(*rest, blank ? (size_t)(blank - rest->ptr) : rest->len);

	*rest = slice_skip(*rest, word.len + 1);
	return word;
}

/* KIND, or network/PREFIX and network6/PREFIX. */
static bool read_kind(struct slice word, struct subject *t)
{
	bool six = slice_starts(word, SLICE("network6/"));
	uint64_t bits;

	if (!six && !slice_starts(word, SLICE("network/")))
		return subject_kind_parse(word, &t->kind) == 0 && t->kind != SUBJECT_NETWORK;
	if (slice_u64(slice_skip(word, six ? 9 : 8), &bits) || bits > (six ? 128 : 32))
		return false;
	t->kind = SUBJECT_NETWORK;
	t->prefix = (unsigned)bits + (six ? 256 : 0);
	return true;
}

static void note_prefix(struct subject_prefixes *p, unsigned prefix)
{
	unsigned char *v = prefix >= 256 ? p->v6 : p->v4, bits = (unsigned char)(prefix >= 256 ? prefix - 256 : prefix);
	size_t *n = prefix >= 256 ? &p->n6 : &p->n4;

	for (size_t i = 0; i < *n; i++)
		if (v[i] == bits)
			return;
	v[(*n)++] = bits;
}

static int grow(struct subjects *s)
{
	size_t cap = s->cap ? s->cap * 2 : 64;
	struct subject **v;

	if (s->n < s->cap)
		return 0;
	v = arena_array(&s->arena, cap, sizeof(struct subject *));
	if (!v)
		return -ENOMEM;
	if (s->n)
		memcpy(v, s->v, s->n * sizeof(struct subject *));
	s->v = v;
	s->cap = cap;
	return 0;
}

int subjects_put(struct subjects *s, const struct subject *t)
{
	struct subject *copy;

	if (subjects_find(s, t->kind, &t->hash))
		return -EEXIST;
	if (s->n >= SUBJECTS_MAX)
		return -E2BIG;
	copy = arena_alloc(&s->arena, sizeof(*copy));
	if (!copy || grow(s))
		return -ENOMEM;
	*copy = *t;
	copy->label = arena_dup(&s->arena, t->label);
	if (!copy->label.ptr || hmap_add(&s->map, &copy->node, node_hash(t->kind, &t->hash)))
		return -ENOMEM;
	if (t->kind == SUBJECT_NETWORK)
		note_prefix(&s->prefixes, t->prefix);
	copy->number = s->made++;
	s->count[t->kind]++;
	s->v[s->n++] = copy;
	return 0;
}

void subjects_take(struct subjects *s, size_t place)
{
	struct subject *t = s->v[place];

	hmap_del(&s->map, &t->node);
	s->count[t->kind]--;
	memmove(&s->v[place], &s->v[place + 1], (s->n - place - 1) * sizeof(struct subject *));
	s->n--;
}

static const char *read_line(struct subjects *s, struct slice line)
{
	struct subject t = { 0 };
	struct slice kind = take_word(&line), hash = take_word(&line);
	int r;

	if (!read_kind(kind, &t))
		return "no such kind; give id, email, phone, ip, network/BITS, network6/BITS or name";
	if (!read_hex(hash, t.hash.v, sizeof(t.hash.v)))
		return "no hash of 32 hexadecimal digits; let \"qprov subjects add\" write the file";
	if (!subject_label_valid(line))
		return "no label; it has 1 to 64 letters, digits, '.', '_' and '-'";
	t.label = line;
	r = subjects_put(s, &t);
	return !r             ? NULL
	       : r == -EEXIST ? "the same identifier twice; take one out"
	       : r == -E2BIG  ? "more than 200000 identifiers"
			      : "out of memory";
}

static int read_lines(struct subjects *s, struct slice text, const char *file, struct config_error *err)
{
	for (size_t n = 1; text.len; n++) {
		struct slice line = slice_line(&text);
		const char *problem = NULL;

		if (n == 1 && !slice_eq(line, SLICE(SUBJECTS_HEADER)))
			return fail(err, -EINVAL, file, n, "not a list of subjects; its first line is \"" SUBJECTS_HEADER "\"");
		if (line.len && line.ptr[0] != '#')
			problem = read_line(s, line);
		if (problem)
			return fail(err, -EINVAL, file, n, problem);
	}
	return 0;
}

int subjects_parse(struct slice text, const char *file, const unsigned char key[SUBJECT_KEY_BYTES], struct subjects **ret,
		   struct config_error *err)
{
	struct subjects *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return fail(err, -ENOMEM, file, 0, "out of memory");
	arena_init(&s->arena, MEMORY_MAX);
	hmap_init(&s->map);
	memcpy(s->key, key, sizeof(s->key));
	r = text.len ? read_lines(s, text, file, err)
		     : fail(err, -EINVAL, file, 1, "not a list of subjects; its first line is \"" SUBJECTS_HEADER "\"");
	if (r) {
		subjects_free(s);
		return r;
	}
	*ret = s;
	return 0;
}

int subjects_read_key(const char *path, unsigned char ret_key[SUBJECT_KEY_BYTES], struct config_error *err)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	char text[2 * SUBJECT_KEY_BYTES + 2];
	struct stat st;
	ssize_t n;
	bool good;

	if (fd < 0)
		return fail(err, -errno, path, 0, errno == ENOENT ? "does not exist; \"qprov subjects add\" makes it" : strerror(errno));
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return fail(err, -EINVAL, path, 0, "not a regular file");
	if (st.st_mode & (S_IRWXG | S_IRWXO))
		return fail(err, -EINVAL, path, 0, "others may read the key; chmod 0600 it");
	if (st.st_uid != 0 && st.st_uid != geteuid())
		return fail(err, -EINVAL, path, 0, "the key belongs to another user; chown it to root");
	n = read(fd, text, sizeof(text));
	good = n >= 2 * SUBJECT_KEY_BYTES && read_hex(slice_trim(slice_mem(text, (size_t)n)), ret_key, SUBJECT_KEY_BYTES);
	sodium_memzero(text, sizeof(text));
	return good ? 0 : fail(err, -EINVAL, path, 1, "not a key of 64 hexadecimal digits");
}

int subjects_load(const char *file, const char *key, struct subjects **ret, struct config_error *err)
{
	unsigned char bytes[SUBJECT_KEY_BYTES];
	struct buf text;
	struct stat st;
	int r = subjects_read_key(key, bytes, err);

	if (r)
		return r;
	buf_init(&text, SUBJECTS_FILE_MAX);
	if (stat(file, &st) < 0)
		r = fail(err, -errno, file, 0, errno == ENOENT ? "does not exist; \"qprov subjects add\" makes it" : strerror(errno));
	else if (!S_ISREG(st.st_mode))
		r = fail(err, -EINVAL, file, 0, "not a regular file");
	else if ((r = buf_read_file(&text, AT_FDCWD, file)))
		fail(err, r, file, 0, r == -E2BIG ? "more than 32 MiB" : strerror(-r));
	if (!r)
		r = subjects_parse(buf_slice(&text), file, bytes, ret, err);
	buf_done(&text);
	sodium_memzero(bytes, sizeof(bytes));
	return r;
}
