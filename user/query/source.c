// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Source: ODBC Programmer's Reference, SQLDriverConnect (connection strings); the keywords of psqlodbc (docs/config.html), MariaDB
 * Connector/ODBC, FreeTDS (user guide, "Preparing ODBC"), Microsoft ODBC Driver, Db2 CLI; RFC 3986.
 */
#include "query/source.h"

#include <string.h>

#include "base/cleanup.h"

enum part { PART_HOST, PART_PORT, PART_USER, PART_DATABASE, PART_SOURCE, PART_PATH };

static const struct {
	struct slice key;
	enum part part;
} keys[] = {
	{ SLICE_INIT("dsn"), PART_SOURCE },      { SLICE_INIT("server"), PART_HOST },
	{ SLICE_INIT("servername"), PART_HOST }, { SLICE_INIT("host"), PART_HOST },
	{ SLICE_INIT("hostname"), PART_HOST },   { SLICE_INIT("address"), PART_HOST },
	{ SLICE_INIT("addr"), PART_HOST },       { SLICE_INIT("port"), PART_PORT },
	{ SLICE_INIT("uid"), PART_USER },        { SLICE_INIT("user"), PART_USER },
	{ SLICE_INIT("username"), PART_USER },   { SLICE_INIT("database"), PART_DATABASE },
	{ SLICE_INIT("db"), PART_DATABASE },     { SLICE_INIT("initial catalog"), PART_DATABASE },
	{ SLICE_INIT("socket"), PART_PATH },
};

/* The number at the end; 0: there is none. */
static uint16_t port_of(struct slice s)
{
	uint64_t v;

	return !slice_u64(s, &v) && v > 0 && v <= 65535 ? (uint16_t)v : 0;
}

static size_t find(struct slice s, char c)
{
	const char *at = s.len ? memchr(s.ptr, c, s.len) : NULL;

	return at ? (size_t)(at - s.ptr) : s.len;
}

static size_t find_last(struct slice s, char c)
{
	const char *at = s.len ? memrchr(s.ptr, c, s.len) : NULL;

	return at ? (size_t)(at - s.ptr) : s.len;
}

void source_server(struct slice text, struct db_connection *ret)
{
	struct slice s = slice_trim(text);
	size_t comma = find_last(s, ','), colon = find_last(s, ':'), at = comma < s.len ? comma : colon;
	uint16_t port;

	if (slice_starts(s, SLICE("tcp:")) && colon == 3) {
		source_server(slice_skip(s, 4), ret);
		return;
	}
	/* An IPv6 address has colons of its own; of several hosts each may have a port. */
	port = at < s.len && find(s, s.ptr[at]) == at ? port_of(slice_skip(s, at + 1)) : 0;
	ret->host = port ? slice_head(s, at) : s;
	if (port)
		ret->remote_port = port;
}

static void set(struct db_connection *ret, enum part part, struct slice value)
{
	switch (part) {
	case PART_HOST:
		source_server(value, ret);
		break;
	case PART_PORT:
		ret->remote_port = port_of(value);
		break;
	case PART_USER:
		ret->user = value;
		break;
	case PART_DATABASE:
		ret->database = value;
		break;
	case PART_SOURCE:
		ret->source = value;
		break;
	case PART_PATH:
		ret->path = value;
		break;
	}
}

/* The length of the value at the beginning of s, up to its semicolon; a value in braces may hold semicolons, and "}}" for a brace. */
static size_t value_length(struct slice s)
{
	size_t i = 0;

	if (s.len && s.ptr[0] == '{') {
		for (i = 1; i < s.len; i++) {
			if (s.ptr[i] != '}')
				continue;
			if (i + 1 >= s.len || s.ptr[i + 1] != '}')
				break;
			i++;
		}
	}
	return i + find(slice_skip(s, i), ';');
}

static struct slice unbraced(struct slice s)
{
	s = slice_trim(s);
	if (s.len >= 2 && s.ptr[0] == '{' && s.ptr[s.len - 1] == '}')
		return slice_mem(s.ptr + 1, s.len - 2);
	return s;
}

void source_string(struct slice text, struct db_connection *ret)
{
	while (text.len) {
		size_t eq = find(text, '='), semi = find(text, ';'), n;
		struct slice key = slice_trim(slice_head(text, eq));

		if (semi < eq || eq == text.len) {
			text = slice_skip(text, semi + 1);
			continue;
		}
		text = slice_skip(text, eq + 1);
		n = value_length(text);
		for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
			if (slice_ieq(key, keys[i].key))
				set(ret, keys[i].part, unbraced(slice_head(text, n)));
		text = slice_skip(text, n + 1);
	}
}

void source_uri(struct slice text, struct db_connection *ret)
{
	const char *scheme = memmem(text.ptr, text.len, "://", 3);
	struct slice rest = scheme ? slice_skip(text, (size_t)(scheme - text.ptr) + 3) : text, who, hosts;
	size_t at = find_last(slice_head(rest, find(rest, '?')), '@'), slash;

	if (at < rest.len && rest.ptr[at] == '@') {
		who = slice_head(rest, at);
		ret->user = slice_head(who, find(who, ':'));
		rest = slice_skip(rest, at + 1);
	}
	rest = slice_head(rest, find(rest, '?'));
	slash = find(rest, '/');
	hosts = slice_head(rest, slash);
	if (find(hosts, ',') < hosts.len)
		ret->host = hosts;
	else if (hosts.len)
		source_server(hosts, ret);
	if (slash + 1 < rest.len)
		ret->database = slice_skip(rest, slash + 1);
}
