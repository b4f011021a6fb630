// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "identity/door.h"

#include "base/cleanup.h"

static const struct {
	struct slice program;
	enum rec_way way;
} doors[] = {
	{ SLICE_INIT("sshd"), REC_WAY_SSH },
	{ SLICE_INIT("sshd-session"), REC_WAY_SSH }, /* OpenSSH 9.8 and newer */
	{ SLICE_INIT("dropbear"), REC_WAY_SSH },
	{ SLICE_INIT("login"), REC_WAY_CONSOLE },
	{ SLICE_INIT("gdm-session-worker"), REC_WAY_DISPLAY },
	{ SLICE_INIT("sddm-helper"), REC_WAY_DISPLAY },
	{ SLICE_INIT("lightdm"), REC_WAY_DISPLAY },
	{ SLICE_INIT("greetd"), REC_WAY_DISPLAY },
	{ SLICE_INIT("xdm"), REC_WAY_DISPLAY },
	{ SLICE_INIT("cron"), REC_WAY_CRON },
	{ SLICE_INIT("crond"), REC_WAY_CRON },
	{ SLICE_INIT("anacron"), REC_WAY_CRON },
	{ SLICE_INIT("atd"), REC_WAY_AT },
	{ SLICE_INIT("systemd"), REC_WAY_UNIT },
	{ SLICE_INIT("systemd-executor"), REC_WAY_UNIT },
	{ SLICE_INIT("containerd-shim"), REC_WAY_CONTAINER },
	{ SLICE_INIT("containerd-shim-runc-v2"), REC_WAY_CONTAINER },
	{ SLICE_INIT("conmon"), REC_WAY_CONTAINER },
	{ SLICE_INIT("lxc-start"), REC_WAY_CONTAINER },
	{ SLICE_INIT("systemd-nspawn"), REC_WAY_CONTAINER },
	{ SLICE_INIT("systemd-machined"), REC_WAY_MACHINECTL },
	{ SLICE_INIT("sudo"), REC_WAY_SUDO },
	{ SLICE_INIT("su"), REC_WAY_SUDO },
	{ SLICE_INIT("runuser"), REC_WAY_SUDO },
	{ SLICE_INIT("doas"), REC_WAY_SUDO },
	{ SLICE_INIT("pkexec"), REC_WAY_SUDO },
	{ SLICE_INIT("tmux"), REC_WAY_MULTIPLEXER },
	{ SLICE_INIT("screen"), REC_WAY_MULTIPLEXER },
	{ SLICE_INIT("zellij"), REC_WAY_MULTIPLEXER },
	{ SLICE_INIT("dtach"), REC_WAY_MULTIPLEXER },
	{ SLICE_INIT("abduco"), REC_WAY_MULTIPLEXER },
};

struct slice door_program(struct slice path)
{
	static const struct slice deleted = SLICE_INIT(" (deleted)");

	if (slice_ends(path, deleted)) /* replaced by an upgrade while it runs */
		path.len -= deleted.len;
	for (size_t i = path.len; i > 0; i--)
		if (path.ptr[i - 1] == '/')
			return slice_skip(path, i);
	return path;
}

enum rec_way door_of(struct slice path, const struct exe *exe)
{
	struct slice name = door_program(path);

	if (!path.len || !exe->ino || exe->uid != 0 || exe->mode & 022)
		return REC_WAY_UNKNOWN;
	for (size_t i = 0; i < ARRAY_SIZE(doors); i++)
		if (slice_eq(name, doors[i].program))
			return doors[i].way;
	return REC_WAY_UNKNOWN;
}
