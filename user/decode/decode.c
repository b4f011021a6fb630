// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "decode/decode.h"

#include <errno.h>
#include <string.h>

#include "decode/encode.h"

/* Where each record keeps its fixed size and the 16-bit lengths of its strings. */
struct shape {
	size_t fixed;
	unsigned nstrings;
	size_t len_off[DECODE_STRINGS_MAX];
};

#define LEN(t, m) offsetof(struct t, m)

static const struct shape shapes[REC_TYPE_MAX] = {
	[REC_HELLO] = { sizeof(struct rec_hello),
			6,
			{ LEN(rec_hello, host_len), LEN(rec_hello, machine_len), LEN(rec_hello, boot_len), LEN(rec_hello, agent_len),
			  LEN(rec_hello, version_len), LEN(rec_hello, kernel_len) } },
	[REC_LIBRARY] = { sizeof(struct rec_library),
			  3,
			  { LEN(rec_library, path_len), LEN(rec_library, build_len), LEN(rec_library, family_len) } },
	[REC_SITE] = { sizeof(struct rec_site), 1, { LEN(rec_site, symbol_len) } },
	[REC_RANGE] = { sizeof(struct rec_range), 1, { LEN(rec_range, symbol_len) } },
	[REC_CALL] = { sizeof(struct rec_call), 0, { 0 } },
	[REC_EXEC] = { sizeof(struct rec_exec), 3, { LEN(rec_exec, path_len), LEN(rec_exec, cwd_len), LEN(rec_exec, args_len) } },
	[REC_PROC] = { sizeof(struct rec_exec), 3, { LEN(rec_exec, path_len), LEN(rec_exec, cwd_len), LEN(rec_exec, args_len) } },
	[REC_FORK] = { sizeof(struct rec_fork), 0, { 0 } },
	[REC_EXIT] = { sizeof(struct rec_exit), 0, { 0 } },
	[REC_USER] = { sizeof(struct rec_user), 1, { LEN(rec_user, name_len) } },
	[REC_TICK] = { sizeof(struct rec_tick), 0, { 0 } },
	[REC_COVERAGE] = { sizeof(struct rec_coverage),
			   3,
			   { LEN(rec_coverage, reason_len), LEN(rec_coverage, path_len), LEN(rec_coverage, symbols_len) } },
	[REC_CONFIG] = { sizeof(struct rec_config),
			 3,
			 { LEN(rec_config, file_len), LEN(rec_config, hash_len), LEN(rec_config, message_len) } },
	[REC_SESSION] = { sizeof(struct rec_session),
			  4,
			  { LEN(rec_session, host_len), LEN(rec_session, service_len), LEN(rec_session, logind_len),
			    LEN(rec_session, tty_len) } },
	[REC_CGROUP] = { sizeof(struct rec_cgroup), 1, { LEN(rec_cgroup, path_len) } },
	[REC_FILE] = { sizeof(struct rec_file), 2, { LEN(rec_file, build_len), LEN(rec_file, sha256_len) } },
	[REC_GROUPS] = { sizeof(struct rec_groups), 1, { LEN(rec_groups, names_len) } },
	[REC_SANDBOX] = { sizeof(struct rec_sandbox),
			  3,
			  { LEN(rec_sandbox, group_len), LEN(rec_sandbox, app_len), LEN(rec_sandbox, instance_len) } },
	[REC_CLAIM] = { sizeof(struct rec_claim), 1, { LEN(rec_claim, notebook_len) } },
	[REC_PACKAGE] = { sizeof(struct rec_package), 1, { LEN(rec_package, package_len) } },
	[REC_SOCKET] = { sizeof(struct rec_socket), 2, { LEN(rec_socket, path_len), LEN(rec_socket, system_len) } },
	[REC_PROFILE] = { sizeof(struct rec_profile), 2, { LEN(rec_profile, kind_len), LEN(rec_profile, path_len) } },
	[REC_URING] = { sizeof(struct rec_uring), 0, { 0 } },
	[REC_DBFILE] = { sizeof(struct rec_dbfile), 2, { LEN(rec_dbfile, path_len), LEN(rec_dbfile, system_len) } },
	[REC_LIBRARY_GONE] = { sizeof(struct rec_library_gone), 0, { 0 } },
	[REC_CANARY] = { sizeof(struct rec_canary), 2, { LEN(rec_canary, path_len), LEN(rec_canary, symbols_len) } },
	[REC_CHUNK] = { sizeof(struct rec_chunk), 0, { 0 } },
	[REC_PARAMS] = { sizeof(struct rec_params), 0, { 0 } },
	[REC_CONN] = { sizeof(struct rec_conn), 0, { 0 } },
	[REC_STDIO] = { sizeof(struct rec_stdio), 2, { LEN(rec_stdio, in_len), LEN(rec_stdio, out_len) } },
	[REC_STATE] = { sizeof(struct rec_state), 3, { LEN(rec_state, file_len), LEN(rec_state, data_len), LEN(rec_state, error_len) } },
	[REC_READER] = { sizeof(struct rec_reader), 0, { 0 } },
	[REC_OUTPUT] = { sizeof(struct rec_output), 1, { LEN(rec_output, path_len) } },
	[REC_STOP] = { sizeof(struct rec_stop), 1, { LEN(rec_stop, reason_len) } },
};

/* The name and text of a call; their lengths are of other widths than the common form. */
static int decode_call(struct slice raw, struct decoded *d)
{
	const struct rec_call *c = d->call;

	if (c->cap_len > raw.len - sizeof(*c) || c->cap_len > REC_TEXT_MAX || c->name_len > REC_NAME_LEN ||
	    c->text_status > REC_TEXT_NULL || (c->text_status == REC_TEXT_FULL && c->cap_len > c->text_len))
		return -EBADMSG;
	d->str[0] = slice_mem(c->name, c->name_len);
	d->str[1] = slice_mem(c->text, c->cap_len);
	return 0;
}

static int decode_params(struct slice raw, const struct decoded *d)
{
	const struct rec_params *r = d->params;

	if (r->count > PARAM_SLOTS || r->count > (raw.len - sizeof(*r)) / sizeof(r->p[0]) || r->first >= PARAMS_MAX)
		return -EBADMSG;
	for (uint32_t i = 0; i < r->count; i++)
		if (r->p[i].cap > PARAM_BYTES || r->p[i].form >= PARAM_FORMS || r->p[i].status > PARAM_LATER)
			return -EBADMSG;
	return 0;
}

/* Strings in places of fixed size. */
static void decode_conn(struct decoded *d)
{
	const struct rec_conn *c = d->conn;

	d->str[0] = slice_mem(c->database, strnlen(c->database, sizeof(c->database)));
	d->str[1] = slice_mem(c->user, strnlen(c->user, sizeof(c->user)));
	d->str[2] = slice_mem(c->host, strnlen(c->host, sizeof(c->host)));
	d->str[3] = slice_mem(c->application, strnlen(c->application, sizeof(c->application)));
	d->str[4] = slice_mem(c->path, strnlen(c->path, sizeof(c->path)));
}

int decode_record(struct slice raw, struct decoded *ret)
{
	struct decoded d = { .type = 0 };
	const struct shape *shape;
	const struct rec_hdr *h;
	size_t at;

	if ((uintptr_t)raw.ptr % 8)
		return -EINVAL;
	if (raw.len < sizeof(*h) || raw.len > DECODE_RECORD_MAX)
		return -EBADMSG;
	h = (const struct rec_hdr *)(const void *)raw.ptr;
	if (h->size != raw.len || h->size % 8 || h->type == 0 || h->type >= REC_TYPE_MAX)
		return -EBADMSG;
	shape = &shapes[h->type];
	if (!shape->fixed || raw.len < shape->fixed)
		return -EBADMSG;
	d.type = (enum rec_type)h->type;
	d.hdr = h;
	at = shape->fixed;
	for (unsigned i = 0; i < shape->nstrings; i++) {
		uint16_t len;

		memcpy(&len, raw.ptr + shape->len_off[i], sizeof(len));
		if (len > raw.len - at)
			return -EBADMSG;
		d.str[i] = slice_mem(raw.ptr + at, len);
		at += len;
	}
	if (d.type == REC_CONN) {
		if (d.conn->tls > REC_TLS_YES)
			return -EBADMSG;
		decode_conn(&d);
	}
	if (d.type == REC_PARAMS && decode_params(raw, &d))
		return -EBADMSG;
	if (d.type == REC_CHUNK) {
		if (d.chunk->len > raw.len - sizeof(*d.chunk) || d.chunk->len > REC_TEXT_MAX ||
		    d.chunk->off + d.chunk->len > d.chunk->total || d.chunk->off + d.chunk->len < d.chunk->off)
			return -EBADMSG;
		d.str[0] = slice_mem(d.chunk->data, d.chunk->len);
	}
	if (d.type == REC_CALL) {
		int r = decode_call(raw, &d);

		if (r)
			return r;
	}
	*ret = d;
	return 0;
}

int encode_record(struct buf *out, const void *fixed, const struct slice *str, unsigned n)
{
	const struct rec_hdr *in = fixed;
	const struct shape *shape = in->type < REC_TYPE_MAX ? &shapes[in->type] : NULL;
	static const char zero[8];
	struct rec_hdr *h;

	if (!shape || !shape->fixed || n != shape->nstrings)
		return -EINVAL;
	buf_clear(out);
	buf_add(out, slice_mem(fixed, shape->fixed));
	for (unsigned i = 0; i < n && !out->err; i++) {
		uint16_t len = str[i].len > UINT16_MAX ? UINT16_MAX : (uint16_t)str[i].len;

		memcpy(out->ptr + shape->len_off[i], &len, sizeof(len));
		buf_add(out, slice_head(str[i], len));
	}
	buf_add(out, slice_mem(zero, (8 - out->len % 8) % 8));
	if (out->err)
		return out->err;
	h = (struct rec_hdr *)(void *)out->ptr;
	h->size = (uint32_t)out->len;
	return 0;
}
