// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* The floor: one empty program at each given place, by uprobe_multi. argv: path offset..., path offset...; separated by "--". */
#include <bpf/bpf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SITES_MAX 256
#define TYPE_UPROBE_MULTI 48 /* BPF_TRACE_UPROBE_MULTI, which older headers lack */

/* The part of union bpf_attr for BPF_LINK_CREATE with uprobe_multi. */
struct link_attr {
	uint32_t prog_fd, target_fd, attach_type, flags;
	uint64_t path, offsets, ref_ctr_offsets, cookies;
	uint32_t cnt, multi_flags, pid, pad;
};

static int load(void)
{
	const struct bpf_insn code[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, o, .expected_attach_type = TYPE_UPROBE_MULTI);

	return bpf_prog_load(BPF_PROG_TYPE_KPROBE, "floor", "GPL", code, 2, &o);
}

static int attach(int prog, const char *path, const uint64_t *offsets, uint32_t n)
{
	struct link_attr a;

	memset(&a, 0, sizeof(a));
	a.prog_fd = (uint32_t)prog;
	a.attach_type = TYPE_UPROBE_MULTI;
	a.path = (uintptr_t)path;
	a.offsets = (uintptr_t)offsets;
	a.cnt = n;
	return (int)syscall(SYS_bpf, BPF_LINK_CREATE, &a, sizeof(a));
}

int main(int argc, char **argv)
{
	int prog = load();

	for (int i = 1; i < argc; i++) {
		uint64_t offsets[SITES_MAX];
		const char *path = argv[i++];
		uint32_t n = 0;

		while (i < argc && n < SITES_MAX && strcmp(argv[i], "--"))
			offsets[n++] = strtoull(argv[i++], NULL, 0);
		if (prog < 0 || attach(prog, path, offsets, n) < 0) {
			perror(path);
			return 1;
		}
	}
	puts("ready");
	fflush(stdout);
	pause();
	return 0;
}
