// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Hostile records through the whole pipeline: the input is a sequence of records, their sizes repaired so that most get past the header. */
#include <stdlib.h>
#include <string.h>

#include "pipeline/pipeline.h"

static void on_lines(void *ctx, enum line_kind kind, struct slice lines)
{
	(void)ctx;
	(void)kind;
	/* A line ends, and never holds a raw control character. */
	for (size_t i = 0; i < lines.len; i++)
		if ((unsigned char)lines.ptr[i] < 0x20 && lines.ptr[i] != '\n')
			abort();
	if (lines.len && lines.ptr[lines.len - 1] != '\n')
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct pipeline_ops ops = { .lines = on_lines };
	static struct config *config;
	struct config_error err;
	struct pipeline *p;
	size_t at = 0;

	if (!config && config_parse(SLICE("tables: [{match: \"*.t\"}]\ncapture: {all_queries: true}\n"), "fuzz", &config, &err))
		abort();
	if (pipeline_new(config, NULL, &ops, NULL, &p))
		return 0;
	while (size - at >= sizeof(struct rec_hdr)) {
		struct rec_hdr h;
		char *record;

		memcpy(&h, data + at, sizeof(h));
		h.size = (h.size % 4096 + 7) & ~7u;
		if (h.size < sizeof(h) || h.size > size - at)
			h.size = (uint32_t)(size - at) & ~7u;
		record = malloc(h.size);
		if (!record)
			break;
		memcpy(record, data + at, h.size);
		memcpy(record, &h, sizeof(h));
		pipeline_push(p, slice_mem(record, h.size));
		free(record);
		at += h.size;
	}
	pipeline_finish(p);
	pipeline_free(p);
	return 0;
}
