// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Containers and applications that the path of the unified control group does not tell of: those in an older hierarchy, and flatpak's,
 * which says in a file at the root of the application what it is.
 */
#ifndef QPROV_SANDBOX_H
#define QPROV_SANDBOX_H

#include "identity/cgroup.h"
#include "identity/facts.h"

/* Adds to group what it does not say itself. s may be NULL. */
void sandbox_fill(const struct sandbox *s, struct cgroup_facts *group);

/* Of the text of a .flatpak-info. SLICE_NONE: not said. */
struct flatpak_info {
	struct slice app, instance;
};
void sandbox_parse_flatpak(struct slice text, struct flatpak_info *ret);

#endif
