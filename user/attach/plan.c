// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "attach/plan_find.h"
#include "base/op.h"

static const struct plan_function *row_named(const struct plan_finder *d, const char *name)
{
	for (size_t i = 0; i < d->f->nrows; i++)
		if (!strcmp(d->f->rows[i].symbol, name))
			return &d->rows[i];
	return NULL;
}

static bool reaches_inner(const struct elf *e, const struct plan_finder *d, const struct client_row *r, const struct plan_function *fn)
{
	for (size_t i = 0; i < ROW_INNER_MAX && r->inner[i]; i++) {
		const struct plan_function *inner = row_named(d, r->inner[i]);

		if (inner && inner->vaddr && plan_calls(e, fn->vaddr, fn->size, inner->vaddr, r->inner[i]))
			return true;
	}
	return false;
}

static bool accessor_offset(const struct elf *e, const struct plan_finder *d, unsigned id, int32_t *ret)
{
	const struct plan_function *fn = &d->accessors[id];
	const struct accessor_row *a = &accessor_rows[id];
	uint8_t code[ACCESSOR_BYTES];
	ssize_t n;

	if (id == ACC_NONE || !fn->vaddr)
		return false;
	if (a->needs && (!row_named(d, a->needs) || !row_named(d, a->needs)->vaddr))
		return false;
	n = elf_read(e, fn->vaddr, code, fn->size < sizeof(code) ? (size_t)fn->size : sizeof(code));
	return n > 0 && !accessor_decode(code, (size_t)n, a->form, a->index, ret);
}

static void fill_spec(const struct elf *e, const struct plan_finder *d, bool each_row, struct plan_site *s)
{
	const struct client_row *r = s->row;
	struct probe_spec *p = &s->spec;
	int32_t off;

	*p = (struct probe_spec){ .text = r->text, .text_arg = r->text_arg, .len_arg = -1, .name_arg = -1, .text_off = -1, .valid = 1 };
	p->sp_delta = s->prologue.sp_delta;
	p->flags = r->probe_flags | (op_is(r->op, OPF_AROUND) ? PROBE_LAYER : 0) | (op_is(r->op, OPF_CALLER) ? 0 : PROBE_NO_CALLER);
	if (r->text != PROBE_TEXT_NONE || r->probe_flags & PROBE_ADD)
		p->len_arg = r->len_arg;
	if (r->text_acc && accessor_offset(e, d, r->text_acc, &off))
		p->text_off = off;
	else if (r->text_acc)
		p->text = PROBE_TEXT_NONE;
	if (r->flags & ROW_TEXT_AT)
		p->text_off = 0;
	if (r->named)
		p->name_arg = r->name_arg;
	if (r->name_acc && accessor_offset(e, d, r->name_acc, &off)) {
		p->name_arg = r->name_arg;
		p->name_off = off;
	}
	p->conn_off = -1;
	p->params = r->params;
	p->only_arg = r->only_arg;
	p->only = r->only;
	p->only_set = r->only_set;
	p->conn_arg = r->handle;
	if (r->flags & ROW_CONN) {
		if (r->conn_acc && accessor_offset(e, d, r->conn_acc, &off))
			p->conn_off = off;
		s->conn = !r->conn_acc || p->conn_off >= 0;
	}
	for (unsigned i = 0; i < REC_FIELDS; i++) {
		if (!accessor_offset(e, d, r->fields[i], &off))
			continue;
		p->field[i] = (struct probe_field_spec){ .kind = accessor_rows[r->fields[i]].kind, .deref = -1, .off = off };
		s->fields_known |= (uint8_t)(1u << i);
	}
	if (r->flags & ROW_AT) {
		p->field[1] = (struct probe_field_spec){ .kind = PROBE_FIELD_U64, .arg = r->handle, .deref = -1 };
		s->fields_known |= 2;
	}
	if (each_row && (r->flags & ROW_TAKE_COUNT))
		p->flags |= PROBE_TAKE_COUNT;
	if (p->flags & PROBE_TAKE_COUNT)
		s->fields_known |= 1u << 3;
}

/* A function under a second name, or (in a file whose symbols overlap) a probe where another one is already. */
static bool is_taken(const struct plan *p, uint64_t func_vaddr, uint64_t offset)
{
	for (size_t i = 0; i < p->nsites; i++)
		if (p->sites[i].func_vaddr == func_vaddr || p->sites[i].offset == offset)
			return true;
	return false;
}

/* libpq: where the SQLSTATE of a failed result is. */
static void fill_errors(struct plan_site *s, uint32_t off)
{
	s->spec.field[2] = (struct probe_field_spec){ .kind = PROBE_FIELD_U64, .deref = -1, .off = (int32_t)off };
	s->spec.flags |= PROBE_PG_STATE;
	s->fields_known |= 4;
}

/* libpq: the rows of a COPY out, and their bytes, instead of the calls that may have brought one. */
static void fill_taken(struct plan_site *s, uint32_t off)
{
	s->spec.taken = (int32_t)off;
	s->spec.flags |= PROBE_TAKEN;
	s->fields_known |= 1u << 0 | 1u << 1 | 1u << 3;
	if (s->row->flags & ROW_COUNTED)
		s->spec.flags &= ~(uint32_t)(PROBE_TAKE_COUNT | PROBE_ONLY);
}

/* A statement or result that counts its rows itself. */
static void fill_rows(struct plan_site *s, bool has_conn)
{
	s->conn |= has_conn;
	s->spec.flags |= PROBE_ROWS | (s->row->flags & ROW_CONN ? 0 : PROBE_NO_MEET);
	s->fields_known |= 1;
}

/* A number is read in two halves. */
static void fill_object(struct plan_site *s, const struct value_layout *v)
{
	enum { OBJECT = 2 };
	struct probe_spec *p = &s->spec;

	p->field[0] = (struct probe_field_spec){ PROBE_FIELD_U32, OBJECT, (int16_t)v->type_at, v->type };
	p->field[1] = (struct probe_field_spec){ PROBE_FIELD_U32, OBJECT, -1, v->null };
	p->field[2] = (struct probe_field_spec){ PROBE_FIELD_U64, OBJECT, -1, v->number };
	p->field[3] = (struct probe_field_spec){ PROBE_FIELD_U64, OBJECT, -1, v->number + 8 };
	s->fields_known = 15;
	p->text = PROBE_TEXT_STRING;
	p->text_arg = OBJECT;
	p->text_off = v->text_at;
	p->string_off = v->text;
}

/*
 * libbson: a document that has outgrown its bson_t, {flags, length, parent, depth, buffer, its length, offset, bytes}, lies at `bytes`.
 * That is of no public header: whoever reads the fields believes them only where the document begins with the length that its bson_t has.
 */
static void fill_document(struct plan_site *s)
{
	enum { BYTES_AT = 48 };

	for (unsigned i = 0; i < REC_FIELDS; i++)
		s->spec.field[i] = (struct probe_field_spec){ PROBE_FIELD_U64, (uint8_t)s->row->name_arg, BYTES_AT, (int32_t)(8 * i) };
	s->fields_known = (1u << REC_FIELDS) - 1;
}

static int add_site(const struct elf *e, const struct plan_finder *d, size_t row, bool each_row, struct plan *p)
{
	const struct plan_function *fn = &d->rows[row];
	struct plan_site *s = &p->sites[p->nsites];
	uint8_t code[PROLOGUE_BODY];
	ssize_t n;

	n = elf_read(e, fn->vaddr, code, fn->size < sizeof(code) ? (size_t)fn->size : sizeof(code));
	if (n < 0)
		return (int)n;
	memset(s, 0, sizeof(*s));
	s->row = &d->f->rows[row];
	s->func_vaddr = fn->vaddr;
	s->func_size = fn->size;
	prologue_choose(code, (size_t)n, row_args(s->row), &s->prologue);
	s->vaddr = fn->vaddr + s->prologue.offset;
	if (elf_offset(e, s->vaddr, &s->offset))
		return -EBADMSG;
	if (is_taken(p, fn->vaddr, s->offset))
		return 0;
	fill_spec(e, d, each_row, s);
	if ((s->row->op == OP_PG_RESULT || s->row->op == OP_PG_ERROR || s->row->op == OP_PG_LOOK) && p->conn.errors)
		fill_errors(s, p->conn.errors - 1);
	if ((s->row->flags & ROW_TAKEN) && p->conn.taken)
		fill_taken(s, p->conn.taken - 1);
	if ((s->row->flags & ROW_COUNTS) && p->conn.item[CONN_ROWS].kind != CONN_NONE)
		fill_rows(s, p->has_conn);
	if ((s->row->flags & ROW_OBJECT) && p->value.known)
		fill_object(s, &p->value);
	if (s->row->flags & ROW_DOCUMENT)
		fill_document(s);
	p->nsites++;
	return 0;
}

static void add_missing(struct plan *p, const char *symbol)
{
	size_t have = strlen(p->missing), n = strlen(symbol);

	if (have + n + 2 > sizeof(p->missing))
		return;
	if (have)
		p->missing[have++] = ' ';
	memcpy(p->missing + have, symbol, n + 1);
}

static int add_range(struct plan *p, const char *symbol, uint64_t vaddr, uint64_t size, bool internal)
{
	struct plan_range *r;

	if (p->nranges == PLAN_RANGES_MAX)
		return -E2BIG;
	if ((p->nranges & (p->nranges - 1)) == 0) { /* grows at powers of two */
		r = reallocarray(p->ranges, p->nranges ? p->nranges * 2 : 1, sizeof(*r));
		if (!r)
			return -ENOMEM;
		p->ranges = r;
	}
	p->ranges[p->nranges++] = (struct plan_range){ .symbol = symbol, .vaddr = vaddr, .size = size, .internal = internal };
	return 0;
}

struct internal_ctx {
	const struct elf *e;
	struct plan *p;
	int err;
};

static bool add_internal(void *ctx, const struct elf_symbol *s)
{
	struct internal_ctx *c = ctx;
	struct plan_function fn = { .vaddr = s->vaddr, .size = s->size };

	if (!plan_has_prefix(c->p->family, s->name) || s->size == 0 || (s->exported && c->e->full.count)) /* .symtab repeats it */
		return true;
	plan_settle_size(c->e, &fn);
	c->err = add_range(c->p, "", fn.vaddr, fn.size, true);
	return c->err == 0;
}

/*
 * Calls a library makes to its own functions are not queries of the program. In a shared object that is nothing but the library
 * all code counts; where it is linked into something larger (a program, a plugin) only its own functions do, else the host's
 * queries would be taken for internal ones and be missed.
 */
static int add_internals(const struct elf *e, const struct plan_finder *d, struct plan *p)
{
	struct internal_ctx c = { .e = e, .p = p };
	int err = 0;

	if (!d->f->prefix)
		return 0;
	if (e->program || e->found.count || d->exported_prefixed * 2 < d->exported || d->exported_prefixed == 0) {
		elf_each_function(e, add_internal, &c);
		return c.err == -E2BIG ? 0 : c.err;
	}
	for (unsigned i = 0; i < e->nsegments && !err; i++)
		if (e->segments[i].exec)
			err = add_range(p, "", e->segments[i].vaddr, e->segments[i].size, true);
	return err;
}

/* In a program it would be the program's own code as well. */
static int add_code(const struct elf *e, struct plan *p)
{
	int err = 0;

	for (unsigned i = 0; i < e->nsegments && !err && !e->program; i++) {
		if (!e->segments[i].exec)
			continue;
		err = add_range(p, "", e->segments[i].vaddr, e->segments[i].size, false);
		if (!err)
			p->ranges[p->nranges - 1].code = true;
	}
	return err;
}

static int add_rows(const struct elf *e, const struct plan_finder *d, bool each_row, struct plan *p)
{
	int err = 0;

	for (size_t i = 0; i < d->f->nrows && !err; i++) {
		const struct client_row *r = &d->f->rows[i];
		const struct plan_function *fn = &d->rows[i];

		if (!fn->vaddr) {
			if (r->flags & ROW_ESSENTIAL)
				add_missing(p, r->label ? r->label : r->symbol);
			continue;
		}
		if ((r->flags & ROW_EACH) && !each_row)
			continue;
		if (r->op == OP_PG_COPY_OVER && !p->conn.taken) /* there is nothing it could tell */
			continue;
		if (r->op != OP_OUTER && !((r->flags & ROW_OUTER) && reaches_inner(e, d, r, fn)))
			err = add_site(e, d, i, each_row, p);
		if (!err)
			err = add_range(p, r->symbol, fn->vaddr, fn->size, false);
	}
	return err;
}

static void choose_variant(const struct elf *e, struct plan *p)
{
	const struct family_variant *v = p->family->variants;

	p->name = p->family->name;
	p->system = p->family->system;
	while (v && v->mention && !elf_mentions(e, v->mention))
		v++;
	if (v && v->mention) {
		p->name = v->name;
		p->system = v->system;
	}
}

int plan_make(struct elf *e, const struct client_family *f, bool each_row, struct plan *ret)
{
	struct plan_finder d = { .f = f };
	int err;

	if (!plan_find(e, &d))
		return 0;
	elf_load_relocs(e); /* without them an outer function gets hooked itself: found twice is better than missed */
	memset(ret, 0, sizeof(*ret));
	ret->family = f;
	ret->has_conn = conn_decode(e, f->system, f->conn, f->nconn, &d.conn, &ret->conn, &ret->value);
	choose_variant(e, ret);
	err = add_rows(e, &d, each_row, ret);
	if (!err)
		err = add_code(e, ret);
	if (!err)
		err = add_internals(e, &d, ret);
	if (err) {
		plan_done(ret);
		return err;
	}
	return 1;
}

void plan_done(struct plan *p)
{
	free(p->ranges);
	p->ranges = NULL;
	p->nranges = 0;
}

uint64_t plan_fingerprint(const struct plan *p)
{
	uint64_t h = hash_u64(p->nsites, slice_hash(slice_mem(&p->conn, sizeof(p->conn))));

	for (size_t i = 0; i < p->nsites; i++) {
		h = hash_u64(h, p->sites[i].offset);
		h = hash_u64(h, slice_hash(slice_mem(&p->sites[i].spec, sizeof(p->sites[i].spec))));
	}
	return h;
}
