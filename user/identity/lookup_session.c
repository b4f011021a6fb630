// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * How a session began. The address comes from the connection that sshd itself holds; when sshd is gone, from logind's session file, then
 * from auditd's log or utmp, and last from the environment, which the user can set.
 */
#include "identity/lookup_answer.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <utmpx.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "decode/encode.h"
#include "identity/procfs.h"

#define LOGIND_FILES_MAX 8192
#define UTMP_ENTRIES_MAX 65536

enum { HOST, SERVICE, LOGIND, TTY, TEXTS };

struct finding {
	struct procfs fs;
	const struct lookup_request *q;
	char text[TEXTS][256];
	struct rec_session r; /* ends in an array without a length */
};

static bool is_v4(const uint8_t a[16])
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	return memcmp(a, mapped, sizeof(mapped)) == 0;
}

void lookup_set_v4(uint8_t to[16], const void *addr)
{
	memset(to, 0, 16);
	to[10] = to[11] = 0xff;
	memcpy(to + 12, addr, 4);
}

static bool parse_address(const char *text, uint8_t to[16])
{
	struct in_addr v4;

	if (inet_pton(AF_INET, text, &v4) == 1) {
		lookup_set_v4(to, &v4);
		return true;
	}
	return inet_pton(AF_INET6, text, to) == 1;
}

/*
 * The tree of processes shows no door, or one that only leads further: what a log or a file says counts. A unit leads further for those who
 * came from elsewhere: systemd's user manager adopts what a login leaves behind, a tmux server for one.
 */
static void came_by(struct finding *f, enum rec_way way)
{
	bool further = f->r.way == REC_WAY_UNKNOWN || f->r.way == REC_WAY_SUDO || f->r.way == REC_WAY_MULTIPLEXER;

	if (further ? way != REC_WAY_UNKNOWN : f->r.way == REC_WAY_UNIT && way == REC_WAY_SSH && f->r.source != REC_SOURCE_ENVIRON)
		f->r.way = (uint8_t)way;
}

/* ---- sshd's own connection ---- */

/*
 * The outermost sshd of the chain is root's monitor and holds the one connection; the inner one belongs to the user and may hold
 * forwarded ones besides.
 */
static bool from_socket(struct finding *f)
{
	for (uint32_t i = f->q->ndoors < LOOKUP_DOORS ? f->q->ndoors : LOOKUP_DOORS; i > 0; i--) {
		_cleanup_close_ int dir = procfs_dir(&f->fs, f->q->doors[i - 1]);

		if (dir >= 0 && lookup_peer(dir, f->r.addr, &f->r.port)) {
			f->r.source = REC_SOURCE_SOCKET;
			return true;
		}
	}
	return false;
}

/* ---- logind ---- */

/* KEY's value in "KEY=value" lines; false when it is not there. */
static bool value_of(const char *text, const char *key, char *out, size_t size)
{
	size_t n = strlen(key);

	for (const char *s = text; s && *s; s = strchr(s, '\n') ? strchr(s, '\n') + 1 : "") {
		if (strncmp(s, key, n) == 0 && s[n] == '=') {
			size_t len = strcspn(s + n + 1, "\n");

			if (len >= size)
				len = size - 1;
			memcpy(out, s + n + 1, len);
			out[len] = 0;
			return true;
		}
	}
	return false;
}

static bool number_of(const char *text, const char *key, uint32_t *ret)
{
	char value[32];
	uint64_t v;

	if (!value_of(text, key, value, sizeof(value)) || slice_u64(slice_cstr(value), &v) || v >= REC_UNSET_ID)
		return false;
	*ret = (uint32_t)v;
	return true;
}

static bool is_leader(const struct lookup_request *q, uint32_t pid)
{
	for (uint32_t i = 0; i < q->ndoors && i < LOOKUP_DOORS; i++)
		if (q->doors[i] == pid)
			return true;
	return pid && pid == q->entry_pid;
}

/* The session file speaks of our session: by audit session, or by its leader where there is none. */
static bool is_ours(const struct lookup_request *q, const char *text)
{
	uint32_t audit, leader;

	if (q->sessionid != REC_UNSET_ID)
		return number_of(text, "AUDIT", &audit) && audit == q->sessionid;
	return number_of(text, "LEADER", &leader) && is_leader(q, leader);
}

/* By the name of the PAM service that opened the session. */
static enum rec_way way_of_service(const char *service)
{
	static const struct {
		const char *prefix;
		enum rec_way way;
	} known[] = { { "sshd", REC_WAY_SSH },       { "dropbear", REC_WAY_SSH },    { "login", REC_WAY_CONSOLE },
		      { "gdm", REC_WAY_DISPLAY },    { "lightdm", REC_WAY_DISPLAY }, { "sddm", REC_WAY_DISPLAY },
		      { "greetd", REC_WAY_DISPLAY }, { "xdm", REC_WAY_DISPLAY },     { "cron", REC_WAY_CRON },
		      { "atd", REC_WAY_AT } };

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (strncmp(service, known[i].prefix, strlen(known[i].prefix)) == 0)
			return known[i].way;
	return REC_WAY_UNKNOWN;
}

static void take_logind(struct finding *f, const char *name, const char *text)
{
	char host[256];

	snprintf(f->text[LOGIND], sizeof(f->text[LOGIND]), "%s", name);
	number_of(text, "UID", &f->r.uid);
	value_of(text, "SERVICE", f->text[SERVICE], sizeof(f->text[SERVICE]));
	value_of(text, "TTY", f->text[TTY], sizeof(f->text[TTY]));
	came_by(f, way_of_service(f->text[SERVICE]));
	if (!value_of(text, "REMOTE_HOST", host, sizeof(host)) || !host[0])
		return;
	snprintf(f->text[HOST], sizeof(f->text[HOST]), "%s", host);
	if (f->r.source == REC_SOURCE_NONE) {
		f->r.source = REC_SOURCE_LOGIND;
		parse_address(host, f->r.addr);
	}
}

static void from_logind(struct finding *f, const char *folder)
{
	DIR *d = opendir(folder);
	struct dirent *e;

	for (unsigned i = 0; d && i < LOGIND_FILES_MAX && (e = readdir(d)); i++) {
		const char *text;

		if (strchr(e->d_name, '.')) /* 17.ref, and the folder itself */
			continue;
		text = procfs_text(&f->fs, dirfd(d), e->d_name);
		if (text && is_ours(f->q, text)) {
			take_logind(f, e->d_name, text);
			break;
		}
	}
	if (d)
		closedir(d);
}

/* ---- auditd ---- */

/* What another source has said is not looked for in a log of megabytes. */
static void from_audit(struct finding *f, const char *path)
{
	struct timespec wall, up;
	struct audit_login login;

	if (f->r.source != REC_SOURCE_NONE || f->q->sessionid == REC_UNSET_ID)
		return;
	clock_gettime(CLOCK_REALTIME, &wall);
	clock_gettime(CLOCK_BOOTTIME, &up);
	if (lookup_audit(path, f->q->sessionid, (uint64_t)(wall.tv_sec - up.tv_sec), &login))
		return;
	snprintf(f->text[HOST], sizeof(f->text[HOST]), "%s", login.addr);
	f->r.source = REC_SOURCE_AUDIT;
	parse_address(login.addr, f->r.addr);
	came_by(f, login.way);
}

/* ---- utmp ---- */

static void from_utmp(struct finding *f, const char *path)
{
	struct utmpx *u;

	if (utmpxname(path))
		return;
	setutxent();
	for (unsigned i = 0; i < UTMP_ENTRIES_MAX && (u = getutxent()); i++) {
		bool v6;

		if (u->ut_type != USER_PROCESS || !is_leader(f->q, (uint32_t)u->ut_pid))
			continue;
		if (!f->text[TTY][0])
			snprintf(f->text[TTY], sizeof(f->text[TTY]), "%.*s", (int)sizeof(u->ut_line), u->ut_line);
		if (f->r.source != REC_SOURCE_NONE || !u->ut_host[0])
			break;
		snprintf(f->text[HOST], sizeof(f->text[HOST]), "%.*s", (int)sizeof(u->ut_host), u->ut_host);
		f->r.source = REC_SOURCE_UTMP;
		v6 = u->ut_addr_v6[1] || u->ut_addr_v6[2] || u->ut_addr_v6[3];
		if (v6)
			memcpy(f->r.addr, u->ut_addr_v6, 16);
		else if (u->ut_addr_v6[0])
			lookup_set_v4(f->r.addr, u->ut_addr_v6);
		break;
	}
	endutxent();
}

/* ---- the environment ---- */

static void from_environ_of(struct finding *f, uint32_t pid)
{
	static const char key[] = "SSH_CONNECTION=";
	_cleanup_close_ int dir = pid ? procfs_dir(&f->fs, pid) : -1;
	struct slice rest;

	if (dir < 0 || !procfs_text(&f->fs, dir, "environ"))
		return;
	for (rest = buf_slice(&f->fs.text); rest.len; rest = slice_skip(rest, strnlen(rest.ptr, rest.len) + 1)) {
		char peer[64];
		unsigned port;

		if (!slice_starts(rest, SLICE(key)))
			continue;
		if (sscanf(rest.ptr + sizeof(key) - 1, "%63s %u", peer, &port) == 2 && port <= UINT16_MAX &&
		    parse_address(peer, f->r.addr)) {
			f->r.port = (uint16_t)port;
			f->r.source = REC_SOURCE_ENVIRON;
			came_by(f, REC_WAY_SSH);
		}
		return;
	}
}

/* The process that asked first; it may be gone already, the first one of its session less often. */
static void from_environ(struct finding *f)
{
	from_environ_of(f, f->q->pid);
	if (f->r.source != REC_SOURCE_ENVIRON)
		from_environ_of(f, f->q->elder);
}

/* ---- together ---- */

static bool has_address(const uint8_t a[16])
{
	static const uint8_t none[16];

	return memcmp(a, none, 16) != 0 && !(is_v4(a) && memcmp(a + 12, none, 4) == 0);
}

static int finish(struct finding *f, struct buf *out)
{
	struct slice str[TEXTS];

	if (!has_address(f->r.addr))
		memset(f->r.addr, 0, sizeof(f->r.addr));
	for (unsigned i = 0; i < TEXTS; i++)
		str[i] = slice_cstr(f->text[i]);
	return encode_record(out, &f->r, str, TEXTS);
}

int lookup_session(const struct lookup_request *q, const struct lookup_places *places, struct buf *out)
{
	_cleanup_free_ struct finding *f = calloc(1, sizeof(*f));
	int r;

	if (!f)
		return -ENOMEM;
	f->q = q;
	f->r = (struct rec_session){ .hdr = { .type = REC_SESSION, .ts_ns = boottime_ns() },
				     .entry_start_ns = q->entry_start_ns,
				     .entry_pid = q->entry_pid,
				     .sessionid = q->sessionid,
				     .uid = REC_UNSET_ID,
				     .way = q->way };
	memcpy(f->r.entry_comm, q->entry_comm, sizeof(f->r.entry_comm));
	r = procfs_open(&f->fs);
	if (!r) {
		from_socket(f);
		from_logind(f, places->logind);
		from_audit(f, places->audit);
		from_utmp(f, places->utmp);
		if (f->r.source == REC_SOURCE_NONE)
			from_environ(f);
		r = finish(f, out);
		procfs_close(&f->fs);
	}
	return r;
}
