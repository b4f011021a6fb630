// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* qprov sql: SQL in as JSON lines, references out. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <json-c/json.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "cli/cli.h"
#include "cli/sql_answer.h"
#include "event/json.h"
#include "sql/sql.h"

enum { SQL_LINE_MAX = 64 << 20, SQL_ARENA_MAX = 1 << 30 };

struct sql_job {
	struct arena arena;
	struct buf out;
	enum sql_dialect dialect; /* of lines that name none */
	bool bad;
};

static void help(void)
{
	puts("usage: qprov sql [--dialect D]              JSON lines {\"id\",\"dialect\",\"sql\"} on stdin, one line each on stdout\n"
	     "       qprov sql [--dialect D] -e SQL       one text from the command line\n\n"
	     "Tells for each text the statements, the relations they read and write, how certain that is, the masked text and the "
	     "fingerprint.\n"
	     "Where it is not certain, \"possible\" holds every further name that could be a relation.\n"
	     "Dialects: postgres mysql mariadb sqlite tsql oracle hive spark databricks impala trino athena snowflake bigquery redshift\n"
	     "duckdb clickhouse, and ansi (default): a union of them.\n"
	     "Exit code 1: some line was no such object.");
}

static struct slice string_of(struct json_object *o)
{
	return slice_mem(json_object_get_string(o), (size_t)json_object_get_string_len(o));
}

static void write_id(struct json *j, struct json_object *id)
{
	if (json_object_is_type(id, json_type_string))
		json_str(j, "id", string_of(id));
	else if (json_object_is_type(id, json_type_int) && json_object_get_int64(id) >= 0)
		json_uint(j, "id", (uint64_t)json_object_get_int64(id));
	else
		json_null(j, "id");
}

static void answer(struct sql_job *job, struct json_object *id, enum sql_dialect dialect, struct slice sql, const char *error)
{
	const struct sql_result *r;
	struct json j;

	arena_reset(&job->arena);
	buf_clear(&job->out);
	json_init(&j, &job->out);
	json_open(&j, NULL, '{');
	write_id(&j, id);
	if (error) {
		json_cstr(&j, "error", error);
		job->bad = true;
	} else {
		sql_analyze(&(struct sql_options){ .dialect = dialect }, sql, &job->arena, &r);
		sql_answer_write(&j, r, dialect == SQL_ORACLE || dialect == SQL_ANSI, &job->arena);
	}
	json_close(&j, '}');
	buf_addc(&job->out, '\n');
	fwrite(job->out.ptr, 1, job->out.len, stdout);
}

static void on_line(struct sql_job *job, struct slice line)
{
	struct json_tokener *tok = json_tokener_new();
	struct json_object *o = tok ? json_tokener_parse_ex(tok, line.ptr, (int)line.len) : NULL, *id = NULL, *sql = NULL, *named = NULL;
	enum sql_dialect dialect = job->dialect;
	const char *error = NULL;

	if (!o || !json_object_is_type(o, json_type_object)) {
		error = tok ? json_tokener_error_desc(json_tokener_get_error(tok)) : "no memory";
	} else {
		json_object_object_get_ex(o, "id", &id);
		json_object_object_get_ex(o, "sql", &sql);
		if (json_object_object_get_ex(o, "dialect", &named) && json_object_is_type(named, json_type_string) &&
		    sql_dialect_parse(string_of(named), &dialect))
			dialect = SQL_ANSI;
		if (!json_object_is_type(sql, json_type_string))
			error = "no string \"sql\"";
	}
	answer(job, id, dialect, error ? SLICE_NONE : string_of(sql), error);
	json_object_put(o);
	json_tokener_free(tok);
}

static int read_lines(struct sql_job *job)
{
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;

	while ((n = getline(&line, &cap, stdin)) > 0) {
		if (n > SQL_LINE_MAX)
			answer(job, NULL, job->dialect, SLICE_NONE, "line longer than 64 MiB");
		else if (slice_trim(slice_mem(line, (size_t)n)).len)
			on_line(job, slice_mem(line, (size_t)n));
	}
	free(line);
	return fflush(stdout) ? -EIO : 0;
}

static int parse_args(int argc, char **argv, struct sql_job *job, const char **ret_text)
{
	for (int i = 1; i < argc; i++) {
		bool last = i + 1 == argc;

		if (!strcmp(argv[i], "--dialect") && !last) {
			if (sql_dialect_parse(slice_cstr(argv[++i]), &job->dialect)) {
				log_error("unknown dialect %s; 'qprov sql --help' lists them", slice_quote(slice_cstr(argv[i])));
				return -EINVAL;
			}
		} else if (!strcmp(argv[i], "-e") && !last) {
			*ret_text = argv[++i];
		} else {
			log_error("unexpected argument %s; 'qprov sql --help' shows the usage", slice_quote(slice_cstr(argv[i])));
			return -EINVAL;
		}
	}
	return 0;
}

int cmd_sql(int argc, char **argv)
{
	struct sql_job job = { .dialect = SQL_ANSI };
	const char *text = NULL;
	int r = 0;

	if (argc > 1 && (!strcmp(argv[1], "-h") || !strcmp(argv[1], "--help"))) {
		help();
		return EXIT_FINE;
	}
	if (parse_args(argc, argv, &job, &text))
		return EXIT_USAGE;
	arena_init(&job.arena, SQL_ARENA_MAX);
	buf_init(&job.out, 1 << 30);
	if (text)
		answer(&job, NULL, job.dialect, slice_cstr(text), NULL);
	else
		r = read_lines(&job);
	arena_done(&job.arena);
	buf_done(&job.out);
	return r || job.bad ? EXIT_FINDINGS : EXIT_FINE;
}
