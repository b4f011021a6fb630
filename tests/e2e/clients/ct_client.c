// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* FreeTDS' CT-Library, one way of calling a time: ct_client WAY TIMES SERVER */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <ctpublic.h>

#define LIT "SELECT ip FROM user_ip_log WHERE user_id = 1"

static CS_CONTEXT *ctx;
static CS_CONNECTION *con;
static CS_COMMAND *cmd;

static void must(CS_RETCODE r)
{
	if (r != CS_SUCCEED)
		exit(1);
}

static void send_it(void)
{
	CS_INT kind, n;

	must(ct_send(cmd));
	while (ct_results(cmd, &kind) == CS_SUCCEED)
		while ((kind == CS_ROW_RESULT || kind == CS_STATUS_RESULT || kind == CS_PARAM_RESULT) &&
		       ct_fetch(cmd, CS_UNUSED, CS_UNUSED, CS_UNUSED, &n) == CS_SUCCEED)
			;
}

static void language(const char *text, CS_INT n)
{
	must(ct_command(cmd, CS_LANG_CMD, (CS_VOID *)text, n, CS_UNUSED));
	send_it();
}

static void dynamic(int times)
{
	char name[] = "st1";

	must(ct_dynamic(cmd, CS_PREPARE, name, CS_NULLTERM, (CS_CHAR *)LIT, CS_NULLTERM));
	send_it();
	for (int i = 0; i < times; i++) {
		must(ct_dynamic(cmd, CS_EXECUTE, name, CS_NULLTERM, NULL, CS_UNUSED));
		send_it();
	}
	must(ct_dynamic(cmd, CS_DEALLOC, name, CS_NULLTERM, NULL, CS_UNUSED));
	send_it();
}

static CS_DATAFMT format_of(const char *name, CS_INT type)
{
	CS_DATAFMT f;

	memset(&f, 0, sizeof(f));
	strcpy(f.name, name);
	f.namelen = CS_NULLTERM;
	f.datatype = type;
	f.maxlength = CS_UNUSED;
	f.status = CS_INPUTVALUE;
	return f;
}

static void param(const char *name, CS_INT type, void *data, CS_INT len, CS_SMALLINT indicator)
{
	CS_DATAFMT f = format_of(name, type);

	must(ct_param(cmd, &f, data, len, indicator));
}

/* The values lie on the stack, and are written over before they are sent: the library copies them. */
static void by_value(void)
{
	CS_INT id = 7;
	CS_FLOAT real = 1.5;
	char name[] = "ann and more", raw[] = "\1\2";

	param("@id", CS_INT_TYPE, &id, CS_UNUSED, CS_GOODDATA);
	param("@name", CS_CHAR_TYPE, name, 3, CS_GOODDATA);
	param("@whole", CS_VARCHAR_TYPE, name, CS_NULLTERM, CS_GOODDATA);
	param("@real", CS_FLOAT_TYPE, &real, CS_UNUSED, CS_GOODDATA);
	param("@nothing", CS_INT_TYPE, &id, CS_UNUSED, CS_NULLDATA);
	param("@raw", CS_BINARY_TYPE, raw, 2, CS_GOODDATA);
	id = 0;
	real = 0;
	memset(name, 'x', sizeof(name));
	memset(raw, 'x', sizeof(raw));
}

static void procedure(int times, bool by_place)
{
	CS_INT id, size = sizeof(id), len = 3;
	CS_SMALLINT good = CS_GOODDATA, bad = CS_NULLDATA;
	CS_DATAFMT number = format_of("@id", CS_INT_TYPE), text = format_of("@name", CS_CHAR_TYPE);
	char name[] = "ann and more";

	for (int i = 0; i < times; i++) {
		id = 0;
		must(ct_command(cmd, CS_RPC_CMD, (CS_VOID *)"read_user_ip_log", CS_NULLTERM, CS_UNUSED));
		if (by_place) {
			must(ct_setparam(cmd, &number, &id, &size, &good));
			param("@copied", CS_CHAR_TYPE, name, 3, CS_GOODDATA);
			must(ct_setparam(cmd, &text, name, &len, &good));
			must(ct_setparam(cmd, &number, &id, &size, &bad));
			id = 7; /* it counts what is there when the command is sent */
		} else {
			by_value();
		}
		send_it();
	}
}

int main(int argc, char **argv)
{
	int times = argc == 4 ? atoi(argv[2]) : 0;

	if (!times)
		return 2;
	must(cs_ctx_alloc(CS_VERSION_100, &ctx));
	must(ct_init(ctx, CS_VERSION_100));
	must(ct_con_alloc(ctx, &con));
	must(ct_con_props(con, CS_SET, CS_USERNAME, (CS_VOID *)"sa", CS_NULLTERM, NULL));
	must(ct_con_props(con, CS_SET, CS_PASSWORD, (CS_VOID *)"geheim", CS_NULLTERM, NULL));
	must(ct_connect(con, argv[3], CS_NULLTERM));
	must(ct_cmd_alloc(con, &cmd));
	for (int i = 0; !strcmp(argv[1], "command") && i < times; i++)
		language(LIT, CS_NULLTERM);
	for (int i = 0; !strcmp(argv[1], "length") && i < times; i++)
		language(LIT "; DROP TABLE users", (CS_INT)strlen(LIT));
	for (int i = 0; !strcmp(argv[1], "rpc") && i < times; i++) {
		must(ct_command(cmd, CS_RPC_CMD, (CS_VOID *)"read_user_ip_log", CS_NULLTERM, CS_NO_RECOMPILE));
		send_it();
	}
	if (!strcmp(argv[1], "param") || !strcmp(argv[1], "setparam"))
		procedure(times, !strcmp(argv[1], "setparam"));
	if (!strcmp(argv[1], "dynamic"))
		dynamic(times);
	ct_cmd_drop(cmd);
	ct_close(con, CS_UNUSED);
	ct_con_drop(con);
	ct_exit(ctx, CS_UNUSED);
	cs_ctx_drop(ctx);
	return 0;
}
