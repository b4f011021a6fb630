// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Bound parameters, from where each library keeps them: libpq's arrays among the arguments; the MYSQL_BIND array of
 * mysql_stmt_bind_param() and what SQLBindParameter() was given, remembered until the statement runs; SQLite's own copies in the statement.
 * Sent as a REC_PARAMS behind the record of the call. A single value is read by param_value.h.
 */
#ifndef QPROV_BPF_PARAMS_H
#define QPROV_BPF_PARAMS_H

#include "bound.h"
#include "call.h"
#include "param_value.h"

/* MYSQL_BIND of mysql.h, a public header; MariaDB's and Oracle's agree in these members. */
struct mysql_bind {
	__u64 length;  /* unsigned long * */
	__u64 is_null; /* char * */
	__u64 buffer;
	__u64 other[5];
	__u64 buffer_length;
	__u64 offset, length_value;
	__u32 flags, pack_length;
	__u32 buffer_type;
	__u8 error_value, is_unsigned, long_data_used, is_null_value;
	__u64 extension;
};

struct params_job {
	__u32 total;
	__u32 how;  /* enum probe_params */
	__u32 conn; /* index of the conn_spec with the layout */
	__u32 file; /* probe_spec.file */
	struct pg_arrays a;
};

static __always_inline void param_one(struct rec_param *p, const struct params_job *j, const struct bound_set *set,
				      const struct mem_layout *layout, __u64 i)
{
	volatile __u64 *w = (volatile __u64 *)p;

	w[0] = w[1] = 0;
	if (set && j->how == PARAMS_CT)
		param_ct(p, &set->b[i & (PARAM_SLOTS - 1)]);
	else if (set && j->how == PARAMS_OCI)
		param_oci(p, &set->b[i & (PARAM_SLOTS - 1)]);
	else if (set && j->how == PARAMS_ODBC)
		param_odbc(p, &set->b[i & (PARAM_SLOTS - 1)]);
	else if (set)
		param_mysql(p, &set->b[i & (PARAM_SLOTS - 1)]);
	else if (layout)
		param_lite(p, layout, j->a.values + i * layout->stride);
	else
		param_pg(p, &j->a, i);
}

/* Told before they run, remembered in bound_sets. */
static __always_inline bool are_bound(__u32 how)
{
	return how == PARAMS_MYSQL || how >= PARAMS_ODBC;
}

/* Their keys need stack of their own, which is scarce below here. */
static __attribute__((noinline)) struct bound_set *job_set(const struct call *c, const struct params_job *j)
{
	struct count_key key = key_of(c, j->file, c->args[j->how == PARAMS_OCI]);

	return are_bound(j->how) ? bound_set_find(&key) : NULL;
}

static __attribute__((noinline)) struct conn_spec *job_conn(const struct params_job *j)
{
	__u32 which = j->conn;

	return j->how == PARAMS_LITE ? bpf_map_lookup_elem(&conn_specs, &which) : NULL;
}

/* CLASS_DONE or CLASS_AGAIN. */
static __always_inline int params_class(const struct call *c, const struct params_job *j, struct thread *m, __u32 first, const __u32 slots)
{
	struct bound_set *set = job_set(c, j);
	struct conn_spec *conn = job_conn(j);
	struct rec_params *r = bpf_ringbuf_reserve(&calls, sizeof(*r) + slots * sizeof(struct rec_param), 0);
	__u32 n = j->total - first;

	if (!r) {
		call_lost(c->pid);
		return CLASS_DONE;
	}
	r->hdr.type = REC_PARAMS;
	r->hdr.flags = 0;
	r->hdr.ts_ns = c->ts;
	r->hdr.size = sizeof(*r) + slots * sizeof(struct rec_param);
	r->start_ns = bpf_get_current_task_btf()->group_leader->start_boottime;
	r->handle = c->args[0];
	r->pid = c->pid;
	r->tid = (__u32)bpf_get_current_pid_tgid();
	r->site = c->site;
	r->total = j->total;
	r->first = first;
	r->count = n < slots ? n : slots;
	for (__u32 i = 0; i < slots; i++) {
		if (i >= n)
			break;
		param_one(&r->p[i], j, set, conn ? &conn->mem : NULL, first + i);
	}
	if (thread_misses(m)) {
		bpf_ringbuf_discard(r, BPF_RB_NO_WAKEUP);
		return CLASS_AGAIN;
	}
	bpf_ringbuf_submit(r, 0);
	return CLASS_DONE;
}

GLOBAL int params_few(const struct call *c, const struct params_job *j, struct thread *m)
{
	return !c || !j || !m ? 0 : params_class(c, j, m, 0, 2);
}

GLOBAL int params_many(const struct call *c, const struct params_job *j, struct thread *m, __u32 first)
{
	return !c || !j || !m ? 0 : params_class(c, j, m, first, PARAM_SLOTS);
}

/* Those from first on, as many as one record takes. */
static __always_inline void params_some(const struct call *c, const struct params_job *j, struct thread *m, __u32 first,
					const bool sleepable)
{
	thread_begin(m);
	for (int i = 0; i <= TOUCHES_MAX; i++) {
		int end = j->total <= 2 ? params_few(c, j, m) : params_many(c, j, m, first);

		if (__builtin_expect(!sleepable || end != CLASS_AGAIN, 1))
			break;
		thread_touch(m);
	}
}

static __always_inline bool params_job_of(const struct call *c, const struct probe_spec *spec, const struct thread *m, struct params_job *j,
					  const bool sleepable)
{
	struct count_key key = key_of(c, spec->file, c->args[spec->params == PARAMS_OCI]);
	__u32 which = spec->conn - 1;
	struct conn_spec *conn;
	struct bound_set *set;

	j->how = spec->params;
	j->conn = which;
	j->file = spec->file;
	switch (spec->params) {
	case PARAMS_PG:
		j->total = c->args[2];
		j->a = (struct pg_arrays){ c->args[3], c->args[4], c->args[5], c->args[6] };
		return true;
	case PARAMS_PG_PREPARED:
		j->total = c->args[2];
		j->a = (struct pg_arrays){ 0, c->args[3], c->args[4], c->args[5] };
		return true;
	case PARAMS_PG_TYPES:
		j->total = c->args[4] ? c->args[3] : 0;
		j->a = (struct pg_arrays){ c->args[4], 0, 0, 0 };
		return true;
	case PARAMS_MYSQL:
	case PARAMS_ODBC:
	case PARAMS_OCI:
		set = bound_set_find(&key);
		j->total = set ? set->n : 0;
		return true;
	case PARAMS_CT:
		set = bound_set_find(&key);
		j->total = set && set->pointed ? set->n : 0;
		return true;
	case PARAMS_LITE:
		conn = bpf_map_lookup_elem(&conn_specs, &which);
		if (!conn || !conn->mem.stride || PEEK(m, &j->total, c->args[0] + conn->mem.count, sleepable))
			return false;
		if (conn->mem.count_size == 2)
			j->total = (__u32)(__s16)j->total;
		return (__s32)j->total > 0 && !PEEK(m, &j->a.values, c->args[0] + conn->mem.array, sleepable) && j->a.values;
	default:
		return false;
	}
}

static __always_inline int params_send(const struct call *c, const struct probe_spec *spec, struct thread *m, const bool sleepable)
{
	struct params_job j = { .total = 0 };

	if (!params_job_of(c, spec, m, &j, sleepable) || (__s32)j.total <= 0)
		return 0;
	for (__u32 first = 0; first < PARAMS_MAX; first += PARAM_SLOTS) {
		if (first >= j.total)
			break;
		params_some(c, &j, m, first, sleepable);
		if (are_bound(j.how)) /* no more were remembered */
			break;
	}
	return 0;
}

GLOBAL int params_send_sleeping(const struct call *c, const struct probe_spec *spec, struct thread *m)
{
	return !c || !spec || !m ? 0 : params_send(c, spec, m, true);
}

GLOBAL int params_send_atomic(const struct call *c, const struct probe_spec *spec, struct thread *m)
{
	return !c || !spec || !m ? 0 : params_send(c, spec, m, false);
}

/* mysql_stmt_bind_param(stmt, array): the array may be gone when the statement runs, what it points to may not. */
static __always_inline int params_bind(const struct call *c, const struct probe_spec *spec, const bool sleepable)
{
	struct count_key key = key_of(c, spec->file, c->args[0]);
	struct bound_set *set;
	__u32 n = 0;

	if (!c->args[0] || !c->args[1] || spec->field[0].kind == PROBE_FIELD_NONE)
		return 0;
	bpf_map_delete_elem(&bound_sets, &key);
	if (user_read(&n, sizeof(n), c->args[0] + spec->field[0].off, sleepable) || !n)
		return 0;
	set = bound_set_new(&key);
	if (!set)
		return 0;
	for (__u32 i = 0; i < PARAM_SLOTS; i++) {
		struct mysql_bind b;

		if (i >= n || user_read(&b, sizeof(b), c->args[1] + i * sizeof(b), sleepable))
			break;
		set->b[i] = (struct bound){ b.length, b.is_null, b.buffer, b.buffer_length, b.buffer_type, b.is_unsigned };
		set->n = i + 1;
	}
	return 0;
}

/*
 * SQLBindParameter(stmt, number, in or out, C type, SQL type, size, digits, value, room, indicator): the last four are on the stack, and
 * the values are read when the statement runs. Of output parameters (4) nothing is.
 */
static __always_inline int params_bind_odbc(const struct call *c, const struct probe_spec *spec, const bool sleepable)
{
	struct count_key key = key_of(c, spec->file, c->args[0]);
	__u64 at = c->sp + spec->sp_delta + (ARCH_RET_ON_STACK ? 8 : 0), stack[4] = { 0 };
	__u32 i = (__u16)c->args[1];
	struct bound_set *set;

	if (!c->args[0] || !i || i > PARAM_SLOTS || user_read(stack, sizeof(stack), at, sleepable))
		return 0;
	set = bound_set_of(&key);
	if (!set)
		return 0;
	if (set->n < i)
		set->n = i;
	i = (i - 1) & (PARAM_SLOTS - 1);
	set->b[i] = (struct bound){ .length = stack[3], .buffer = stack[1], .buffer_length = stack[2], .type = (__u16)c->args[3] };
	if ((__u16)c->args[2] == 4)
		set->b[i].buffer = 0;
	return 0;
}

#define SQL_DROP 1
#define SQL_RESET_PARAMS 3

static __always_inline void params_unbind(const struct call *c, const struct probe_spec *spec)
{
	struct count_key key = key_of(c, spec->file, c->args[spec->conn_arg & 7]);
	__u16 what = c->args[1];

	if (spec->flags & PROBE_BIND_NEW || spec->conn_arg || what == SQL_DROP || what == SQL_RESET_PARAMS)
		bpf_map_delete_elem(&bound_sets, &key);
}

GLOBAL int params_bind_odbc_sleeping(const struct call *c, const struct probe_spec *spec)
{
	return !c || !spec ? 0 : params_bind_odbc(c, spec, true);
}

GLOBAL int params_bind_odbc_atomic(const struct call *c, const struct probe_spec *spec)
{
	return !c || !spec ? 0 : params_bind_odbc(c, spec, false);
}

GLOBAL int params_bind_sleeping(const struct call *c, const struct probe_spec *spec)
{
	return !c || !spec ? 0 : params_bind(c, spec, true);
}

GLOBAL int params_bind_atomic(const struct call *c, const struct probe_spec *spec)
{
	return !c || !spec ? 0 : params_bind(c, spec, false);
}

#endif
