// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include <string.h>

#include "attach/plan_find.h"

static void note(struct plan_function *p, const struct elf_symbol *s)
{
	/* Versions of one function share an address, some with size 0; of different ones the loader's first one counts. */
	if (p->vaddr && p->vaddr != s->vaddr)
		return;
	p->vaddr = s->vaddr;
	p->exported |= s->exported;
	if (s->size > p->size)
		p->size = s->size;
}

bool plan_has_prefix(const struct client_family *f, const char *name)
{
	return f->prefix && !strncmp(name, f->prefix, strlen(f->prefix));
}

static bool is_row(const struct client_row *r, const char *name)
{
	return r->flags & ROW_PREFIX ? !strncmp(r->symbol, name, strlen(r->symbol)) : !strcmp(r->symbol, name);
}

static bool find_one(void *ctx, const struct elf_symbol *s)
{
	struct plan_finder *d = ctx;

	d->exported += s->exported;
	d->exported_prefixed += s->exported && plan_has_prefix(d->f, s->name);
	if (!name_filter_has(&d->wanted, s->name))
		return true;
	for (size_t i = 0; i < d->f->nrows; i++)
		if (d->f->rows[i].symbol[0] == s->name[0] && is_row(&d->f->rows[i], s->name))
			note(&d->rows[i], s);
	for (size_t i = 1; i < ACC_COUNT; i++)
		if (accessor_rows[i].symbol[0] == s->name[0] && !strcmp(accessor_rows[i].symbol, s->name))
			note(&d->accessors[i], s);
	for (size_t i = 0; i < d->f->nconn; i++)
		if (!d->conn.vaddr[i] && !strcmp(d->f->conn[i].symbol, s->name))
			d->conn.vaddr[i] = s->vaddr;
	return true;
}

static void fill_wanted(struct plan_finder *d)
{
	for (size_t i = 0; i < d->f->nrows; i++)
		name_filter_add(&d->wanted, d->f->rows[i].symbol, d->f->rows[i].flags & ROW_PREFIX);
	for (size_t i = 1; i < ACC_COUNT; i++)
		name_filter_add(&d->wanted, accessor_rows[i].symbol, false);
	for (size_t i = 0; i < d->f->nconn; i++)
		name_filter_add(&d->wanted, d->f->conn[i].symbol, false);
}

static uint64_t segment_end(const struct elf *e, uint64_t vaddr)
{
	for (unsigned i = 0; i < e->nsegments; i++) {
		const struct elf_segment *s = &e->segments[i];

		if (s->exec && vaddr >= s->vaddr && vaddr - s->vaddr < s->size)
			return s->vaddr + s->size;
	}
	return vaddr;
}

/* The function ends before the symbol when its own size is unknown. */
static void cut_at(struct plan_function *p, const struct elf_symbol *s)
{
	if (p->unsized && s->vaddr > p->vaddr && s->vaddr - p->vaddr < p->size)
		p->size = s->vaddr - p->vaddr;
}

static bool cut_all(void *ctx, const struct elf_symbol *s)
{
	struct plan_finder *d = ctx;

	for (size_t i = 0; i < d->f->nrows; i++)
		cut_at(&d->rows[i], s);
	for (size_t i = 0; i < ACC_COUNT; i++)
		cut_at(&d->accessors[i], s);
	return true;
}

/* No function reaches beyond its segment; one without a size ends at the latest there. */
bool plan_settle_size(const struct elf *e, struct plan_function *p)
{
	uint64_t most;

	if (!p->vaddr)
		return false;
	most = segment_end(e, p->vaddr) - p->vaddr;
	p->unsized = p->size == 0;
	if (p->unsized || p->size > most)
		p->size = most;
	return p->unsized;
}

static void settle_sizes(const struct elf *e, struct plan_finder *d)
{
	bool unsized = false;

	for (size_t i = 0; i < d->f->nrows; i++)
		unsized |= plan_settle_size(e, &d->rows[i]);
	for (size_t i = 0; i < ACC_COUNT; i++)
		unsized |= plan_settle_size(e, &d->accessors[i]);
	if (unsized)
		elf_each_function(e, cut_all, d);
}

static bool is_family(const struct plan_finder *d)
{
	for (size_t i = 0; i < d->f->nrows; i++)
		if ((d->f->rows[i].flags & ROW_MARKER) && d->rows[i].vaddr)
			return true;
	return false;
}

/* A quick reject before the tables are walked. */
static bool worth_a_look(const struct elf *e, const struct client_family *f)
{
	bool marked = f->marks[0] && (elf_mentions(e, f->marks[0]) || (f->marks[1] && elf_mentions(e, f->marks[1])));

	for (size_t i = 0; !f->marks[0] && !marked && i < f->nrows; i++)
		marked = (f->rows[i].flags & ROW_MARKER) && elf_mentions(e, f->rows[i].symbol);
	for (size_t i = 0; marked && i < FAMILY_NEEDS_MAX && f->needs[i]; i++)
		marked = elf_mentions(e, f->needs[i]);
	return marked && !(f->lacks && elf_mentions(e, f->lacks));
}

static bool find_marker(void *ctx, const struct elf_symbol *s)
{
	struct plan_markers *m = ctx;

	if (!name_filter_has(&m->wanted, s->name))
		return true;
	for (size_t i = 0; i < m->n; i++)
		if (!m->found[i])
			for (size_t k = 0; k < m->families[i]->nrows && !m->found[i]; k++)
				m->found[i] = (m->families[i]->rows[k].flags & ROW_MARKER) && is_row(&m->families[i]->rows[k], s->name);
	return true;
}

void plan_find_markers(const struct elf *e, struct plan_markers *m)
{
	for (size_t i = 0; i < m->n; i++)
		for (size_t k = 0; k < m->families[i]->nrows; k++)
			if (m->families[i]->rows[k].flags & ROW_MARKER)
				name_filter_add(&m->wanted, m->families[i]->rows[k].symbol, m->families[i]->rows[k].flags & ROW_PREFIX);
	elf_each_function(e, find_marker, m);
}

bool plan_find(struct elf *e, struct plan_finder *d)
{
	if (!worth_a_look(e, d->f))
		return false;
	fill_wanted(d);
	elf_each_function(e, find_one, d);
	if (!is_family(d))
		return false;
	settle_sizes(e, d);
	return true;
}
