// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "identity/cgroup.h"

#include <string.h>

#include "base/cleanup.h"

#define ID_HEX 64 /* container ids of docker and its kin */

/* Scopes named PREFIX ID ".scope". */
static const struct {
	struct slice prefix;
	const char *runtime;
} scopes[] = {
	{ SLICE_INIT("docker-"), "docker" },      { SLICE_INIT("libpod-"), "podman" }, { SLICE_INIT("cri-containerd-"), "containerd" },
	{ SLICE_INIT("nerdctl-"), "containerd" }, { SLICE_INIT("crio-"), "cri-o" },
};

/* Groups of the cgroupfs driver: PARENT / ID. */
static const struct {
	struct slice parent;
	const char *runtime;
} parents[] = {
	{ SLICE_INIT("docker"), "docker" },     { SLICE_INIT("libpod_parent"), "podman" }, { SLICE_INIT("default"), "containerd" },
	{ SLICE_INIT("k8s.io"), "containerd" }, { SLICE_INIT("moby"), "docker" },
};

static bool is_container_id(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!((s.ptr[i] >= '0' && s.ptr[i] <= '9') || (s.ptr[i] >= 'a' && s.ptr[i] <= 'f')))
			return false;
	return s.len == ID_HEX;
}

/* What stands between prefix and suffix; SLICE_NONE when it does not begin and end so. */
static struct slice between(struct slice s, struct slice prefix, struct slice suffix)
{
	if (s.len <= prefix.len + suffix.len || !slice_starts(s, prefix) || !slice_ends(s, suffix))
		return SLICE_NONE;
	return slice_mem(s.ptr + prefix.len, s.len - prefix.len - suffix.len);
}

/* What stands behind the first mark in it. */
static struct slice behind(struct slice s, struct slice mark)
{
	for (; s.len > mark.len; s = slice_skip(s, 1))
		if (slice_starts(s, mark))
			return slice_skip(s, mark.len);
	return SLICE_NONE;
}

static bool number(struct slice s, uint32_t *ret)
{
	uint64_t v;

	if (!s.len || slice_u64(s, &v) || v >= UINT32_MAX)
		return false;
	*ret = (uint32_t)v;
	return true;
}

static void take_owner(struct slice part, struct cgroup_facts *f)
{
	struct slice text = between(part, SLICE("user-"), SLICE(".slice"));

	if (!text.len)
		text = between(part, SLICE("user@"), SLICE(".service"));
	if (!f->has_owner && number(text, &f->owner)) /* below one of their own a user may name groups as they like */
		f->has_owner = true;
}

static void take_container(struct slice before, struct slice part, struct cgroup_facts *f)
{
	struct slice name;

	for (size_t i = 0; i < ARRAY_SIZE(scopes); i++) {
		name = between(part, scopes[i].prefix, SLICE(".scope"));
		if (is_container_id(name)) {
			f->container = name;
			f->runtime = scopes[i].runtime;
		}
	}
	name = slice_eq(before, SLICE("libpod_parent")) ? between(part, SLICE("libpod-"), SLICE("")) : SLICE_NONE;
	if (is_container_id(name)) {
		f->container = name;
		f->runtime = "podman";
	}
	/* containerd with systemd's names but without systemd: "kubepods-burstable-podUID.slice:cri-containerd:ID" */
	name = behind(part, SLICE(".slice:cri-containerd:"));
	if (is_container_id(name)) {
		f->container = name;
		f->runtime = "containerd";
	}
	if (is_container_id(part)) {
		f->container = part;
		for (size_t i = 0; i < ARRAY_SIZE(parents); i++)
			if (slice_eq(before, parents[i].parent))
				f->runtime = parents[i].runtime;
	}
	name = between(part, SLICE("systemd-nspawn@"), SLICE(".service"));
	if (name.len) {
		f->container = name;
		f->runtime = "systemd-nspawn";
	}
	name = between(part, SLICE("machine-"), SLICE(".scope"));
	if (name.len) {
		f->container = name;
		f->runtime = "systemd-machined";
	}
	/* systemd-nspawn divides its machine's group; what else registers with machined does not. */
	if (slice_eq(part, SLICE("payload")) && slice_starts(before, SLICE("machine-")) && slice_ends(before, SLICE(".scope")))
		f->runtime = "systemd-nspawn";
	name = between(part, SLICE("lxc.payload."), SLICE(""));
	if (!name.len && (slice_eq(before, SLICE("lxc")) || slice_eq(before, SLICE("lxc.payload"))))
		name = part;
	if (name.len) {
		f->container = name;
		f->runtime = "lxc";
	}
}

/* "snap.NAME.APP.service", "snap.NAME.APP-UUID.scope"; "snap.NAME" in the older hierarchy of the freezer */
static void take_snap(struct slice part, struct cgroup_facts *f)
{
	struct slice rest;
	size_t n = 0;

	if (!slice_starts(part, SLICE("snap.")))
		return;
	rest = slice_skip(part, strlen("snap."));
	while (n < rest.len && rest.ptr[n] != '.')
		n++;
	if (n)
		f->snap = slice_head(rest, n);
}

/* "app-flatpak-ID-NUMBER.scope" */
static void take_flatpak(struct slice part, struct cgroup_facts *f)
{
	struct slice rest = between(part, SLICE("app-flatpak-"), SLICE(".scope"));

	for (size_t n = rest.len; n > 1; n--) {
		if (rest.ptr[n - 1] == '-') {
			f->flatpak = slice_head(rest, n - 1);
			return;
		}
	}
}

/* "run-p4711-i4712.service": the client's pid and the inode of its pidfd, as systemd-run and run0 name units since 257. */
static void take_asker(struct slice part, struct cgroup_facts *f)
{
	struct slice rest = between(part, SLICE("run-p"), SLICE(".service"));
	size_t n = 0;

	while (n < rest.len && rest.ptr[n] != '-')
		n++;
	if (n == rest.len || !number(slice_head(rest, n), &f->asker_pid))
		f->asker_pid = 0;
}

static void take(struct slice before, struct slice part, struct cgroup_facts *f)
{
	struct slice session = between(part, SLICE("session-"), SLICE(".scope"));

	if (slice_ends(part, SLICE(".slice")))
		f->slice = part;
	if (slice_ends(part, SLICE(".service")) || slice_ends(part, SLICE(".scope")))
		f->unit = part;
	if (slice_ends(part, SLICE(".service")))
		take_asker(part, f);
	if (session.len)
		f->session = session;
	take_owner(part, f);
	take_container(before, part, f);
	take_snap(part, f);
	take_flatpak(part, f);
}

void cgroup_parse(struct slice path, struct cgroup_facts *ret)
{
	struct slice before = SLICE_NONE;
	size_t at = 0;

	*ret = (struct cgroup_facts){ .runtime = NULL };
	while (at < path.len) {
		size_t start = at;
		struct slice part;

		while (at < path.len && path.ptr[at] != '/')
			at++;
		part = slice_mem(path.ptr + start, at - start);
		at++;
		if (!part.len)
			continue;
		take(before, part, ret);
		before = part;
	}
}

/* Behind the second colon of "4:memory:/docker/ID". */
static struct slice path_of_line(struct slice line)
{
	struct slice rest = behind(line, SLICE(":"));

	return rest.len && rest.ptr[0] == ':' ? slice_skip(rest, 1) : behind(rest, SLICE(":"));
}

struct slice cgroup_choose(struct slice text)
{
	struct slice found = SLICE_NONE;

	while (text.len) {
		struct slice line = slice_line(&text), path = path_of_line(line);
		struct cgroup_facts f;

		cgroup_parse(path, &f);
		if (!f.container.len && !f.snap.len)
			continue;
		if (slice_starts(line, SLICE("0::")))
			return path;
		if (!found.len)
			found = path;
	}
	return found;
}
