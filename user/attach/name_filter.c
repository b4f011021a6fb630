// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "attach/name_filter.h"

#include <string.h>

/* Of the head of a name: its first NAME_FILTER_HEAD bytes, or all of it. 12 bits. */
static uint32_t head_hash(const char *name)
{
	uint64_t h = 0;

	for (unsigned i = 0; i < NAME_FILTER_HEAD && name[i]; i++)
		h = (h << 5 | h >> 59) ^ (uint8_t)name[i];
	return (uint32_t)(h * 0x9e3779b97f4a7c15u >> 52);
}

void name_filter_add(struct name_filter *f, const char *name, bool prefix)
{
	uint32_t h = head_hash(name);

	if (prefix && strlen(name) < NAME_FILTER_HEAD) {
		memset(f->bits, 0xff, sizeof(f->bits)); /* what follows it is not known */
		return;
	}
	f->bits[h / 64] |= 1ull << (h % 64);
}

bool name_filter_has(const struct name_filter *f, const char *name)
{
	uint32_t h = head_hash(name);

	return f->bits[h / 64] >> (h % 64) & 1;
}
