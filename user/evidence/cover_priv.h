// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* The memory of cover, shared by cover.c (what comes in) and cover_tell.c (the decision) only. */
#ifndef QPROV_COVER_PRIV_H
#define QPROV_COVER_PRIV_H

#include "base/map.h"
#include "evidence/cover.h"

#define SECOND 1000000000ull
#define PATH_TEXT_MAX 256
#define KIND_TEXT_MAX 16
#define CANCELS 8 /* threads of a process that are about to cancel */

struct cancel {         /* asked for, its connection not met yet */
	uint64_t ts_ns; /* 0: none */
	uint32_t tid;
};

struct subject { /* a process with a connection */
	struct hnode node;
	struct list lru;
	struct list connections; /* struct connection.of */
	uint32_t pid;
	uint64_t start_ns;
	uint64_t ended_ns;
	uint32_t systems, flags;
	bool uring, profiled;
	struct cancel cancels[CANCELS];
	unsigned next_cancel;
	char kind[KIND_TEXT_MAX];
};

struct connection {
	struct hnode node; /* by socket and process */
	struct list lru;   /* oldest first */
	struct list of;    /* in its process */
	struct rec_task task;
	uint64_t id;
	uint64_t began_ns, seen_ns, ended_ns, told_ns;
	uint64_t sent, received;
	uint64_t base_sent, base_received, base_ns; /* at the first sight after QUIET_NS */
	uint64_t handle;                            /* of the client library, once a statement was seen */
	uint32_t opener;                            /* the process that opened the socket, when it is another one */
	uint16_t family, port;
	uint8_t addr[16];
	bool answered, covered, file;
	bool cancels; /* opened by a request to cancel */
	uint32_t file_dev;
	uint16_t path_len, system_len;
	char path[PATH_TEXT_MAX];
	char system[33];
};

struct cover {
	struct hmap connections, processes;
	struct list connections_lru, processes_lru;
	uint64_t evictions;
};

/* NULL: nothing is known of it. */
struct subject *cover_find_process(const struct cover *c, uint32_t pid, uint64_t start_ns);
/* Forgets and frees; a process with its connections. */
void cover_drop_connection(struct cover *c, struct connection *x);
void cover_drop_process(struct cover *c, struct subject *p);

/* The database that is at the other end. */
struct slice cover_system(const struct connection *x);
bool cover_is_system(struct slice name, enum client_system system);
/* Whether the process maps a hooked library that speaks to this database. p may be NULL. */
bool cover_maps_library(const struct connection *x, const struct subject *p);

#endif
