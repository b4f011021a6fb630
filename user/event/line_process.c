// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Who: user, process, related.user, qprov.attribution and qprov.lineage. */
#include "event/line.h"

#include <string.h>

#include <sodium.h>

#include "base/cleanup.h"

/* Start times from /proc count in clock ticks: the id must not depend on where we learned of the process. */
#define ENTITY_TICK_NS 10000000u

static void write_entity(struct json *j, const struct event_context *ctx, uint32_t pid, uint64_t start_ns)
{
	uint64_t key[2] = { pid, start_ns / ENTITY_TICK_NS };
	crypto_generichash_state st;
	unsigned char hash[16];
	char text[2 * sizeof(hash)];
	struct buf b;

	if (!start_ns)
		return;
	crypto_generichash_init(&st, NULL, 0, sizeof(hash));
	crypto_generichash_update(&st, (const unsigned char *)key, sizeof(key));
	if (ctx->origin->boot_id.len)
		crypto_generichash_update(&st, (const unsigned char *)ctx->origin->boot_id.ptr, ctx->origin->boot_id.len);
	crypto_generichash_final(&st, hash, sizeof(hash));
	line_buf(&b, text, sizeof(text));
	buf_hex(&b, hash, sizeof(hash));
	json_str(j, "entity_id", buf_slice(&b));
}

static void write_user_fields(struct json *j, const struct event_context *ctx, uint32_t uid)
{
	json_id(j, "id", uid);
	line_opt(j, "name", identity_user_name(ctx->identity, uid), LINE_NAME_MAX);
}

static void write_user(struct json *j, const struct event_context *ctx, const char *key, uint32_t uid)
{
	json_open(j, key, '{');
	write_user_fields(j, ctx, uid);
	json_close(j, '}');
}

/* The human. Never set by a guess: without a loginuid there is no user. */
static void write_human(struct json *j, const struct event_context *ctx, const struct rec_task *t)
{
	if (t->loginuid == REC_UNSET_ID)
		return;
	json_open(j, "user", '{');
	write_user_fields(j, ctx, t->loginuid);
	if (t->euid != t->loginuid)
		write_user(j, ctx, "effective", t->euid);
	json_close(j, '}');
}

static void write_parent(struct json *j, const struct event_context *ctx, const struct rec_task *t, const struct process *p)
{
	const struct process *parent = p ? identity_parent(ctx->identity, p) : NULL;

	if (!parent && t->ppid)
		parent = identity_process(ctx->identity, t->ppid, t->parent_start_ns);
	if (!parent && !t->ppid)
		return;
	json_open(j, "parent", '{');
	write_entity(j, ctx, parent ? parent->pid : t->ppid, parent ? parent->start_ns : t->parent_start_ns);
	json_uint(j, "pid", parent ? parent->pid : t->ppid);
	if (parent)
		line_opt(j, "name", line_comm(parent->comm), LINE_NAME_MAX);
	json_close(j, '}');
}

static void write_session_leader(struct json *j, const struct event_context *ctx, const struct process *p)
{
	const struct process *leader = p->sid ? identity_process(ctx->identity, p->sid, 0) : NULL;

	if (!leader)
		return;
	json_open(j, "session_leader", '{');
	json_uint(j, "pid", leader->pid);
	line_opt(j, "name", line_comm(leader->comm), LINE_NAME_MAX);
	json_close(j, '}');
}

/* How sessions begin. Told by the executable's path, since every program can choose its name. */
static const struct {
	struct slice program;
	const char *type;
} entries[] = {
	{ SLICE_INIT("sshd"), "sshd" },
	{ SLICE_INIT("sshd-session"), "sshd" },
	{ SLICE_INIT("login"), "console" },
};

static const char *entry_type(const struct process *p)
{
	static const struct slice dirs[] = { SLICE_INIT("/usr/"), SLICE_INIT("/bin/"), SLICE_INIT("/sbin/"), SLICE_INIT("/lib/") };
	struct slice path = p->path, base;
	bool trusted = false;

	if (slice_ends(path, SLICE(" (deleted)"))) /* replaced by an upgrade while it runs */
		path.len -= strlen(" (deleted)");
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
		trusted |= slice_starts(path, dirs[i]);
	if (!trusted || slice_starts(path, SLICE("/usr/local/")))
		return NULL;
	base = path;
	for (size_t i = 0; i < path.len; i++)
		if (path.ptr[i] == '/')
			base = slice_skip(path, i + 1);
	for (size_t i = 0; i < ARRAY_SIZE(entries); i++)
		if (slice_eq(base, entries[i].program))
			return entries[i].type;
	return NULL;
}

static void write_entry_leader(struct json *j, const struct event_context *ctx, const struct process *p)
{
	for (unsigned depth = 0; p && depth < IDENTITY_DEPTH_MAX; depth++) {
		const struct process *parent = identity_parent(ctx->identity, p);
		const char *type = parent ? entry_type(parent) : NULL;

		if (!type || entry_type(p)) {
			p = parent;
			continue;
		}
		json_open(j, "entry_leader", '{');
		json_uint(j, "pid", p->pid);
		line_opt(j, "name", line_comm(p->comm), LINE_NAME_MAX);
		json_open(j, "entry_meta", '{');
		json_cstr(j, "type", type);
		json_close(j, '}');
		json_close(j, '}');
		return;
	}
}

static bool write_program(struct json *j, const struct event_context *ctx, const struct process *p)
{
	bool cut;

	line_opt(j, "executable", p->path, LINE_PATH_MAX);
	cut = line_args(j, ctx, p);
	line_opt(j, "working_directory", p->cwd, LINE_PATH_MAX);
	return cut;
}

bool line_who(struct json *j, const struct event_context *ctx, const struct rec_task *t, bool slim)
{
	const struct process *p = identity_process(ctx->identity, t->pid, t->start_ns);
	bool cut = false;

	write_human(j, ctx, t);
	json_open(j, "process", '{');
	write_entity(j, ctx, t->pid, t->start_ns);
	json_uint(j, "pid", t->pid);
	json_open(j, "thread", '{');
	json_uint(j, "id", t->tid);
	json_close(j, '}');
	line_opt(j, "name", line_comm(t->comm), LINE_NAME_MAX);
	if (p && !slim)
		cut = write_program(j, ctx, p);
	if (t->start_ns)
		json_time(j, "start", t->start_ns + ctx->wall_offset_ns);
	if (p && (p->known || p->from_proc))
		json_boolean(j, "interactive", p->tty != 0);
	write_user(j, ctx, "real_user", t->uid);
	write_user(j, ctx, "user", t->euid);
	if (!slim) {
		write_parent(j, ctx, t, p);
		if (p) {
			write_session_leader(j, ctx, p);
			write_entry_leader(j, ctx, p);
		}
	}
	json_close(j, '}');
	return cut;
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
	if (!p)
		return "unknown";
	if (p->from_proc)
		return "proc";
	return p->known ? "exec" : "fork";
}

void line_attribution(struct json *j, const struct event_context *ctx, const struct rec_task *t, bool slim, bool args_cut)
{
	const struct process *p = identity_process(ctx->identity, t->pid, t->start_ns);
	bool human = t->loginuid != REC_UNSET_ID;

	json_open(j, "attribution", '{');
	json_cstr(j, "method", human ? "loginuid" : "none");
	if (human)
		json_uint(j, "loginuid", t->loginuid);
	if (t->sessionid != REC_UNSET_ID)
		json_uint(j, "audit_session", t->sessionid);
	if (t->cgroup_id)
		json_id(j, "cgroup_id", t->cgroup_id);
	json_cstr(j, "process", origin_name(p));
	if (p && p->flags & REC_EXEC_FAILED)
		json_boolean(j, "process_incomplete", true);
	if (args_cut)
		json_boolean(j, "args_truncated", true);
	json_close(j, '}');
	if (p && !slim)
		write_lineage(j, ctx, p);
}

void line_related(struct json *j, const struct event_context *ctx, const struct rec_task *t, struct slice role)
{
	uint32_t uids[] = { t->loginuid, t->euid, t->uid };
	unsigned written = 0;

	for (size_t i = 0; i < ARRAY_SIZE(uids); i++) {
		struct slice name = identity_user_name(ctx->identity, uids[i]);
		bool seen = uids[i] == REC_UNSET_ID || !name.len;

		if (slice_eq(name, role))
			role = SLICE_NONE;
		for (size_t k = 0; k < i; k++)
			seen |= uids[k] == uids[i];
		if (seen)
			continue;
		if (written++ == 0) {
			json_open(j, "related", '{');
			json_open(j, "user", '[');
		}
		json_str_max(j, NULL, name, LINE_NAME_MAX);
	}
	if (role.len && written++ == 0) {
		json_open(j, "related", '{');
		json_open(j, "user", '[');
	}
	if (role.len)
		json_str_max(j, NULL, role, LINE_NAME_MAX);
	if (written) {
		json_close(j, ']');
		json_close(j, '}');
	}
}
