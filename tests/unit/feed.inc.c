// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* One record to where the pipeline would put it. The includer brings cmocka. */
#include "decode/decode.h"
#include "query/query.h"

static void feed(struct query *q, struct slice record)
{
	struct decoded d;

	assert_int_equal(decode_record(record, &d), 0);
	switch (d.type) {
	case REC_LIBRARY:
		assert_int_equal(query_library(q, &d), 0);
		break;
	case REC_SITE:
		assert_int_equal(query_site(q, &d), 0);
		break;
	case REC_RANGE:
		assert_int_equal(query_range(q, &d), 0);
		break;
	case REC_CONN:
		assert_int_equal(query_conn(q, &d), 0);
		break;
	case REC_PARAMS:
		assert_int_equal(query_params(q, &d), 0);
		break;
	case REC_CHUNK:
		assert_int_equal(query_chunk(q, &d), 0);
		break;
	default:
		assert_int_equal(query_call(q, &d), 0);
	}
}
