// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * The floor: who talks to a database, by whatever driver. TCP by the change of state, which also sees io_uring; UNIX sockets where the
 * server's end was found, or else by a cgroup program on connect(2); both, and files, by a look through the descriptors of all processes
 * now and then. Nothing is read of what is sent. The cost is per connection, not per packet or system call.
 */
#ifndef QPROV_BPF_FLOOR_H
#define QPROV_BPF_FLOOR_H

#include "task.h"

#define AF_UNIX 1
#define AF_INET 2
#define AF_INET6 10
#define TCP_ESTABLISHED 1
#define TCP_SYN_SENT 2
#define TCP_CLOSE 7
#define PROTO_TCP 6
#define S_IFMT 00170000
#define S_IFSOCK 0140000
#define S_IFREG 0100000
#define SUN_PATH_OFF 2
#define EPHEMERAL_PORT                                                                                                                     \
	32768       /* a low port here and a high one there: this is the server's side, whatever listens on the high one elsewhere */
#define DB_PAGE 512 /* the smallest page of the file formats looked for */

struct conn {
	__u64 id;
	__u64 start_ns;
	__u32 pid;
	__u32 pad;
};

/* Peer ports worth telling, host order. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, FLOOR_PORTS_MAX);
	__type(key, __u32);
	__type(value, __u32);
} ports SEC(".maps");

/* TCP sockets that were told, by address of their struct sock: their end is told too. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, __u64);
	__type(value, struct conn);
} conns SEC(".maps");

/* Paths of UNIX sockets that are no database; user space fills it as it meets them. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, struct floor_path);
	__type(value, __u32);
} quiet_paths SEC(".maps");

static __always_inline __u64 sock_id(struct sock *sk)
{
	return BPF_CORE_READ(sk, sk_socket, file, f_inode, i_ino);
}

static __always_inline void sock_fill(struct rec_socket *r, struct sock *sk)
{
	struct tcp_sock *tp = (struct tcp_sock *)sk;

	r->hdr.type = REC_SOCKET;
	r->hdr.flags = 0;
	r->hdr.size = sizeof(*r);
	r->hdr.ts_ns = bpf_ktime_get_boot_ns();
	r->family = BPF_CORE_READ(sk, __sk_common.skc_family);
	r->port = 0;
	r->sent = r->received = 0;
	r->path_len = r->system_len = 0;
	for (int i = 0; i < 3; i++)
		r->pad[i] = 0;
	for (int i = 0; i < 16; i++)
		r->addr[i] = 0;
	if (r->family == AF_UNIX)
		return;
	r->port = __builtin_bswap16(BPF_CORE_READ(sk, __sk_common.skc_dport));
	if (r->family == AF_INET6)
		bpf_probe_read_kernel(r->addr, 16, __builtin_preserve_access_index(&sk->__sk_common.skc_v6_daddr));
	else
		bpf_probe_read_kernel(r->addr, 4, __builtin_preserve_access_index(&sk->__sk_common.skc_daddr));
	if (bpf_core_field_exists(tp->bytes_sent))
		r->sent = BPF_CORE_READ(tp, bytes_sent);
	r->received = BPF_CORE_READ(tp, bytes_received);
}

static __always_inline bool port_told(struct sock *sk)
{
	__u32 port = __builtin_bswap16(BPF_CORE_READ(sk, __sk_common.skc_dport));

	return bpf_map_lookup_elem(&ports, &port) != 0;
}

static __always_inline void tcp_opening(struct sock *sk)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u64 key = (__u64)sk;
	struct conn c = {};
	struct rec_socket *r;

	if (!port_told(sk))
		return;
	c.pid = BPF_CORE_READ(task, tgid);
	c.start_ns = BPF_CORE_READ(task, group_leader, start_boottime);
	c.id = sock_id(sk);
	bpf_map_update_elem(&conns, &key, &c, BPF_ANY);
	r = bpf_ringbuf_reserve(&procs, sizeof(*r), 0);
	if (!r) {
		counter_add(REC_LOSS_EXEC);
		return;
	}
	sock_fill(r, sk);
	task_fill(&r->task, task);
	r->id = c.id;
	r->event = REC_SOCKET_OPENING;
	bpf_ringbuf_submit(r, 0);
}

/* Runs wherever the packet was handled: the current task means nothing here. */
static __always_inline void tcp_later(struct sock *sk, __u16 event)
{
	__u64 key = (__u64)sk;
	struct conn *c = bpf_map_lookup_elem(&conns, &key);
	struct rec_socket *r;

	if (!c)
		return;
	r = bpf_ringbuf_reserve(&procs, sizeof(*r), 0);
	if (!r) {
		counter_add(REC_LOSS_EXEC);
		return;
	}
	sock_fill(r, sk);
	__builtin_memset(&r->task, 0, sizeof(r->task));
	r->task.pid = c->pid;
	r->task.start_ns = c->start_ns;
	r->id = c->id;
	r->event = event;
	if (event == REC_SOCKET_CLOSED)
		bpf_map_delete_elem(&conns, &key);
	bpf_ringbuf_submit(r, 0);
}

SEC("raw_tp/inet_sock_set_state")
int on_tcp_state(__u64 *ctx)
{
	struct sock *sk = (struct sock *)ctx[0];
	int state = (int)ctx[2];

	if (state != TCP_SYN_SENT && state != TCP_ESTABLISHED && state != TCP_CLOSE)
		return 0;
	if (BPF_CORE_READ(sk, sk_protocol) != PROTO_TCP)
		return 0;
	if (state == TCP_SYN_SENT)
		tcp_opening(sk);
	else
		tcp_later(sk, state == TCP_CLOSE ? REC_SOCKET_CLOSED : REC_SOCKET_OPEN);
	return 0;
}

SEC("raw_tp/io_uring_create")
int on_uring(__u64 *ctx)
{
	struct rec_uring *r = bpf_ringbuf_reserve(&procs, sizeof(*r), 0);

	if (!r) {
		counter_add(REC_LOSS_EXEC);
		return 0;
	}
	r->hdr.size = sizeof(*r);
	r->hdr.type = REC_URING;
	r->hdr.flags = 0;
	r->hdr.ts_ns = bpf_ktime_get_boot_ns();
	task_fill(&r->task, bpf_get_current_task_btf());
	bpf_ringbuf_submit(r, 0);
	return 0;
}

/* The path after the family; names of the abstract namespace begin with NUL and are kept so. Its length. */
static __always_inline __u64 sun_path(struct floor_path *p, const void *addr, __u64 len)
{
	__builtin_memset(p, 0, sizeof(*p));
	if (len <= SUN_PATH_OFF)
		return 0;
	len -= SUN_PATH_OFF;
	if (len > sizeof(p->path))
		len = sizeof(p->path);
	barrier_var(len);
	if (len > sizeof(p->path) || bpf_probe_read_kernel(p->path, len, addr + SUN_PATH_OFF))
		return 0;
	p->len = len;
	return len;
}

#define UNIX_RECORD (sizeof(struct rec_socket) + (FLOOR_PATH_MAX + 7) / 8 * 8)

static __always_inline void unix_fill(struct rec_socket *r, struct sock *sk, struct task_struct *task, const struct floor_path *p,
				      __u16 event)
{
	sock_fill(r, sk);
	task_fill(&r->task, task);
	r->family = AF_UNIX;
	r->id = sock_id(sk);
	r->event = event;
	r->path_len = p->len;
	r->hdr.size = UNIX_RECORD;
	__builtin_memset(r->data, 0, UNIX_RECORD - sizeof(*r));
	__builtin_memcpy(r->data, p->path, sizeof(p->path));
}

/*
 * By the name that the server gave its socket: whoever connects may come by a link of their own or a mount. The server's socket is found
 * and locked here; nothing below sleeps.
 */
SEC("fentry/security_unix_stream_connect")
int on_unix_peer(__u64 *ctx)
{
	struct unix_sock *peer = (struct unix_sock *)ctx[1];
	struct unix_address *a = BPF_CORE_READ(peer, addr);
	struct floor_path p;
	struct rec_socket *r;

	if (!a || !sun_path(&p, __builtin_preserve_access_index(&a->name[0]), BPF_CORE_READ(a, len)) ||
	    bpf_map_lookup_elem(&quiet_paths, &p))
		return 0;
	r = bpf_ringbuf_reserve(&procs, UNIX_RECORD, 0);
	if (!r) {
		counter_add(REC_LOSS_EXEC);
		return 0;
	}
	unix_fill(r, (struct sock *)ctx[0], bpf_get_current_task_btf(), &p, REC_SOCKET_OPENING);
	r->hdr.flags = REC_SOCKET_PEER;
	bpf_ringbuf_submit(r, 0);
	return 0;
}

/* Where there is no such hook: by the name that the program gives. Always lets the call through. Loaded as BPF_CGROUP_UNIX_CONNECT where
 * the kernel has it (6.7). */
SEC("cgroup/connect4")
int on_unix_connect(struct bpf_sock_addr *ctx)
{
	struct bpf_sock_addr_kern *k = (struct bpf_sock_addr_kern *)ctx;
	struct task_struct *task = bpf_get_current_task_btf();
	struct floor_path p;
	struct rec_socket *r;

	if (!sun_path(&p, BPF_CORE_READ(k, uaddr), BPF_CORE_READ(k, uaddrlen)) || bpf_map_lookup_elem(&quiet_paths, &p))
		return 1;
	r = bpf_ringbuf_reserve(&procs, UNIX_RECORD, 0);
	if (!r) {
		counter_add(REC_LOSS_EXEC);
		return 1;
	}
	unix_fill(r, BPF_CORE_READ(k, sk), task, &p, REC_SOCKET_OPENING);
	bpf_ringbuf_submit(r, 0);
	return 1;
}

struct look_scratch {
	struct floor_path path;
	__u64 record[UNIX_RECORD / 8];
};

#define SOCKET(s) ((struct rec_socket *)(s)->record)

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct look_scratch);
} look_scratch SEC(".maps");

static __always_inline void look_tcp(struct seq_file *seq, struct look_scratch *s, struct sock *sk, struct task_struct *task)
{
	struct rec_socket *r = SOCKET(s);

	if (BPF_CORE_READ(sk, sk_protocol) != PROTO_TCP || BPF_CORE_READ(sk, __sk_common.skc_state) != TCP_ESTABLISHED || !port_told(sk))
		return;
	sock_fill(r, sk);
	if (r->port >= EPHEMERAL_PORT && BPF_CORE_READ(sk, __sk_common.skc_num) < EPHEMERAL_PORT)
		return;
	task_fill(&r->task, task);
	r->id = sock_id(sk);
	r->event = REC_SOCKET_HELD;
	bpf_seq_write(seq, r, sizeof(*r));
}

/* The side that has no address of its own and a peer with one is the client's. */
static __always_inline void look_unix(struct seq_file *seq, struct look_scratch *s, struct sock *sk, struct task_struct *task)
{
	struct unix_sock *u = (struct unix_sock *)sk;
	struct unix_sock *peer = (struct unix_sock *)BPF_CORE_READ(u, peer);
	struct unix_address *a;

	if (!peer)
		return;
	a = BPF_CORE_READ(peer, addr);
	if (!a || !sun_path(&s->path, __builtin_preserve_access_index(&a->name[0]), BPF_CORE_READ(a, len)))
		return;
	if (bpf_map_lookup_elem(&quiet_paths, &s->path))
		return;
	unix_fill(SOCKET(s), sk, task, &s->path, REC_SOCKET_HELD);
	bpf_seq_write(seq, s->record, UNIX_RECORD);
}

static __always_inline void look_file(struct seq_file *seq, struct look_scratch *s, struct inode *inode, struct task_struct *task, __u32 fd)
{
	struct rec_dbfile *f = (struct rec_dbfile *)s->record;
	__u64 size = BPF_CORE_READ(inode, i_size);

	if (!size || size % DB_PAGE)
		return;
	__builtin_memset(f, 0, sizeof(*f));
	f->hdr.type = REC_DBFILE;
	f->hdr.size = sizeof(*f);
	f->hdr.ts_ns = bpf_ktime_get_boot_ns();
	task_fill(&f->task, task);
	f->ino = BPF_CORE_READ(inode, i_ino);
	f->dev = BPF_CORE_READ(inode, i_sb, s_dev);
	f->size = size;
	f->fd = fd;
	bpf_seq_write(seq, f, sizeof(*f));
}

/* Every open file of every process, when user space reads the iterator. */
SEC("iter/task_file")
int look(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	__u32 zero = 0, mode, fd = ctx->fd;
	struct look_scratch *s;
	struct socket *socket;
	struct inode *inode;
	struct sock *sk;
	__u16 family;

	if (!task || !file)
		return 0;
	inode = BPF_CORE_READ(file, f_inode);
	mode = BPF_CORE_READ(inode, i_mode) & S_IFMT;
	if (mode != S_IFSOCK && mode != S_IFREG)
		return 0;
	s = bpf_map_lookup_elem(&look_scratch, &zero);
	if (!s || BPF_CORE_READ(task, tgid) == (int)skip_pid)
		return 0;
	if (mode == S_IFREG) {
		look_file(ctx->meta->seq, s, inode, task, fd);
		return 0;
	}
	socket = BPF_CORE_READ(file, private_data);
	sk = BPF_CORE_READ(socket, sk);
	family = BPF_CORE_READ(sk, __sk_common.skc_family);
	if (family == AF_UNIX)
		look_unix(ctx->meta->seq, s, sk, task);
	else if (family == AF_INET || family == AF_INET6)
		look_tcp(ctx->meta->seq, s, sk, task);
	return 0;
}

#endif
