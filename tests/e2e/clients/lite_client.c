// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* SQLite, one way of calling per run: exec, step, old, v3, wide, wide_old, wide_v3 (of preparing), reset, partial, bind, get_table, backup,
 * blob, fts, serialize, deserialize, attach, pad:BYTES (a comment of that length before the table). argv: way, times, database.
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uchar.h>

#define SQL "SELECT ip FROM user_ip_log WHERE user_id = 1"

static const char16_t *wide(void);

static int on_row(void *ctx, int n, char **v, char **names)
{
	(void)n, (void)v, (void)names;
	++*(int *)ctx;
	return 0;
}

static int steps(sqlite3_stmt *s, int at_most)
{
	int n = 0;

	while (n < at_most && sqlite3_step(s) == SQLITE_ROW)
		n++;
	return n;
}

static int padded(sqlite3 *db, const char *way)
{
	size_t n = (size_t)atol(way + 4);
	char *text = malloc(n + 200);
	sqlite3_stmt *s;
	int rows = -1;

	memcpy(text, "SELECT /*", 9);
	memset(text + 9, 'x', n);
	strcpy(text + 9 + n, "*/ ip FROM user_ip_log WHERE user_id = 1");
	if (!sqlite3_prepare_v2(db, text, -1, &s, NULL)) {
		rows = steps(s, 100);
		sqlite3_finalize(s);
	}
	free(text);
	return rows;
}

static int bound(sqlite3 *db)
{
	sqlite3_stmt *s;
	int n = -1;

	if (sqlite3_prepare_v2(db, "SELECT ip, ?2, ?3, ?4, ?5, ?6 FROM user_ip_log WHERE user_id = ?1", -1, &s, NULL))
		return -1;
	if (!sqlite3_bind_int(s, 1, 1) && !sqlite3_bind_text(s, 2, "text", -1, SQLITE_STATIC) && !sqlite3_bind_null(s, 3) &&
	    !sqlite3_bind_double(s, 4, -2.5) && !sqlite3_bind_int64(s, 5, 9007199254740993) &&
	    !sqlite3_bind_blob(s, 6, "\1\2", 2, SQLITE_STATIC))
		n = steps(s, 100);
	sqlite3_finalize(s);
	return n;
}

static int get_table(sqlite3 *db)
{
	char **t;
	int n, columns;

	if (sqlite3_get_table(db, SQL, &t, &n, &columns, NULL))
		return -1;
	sqlite3_free_table(t);
	return n;
}

static int backup(sqlite3 *db)
{
	sqlite3_backup *b;
	sqlite3 *to;
	int r;

	if (sqlite3_open(":memory:", &to))
		return -1;
	b = sqlite3_backup_init(to, "main", db, "main");
	r = b ? sqlite3_backup_step(b, -1) : SQLITE_ERROR;
	sqlite3_backup_finish(b);
	sqlite3_close(to);
	return r == SQLITE_DONE ? 4 : -1;
}

static int blob(sqlite3 *db)
{
	sqlite3_blob *b;
	char ip[32];
	int r;

	if (sqlite3_blob_open(db, "main", "user_ip_log", "ip", 1, 0, &b))
		return -1;
	r = sqlite3_blob_read(b, ip, sqlite3_blob_bytes(b), 0);
	sqlite3_blob_close(b);
	return r ? -1 : 4;
}

/* The full text search keeps its index in tables of its own, and asks for them in SQL. */
static int full_text(sqlite3 *db)
{
	static const char *const texts[] = { "CREATE VIRTUAL TABLE temp.a USING fts4(body)",
					     "INSERT INTO a VALUES ('one two')",
					     "SELECT body FROM a WHERE a MATCH 'two'",
					     "CREATE VIRTUAL TABLE temp.b USING fts5(body)",
					     "INSERT INTO b VALUES ('one two')",
					     "SELECT body FROM b WHERE b MATCH 'two'" };
	int n = 0;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		sqlite3_stmt *s;

		if (sqlite3_prepare_v2(db, texts[i], -1, &s, NULL))
			return -1;
		n += steps(s, 100);
		sqlite3_finalize(s);
	}
	return n == 2 ? 4 : -1;
}

static int serialize(sqlite3 *db)
{
#if SQLITE_VERSION_NUMBER >= 3036000 /* before, builds have it as they like */
	sqlite3_int64 size = 0;
	unsigned char *p = sqlite3_serialize(db, "main", &size, 0);

	sqlite3_free(p);
	return size > 0 ? 4 : -1;
#else
	(void)db;
	return -1;
#endif
}

/* The other database lies beside this one. */
static int attach(sqlite3 *db)
{
	const char *path = sqlite3_db_filename(db, "main");
	char text[1024];
	sqlite3_stmt *s;
	int n = -1;

	snprintf(text, sizeof(text), "ATTACH '%s-other' AS other", path);
	if (sqlite3_exec(db, text, NULL, NULL, NULL) ||
	    sqlite3_prepare_v2(db, "SELECT ip FROM other.user_ip_log WHERE user_id = 1", -1, &s, NULL))
		return -1;
	n = steps(s, 100);
	sqlite3_finalize(s);
	return sqlite3_exec(db, "DETACH other", NULL, NULL, NULL) ? -1 : n;
}

/* A database out of a file's bytes, read in memory. */
static int deserialize(sqlite3 *db)
{
#if SQLITE_VERSION_NUMBER >= 3036000
	sqlite3_int64 size = 0;
	unsigned char *p = sqlite3_serialize(db, "main", &size, 0);
	sqlite3 *to;
	int n = 0;

	if (!p || sqlite3_open(":memory:", &to))
		return -1;
	if (sqlite3_deserialize(to, "main", p, size, size, SQLITE_DESERIALIZE_FREEONCLOSE) || sqlite3_exec(to, SQL, on_row, &n, NULL))
		n = -1;
	sqlite3_close(to);
	return n;
#else
	(void)db;
	return -1;
#endif
}

static int other(sqlite3 *db, const char *way)
{
	if (!strcmp(way, "attach"))
		return attach(db);
	if (!strcmp(way, "deserialize"))
		return deserialize(db);
	if (!strcmp(way, "get_table"))
		return get_table(db);
	if (!strcmp(way, "backup"))
		return backup(db);
	if (!strcmp(way, "blob"))
		return blob(db);
	if (!strcmp(way, "fts"))
		return full_text(db);
	return serialize(db);
}

/* Each form of it. */
static int prepare(sqlite3 *db, const char *way, sqlite3_stmt **ret)
{
	if (!strcmp(way, "old"))
		return sqlite3_prepare(db, SQL, -1, ret, NULL);
	if (!strcmp(way, "v3"))
		return sqlite3_prepare_v3(db, SQL, -1, SQLITE_PREPARE_PERSISTENT, ret, NULL);
	if (!strcmp(way, "wide"))
		return sqlite3_prepare16_v2(db, wide(), -1, ret, NULL);
	if (!strcmp(way, "wide_old"))
		return sqlite3_prepare16(db, wide(), -1, ret, NULL);
	if (!strcmp(way, "wide_v3"))
		return sqlite3_prepare16_v3(db, wide(), -1, 0, ret, NULL);
	return sqlite3_prepare_v2(db, SQL, -1, ret, NULL);
}

static int once(sqlite3 *db, const char *way)
{
	sqlite3_stmt *s = NULL;
	int n = 0;

	if (!strcmp(way, "exec"))
		return sqlite3_exec(db, SQL, on_row, &n, NULL) ? -1 : n;
	if (!strncmp(way, "pad:", 4))
		return padded(db, way);
	if (!strcmp(way, "get_table") || !strcmp(way, "backup") || !strcmp(way, "blob") || !strcmp(way, "fts") ||
	    !strcmp(way, "serialize") || !strcmp(way, "attach") || !strcmp(way, "deserialize"))
		return other(db, way);
	if (!strcmp(way, "bind"))
		return bound(db);
	if (prepare(db, way, &s))
		return -1;
	/* "partial" stops after the first row: finalize ends a statement that is still running. */
	n = steps(s, !strcmp(way, "partial") ? 1 : 100);
	sqlite3_finalize(s);
	return !strcmp(way, "partial") && n == 1 ? 4 : n;
}

static int reuse(sqlite3 *db, int times)
{
	sqlite3_stmt *s = NULL;
	int n = 4;

	if (sqlite3_prepare_v2(db, SQL, -1, &s, NULL))
		return -1;
	for (int i = 0; i < times && n == 4; i++) {
		n = steps(s, 100);
		sqlite3_reset(s);
	}
	sqlite3_finalize(s);
	return n;
}

static const char16_t *wide(void)
{
	static char16_t out[sizeof(SQL)];

	for (size_t i = 0; i < sizeof(SQL); i++)
		out[i] = (char16_t)SQL[i];
	return out;
}

int main(int argc, char **argv)
{
	sqlite3 *db;
	int times, n = 4;

	if (argc != 4 || sqlite3_open_v2(argv[3], &db, SQLITE_OPEN_READONLY, NULL))
		return 1;
	times = atoi(argv[2]);
	if (!strcmp(argv[1], "reset"))
		n = reuse(db, times);
	else
		for (int i = 0; i < times && n == 4; i++)
			n = once(db, argv[1]);
	if (n != 4)
		fprintf(stderr, "%s: %d rows, %s\n", argv[1], n, sqlite3_errmsg(db));
	sqlite3_close(db);
	return n == 4 ? 0 : 1;
}
