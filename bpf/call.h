// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* One call at a site: what its struct probe_spec asks for, into one ring record. */
#ifndef QPROV_BPF_CALL_H
#define QPROV_BPF_CALL_H

#include "arch.h"
#include "task.h"
#include "thread.h"

struct call {
	__u64 args[8]; /* six; eight so that a mask bounds the index */
	__u64 ip;
	__u64 sp;
	__u64 ret;
	__u64 ts;
	__u32 site;
	__u32 pid;
	__u32 outer; /* call_layers() */
	__u32 has_rows;
	__u64 rows; /* PROBE_ROWS */
};

/* barrier_var: without it the loads are folded into one from a computed context offset, which the verifier refuses. */
#define CALL_ARG(c, ctx, i)                                                                                                                \
	do {                                                                                                                               \
		__u64 v_ = ARCH_ARG##i(ctx);                                                                                               \
		barrier_var(v_);                                                                                                           \
		(c)->args[i] = v_;                                                                                                         \
	} while (0)

static __always_inline void call_init(struct call *c, struct pt_regs *ctx)
{
	CALL_ARG(c, ctx, 0);
	CALL_ARG(c, ctx, 1);
	CALL_ARG(c, ctx, 2);
	CALL_ARG(c, ctx, 3);
	CALL_ARG(c, ctx, 4);
	CALL_ARG(c, ctx, 5);
	c->args[6] = c->args[7] = 0;
	c->ip = ARCH_IP(ctx);
	c->sp = ARCH_SP(ctx);
	c->ret = ARCH_RET(ctx);
}

/* One function for many things. What is no text, but a handle, has no length from here on. */
static __always_inline bool call_is_meant(struct call *c, const struct probe_spec *spec)
{
	__u32 what = (__u16)c->args[spec->only_arg & 7];

	if (what == spec->only)
		return true;
	if (!(spec->flags & PROBE_ONLY_SET) || what >= 32 || !(spec->only_set >> what & 1))
		return false;
	c->args[spec->len_arg & 7] = 0;
	return true;
}

/*
 * The statement's run counter (field 0 of the site) is still 0 at the first step of its life: what stands in the map then was left by an
 * older statement at the same address, whose end no probe saw.
 */
static __always_inline bool call_starts_anew(const struct call *c, const struct probe_spec *spec)
{
	__u32 runs = 1;

	if (spec->field[0].kind == PROBE_FIELD_NONE)
		return false;
	return !bpf_probe_read_user(&runs, sizeof(runs), (const void *)(c->args[0] + spec->field[0].off)) && !runs;
}

/* What is kept of an object between calls, by the probes of one file. */
static __always_inline struct count_key key_of(const struct call *c, __u32 file, __u64 handle)
{
	return (struct count_key){ .pid = c->pid, .file = file, .handle = handle };
}

static __always_inline void call_count(const struct call *c, const struct probe_spec *spec)
{
	struct count first = { 1, task_born(bpf_get_current_task_btf()) }, *v;
	struct count_key key = key_of(c, spec->file, c->args[0]);

	v = bpf_map_lookup_elem(&counts, &key);
	if (v && (v->born != first.born || call_starts_anew(c, spec))) {
		*v = first;
		return;
	}
	if (!v && bpf_map_update_elem(&counts, &key, &first, BPF_NOEXIST) == 0)
		return;
	if (!v)
		v = bpf_map_lookup_elem(&counts, &key); /* another thread was first, or the map is full */
	if (v)
		__sync_fetch_and_add(&v->n, 1);
	else
		counter_add(COUNTER_COUNTS_FULL);
}

/* True when the sum has doubled since it was told, and is to be told. */
static __always_inline bool call_add(const struct call *c, const struct probe_spec *spec)
{
	__u64 n = spec->len_arg < 0 ? 1 : (__u32)c->args[spec->len_arg & 7], old;
	struct count first = { n, task_born(bpf_get_current_task_btf()) }, *v;
	struct count_key key = key_of(c, spec->file, c->args[0]);

	v = bpf_map_lookup_elem(&counts, &key);
	if (v && v->born != first.born) {
		*v = first;
		return true;
	}
	if (!v && bpf_map_update_elem(&counts, &key, &first, BPF_NOEXIST) == 0)
		return true;
	if (!v)
		v = bpf_map_lookup_elem(&counts, &key);
	if (!v) {
		counter_add(COUNTER_COUNTS_FULL);
		return false;
	}
	old = v->n;
	__sync_fetch_and_add(&v->n, n);
	return (old ^ (old + n)) > old;
}

static __always_inline void call_take_count(struct rec_call *r, const struct call *c, const struct probe_spec *spec)
{
	struct count_key key = key_of(c, spec->file, c->args[0]);
	struct count *v = bpf_map_lookup_elem(&counts, &key);

	if (!v)
		return;
	if (v->born == task_born(bpf_get_current_task_btf())) {
		r->fields[3] = v->n;
		r->field_ok |= 8;
	}
	if (!(spec->flags & PROBE_ADD))
		bpf_map_delete_elem(&counts, &key);
}

/*
 * A row that PQgetCopyData() hands out is not seen at its return. But it lies between inCursor and inStart until libpq looks at what
 * follows, which the next call does after its entry: what stands there then is that row. Nothing does where none was handed out.
 */
static __always_inline __u32 taken_row(const struct call *c, const struct probe_spec *spec)
{
	struct {
		__s32 start, cursor;
	} in = {};

	if (bpf_probe_read_user(&in, sizeof(in), (const void *)(c->args[0] + spec->taken)) || in.start <= in.cursor)
		return 0;
	return (__u32)in.start - (__u32)in.cursor;
}

/* True when there is something to tell. */
GLOBAL int call_taken(const struct call *c, const struct probe_spec *spec)
{
	struct taken first = { .calls = 1 }, *t;
	bool asks, told;
	struct count_key key;
	__u32 row;

	if (!c || !spec)
		return 0;
	asks = spec->flags & PROBE_ADD;
	key = key_of(c, spec->file, c->args[0]);
	t = bpf_map_lookup_elem(&taken, &key);
	first.born = task_born(bpf_get_current_task_btf());
	if (!asks && (!t || t->born != first.born)) {
		if (t)
			bpf_map_delete_elem(&taken, &key);
		return spec->flags & PROBE_TAKE_COUNT ? 1 : 0;
	}
	row = taken_row(c, spec);
	if (!t || t->born != first.born) {
		first.rows = row > 0;
		first.bytes = row;
		bpf_map_update_elem(&taken, &key, &first, BPF_ANY);
		return 1;
	}
	told = !asks || (t->calls ^ (t->calls + 1)) > t->calls || (t->bytes ^ (t->bytes + row)) > t->bytes;
	t->calls += asks;
	t->rows += row > 0;
	t->bytes += row;
	return told;
}

static __always_inline void call_take_taken(struct rec_call *r, const struct call *c, const struct probe_spec *spec)
{
	struct count_key key = key_of(c, spec->file, c->args[0]);
	struct taken *t = bpf_map_lookup_elem(&taken, &key);

	if (!t)
		return;
	r->fields[0] = t->rows;
	r->fields[1] = t->bytes;
	r->fields[3] = t->calls;
	r->field_ok |= 11;
	if (!(spec->flags & PROBE_ADD))
		bpf_map_delete_elem(&taken, &key);
}

static __always_inline void call_field(struct rec_call *r, const struct call *c, const struct probe_spec *spec, const struct thread *m,
				       const int i)
{
	const struct probe_field_spec *f = &spec->field[i];
	__u64 addr = c->args[f->arg & 7], value = 0;
	__u32 half = 0;

	if (f->kind == PROBE_FIELD_NONE || !addr)
		return;
	if (f->deref >= 0 && RECORD_PEEK(m, &addr, addr + f->deref))
		return;
	addr += f->off;
	if (f->kind == PROBE_FIELD_U64) {
		if (RECORD_PEEK(m, &value, addr))
			return;
	} else {
		if (RECORD_PEEK(m, &half, addr))
			return;
		value = f->kind == PROBE_FIELD_S32 ? (__u64)(__s64)(__s32)half : half;
	}
	r->fields[i] = value;
	r->field_ok |= 1 << i;
}

/* All that fits; less where it ends at an unmapped page. User space finds the end. */
static __always_inline void call_name_wide(struct rec_call *r, __u64 addr)
{
	__u64 left = PAGE_BYTES - (addr & (PAGE_BYTES - 1));

	if (!record_read(r->name, sizeof(r->name), addr)) {
		r->name_len = sizeof(r->name);
		return;
	}
	left = at_most(left, sizeof(r->name));
	if (left && !record_read(r->name, left, addr))
		r->name_len = left;
	else
		r->hdr.flags |= REC_CALL_NAME_FAILED;
}

/* SQLGetDiagRec(type, handle, number, state, ...): who asks for a further record has the state of the one before still in the same place.
 */
static __always_inline void call_left_state(struct rec_call *r, const struct call *c, __u64 addr)
{
	if ((__s16)c->args[2] < 2 || record_read(r->name, 12, addr))
		return;
	r->name_len = r->name[1] ? 5 : 12; /* five characters, of 8 bits or of 16 */
}

static __always_inline void call_name(struct rec_call *r, const struct call *c, const struct probe_spec *spec, const struct thread *m)
{
	__u64 addr = c->args[spec->name_arg & 7];
	__s64 at;
	long n;

	if (spec->name_arg < 0 || !addr)
		return;
	addr += spec->name_off;
	if (spec->flags & PROBE_STATE) {
		call_left_state(r, c, addr);
		return;
	}
	if (spec->flags & PROBE_NAME_WIDE) {
		call_name_wide(r, addr);
		return;
	}
	at = block_find(m, addr, sizeof(r->name));
	if (at >= 0)
		n = bpf_probe_read_kernel_str(r->name, sizeof(r->name), (const char *)m->block + at);
	else
		n = bpf_probe_read_user_str(r->name, sizeof(r->name), (const void *)addr);
	if (n < 0) {
		page_missed(addr, sizeof(r->name));
		r->hdr.flags |= REC_CALL_NAME_FAILED;
	} else if (n > 0) {
		r->name_len = n - 1;
	}
}

#define PG_FATAL_ERROR 7
#define PG_ERROR_FIELDS 12 /* an error has about ten; the SQLSTATE is the third */

struct pg_error_field {
	__u64 next;
	char code;
	char text[7];
};

GLOBAL int call_state(struct rec_call *r)
{
	__u64 at;

	if (!r)
		return 0;
	at = r->fields[2];
	if ((r->field_ok & 6) != 6 || r->fields[1] != PG_FATAL_ERROR)
		return 0;
	for (int i = 0; i < PG_ERROR_FIELDS && at; i++) {
		struct pg_error_field f;

		if (record_read(&f, sizeof(f), at))
			return 0;
		if (f.code == 'C') {
			for (int k = 0; k < 5; k++)
				r->name[k] = f.text[k];
			r->name_len = 5;
			r->hdr.flags |= REC_CALL_STATE;
			return 0;
		}
		at = f.next;
	}
	return 0;
}

/* Where the stack stood: of two calls of a thread, the one made inside the other has the smaller value. */
static __always_inline void call_frame(struct rec_call *r, const struct call *c, const struct probe_spec *spec)
{
	__u64 frame = (c->sp + spec->sp_delta) >> 4;

	for (int i = 0; i < (int)sizeof(r->frame); i++)
		r->frame[i] = frame >> (8 * i);
}

/* In a pid namespace below the first one the numbers take some reads; they stay for the life of the thread. */
static __always_inline void call_task(struct rec_task *t, struct thread *m)
{
	struct task_struct *task = bpf_get_current_task_btf();

	task_fill_most(t, task);
	if (m->ns_pid) {
		t->ns_pid = m->ns_pid;
		t->pid_ns = m->pid_ns;
		return;
	}
	task_pid(t, task->group_leader);
	barrier(); /* one load for both ways would be of two kinds of memory: the verifier of Linux 6.1 refuses it */
	m->ns_pid = t->ns_pid;
	m->pid_ns = t->pid_ns;
}

/* Everything but text and its lengths. */
GLOBAL int call_fill(struct rec_call *r, const struct call *c, const struct probe_spec *spec, struct thread *m)
{
	if (!r || !c || !spec || !m)
		return 0;
	r->hdr.type = REC_CALL;
	r->hdr.ts_ns = c->ts;
	call_task(&r->task, m);
	r->ip = c->ip;
	r->ret_addr = c->ret;
	if (ARCH_RET_ON_STACK) {
		r->ret_addr = 0;
		if (!(spec->flags & PROBE_NO_CALLER))
			bpf_probe_read_user(&r->ret_addr, sizeof(r->ret_addr), (const void *)(c->sp + spec->sp_delta));
	}
	for (int i = 0; i < REC_ARGS; i++)
		r->args[i] = c->args[i];
	r->site = c->site;
	r->field_ok = 0;
	r->name_len = 0;
	for (int i = 0; i < REC_FIELDS; i++) {
		r->fields[i] = 0;
		call_field(r, c, spec, m, i);
	}
	if (c->has_rows) {
		r->fields[0] = c->rows;
		r->field_ok |= 1;
	}
	call_frame(r, c, spec);
	call_name(r, c, spec, m);
	if (spec->flags & PROBE_PG_STATE)
		call_state(r);
	return 0;
}

#define CLASS_DONE 0
#define CLASS_SKIP 1  /* the text is longer, try the next class */
#define CLASS_AGAIN 2 /* a page was missing: once it was touched, begin anew */

/* text_len and cap_len are set. The record is sent, or given back (CLASS_AGAIN). */
static __always_inline int call_finish(struct rec_call *r, const struct call *c, const struct probe_spec *spec, struct thread *m,
				       __u8 status, __u16 flags)
{
	r->text_status = status;
	r->hdr.flags = flags | c->outer << REC_CALL_OUTER_SHIFT;
	r->hdr.size = sizeof(*r) + r->cap_len; /* user space pads it when it takes the record out */
	call_fill(r, c, spec, m);
	if (thread_misses(m)) {
		bpf_ringbuf_discard(r, BPF_RB_NO_WAKEUP);
		return CLASS_AGAIN;
	}
	if (spec->flags & PROBE_TAKE_COUNT)
		call_take_count(r, c, spec);
	if (spec->flags & PROBE_TAKEN)
		call_take_taken(r, c, spec);
	bpf_ringbuf_submit(r, 0);
	return CLASS_DONE;
}

/* The seventh and eighth argument, where the processor passes them on the stack. */
static __always_inline void call_stack_args(struct call *c, const struct probe_spec *spec, const bool sleepable)
{
	__u64 at = c->sp + spec->sp_delta + (ARCH_RET_ON_STACK ? 8 : 0);

	if (user_read(&c->args[6], 8, at, sleepable) || user_read(&c->args[7], 8, at + 8, sleepable))
		c->args[6] = c->args[7] = 0;
	if (spec->flags & PROBE_STACK_LEN && user_read(&c->args[5], 8, at + 16, sleepable))
		c->args[7] = 0;
}

#endif
