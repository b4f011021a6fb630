// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Any bytes as a recorded file: it ends, within bounds, and each record delivered is whole. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <stdio.h>
#include <unistd.h>

#include "capture/recfile.h"
#include "record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct recfile *f = NULL;
	struct slice record;
	char path[64];
	uint32_t n;
	int fd = memfd_create("recfile", MFD_CLOEXEC);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (recfile_open(path, &f) == 0) {
		while (recfile_next(f, &record) > 0) {
			memcpy(&n, record.ptr, sizeof(n));
			if (n != record.len || n < sizeof(struct rec_hdr) || recfile_offset(f) + n > size)
				abort();
		}
		(void)recfile_close(f);
	}
	(void)close(fd);
	return 0;
}
