// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "evidence/account.h"

static const char *const names[] = {
	[REC_LOSS_CALL] = "call_ring_full",           [REC_LOSS_EXEC] = "process_ring_full",
	[REC_LOSS_MMAP] = "mapping_notices_lost",     [REC_LOSS_SPEC] = "probe_without_specification",
	[ACCOUNT_LOSS_STATE] = "state_evicted",       [ACCOUNT_LOSS_RECORD] = "record_corrupt",
	[ACCOUNT_LOSS_SITE] = "call_of_unknown_site", [ACCOUNT_LOSS_MEMORY] = "out_of_memory",
	[ACCOUNT_LOSS_PROCESS] = "process_evicted",   [ACCOUNT_LOSS_REPETITION] = "repetition_evicted",
};

_Static_assert(sizeof(names) / sizeof(names[0]) == ACCOUNT_LOSS_KINDS, "a name for every kind of loss");

const char *account_loss_name(unsigned kind)
{
	return kind < ACCOUNT_LOSS_KINDS ? names[kind] : "unknown";
}

void account_set(struct account *a, unsigned kind, uint64_t total)
{
	if (total > a->total[kind])
		a->total[kind] = total;
}

void account_add(struct account *a, unsigned kind, uint64_t n)
{
	a->total[kind] += n;
}

uint64_t account_lost(const struct account *a)
{
	uint64_t sum = 0;

	for (unsigned k = 0; k < ACCOUNT_LOSS_KINDS; k++)
		sum += a->total[k];
	return sum;
}

unsigned account_tell_losses(struct account *a, const struct event_context *ctx, uint64_t now_ns, struct buf *out)
{
	unsigned lines = 0;

	for (unsigned k = 0; k < ACCOUNT_LOSS_KINDS; k++) {
		if (a->total[k] == a->told[k])
			continue;
		lines += event_loss(ctx, now_ns, names[k], a->total[k] - a->told[k], a->total[k], out);
		a->told[k] = a->total[k];
	}
	return lines;
}

unsigned account_heartbeat(struct account *a, const struct event_context *ctx, uint64_t now_ns, unsigned interval_s, bool force,
			   struct event_heartbeat *h, struct buf *out)
{
	if (!force && now_ns < a->heartbeat_ns + interval_s * 1000000000ull)
		return 0;
	a->heartbeat_ns = now_ns;
	h->lost = account_lost(a);
	h->uptime_ns = now_ns - a->start_ns;
	return event_heartbeat(ctx, now_ns, h, out);
}
