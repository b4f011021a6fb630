// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "cli/endpoints.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"

static const struct endpoint known_ports[] = {
	{ 5432, "", "postgresql" },   { 5433, "", "postgresql" },  { 6432, "", "postgresql" },
	{ 3306, "", "mysql" },        { 33060, "", "mysql" },      { 1433, "", "microsoft.sql_server" },
	{ 1521, "", "oracle.db" },    { 1526, "", "oracle.db" },   { 2484, "", "oracle.db" },
	{ 50000, "", "ibm.db2" },     { 27017, "", "mongodb" },    { 9042, "", "cassandra" },
	{ 9142, "", "cassandra" },    { 9000, "", "clickhouse" },  { 9440, "", "clickhouse" },
	{ 10000, "", "hive" },        { 21050, "", "impala" },     { 26257, "", "postgresql" },
	{ 5439, "", "aws.redshift" }, { 3050, "", "firebirdsql" },
};

static const struct endpoint known_sockets[] = {
	{ 0, "*.s.PGSQL.*", "postgresql" }, { 0, "*mysqld.sock", "mysql" },  { 0, "*mysql.sock", "mysql" },
	{ 0, "*mysqlx.sock", "mysql" },     { 0, "*mariadb.sock", "mysql" }, { 0, "*mongodb-*.sock", "mongodb" },
};

static int add(struct endpoints *e, const struct endpoint *one, struct floor *floor)
{
	if (e->n == ENDPOINTS_MAX)
		return -E2BIG;
	e->v[e->n++] = *one;
	return one->port && floor ? floor_port(floor, one->port) : 0;
}

static void copy_text(char *to, size_t n, struct slice from)
{
	from = slice_head(from, n - 1);
	if (from.len)
		memcpy(to, from.ptr, from.len);
	to[from.len] = 0;
}

static int add_configured(struct endpoints *e, const struct config_endpoint *from, struct floor *floor)
{
	struct endpoint one = { .port = from->port };

	if (from->path.len >= sizeof(one.path))
		return 0; /* longer than any socket's path */
	copy_text(one.path, sizeof(one.path), from->path);
	copy_text(one.system, sizeof(one.system), from->system);
	return add(e, &one, floor);
}

int endpoints_configure(struct endpoints *e, const struct config *c, struct floor *floor)
{
	int err = 0;

	e->n = 0;
	for (size_t i = 0; i < ARRAY_SIZE(known_ports) && !err; i++)
		err = add(e, &known_ports[i], floor);
	for (size_t i = 0; i < ARRAY_SIZE(known_sockets) && !err; i++)
		err = add(e, &known_sockets[i], floor);
	for (size_t i = 0; c && i < c->floor.nports && !err; i++)
		err = add_configured(e, &c->floor.ports[i], floor);
	for (size_t i = 0; c && i < c->floor.nsockets && !err; i++)
		err = add_configured(e, &c->floor.sockets[i], floor);
	return err;
}

const char *endpoints_by_port(const struct endpoints *e, uint16_t port)
{
	for (size_t i = e->n; i > 0; i--)
		if (e->v[i - 1].port == port)
			return e->v[i - 1].system;
	return NULL;
}

const char *endpoints_by_path(const struct endpoints *e, struct slice path)
{
	for (size_t i = e->n; i > 0; i--)
		if (!e->v[i - 1].port && slice_glob(slice_cstr(e->v[i - 1].path), path, false))
			return e->v[i - 1].system;
	return NULL;
}
