// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Where the data went: qprov.stdout, stdio, pipeline and outputs. */
#include "event/line.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#define OUTPUTS_MAX 700 /* bytes of each of the two lists */
#define PIPELINE_MAX 700

/* One word or a path, as in the shell: "/home/alice/out.csv", "/dev/pts/3", "pipe", "socket". */
static void write_where(struct json *j, const char *key, const struct flow *f)
{
	if (f->path[1].len)
		json_str_max(j, key, f->path[1], LINE_PATH_MAX);
	else
		json_cstr(j, key, flow_kind_name(f->kind[1]));
}

static void write_peer(struct json *j, const struct event_context *ctx, const struct flow *f)
{
	char text[INET6_ADDRSTRLEN];
	const struct process *p;

	if (f->kind[1] != FLOW_SOCKET || (!f->peer_pid && f->peer_family != AF_INET && f->peer_family != AF_INET6))
		return;
	json_open(j, "peer", '{');
	if (f->peer_pid) {
		p = identity_process(ctx->identity, f->peer_pid, 0);
		json_uint(j, "pid", f->peer_pid);
		if (p)
			line_opt(j, "name", line_comm(p->comm), LINE_NAME_MAX);
	} else if (inet_ntop(f->peer_family, f->peer, text, sizeof(text))) {
		json_cstr(j, "ip", text);
		json_uint(j, "port", ntohs(f->peer_port));
	}
	json_close(j, '}');
}

static void write_stdio(struct json *j, const struct event_context *ctx, const struct flow *f)
{
	static const char *const names[] = { "stdin", "stdout", "stderr" };

	json_open(j, "stdio", '{');
	for (int i = 0; i < 3; i++)
		json_cstr(j, names[i], flow_kind_name(f->kind[i]));
	line_opt(j, "stdin_path", f->kind[0] == FLOW_FILE ? f->path[0] : SLICE_NONE, LINE_PATH_MAX);
	if (f->fd[1].flags & REC_FD_DELETED)
		json_boolean(j, "stdout_deleted", true);
	if (f->flags & (REC_STDIO_CUT | REC_STDIO_FAILED))
		json_boolean(j, "incomplete", true);
	write_peer(j, ctx, f);
	json_close(j, '}');
}

/* From reader to reader, as far as they are known; each says where it writes to. */
static void write_pipeline(struct json *j, const struct event_context *ctx, const struct flow *f)
{
	size_t start = j->out->len;
	uint64_t began;
	uint32_t pid;
	unsigned n = 0;

	while (f && f->kind[1] == FLOW_PIPE && n < FLOW_PIPELINE_MAX && j->out->len - start < PIPELINE_MAX) {
		const struct process *p;

		if (!flow_reads(ctx->flows, f->fd[1].ino, &pid, &began))
			break;
		if (n++ == 0)
			json_open(j, "pipeline", '[');
		p = identity_process(ctx->identity, pid, began);
		f = flow_find(ctx->flows, pid, began);
		json_open(j, NULL, '{');
		json_uint(j, "pid", pid);
		if (p) {
			line_opt(j, "name", line_comm(p->comm), LINE_NAME_MAX);
			line_opt(j, "executable", p->path, 200);
		}
		if (f)
			write_where(j, "stdout", f);
		json_close(j, '}');
	}
	if (n)
		json_close(j, ']');
}

/* Those that were opened for writing alone, or those that were for both. Returns how many were not written for lack of room. */
static unsigned write_files(struct json *j, const struct flow *f, const char *key, uint32_t which)
{
	size_t start = j->out->len;
	unsigned n = 0, left = 0;

	for (unsigned i = 0; i < f->noutputs; i++) {
		if (!(which >> i & 1))
			continue;
		if (j->out->len - start >= OUTPUTS_MAX) {
			left++;
			continue;
		}
		if (n++ == 0)
			json_open(j, key, '[');
		json_str_max(j, NULL, f->outputs[i], LINE_PATH_MAX);
	}
	if (n)
		json_close(j, ']');
	return left;
}

/* Files of the process that were seen being opened, or open: best effort. */
static void write_outputs(struct json *j, const struct flow *f)
{
	unsigned left = write_files(j, f, "outputs", ~f->read_too) + write_files(j, f, "outputs_read_write", f->read_too);

	if (left || f->more_outputs)
		json_boolean(j, "outputs_truncated", true);
}

void line_flow(struct json *j, const struct event_context *ctx, const struct rec_task *t)
{
	const struct flow *f = ctx->flows ? flow_find(ctx->flows, t->pid, t->start_ns) : NULL;

	if (!f)
		return;
	write_where(j, "stdout", f);
	write_stdio(j, ctx, f);
	write_pipeline(j, ctx, f);
	write_outputs(j, f);
}

void line_flow_short(const struct event_context *ctx, const struct rec_task *t, struct buf *out)
{
	const struct flow *f = ctx->flows ? flow_find(ctx->flows, t->pid, t->start_ns) : NULL;
	unsigned depth = 0;
	uint64_t began;
	uint32_t pid;

	while (f && f->kind[1] == FLOW_PIPE && depth++ < FLOW_PIPELINE_MAX && flow_reads(ctx->flows, f->fd[1].ino, &pid, &began)) {
		const struct process *p = identity_process(ctx->identity, pid, began);

		buf_adds(out, " | ");
		if (p)
			buf_add(out, line_comm(p->comm));
		else
			buf_addu(out, pid);
		f = flow_find(ctx->flows, pid, began);
	}
	if (f && f->kind[1] == FLOW_FILE && f->path[1].len) {
		buf_adds(out, " > ");
		buf_add(out, line_cut(f->path[1], 120));
	}
}
