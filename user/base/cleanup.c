// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "base/cleanup.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void cleanup_free(void *p)
{
	free(*(void **)p);
}

void cleanup_close(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

void cleanup_fclose(void *p)
{
	FILE *f = *(FILE **)p;

	if (f)
		fclose(f);
}
