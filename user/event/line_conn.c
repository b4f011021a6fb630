// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* The connection of a query: source, destination and file by ECS names, the rest as qprov.connection. */
#include "event/line.h"

#include <arpa/inet.h>
#include <sys/socket.h>

static struct slice address_text(const struct db_connection *c, const uint8_t *bytes, char *text, size_t n)
{
	if (c->family != AF_INET && c->family != AF_INET6)
		return SLICE_NONE;
	return inet_ntop(c->family, bytes, text, (socklen_t)n) ? slice_cstr(text) : SLICE_NONE;
}

static void write_source(struct json *j, const struct db_connection *c)
{
	char text[INET6_ADDRSTRLEN];

	if (!c->local_port)
		return;
	json_open(j, "source", '{');
	line_opt(j, "ip", address_text(c, c->local, text, sizeof(text)), sizeof(text));
	json_uint(j, "port", c->local_port);
	json_close(j, '}');
}

/* The address as the client named it; of a UNIX socket its path. */
static void write_destination(struct json *j, const struct db_connection *c)
{
	bool is_unix = c->family == AF_UNIX;
	struct slice address = is_unix && c->path.len ? c->path : c->host, ip;
	char text[INET6_ADDRSTRLEN];

	ip = address_text(c, c->remote, text, sizeof(text));
	if (!address.len)
		address = ip;
	if (!address.len && !c->remote_port && !c->user.len)
		return;
	json_open(j, "destination", '{');
	line_opt(j, "address", address, LINE_PATH_MAX);
	line_opt(j, "ip", ip, sizeof(text));
	if (c->remote_port)
		json_uint(j, "port", c->remote_port);
	if (c->user.len) {
		json_open(j, "user", '{');
		line_opt(j, "name", c->user, LINE_NAME_MAX);
		json_close(j, '}');
	}
	json_close(j, '}');
}

void line_endpoints(struct json *j, const struct execution *x)
{
	const struct db_connection *c = x->conn;

	if (!c)
		return;
	if (x->system == SYSTEM_SQLITE || x->system == SYSTEM_DUCKDB) {
		if (c->path.len) {
			json_open(j, "file", '{');
			line_opt(j, "path", c->path, LINE_PATH_MAX);
			json_close(j, '}');
		}
		return;
	}
	write_source(j, c);
	write_destination(j, c);
}

void line_connection(struct json *j, const struct execution *x)
{
	const struct db_connection *c = x->conn;

	struct slice source = x->source.len ? x->source : c ? c->source : SLICE_NONE;

	if (!c || (!c->id && c->tls == REC_TLS_UNKNOWN && !c->application.len && !source.len))
		return;
	json_open(j, "connection", '{');
	if (c->id)
		json_uint(j, "server_id", c->id);
	if (c->tls != REC_TLS_UNKNOWN)
		json_boolean(j, "tls", c->tls == REC_TLS_YES);
	line_opt(j, "application_name", c->application, LINE_NAME_MAX);
	line_opt(j, "data_source", source, LINE_NAME_MAX);
	json_close(j, '}');
}
