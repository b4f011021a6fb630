// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* What goes between fetch.c, which asks, and fetch_child.c. */
#ifndef QPROV_FETCH_PRIV_H
#define QPROV_FETCH_PRIV_H

#include "base/fetch.h"

/* The child's side: answers what comes over the socket until its end. */
void fetch_serve(int sock) __attribute__((noreturn));

/* What goes over the socket. */
struct fetch_question {
	uint32_t what, max;
	char path[FETCH_PATH_MAX];
};

struct fetch_answer {
	int32_t err;
	uint32_t fds; /* handed over: fd, content */
	struct stat st;
};

/* The questions themselves, put by whoever calls. 0 or -errno. */
int fetch_directly(enum fetch_what what, const char *path, uint32_t max, struct fetched *ret);

#endif
