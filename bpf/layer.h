// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Which functions of client libraries are under way on this thread (PROBE_LAYER), without a probe on their return: a function that has
 * not returned stands higher in the stack, and its return address is still where it was.
 */
#ifndef QPROV_BPF_LAYER_H
#define QPROV_BPF_LAYER_H

#include "call.h"

static __always_inline bool layer_lives(__u64 at, __u64 ret, __u64 below)
{
	__u64 now = 0;

	return at > below && !bpf_probe_read_user(&now, sizeof(now), (const void *)at) && now == ret;
}

static __always_inline void layer_push(struct layers *l, __u64 n, __u64 at)
{
	__u64 ret = 0;

	bpf_probe_read_user(&ret, sizeof(ret), (const void *)at);
	l->frame[n & 7].at = at;
	l->frame[n & 7].ret = ret;
	l->n = n + 1;
}

/* 1 + the number of layers around this call; 0: not known. */
static __attribute__((noinline)) int call_layers(const struct call *c, const struct probe_spec *spec)
{
	__u32 tid = bpf_get_current_pid_tgid();
	struct layers *l;
	__u64 at, n;

	if (!ARCH_RET_ON_STACK)
		return 0;
	at = c->sp + spec->sp_delta;
	l = bpf_map_lookup_elem(&layers, &tid);
	if (!l) {
		struct layers none = {};

		if (!(spec->flags & PROBE_LAYER))
			return 1;
		bpf_map_update_elem(&layers, &tid, &none, BPF_NOEXIST);
		l = bpf_map_lookup_elem(&layers, &tid);
		if (!l)
			return 0;
	}
	n = l->n;
	for (int i = 0; i < REC_LAYERS_MAX; i++) {
		if (!n || layer_lives(l->frame[(n - 1) & 7].at, l->frame[(n - 1) & 7].ret, at))
			break;
		n--;
	}
	l->n = n;
	if ((spec->flags & PROBE_LAYER) && n < REC_LAYERS_MAX)
		layer_push(l, n, at);
	return n + 1;
}

#endif
