// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * The BPF side: one generic uprobe program for every client function, in a sleepable and an ordinary form of the same body (user space
 * loads the one that works here), and tracepoints for the life of processes. The attach cookie is the index of the site's probe_spec.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

#ifndef barrier_var
#define barrier_var(v) asm volatile("" : "+r"(v))
#endif
#define BPF_RB_NO_WAKEUP 1
#define BPF_RB_AVAIL_DATA 0
#define BPF_RB_RING_SIZE 1

#include "call.h"
#include "call_text.h"
#include "conn.h"
#include "layer.h"
#include "params.h"
#include "proc.h"

/* The record of the call itself. CLASS_*. */
static __always_inline int call_try(struct call *c, struct probe_spec *spec, struct thread *m, const bool sleepable)
{
	struct text t = {};
	int r;

	if (spec->text == PROBE_TEXT_NONE)
		return call_plain(c, spec, m, REC_TEXT_NONE);
	if (!call_text(c, spec, m, &t, sleepable))
		return call_plain(c, spec, m, REC_TEXT_FAILED);
	if (!t.addr)
		return call_plain(c, spec, m, REC_TEXT_NULL);
	if (t.limit <= 512 || t.limit == LEN_UNBOUNDED || t.stop_nul) {
		r = call_class(c, spec, m, &t, 512, false, sleepable);
		if (r != CLASS_SKIP)
			return r;
	}
	if (t.limit <= 4096 || t.limit == LEN_UNBOUNDED || t.stop_nul) {
		r = call_class(c, spec, m, &t, 4096, false, sleepable);
		if (r != CLASS_SKIP)
			return r;
	}
	if (t.limit <= 16384 || t.stop_nul) {
		r = call_class(c, spec, m, &t, 16384, false, sleepable);
		if (r != CLASS_SKIP)
			return r;
	}
	return call_class(c, spec, m, &t, REC_TEXT_MAX, true, sleepable);
}

/* Verified once, and not once for each round of the loop. */
GLOBAL int call_try_sleeping(struct call *c, struct probe_spec *spec, struct thread *m)
{
	return !c || !spec || !m ? 0 : call_try(c, spec, m, true);
}

GLOBAL int call_try_atomic(struct call *c, struct probe_spec *spec, struct thread *m)
{
	return !c || !spec || !m ? 0 : call_try(c, spec, m, false);
}

static __always_inline void call_send(struct call *c, struct probe_spec *spec, struct thread *m, const bool sleepable)
{
	thread_begin(m);
	if (!sleepable) {
		call_try_atomic(c, spec, m);
		return;
	}
	for (int i = 0; i <= TOUCHES_MAX; i++) {
		if (call_try_sleeping(c, spec, m) != CLASS_AGAIN)
			break;
		thread_touch(m);
	}
}

/* Everything that a call leads to, given what is known of its thread. */
static __always_inline int call_run(struct call *c, struct probe_spec *spec, struct thread *m, const bool sleepable)
{
	__u64 object = c->args[spec->block_arg & 7];

	counter_add(COUNTER_CALLS);
	c->ts = bpf_ktime_get_boot_ns();
	m->block_len = 0;
	m->touches = sleepable ? 0 : TOUCHES_MAX;
	if (spec->block_len && object)
		block_read(m, object + spec->block_off, spec->block_len, sleepable);
	c->rows = c->has_rows = 0;
	if ((spec->flags & PROBE_ROWS) && sleepable)
		rows_read_sleeping(c, spec);
	else if (spec->flags & PROBE_ROWS)
		rows_read_atomic(c, spec);
	if (spec->flags & PROBE_CONN_DROP)
		conn_end(c, spec, sleepable);
	else if (spec->conn && !(spec->flags & PROBE_NO_MEET))
		conn_of_call(c, spec, m, sleepable);
	if (spec->text != PROBE_TEXT_NONE)
		stdio_on_call(bpf_get_current_task_btf(), m);
	c->outer = call_layers(c, spec, m);
	if (spec->flags & PROBE_STACK_ARGS)
		call_stack_args(c, spec, sleepable);
	call_send(c, spec, m, sleepable);
	if (!spec->params)
		return 0;
	if (sleepable)
		params_send_sleeping(c, spec, m);
	else
		params_send_atomic(c, spec, m);
	return 0;
}

GLOBAL int call_run_sleeping(struct call *c, struct probe_spec *spec, struct thread *m)
{
	return !c || !spec || !m ? 0 : call_run(c, spec, m, true);
}

GLOBAL int call_run_atomic(struct call *c, struct probe_spec *spec, struct thread *m)
{
	return !c || !spec || !m ? 0 : call_run(c, spec, m, false);
}

/* No room for what is kept of a thread: the call is read all the same, with nothing kept, in room that the ring lends; so without a sleep.
 */
static __always_inline int call_run_spare(struct call *c, struct probe_spec *spec)
{
	struct thread *m = bpf_ringbuf_reserve(&calls, sizeof(*m), 0);

	if (!m) {
		counter_add(COUNTER_CALLS);
		call_lost(c->pid);
		return 0;
	}
	thread_zero(m);
	m->spare = 1;
	call_run_atomic(c, spec, m);
	bpf_ringbuf_discard(m, BPF_RB_NO_WAKEUP);
	return 0;
}

static __always_inline int on_call(struct pt_regs *ctx, const bool sleepable)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct probe_spec *spec;
	struct thread *m;
	struct call c;

	c.pid = task->tgid;
	if (c.pid == skip_pid)
		return 0;
	c.site = bpf_get_attach_cookie(ctx);
	spec = bpf_map_lookup_elem(&specs, &c.site);
	if (!spec || spec->valid != SPEC_USED) {
		if (!spec || !spec->valid)
			counter_add(REC_LOSS_SPEC);
		return 0;
	}
	call_init(&c, ctx);
	if ((spec->flags & PROBE_ONLY) && !call_is_meant(&c, spec))
		return 0;
	if (spec->flags & PROBE_COUNT) {
		call_count(&c, spec);
		return 0;
	}
	if (spec->flags & PROBE_TAKEN) {
		if (!call_taken(&c, spec))
			return 0;
	} else if (spec->flags & PROBE_ADD && !call_add(&c, spec)) {
		return 0;
	}
	if (spec->flags & PROBE_CONN_END) {
		conn_end(&c, spec, sleepable);
		return 0;
	}
	if (spec->flags & PROBE_BIND) {
		if (sleepable)
			params_bind_sleeping(&c, spec);
		else
			params_bind_atomic(&c, spec);
		return 0;
	}
	if (spec->flags & PROBE_BIND_ODBC) {
		if (sleepable)
			params_bind_odbc_sleeping(&c, spec);
		else
			params_bind_odbc_atomic(&c, spec);
		return 0;
	}
	if (spec->flags & PROBE_BIND_CT) { /* sent all the same */
		if (sleepable)
			bind_ct_sleeping(&c, spec);
		else
			bind_ct_atomic(&c, spec);
	}
	if (spec->flags & PROBE_BIND_OCI) {
		if (sleepable)
			bind_oci_sleeping(&c, spec);
		else
			bind_oci_atomic(&c, spec);
	}
	if (spec->flags & PROBE_UNBIND)
		params_unbind(&c, spec);
	m = bpf_task_storage_get(&threads, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!m)
		return call_run_spare(&c, spec);
	if ((spec->flags & (PROBE_LOOK | PROBE_LOOK_END)) && !thread_looks(m, c.args[0], spec->flags & PROBE_LOOK_END))
		return 0;
	return sleepable ? call_run_sleeping(&c, spec, m) : call_run_atomic(&c, spec, m);
}

SEC("uprobe.s")
int call_sleepable(struct pt_regs *ctx)
{
	return on_call(ctx, true);
}

SEC("uprobe")
int call_atomic(struct pt_regs *ctx)
{
	return on_call(ctx, false);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
