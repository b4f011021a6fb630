// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* A question is a few statements, and of each one what must be reached. The includer brings cmocka. */
#include "questions.inc.c"
#include "session.inc.c"

enum { A = 16 + 1, B = 16 + 2, OTHER = 32 + 1 };
enum { STEPS_MAX = 10 };

#define OK OUTCOME_SUCCESS
#define NO OUTCOME_FAILURE
#define LOG "user_ip_log"

struct question {
	enum client_system system;
	struct step steps[STEPS_MAX];
};

#define PG(...)                                                                                                                            \
	{                                                                                                                                  \
		SYSTEM_POSTGRESQL,                                                                                                         \
		{                                                                                                                          \
			__VA_ARGS__                                                                                                        \
		}                                                                                                                          \
	}
#define MY(...)                                                                                                                            \
	{                                                                                                                                  \
		SYSTEM_MYSQL,                                                                                                              \
		{                                                                                                                          \
			__VA_ARGS__                                                                                                        \
		}                                                                                                                          \
	}
#define LITE(...)                                                                                                                          \
	{                                                                                                                                  \
		SYSTEM_SQLITE,                                                                                                             \
		{                                                                                                                          \
			__VA_ARGS__                                                                                                        \
		}                                                                                                                          \
	}
#define TSQL(...)                                                                                                                          \
	{                                                                                                                                  \
		SYSTEM_MSSQL,                                                                                                              \
		{                                                                                                                          \
			__VA_ARGS__                                                                                                        \
		}                                                                                                                          \
	}
#define ORA(...)                                                                                                                           \
	{                                                                                                                                  \
		SYSTEM_ORACLE,                                                                                                             \
		{                                                                                                                          \
			__VA_ARGS__                                                                                                        \
		}                                                                                                                          \
	}
#define DUCK(...)                                                                                                                          \
	{                                                                                                                                  \
		SYSTEM_DUCKDB,                                                                                                             \
		{                                                                                                                          \
			__VA_ARGS__                                                                                                        \
		}                                                                                                                          \
	}

static void ask(const char *policy, const struct question *q)
{
	bool right = true;
	struct fixture f;
	struct buf b;

	setup_with(&f, policy);
	buf_init(&b, 65536);
	for (size_t i = 0; i < STEPS_MAX && q->steps[i].sql; i++) {
		struct execution x = { 0 };
		struct buf got;

		run_at(&f, q->system, &q->steps[i], &x);
		buf_init(&got, 4096);
		told(&f, &got);
		right &= !q->steps[i].reaches || strcmp(got.ptr, q->steps[i].reaches) == 0;
		buf_printf(&b, "\n    %s -> %s (%s)", q->steps[i].sql, got.ptr, q->steps[i].reaches ? q->steps[i].reaches : "");
		buf_done(&got);
	}
	buf_addc(&b, 0);
	answered(right, q->steps[0].sql, b.ptr);
	buf_done(&b);
	teardown(&f);
}

#define ASK(policy, list)                                                                                                                  \
	for (size_t i_ = 0; i_ < ARRAY_SIZE(list); i_++)                                                                                   \
		ask(policy, &(list)[i_]);                                                                                                  \
	assert_int_equal(wrong, 0)
