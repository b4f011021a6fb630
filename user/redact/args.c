// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Secrets in command lines. What an option means depends on the program: -p is a password of mysql and a port of psql. The program is told
 * by the last known name before the option, so that "sudo mysql -px" and "sh -c 'mysql -px'" are read as well.
 */
#include "redact/redact.h"

#include <string.h>

#include "base/cleanup.h"

struct tool {
	struct slice name;
	const char *shorts; /* options whose value is a secret, joined or as the next word */
	char behind;        /* the secret is what stands behind this byte of the value; 0: all of it */
};

static const struct tool tools[] = {
	{ SLICE_INIT("curl"), "uUb", ':' },
	{ SLICE_INIT("http"), "a", ':' },
	{ SLICE_INIT("https"), "a", ':' },
	{ SLICE_INIT("lftp"), "u", ',' },
	{ SLICE_INIT("smbclient"), "U", '%' },
	{ SLICE_INIT("redis-cli"), "a", 0 },
	{ SLICE_INIT("sshpass"), "p", 0 },
	{ SLICE_INIT("sqlcmd"), "P", 0 },
	{ SLICE_INIT("bcp"), "P", 0 },
	{ SLICE_INIT("osql"), "P", 0 },
	{ SLICE_INIT("tsql"), "P", 0 },
	{ SLICE_INIT("isql"), "P", 0 },
	{ SLICE_INIT("iusql"), "P", 0 },
	{ SLICE_INIT("fisql"), "P", 0 },
	{ SLICE_INIT("bsqldb"), "P", 0 },
	{ SLICE_INIT("bsqlodbc"), "P", 0 },
	{ SLICE_INIT("freebcp"), "P", 0 },
	{ SLICE_INIT("defncopy"), "P", 0 },
	{ SLICE_INIT("mongo"), "p", 0 },
	{ SLICE_INIT("mongosh"), "p", 0 },
	{ SLICE_INIT("mongodump"), "p", 0 },
	{ SLICE_INIT("mongorestore"), "p", 0 },
	{ SLICE_INIT("mongoexport"), "p", 0 },
	{ SLICE_INIT("mongoimport"), "p", 0 },
	{ SLICE_INIT("cqlsh"), "p", 0 },
	{ SLICE_INIT("beeline"), "p", 0 },
	{ SLICE_INIT("docker"), "p", 0 },
	{ SLICE_INIT("podman"), "p", 0 },
	{ SLICE_INIT("vsql"), "w", 0 },
	{ SLICE_INIT("ldapsearch"), "w", 0 },
	{ SLICE_INIT("ldapadd"), "w", 0 },
	{ SLICE_INIT("ldapmodify"), "w", 0 },
	{ SLICE_INIT("ldapdelete"), "w", 0 },
	{ SLICE_INIT("ldapwhoami"), "w", 0 },
	{ SLICE_INIT("ldappasswd"), "ws", 0 },
	{ SLICE_INIT("mycli"), "p", 0 },
	{ SLICE_INIT("az"), "p", 0 },
	{ SLICE_INIT("openssl"), "kK", 0 },
	{ SLICE_INIT("ssh-keygen"), "NP", 0 },
	{ SLICE_INIT("7z"), "p", 0 },
	{ SLICE_INIT("7za"), "p", 0 },
	{ SLICE_INIT("7zr"), "p", 0 },
	{ SLICE_INIT("zip"), "P", 0 },
	{ SLICE_INIT("unzip"), "P", 0 },
	/* Named so that an option of theirs is not read as one of the program before them. */
	{ SLICE_INIT("net"), "U", '%' },
	{ SLICE_INIT("rpcclient"), "U", '%' },
	{ SLICE_INIT("smbget"), "U", '%' },
	{ SLICE_INIT("psql"), "", 0 },
	{ SLICE_INIT("pg_dump"), "", 0 },
	{ SLICE_INIT("pg_dumpall"), "", 0 },
	{ SLICE_INIT("pg_restore"), "", 0 },
	{ SLICE_INIT("pgbench"), "", 0 },
	{ SLICE_INIT("sqlite3"), "", 0 },
	{ SLICE_INIT("python3"), "", 0 },
	{ SLICE_INIT("ssh"), "", 0 },
};

/* mysql's options that take a value: in a cluster such as -uroot what follows belongs to them. */
#define MYSQL_VALUES "uhPeDSO#"

enum kind { KIND_OTHER, KIND_TABLE, KIND_MYSQL, KIND_ORACLE };

struct words {
	struct slice all; /* the arguments; hide belongs to them */
	unsigned char *hide;
	struct arena *arena;
	enum kind kind;
	const struct tool *tool;
	bool script; /* the last word was -c: this one is a command line */
	bool next;   /* the next word is a secret */
	char next_behind;
	bool admin, dsn; /* mysqladmin password X; isql DSN UID PWD */
	bool connect;    /* db2 connect to D user U using X */
	unsigned operands;
};

static void mark_line(struct words *outer, struct slice line, unsigned depth);

static void mark(struct words *w, struct slice s)
{
	if (s.len)
		memset(w->hide + (s.ptr - w->all.ptr), REDACT_HIDE, s.len);
}

static struct slice base_name(struct slice s)
{
	for (size_t i = s.len; i > 0; i--)
		if (s.ptr[i - 1] == '/')
			return slice_skip(s, i);
	return s;
}

static bool is_one_of(struct slice s, const char *const *names)
{
	for (; *names; names++)
		if (slice_eq(s, slice_cstr(*names)))
			return true;
	return false;
}

/* Is this word the name of a program we know? */
static void see_program(struct words *w, struct slice word)
{
	static const char *const oracle[] = { "sqlplus", "sqlldr", "exp", "imp", "expdp", "impdp", "sqlcl", NULL };
	struct slice name = base_name(word);

	if (slice_starts(name, SLICE("mysql")) || slice_starts(name, SLICE("mariadb"))) {
		w->kind = KIND_MYSQL;
		w->admin = slice_ends(name, SLICE("admin"));
		return;
	}
	if (is_one_of(name, oracle)) {
		w->kind = KIND_ORACLE;
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(tools); i++) {
		if (!slice_eq(name, tools[i].name))
			continue;
		w->kind = KIND_TABLE;
		w->tool = &tools[i];
		w->dsn = slice_eq(name, SLICE("isql")) || slice_eq(name, SLICE("iusql"));
		w->operands = 0;
		return;
	}
}

static void mark_behind(struct words *w, struct slice s, char behind)
{
	const char *at = behind ? memchr(s.ptr, behind, s.len) : NULL;

	if (!behind)
		mark(w, s);
	else if (at)
		mark(w, slice_skip(s, (size_t)(at + 1 - s.ptr)));
}

/* -psecret, also behind other letters: -Bpsecret. */
static bool mysql_cluster(struct words *w, struct slice word)
{
	for (size_t i = 1; i < word.len && !strchr(MYSQL_VALUES, word.ptr[i]); i++) {
		if (word.ptr[i] != 'p')
			continue;
		mark(w, slice_skip(word, i + 1));
		return true;
	}
	return false;
}

/* Whether it is one of the letters of this program that a secret follows. */
static bool short_option(struct words *w, struct slice word)
{
	if (w->kind == KIND_MYSQL)
		return mysql_cluster(w, word);
	if (w->kind != KIND_TABLE || !word.ptr[1] || !strchr(w->tool->shorts, word.ptr[1]))
		return false;
	if (word.len > 2) {
		mark_behind(w, slice_skip(word, 2), w->tool->behind);
		return true;
	}
	w->next = true;
	w->next_behind = w->tool->behind;
	return true;
}

/* --password=x: to the end of the word, blanks included. --password: the next one. Single dashes too. */
static void option(struct words *w, struct slice word)
{
	const char *eq = memchr(word.ptr, '=', word.len);
	struct slice name = eq ? slice_head(word, (size_t)(eq - word.ptr)) : word;

	/* First the letters: "-pmy-secret" is a password of mysql, and not an option that is called so. */
	if (word.len > 1 && word.ptr[1] != '-' && short_option(w, word))
		return;
	if (redact_word(name) && !slice_starts(name, SLICE("--no-"))) {
		if (eq)
			mark(w, slice_skip(word, name.len + 1));
		else
			w->next = true;
		w->next_behind = 0;
		return;
	}
	if (w->kind == KIND_TABLE && w->tool->behind == ':' &&
	    (slice_eq(name, SLICE("--user")) || slice_eq(name, SLICE("--auth")) || slice_eq(name, SLICE("--proxy-user")))) {
		if (eq)
			mark_behind(w, slice_skip(word, name.len + 1), ':');
		else
			w->next = true;
		w->next_behind = ':';
	}
}

static struct slice unquoted(struct slice s)
{
	char quote = s.len > 1 ? s.ptr[0] : 0;

	if ((quote != '\'' && quote != '"') || s.ptr[s.len - 1] != quote)
		return s;
	return slice_mem(s.ptr + 1, s.len - 2);
}

/* PGPASSWORD=x for env and shells: an environment variable has capitals only, so that "password=x user=y" is not one. */
static bool environment(struct words *w, struct slice word)
{
	size_t i = 0;

	while (i < word.len &&
	       ((word.ptr[i] >= 'A' && word.ptr[i] <= 'Z') || word.ptr[i] == '_' || (word.ptr[i] >= '0' && word.ptr[i] <= '9')))
		i++;
	if (!i || i == word.len || word.ptr[i] != '=' || !redact_word(slice_head(word, i)))
		return false;
	mark(w, unquoted(slice_skip(word, i + 1)));
	return true;
}

/* user/password@service */
static void oracle_login(struct words *w, struct slice word)
{
	const char *slash = memchr(word.ptr, '/', word.len), *at;

	if (!slash || slash == word.ptr || word.ptr[0] == '@')
		return;
	at = memrchr(slash, '@', word.len - (size_t)(slash - word.ptr));
	mark(w, slice_mem(slash + 1, (size_t)((at ? at : word.ptr + word.len) - slash - 1)));
}

/* mysqlsh user:password@host */
static void mysql_login(struct words *w, struct slice word)
{
	const char *at = memrchr(word.ptr, '@', word.len), *colon = at ? memchr(word.ptr, ':', (size_t)(at - word.ptr)) : NULL;

	if (colon && colon > word.ptr && colon[1] != '/')
		mark(w, slice_mem(colon + 1, (size_t)(at - colon - 1)));
}

/* A line of .pgpass: host:port:database:user:password, the port a number or a star. */
static void pgpass(struct words *w, struct slice word)
{
	size_t at[4], n = 0;

	for (size_t i = 0; i < word.len && n < 4; i++)
		if (word.ptr[i] == '\\')
			i++;
		else if (word.ptr[i] == ':')
			at[n++] = i;
	if (n < 4 || at[1] == at[0] + 1)
		return;
	for (size_t i = at[0] + 1; i < at[1]; i++)
		if ((word.ptr[i] < '0' || word.ptr[i] > '9') && word.ptr[i] != '*')
			return;
	mark(w, slice_skip(word, at[3] + 1));
}

/* Words that say that the next one is a secret. */
static bool announces(struct words *w, struct slice word)
{
	if (slice_ieq(word, SLICE("connect")))
		w->connect = true;
	if (w->connect && slice_ieq(word, SLICE("using")))
		return true;
	if (w->kind == KIND_MYSQL && w->admin && slice_eq(word, SLICE("password")))
		return true;
	/* aws configure set aws_secret_access_key X */
	return memchr(word.ptr, '_', word.len) && redact_word(word);
}

static bool has_blank(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] == ' ' || s.ptr[i] == '\t' || s.ptr[i] == '\n')
			return true;
	return false;
}

static void one_word(struct words *w, struct slice word)
{
	bool script = w->script;

	if (!word.len)
		return;
	w->script = false;
	if (w->next && word.ptr[0] != '-') {
		w->next = false;
		mark_behind(w, word, w->next_behind);
		return;
	}
	w->next = false;
	if (word.ptr[0] == '-') {
		w->script = word.ptr[1 % word.len] != '-' && word.ptr[word.len - 1] == 'c';
		option(w, word);
		return;
	}
	if (!(script && has_blank(word)) && environment(w, word))
		return;
	pgpass(w, word);
	if (announces(w, word))
		w->next = true, w->next_behind = 0;
	else if (w->kind == KIND_MYSQL)
		mysql_login(w, word);
	else if (w->kind == KIND_ORACLE)
		oracle_login(w, word);
	else if (w->kind == KIND_TABLE && w->dsn && ++w->operands == 3)
		mark(w, word);
	see_program(w, word);
}

static bool is_break(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r') || c == ';' || c == '|' || c == '&' || c == '(' || c == ')' || c == 0;
}

/* To the end of a shell word: quotes hold blanks together. */
static size_t word_end(struct slice s, size_t i)
{
	char quote = 0;

	for (; i < s.len; i++) {
		char c = s.ptr[i];

		if (c == '\\' && quote != '\'' && i + 1 < s.len)
			i++;
		else if (quote)
			quote = c == quote ? 0 : quote;
		else if (c == '\'' || c == '"')
			quote = c;
		else if (is_break(c))
			break;
	}
	return i;
}

/* A whole command line in one argument: sh -c, ssh host "...", cron. */
static void mark_line(struct words *outer, struct slice line, unsigned depth)
{
	struct words w = { .all = outer->all, .hide = outer->hide, .arena = outer->arena };

	for (size_t i = 0; i < line.len;) {
		size_t end = word_end(line, i);
		struct slice word = slice_mem(line.ptr + i, end - i), bare = unquoted(word);

		one_word(&w, bare);
		if (depth < REDACT_DEPTH_MAX && bare.len < word.len && has_blank(bare))
			mark_line(&w, bare, depth + 1);
		i = end + (end == i || end < line.len);
	}
}

void redact_mark_line(struct slice line, unsigned char *hide, struct arena *arena)
{
	struct words w = { .all = line, .hide = hide, .arena = arena };

	if (redact_hint(line))
		redact_mark_text(line, hide);
	mark_line(&w, line, 0);
}

static void mark_statement(struct words *w, struct slice arg)
{
	unsigned char *hide = w->hide + (arg.ptr - w->all.ptr);

	redact_mark_sql(SQL_ANSI, arg, hide, w->arena);
	redact_mark_sql(SQL_MYSQL, arg, hide, w->arena);
}

void redact_mark_args(struct slice args, unsigned char *hide, struct arena *arena)
{
	struct words w = { .all = args, .hide = hide, .arena = arena };
	struct slice rest = args;

	while (rest.len) {
		struct slice arg = slice_head(rest, strnlen(rest.ptr, rest.len));

		one_word(&w, arg);
		if (arg.len && redact_hint(arg))
			redact_mark_text(arg, hide + (arg.ptr - args.ptr));
		if (has_blank(arg)) {
			mark_line(&w, arg, 0);
			if (redact_hint(arg))
				mark_statement(&w, arg);
		}
		rest = slice_skip(rest, arg.len + 1);
	}
}
