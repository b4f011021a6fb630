// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* FreeTDS' CT-Library, one way of calling a time: ct_client WAY TIMES SERVER */
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
	if (!strcmp(argv[1], "dynamic"))
		dynamic(times);
	ct_cmd_drop(cmd);
	ct_close(con, CS_UNUSED);
	ct_con_drop(con);
	ct_exit(ctx, CS_UNUSED);
	cs_ctx_drop(ctx);
	return 0;
}
