// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "base/serve.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

void serve_begin(int sock, const char *name, int nice)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGINT, SIG_IGN); /* Ctrl-C goes to the whole group; the parent ends us when it is through */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, name);
	if (dup2(sock, SERVE_FD) < 0)
		_exit(1);
	syscall(SYS_close_range, SERVE_FD + 1u, ~0u, 0u);
	(void)setpriority(PRIO_PROCESS, 0, nice);
}
