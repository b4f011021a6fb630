// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "event/line.h"

#include <string.h>

#include <sodium.h>

#define ECS_VERSION "8.17"

void line_buf(struct buf *b, char *bytes, size_t n)
{
	*b = (struct buf){ .ptr = bytes, .cap = n, .max = n };
}

unsigned line_end(const struct buf *line, const struct event_context *ctx, struct buf *out)
{
	size_t len = out->len;

	buf_add(out, buf_slice(line));
	buf_addc(out, '\n');
	if (line->err && !out->err)
		out->err = line->err;
	if (out->err) {
		out->len = len;
		return 0;
	}
	++*ctx->sequence;
	return 1;
}

struct slice line_cut(struct slice s, size_t max)
{
	size_t n = max;

	if (s.len <= max)
		return s;
	while (n && max - n < 3 && ((unsigned char)s.ptr[n] & 0xc0) == 0x80)
		n--;
	return slice_head(s, n);
}

void line_opt(struct json *j, const char *key, struct slice v, size_t max)
{
	if (v.len)
		json_str_max(j, key, v, max);
}

struct slice line_comm(const char comm[REC_COMM_LEN])
{
	return slice_mem(comm, strnlen(comm, REC_COMM_LEN));
}

/* UUIDv7: the time, then instead of random bits a hash of agent and sequence, so that a replay gives the same ids. */
void event_id(const struct event_context *ctx, uint64_t ts_ns, uint64_t sequence, char ret[EVENT_ID_SIZE])
{
	unsigned char id[16], hash[16];
	crypto_generichash_state st;
	uint64_t ms = (ts_ns + ctx->wall_offset_ns) / 1000000u;
	struct buf b;

	crypto_generichash_init(&st, NULL, 0, sizeof(hash));
	crypto_generichash_update(&st, (const unsigned char *)&sequence, sizeof(sequence));
	if (ctx->origin->agent_id.len)
		crypto_generichash_update(&st, (const unsigned char *)ctx->origin->agent_id.ptr, ctx->origin->agent_id.len);
	crypto_generichash_final(&st, hash, sizeof(hash));
	memcpy(id, hash, sizeof(id));
	for (int i = 0; i < 6; i++)
		id[i] = (unsigned char)(ms >> (40 - 8 * i));
	id[6] = (id[6] & 0x0f) | 0x70;
	id[8] = (id[8] & 0x3f) | 0x80;
	line_buf(&b, ret, EVENT_ID_SIZE);
	for (unsigned i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			buf_addc(&b, '-');
		buf_hex(&b, id + i, 1);
	}
	buf_addc(&b, 0);
}

static void write_list1(struct json *j, const char *key, const char *v)
{
	json_open(j, key, '[');
	json_cstr(j, NULL, v);
	json_close(j, ']');
}

static void write_event(struct json *j, const struct event_context *ctx, const struct line_head *h)
{
	uint64_t wall = h->ts_ns + ctx->wall_offset_ns;
	char id[EVENT_ID_SIZE];

	json_open(j, "event", '{');
	event_id(ctx, h->ts_ns, h->id, id);
	json_cstr(j, "id", id);
	json_cstr(j, "kind", h->kind.kind);
	write_list1(j, "category", h->kind.category);
	write_list1(j, "type", h->kind.type);
	json_cstr(j, "action", h->kind.action);
	if (h->kind.outcome)
		json_cstr(j, "outcome", h->kind.outcome);
	json_cstr(j, "dataset", h->kind.dataset);
	json_cstr(j, "module", "qprov");
	json_uint(j, "sequence", h->sequence);
	if (h->end_ns >= h->ts_ns && h->end_ns) {
		json_time(j, "start", wall);
		json_time(j, "end", h->end_ns + ctx->wall_offset_ns);
		json_uint(j, "duration", h->end_ns - h->ts_ns);
	}
	if (h->severity)
		json_uint(j, "severity", h->severity);
	if (h->part)
		json_uint(j, "part", h->part);
}

static void write_host(struct json *j, const struct event_origin *o, struct slice kernel)
{
	if (!o->host.len && !o->machine_id.len && !o->boot_id.len && !kernel.len)
		return;
	json_open(j, "host", '{');
	line_opt(j, "name", o->host, LINE_NAME_MAX);
	line_opt(j, "id", o->machine_id, 64);
	if (o->boot_id.len) {
		json_open(j, "boot", '{');
		line_opt(j, "id", o->boot_id, 64);
		json_close(j, '}');
	}
	if (kernel.len) {
		json_open(j, "os", '{');
		line_opt(j, "kernel", kernel, LINE_NAME_MAX);
		json_close(j, '}');
	}
	json_close(j, '}');
}

void line_begin(struct json *j, const struct event_context *ctx, const struct line_head *h, size_t *ret_event_end)
{
	const struct event_origin *o = ctx->origin;

	json_open(j, NULL, '{');
	json_time(j, "@timestamp", h->ts_ns + ctx->wall_offset_ns);
	json_open(j, "ecs", '{');
	json_cstr(j, "version", ECS_VERSION);
	json_close(j, '}');
	write_event(j, ctx, h);
	if (ret_event_end)
		*ret_event_end = j->out->len;
	json_close(j, '}');
	line_opt(j, "message", h->message, LINE_MESSAGE_MAX);
	json_open(j, "agent", '{');
	json_cstr(j, "type", "qprov");
	line_opt(j, "version", o->version, 32);
	line_opt(j, "id", o->agent_id, 64);
	json_close(j, '}');
	write_host(j, o, h->kernel);
}
