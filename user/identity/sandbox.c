// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "identity/sandbox.h"

#include <string.h>

void sandbox_fill(const struct sandbox *s, struct cgroup_facts *group)
{
	struct cgroup_facts older;

	if (!s)
		return;
	cgroup_parse(s->group, &older);
	if (!group->container.len) {
		group->container = older.container;
		group->runtime = older.runtime;
		/* Below a user's own groups any name may be made. */
		if (older.has_owner && !group->has_owner) {
			group->has_owner = true;
			group->owner = older.owner;
		}
	}
	if (!group->snap.len)
		group->snap = older.snap;
	if (!group->flatpak.len)
		group->flatpak = s->app;
	if (slice_eq(group->flatpak, s->app))
		group->flatpak_instance = s->instance;
}

/* A key file: "[Group]" lines, "key=value" lines below. */
void sandbox_parse_flatpak(struct slice text, struct flatpak_info *ret)
{
	enum { OTHER, APPLICATION, INSTANCE } part = OTHER;

	*ret = (struct flatpak_info){ SLICE_NONE, SLICE_NONE };
	while (text.len) {
		struct slice line = slice_line(&text);

		if (slice_starts(line, SLICE("[")))
			part = slice_eq(line, SLICE("[Application]")) ? APPLICATION
			       : slice_eq(line, SLICE("[Instance]"))  ? INSTANCE
								      : OTHER;
		else if (part == APPLICATION && slice_starts(line, SLICE("name=")))
			ret->app = slice_skip(line, strlen("name="));
		else if (part == INSTANCE && slice_starts(line, SLICE("instance-id=")))
			ret->instance = slice_skip(line, strlen("instance-id="));
	}
}
