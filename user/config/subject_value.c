// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Identifiers of people -> their normal form -> a keyed hash. */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include <sodium.h>

#include "base/ascii.h"
#include "base/cleanup.h"
#include "base/fold.h"
#include "config/subjects.h"

enum { PHONE_MIN = 6, PHONE_MAX = 15 }; /* digits; E.164 has at most 15 */

static const char *const kind_names[SUBJECT_KINDS] = { "id", "email", "phone", "ip", "network", "name" };

const char *subject_kind_name(enum subject_kind k)
{
	return (unsigned)k < SUBJECT_KINDS ? kind_names[k] : "?";
}

int subject_kind_parse(struct slice name, enum subject_kind *ret)
{
	for (unsigned k = 0; k < SUBJECT_KINDS; k++) {
		if (!slice_eq(name, slice_cstr(kind_names[k])))
			continue;
		*ret = (enum subject_kind)k;
		return 0;
	}
	return -EINVAL;
}

bool subject_label_valid(struct slice label)
{
	for (size_t i = 0; i < label.len; i++) {
		char c = label.ptr[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') && c != '.' && c != '_' && c != '-')
			return false;
	}
	return label.len > 0 && label.len <= SUBJECT_LABEL_MAX;
}

static bool all_digits(struct slice v)
{
	for (size_t i = 0; i < v.len; i++)
		if (!ascii_is_digit(v.ptr[i]))
			return false;
	return v.len > 0;
}

/* A NUL ends or hides nothing: it is a byte like others, which no identifier has. */
static int keep(struct slice v, struct subject_normal *ret)
{
	if (!v.len || memchr(v.ptr, 0, v.len))
		return -EINVAL;
	memcpy(ret->text, v.ptr, v.len);
	ret->len = v.len;
	return 0;
}

static int normal_id(struct slice v, struct subject_normal *ret)
{
	if (v.len && v.ptr[0] == '+' && all_digits(slice_skip(v, 1)))
		v = slice_skip(v, 1);
	while (v.len > 1 && v.ptr[0] == '0' && all_digits(v))
		v = slice_skip(v, 1);
	return keep(v, ret);
}

static int normal_email(struct slice v, struct subject_normal *ret)
{
	const char *at;

	while (slice_starts(v, SLICE("mailto:")))
		v = slice_skip(v, 7);
	at = v.len ? memchr(v.ptr, '@', v.len) : NULL;
	if (!at || at == v.ptr || at + 1 == v.ptr + v.len)
		return -EINVAL;
	for (size_t i = 0; i < v.len; i++)
		if (ascii_is_space(v.ptr[i]))
			return -EINVAL;
	return keep(v, ret);
}

/* What leads to a number, and the extension behind it: "tel:", ";ext=12", "ext. 12", "x12". */
static struct slice phone_itself(struct slice v)
{
	if (slice_starts(v, SLICE("tel:")))
		v = slice_skip(v, 4);
	for (size_t i = 1; i < v.len; i++)
		if (v.ptr[i] == ';' || v.ptr[i] == 'e' || v.ptr[i] == 'x')
			return slice_starts(slice_skip(v, i), SLICE(";ext=")) || slice_starts(slice_skip(v, i), SLICE("ext")) ||
					       v.ptr[i] == 'x'
				       ? slice_head(v, i)
				       : v;
	return v;
}

/* Behind the sign that a country's number follows: "+", "00", also in parentheses. *ret: there was one. */
static struct slice without_sign(struct slice v, bool *ret)
{
	struct slice in = v.len && v.ptr[0] == '(' ? slice_skip(v, 1) : v;

	*ret = slice_starts(in, SLICE("+")) || (slice_starts(in, SLICE("00")) && in.len > 2);
	return !*ret ? v : slice_skip(in, in.ptr[0] == '+' ? 1 : 2);
}

/* trunk: the "(0)" of "+49 (0)151" is dialled within the country only, and is no part of the number. */
static int phone(struct slice v, bool drop_trunk, struct subject_normal *ret)
{
	bool country;

	v = without_sign(phone_itself(v), &country);
	for (size_t i = 0; i < v.len; i++) {
		if (drop_trunk && country && slice_starts(slice_skip(v, i), SLICE("(0)")))
			i += 2;
		else if (v.ptr[i] == '0' && ret->len == 1 && ret->text[0] == '0')
			ret->len = 0; /* "00" once more, so that a number has one form */
		else if (ascii_is_digit(v.ptr[i]) && ret->len < PHONE_MAX)
			ret->text[ret->len++] = v.ptr[i];
		else if (ascii_is_digit(v.ptr[i]) || !v.ptr[i] || !strchr(" -./()", v.ptr[i]))
			return -EINVAL;
	}
	return ret->len >= PHONE_MIN ? 0 : -EINVAL;
}

static int normal_name(struct slice v, struct subject_normal *ret)
{
	for (size_t i = 0; i < v.len; i++) {
		if (!v.ptr[i])
			return -EINVAL;
		if (!ascii_is_space(v.ptr[i]))
			ret->text[ret->len++] = v.ptr[i];
		else if (ret->text[ret->len - 1] != ' ') /* the value is trimmed: there is a first byte */
			ret->text[ret->len++] = ' ';
	}
	return v.len ? 0 : -EINVAL;
}

/* '4' and four bytes, or '6' and sixteen. */
static int normal_ip(struct slice v, struct subject_normal *ret)
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
	char text[INET6_ADDRSTRLEN];
	unsigned char b[16];
	uint64_t number;

	if (v.len >= sizeof(text))
		return -EINVAL;
	memcpy(text, v.ptr, v.len);
	text[v.len] = 0;
	if (strlen(text) != v.len)
		return -EINVAL;
	if (slice_u64(v, &number) == 0 && number <= UINT32_MAX) {
		for (int i = 0; i < 4; i++)
			b[i] = (unsigned char)(number >> (24 - 8 * i));
	} else if (inet_pton(AF_INET, text, b) != 1) {
		if (inet_pton(AF_INET6, text, b) != 1)
			return -EINVAL;
		if (memcmp(b, mapped, sizeof(mapped)) != 0) {
			ret->text[0] = '6';
			memcpy(ret->text + 1, b, 16);
			ret->len = 17;
			return 0;
		}
		memmove(b, b + 12, 4);
	}
	ret->text[0] = '4';
	memcpy(ret->text + 1, b, 4);
	ret->len = 5;
	return 0;
}

void subject_network(const struct subject_normal *address, unsigned bits, struct subject_normal *ret)
{
	*ret = *address;
	ret->prefix = address->text[0] == '4' ? bits : 256 + bits;
	for (size_t i = 1; i < ret->len; i++) {
		unsigned before = (unsigned)(i - 1) * 8, keep = bits > before ? bits - before : 0;

		if (keep < 8)
			ret->text[i] = (char)((unsigned char)ret->text[i] & (unsigned char)(0xff00u >> keep));
	}
}

static int normal_network(struct slice v, struct subject_normal *ret)
{
	const char *slash = memrchr(v.ptr, '/', v.len);
	size_t at = slash ? (size_t)(slash - v.ptr) : 0;
	struct subject_normal address = { 0 };
	struct slice host = slice_head(v, at);
	uint64_t bits;

	if (!slash || all_digits(host) || slice_u64(slice_skip(v, at + 1), &bits) || normal_ip(host, &address))
		return -EINVAL;
	if (address.text[0] == '4' && memchr(host.ptr, ':', host.len)) { /* ::ffff:a.b.c.d/104 */
		if (bits < 96)
			return -EINVAL;
		bits -= 96;
	}
	if (bits > (address.text[0] == '4' ? 32 : 128))
		return -EINVAL;
	subject_network(&address, (unsigned)bits, ret);
	return 0;
}

/* An address with the prefix of a host is that host: PostgreSQL's inet writes it so. */
static struct slice without_host_prefix(struct slice v)
{
	if (memchr(v.ptr, ':', v.len))
		return slice_ends(v, SLICE("/128")) ? slice_head(v, v.len - 4) : v;
	return slice_ends(v, SLICE("/32")) ? slice_head(v, v.len - 3) : v;
}

static int normal(enum subject_kind kind, struct slice v, struct subject_normal *ret)
{
	switch (kind) {
	case SUBJECT_ID:
		return normal_id(v, ret);
	case SUBJECT_EMAIL:
		return normal_email(v, ret);
	case SUBJECT_PHONE:
		return phone(v, true, ret);
	case SUBJECT_IP:
		return normal_ip(without_host_prefix(v), ret);
	case SUBJECT_NETWORK:
		return normal_network(v, ret);
	case SUBJECT_NAME:
		return normal_name(v, ret);
	default:
		return -EINVAL;
	}
}

int subject_normal(enum subject_kind kind, struct slice v, struct subject_normal *ret)
{
	char folded[SUBJECT_VALUE_MAX];
	size_t n;

	v = slice_trim(v);
	ret->len = ret->prefix = 0;
	if (v.len == 0 || v.len > SUBJECT_VALUE_MAX || fold_text(v, folded, sizeof(folded), &n))
		return -EINVAL;
	v = slice_trim(slice_mem(folded, n));
	return v.len ? normal(kind, v, ret) : -EINVAL;
}

static bool is_ascii(struct slice v)
{
	for (size_t i = 0; i < v.len; i++)
		if ((unsigned char)v.ptr[i] >= 0x80)
			return false;
	return true;
}

int subject_normal_plain(enum subject_kind kind, struct slice v, struct subject_normal *ret)
{
	char lowered[SUBJECT_VALUE_MAX];

	v = slice_trim(v);
	ret->len = ret->prefix = 0;
	if (v.len == 0 || v.len > SUBJECT_VALUE_MAX)
		return -EINVAL;
	if (kind == SUBJECT_PHONE ? !memmem(v.ptr, v.len, "(0)", 3) : is_ascii(v))
		return -EINVAL;
	for (size_t i = 0; i < v.len; i++)
		lowered[i] = ascii_lower(v.ptr[i]);
	v = slice_mem(lowered, v.len);
	return kind == SUBJECT_PHONE ? phone(v, false, ret) : normal(kind, v, ret);
}

enum subject_kind subject_guess(struct slice v)
{
	struct subject_normal n;

	v = slice_trim(v);
	if (all_digits(v))
		return SUBJECT_ID;
	if (subject_normal(SUBJECT_IP, v, &n) == 0)
		return SUBJECT_IP;
	if (subject_normal(SUBJECT_NETWORK, v, &n) == 0)
		return SUBJECT_NETWORK;
	if (subject_normal(SUBJECT_EMAIL, v, &n) == 0)
		return SUBJECT_EMAIL;
	if (v.len && v.ptr[0] == '+' && subject_normal(SUBJECT_PHONE, v, &n) == 0)
		return SUBJECT_PHONE;
	return memchr(v.ptr ? v.ptr : "", ' ', v.len) ? SUBJECT_NAME : SUBJECT_ID;
}

void subject_hash(const unsigned char key[SUBJECT_KEY_BYTES], enum subject_kind kind, const struct subject_normal *n,
		  struct subject_hash *ret)
{
	const unsigned char prefix[2] = { (unsigned char)(n->prefix >> 8), (unsigned char)n->prefix };
	const char *name = subject_kind_name(kind);
	unsigned char in[16 + SUBJECT_VALUE_MAX];
	size_t len = strlen(name) + 1;

	memcpy(in, name, len);
	if (kind == SUBJECT_NETWORK) {
		memcpy(in + len, prefix, sizeof(prefix));
		len += sizeof(prefix);
	}
	memcpy(in + len, n->text, n->len);
	crypto_generichash(ret->v, sizeof(ret->v), in, len + n->len, key, SUBJECT_KEY_BYTES);
	sodium_memzero(in, sizeof(in));
}
