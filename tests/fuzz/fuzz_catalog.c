// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Any bytes as the answer of a database's client; what is written of them is a policy that loads. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "config/config.h"
#include "policy/catalog.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_policy(struct slice yaml)
{
	struct config_error e;
	struct config *c;

	/* A list of one view may be longer than a policy's lists: that is refused with its place. */
	if (yaml.len > 65536)
		return;
	if (config_parse(yaml, "fuzz", &c, &e))
		abort();
	config_free(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum sql_dialect dialects[] = { SQL_POSTGRES, SQL_MARIADB, SQL_SQLITE };
	struct catalog_summary sum;
	struct catalog *c;
	struct buf out;
	size_t line;
	int err;

	if (!size || catalog_new(dialects[data[0] % 3], &c))
		return 0;
	err = catalog_rows(c, slice_mem(data + 1, size - 1), &line);
	if (err == 0 || err == -ENODATA) {
		buf_init(&out, 4 * CONFIG_FILE_MAX);
		catalog_write(c, &out, &sum);
		if (!out.err && (sum.views || sum.partitions))
			check_policy(buf_slice(&out));
		buf_done(&out);
	}
	catalog_free(c);
	return 0;
}
