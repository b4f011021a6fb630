// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * The floor (bpf/floor.h): connections to databases whatever the driver. Each part is tried by itself; what this kernel lacks is named
 * by floor_missing(). Records arrive with the process records of capture_drain(): REC_SOCKET, REC_URING and REC_OUTPUT; a look yields
 * REC_SOCKET (REC_SOCKET_HELD) and REC_DBFILE with system 0 and, for files, no path.
 */
#ifndef QPROV_FLOOR_H
#define QPROV_FLOOR_H

#include "capture/capture.h"

struct floor;

enum floor_part {
	FLOOR_TCP,   /* sock:inet_sock_set_state */
	FLOOR_URING, /* io_uring:io_uring_create */
	FLOOR_UNIX,  /* connections to UNIX sockets, by the server's name for it: security_unix_stream_connect */
	FLOOR_PATH,  /* where FLOOR_UNIX cannot be had: cgroup program on connect(2) of UNIX sockets */
	FLOOR_LOOK,  /* iterator over open files */
	FLOOR_OPEN,  /* bpf/open.h: files opened for writing by processes that query */
	FLOOR_PARTS
};

/* Loads and attaches what can be had. 0, or -errno when nothing can. The capture must outlive it. */
int floor_new(struct capture *c, struct floor **ret);
void floor_free(struct floor *f);

bool floor_has(const struct floor *f, enum floor_part part);
/* Bytes, or negative errno: why a part is not there. */
int floor_error(const struct floor *f, enum floor_part part);
/* What the part is called in messages. */
const char *floor_part_name(enum floor_part part);

/* Connections to this port are told from now on. 0 or -errno (-E2BIG: too many). */
int floor_port(struct floor *f, uint16_t port);
/* The path (sun_path's bytes) is no database's: connections to it are not told any more. */
void floor_quiet(struct floor *f, struct slice path);
/* No path is taken for harmless any more: it may be a database's by now. */
void floor_unquiet(struct floor *f);
/* A look through the descriptors of all processes; fn as for capture_drain(). Number of records or negative. */
int floor_look(struct floor *f, capture_fn fn, void *ctx);

#endif
