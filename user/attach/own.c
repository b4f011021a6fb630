// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "attach/own.h"

#include <errno.h>

static enum probe_text text_kind(const struct config_probe *p)
{
	if (p->text < 0)
		return PROBE_TEXT_NONE;
	if (p->encoding == REC_UTF16)
		return PROBE_TEXT_UTF16_UNITS;
	if (p->encoding == REC_UTF32)
		return PROBE_TEXT_UTF32_UNITS;
	if (p->length < 0)
		return PROBE_TEXT_NUL;
	return p->length_type == CONFIG_LENGTH_SIZE ? PROBE_TEXT_LEN : PROBE_TEXT_LEN_I32;
}

static int fill_row(struct arena *arena, const struct config_probe *p, struct client_row *r)
{
	struct slice symbol = arena_dup(arena, p->symbol);

	if (!symbol.ptr)
		return -ENOMEM;
	*r = (struct client_row){ .symbol = symbol.ptr,
				  .op = (uint16_t)p->op,
				  .handle = (uint8_t)p->handle,
				  .text = (uint8_t)text_kind(p),
				  .text_arg = (int8_t)p->text,
				  .len_arg = (int8_t)p->length };
	r->flags = (p->text >= 0 ? ROW_MARKER : 0) | (p->optional ? 0 : ROW_ESSENTIAL);
	if (p->length >= 0 && p->length_type == CONFIG_LENGTH_SHORT)
		r->probe_flags |= PROBE_LEN_SHORT;
	if (p->text >= REC_ARGS || p->length >= REC_ARGS)
		r->probe_flags |= PROBE_STACK_ARGS;
	return 0;
}

static int fill_family(struct arena *arena, const struct config_library *l, struct client_family *f)
{
	struct client_row *rows = arena_array(arena, l->nfunctions, sizeof(*rows));
	int err = rows ? 0 : -ENOMEM;

	for (size_t i = 0; i < l->nfunctions && !err; i++)
		err = fill_row(arena, &l->functions[i], &rows[i]);
	f->name = arena_dup(arena, l->name).ptr;
	f->own_system = arena_dup(arena, l->system).ptr;
	f->system = (uint16_t)l->dialect;
	f->rows = rows;
	f->nrows = l->nfunctions;
	for (size_t i = 0; i < l->nexports && i < FAMILY_NEEDS_MAX; i++) {
		f->needs[i] = arena_dup(arena, l->exports[i]).ptr;
		err = err || !f->needs[i] ? -ENOMEM : 0;
	}
	return err || !f->name || !f->own_system ? -ENOMEM : 0;
}

int own_families(struct arena *arena, const struct config *c, struct client_family **ret, size_t *ret_n)
{
	struct client_family *v = arena_array(arena, c->nlibraries + 1, sizeof(*v));
	int err = v ? 0 : -ENOMEM;

	for (size_t i = 0; i < c->nlibraries && !err; i++)
		err = fill_family(arena, &c->libraries[i], &v[i]);
	if (err)
		return err;
	*ret = v;
	*ret_n = c->nlibraries;
	return 0;
}

_Static_assert(CONFIG_PROBES_MAX <= ROWS_MAX && CONFIG_EXPORTS_MAX <= FAMILY_NEEDS_MAX, "limits of the configuration");
