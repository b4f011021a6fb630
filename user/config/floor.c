// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* floor: which connections count as connections to a database, beside the well-known ports and sockets. */
#include "config/schema.h"

enum { FLOOR_ENTRIES_MAX = 512, GRACE_MAX_S = 3600 };

#define WANT_SYSTEMS "give a map of systems to lists, such as postgresql: [5432, 6432]"

static int set_enabled(struct load *l, const struct yaml *n, void *target)
{
	return value_bool(l, n, &((struct config *)target)->floor.enabled);
}

static int set_files(struct load *l, const struct yaml *n, void *target)
{
	return value_bool(l, n, &((struct config *)target)->floor.files);
}

static int set_grace(struct load *l, const struct yaml *n, void *target)
{
	return value_seconds(l, n, 1, GRACE_MAX_S, &((struct config *)target)->floor.grace_s);
}

static bool is_system(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!((s.ptr[i] >= 'a' && s.ptr[i] <= 'z') || (s.ptr[i] >= '0' && s.ptr[i] <= '9') || s.ptr[i] == '.' || s.ptr[i] == '_'))
			return false;
	return s.len > 0 && s.len <= 32;
}

static int push_entry(struct load *l, const struct yaml *n, struct config_endpoint **v, size_t *count, struct config_endpoint e)
{
	struct config_endpoint *grown;

	if (*count >= FLOOR_ENTRIES_MAX)
		return yaml_fail(&l->f, n, "more than %d entries", FLOOR_ENTRIES_MAX);
	grown = value_push(&l->c->arena, *v, count, sizeof(*grown));
	if (!grown)
		return yaml_nomem(&l->f);
	*v = grown;
	grown[*count - 1] = e;
	return 0;
}

/* One system's list: ports, or patterns of paths. */
static int read_system(struct load *l, const struct yaml *n, bool ports)
{
	struct config *c = l->c;
	struct config_endpoint e = { .system = arena_dup(&c->arena, n->key) };
	struct config_strings s;
	int err;

	if (!e.system.ptr)
		return yaml_nomem(&l->f);
	if (!is_system(e.system))
		return yaml_fail(&l->f, n, "%s is not the name of a system; give one such as postgresql, mysql, oracle.db",
				 slice_quote(e.system));
	err = value_texts(l, n, ports ? "ports, such as 5432" : "paths of UNIX sockets, such as \"*/.s.PGSQL.*\"", &s);
	for (size_t i = 0; !err && i < s.n; i++) {
		uint64_t port = 0;

		if (ports && (slice_u64(s.v[i], &port) || port < 1 || port > 65535))
			return yaml_fail(&l->f, n, "%s is not a port; give a number from 1 to 65535", slice_quote(s.v[i]));
		e.port = (uint16_t)port;
		e.path = ports ? SLICE_NONE : s.v[i];
		err = ports ? push_entry(l, n, &c->floor.ports, &c->floor.nports, e)
			    : push_entry(l, n, &c->floor.sockets, &c->floor.nsockets, e);
	}
	return err;
}

static int read_systems(struct load *l, const struct yaml *n, bool ports)
{
	if (n->kind != YAML_MAP)
		return yaml_fail(&l->f, n, "%s; " WANT_SYSTEMS, yaml_kind_name(n));
	for (const struct yaml *i = n->first; i; i = i->next) {
		int err = read_system(l, i, ports);

		if (err)
			return err;
	}
	return 0;
}

static int set_ports(struct load *l, const struct yaml *n, void *target)
{
	(void)target;
	return read_systems(l, n, true);
}

static int set_sockets(struct load *l, const struct yaml *n, void *target)
{
	(void)target;
	return read_systems(l, n, false);
}

static const struct config_key floor_keys[] = {
	{ "enabled", set_enabled, false }, { "ports", set_ports, false }, { "sockets", set_sockets, false },
	{ "files", set_files, false },     { "grace", set_grace, false }, { NULL, NULL, false },
};

int schema_floor(struct load *l, const struct yaml *n, void *target)
{
	return value_map(l, n, floor_keys, target, "floor");
}
