// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "cli/uncovered.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "cli/records.h"
#include "cli/sentry.h"
#include "decode/decode.h"
#include "event/json.h"
#include "evidence/cover.h"

#define RING_BYTES (1u << 20)
#define LOOK_APART_NS 1100000000ull /* what is there twice is not about to be closed by an exec */

struct sight {
	bool json;
	int n;
	char kind[32];
	struct buf line;
	struct rec_profile profile; /* the last one; it comes before what it is about. Ends in an array without a length */
};

static void print_text(const struct sight *s, const struct rec_task *t, struct slice system, const char *peer)
{
	printf("passes by  %.*s %s: pid %u (%.*s)%s%s\n", (int)system.len, system.ptr, peer, t->pid, REC_COMM_LEN, t->comm,
	       s->kind[0] ? ", " : "", s->kind);
}

static void print_json(struct sight *s, const struct rec_task *t, struct slice system, const char *peer)
{
	struct json j;

	buf_clear(&s->line);
	json_init(&j, &s->line);
	json_open(&j, NULL, '{');
	json_str(&j, "uncovered", system);
	json_cstr(&j, "peer", peer);
	json_uint(&j, "pid", t->pid);
	json_str(&j, "name", slice_mem(t->comm, strnlen(t->comm, REC_COMM_LEN)));
	if (s->kind[0])
		json_cstr(&j, "driver", s->kind);
	json_close(&j, '}');
	buf_addc(&s->line, '\n');
	if (!s->line.err)
		fwrite(s->line.ptr, 1, s->line.len, stdout);
}

/* Only what is told by its process: the task, the peer, and no library of that system among those it maps. */
static void on_held(struct sight *s, const struct rec_task *t, struct slice system, const char *peer)
{
	bool known = s->profile.pid == t->pid && s->profile.start_ns == t->start_ns;

	if (known && cover_maps_system(s->profile.systems, system))
		return;
	if (!known)
		s->kind[0] = 0;
	s->n++;
	if (s->json)
		print_json(s, t, system, peer);
	else
		print_text(s, t, system, peer);
}

static int on_record(void *ctx, struct slice record)
{
	struct sight *s = ctx;
	char ip[INET6_ADDRSTRLEN] = "", peer[512];
	struct decoded d;

	if (decode_record(record, &d))
		return 0;
	if (d.type == REC_PROFILE) {
		s->profile = *d.profile;
		snprintf(s->kind, sizeof(s->kind), "%.*s", (int)d.str[0].len, d.str[0].ptr);
	} else if (d.type == REC_DBFILE) {
		on_held(s, &d.dbfile->task, d.str[1], slice_quote(d.str[0]));
	} else if (d.type == REC_SOCKET && d.socket->event == REC_SOCKET_HELD) {
		if (inet_ntop(d.socket->family, d.socket->addr, ip, sizeof(ip)))
			snprintf(peer, sizeof(peer), "%s port %u", ip, d.socket->port);
		else
			snprintf(peer, sizeof(peer), "%s", slice_quote(d.str[0]));
		on_held(s, &d.socket->task, d.str[1], peer);
	}
	return 0;
}

static int look_twice(struct capture *c, struct attach *a, const struct config *config, struct sight *s)
{
	struct sentry *sentry;
	uint64_t now = boottime_ns();
	int r = sentry_new(c, a, on_record, s, &sentry);

	if (r)
		return r;
	r = sentry_config(sentry, config);
	if (!r) {
		sentry_tick(sentry, now);
		usleep(LOOK_APART_NS / 1000);
		sentry_tick(sentry, now + 60 * LOOK_APART_NS); /* whatever the first one took: once more */
	}
	sentry_free(sentry);
	return r;
}

int uncovered_print(struct attach *a, bool json)
{
	struct capture_options o = { .ring_bytes = RING_BYTES, .skip_pid = (uint32_t)getpid() };
	struct sight s = { .json = json };
	struct config_error ce;
	struct capture_error e;
	struct config *config;
	struct capture *c;
	int r;

	if (config_load(NULL, &config, &ce))
		return -EINVAL;
	r = capture_open(&o, &c, &e);
	if (r) {
		config_free(config);
		return r;
	}
	buf_init(&s.line, 1u << 16);
	r = look_twice(c, a, config, &s);
	buf_done(&s.line);
	capture_close(c);
	config_free(config);
	return r ? r : s.n;
}
