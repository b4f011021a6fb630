// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* qprov doctor: can this host be watched? One line for each condition, with its remedy. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "attach/attach.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "capture/floor.h"
#include "cli/cli.h"
#include "event/json.h"

enum verdict { VERDICT_OK, VERDICT_WARN, VERDICT_FAIL };

struct finding {
	enum verdict verdict;
	char text[256];
	const char *remedy;
};

#define FINDING(v_, remedy_, ...)                                                                                                          \
	do {                                                                                                                               \
		f->verdict = (v_);                                                                                                         \
		f->remedy = (remedy_);                                                                                                     \
		snprintf(f->text, sizeof(f->text), __VA_ARGS__);                                                                           \
	} while (0)

#define CAP_BIT_PERFMON 38
#define CAP_BIT_BPF 39
#define CAP_BIT_SYS_ADMIN 21

/* First line of a small file; false when it cannot be read. */
static bool read_line(const char *path, char *line, size_t n)
{
	_cleanup_fclose_ FILE *file = fopen(path, "re");

	if (!file || !fgets(line, (int)n, file))
		return false;
	line[strcspn(line, "\n")] = 0;
	return true;
}

static uint64_t effective_caps(void)
{
	_cleanup_fclose_ FILE *file = fopen("/proc/self/status", "re");
	char line[256];

	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, "CapEff:", 7))
			return strtoull(line + 7, NULL, 16);
	return 0;
}

static void check_kernel(struct finding *f)
{
	struct utsname u;
	unsigned major = 0, minor = 0;

	if (uname(&u) || sscanf(u.release, "%u.%u", &major, &minor) != 2)
		FINDING(VERDICT_WARN, "", "the version of the kernel cannot be read");
	else if (major < 5 || (major == 5 && minor < 15))
		FINDING(VERDICT_FAIL, "use a kernel of 5.15 or newer", "Linux %s is too old", u.release);
	else
		FINDING(VERDICT_OK, "", "Linux %s", u.release);
}

static void check_caps(struct finding *f)
{
	uint64_t caps = effective_caps();
	bool admin = caps >> CAP_BIT_SYS_ADMIN & 1;

	if (admin)
		FINDING(VERDICT_OK, "", "the privileges for BPF and probes are there (uid %u)", geteuid());
	else if ((caps >> CAP_BIT_BPF & 1) && (caps >> CAP_BIT_PERFMON & 1))
		FINDING(VERDICT_WARN, "run as root to see libraries in other mount namespaces",
			"CAP_BPF and CAP_PERFMON, but not CAP_SYS_ADMIN");
	else
		FINDING(VERDICT_FAIL, "run as root", "no privilege to load BPF programs (uid %u)", geteuid());
}

static void check_btf(struct finding *f)
{
	if (access("/sys/kernel/btf/vmlinux", R_OK))
		FINDING(VERDICT_FAIL, "use a kernel built with CONFIG_DEBUG_INFO_BTF", "no type information at /sys/kernel/btf/vmlinux");
	else
		FINDING(VERDICT_OK, "", "kernel type information (BTF)");
}

static void check_uprobes(struct finding *f)
{
	if (access("/sys/bus/event_source/devices/uprobe/type", R_OK))
		FINDING(VERDICT_FAIL, "use a kernel built with CONFIG_UPROBE_EVENTS", "no uprobes");
	else
		FINDING(VERDICT_OK, "", "uprobes");
}

static unsigned floor_missing = (1u << FLOOR_PARTS) - 1; /* bit: enum floor_part */

static void check_capture(struct finding *f)
{
	struct floor *floor = NULL;
	const struct capture_options o = { .ring_bytes = 1u << 20, .skip_pid = (uint32_t)getpid() };
	struct capture_error e = { .text = "" };
	struct capture *c = NULL;
	int err = capture_open(&o, &c, &e);

	if (err) {
		FINDING(VERDICT_FAIL, "see the lines above", "the BPF programs do not load: %.180s", e.text[0] ? e.text : strerror(-err));
		return;
	}
	if (strncmp(capture_mechanism(c), "uprobe_multi", 12))
		FINDING(VERDICT_WARN, "a kernel of 6.6 or newer attaches and detaches faster", "the BPF programs load; probes by %s",
			capture_mechanism(c));
	else
		FINDING(VERDICT_OK, "", "the BPF programs load; probes by %s", capture_mechanism(c));
	floor_missing = 0;
	if (floor_new(c, &floor))
		floor_missing = (1u << FLOOR_PARTS) - 1;
	for (unsigned i = 0; floor && i < FLOOR_PARTS; i++)
		floor_missing |= floor_error(floor, (enum floor_part)i) ? 1u << i : 0;
	floor_free(floor);
	capture_close(c);
}

/* What tells of connections that pass by the libraries; tried with the programs. */
static void check_floor(struct finding *f)
{
	size_t at;

	if (!floor_missing) {
		FINDING(VERDICT_OK, "",
			"connections that pass by the libraries are told: TCP, UNIX sockets, io_uring, open files; and files that are "
			"written and closed at once");
		return;
	}
	FINDING(VERDICT_WARN,
		"a kernel of 6.7 or newer with a unified cgroup hierarchy and fentry has all of it; the stream says what is missing, too",
		"not told by this kernel: ");
	for (unsigned i = 0; i < FLOOR_PARTS; i++) {
		at = strlen(f->text);
		if (floor_missing >> i & 1)
			snprintf(f->text + at, sizeof(f->text) - at, "%s%s", f->text[at - 2] == ':' ? "" : "; ",
				 floor_part_name((enum floor_part)i));
	}
}

static void check_lockdown(struct finding *f)
{
	char line[128];

	if (!read_line("/sys/kernel/security/lockdown", line, sizeof(line)))
		FINDING(VERDICT_OK, "", "no kernel lockdown");
	else if (strstr(line, "[confidentiality]"))
		FINDING(VERDICT_FAIL, "boot with lockdown=integrity or none",
			"kernel lockdown: confidentiality forbids reading user memory");
	else
		FINDING(VERDICT_OK, "", "kernel lockdown: %.100s", line);
}

static void check_paranoid(struct finding *f)
{
	char line[32];

	if (!read_line("/proc/sys/kernel/perf_event_paranoid", line, sizeof(line)))
		FINDING(VERDICT_FAIL, "use a kernel built with CONFIG_PERF_EVENTS", "no perf events");
	else if (atoi(line) > 2 && !(effective_caps() >> CAP_BIT_SYS_ADMIN & 1))
		FINDING(VERDICT_WARN, "run as root, or: sysctl kernel.perf_event_paranoid=2", "kernel.perf_event_paranoid is %s", line);
	else
		FINDING(VERDICT_OK, "", "perf events (kernel.perf_event_paranoid %s)", line);
}

static void check_memlock(struct finding *f)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_MEMLOCK, &r))
		FINDING(VERDICT_WARN, "", "RLIMIT_MEMLOCK cannot be read");
	else if (r.rlim_cur != RLIM_INFINITY && r.rlim_cur < (64u << 20) && !(effective_caps() >> CAP_BIT_SYS_ADMIN & 1))
		FINDING(VERDICT_WARN, "LimitMEMLOCK=infinity in the unit, or: ulimit -l unlimited",
			"locked memory is limited to %llu bytes", (unsigned long long)r.rlim_cur);
	else
		FINDING(VERDICT_OK, "", "locked memory");
}

static void check_descriptors(struct finding *f)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r))
		FINDING(VERDICT_WARN, "", "RLIMIT_NOFILE cannot be read");
	else if (r.rlim_max < DESCRIPTORS_LEAST)
		FINDING(VERDICT_FAIL, "LimitNOFILE=8192 in the unit, or: ulimit -n 8192", "only %llu files may be open",
			(unsigned long long)r.rlim_max);
	else
		FINDING(VERDICT_OK, "", "open files (up to %llu)", (unsigned long long)r.rlim_max);
}

static void check_loginuid(struct finding *f)
{
	char line[32];

	if (!read_line("/proc/self/loginuid", line, sizeof(line)))
		FINDING(VERDICT_FAIL, "use a kernel built with CONFIG_AUDIT; without it no query has a human",
			"the kernel keeps no login user");
	else if (!strcmp(line, "4294967295"))
		FINDING(VERDICT_WARN,
			"add 'session required pam_loginuid.so' to /etc/pam.d/sshd, login, cron and the display manager, then log in again",
			"the login user of this session is not set; queries in such sessions have no human");
	else
		FINDING(VERDICT_OK, "", "the login user is known (uid %s)", line);
}

static void check_jit(struct finding *f)
{
	char line[32];

	if (read_line("/proc/sys/net/core/bpf_jit_enable", line, sizeof(line)) && line[0] == '0')
		FINDING(VERDICT_WARN, "sysctl net.core.bpf_jit_enable=1", "the BPF compiler is off: each call costs more");
	else
		FINDING(VERDICT_OK, "", "BPF compiler");
}

static int drop_record(void *ctx, struct slice record)
{
	(void)ctx;
	(void)record;
	return 0;
}

static void check_libraries(struct finding *f)
{
	const struct attach_options o = { .dry_run = true };
	struct attach *a = NULL;

	if (attach_new(NULL, &o, drop_record, NULL, &a) || attach_scan(a) < 0)
		FINDING(VERDICT_WARN, "'qprov probes' tells more", "the search for client libraries failed");
	else if (!attach_libraries(a))
		FINDING(VERDICT_WARN, "nothing to do: libraries are hooked when they appear", "no client library found");
	else
		FINDING(VERDICT_OK, "", "%u client libraries with %u functions to hook", attach_libraries(a), attach_sites(a));
	attach_free(a);
}

struct check {
	const char *name;
	void (*run)(struct finding *f);
};

static const struct check checks[] = {
	{ "kernel", check_kernel },
	{ "privileges", check_caps },
	{ "btf", check_btf },
	{ "uprobes", check_uprobes },
	{ "lockdown", check_lockdown },
	{ "perf events", check_paranoid },
	{ "memlock", check_memlock },
	{ "open files", check_descriptors },
	{ "bpf jit", check_jit },
	{ "programs", check_capture },
	{ "floor", check_floor },
	{ "login user", check_loginuid },
	{ "libraries", check_libraries },
};

static const char *const verdicts[] = { [VERDICT_OK] = "OK", [VERDICT_WARN] = "WARN", [VERDICT_FAIL] = "FAIL" };

static void print_json(const char *name, const struct finding *f)
{
	struct json j;
	struct buf b;

	buf_init(&b, 4096);
	json_init(&j, &b);
	json_open(&j, NULL, '{');
	json_cstr(&j, "check", name);
	json_cstr(&j, "verdict", verdicts[f->verdict]);
	json_cstr(&j, "text", f->text);
	if (f->remedy[0])
		json_cstr(&j, "remedy", f->remedy);
	json_close(&j, '}');
	buf_addc(&b, '\n');
	if (!b.err)
		fwrite(b.ptr, 1, b.len, stdout);
	buf_done(&b);
}

static void print_text(const char *name, const struct finding *f)
{
	printf("%-4s  %-11s  %s\n", verdicts[f->verdict], name, f->text);
	if (f->verdict != VERDICT_OK && f->remedy[0])
		printf("%19s-> %s\n", "", f->remedy);
}

static void usage(FILE *to)
{
	fputs("usage: qprov doctor [--json]\n\n"
	      "Can this host be watched? Each line is OK, WARN or FAIL, with its remedy. Changes nothing.\n"
	      "Exit code 0 when nothing failed, 1 otherwise.\n\n"
	      "  --json   one object a line\n",
	      to);
}

int cmd_doctor(int argc, char **argv)
{
	static const struct option options[] = { { "json", no_argument, NULL, 'j' }, { "help", no_argument, NULL, 'h' }, { 0 } };
	bool json = false, failed = false;
	int c;

	optind = 1;
	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (c == 'j') {
			json = true;
			continue;
		}
		usage(c == 'h' ? stdout : stderr);
		return c == 'h' ? EXIT_FINE : EXIT_USAGE;
	}
	for (size_t i = 0; i < ARRAY_SIZE(checks); i++) {
		struct finding f = { .remedy = "" };

		checks[i].run(&f);
		failed |= f.verdict == VERDICT_FAIL;
		if (json)
			print_json(checks[i].name, &f);
		else
			print_text(checks[i].name, &f);
	}
	return failed ? EXIT_FINDINGS : EXIT_FINE;
}
