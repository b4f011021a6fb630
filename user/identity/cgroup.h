// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * What the path of a control group says: container, unit, slice, session, application. Names as systemd (systemd.unit(5),
 * CGROUP_DELEGATION), docker, podman, containerd, CRI-O, LXC, snapd and flatpak choose them. A user can make groups below their own, root
 * can make any.
 */
#ifndef QPROV_CGROUP_H
#define QPROV_CGROUP_H

#include "base/slice.h"

/* Slices point into the path; SLICE_NONE: not said. */
struct cgroup_facts {
	struct slice container; /* id or name */
	const char *runtime;    /* "docker", ...; NULL: not known */
	struct slice unit;      /* the innermost service or scope */
	struct slice slice;     /* the innermost slice */
	struct slice session;   /* of logind */
	uint32_t asker_pid;     /* of the systemd-run that asked for the unit; 0: not said */
	struct slice snap;
	struct slice flatpak;
	struct slice flatpak_instance; /* not from the path: see sandbox_fill() */
	bool has_owner;                /* below a user's slice or service manager */
	uint32_t owner;
};

void cgroup_parse(struct slice path, struct cgroup_facts *ret);
/*
 * Of the text of /proc/PID/cgroup the path that tells of a container or a snap: the unified hierarchy's, else that of the first older one
 * that does. SLICE_NONE: none tells. Points into text.
 */
struct slice cgroup_choose(struct slice text);

#endif
