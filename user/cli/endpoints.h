// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Where databases listen: ports and paths of UNIX sockets that are known, and those of a configuration. */
#ifndef QPROV_ENDPOINTS_H
#define QPROV_ENDPOINTS_H

#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"
#include "capture/floor.h"
#include "config/config.h"

#define ENDPOINTS_MAX 1024
#define SOCKET_PATH_MAX 109 /* sun_path and a NUL */

struct endpoint {
	uint16_t port; /* 0: path */
	char path[SOCKET_PATH_MAX];
	char system[33];
};

struct endpoints {
	struct endpoint v[ENDPOINTS_MAX];
	size_t n;
};

/*
 * The known ones and those of the configuration (copied), instead of what was there; NULL: the known ones only. Their ports are watched
 * from then on; floor may be NULL. 0, -E2BIG or the error of floor_port().
 */
int endpoints_configure(struct endpoints *e, const struct config *c, struct floor *floor);
/* The name of the database system there, a configured one before a known one; NULL: none. */
const char *endpoints_by_port(const struct endpoints *e, uint16_t port);
const char *endpoints_by_path(const struct endpoints *e, struct slice path);

#endif
