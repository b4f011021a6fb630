// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Who: user, process and related.user. How they came there stands in line_origin.c. */
#include "event/line.h"
#include "event/memo.h"

#include "base/cleanup.h"
#include "identity/cpid.h"
#include "identity/image.h"
#include "identity/person.h"

#define TTY_MAJOR(dev) ((dev) >> 8 & 0xfffu)
#define TTY_MINOR(dev) (((dev)&0xffu) | ((dev) >> 12 & 0xfff00u))

static void write_entity(struct json *j, const struct event_context *ctx, uint32_t pid_ns, uint64_t start_ns, uint32_t ns_pid)
{
	char text[CPID_TEXT];

	if (cpid(ctx->origin->boot_id, pid_ns, start_ns, ns_pid, text) == 0)
		json_str(j, "entity_id", slice_mem(text, sizeof(text)));
}

static void write_entity_of(struct json *j, const struct event_context *ctx, const struct process *p)
{
	write_entity(j, ctx, p->pid_ns, p->start_ns, p->ns_pid);
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

/* The human, by the evidence that qprov.attribution.method names. Without any there is no user. */
static void write_human(struct json *j, const struct event_context *ctx, const struct rec_task *t, const struct story *s)
{
	if (s->person.uid == REC_UNSET_ID)
		return;
	json_open(j, "user", '{');
	write_user_fields(j, ctx, s->person.uid);
	if (t->euid != s->person.uid)
		write_user(j, ctx, "effective", t->euid);
	if (t->uid != s->person.uid)
		write_user(j, ctx, "real", t->uid);
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
	if (parent)
		write_entity_of(j, ctx, parent);
	json_uint(j, "pid", parent ? parent->pid : t->ppid);
	if (parent)
		line_opt(j, "name", line_comm(parent->comm), LINE_NAME_MAX);
	json_close(j, '}');
}

static void write_session_leader(struct json *j, const struct event_context *ctx, const struct rec_task *t)
{
	const struct process *leader = t->sid ? identity_process(ctx->identity, t->sid, 0) : NULL;

	if (!leader)
		return;
	json_open(j, "session_leader", '{');
	write_entity_of(j, ctx, leader);
	json_uint(j, "pid", leader->pid);
	line_opt(j, "name", line_comm(leader->comm), LINE_NAME_MAX);
	json_close(j, '}');
}

static void write_source(struct json *j, const struct session *s)
{
	char text[LINE_ADDRESS_MAX];
	struct slice ip = line_address(s->addr, text);

	if (!ip.len)
		return;
	json_open(j, "source", '{');
	json_str(j, "ip", ip);
	if (s->port)
		json_uint(j, "port", s->port);
	json_close(j, '}');
}

/* The leader may be gone: then the session's own facts name it. */
static void write_entry_leader(struct json *j, const struct event_context *ctx, const struct entry_point *e)
{
	const char *type = entry_way_name(e->way);
	const struct session *s = e->session;

	if (!type)
		return;
	json_open(j, "entry_leader", '{');
	if (e->leader) {
		write_entity_of(j, ctx, e->leader);
		json_uint(j, "pid", e->leader->pid);
		line_opt(j, "name", line_comm(e->leader->comm), LINE_NAME_MAX);
	} else if (s && s->pid) {
		json_uint(j, "pid", s->pid);
		line_opt(j, "name", line_comm(s->comm), LINE_NAME_MAX);
	}
	json_open(j, "entry_meta", '{');
	json_cstr(j, "type", type);
	if (e->address)
		write_source(j, e->address);
	json_close(j, '}');
	json_close(j, '}');
}

static void write_tty(struct json *j, uint32_t dev)
{
	if (!dev)
		return;
	json_open(j, "tty", '{');
	json_open(j, "char_device", '{');
	json_uint(j, "major", TTY_MAJOR(dev));
	json_uint(j, "minor", TTY_MINOR(dev));
	json_close(j, '}');
	json_close(j, '}');
}

static bool write_program(struct json *j, const struct event_context *ctx, const struct process *p)
{
	const struct file_facts *file = identity_file_of(ctx->identity, p->exe);
	bool cut;

	line_opt(j, "executable", p->path, LINE_PATH_MAX);
	if (file && file->sha256.len) {
		json_open(j, "hash", '{');
		line_opt(j, "sha256", file->sha256, 64);
		json_close(j, '}');
	}
	cut = line_args(j, ctx, p);
	line_opt(j, "working_directory", p->cwd, LINE_PATH_MAX);
	return cut;
}

static void write_accounts(struct json *j, const struct event_context *ctx, const struct rec_task *t)
{
	write_user(j, ctx, "real_user", t->uid);
	write_user(j, ctx, "user", t->euid);
	if (t->suid != t->euid && t->suid != t->uid)
		write_user(j, ctx, "saved_user", t->suid);
}

static void write_container(struct json *j, const struct cgroup_facts *g)
{
	if (!g->container.len)
		return;
	json_open(j, "container", '{');
	line_opt(j, "id", g->container, LINE_NAME_MAX);
	if (g->runtime)
		json_cstr(j, "runtime", g->runtime);
	json_close(j, '}');
}

bool line_who(struct json *j, const struct event_context *ctx, const struct rec_task *t, bool slim)
{
	struct story s;
	bool cut = false;

	story_of(ctx->identity, t, &s);
	write_human(j, ctx, t, &s);
	json_open(j, "process", '{');
	write_entity(j, ctx, t->pid_ns, t->start_ns, t->ns_pid);
	json_uint(j, "pid", t->pid);
	json_open(j, "thread", '{');
	json_uint(j, "id", t->tid);
	json_close(j, '}');
	line_opt(j, "name", line_comm(t->comm), LINE_NAME_MAX);
	if (s.process && !slim)
		cut = write_program(j, ctx, s.process);
	if (t->start_ns)
		json_time(j, "start", t->start_ns + ctx->wall_offset_ns);
	json_boolean(j, "interactive", t->tty != 0);
	if (!slim)
		write_tty(j, t->tty);
	write_accounts(j, ctx, t);
	if (!slim) {
		write_parent(j, ctx, t, s.process);
		write_session_leader(j, ctx, t);
		write_entry_leader(j, ctx, &s.entry);
	}
	json_close(j, '}');
	if (!slim)
		write_container(j, &s.group);
	return cut;
}

void line_related(struct json *j, const struct event_context *ctx, const struct rec_task *t, struct slice role)
{
	struct story scratch;
	uint32_t uids[3];
	unsigned written = 0;

	uids[0] = memo_story(ctx, t, &scratch)->person.uid;
	uids[1] = t->euid;
	uids[2] = t->uid;
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
