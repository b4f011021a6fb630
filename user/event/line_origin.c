// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* How we know, and how they came there: qprov.attribution, qprov.became, qprov.lineage, qprov.program and qprov.script. */
#include "event/line.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "identity/became.h"
#include "identity/image.h"
#include "identity/script.h"

/* Inodes of the initial namespaces: part of the kernel's interface (include/linux/proc_ns.h). */
#define INITIAL_USER_NS 0xeffffffdu
#define INITIAL_PID_NS 0xeffffffcu

struct slice line_address(const uint8_t addr[16], char out[LINE_ADDRESS_MAX])
{
	static const uint8_t none[16], mapped[12] = { [10] = 0xff, [11] = 0xff };
	bool v4 = memcmp(addr, mapped, sizeof(mapped)) == 0;

	if (memcmp(addr, none, sizeof(none)) == 0)
		return SLICE_NONE;
	return slice_cstr(inet_ntop(v4 ? AF_INET : AF_INET6, v4 ? addr + 12 : addr, out, LINE_ADDRESS_MAX));
}

/* Stops where the table ends or the room does: only a lineage whose last pid is 1 is whole. */
static void write_lineage(struct json *j, const struct event_context *ctx, const struct process *p)
{
	size_t start = j->out->len;
	unsigned depth = 0;

	for (p = identity_parent(ctx->identity, p); p && depth < IDENTITY_DEPTH_MAX; p = identity_parent(ctx->identity, p)) {
		if (j->out->len - start > LINE_LINEAGE_MAX)
			break;
		if (depth++ == 0)
			json_open(j, "lineage", '[');
		json_open(j, NULL, '{');
		json_uint(j, "pid", p->pid);
		line_opt(j, "name", line_comm(p->comm), LINE_NAME_MAX);
		json_uint(j, "uid", p->uid);
		json_close(j, '}');
	}
	if (depth)
		json_close(j, ']');
}

/* Where the facts about the process come from: "fork" means the program of its parent, "proc" was read after the fact. */
static const char *origin_name(const struct process *p)
{
	if (!p || p->lost)
		return "unknown";
	if (p->from_proc)
		return "proc";
	return p->known ? "exec" : "fork";
}

/* "pts/3", "tty1", "ttyS0": see Documentation/admin-guide/devices.txt of the kernel. */
static void write_terminal(struct json *j, uint32_t dev)
{
	unsigned major = dev >> 8 & 0xfffu, minor = (dev & 0xffu) | (dev >> 12 & 0xfff00u);
	char text[32];

	if (!dev)
		return;
	if (major >= 136 && major <= 143)
		snprintf(text, sizeof(text), "pts/%u", (major - 136) * 256 + minor);
	else if (major == 4 && minor < 64)
		snprintf(text, sizeof(text), "tty%u", minor);
	else if (major == 4)
		snprintf(text, sizeof(text), "ttyS%u", minor - 64);
	else
		snprintf(text, sizeof(text), "%u:%u", major, minor);
	json_cstr(j, "terminal", text);
}

static void write_entry(struct json *j, const struct entry_point *e)
{
	const struct session *s = e->session;
	const char *source = e->address ? entry_source_name(e->address->source) : NULL;

	if (!e->through && !source && !(s && (s->service.len || s->logind.len || s->tty.len)))
		return;
	json_open(j, "entry", '{');
	if (source)
		json_cstr(j, "source", source);
	if (source && e->address->source == REC_SOURCE_ENVIRON)
		json_boolean(j, "claim", true);
	if (s) {
		line_opt(j, "host", s->host, LINE_NAME_MAX);
		line_opt(j, "service", s->service, 64);
		line_opt(j, "logind_session", s->logind, 64);
		line_opt(j, "terminal", s->tty, 64);
	}
	if (e->through)
		line_opt(j, "through", entry_program(e->through), 64);
	json_close(j, '}');
}

static void write_group(struct json *j, const struct cgroup_facts *g)
{
	line_opt(j, "unit", g->unit, LINE_NAME_MAX);
	line_opt(j, "slice", g->slice, LINE_NAME_MAX);
	line_opt(j, "snap", g->snap, 64);
	line_opt(j, "flatpak", g->flatpak, LINE_NAME_MAX);
	line_opt(j, "flatpak_instance", g->flatpak_instance, 64);
}

/* Only where they are not those of the host. */
static void write_namespaces(struct json *j, const struct event_context *ctx, const struct rec_task *t)
{
	uint32_t host = identity_host_mounts(ctx->identity);
	bool mnt = host && t->mnt_ns && host != t->mnt_ns;
	bool pid = t->pid_ns && t->pid_ns != INITIAL_PID_NS, user = t->user_ns && t->user_ns != INITIAL_USER_NS;

	if (!mnt && !pid && !user)
		return;
	json_open(j, "namespaces", '{');
	if (pid) {
		json_uint(j, "pid", t->pid_ns);
		json_uint(j, "inner_pid", t->ns_pid);
	}
	if (mnt)
		json_uint(j, "mnt", t->mnt_ns);
	if (user)
		json_uint(j, "user", t->user_ns);
	if (user && t->user_owner != REC_UNSET_ID)
		json_id(j, "user_owner", t->user_owner);
	json_close(j, '}');
}

static void write_became(struct json *j, const struct event_context *ctx, const struct rec_task *t, uint64_t ts_ns, const struct story *s)
{
	struct became chain[BECAME_MAX];
	bool cut;
	size_t n = became_chain(ctx->identity, t, ts_ns, &s->entry, &s->person, chain, &cut);

	if (n < 2)
		return;
	json_open(j, "became", '[');
	for (size_t i = 0; i < n; i++) {
		json_open(j, NULL, '{');
		json_id(j, "id", chain[i].uid);
		line_opt(j, "name", identity_user_name(ctx->identity, chain[i].uid), 32);
		line_opt(j, "program", line_comm(chain[i].program), 32);
		if (chain[i].pid)
			json_uint(j, "pid", chain[i].pid);
		if (chain[i].ts_ns)
			json_time(j, "time", chain[i].ts_ns + ctx->wall_offset_ns);
		if (chain[i].effective)
			json_boolean(j, "effective", true);
		json_close(j, '}');
	}
	json_close(j, ']');
	if (cut)
		json_boolean(j, "became_cut", true);
}

/* ---- the program ---- */

static bool is_writable(const struct exe *e, const struct rec_task *t, const struct person *person)
{
	if (e->uid && (e->uid == person->uid || e->uid == t->uid || e->uid == t->euid))
		return true; /* an owner can always make it so */
	return e->mode & 002 || (e->mode & 020 && (e->gid == t->gid || e->gid == t->egid));
}

/* A path that was given relative to the directory is told with it. */
static void write_script_name(struct json *j, const struct process *p, const struct script *s)
{
	char bytes[LINE_PATH_MAX + 8];
	struct buf b;

	if (!s->name.len)
		return;
	line_buf(&b, bytes, sizeof(bytes));
	if ((s->kind == SCRIPT_FILE || s->kind == SCRIPT_NOTEBOOK) && *s->name.ptr != '/' && p->cwd.len) {
		buf_add(&b, line_cut(p->cwd, LINE_PATH_MAX / 2));
		if (p->cwd.ptr[p->cwd.len - 1] != '/')
			buf_addc(&b, '/');
		if (s->name.len > 2 && memcmp(s->name.ptr, "./", 2) == 0)
			buf_add(&b, line_cut(slice_skip(s->name, 2), LINE_PATH_MAX / 2));
		else
			buf_add(&b, line_cut(s->name, LINE_PATH_MAX / 2));
	} else {
		buf_add(&b, line_cut(s->name, LINE_PATH_MAX));
	}
	line_opt(j, "script", buf_slice(&b), LINE_PATH_MAX);
}

static void write_file(struct json *j, const struct event_context *ctx, const struct rec_task *t, const struct story *s)
{
	const struct exe *exe = s->process->exe;
	const struct file_facts *file = identity_file_of(ctx->identity, exe);
	const struct package *package = identity_package_of(ctx->identity, exe);

	if (file)
		line_opt(j, "build_id", file->build_id, 128);
	if (package && package->name.len)
		line_opt(j, "package", package->name, LINE_NAME_MAX);
	else if (package)
		json_boolean(j, "unpackaged", true);
	if (!exe)
		return;
	if (slice_starts(s->process->path, SLICE("/memfd:")))
		json_boolean(j, "in_memory", true);
	else if (!exe->nlink)
		json_boolean(j, "deleted", true);
	json_boolean(j, "writable_by_user", is_writable(exe, t, &s->person));
}

/* Jupyter's server says it to its kernel, by an environment that the user can set. */
static void write_notebook(struct json *j, struct slice notebook)
{
	if (!notebook.len)
		return;
	line_opt(j, "notebook", notebook, 200);
	json_cstr(j, "notebook_source", "environ");
	json_boolean(j, "notebook_claim", true);
}

static void write_program(struct json *j, const struct event_context *ctx, const struct rec_task *t, const struct story *s)
{
	struct script script;
	const struct process *p = script_find(ctx->identity, s->process, s->entry.leader, &script);

	if (p)
		write_script_name(j, p, &script);
	json_open(j, "program", '{');
	write_file(j, ctx, t, s);
	if (p) {
		json_cstr(j, "script_kind", script_kind_name(script.kind));
		if (p != s->process)
			json_uint(j, "script_pid", p->pid);
		line_opt(j, "kernel_id", script.kernel_id, 64);
		write_notebook(j, identity_notebook(ctx->identity, p));
	}
	json_close(j, '}');
}

/* ---- together ---- */

void line_attribution(struct json *j, const struct event_context *ctx, const struct rec_task *t, uint64_t ts_ns, bool slim, bool args_cut)
{
	struct story s;

	story_of(ctx->identity, t, &s);
	json_open(j, "attribution", '{');
	json_cstr(j, "method", person_method_name(s.person.method));
	if (s.person.confidence)
		json_cstr(j, "confidence", s.person.confidence);
	if (t->loginuid != REC_UNSET_ID)
		json_uint(j, s.person.method == PERSON_LOGINUID ? "loginuid" : "loginuid_claimed", t->loginuid);
	if (t->sessionid != REC_UNSET_ID)
		json_uint(j, "audit_session", t->sessionid);
	if (t->cgroup_id)
		json_id(j, "cgroup_id", t->cgroup_id);
	if (!slim) {
		write_group(j, &s.group);
		write_terminal(j, t->tty);
		write_entry(j, &s.entry);
		write_namespaces(j, ctx, t);
	}
	json_cstr(j, "process", origin_name(s.process));
	if (!s.process || s.process->lost)
		json_boolean(j, "incomplete", true);
	if (s.process && s.process->flags & REC_EXEC_FAILED)
		json_boolean(j, "process_incomplete", true);
	if (args_cut)
		json_boolean(j, "args_truncated", true);
	json_close(j, '}');
	if (slim || !s.process)
		return;
	write_became(j, ctx, t, ts_ns, &s);
	write_lineage(j, ctx, s.process);
	write_program(j, ctx, t, &s);
}
