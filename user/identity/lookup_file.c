// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Build id and hash of an executable, read through /proc/PID/exe, so that deleted files, memfds and containers' files are read too; by its
 * path when the process has ended, if that still is the same file.
 */
#include "identity/lookup_answer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <sodium.h>

#include "attach/elf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/regular.h"
#include "decode/encode.h"

#define HASH_BYTES_MAX (512ll << 20)
#define CHUNK (128u << 10)

static int hash_file(int fd, char hex[2 * crypto_hash_sha256_BYTES + 1])
{
	_cleanup_free_ unsigned char *chunk = malloc(CHUNK);
	unsigned char hash[crypto_hash_sha256_BYTES];
	crypto_hash_sha256_state st;
	off_t at = 0;
	ssize_t n;

	if (!chunk)
		return -ENOMEM;
	crypto_hash_sha256_init(&st);
	while ((n = pread(fd, chunk, CHUNK, at)) > 0 && at < HASH_BYTES_MAX) {
		crypto_hash_sha256_update(&st, chunk, (unsigned long long)n);
		at += n;
	}
	if (n)
		return n < 0 ? -errno : -E2BIG;
	crypto_hash_sha256_final(&st, hash);
	sodium_bin2hex(hex, 2 * sizeof(hash) + 1, hash, sizeof(hash));
	return 0;
}

/* The same file, unchanged? The device is not compared: stat(2) and the kernel differ on some file systems. */
static bool unchanged(int fd, const struct lookup_request *q)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_ino == q->ino &&
	       (uint64_t)st.st_ctim.tv_sec * 1000000000u + (uint64_t)st.st_ctim.tv_nsec == q->ctime_ns;
}

static int open_exe(const struct lookup_request *q)
{
	char exe[32];
	const char *const paths[] = { exe, q->path };

	snprintf(exe, sizeof(exe), "/proc/%u/exe", q->pid);
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		_cleanup_close_ int fd = open_regular(AT_FDCWD, paths[i], 0, NULL);

		if (fd >= 0 && unchanged(fd, q))
			return TAKE_FD(fd);
	}
	return -ESRCH;
}

int lookup_file(const struct lookup_request *q, struct buf *out)
{
	struct rec_file r = { .hdr = { .type = REC_FILE }, .ino = q->ino, .ctime_ns = q->ctime_ns, .dev = q->dev };
	char hash[2 * crypto_hash_sha256_BYTES + 1], build[2 * ELF_BUILD_ID_MAX + 1];
	_cleanup_close_ int fd = -1;
	struct elf elf;
	struct slice str[2] = { SLICE_NONE, SLICE_NONE };

	fd = open_exe(q);
	if (fd < 0)
		return -ESRCH;
	if (elf_open(&elf, fd) == 0) {
		sodium_bin2hex(build, sizeof(build), elf.build_id, elf.build_id_len);
		str[0] = slice_cstr(build);
		elf_done(&elf);
	}
	if (hash_file(fd, hash) == 0 && unchanged(fd, q))
		str[1] = slice_cstr(hash);
	r.hdr.ts_ns = boottime_ns();
	return encode_record(out, &r, str, 2);
}
