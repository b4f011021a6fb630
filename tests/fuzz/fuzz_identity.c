// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* What strangers write into command lines, control groups' names and /proc: the first byte chooses the reader. */
#include <stdlib.h>
#include <string.h>

#include "identity/cgroup.h"
#include "identity/cpid.h"
#include "identity/procfs.h"
#include "identity/script.h"

static void inside(struct slice whole, struct slice part)
{
	if (part.len && (part.ptr < whole.ptr || part.ptr + part.len > whole.ptr + whole.len))
		abort();
}

/* The executable's name ends at the first NUL, its arguments follow. */
static void scripts(struct slice s)
{
	size_t n = strnlen(s.ptr ? s.ptr : "", s.len);
	struct process p = { .path = slice_head(s, n), .args = slice_skip(s, n + 1) };
	struct script found;

	script_of(&p, &found);
	inside(p.args, found.name);
	inside(p.args, found.kernel_id);
	if (found.kind > SCRIPT_NOTEBOOK)
		abort();
}

static void groups(struct slice s)
{
	struct cgroup_facts f;

	cgroup_parse(s, &f);
	inside(s, f.container);
	inside(s, f.unit);
	inside(s, f.slice);
	inside(s, f.session);
	inside(s, f.snap);
	inside(s, f.flatpak);
}

static void stat_line(struct slice s)
{
	char *text = malloc(s.len + 1);
	struct procfs_stat st;

	if (!text)
		return;
	if (s.len)
		memcpy(text, s.ptr, s.len);
	text[s.len] = 0;
	if (procfs_parse_stat(text, 10000000, &st) == 0 && st.comm[REC_COMM_LEN - 1])
		abort();
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice s = slice_mem(data + 1, size ? size - 1 : 0);
	char id[CPID_TEXT];

	if (!size)
		return 0;
	switch (data[0] % 4) {
	case 0:
		scripts(s);
		break;
	case 1:
		groups(s);
		break;
	case 2:
		stat_line(s);
		break;
	default:
		cpid(s, 1, 1, 1, id);
	}
	return 0;
}
