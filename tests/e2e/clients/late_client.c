// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * late_client COUNT pg LIBPQ | maria LIBMARIADB SOCKET | lite LIBSQLITE DATABASE | duck LIBDUCKDB: makes a copy of the library that nobody
 * has met, loads it and uses it at once, COUNT times, each in a process of its own that ends. Statement n holds the number n. libpq and
 * libmariadb connect first, SQLite opens a file, DuckDB one in memory.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *copy(const char *from, int n)
{
	static char name[4096];
	struct stat st;
	int in = open(from, O_RDONLY), out;

	snprintf(name, sizeof(name), "%s/late-%ld-%d.so", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp", (long)getpid(), n);
	out = open(name, O_WRONLY | O_CREAT | O_EXCL, 0755);
	if (in < 0 || out < 0 || fstat(in, &st) || sendfile(out, in, NULL, (size_t)st.st_size) != st.st_size)
		return NULL;
	close(in);
	close(out);
	return name;
}

static void *function(void *lib, const char *name)
{
	void *f = dlsym(lib, name);

	if (!f)
		exit(3);
	return f;
}

static int pg(void *lib, int n)
{
	void *(*connect)(const char *) = (void *(*)(const char *))function(lib, "PQconnectdb");
	void *(*exec)(void *, const char *) = (void *(*)(void *, const char *))function(lib, "PQexec");
	void (*clear)(void *) = (void (*)(void *))function(lib, "PQclear");
	void *c = connect("");
	char sql[100];

	snprintf(sql, sizeof(sql), "SELECT ip FROM user_ip_log WHERE user_id = %d", n);
	clear(exec(c, sql));
	return 0;
}

static int maria(void *lib, const char *socket, int n)
{
	void *(*init)(void *) = (void *(*)(void *))function(lib, "mysql_init");
	void *(*connect)(void *, const char *, const char *, const char *, const char *, unsigned, const char *, unsigned long) =
		(void *(*)(void *, const char *, const char *, const char *, const char *, unsigned, const char *, unsigned long))function(
			lib, "mysql_real_connect");
	int (*query)(void *, const char *) = (int (*)(void *, const char *))function(lib, "mysql_query");
	void *c = connect(init(NULL), NULL, "root", "", "test", 0, socket, 0);
	char sql[100];

	snprintf(sql, sizeof(sql), "SELECT ip FROM user_ip_log WHERE user_id = %d", n);
	return !c || query(c, sql);
}

static int duck(void *lib, int n)
{
	int (*open_db)(const char *, void **) = (int (*)(const char *, void **))function(lib, "duckdb_open");
	int (*connect)(void *, void **) = (int (*)(void *, void **))function(lib, "duckdb_connect");
	int (*query)(void *, const char *, void *) = (int (*)(void *, const char *, void *))function(lib, "duckdb_query");
	void *db, *c;
	char sql[100];

	/* Fails, which does not matter: it is sent. */
	snprintf(sql, sizeof(sql), "SELECT ip FROM user_ip_log WHERE user_id = %d", n);
	return open_db(NULL, &db) || connect(db, &c) || query(c, sql, NULL) == 0;
}

static int lite(void *lib, const char *db, int n)
{
	int (*open_db)(const char *, void **) = (int (*)(const char *, void **))function(lib, "sqlite3_open");
	int (*exec)(void *, const char *, void *, void *, char **) =
		(int (*)(void *, const char *, void *, void *, char **))function(lib, "sqlite3_exec");
	char sql[100];
	void *c;

	snprintf(sql, sizeof(sql), "SELECT ip FROM user_ip_log WHERE user_id = %d", n);
	return open_db(db, &c) || exec(c, sql, NULL, NULL, NULL);
}

static int one(char **argv, int n)
{
	const char *name = copy(argv[3], n);
	void *lib = name ? dlopen(name, RTLD_NOW | RTLD_LOCAL) : NULL;

	if (!lib)
		return 2;
	unlink(name);
	switch (argv[2][0]) {
	case 'p':
		return pg(lib, n);
	case 'd':
		return duck(lib, n);
	case 'm':
		return maria(lib, argv[4], n);
	default:
		return lite(lib, argv[4], n);
	}
}

int main(int argc, char **argv)
{
	if (argc < 4 || (argv[2][0] != 'p' && argv[2][0] != 'd' && argc < 5))
		return 2;
	for (int n = 1; n <= atoi(argv[1]); n++) {
		pid_t pid = fork();
		int status;

		if (pid == 0)
			_exit(one(argv, n));
		if (waitpid(pid, &status, 0) != pid || status)
			return 1;
	}
	return 0;
}
