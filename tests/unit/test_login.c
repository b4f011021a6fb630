// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * The login uid on kernels that keep it elsewhere, or not at all, live: this kernel's type information is changed to look like theirs, and
 * the BPF programs are relocated against that. Needs root and a kernel with BTF, as test_capture does.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <cmocka.h>

#include "base/cleanup.h"
#include "capture/internal.h"

#define LOGIN 4321
#define GROUP 1234

static struct rec_call last;
static bool arrived;

__attribute__((noinline)) static void target(const void *text)
{
	__asm__ volatile("" : : "r"(text) : "memory");
}

static int keep(void *ctx, struct slice r)
{
	const struct rec_call *c = (const void *)r.ptr;

	if (c->hdr.type != REC_CALL || c->task.pid != *(uint32_t *)ctx)
		return 0;
	memcpy(&last, c, sizeof(last));
	arrived = true;
	return 0;
}

/* ---- other kernels' type information ---- */

static struct btf_type *type_of(const struct btf *b, const char *name, uint32_t kind)
{
	int id = btf__find_by_name_kind(b, name, kind);

	assert_true(id > 0);
	return (struct btf_type *)(uintptr_t)btf__type_by_id(b, (uint32_t)id);
}

static struct btf_member *member_of(const struct btf *b, const char *type, const char *name)
{
	struct btf_type *t = type_of(b, type, BTF_KIND_STRUCT);

	for (unsigned i = 0; i < btf_vlen(t); i++) {
		struct btf_member *m = btf_members(t) + i;

		if (!strcmp(btf__name_by_offset(b, m->name_off), name))
			return m;
	}
	fail_msg("struct %s has no %s", type, name);
	return NULL;
}

/* Strings are added first: that moves everything. */
static void rename_member(struct btf *b, const char *type, const char *name, const char *to)
{
	int off = btf__add_str(b, to);

	assert_true(off > 0);
	member_of(b, type, name)->name_off = (uint32_t)off;
}

static void without_audit(struct btf *b)
{
	rename_member(b, "task_struct", "loginuid", "qprov_none");
	rename_member(b, "task_struct", "sessionid", "qprov_none");
}

/* task->audit, as some vendors' kernels have it; what it points to is the object behind another pointer. */
static void behind_pointer(struct btf *b, const char *pointer)
{
	unsigned uid = member_of(b, "cred", "uid")->offset, gid = member_of(b, "cred", "gid")->offset;
	int kuid = btf__find_by_name_kind(b, "kuid_t", BTF_KIND_TYPEDEF), number = btf__find_by_name_kind(b, "unsigned int", BTF_KIND_INT);
	int info = btf__add_struct(b, "audit_task_info", (gid > uid ? gid : uid) / 8 + 4);
	int to;

	assert_true(info > 0 && kuid > 0 && number > 0);
	assert_int_equal(btf__add_field(b, "loginuid", kuid, uid, 0), 0);
	assert_int_equal(btf__add_field(b, "sessionid", number, gid, 0), 0);
	to = btf__add_ptr(b, info);
	assert_true(to > 0);
	without_audit(b);
	rename_member(b, "task_struct", pointer, "audit");
	member_of(b, "task_struct", "audit")->type = (uint32_t)to;
}

static void behind_credentials(struct btf *b)
{
	behind_pointer(b, "real_cred");
}

static void behind_null(struct btf *b)
{
	behind_pointer(b, "journal_info"); /* of a file system's transaction: NULL in user mode */
}

/* A copy of this kernel's, changed, in a file. */
static void write_btf(void (*change)(struct btf *), char path[32])
{
	struct btf *b = btf__parse("/sys/kernel/btf/vmlinux", NULL);
	const void *raw;
	uint32_t size;
	int fd;

	strcpy(path, "/tmp/qprov-btf-XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(libbpf_get_error(b), 0);
	change(b);
	raw = btf__raw_data(b, &size);
	assert_non_null(raw);
	assert_true(write(fd, raw, size) == (ssize_t)size);
	(void)close(fd);
	btf__free(b);
}

/* ---- one call ---- */

/* A child with a login uid, an account and a group of its own calls the target. */
static pid_t call_as_other(void)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		_cleanup_close_ int fd = open("/proc/self/loginuid", O_WRONLY | O_CLOEXEC);

		if (fd < 0 || dprintf(fd, "%d", LOGIN) < 0 || setresgid(GROUP, GROUP, GROUP) || setresuid(LOGIN, LOGIN, LOGIN))
			_exit(1);
		target("SELECT 1");
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	return pid;
}

static void see_call(void (*change)(struct btf *))
{
	const struct probe_spec spec = { .text = PROBE_TEXT_NUL, .len_arg = -1, .name_arg = -1, .text_off = -1 };
	const struct capture_options o = { .ring_bytes = 1 << 20 };
	_cleanup_close_ int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	struct capture_error err = { "" };
	struct capture_link *link = NULL;
	const uint32_t site = 0;
	struct capture *cap;
	uint64_t offset;
	char path[32];
	uint32_t pid;

	if (change) {
		write_btf(change, path);
		assert_int_equal(setenv("QPROV_BTF", path, 1), 0);
	}
	if (capture_open(&o, &cap, &err))
		fail_msg("%s; this test needs root and a kernel with BTF and uprobes", err.text);
	if (change) {
		unsetenv("QPROV_BTF");
		(void)unlink(path);
	}
	assert_int_equal(link_own_offset((uintptr_t)target, &offset), 0);
	assert_int_equal(capture_spec_add(cap, &spec), 0);
	assert_int_equal(capture_attach(cap, fd, &offset, &site, 1, &link), 0);
	arrived = false;
	pid = (uint32_t)call_as_other();
	assert_true(capture_drain(cap, keep, &pid) > 0);
	assert_true(arrived);
	capture_detach(cap, link);
	capture_close(cap);
	/* Whatever the kernel, the rest is there. */
	assert_int_equal(last.task.uid, LOGIN);
	assert_int_equal(last.task.gid, GROUP);
	assert_int_equal(last.task.ppid, getpid());
}

static void test_own_kernel(void **state)
{
	(void)state;
	see_call(NULL);
	assert_int_equal(last.task.loginuid, LOGIN);
	assert_int_not_equal(last.task.sessionid, REC_UNSET_ID);
}

/* Without CONFIG_AUDIT: unset, and never root. */
static void test_without_audit(void **state)
{
	(void)state;
	see_call(without_audit);
	assert_int_equal(last.task.loginuid, REC_UNSET_ID);
	assert_int_equal(last.task.sessionid, REC_UNSET_ID);
}

static void test_behind_pointer(void **state)
{
	(void)state;
	see_call(behind_credentials);
	assert_int_equal(last.task.loginuid, LOGIN);
	assert_int_equal(last.task.sessionid, GROUP);
}

static void test_behind_null(void **state)
{
	(void)state;
	see_call(behind_null);
	assert_int_equal(last.task.loginuid, REC_UNSET_ID);
	assert_int_equal(last.task.sessionid, REC_UNSET_ID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_own_kernel),
		cmocka_unit_test(test_without_audit),
		cmocka_unit_test(test_behind_pointer),
		cmocka_unit_test(test_behind_null),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
