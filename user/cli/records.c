// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "cli/records.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>
#include <fcntl.h>

#include <sodium.h>

#include "base/clock.h"
#include "config/config.h"
#include "decode/encode.h"

enum { CLOCKS_APART_NS = 1000000, CLOCKS_TRIES = 16 };

/* The middle of two readings close together: who stands still between the clocks must not shift the anchor. */
static uint64_t wall_offset_ns(void)
{
	uint64_t a, wall, b;
	unsigned tries = 0;

	do {
		a = clock_ns(CLOCK_BOOTTIME);
		wall = clock_ns(CLOCK_REALTIME);
		b = clock_ns(CLOCK_BOOTTIME);
	} while (b - a > CLOCKS_APART_NS && ++tries < CLOCKS_TRIES);
	return wall - (a + (b - a) / 2);
}

static struct slice read_line(struct buf *b, const char *path)
{
	buf_clear(b);
	if (buf_read_file(b, AT_FDCWD, path))
		return SLICE_NONE;
	return slice_trim(buf_slice(b));
}

/* The same for every run of this host and version, and not the machine id itself, which should stay private. */
static void agent_id(struct slice machine, char out[37])
{
	unsigned char h[16];
	char hex[33];

	crypto_generichash(h, sizeof(h), (const unsigned char *)machine.ptr, machine.len, (const unsigned char *)"qprov agent id: ", 16);
	sodium_bin2hex(hex, sizeof(hex), h, sizeof(h));
	snprintf(out, 37, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16, hex + 20);
}

int record_hello(struct buf *out)
{
	struct rec_hello r = { .hdr = { .type = REC_HELLO, .ts_ns = boottime_ns() }, .wall_offset_ns = wall_offset_ns(), .abi = REC_ABI };
	struct buf machine, boot;
	struct utsname u;
	struct slice str[6];
	char id[37];
	int err;

	buf_init(&machine, 4096);
	buf_init(&boot, 4096);
	uname(&u);
	str[0] = slice_cstr(u.nodename);
	str[1] = read_line(&machine, "/etc/machine-id");
	str[2] = read_line(&boot, "/proc/sys/kernel/random/boot_id");
	agent_id(str[1].len ? str[1] : str[0], id);
	str[3] = slice_cstr(id);
	str[4] = slice_cstr(QPROV_VERSION);
	str[5] = slice_cstr(u.release);
	err = encode_record(out, &r, str, 6);
	buf_done(&machine);
	buf_done(&boot);
	return err;
}

static uint64_t resident_bytes(void)
{
	unsigned long long total, resident = 0;
	FILE *f = fopen("/proc/self/statm", "re");

	if (!f)
		return 0;
	if (fscanf(f, "%llu %llu", &total, &resident) != 2)
		resident = 0;
	fclose(f);
	return resident * (uint64_t)sysconf(_SC_PAGESIZE);
}

int record_tick(struct buf *out, const uint64_t lost[REC_LOSS_KINDS], uint64_t calls, uint32_t libraries, uint32_t sites)
{
	struct rec_tick r = { .hdr = { .type = REC_TICK, .ts_ns = boottime_ns() },
			      .wall_offset_ns = wall_offset_ns(),
			      .calls = calls,
			      .libraries = libraries,
			      .sites = sites,
			      .rss_bytes = resident_bytes() };

	memcpy(r.lost, lost, sizeof(r.lost));
	return encode_record(out, &r, NULL, 0);
}

int record_config(struct buf *out, const struct config *c, bool refused, struct slice message)
{
	struct rec_config r = { .hdr = { .type = REC_CONFIG, .ts_ns = boottime_ns(), .flags = refused ? REC_CONFIG_REFUSED : 0 } };
	struct slice str[3] = { c->file, slice_cstr(c->hash), message };

	return encode_record(out, &r, str, 3);
}

int record_stop(struct buf *out, struct slice reason)
{
	struct rec_stop r = { .hdr = { .type = REC_STOP, .ts_ns = boottime_ns() } };

	return encode_record(out, &r, &reason, 1);
}
