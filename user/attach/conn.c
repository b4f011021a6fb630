// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "attach/conn.h"

#include <string.h>

#include "client.h"

/*
 * MySQL's mysql.h is a public header that programs compile in, so its order of members is fixed within a major version of the ABI: struct
 * st_mysql begins with NET, whose fifth pointer is followed by the descriptor; "char *host, *user, *passwd, *unix_socket, *server_version,
 * *host_info, *info, *db" stand in a row. Used only where the accessors of this file agree with it.
 */
enum { NET_FD = 5 * 8, HOST = -5 * 8, USER = -4 * 8, SERVER_VERSION = -1 * 8, INFO = 1 * 8, DB = 2 * 8 };

static ssize_t read_code(void *ctx, uint64_t vaddr, void *buf, size_t n)
{
	return elf_read(ctx, vaddr, buf, n);
}

static bool leave_stub(void *ctx, uint64_t vaddr, uint64_t *ret)
{
	return elf_stub_target(ctx, vaddr, ret);
}

static struct conn_chain one_load(uint8_t kind, int64_t off)
{
	struct conn_chain c = { .kind = kind, .steps = 1, .index_at = CONN_NO_INDEX };

	c.off[0] = (int32_t)off;
	return c;
}

/* The three neighbours that accessors return tell where the row of pointers lies, and that it is the row of the header. */
static void mysql_header(const struct conn_chain *host_info, const struct conn_chain *version, const struct conn_chain *info,
			 struct conn_spec *ret)
{
	const struct conn_chain *tls = &ret->item[CONN_TLS];
	int32_t at = host_info->off[0];

	/* Its first word points to the transport: NET is where the header says. */
	if (tls->kind != CONN_NONE && tls->steps == 2 && tls->off[0] == 0)
		ret->item[CONN_SOCKET] = one_load(CONN_U32, NET_FD);
	if (host_info->steps != 1 || version->steps != 1 || info->steps != 1 || at + HOST < 0)
		return;
	if (version->off[0] - at != SERVER_VERSION || info->off[0] - at != INFO)
		return;
	ret->item[CONN_HOST] = one_load(CONN_STRING, at + HOST);
	ret->item[CONN_USER] = one_load(CONN_STRING, at + USER);
	ret->item[CONN_DATABASE] = one_load(CONN_STRING, at + DB);
}

/* In the order of the rows: which part of a value is its type, the type's number in that, NULL or not, a number, a string. */
static void duckdb_value(const struct conn_chain c[5], struct value_layout *ret)
{
	struct value_layout v = { .known = true, .type_at = -1 };

	if (c[0].steps != 1 || !c[1].steps || c[1].steps > 2 || c[2].steps != 1 || c[3].steps != 1 || c[4].steps != 2)
		return;
	if (c[1].steps == 2)
		v.type_at = c[0].off[0] + c[1].off[0];
	v.type = c[1].steps == 2 ? c[1].off[1] : c[0].off[0] + c[1].off[0];
	v.null = c[2].off[0];
	v.number = c[3].off[0];
	v.text_at = c[4].off[0];
	v.text = c[4].off[1];
	if (v.type_at <= INT16_MAX) /* struct probe_field_spec */
		*ret = v;
}

bool conn_decode(const struct elf *e, uint16_t system, const struct conn_row *rows, size_t n, const struct conn_found *found,
		 struct conn_spec *ret, struct value_layout *ret_value)
{
	struct chain_code code = { .read = read_code, .stub = leave_stub, .ctx = (void *)e };
	struct conn_chain confirm[CONN_ROWS_MAX] = { 0 };
	size_t confirms = 0;
	bool any = false;

	memset(ret, 0, sizeof(*ret));
	memset(ret_value, 0, sizeof(*ret_value));
	for (size_t i = 0; i < n && i < CONN_ROWS_MAX; i++) {
		struct conn_chain *to = rows[i].item < CONN_ITEMS ? &ret->item[rows[i].item] : &confirm[confirms++];
		struct conn_chain c = { .kind = rows[i].kind };

		if (rows[i].form != CHAIN_MEM && found->vaddr[i] &&
		    !chain_decode(&code, found->vaddr[i], (enum chain_form)rows[i].form, &c))
			*to = c;
	}
	if (system == SYSTEM_POSTGRESQL && confirm[0].steps == 2)
		ret->errors = 1 + (uint32_t)confirm[0].off[0];
	/* Two functions that look into what the server sent, each on its own way, and mean the same place. */
	if (system == SYSTEM_POSTGRESQL && confirm[1].steps == 1 && confirm[2].steps == 1 && confirm[1].off[0] == confirm[2].off[0])
		ret->taken = 1 + (uint32_t)confirm[1].off[0];
	if (system == SYSTEM_SQLITE && n > 3) {
		struct chain_mem at = { found->vaddr[1], found->vaddr[2], found->vaddr[3] };

		any = !chain_mem_layout(&code, &at, &ret->mem);
	}
	if (system == SYSTEM_MYSQL && confirms == 3)
		mysql_header(&confirm[0], &confirm[1], &confirm[2], ret);
	if (system == SYSTEM_DUCKDB && confirms == 5)
		duckdb_value(confirm, ret_value);
	for (size_t i = 0; i < CONN_ITEMS; i++)
		any |= ret->item[i].kind != CONN_NONE;
	return any;
}
