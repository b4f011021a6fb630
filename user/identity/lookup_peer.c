// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* The peer of a TCP connection that a process holds, from its descriptors and the kernel's tables of sockets. */
#include "identity/lookup_answer.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"

#define FDS_MAX 256
#define TCP_LINES_MAX 200000
#define TCP_ESTABLISHED 1

/* Inodes of the sockets a process holds, lowest descriptor first. */
static size_t sockets_of(int dir, unsigned long inodes[FDS_MAX])
{
	int fd = openat(dir, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;
	size_t n = 0;

	if (!d) {
		if (fd >= 0)
			close(fd);
		return 0;
	}
	while (n < FDS_MAX && (e = readdir(d))) {
		char target[64];
		ssize_t len = readlinkat(fd, e->d_name, target, sizeof(target) - 1);

		if (len <= 0)
			continue;
		target[len] = 0;
		if (sscanf(target, "socket:[%lu]", &inodes[n]) == 1)
			n++;
	}
	closedir(d);
	return n;
}

/* An address as /proc/net/tcp writes it: words of the machine's byte order in hex. */
static bool parse_hex(const char *hex, uint8_t to[16])
{
	size_t words = strlen(hex) / 8;
	uint32_t w[4];

	if (words != 1 && words != 4)
		return false;
	for (size_t i = 0; i < words; i++)
		if (sscanf(hex + 8 * i, "%8x", &w[i]) != 1)
			return false;
	if (words == 1)
		lookup_set_v4(to, w);
	else
		memcpy(to, w, 16);
	return true;
}

/* The peer of the first of these sockets that is an established TCP connection. */
static bool peer_in(int dir, const char *table, const unsigned long *inodes, size_t n, uint8_t addr[16], uint16_t *ret_port)
{
	int fd = openat(dir, table, O_RDONLY | O_CLOEXEC);
	_cleanup_fclose_ FILE *f = fd < 0 ? NULL : fdopen(fd, "r");
	char line[512], peer[64];
	size_t best = n;

	if (!f) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	for (unsigned i = 0; i < TCP_LINES_MAX && fgets(line, sizeof(line), f); i++) {
		unsigned long inode;
		unsigned port, state;

		if (sscanf(line, " %*d: %*[0-9A-Fa-f]:%*x %63[0-9A-Fa-f]:%x %x %*s %*s %*s %*u %*d %lu", peer, &port, &state, &inode) !=
			    4 ||
		    state != TCP_ESTABLISHED)
			continue;
		for (size_t k = 0; k < best; k++) {
			if (inodes[k] == inode && parse_hex(peer, addr)) {
				*ret_port = (uint16_t)port;
				best = k;
			}
		}
	}
	return best < n;
}

bool lookup_peer(int dir, uint8_t addr[16], uint16_t *ret_port)
{
	unsigned long inodes[FDS_MAX];
	size_t n = sockets_of(dir, inodes);

	return n && (peer_in(dir, "net/tcp", inodes, n, addr, ret_port) || peer_in(dir, "net/tcp6", inodes, n, addr, ret_port));
}
