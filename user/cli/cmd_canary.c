// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * The canary: gives up all privileges, loads one library and calls each function it is told to. Whether the call itself comes to anything
 * does not matter, not even when it crashes: the probe is at the entry. Writes "SYMBOL\n" before each call, so that only what was really
 * called counts.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <link.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include "attach/unnamed.h"
#include "base/cleanup.h"
#include "cli/canary.h"
#include "cli/cli.h"

#define NOBODY 65534
#define SECONDS_MAX 2
#define CALL_USEC_MAX 15000
#define NICE_LEVEL 10

/* Any function of the table, by six integer arguments. */
typedef uint64_t (*any_fn)(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t);

struct place {
	char text[64];
	uint16_t wide[64];
	uint64_t room[64]; /* where results may be written */
	void *lib;
	struct elf unnamed;         /* its functions without names */
	uint64_t base;              /* where it was loaded */
	uint64_t handle, statement; /* of the library */
};

static sigjmp_buf crashed;

static void on_crash(int signal)
{
	siglongjmp(crashed, signal);
}

static uint64_t address(const void *p)
{
	return (uint64_t)(uintptr_t)p;
}

struct sought {
	const char *symbol;
	uint64_t vaddr;
};

static bool is_sought(void *ctx, const struct elf_symbol *s)
{
	struct sought *f = ctx;

	if (!s->exported && !strcmp(s->name, f->symbol))
		f->vaddr = s->vaddr;
	return !f->vaddr;
}

/* By its name, or by where it lies in a file that does not name it. */
static any_fn find(const struct place *p, const char *symbol)
{
	struct sought f = { .symbol = symbol };
	any_fn fn;

	*(void **)&fn = dlsym(p->lib, symbol);
	if (!fn && p->unnamed.found.count)
		elf_each_function(&p->unnamed, is_sought, &f);
	if (f.vaddr) {
		f.vaddr += p->base;
		memcpy(&fn, &f.vaddr, sizeof(fn));
	}
	return fn;
}

static void look_for_unnamed(struct place *p, const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct link_map *map;

	if (fd < 0 || elf_open(&p->unnamed, fd))
		return;
	if (unnamed_sqlite(&p->unnamed) > 0 && !dlinfo(p->lib, RTLD_DI_LINKMAP, &map))
		p->base = map->l_addr;
	else
		elf_done(&p->unnamed);
}

/* Without a connection every function of libpq returns at once. */
static void call_libpq(struct place *p, any_fn fn, const char *symbol)
{
	if (!strcmp(symbol, "PQcancel")) /* writes why it does nothing */
		fn(0, address(p->room), sizeof(p->room), 0, 0, 0);
	else
		fn(0, address(p->text), address(p->room), address(p->room + 8), address(p->room + 16), address(p->room + 24));
}

/* A handle that was never connected: the library finds that out by itself. */
static void prepare_mysql(struct place *p)
{
	any_fn init = find(p, "mysql_init"), stmt = find(p, "mysql_stmt_init");

	p->handle = init ? init(0, 0, 0, 0, 0, 0) : 0;
	p->statement = stmt && p->handle ? stmt(p->handle, 0, 0, 0, 0, 0) : 0;
}

static void call_mysql(struct place *p, any_fn fn, const char *symbol)
{
	bool of_statement = strstr(symbol, "_stmt_") != NULL;

	fn(strcmp(symbol, "mysql_free_result") ? of_statement ? p->statement : p->handle : 0, address(p->text), strlen(p->text), 0, 0, 0);
}

static void prepare_sqlite(struct place *p)
{
	any_fn open = find(p, "sqlite3_open");

	if (open && open(address(":memory:"), address(&p->handle), 0, 0, 0, 0))
		p->handle = 0;
}

static void call_sqlite(struct place *p, any_fn fn, const char *symbol)
{
	bool wide = strstr(symbol, "prepare16") != NULL, flags = strstr(symbol, "_v3") != NULL;
	uint64_t text = wide ? address(p->wide) : address(p->text), out = address(p->room), tail = address(p->room + 1);

	if (!strcmp(symbol, "sqlite3_exec"))
		fn(p->handle, text, 0, 0, 0, 0);
	else if (strstr(symbol, "prepare"))
		fn(p->handle, text, ~0u, flags ? 0 : out, flags ? out : tail, flags ? tail : 0);
	else
		fn(0, 0, 0, 0, 0, 0); /* reset, finalize, errmsg, step: no statement */
}

/* Without a handle a driver manager returns at once, and so does a driver, or it crashes. Of handles only a statement's is looked at. */
static void call_odbc(struct place *p, any_fn fn, const char *symbol)
{
	bool wide = symbol[strlen(symbol) - 1] == 'W';

	fn(!strcmp(symbol, "SQLAllocHandle") ? 3 /* SQL_HANDLE_STMT */ : 0, wide ? address(p->wide) : address(p->text), (uint64_t)-3,
	   address(p->room), 0, 0);
}

static int on_complaint(void)
{
	return 2; /* INT_CANCEL; without a handler the library may end the process */
}

static void prepare_dblib(struct place *p)
{
	any_fn init = find(p, "dbinit"), handler = find(p, "dberrhandle");
	int (*fn)(void) = on_complaint;
	uint64_t at;

	memcpy(&at, &fn, sizeof(at));
	if (init && handler) {
		init(0, 0, 0, 0, 0, 0);
		handler(at, 0, 0, 0, 0, 0);
	}
}

/* Without a connection both complain, and return. */
static void call_freetds(struct place *p, any_fn fn, const char *symbol)
{
	uint64_t only = !strcmp(symbol, "dbsetlname") ? 2 /* DBSETUSER */ : !strcmp(symbol, "ct_con_props") ? 9100 /* CS_USERNAME */ : 0;

	if (!strcmp(symbol, "bcp_init"))
		fn(0, address(p->text), 0, 0, 2, 0);
	else
		fn(0, address(p->text), only, address(p->text), 0, 0);
}

/* To open a file is no harmless call, even of one that is not there. Results are empty ones. */
static void call_duckdb(struct place *p, any_fn fn, const char *symbol)
{
	bool result = strstr(symbol, "_result") || strstr(symbol, "_count") || strstr(symbol, "_changed");

	fn(result ? address(p->room) : 0, address(p->text), address(p->room + 32), 0, 0, 0);
}

static bool is_harmless(const char *symbol)
{
	return strncmp(symbol, "duckdb_open", 11) && strcmp(symbol, "duckdb_get_or_create_from_cache");
}

struct way {
	const char *family;
	void (*prepare)(struct place *p);
	void (*call)(struct place *p, any_fn fn, const char *symbol);
};

static const struct way ways[] = {
	{ "libpq", NULL, call_libpq },       { "mysql", prepare_mysql, call_mysql }, { "sqlite", prepare_sqlite, call_sqlite },
	{ "unixodbc", NULL, call_odbc },     { "iodbc", NULL, call_odbc },           { "odbc-postgresql", NULL, call_odbc },
	{ "odbc-mariadb", NULL, call_odbc }, { "odbc-freetds", NULL, call_odbc },    { "dblib", prepare_dblib, call_freetds },
	{ "ctlib", NULL, call_freetds },     { "duckdb", NULL, call_duckdb },
};

bool canary_knows(struct slice family)
{
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++)
		if (slice_eq(family, slice_cstr(ways[i].family)))
			return true;
	return false;
}

/* Nothing that the library does can hurt: nobody's rights, no core, no time. */
static int give_up_everything(void)
{
	struct rlimit none = { 0, 0 }, time = { SECONDS_MAX, SECONDS_MAX };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || setrlimit(RLIMIT_CORE, &none) || setrlimit(RLIMIT_CPU, &time))
		return -errno;
	alarm(SECONDS_MAX);
	(void)setpriority(PRIO_PROCESS, 0, NICE_LEVEL); /* the agent has more */
	if (geteuid() == 0 && (setgroups(0, NULL) || setresgid(NOBODY, NOBODY, NOBODY) || setresuid(NOBODY, NOBODY, NOBODY)))
		return -errno;
	return 0;
}

static void catch_crashes(void)
{
	static const int signals[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGALRM };
	struct sigaction a = { .sa_handler = on_crash, .sa_flags = SA_NODEFER };

	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		sigaction(signals[i], &a, NULL);
}

/* A call that waits for ever, for a lock that one which crashed had taken: it was made. */
static void limit_call(long usec)
{
	struct itimerval t = { .it_value = { .tv_sec = usec ? 0 : SECONDS_MAX, .tv_usec = usec } };

	setitimer(ITIMER_REAL, &t, NULL);
}

static void try(struct place *p, const struct way *w, const char *symbol)
{
	any_fn fn = find(p, symbol);

	if (!fn || !is_harmless(symbol) || sigsetjmp(crashed, 1))
		return;
	if (write(1, symbol, strlen(symbol)) < 0 || write(1, "\n", 1) < 0)
		return;
	limit_call(CALL_USEC_MAX);
	w->call(p, fn, symbol);
}

static void prepare(struct place *p, const struct way *w)
{
	if (w->prepare && !sigsetjmp(crashed, 1))
		w->prepare(p);
}

int cmd_canary(int argc, char **argv)
{
	struct place p = { .text = CANARY_TEXT };
	const struct way *w = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(ways) && argc > 3; i++)
		if (!strcmp(argv[1], ways[i].family))
			w = &ways[i];
	if (!w || give_up_everything())
		return EXIT_USAGE;
	for (size_t i = 0; p.text[i]; i++)
		p.wide[i] = (uint8_t)p.text[i];
	catch_crashes();
	p.lib = dlopen(argv[2], RTLD_NOW | RTLD_LOCAL);
	if (!p.lib)
		return EXIT_DENIED;
	look_for_unnamed(&p, argv[2]);
	prepare(&p, w);
	for (int i = 3; i < argc; i++) {
		try(&p, w, argv[i]);
		limit_call(0);
	}
	_exit(EXIT_FINE); /* no destructors: the library may be in any state */
}
