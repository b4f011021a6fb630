// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Any bytes as an ELF file: reading it and planning its probes must end, within bounds, whatever it claims. */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "attach/plan.h"
#include "attach/unnamed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd = -1;
	struct elf e;

	if (fd < 0)
		fd = memfd_create("fuzz", MFD_CLOEXEC);
	if (fd < 0 || ftruncate(fd, 0) || pwrite(fd, data, size, 0) != (ssize_t)size || elf_open(&e, fd))
		return 0;
	unnamed_sqlite(&e);
	for (size_t i = 0; i < client_families_len; i++) {
		struct plan p;

		if (plan_make(&e, client_families[i], true, &p) != 1)
			continue;
		for (size_t k = 0; k < p.nsites; k++)
			if (p.sites[k].offset >= e.size)
				abort();
		plan_done(&p);
	}
	elf_done(&e);
	return 0;
}
