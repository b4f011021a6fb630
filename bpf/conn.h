// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * The connection of a call: read once from the library's structure and from the kernel's socket behind it, when it is met for the first
 * time or its id changed, and told as a REC_CONN before the call's own record.
 */
#ifndef QPROV_BPF_CONN_H
#define QPROV_BPF_CONN_H

#include "call.h"

#define AF_UNIX 1
#define AF_INET 2
#define AF_INET6 10
#define S_IFMT 0170000
#define S_IFSOCK 0140000
#define LIST_MAX 24 /* parameters a server reports; PostgreSQL 18 has 17 */
#define APPLICATION_NAME "application_name"

struct conn_node {
	__u64 next, name, value;
};

static __always_inline bool chain_address(const struct conn_chain *ch, __u64 conn, __u64 *ret, const bool sleepable)
{
	__u64 a = conn;
	__s32 index = 0;

	if (ch->index_at != CONN_NO_INDEX && user_read(&index, sizeof(index), conn + ch->index_off, sleepable))
		return false;
	for (int i = 0; i < CONN_STEPS; i++) {
		if (i == ch->index_at)
			a += (__s64)index * ch->index_mult;
		a += ch->off[i];
		if (i + 1 >= ch->steps)
			break;
		if (user_read(&a, sizeof(a), a, sleepable) || !a)
			return false;
	}
	*ret = a;
	return true;
}

/* The number at the end of the chain. False: unknown. */
static __always_inline bool chain_number(const struct conn_chain *ch, __u64 conn, __u64 *ret, const bool sleepable)
{
	__u64 a, v = 0;
	__u32 half = 0;
	__u8 byte = 0;

	if (ch->kind == CONN_NONE || !chain_address(ch, conn, &a, sleepable))
		return false;
	if (ch->kind == CONN_U64 || ch->kind == CONN_POINTER) {
		if (user_read(&v, sizeof(v), a, sleepable))
			return false;
	} else if (ch->kind == CONN_FLAG) {
		if (user_read(&byte, sizeof(byte), a, sleepable))
			return false;
		v = byte;
	} else {
		if (user_read(&half, sizeof(half), a, sleepable))
			return false;
		v = half;
	}
	*ret = v;
	return true;
}

/* PROBE_ROWS: the counter that the library keeps itself. */
static __always_inline int rows_read(struct call *c, const struct probe_spec *spec, const bool sleepable)
{
	__u32 which = spec->conn - 1;
	struct conn_spec *s = bpf_map_lookup_elem(&conn_specs, &which);
	__u64 v = 0, from = c->args[spec->conn_arg & 7];

	if (!s || !from || !chain_number(&s->item[CONN_ROWS], from, &v, sleepable))
		return 0;
	c->rows = s->item[CONN_ROWS].kind == CONN_U32 ? (__u64)(__s64)(__s32)v : v;
	c->has_rows = 1;
	return 0;
}

GLOBAL int rows_read_sleeping(struct call *c, const struct probe_spec *spec)
{
	return !c || !spec ? 0 : rows_read(c, spec, true);
}

GLOBAL int rows_read_atomic(struct call *c, const struct probe_spec *spec)
{
	return !c || !spec ? 0 : rows_read(c, spec, false);
}

static __always_inline bool string_at(__u64 a, char *dst, const __u32 size)
{
	long n = a ? bpf_probe_read_user_str(dst, size, (const void *)a) : -1;

	if (n < 0 && a)
		page_missed(a, size);
	if (n < 0)
		dst[0] = 0;
	return n >= 0;
}

static __always_inline bool chain_string(const struct conn_chain *ch, __u64 conn, char *dst, const __u32 size)
{
	__u64 a;

	if ((ch->kind != CONN_STRING && ch->kind != CONN_CHARS) || !chain_address(ch, conn, &a, false))
		return false;
	if (ch->kind == CONN_STRING && record_read(&a, sizeof(a), a))
		return false;
	return string_at(a, dst, size);
}

static __always_inline bool is_application_name(const char *name)
{
	const char want[] = APPLICATION_NAME;

	for (unsigned i = 0; i < sizeof(want); i++)
		if (name[i] != want[i])
			return false;
	return true;
}

static __always_inline bool list_application(const struct conn_chain *ch, __u64 conn, char *dst)
{
	struct conn_node node;
	char name[24];
	__u64 a;

	if (ch->kind != CONN_LIST || !chain_address(ch, conn, &a, false) || record_read(&a, sizeof(a), a))
		return false;
	for (int i = 0; i < LIST_MAX && a; i++) {
		if (record_read(&node, sizeof(node), a))
			return false;
		name[0] = 0;
		string_at(node.name, name, sizeof(name));
		if (is_application_name(name))
			return string_at(node.value, dst, CONN_NAME_MAX);
		a = node.next;
	}
	return false;
}

/* The socket behind a descriptor of this process; NULL when it is none. */
static __always_inline struct sock *socket_of(__u32 fd)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct fdtable *fdt = BPF_CORE_READ(task, files, fdt);
	struct file **files = BPF_CORE_READ(fdt, fd), *file = NULL;
	struct socket *socket;

	if (fd >= BPF_CORE_READ(fdt, max_fds) || bpf_probe_read_kernel(&file, sizeof(file), files + fd) || !file)
		return NULL;
	if ((BPF_CORE_READ(file, f_inode, i_mode) & S_IFMT) != S_IFSOCK)
		return NULL;
	socket = BPF_CORE_READ(file, private_data);
	return BPF_CORE_READ(socket, sk);
}

static __always_inline void conn_unix(struct rec_conn *r, struct sock *sk)
{
	struct unix_sock *us = (struct unix_sock *)sk, *peer = (struct unix_sock *)BPF_CORE_READ(us, peer);
	struct unix_address *addr = BPF_CORE_READ(peer, addr);

	/* An abstract name begins with a NUL: it stays empty. */
	if (addr)
		bpf_probe_read_kernel_str(r->path, sizeof(r->path), __builtin_preserve_access_index(&addr->name[0].sun_path));
}

static __always_inline void conn_socket(struct rec_conn *r, __u32 fd)
{
	struct sock *sk = socket_of(fd);

	if (!sk)
		return;
	r->family = BPF_CORE_READ(sk, __sk_common.skc_family);
	if (r->family == AF_UNIX) {
		conn_unix(r, sk);
		return;
	}
	if (r->family != AF_INET && r->family != AF_INET6)
		return;
	r->local_port = BPF_CORE_READ(sk, __sk_common.skc_num);
	r->remote_port = __builtin_bswap16(BPF_CORE_READ(sk, __sk_common.skc_dport));
	if (r->family == AF_INET) {
		*(__u32 *)r->local = BPF_CORE_READ(sk, __sk_common.skc_rcv_saddr);
		*(__u32 *)r->remote = BPF_CORE_READ(sk, __sk_common.skc_daddr);
	} else {
		BPF_CORE_READ_INTO(&r->local, sk, __sk_common.skc_v6_rcv_saddr);
		BPF_CORE_READ_INTO(&r->remote, sk, __sk_common.skc_v6_daddr);
	}
}

static __always_inline void conn_zero(struct rec_conn *r)
{
	volatile __u64 *w = (volatile __u64 *)r; /* else it becomes a call of memset, of which there is none */

	for (unsigned i = 0; i < sizeof(*r) / 8; i++)
		w[i] = 0;
}

static __always_inline int conn_fill(struct rec_conn *r, const struct conn_spec *s)
{
	__u64 conn = r->conn, v;

	if (chain_number(&s->item[CONN_SOCKET], conn, &v, false)) {
		r->known |= 1 << CONN_SOCKET;
		conn_socket(r, v);
	}
	if (chain_number(&s->item[CONN_TLS], conn, &v, false)) {
		r->known |= 1 << CONN_TLS;
		r->tls = v ? REC_TLS_YES : REC_TLS_NO;
	}
	if (chain_string(&s->item[CONN_DATABASE], conn, r->database, sizeof(r->database)))
		r->known |= 1 << CONN_DATABASE;
	if (chain_string(&s->item[CONN_USER], conn, r->user, sizeof(r->user)))
		r->known |= 1 << CONN_USER;
	if (chain_string(&s->item[CONN_HOST], conn, r->host, sizeof(r->host)))
		r->known |= 1 << CONN_HOST;
	if (list_application(&s->item[CONN_PARAMS], conn, r->application))
		r->known |= 1 << CONN_PARAMS;
	if (chain_string(&s->item[CONN_FILE], conn, r->path, sizeof(r->path)))
		r->known |= 1 << CONN_FILE;
	return 0;
}

/* The connection's address; 0: there is none. */
static __always_inline __u64 conn_handle(const struct call *c, const struct probe_spec *spec, const struct thread *m, const bool sleepable)
{
	__u64 handle = c->args[spec->conn_arg & 7];

	if (handle && spec->conn_off >= 0 && PEEK(m, &handle, handle + spec->conn_off, sleepable))
		return 0;
	return handle;
}

/* Is it the connection that the thread used last, and still the same one? One read where the library keeps an id in the object itself. */
static __always_inline bool conn_same(const struct probe_spec *spec, const struct thread *m, __u64 handle, const bool sleepable)
{
	__u64 id = 0;

	if (m->conn != handle || m->conn_spec != spec->conn || m->conn_epoch != conn_epoch || m->id_size == ID_BY_CHAIN)
		return false;
	if (!m->id_at)
		return true;
	if (m->id_size == 8)
		return !user_read(&id, 8, m->id_at, sleepable) && id == m->conn_id;
	return !user_read(&id, 4, m->id_at, sleepable) && id == m->conn_id;
}

static __always_inline void conn_keep(struct thread *m, const struct conn_chain *ch, __u64 handle, __u64 id, __u32 which, __u32 epoch)
{
	m->conn = handle;
	m->conn_id = id;
	m->conn_spec = which;
	m->conn_epoch = epoch;
	m->id_at = 0;
	m->id_size = 0;
	if (ch->kind == CONN_NONE)
		return;
	m->id_size = ID_BY_CHAIN;
	if (ch->steps > 1 || ch->index_at != CONN_NO_INDEX || (ch->kind != CONN_U32 && ch->kind != CONN_U64))
		return;
	m->id_at = handle + ch->off[0];
	m->id_size = ch->kind == CONN_U64 ? 8 : 4;
}

/* The record of it. CLASS_DONE or CLASS_AGAIN; anything else: no room. */
GLOBAL int conn_tell(const struct call *c, const struct conn_spec *s, struct thread *m, __u64 handle, __u64 id)
{
	struct rec_conn *r;

	if (!c || !s || !m)
		return CLASS_SKIP;
	r = bpf_ringbuf_reserve(&calls, sizeof(*r), 0);
	if (!r) {
		call_lost(c->pid);
		return CLASS_SKIP;
	}
	conn_zero(r);
	r->hdr.size = sizeof(*r);
	r->hdr.type = REC_CONN;
	r->hdr.ts_ns = c->ts;
	task_fill(&r->task, bpf_get_current_task_btf());
	r->conn = handle;
	r->id = id;
	r->site = c->site;
	conn_fill(r, s);
	if (thread_misses(m)) {
		bpf_ringbuf_discard(r, BPF_RB_NO_WAKEUP);
		return CLASS_AGAIN;
	}
	bpf_ringbuf_submit(r, 0);
	return CLASS_DONE;
}

static __always_inline int conn_meet(const struct call *c, const struct probe_spec *spec, struct thread *m, __u64 handle,
				     const bool sleepable)
{
	struct conn_met met = { .born = task_born(bpf_get_current_task_btf()) }, *told;
	struct count_key key = key_of(c, ALL_FILES, handle);
	__u32 which = spec->conn - 1, epoch = conn_epoch; /* taken first: an end that comes meanwhile counts */
	struct conn_spec *s = bpf_map_lookup_elem(&conn_specs, &which);
	int end = CLASS_DONE;

	if (!s)
		return 0;
	chain_number(&s->item[CONN_ID], handle, &met.id, sleepable);
	told = bpf_map_lookup_elem(&conns_met, &key);
	if (told && told->id == met.id && told->born == met.born) {
		conn_keep(m, &s->item[CONN_ID], handle, met.id, spec->conn, epoch);
		return 0;
	}
	thread_begin(m);
	for (int i = 0; i <= TOUCHES_MAX; i++) {
		end = conn_tell(c, s, m, handle, met.id);
		if (!sleepable || end != CLASS_AGAIN)
			break;
		thread_touch(m);
	}
	if (end != CLASS_DONE)
		return 0;
	if (!bpf_map_update_elem(&conns_met, &key, &met, BPF_ANY))
		conn_keep(m, &s->item[CONN_ID], handle, met.id, spec->conn, epoch);
	return 0;
}

GLOBAL int conn_meet_sleeping(const struct call *c, const struct probe_spec *spec, struct thread *m, __u64 handle)
{
	return !c || !spec || !m ? 0 : conn_meet(c, spec, m, handle, true);
}

GLOBAL int conn_meet_atomic(const struct call *c, const struct probe_spec *spec, struct thread *m, __u64 handle)
{
	return !c || !spec || !m ? 0 : conn_meet(c, spec, m, handle, false);
}

static __always_inline void conn_of_call(const struct call *c, const struct probe_spec *spec, struct thread *m, const bool sleepable)
{
	__u64 handle = conn_handle(c, spec, m, sleepable);

	if (!handle || conn_same(spec, m, handle, sleepable))
		return;
	if (sleepable)
		conn_meet_sleeping(c, spec, m, handle);
	else
		conn_meet_atomic(c, spec, m, handle);
}

static __always_inline void conn_end(const struct call *c, const struct probe_spec *spec, const bool sleepable)
{
	struct count_key key = key_of(c, ALL_FILES, c->args[spec->conn_arg & 7]);

	if (!key.handle || (spec->conn_off >= 0 && user_read(&key.handle, sizeof(key.handle), key.handle + spec->conn_off, sleepable)))
		return;
	bpf_map_delete_elem(&conns_met, &key);
	__sync_fetch_and_add(&conn_epoch, 1);
}

#endif
