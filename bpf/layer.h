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

static __always_inline void layer_push(struct thread *m, __u64 n, __u64 at)
{
	__u64 ret = 0;

	bpf_probe_read_user(&ret, sizeof(ret), (const void *)at);
	m->frame[n & 7].at = at;
	m->frame[n & 7].ret = ret;
	m->layers = n + 1;
}

/* Those that have returned are gone; this one is added when it is a layer itself. */
GLOBAL int layers_walk(struct thread *m, __u64 at, __u32 layer)
{
	__u64 n;

	if (!m)
		return 0;
	n = m->layers;
	for (int i = 0; i < REC_LAYERS_MAX; i++) {
		if (!n || layer_lives(m->frame[(n - 1) & 7].at, m->frame[(n - 1) & 7].ret, at))
			break;
		n--;
	}
	m->layers = n;
	if (layer && n < REC_LAYERS_MAX)
		layer_push(m, n, at);
	return n + 1;
}

/* 1 + the number of layers around this call; 0: not known. */
static __always_inline int call_layers(const struct call *c, const struct probe_spec *spec, struct thread *m)
{
	if (!ARCH_RET_ON_STACK || m->spare)
		return 0;
	if (!m->layers && !(spec->flags & PROBE_LAYER))
		return 1;
	return layers_walk(m, c->sp + spec->sp_delta, spec->flags & PROBE_LAYER);
}

#endif
