// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Layers whose calls hold no statement as they stand: names of tables and procedures, CT-Library's commands. */
#include <errno.h>

#include "query/layer.h"
#include "query/params.h"

enum { BULK_IN = 1 }; /* DB_IN of sybdb.h, CS_BLK_IN of bkpublic.h */

enum { CS_RPC_CMD = 149, CS_CURSOR_DECLARE = 700, CS_PREPARE = 717, CS_EXECUTE = 718, CS_EXEC_IMMEDIATE = 719 }; /* cspublic.h */

int layer_tell(struct query *q, const struct call *c, struct buf *b, bool more)
{
	const struct rec_call *r = c->rec;
	struct pending *p;

	layer_over(q, c);
	p = layer_begin(q, c, false);
	if (p) {
		pending_text(q, p, buf_slice(b), b->len, r->text_status == REC_TEXT_TRUNCATED, b->err || r->text_status == REC_TEXT_FAILED);
		p->any_text = true;
		p->x.text_unknown = more;
		if (c->site->op == OP_LAYER_BULK)
			p->handle = LAYER_BULK_OF(c->handle);
	}
	buf_done(b);
	return p ? 0 : -ENOMEM;
}

/* "CALL SQLColumns('orders')": over a library that is known its own statement is told instead. */
int layer_catalog(struct query *q, const struct call *c)
{
	struct buf b;

	buf_init(&b, LAYER_TEXT_ROOM);
	buf_add(&b, SLICE("CALL "));
	buf_adds(&b, c->site->symbol);
	buf_addc(&b, '(');
	if (c->text.len)
		buf_add_quoted(&b, c->text, '\'');
	buf_addc(&b, ')');
	return layer_tell(q, c, &b, false);
}

/* A table copied from or to a file, in the words the server would be told it in. */
int layer_bulk(struct query *q, const struct call *c)
{
	bool in = (uint32_t)c->rec->args[c->site->op == OP_LAYER_BLK ? 1 : 4] == BULK_IN;
	struct buf b;

	buf_init(&b, LAYER_TEXT_ROOM);
	buf_add(&b, in ? SLICE("BULK INSERT ") : SLICE("SELECT * FROM "));
	buf_add(&b, c->text);
	if (in) {
		buf_add(&b, SLICE(" FROM "));
		buf_add_quoted(&b, c->name, '\'');
	}
	return layer_tell(q, c, &b, false);
}

/* The name of a procedure, as it would be written in a statement. */
void layer_procedure(struct query *q, struct pending *p, const struct handle *h)
{
	buf_clear(&q->utf8);
	buf_add(&q->utf8, SLICE("EXEC "));
	buf_add(&q->utf8, slice_mem(h->text, h->text_len));
	pending_text(q, p, buf_slice(&q->utf8), q->utf8.len, h->truncated, h->unreadable);
}

/* ---- CT-Library ---- */

int layer_command(struct query *q, const struct call *c)
{
	return (uint32_t)c->rec->args[1] == CS_RPC_CMD ? layer_hold(q, c, true) : layer_append(q, c);
}

/* Names are of the connection, which is not known here: of the process. */
static int dynamic_prepare(struct query *q, const struct call *c)
{
	struct handle *named = handle_put(q, c, HANDLE_LAYER, 0, c->name);
	struct handle *h = named ? handle_put(q, c, HANDLE_LAYER, c->handle, SLICE_NONE) : NULL;

	if (!h)
		return -ENOMEM;
	h->spent = true; /* what is sent next only prepares */
	return 0;
}

static int dynamic_execute(struct query *q, const struct call *c)
{
	struct handle *named = handle_find(q, c->proc, HANDLE_LAYER, 0, c->name);
	struct handle *h = handle_put(q, c, HANDLE_LAYER, c->handle, SLICE_NONE);

	if (!h)
		return -ENOMEM;
	h->spent = h->procedure = false;
	values_clear(h);
	h->unknown = !named;
	h->text_len = 0;
	h->true_len = 0;
	h->truncated = named && named->truncated;
	h->unreadable = named && named->unreadable;
	return named ? handle_append_text(q, h, slice_mem(named->text, named->text_len)) : 0;
}

int layer_dynamic(struct query *q, const struct call *c)
{
	struct handle *h;

	layer_over(q, c);
	switch ((uint32_t)c->rec->args[1]) {
	case CS_PREPARE:
		return dynamic_prepare(q, c);
	case CS_EXECUTE:
		return dynamic_execute(q, c);
	case CS_EXEC_IMMEDIATE:
		return layer_hold(q, c, false);
	default: /* describes or forgets */
		h = handle_find(q, c->proc, HANDLE_LAYER, c->handle, SLICE_NONE);
		if (h)
			h->spent = true;
		return 0;
	}
}

/* Declared is as good as run: rows, open and fetch follow on the same command. */
int layer_cursor(struct query *q, const struct call *c)
{
	return (uint32_t)c->rec->args[1] == CS_CURSOR_DECLARE ? layer_hold(q, c, false) : 0;
}
