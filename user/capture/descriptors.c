// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Each hooked file takes one descriptor or two; where the kernel knows no links for many functions, each function one. */
#include <errno.h>
#include <sys/resource.h>

#include "capture/capture.h"
#include "capture/internal.h"

#define DESCRIPTORS_WANTED 8192

int descriptors_raise(struct capture_error *err)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r))
		return 0;
	if (r.rlim_cur < DESCRIPTORS_WANTED && r.rlim_cur < r.rlim_max) {
		r.rlim_cur = r.rlim_max < DESCRIPTORS_WANTED ? r.rlim_max : DESCRIPTORS_WANTED;
		(void)setrlimit(RLIMIT_NOFILE, &r);
	}
	if (r.rlim_cur >= DESCRIPTORS_LEAST)
		return 0;
	capture_error_set(err,
			  "no more than %llu files may be open at a time, %u are needed at least: LimitNOFILE= in the unit, or ulimit -n",
			  (unsigned long long)r.rlim_cur, DESCRIPTORS_LEAST);
	return -EMFILE;
}
