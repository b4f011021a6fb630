// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Files -> struct config: the main file, then policy.d in name order, one hash over all of them. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <sodium.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "config/schema.h"
#include "config/subjects.h"

#define TREE_MAX (256u << 20)   /* nodes of one file while it is read */
#define CONFIG_MAX (256u << 20) /* everything kept */
#define FRAGMENTS_MAX 1024

struct session {
	struct config *c;
	struct config_error *err;
	crypto_hash_sha256_state hash;
};

static struct config *config_new(void)
{
	struct config *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	arena_init(&c->arena, CONFIG_MAX);
	c->uncertain = CONFIG_ALERT;
	c->mentions = CONFIG_LOG;
	c->mask_literals = true;
	c->expedite = true;
	c->max_statement = 16 << 20;
	c->ring_bytes = 32 << 20;
	c->heartbeat_s = 60;
	c->floor.enabled = c->floor.files = true;
	c->floor.grace_s = 2;
	return c;
}

void config_free(struct config *c)
{
	if (!c)
		return;
	subjects_free(c->subjects);
	arena_done(&c->arena);
	free(c);
}

static int begin(struct session *s, struct config_error *err)
{
	*s = (struct session){ .c = config_new(), .err = err };
	err->text[0] = 0;
	if (!s->c || sodium_init() < 0) {
		config_free(s->c);
		snprintf(err->text, sizeof(err->text), "configuration: out of memory");
		return -ENOMEM;
	}
	crypto_hash_sha256_init(&s->hash);
	return 0;
}

/* Gives the configuration away, or frees it after an error. */
static int end(struct session *s, int err, struct config **ret)
{
	unsigned char digest[crypto_hash_sha256_BYTES];

	if (err) {
		config_free(s->c);
		return err;
	}
	crypto_hash_sha256_final(&s->hash, digest);
	sodium_bin2hex(s->c->hash, sizeof(s->c->hash), digest, sizeof(digest));
	*ret = s->c;
	return 0;
}

static int parse_text(struct session *s, struct slice text, const char *file, bool fragment)
{
	struct arena tree;
	struct load l = { .f = { .name = slice_cstr(file), .tree = &tree, .err = s->err }, .c = s->c, .fragment = fragment };
	struct yaml *root = NULL;
	int err;

	crypto_hash_sha256_update(&s->hash, (const unsigned char *)text.ptr, text.len);
	arena_init(&tree, TREE_MAX);
	l.file = arena_dup(&s->c->arena, l.f.name);
	if (!l.file.ptr)
		err = yaml_nomem(&l.f);
	else if (text.len > CONFIG_FILE_MAX)
		err = yaml_fail_at(&l.f, 1, 1, "YAML", "a file of %zu bytes; at most %u are read", text.len, CONFIG_FILE_MAX);
	else
		err = yaml_parse(&l.f, text, &root);
	if (!err)
		err = schema_read(&l, root);
	if (!err && !fragment)
		s->c->file = l.file;
	arena_done(&tree);
	return err;
}

int config_parse(struct slice text, const char *file, struct config **ret, struct config_error *err)
{
	struct session s;
	int r = begin(&s, err);

	return r ? r : end(&s, parse_text(&s, text, file, false), ret);
}

/* Only a regular file: a FIFO would block, a device never end. */
static int read_regular(struct session *s, const char *path, struct buf *text)
{
	struct stat st;
	int err;

	if (stat(path, &st) < 0)
		err = -errno;
	else if (!S_ISREG(st.st_mode))
		err = S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
	else
		err = buf_read_file(text, AT_FDCWD, path);
	if (err == -E2BIG)
		snprintf(s->err->text, sizeof(s->err->text), "%.300s:1:1: YAML: a file of more than %u bytes; at most that is read", path,
			 CONFIG_FILE_MAX);
	else if (err)
		snprintf(s->err->text, sizeof(s->err->text), "%.300s: %s; give a readable file", path,
			 err == -EINVAL ? "not a regular file" : strerror(-err));
	return err == -E2BIG ? -EINVAL : err;
}

static int load_file(struct session *s, const char *path, bool fragment)
{
	struct buf text;
	int err;

	buf_init(&text, CONFIG_FILE_MAX);
	err = read_regular(s, path, &text);
	if (!err)
		err = parse_text(s, buf_slice(&text), path, fragment);
	buf_done(&text);
	return err;
}

static int is_fragment(const struct dirent *e)
{
	struct slice name = slice_cstr(e->d_name);

	return name.ptr[0] != '.' && (slice_ends(name, SLICE(".yaml")) || slice_ends(name, SLICE(".yml")));
}

/* Not alphasort(): the order must not depend on the locale. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int load_fragment(struct session *s, const char *dir, const char *name)
{
	_cleanup_free_ char *path = NULL;

	if (asprintf(&path, "%s/%s", dir, name) < 0) {
		path = NULL;
		snprintf(s->err->text, sizeof(s->err->text), "%.300s: out of memory", dir);
		return -ENOMEM;
	}
	if (slice_ends(slice_cstr(name), SLICE(".yml"))) {
		snprintf(s->err->text, sizeof(s->err->text), "%.600s: would not be read; rename it to end in .yaml", path);
		return -EINVAL;
	}
	return load_file(s, path, true);
}

static int load_dir(struct session *s, const char *dir)
{
	struct dirent **names = NULL;
	int n = scandir(dir, &names, is_fragment, by_name);
	int err = 0;

	if (n < 0) {
		if (errno == ENOENT)
			return 0;
		err = -errno;
		snprintf(s->err->text, sizeof(s->err->text), "%.300s: %s; make it a readable folder, or remove it", dir, strerror(-err));
		return err;
	}
	if (n > FRAGMENTS_MAX) {
		snprintf(s->err->text, sizeof(s->err->text), "%.300s: %d files; at most %d are read", dir, n, FRAGMENTS_MAX);
		err = -EINVAL;
	}
	for (int i = 0; i < n; i++) {
		if (!err)
			err = load_fragment(s, dir, names[i]->d_name);
		free(names[i]);
	}
	free(names);
	return err;
}

/* policy.d beside the main file. */
static int load_beside(struct session *s, const char *path)
{
	const char *slash = strrchr(path, '/');
	_cleanup_free_ char *dir = NULL;

	if (asprintf(&dir, "%.*spolicy.d", slash ? (int)(slash - path) + 1 : 0, path) < 0) {
		dir = NULL;
		snprintf(s->err->text, sizeof(s->err->text), "%.300s: out of memory", path);
		return -ENOMEM;
	}
	return load_dir(s, dir);
}

static int use_default(struct session *s)
{
	s->c->all_queries = true;
	s->c->file = SLICE("built-in default");
	return 0;
}

/* The list of protected people; the key lies beside it when nothing else is said. */
static int load_subjects(struct session *s)
{
	struct config *c = s->c;
	struct buf key;
	int r;

	if (!c->subjects_file.ptr)
		return 0;
	if (!c->subjects_key.ptr) {
		buf_init(&key, 2 * YAML_SCALAR_MAX);
		buf_add(&key, c->subjects_file);
		buf_adds(&key, SUBJECTS_KEY_SUFFIX);
		c->subjects_key = key.err ? SLICE_NONE : arena_dup(&c->arena, buf_slice(&key));
		buf_done(&key);
	}
	if (!c->subjects_key.ptr) {
		snprintf(s->err->text, sizeof(s->err->text), "configuration: out of memory");
		return -ENOMEM;
	}
	r = subjects_load(c->subjects_file.ptr, c->subjects_key.ptr, &c->subjects, s->err);
	return r && r != -ENOMEM ? -EINVAL : r; /* a mistake in the configuration, wherever it lies */
}

int config_load(const char *path, struct config **ret, struct config_error *err)
{
	struct session s;
	int r = begin(&s, err);
	struct stat st;

	if (r)
		return r;
	/* Only "it does not exist" means the default: a file that cannot be read is an error. */
	if (!path && stat(CONFIG_DEFAULT_PATH, &st) < 0 && errno == ENOENT)
		return end(&s, use_default(&s), ret);
	if (!path)
		path = CONFIG_DEFAULT_PATH;
	r = load_file(&s, path, false);
	if (!r)
		r = load_beside(&s, path);
	if (!r)
		r = load_subjects(&s);
	return end(&s, r, ret);
}
