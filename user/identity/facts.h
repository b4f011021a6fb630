// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * What was looked up beside the stream, each kind in a bounded table from which the oldest goes first: how sessions began, the paths of
 * control groups, build ids, hashes and packages of executables, what a process' environment claims, its container or
 * application, the groups of a person.
 */
#ifndef QPROV_FACTS_H
#define QPROV_FACTS_H

#include "base/map.h"
#include "base/slice.h"
#include "record.h"

#define FACTS_SESSIONS_MAX 4096
#define FACTS_CGROUPS_MAX 8192
#define FACTS_FILES_MAX 8192
#define FACTS_CLAIMS_MAX 2048
#define FACTS_SANDBOXES_MAX 2048
#define FACTS_GROUPS_MAX 1024
#define FACTS_TEXT_MAX 1024

/* Begins every element. */
struct fact {
	struct hnode node;
	struct list order; /* oldest first */
};

struct session {
	struct fact fact;
	uint32_t sessionid;
	uint32_t pid; /* of the first process */
	uint64_t start_ns;
	uint32_t uid;
	uint8_t addr[16];
	uint16_t port;
	enum rec_way way;
	enum rec_source source;
	char comm[REC_COMM_LEN];
	struct slice host, service, logind, tty;
	char data[];
};

struct file_facts {
	struct fact fact;
	uint64_t ino, ctime_ns;
	uint32_t dev;
	struct slice build_id, sha256;
	char data[];
};

struct package {
	struct fact fact;
	uint64_t ino, ctime_ns;
	uint32_t dev;
	struct slice name; /* SLICE_NONE: no package has the file */
	char data[];
};

struct cgroup_path {
	struct fact fact;
	uint64_t id;
	struct slice path;
	char data[];
};

struct claim {
	struct fact fact;
	uint32_t pid;
	uint64_t start_ns;
	struct slice notebook;
	char data[];
};

struct sandbox {
	struct fact fact;
	uint32_t pid;
	uint64_t start_ns;
	struct slice group, app, instance; /* see struct rec_sandbox */
	char data[];
};

struct groups {
	struct fact fact;
	uint32_t uid;
	bool more;          /* there are further ones */
	struct slice names; /* each followed by NUL */
	char data[];
};

struct fact_table {
	struct hmap map;
	struct list order;
};

struct facts {
	struct fact_table sessions, files, packages, cgroups, claims, sandboxes, groups;
	uint64_t evictions;
};

void facts_init(struct facts *f);
void facts_done(struct facts *f);
/* Each replaces what was there under the same key. 0 or -ENOMEM. */
int facts_set_session(struct facts *f, const struct rec_session *r, const struct slice str[4]);
int facts_set_cgroup(struct facts *f, uint64_t id, struct slice path);
int facts_set_file(struct facts *f, const struct rec_file *r, struct slice build_id, struct slice sha256);
int facts_set_package(struct facts *f, const struct rec_package *r, struct slice name);
int facts_set_claim(struct facts *f, const struct rec_claim *r, struct slice notebook);
int facts_set_sandbox(struct facts *f, const struct rec_sandbox *r, const struct slice str[3]);
int facts_set_groups(struct facts *f, uint32_t uid, struct slice names, bool more);
/* NULL when there is none. */
const struct session *facts_session(const struct facts *f, uint32_t sessionid, uint32_t pid, uint64_t start_ns);
const struct cgroup_path *facts_cgroup(const struct facts *f, uint64_t id);
const struct file_facts *facts_file(const struct facts *f, uint32_t dev, uint64_t ino, uint64_t ctime_ns);
const struct package *facts_package(const struct facts *f, uint32_t dev, uint64_t ino, uint64_t ctime_ns);
const struct claim *facts_claim(const struct facts *f, uint32_t pid, uint64_t start_ns);
const struct sandbox *facts_sandbox(const struct facts *f, uint32_t pid, uint64_t start_ns);
const struct groups *facts_groups(const struct facts *f, uint32_t uid);

#endif
