// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * The login of an audit session in auditd's log. sshd and login write USER_LOGIN, PAM writes USER_START, both by a call that only root may
 * make. Numbers of sessions begin anew with each boot, so that records from before it are of others. What stands in quotes cannot hold a
 * quote (libaudit writes such text in hex), a host's name comes before "addr=": so the first exe= and the last addr= are the record's own.
 */
#include "identity/lookup_answer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

#define TAIL_MAX (4u << 20) /* of the log, and as much of the one before it */

/* What stands behind the first (or last) key, up to a space; SLICE_NONE: it is not there. */
static struct slice field(struct slice text, const char *key, bool last)
{
	struct slice found = SLICE_NONE;
	size_t n = strlen(key);

	for (const char *s; (s = memmem(text.ptr, text.len, key, n));) {
		text = slice_skip(text, (size_t)(s - text.ptr) + n);
		found = text;
		if (!last)
			break;
	}
	for (size_t i = 0; i < found.len; i++)
		if (found.ptr[i] == ' ')
			return slice_head(found, i);
	return found;
}

/* REC_WAY_UNKNOWN: not one that lets people in from elsewhere. exe ends with its quote. */
static enum rec_way way_of(struct slice exe)
{
	static const struct slice ssh[] = { SLICE_INIT("/sshd\""), SLICE_INIT("/sshd-session\""), SLICE_INIT("/dropbear\"") };

	for (size_t i = 0; i < ARRAY_SIZE(ssh); i++)
		if (slice_ends(exe, ssh[i]))
			return REC_WAY_SSH;
	return slice_ends(exe, SLICE("/login\"")) ? REC_WAY_CONSOLE : REC_WAY_UNKNOWN;
}

/* "type=USER_LOGIN msg=audit(1764042000.123:45): pid=1 uid=0 auid=1001 ses=3 msg='op=login ... addr=192.0.2.7 ... res=success'" */
static bool is_login(struct slice line, uint64_t boot_s, struct audit_login *ret)
{
	const char *inner = memmem(line.ptr, line.len, " msg='", 6), *end = memrchr(line.ptr, '\'', line.len);
	struct slice outer, text, peer, second;
	enum rec_way way;
	uint64_t s;

	if ((!slice_starts(line, SLICE("type=USER_LOGIN ")) && !slice_starts(line, SLICE("type=USER_START "))) || !inner || end < inner + 6)
		return false;
	outer = slice_head(line, (size_t)(inner - line.ptr));
	text = slice_mem(inner + 6, (size_t)(end - inner - 6));
	second = field(outer, "msg=audit(", false);
	for (size_t i = 0; i < second.len; i++)
		if (second.ptr[i] == '.')
			second.len = i;
	way = way_of(field(text, " exe=\"", false));
	peer = field(text, " addr=", true);
	if (slice_u64(second, &s) || s < boot_s || !slice_eq(field(outer, " uid=", false), SLICE("0")) ||
	    !slice_ends(text, SLICE(" res=success")) || way == REC_WAY_UNKNOWN || !peer.len || slice_eq(peer, SLICE("?")) ||
	    peer.len >= sizeof(ret->addr))
		return false;
	memcpy(ret->addr, peer.ptr, peer.len);
	ret->addr[peer.len] = 0;
	ret->way = way;
	return true;
}

/* The end of a file that root alone writes. A log that somebody else could write says nothing. */
static size_t read_tail(const char *path, char *buf)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;
	off_t at;
	ssize_t n;

	if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_uid != 0 || (st.st_mode & 022))
		return 0;
	at = st.st_size > (off_t)TAIL_MAX ? st.st_size - (off_t)TAIL_MAX : 0;
	n = pread(fd, buf, TAIL_MAX, at);
	return n > 0 ? (size_t)n : 0;
}

static bool search(struct slice log, uint32_t sessionid, uint64_t boot_s, struct audit_login *ret)
{
	char key[24];
	int n = snprintf(key, sizeof(key), " ses=%u ", sessionid);

	for (const char *s, *from = log.ptr, *end = log.ptr + log.len; (s = memmem(from, (size_t)(end - from), key, (size_t)n));
	     from = s + n) {
		const char *begin = memrchr(log.ptr, '\n', (size_t)(s - log.ptr)), *stop = memchr(s, '\n', (size_t)(end - s));

		begin = begin ? begin + 1 : log.ptr;
		if (stop && is_login(slice_mem(begin, (size_t)(stop - begin)), boot_s, ret))
			return true;
	}
	return false;
}

int lookup_audit(const char *path, uint32_t sessionid, uint64_t boot_s, struct audit_login *ret)
{
	_cleanup_free_ char *buf = malloc(TAIL_MAX);
	char older[256];

	if (!buf)
		return -ENOMEM;
	snprintf(older, sizeof(older), "%s.1", path);
	if (search(slice_mem(buf, read_tail(path, buf)), sessionid, boot_s, ret) ||
	    search(slice_mem(buf, read_tail(older, buf)), sessionid, boot_s, ret))
		return 0;
	return -ENOENT;
}
