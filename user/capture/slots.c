// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* What the programs look up by number, and what they count. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>

#include "../../bpf/counters.h"
#include "base/cleanup.h"
#include "capture/capture.h"
#include "capture/internal.h"

int capture_spec_add(struct capture *c, const struct probe_spec *spec)
{
	for (uint32_t k = 0; k < PROBE_SITES_MAX; k++) {
		uint32_t i = (c->next_spec + k) % PROBE_SITES_MAX;

		if (c->specs[i].valid)
			continue;
		c->specs[i] = *spec;
		c->specs[i].valid = SPEC_USED;
		if (bpf_map_update_elem(c->specs_fd, &i, &c->specs[i], BPF_ANY) < 0) {
			int err = -errno;

			c->specs[i].valid = 0;
			return err;
		}
		c->next_spec = i + 1;
		return (int)i;
	}
	return -ENOSPC;
}

void capture_spec_del(struct capture *c, uint32_t site)
{
	const struct probe_spec gone = { .valid = SPEC_GONE };

	if (site >= PROBE_SITES_MAX)
		return;
	memset(&c->specs[site], 0, sizeof(c->specs[site]));
	(void)bpf_map_update_elem(c->specs_fd, &site, &gone, BPF_ANY);
}

int capture_conn_add(struct capture *c, const struct conn_spec *spec)
{
	for (uint32_t i = 0; i < CONN_SPECS_MAX; i++) {
		if (c->conn_taken[i])
			continue;
		if (bpf_map_update_elem(c->conn_specs_fd, &i, spec, BPF_ANY) < 0)
			return -errno;
		c->conn_taken[i] = true;
		return (int)i + 1;
	}
	return -ENOSPC;
}

void capture_conn_del(struct capture *c, uint16_t conn)
{
	if (conn && conn <= CONN_SPECS_MAX)
		c->conn_taken[conn - 1] = false;
}

/* Counts of processes that are gone would fill the map for good. */
static void sweep_counts(struct capture *c)
{
	struct count_key key, next;
	void *at = NULL;

	for (uint32_t i = 0; i < COUNT_KEYS_MAX && bpf_map_get_next_key(c->counts_fd, at, &next) == 0; i++) {
		if (at && kill((pid_t)key.pid, 0) < 0 && errno == ESRCH)
			(void)bpf_map_delete_elem(c->counts_fd, &key);
		key = next;
		at = &key;
	}
	if (at && kill((pid_t)key.pid, 0) < 0 && errno == ESRCH)
		(void)bpf_map_delete_elem(c->counts_fd, &key);
}

void capture_taken_forget(struct capture *c, uint8_t file)
{
	struct count_key key, next;
	bool have = bpf_map_get_next_key(c->taken_fd, NULL, &next) == 0;

	for (uint32_t i = 0; have && i < TAKEN_KEYS_MAX; i++) {
		key = next;
		have = bpf_map_get_next_key(c->taken_fd, &key, &next) == 0;
		if (key.file == file)
			(void)bpf_map_delete_elem(c->taken_fd, &key);
	}
}

void capture_counters(struct capture *c, uint64_t lost[REC_LOSS_KINDS], uint64_t *ret_calls)
{
	uint64_t total[COUNTERS] = { 0 };
	_cleanup_free_ uint64_t *values = calloc((size_t)c->cpus, sizeof(*values));

	for (uint32_t k = 0; values && k < COUNTERS; k++) {
		if (bpf_map_lookup_elem(c->counters_fd, &k, values) < 0)
			continue;
		for (int i = 0; i < c->cpus; i++)
			total[k] += values[i];
	}
	if (total[COUNTER_COUNTS_FULL] > c->counts_full) {
		c->counts_full = total[COUNTER_COUNTS_FULL];
		sweep_counts(c);
	}
	for (unsigned k = 0; k < REC_LOSS_KINDS; k++)
		lost[k] = total[k] + c->unreadable[k];
	*ret_calls = total[COUNTER_CALLS];
}

uint64_t capture_uncounted(const struct capture *c)
{
	return c->counts_full;
}
