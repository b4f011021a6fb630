// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Protected people: identifiers kept as keyed hashes only (BLAKE2b with a key of 32 bytes, 16 bytes out). Two files:
 *
 *   the key    one line of 64 hexadecimal digits, readable by its owner only
 *   the list   "# qprov subjects 1", then one line for each identifier: KIND[/PREFIX] HASH LABEL
 *
 * A hash is taken over KIND, a zero byte and the normal form of the value (subject_normal()), so equal values of two kinds differ.
 * Of a network the length of its prefix is in clear, because each length in the list is tried on each address that is looked for.
 */
#ifndef QPROV_SUBJECTS_H
#define QPROV_SUBJECTS_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/map.h"
#include "config/config.h"

#define SUBJECTS_DEFAULT_PATH "/etc/qprov/subjects"
#define SUBJECTS_KEY_SUFFIX ".key" /* of the list's path, where no key is given */
#define SUBJECTS_HEADER "# qprov subjects 1"
#define SUBJECT_KEY_BYTES 32
#define SUBJECT_HASH_BYTES 16
#define SUBJECT_VALUE_MAX 256 /* bytes of an identifier; longer values are none */
#define SUBJECT_LABEL_MAX 64  /* letters, digits, '.', '_', '-' */
#define SUBJECTS_MAX 200000   /* identifiers in a list */
#define SUBJECTS_FILE_MAX (32u << 20)

enum subject_kind { SUBJECT_ID, SUBJECT_EMAIL, SUBJECT_PHONE, SUBJECT_IP, SUBJECT_NETWORK, SUBJECT_NAME, SUBJECT_KINDS };

struct subject_hash {
	unsigned char v[SUBJECT_HASH_BYTES];
};

struct subject {
	struct hnode node; /* by hash */
	enum subject_kind kind;
	unsigned prefix; /* networks: 0..32 (IPv4), 256 + 0..128 (IPv6) */
	size_t number;   /* its own in this list, below subjects.made */
	struct subject_hash hash;
	struct slice label;
};

/* "fe80::/10" and the like: which lengths of prefixes the list has. */
struct subject_prefixes {
	unsigned char v4[33], v6[129];
	size_t n4, n6;
};

struct subjects {
	unsigned char key[SUBJECT_KEY_BYTES];
	struct subject **v; /* in the order of the list */
	size_t n, cap, made;
	size_t count[SUBJECT_KINDS];
	struct hmap map;
	struct subject_prefixes prefixes;
	struct arena arena;
};

/* The normal form of a value, for hashing. */
struct subject_normal {
	char text[SUBJECT_VALUE_MAX];
	size_t len;
	unsigned prefix; /* as in struct subject */
};

/*
 * 0, or -EINVAL when v is no value of this kind. All are folded (base/fold.h). E-mail addresses: without "mailto:"; names with single
 * blanks; phone numbers: their digits, without "tel:", "00" or "+" in front, "(0)" behind the country and an extension; addresses: their
 * bytes, IPv4 also from a number and from ::ffff:a.b.c.d; ids: a number without leading zeros.
 */
int subject_normal(enum subject_kind kind, struct slice v, struct subject_normal *ret);
/* The form that lists of before had, where it is another one: ASCII letters in lower case only, "(0)" kept. -EINVAL: it is the same, or
 * none. */
int subject_normal_plain(enum subject_kind kind, struct slice v, struct subject_normal *ret);
/* The network of an address (normal form of SUBJECT_IP) with a prefix of so many bits. */
void subject_network(const struct subject_normal *address, unsigned bits, struct subject_normal *ret);
/* The kind a value is most likely of: address or network, e-mail, phone ("+" in front), number or word: id, several words: name. */
enum subject_kind subject_guess(struct slice v);
void subject_hash(const unsigned char key[SUBJECT_KEY_BYTES], enum subject_kind kind, const struct subject_normal *n,
		  struct subject_hash *ret);

const char *subject_kind_name(enum subject_kind k);
int subject_kind_parse(struct slice name, enum subject_kind *ret);
bool subject_label_valid(struct slice label);

/* The first subject with this hash, and the next; NULL: none. */
const struct subject *subjects_find(const struct subjects *s, enum subject_kind kind, const struct subject_hash *h);

/*
 * Reads key and list. 0; -ENOENT when one does not exist, -EINVAL (malformed, or the key may be read by others than its owner), -E2BIG and
 * I/O errors, with err filled: "file:line:1: ...". Nothing of a value is ever in an error, because none is in the files.
 */
int subjects_load(const char *file, const char *key, struct subjects **ret, struct config_error *err);
/* The same from memory, without the key's mode. */
int subjects_parse(struct slice text, const char *file, const unsigned char key[SUBJECT_KEY_BYTES], struct subjects **ret,
		   struct config_error *err);
int subjects_read_key(const char *path, unsigned char ret_key[SUBJECT_KEY_BYTES], struct config_error *err);
void subjects_free(struct subjects *s);

/* ---- subjects_edit.c ---- */
/*
 * For changing the list: reads it, with a lock against others who do so (ret_lock, to be closed after subjects_save()). create: a key and
 * a list that do not exist are made; a list without its key is an error. 0 or negative with err filled.
 */
int subjects_open(const char *file, const char *key, bool create, struct subjects **ret, int *ret_lock, struct config_error *err);
/* 0, -EEXIST, -EINVAL (no value of this kind), -E2BIG (too many) or -ENOMEM. */
int subjects_add(struct subjects *s, enum subject_kind kind, struct slice value, struct slice label);
/* 0, -ENOENT or -EINVAL. */
int subjects_remove_value(struct subjects *s, enum subject_kind kind, struct slice value);
/* All of a label; returns how many. */
size_t subjects_remove_label(struct subjects *s, struct slice label);
/* Writes the list, mode 0600, in one step. 0 or negative with err filled. */
int subjects_save(const struct subjects *s, const char *file, struct config_error *err);
/* One line of the list. */
void subject_print(const struct subject *t, struct buf *out);

/* A copy of t, unless its hash is there already. 0, -EEXIST, -E2BIG or -ENOMEM. */
int subjects_put(struct subjects *s, const struct subject *t);
void subjects_take(struct subjects *s, size_t place);

#endif
