// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* A directory service that takes its time: an NSS module (nss(5)) that knows the uids from 70001 on, and answers after so many seconds. */
#include <errno.h>
#include <nss.h>
#include <pwd.h>
#include <stdio.h>
#include <time.h>

#define FIRST 70001
#define LAST 70009
#define SECONDS 4

enum nss_status _nss_slow_getpwuid_r(uid_t uid, struct passwd *pw, char *buf, size_t len, int *err)
{
	const struct timespec wait = { .tv_sec = SECONDS };
	int n;

	if (uid < FIRST || uid > LAST)
		return NSS_STATUS_NOTFOUND;
	nanosleep(&wait, NULL);
	n = snprintf(buf, len, "slow%u", uid - FIRST);
	if (n < 0 || (size_t)n >= len) {
		*err = ERANGE;
		return NSS_STATUS_TRYAGAIN;
	}
	*pw = (struct passwd){
		.pw_name = buf, .pw_passwd = buf, .pw_uid = uid, .pw_gid = uid, .pw_gecos = buf, .pw_dir = buf, .pw_shell = buf
	};
	return NSS_STATUS_SUCCESS;
}
