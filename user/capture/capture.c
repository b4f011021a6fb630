// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Loads the BPF object with the best mechanism this kernel has, found by trying. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "capture/capture.h"
#include "capture/internal.h"

#define RING_BYTES (16u << 20)
#define TRACE_UPROBE_MULTI 48    /* BPF_TRACE_UPROBE_MULTI; newer than some systems' headers */
#define PROG_SLEEPABLE (1u << 4) /* BPF_F_SLEEPABLE */
#define BTF_PATH "/sys/kernel/btf/vmlinux"
#define INITIAL_PID_NS 4026531836u /* PROC_PID_INIT_INO, include/linux/proc_ns.h: part of the kernel's interface */

extern const char qprov_bpf_start[], qprov_bpf_end[];

const struct mechanism mechanisms[MECHANISMS] = {
	{ "uprobe_multi, sleepable", "multi", true, true },
	{ "uprobe_multi", "multi-nosleep", true, false },
	{ "perf_event, sleepable", "perf", false, true },
	{ "perf_event", "perf-nosleep", false, false },
};

void capture_error_set(struct capture_error *err, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
}

/* libbpf's own messages are for its developers, the errno and our text say what to do; --verbose shows the end of each: of a verifier's
 * refusal the end tells why. */
__attribute__((format(printf, 2, 0))) static int print_debug(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	enum { SHOWN = 1800 };
	_cleanup_free_ char *text = NULL;
	int n;

	if (level == LIBBPF_DEBUG)
		return 0;
	n = vasprintf(&text, fmt, ap);
	if (n < 0) {
		text = NULL;
		return 0;
	}
	while (n > 0 && text[n - 1] == '\n')
		text[--n] = 0;
	log_debug("%s%s", n > SHOWN ? "... " : "", text + (n > SHOWN ? n - SHOWN : 0));
	return 0;
}

static bool is_call_program(const char *name)
{
	return strcmp(name, "call_sleepable") == 0 || strcmp(name, "call_atomic") == 0;
}

/* Chooses the one uprobe program of the two and gives it the type its mechanism needs. */
static int choose_program(struct capture *c, const struct mechanism *m)
{
	const char *want = m->sleepable ? "call_sleepable" : "call_atomic";
	struct bpf_program *p;

	bpf_object__for_each_program(p, c->obj)
	{
		const char *name = bpf_program__name(p);

		if (!is_call_program(name))
			continue;
		if (strcmp(name, want) != 0) {
			(void)bpf_program__set_autoload(p, false);
			continue;
		}
		c->prog = p;
		(void)bpf_program__set_type(p, BPF_PROG_TYPE_KPROBE);
		(void)bpf_program__set_expected_attach_type(p, (enum bpf_attach_type)(m->multi ? TRACE_UPROBE_MULTI : 0));
#ifdef LIBBPF_MAJOR_VERSION
		(void)bpf_program__set_flags(p, m->sleepable ? PROG_SLEEPABLE : 0);
#else
		if (m->sleepable)
			return -EOPNOTSUPP;
#endif
	}
	return c->prog ? 0 : -ENOEXEC;
}

/* The object's read-only data holds exactly the constants of bpf/maps.h; the section's type information says which is where. */
int capture_set_constants(struct bpf_object *obj, uint32_t skip_pid, uint32_t text_max)
{
	const struct btf *btf = bpf_object__btf(obj);
	int sec = btf ? btf__find_by_name_kind(btf, ".rodata", BTF_KIND_DATASEC) : -1;
	const struct btf_type *t = sec > 0 ? btf__type_by_id(btf, (uint32_t)sec) : NULL;
	uint32_t data[2] = { 0 };
	struct bpf_map *map;

	bpf_object__for_each_map(map, obj)
	{
		if (strstr(bpf_map__name(map), ".rodata"))
			break;
	}
	if (!map || !t || bpf_map__value_size(map) != sizeof(data) || btf_vlen(t) != ARRAY_SIZE(data))
		return -ENOEXEC;
	for (unsigned int i = 0; i < ARRAY_SIZE(data); i++) {
		const struct btf_var_secinfo *v = &btf_var_secinfos(t)[i];
		const char *name = btf__name_by_offset(btf, btf__type_by_id(btf, v->type)->name_off);

		if (v->offset / sizeof(data[0]) < ARRAY_SIZE(data))
			data[v->offset / sizeof(data[0])] = strcmp(name, "skip_pid") == 0 ? skip_pid : text_max;
	}
	return bpf_map__set_initial_value(map, data, sizeof(data));
}

/* The ring buffer wants a power of two of whole pages. */
static uint32_t ring_size(uint64_t bytes)
{
	uint32_t size = 1u << 17;

	if (!bytes)
		return RING_BYTES;
	while (size < bytes && size < 1u << 30)
		size <<= 1;
	return size;
}

static int map_fd(struct bpf_object *obj, const char *name)
{
	return bpf_object__find_map_fd_by_name(obj, name);
}

/* Read by processes that have closed everything else. */
static void map_sleepers(struct capture *c)
{
	void *p = mmap(NULL, (size_t)sysconf(_SC_PAGESIZE), PROT_READ, MAP_SHARED, map_fd(c->obj, "sleepers"), 0);

	c->sleepers = p == MAP_FAILED ? NULL : p;
}

static int load(struct capture *c, const struct capture_options *o, const struct mechanism *m)
{
	struct bpf_object_open_opts opts = { .sz = sizeof(opts), .object_name = "qprov", .btf_custom_path = getenv("QPROV_BTF") };
	struct bpf_map *calls;
	int err;

	c->prog = NULL;
	c->obj = bpf_object__open_mem(qprov_bpf_start, (size_t)((uintptr_t)qprov_bpf_end - (uintptr_t)qprov_bpf_start), &opts);
	err = (int)libbpf_get_error(c->obj);
	if (err) {
		c->obj = NULL;
		return err;
	}
	c->mech = m;
	calls = bpf_object__find_map_by_name(c->obj, "calls");
	if (!calls)
		return -ENOEXEC;
	err = choose_program(c, m);
	if (!err)
		err = capture_set_constants(c->obj, o->skip_pid, c->text_max);
	if (!err)
		err = bpf_map__set_max_entries(calls, ring_size(o->ring_bytes));
	if (!err)
		err = bpf_object__load(c->obj);
	if (err)
		return err;
	c->specs_fd = map_fd(c->obj, "specs");
	c->counters_fd = map_fd(c->obj, "counters");
	c->counts_fd = map_fd(c->obj, "counts");
	c->conn_specs_fd = map_fd(c->obj, "conn_specs");
	c->taken_fd = map_fd(c->obj, "taken");
	c->losers_fd = map_fd(c->obj, "losers");
	map_sleepers(c);
	return link_probe(c);
}

static void unload(struct capture *c)
{
	if (c->sleepers)
		(void)munmap((void *)(uintptr_t)c->sleepers, (size_t)sysconf(_SC_PAGESIZE));
	c->sleepers = NULL;
	bpf_object__close(c->obj);
	c->obj = NULL;
}

static bool denied(int err)
{
	return err == -EPERM || err == -EACCES;
}

static int load_best(struct capture *c, const struct capture_options *o)
{
	const char *forced = getenv("QPROV_MECHANISM");
	int err = -ENOTSUP, denial = 0;

	for (size_t i = 0; i < MECHANISMS; i++) {
		if (forced && strcmp(forced, mechanisms[i].key) != 0)
			continue;
		/* A kernel that has multi links has sleepable uprobes. */
		if (!forced && mechanisms[i].multi && !mechanisms[i].sleepable)
			continue;
		err = load(c, o, &mechanisms[i]);
		if (!err)
			return 0;
		if (denied(err))
			denial = err;
		unload(c);
		if (err == -ENOMEM)
			return err;
	}
	return denial ? denial : err;
}

static int load_failed(int err, struct capture_error *ret)
{
	if (err == -EACCES && geteuid() == 0) { /* what is not permitted gives EPERM */
		capture_error_set(ret,
				  "the kernel refuses the BPF programs: its verifier, or a security module such as SELinux (see its log); "
				  "'qprov trace -v' shows what the verifier says: please report it");
		return -ENOTSUP;
	}
	if (denied(err)) {
		capture_error_set(
			ret, "loading BPF programs is not permitted: run as root (CAP_BPF, CAP_PERFMON; CAP_SYS_ADMIN before Linux 5.8), "
			     "and see whether /sys/kernel/security/lockdown says confidentiality");
		return err;
	}
	if (err == -ENOMEM) {
		capture_error_set(ret, "no memory for the rings: choose smaller ones, or raise the locked-memory limit (ulimit -l)");
		return err;
	}
	capture_error_set(ret,
			  "this kernel cannot do it (%s): Linux 5.15 or newer with CONFIG_BPF_SYSCALL, CONFIG_UPROBE_EVENTS and "
			  "CONFIG_BPF_EVENTS is needed%s",
			  strerror(-err), getenv("QPROV_MECHANISM") ? " (QPROV_MECHANISM is set: only that way was tried)" : "");
	return -ENOTSUP;
}

/*
 * The kernel's records carry the host's numbers: with others of its own the agent would leave out whatever process has its number there,
 * and look up the wrong ones in /proc.
 */
static bool first_pid_namespace(void)
{
	struct stat st;
	char self[16] = "", want[16];

	(void)snprintf(want, sizeof(want), "%d", (int)getpid());
	return stat("/proc/self/ns/pid", &st) == 0 && st.st_ino == INITIAL_PID_NS && readlink("/proc/self", self, sizeof(self) - 1) > 0 &&
	       strcmp(self, want) == 0;
}

int capture_open(const struct capture_options *o, struct capture **ret, struct capture_error *err)
{
	struct capture *c;
	int r = descriptors_raise(err);

	if (r)
		return r;
	if (o->text_max > REC_STATEMENT_MAX) {
		capture_error_set(err, "at most %u bytes of a statement can be captured", REC_TEXT_MAX);
		return -EINVAL;
	}
	if (!first_pid_namespace()) {
		capture_error_set(
			err,
			"this process has a pid namespace of its own, where other numbers stand for processes (a container): run qprov on "
			"the host, or in the host's pid namespace (--pid=host) with its /proc");
		return -EPERM;
	}
	if (geteuid() == 0 && access(BTF_PATH, R_OK) < 0) {
		capture_error_set(err, BTF_PATH ": %s; a kernel built with CONFIG_DEBUG_INFO_BTF=y is needed", strerror(errno));
		return -ENOTSUP;
	}
	c = calloc(1, sizeof(*c));
	if (!c)
		return -ENOMEM;
	c->epoll_fd = -1;
	c->cpus = libbpf_num_possible_cpus();
	c->text_max = o->text_max ? (uint32_t)o->text_max : REC_STATEMENT_MAX;
	c->uprobe_type = link_uprobe_type();
	(void)libbpf_set_print(print_debug);
#ifdef LIBBPF_MAJOR_VERSION
	(void)libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
#else
	(void)libbpf_set_strict_mode(LIBBPF_STRICT_CLEAN_PTRS | LIBBPF_STRICT_DIRECT_ERRS);
#endif
	r = c->cpus < 1 ? -ENOTSUP : load_best(c, o);
	if (!r)
		r = drain_open(c);
	if (r) {
		capture_close(c);
		return load_failed(r, err);
	}
	*ret = c;
	return 0;
}

int capture_start_process_records(struct capture *c, struct capture_error *err)
{
	static const char *const names[PROCESS_LINKS] = { "on_exec", "on_fork", "on_exit" };

	for (size_t i = 0; i < PROCESS_LINKS; i++) {
		struct bpf_program *p = bpf_object__find_program_by_name(c->obj, names[i]);
		struct bpf_link *link = p ? bpf_program__attach(p) : NULL;
		long r = link ? libbpf_get_error(link) : -ENOENT;

		if (r) {
			capture_error_set(err, "%s: cannot attach to the kernel's process events: %s", names[i], strerror((int)-r));
			return (int)r;
		}
		c->process_links[i] = link;
	}
	return 0;
}

void capture_close(struct capture *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < PROCESS_LINKS; i++)
		(void)bpf_link__destroy(c->process_links[i]);
	drain_close(c);
	unload(c);
	free(c);
}

const char *capture_mechanism(const struct capture *c)
{
	return c->mech->name;
}
