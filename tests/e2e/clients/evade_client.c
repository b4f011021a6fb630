// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Ways around the probes on libpq, one per run: evade_client WAY [ARGUMENT...]. The library is loaded with dlopen() so that the program
 * itself names none of its functions. Every way sends MARKED once and reads the answer; the exit status tells whether rows came back.
 */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <link.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define MARKED "SELECT ip FROM user_ip_log WHERE user_id = 1"
#define HOLD_S 4 /* how long a connection is kept, where the floor has to find it */

struct libpq {
	void *handle;
	void *(*connect)(const char *info);
	int (*status)(void *conn);
	int (*socket)(void *conn);
	void *(*exec)(void *conn, const char *sql);
	int (*send)(void *conn, const char *sql);
	void *(*result)(void *conn);
	int (*ntuples)(void *result);
	void (*clear)(void *result);
	void (*finish)(void *conn);
};

static void fail(const char *what)
{
	perror(what);
	exit(2);
}

static void load(struct libpq *l, const char *path)
{
	l->handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!l->handle) {
		fprintf(stderr, "%s\n", dlerror());
		exit(2);
	}
	*(void **)&l->connect = dlsym(l->handle, "PQconnectdb");
	*(void **)&l->status = dlsym(l->handle, "PQstatus");
	*(void **)&l->socket = dlsym(l->handle, "PQsocket");
	*(void **)&l->exec = dlsym(l->handle, "PQexec");
	*(void **)&l->send = dlsym(l->handle, "PQsendQuery");
	*(void **)&l->result = dlsym(l->handle, "PQgetResult");
	*(void **)&l->ntuples = dlsym(l->handle, "PQntuples");
	*(void **)&l->clear = dlsym(l->handle, "PQclear");
	*(void **)&l->finish = dlsym(l->handle, "PQfinish");
}

static void *connected(struct libpq *l)
{
	void *c = l->connect("");

	if (!c || l->status(c))
		fail("connect");
	return c;
}

static int rows_of(struct libpq *l, void *c, int sent)
{
	void *r;
	int n = 0;

	while (sent && (r = l->result(c))) {
		n += l->ntuples(r);
		l->clear(r);
	}
	return n;
}

static int plain(struct libpq *l, const char *sql)
{
	void *c = connected(l), *r = l->exec(c, sql);
	int n = l->ntuples(r);

	l->clear(r);
	l->finish(c);
	return n;
}

/* ---- a library in memory only ---- */

static int by_memfd(const char *path)
{
	struct libpq l;
	int from = open(path, O_RDONLY), to = (int)syscall(SYS_memfd_create, "x", 0);
	char name[64];
	struct stat st;

	if (from < 0 || to < 0 || fstat(from, &st))
		fail("memfd");
	for (off_t at = 0; at < st.st_size;) {
		char buf[65536];
		ssize_t n = pread(from, buf, sizeof(buf), at);

		if (n <= 0 || write(to, buf, (size_t)n) != n)
			fail("memfd copy");
		at += n;
	}
	snprintf(name, sizeof(name), "/proc/self/fd/%d", to);
	load(&l, name);
	return plain(&l, MARKED);
}

/* ---- around the probe ---- */

/* The function's own bytes, from the file: in memory a breakpoint may stand there. */
static void original(void *fn, unsigned char *code, size_t n)
{
	struct link_map *map;
	Dl_info info;
	int fd;

	if (!dladdr1(fn, &info, (void **)&map, RTLD_DL_LINKMAP))
		fail("dladdr");
	fd = open(map->l_name, O_RDONLY);
	/* In a library the text's address and its place in the file are the same where its segments begin at page 0, as they do for libpq.
	 */
	if (fd < 0 || pread(fd, code, n, (off_t)((uintptr_t)fn - (uintptr_t)info.dli_fbase)) != (ssize_t)n)
		fail("original bytes");
	close(fd);
}

/* A copy of the first instructions, as far as they are understood, and a jump behind them. NULL: too clever for us. */
static void *around(void *fn)
{
	unsigned char code[32], *page, *at;
	int64_t target = 0;
	size_t n = 0;

	original(fn, code, sizeof(code));
	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	at = page;
	if (!memcmp(code, "\xf3\x0f\x1e\xfa", 4))
		n = 4; /* endbr64: left out */
	while (n < 16 && !target) {
		int32_t rel;

		if (code[n] == 0xba) { /* mov $imm,%edx */
			memcpy(at, code + n, 5);
			at += 5;
			n += 5;
		} else if (code[n] == 0xe9) { /* jmp */
			memcpy(&rel, code + n + 1, 4);
			target = (int64_t)(uintptr_t)fn + (int64_t)n + 5 + rel;
		} else if (code[n] == 0x41 && (code[n + 1] & 0xf8) == 0x50) { /* push %r8..%r15 */
			memcpy(at, code + n, 2);
			at += 2;
			n += 2;
		} else if ((code[n] & 0xf8) == 0x50) { /* push */
			*at++ = code[n++];
		} else {
			break;
		}
	}
	if (!target)
		target = (int64_t)(uintptr_t)fn + (int64_t)n;
	if (at == page && !n)
		return NULL;
	memcpy(at, "\xff\x25\x00\x00\x00\x00", 6); /* jmp *(%rip) */
	memcpy(at + 6, &target, 8);
	return page;
}

static int by_jump(struct libpq *l)
{
	void *fn;
	void *c;
	int n;

	*(void **)&fn = *(void **)&l->send;
	fn = around(fn);
	if (!fn)
		exit(77);
	*(void **)&l->send = fn;
	c = connected(l);
	n = rows_of(l, c, l->send(c, MARKED));
	l->finish(c);
	return n;
}

/* The breakpoint is written over, in a page that stays writable. */
static int by_overwriting(struct libpq *l)
{
	unsigned char code[64];
	unsigned char *fn;
	void *c = connected(l);
	uintptr_t page;
	int n;

	*(void **)&fn = *(void **)&l->send;
	page = (uintptr_t)fn & ~4095ul;
	original(fn, code, sizeof(code));
	if (mprotect((void *)page, 8192, PROT_READ | PROT_WRITE | PROT_EXEC))
		fail("mprotect");
	memcpy(fn, code, sizeof(code));
	n = rows_of(l, c, l->send(c, MARKED));
	l->finish(c);
	return n;
}

/* The function of a patched copy whose table of names leads elsewhere: found by its place in the original. */
static int by_place(struct libpq *copy, const char *original_path)
{
	void *o = dlopen(original_path, RTLD_NOW | RTLD_LOCAL), *from, *to, *c;
	Dl_info a, b;
	int n;

	from = o ? dlsym(o, "PQsendQuery") : NULL;
	*(void **)&to = *(void **)&copy->connect;
	if (!from || !dladdr(from, &a) || !dladdr(to, &b))
		fail("place");
	*(void **)&copy->send = (char *)b.dli_fbase + ((char *)from - (char *)a.dli_fbase);
	c = connected(copy);
	n = rows_of(copy, c, copy->send(c, MARKED));
	copy->finish(c);
	return n;
}

/* ---- the text ---- */

static int with_comment(struct libpq *l, size_t bytes)
{
	char *sql = malloc(bytes + sizeof(MARKED) + 16);
	int n;

	memset(sql, 'x', bytes);
	memcpy(sql, "/* ", 3);
	memcpy(sql + bytes - 3, " */", 3);
	strcpy(sql + bytes, MARKED);
	n = plain(l, sql);
	free(sql);
	return n;
}

static char shared_text[] = MARKED;
static volatile int go, end;

static void *overwrite(void *arg)
{
	while (!go)
		;
	while (!end)
		memcpy(shared_text, "SELECT 'nothing to see here at all, go on'  ", sizeof(MARKED) - 1);
	return arg;
}

/* Another thread writes over the text as soon as the call has begun. */
static int with_race(struct libpq *l)
{
	void *c = connected(l);
	pthread_t t;
	int n;

	pthread_create(&t, NULL, overwrite, NULL);
	n = l->send(c, shared_text);
	go = 1;
	n = rows_of(l, c, n);
	end = 1;
	pthread_join(t, NULL);
	l->finish(c);
	return n;
}

/* ---- the protocol by hand ---- */

static size_t startup(unsigned char *p)
{
	static const char text[] = "user\0postgres\0database\0postgres\0application_name\0evade\0";
	uint32_t n = htonl(8 + sizeof(text)), version = htonl(196608);

	memcpy(p, &n, 4);
	memcpy(p + 4, &version, 4);
	memcpy(p + 8, text, sizeof(text));
	return 8 + sizeof(text);
}

static size_t query(unsigned char *p)
{
	uint32_t n = htonl(4 + sizeof(MARKED));

	p[0] = 'Q';
	memcpy(p + 1, &n, 4);
	memcpy(p + 5, MARKED, sizeof(MARKED));
	return 5 + sizeof(MARKED);
}

/* Reads until "ready for query"; the number of rows on the way. */
static int answer(int fd)
{
	unsigned char head[5], body[65536];
	int rows = 0;

	for (;;) {
		uint32_t n;

		if (recv(fd, head, 5, MSG_WAITALL) != 5)
			return rows;
		memcpy(&n, head + 1, 4);
		n = ntohl(n) - 4;
		if (n > sizeof(body) || (n && recv(fd, body, n, MSG_WAITALL) != (ssize_t)n))
			return -1;
		rows += head[0] == 'D';
		if (head[0] == 'Z')
			return rows;
	}
}

/* Somebody else's connection: only the query is sent. */
static int raw_query(int fd)
{
	unsigned char p[512];
	size_t n = query(p);

	fcntl(fd, F_SETFL, 0); /* libpq does not block */
	if (send(fd, p, n, 0) != (ssize_t)n)
		fail("send");
	n = (size_t)answer(fd);
	sleep(HOLD_S);
	return (int)n;
}

struct ring {
	int fd;
	unsigned char *sq, *cq;
	struct io_uring_sqe *sqes;
	struct io_uring_params p;
};

static int ring_do(struct ring *r, const struct io_uring_sqe *sqe)
{
	unsigned *tail = (unsigned *)(r->sq + r->p.sq_off.tail), *array = (unsigned *)(r->sq + r->p.sq_off.array);
	unsigned *chead = (unsigned *)(r->cq + r->p.cq_off.head);
	struct io_uring_cqe *cqes = (void *)(r->cq + r->p.cq_off.cqes);
	unsigned i = *tail & (r->p.sq_entries - 1);
	int res;

	r->sqes[i] = *sqe;
	array[i] = i;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, r->fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0)
		fail("io_uring_enter");
	res = cqes[*chead & (r->p.cq_entries - 1)].res;
	__atomic_store_n(chead, *chead + 1, __ATOMIC_RELEASE);
	return res;
}

/* Connects, sends and receives without a system call of that name. */
static int by_uring(const char *port)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)atoi(port)),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0), rows = 0;
	unsigned char p[512], in[65536];
	struct ring r = { 0 };

	r.fd = (int)syscall(SYS_io_uring_setup, 8, &r.p);
	if (r.fd < 0)
		exit(77);
	r.sq = mmap(NULL, r.p.sq_off.array + r.p.sq_entries * 4, PROT_READ | PROT_WRITE, MAP_SHARED, r.fd, IORING_OFF_SQ_RING);
	r.cq = mmap(NULL, r.p.cq_off.cqes + r.p.cq_entries * sizeof(struct io_uring_cqe), PROT_READ | PROT_WRITE, MAP_SHARED, r.fd,
		    IORING_OFF_CQ_RING);
	r.sqes = mmap(NULL, r.p.sq_entries * sizeof(struct io_uring_sqe), PROT_READ | PROT_WRITE, MAP_SHARED, r.fd, IORING_OFF_SQES);
	if (ring_do(&r, &(struct io_uring_sqe){ .opcode = IORING_OP_CONNECT, .fd = fd, .addr = (uintptr_t)&to, .off = sizeof(to) }))
		fail("io_uring connect");
	for (int i = 0; i < 2; i++) {
		size_t n = i ? query(p) : startup(p);
		int got;

		ring_do(&r, &(struct io_uring_sqe){ .opcode = IORING_OP_SEND, .fd = fd, .addr = (uintptr_t)p, .len = (unsigned)n });
		got = ring_do(&r, &(struct io_uring_sqe){ .opcode = IORING_OP_RECV, .fd = fd, .addr = (uintptr_t)in, .len = sizeof(in) });
		for (int k = 0; i && k + 10 < got; k++)
			rows += !memcmp(in + k, "192.0.2.", 8);
	}
	return rows;
}

static int receive_fd(int from)
{
	char control[CMSG_SPACE(sizeof(int))], byte;
	struct iovec v = { &byte, 1 };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control) };
	int fd = -1;

	if (recvmsg(from, &m, 0) == 1 && CMSG_FIRSTHDR(&m))
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(fd));
	return fd;
}

static void send_fd(int to, int fd)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 }, byte = 0;
	struct iovec v = { &byte, 1 };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	if (sendmsg(to, &m, 0) != 1)
		fail("sendmsg");
}

/* An honest connection with an honest statement, and then another program gets its socket and asks for more. */
static int by_passing(struct libpq *l, const char *self, int with_pidfd)
{
	void *c = connected(l);
	int pair[2], status;
	char pid[16], fd[16], other[16];
	pid_t child;

	l->clear(l->exec(c, "SELECT 1"));
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		fail("socketpair");
	snprintf(pid, sizeof(pid), "%d", getpid());
	snprintf(fd, sizeof(fd), "%d", l->socket(c));
	snprintf(other, sizeof(other), "%d", pair[1]);
	child = fork();
	if (child == 0) {
		execl(self, self, with_pidfd ? "take" : "receive", with_pidfd ? pid : other, fd, NULL);
		_exit(127);
	}
	if (!with_pidfd)
		send_fd(pair[0], l->socket(c));
	printf("%d\n", child);
	waitpid(child, &status, 0);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 4 : WIFEXITED(status) && WEXITSTATUS(status) == 77 ? -77 : 0;
}

static int take(const char *pid, const char *fd)
{
	int p = (int)syscall(SYS_pidfd_open, atoi(pid), 0), s = -1;

	if (p >= 0)
		s = (int)syscall(SYS_pidfd_getfd, p, atoi(fd), 0);
	if (s < 0)
		exit(77);
	return raw_query(s);
}

/* ---- a call that seems to come from inside the library ---- */

/* Calls fn with five arguments so that it returns to gadget, a "ret", and from there to us. */
long returning(const void *gadget, const void *fn, long a, long b, long c, long d, long e);
__asm__(".text\n"
	"returning:\n"
	"	mov %rdi, %rax\n"
	"	mov %rsi, %r10\n"
	"	mov %rdx, %rdi\n"
	"	mov %rcx, %rsi\n"
	"	mov %r8, %rdx\n"
	"	mov %r9, %rcx\n"
	"	mov 8(%rsp), %r8\n"
	"	lea 1f(%rip), %r11\n"
	"	push %r11\n"
	"	push %rax\n"
	"	jmp *%r10\n"
	"1:	ret\n");

static const void *return_in(void *handle, const char *symbol)
{
	const unsigned char *at = dlsym(handle, symbol);

	for (size_t i = 1; at && i < 4096; i++)
		if (at[i] == 0xc3)
			return at + i;
	fail("no ret");
	return NULL;
}

static int by_return(struct libpq *l)
{
	const void *gadget = return_in(l->handle, "PQsendQueryParams");
	void *c = connected(l);
	int n = rows_of(l, c, (int)returning(gadget, dlsym(l->handle, "PQsendQuery"), (long)c, (long)MARKED, 0, 0, 0));

	l->finish(c);
	return n;
}

static int by_return_lite(const char *inside, const char *path)
{
	void *h = dlopen("libsqlite3.so.0", RTLD_NOW), *db = NULL, *statement = NULL;
	int (*open)(const char *, void **), (*step)(void *), n = 0;
	const void *gadget;

	if (!h)
		fail("libsqlite3");
	*(void **)&open = dlsym(h, "sqlite3_open");
	*(void **)&step = dlsym(h, "sqlite3_step");
	gadget = return_in(h, inside);
	if (open(path, &db) || returning(gadget, dlsym(h, "sqlite3_prepare_v2"), (long)db, (long)MARKED, -1, (long)&statement, 0))
		fail(path);
	while (step(statement) == 100 /* SQLITE_ROW */)
		n++;
	returning(gadget, dlsym(h, "sqlite3_finalize"), (long)statement, 0, 0, 0, 0);
	return n;
}

int main(int argc, char **argv)
{
	const char *way = argc > 1 ? argv[1] : "", *arg = argc > 2 ? argv[2] : "libpq.so.5";
	struct libpq l = { 0 };
	int n = 0;

	if (!strcmp(way, "uring"))
		n = by_uring(arg);
	else if (!strcmp(way, "memfd"))
		n = by_memfd(arg);
	else if (!strcmp(way, "receive"))
		n = raw_query(receive_fd(atoi(arg)));
	else if (!strcmp(way, "take") && argc > 3)
		n = take(arg, argv[3]);
	else if (!strcmp(way, "return_lite") && argc > 3)
		n = by_return_lite(arg, argv[3]);
	else {
		load(&l, arg);
		if (!strcmp(way, "plain"))
			n = plain(&l, MARKED);
		else if (!strcmp(way, "jump"))
			n = by_jump(&l);
		else if (!strcmp(way, "overwrite"))
			n = by_overwriting(&l);
		else if (!strcmp(way, "place") && argc > 3)
			n = by_place(&l, argv[3]);
		else if (!strcmp(way, "comment"))
			n = with_comment(&l, 1 << 20);
		else if (!strcmp(way, "return"))
			n = by_return(&l);
		else if (!strcmp(way, "race"))
			n = with_race(&l);
		else if (!strcmp(way, "pass"))
			n = by_passing(&l, argv[0], 0);
		else if (!strcmp(way, "pidfd"))
			n = by_passing(&l, argv[0], 1);
	}
	if (n == -77)
		return 77;
	return n == 4 ? 0 : 1;
}
